"""The register of documents (symbols, titles, what follows what), what revisions take over, and notices.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = "('assigned', 'free', 'taken-over', 'sent-back', 'comment', 'expiring', 'due', 'late', 'approved', 'failed')"


def upgrade() -> None:
    op.add_column("documents", sa.Column("symbol", sa.String(length=64), nullable=True))
    op.add_column("documents", sa.Column("titles", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("documents", sa.Column("found_titles", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("documents", sa.Column("relation", sa.String(length=16), nullable=True))
    op.add_column("documents", sa.Column("previous_id", sa.String(length=32), nullable=True))
    op.create_index("ix_documents_previous_id", "documents", ["previous_id"], unique=False)
    op.create_index("ix_documents_symbol", "documents", ["symbol"], unique=False)
    op.add_column("reviews", sa.Column("created_by_id", sa.String(length=32), nullable=True))
    op.add_column("review_segments", sa.Column("carried_from", sa.String(length=32), nullable=True))
    op.add_column("people", sa.Column("mail", sa.String(length=16), server_default="each", nullable=False))
    op.add_column("people", sa.Column("language", sa.String(length=8), nullable=True))
    _notices()


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("read_ms", sa.BigInteger(), nullable=True),
        sa.Column("mail", sa.String(length=16), nullable=False),
        sa.Column("mail_ms", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(f"kind IN {_KINDS}", name=op.f("ck_notices_kind")),
        sa.CheckConstraint("mail IN ('due', 'sending', 'sent', 'none')", name=op.f("ck_notices_mail")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_person_id", "notices", ["person_id", "id"], unique=False)
    op.create_index("ix_notices_mail", "notices", ["mail", "mail_ms"], unique=False)
    op.create_index("ix_notices_task_id", "notices", ["task_id", "kind"], unique=False)
