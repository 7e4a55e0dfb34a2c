"""What remains of live sessions: the second pass, and documents made of transcripts.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_passes",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_passes_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_passes")),
    )
    op.create_table(
        "session_pass_results",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("stage IN ('heard', 'wanted', 'translated')", name=op.f("ck_session_pass_results_stage")),
        sa.CheckConstraint(
            "track IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_pass_results_track")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_pass_results_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "stage", "track", "key", name=op.f("pk_session_pass_results")),
    )
    op.create_table(
        "session_documents",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "track IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_documents_track")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_session_documents_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_documents_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "document_id", name=op.f("pk_session_documents")),
    )
