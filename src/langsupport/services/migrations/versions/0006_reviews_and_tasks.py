"""Reviews: what people work on, their tasks, and the rules of the queue.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LANGUAGES = "('ar', 'zh', 'en', 'fr', 'ru', 'es')"


def upgrade() -> None:
    _reviews()
    _segments()
    _drafts()
    _versions()
    _tasks()
    _rules()


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("second_person", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_ms", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(f"language IN {_LANGUAGES}", name=op.f("ck_reviews_language")),
        sa.CheckConstraint(f"source IN {_LANGUAGES}", name=op.f("ck_reviews_source")),
        sa.CheckConstraint("state IN ('open', 'approving', 'approved', 'cancelled')", name=op.f("ck_reviews_state")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_reviews_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file"], ["files.sha256"], name=op.f("fk_reviews_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("document_id", "language", name=op.f("uq_reviews_document_id")),
    )
    op.create_index(op.f("ix_reviews_file"), "reviews", ["file"], unique=False)


def _segments() -> None:
    op.create_table(
        "review_segments",
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("unit_kind", sa.String(length=16), nullable=False),
        sa.Column("segment_index", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("source", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proposal", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proposed_origin", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("match", sa.Integer(), nullable=True),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("dismissed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("weighted", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("translator_id", sa.String(length=32), nullable=True),
        sa.Column("translated_by", sa.String(length=200), nullable=False),
        sa.Column("translated_ms", sa.BigInteger(), nullable=True),
        sa.Column("translation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reviser_id", sa.String(length=32), nullable=True),
        sa.Column("revised_by", sa.String(length=200), nullable=False),
        sa.Column("revised_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "origin IN ('mt', 'exact-match', 'context-match', 'fuzzy-match', 'human', 'source')",
            name=op.f("ck_review_segments_origin"),
        ),
        sa.CheckConstraint(
            "proposed_origin IN ('mt', 'exact-match', 'context-match', 'fuzzy-match', 'human', 'source')",
            name=op.f("ck_review_segments_proposed_origin"),
        ),
        sa.CheckConstraint(
            "state IN ('initial', 'translated', 'reviewed', 'final')", name=op.f("ck_review_segments_state")
        ),
        sa.CheckConstraint(
            "unit_kind IN ('paragraph', 'heading', 'cell', 'header', 'footer', 'note', 'title', 'alt-text', 'cue')",
            name=op.f("ck_review_segments_unit_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_segments_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "number", name=op.f("pk_review_segments")),
    )
    op.create_index("ix_review_segments_key", "review_segments", ["review_id", "key"], unique=False)
    op.create_index("ix_review_segments_seq", "review_segments", ["review_id", "seq"], unique=False)


def _drafts() -> None:
    op.create_table(
        "segment_drafts",
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_segment_drafts_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "number", "person_id", name=op.f("pk_segment_drafts")),
    )


def _versions() -> None:
    op.create_table(
        "segment_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "act IN ('confirm', 'propagate', 'revise', 'send-back', 'reopen', 'dismiss', 'comment')",
            name=op.f("ck_segment_versions_act"),
        ),
        sa.CheckConstraint(
            "state IN ('initial', 'translated', 'reviewed', 'final')", name=op.f("ck_segment_versions_state")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_segment_versions_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_versions")),
    )
    op.create_index("ix_segment_versions_number", "segment_versions", ["review_id", "number", "id"], unique=False)


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("weighted", sa.Float(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("deadline_ms", sa.BigInteger(), nullable=True),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('post-edit', 'revise')", name=op.f("ck_tasks_kind")),
        sa.CheckConstraint("state IN ('waiting', 'free', 'taken', 'done', 'cancelled')", name=op.f("ck_tasks_state")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_tasks_review_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_person_id", "tasks", ["person_id", "state"], unique=False)
    op.create_index("ix_tasks_review_id", "tasks", ["review_id"], unique=False)
    op.create_index("ix_tasks_state", "tasks", ["state", "deadline_ms"], unique=False)


def _rules() -> None:
    op.create_table(
        "queue_rules",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=True),
        sa.Column("conditions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("orders", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_queue_rules_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_rules")),
    )
    op.create_index(op.f("ix_queue_rules_meeting_id"), "queue_rules", ["meeting_id"], unique=False)
