"""The first tables: files, documents and their renditions, recordings and their transcripts.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "executors",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executors")),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_files")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("requested_source", sa.String(length=8), nullable=True),
        sa.Column("requested_targets", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Integer(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "requested_source IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_documents_requested_source")
        ),
        sa.CheckConstraint("source IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_documents_source")),
        sa.CheckConstraint(
            "state IN ('queued', 'reading', 'translating', 'done', 'failed')", name=op.f("ck_documents_state")
        ),
        sa.ForeignKeyConstraint(["file"], ["files.sha256"], name=op.f("fk_documents_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_file"), "documents", ["file"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("player_file", sa.String(length=64), nullable=True),
        sa.Column("requested_language", sa.String(length=8), nullable=True),
        sa.Column("requested_targets", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("heard_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_recordings_language")),
        sa.CheckConstraint(
            "requested_language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_recordings_requested_language")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'recognizing', 'translating', 'done', 'failed')", name=op.f("ck_recordings_state")
        ),
        sa.ForeignKeyConstraint(["player_file"], ["files.sha256"], name=op.f("fk_recordings_player_file")),
        sa.ForeignKeyConstraint(["file"], ["files.sha256"], name=op.f("fk_recordings_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_player_file"), "recordings", ["player_file"], unique=False)
    op.create_index(op.f("ix_recordings_file"), "recordings", ["file"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=True),
        sa.Column("segment_index", sa.Integer(), nullable=True),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_findings_language")),
        sa.CheckConstraint("severity IN ('error', 'warning', 'info')", name=op.f("ck_findings_severity")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_findings_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_document_id", "findings", ["document_id", "language"], unique=False)
    op.create_table(
        "renditions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done_segments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total_segments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("model", sa.String(length=255), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("media_type", sa.String(length=127), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("finished_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_renditions_language")),
        sa.CheckConstraint("state IN ('queued', 'translating', 'done', 'failed')", name=op.f("ck_renditions_state")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_renditions_document_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file"], ["files.sha256"], name=op.f("fk_renditions_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint("document_id", "language", name=op.f("uq_renditions_document_id")),
    )
    op.create_index(op.f("ix_renditions_file"), "renditions", ["file"], unique=False)
    op.create_table(
        "transcripts",
        sa.Column("recording_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("spoken", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("cues", sa.Integer(), server_default="0", nullable=False),
        sa.Column("findings_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("transcript", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_transcripts_language")),
        sa.CheckConstraint("state IN ('queued', 'translating', 'done', 'failed')", name=op.f("ck_transcripts_state")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_transcripts_recording_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recording_id", "language", name=op.f("pk_transcripts")),
    )
    op.create_table(
        "segment_translations",
        sa.Column("rendition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint(
            "language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_segment_translations_language")
        ),
        sa.CheckConstraint(
            "origin IN ('mt', 'exact-match', 'context-match', 'fuzzy-match', 'human', 'source')",
            name=op.f("ck_segment_translations_origin"),
        ),
        sa.CheckConstraint(
            "state IN ('initial', 'translated', 'reviewed', 'final')", name=op.f("ck_segment_translations_state")
        ),
        sa.ForeignKeyConstraint(
            ["rendition_id"], ["renditions.id"], name=op.f("fk_segment_translations_rendition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rendition_id", "key", name=op.f("pk_segment_translations")),
    )
    op.create_index(
        "ix_segment_translations_key", "segment_translations", ["key", "source", "language", "model"], unique=False
    )
