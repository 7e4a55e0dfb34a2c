"""Translation memory and terms.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LANGUAGES = "('ar', 'zh', 'en', 'fr', 'ru', 'es')"


def upgrade() -> None:
    _memory()
    _terms()


def _memory() -> None:
    op.create_table(
        "memory_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_language", sa.String(length=8), nullable=False),
        sa.Column("target_language", sa.String(length=8), nullable=False),
        sa.Column("source", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=32), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint(f"source_language IN {_LANGUAGES}", name=op.f("ck_memory_units_source_language")),
        sa.CheckConstraint(f"target_language IN {_LANGUAGES}", name=op.f("ck_memory_units_target_language")),
        sa.CheckConstraint("origin IN ('approved', 'imported', 'aligned')", name=op.f("ck_memory_units_origin")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_memory_units_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_units")),
        sa.UniqueConstraint("identity", name=op.f("uq_memory_units_identity")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_memory_units_meeting_id"), "memory_units", ["meeting_id"])
    op.create_index("ix_memory_units_text_hash", "memory_units", ["text_hash", "source_language", "target_language"])


def _terms() -> None:
    op.create_table(
        "term_concepts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_concepts")),
        sa.UniqueConstraint("key", name=op.f("uq_term_concepts_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("search", sa.String(length=1500), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("part_of_speech", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(f"language IN {_LANGUAGES}", name=op.f("ck_terms_language")),
        sa.CheckConstraint("status IN ('preferred', 'admitted', 'forbidden')", name=op.f("ck_terms_status")),
        sa.CheckConstraint(
            "part_of_speech IN ('noun', 'proper noun', 'verb', 'adjective', 'adverb', 'other')",
            name=op.f("ck_terms_part_of_speech"),
        ),
        sa.ForeignKeyConstraint(
            ["concept_id"], ["term_concepts.id"], name=op.f("fk_terms_concept_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
    )
    op.create_index("ix_terms_concept_id", "terms", ["concept_id"])
