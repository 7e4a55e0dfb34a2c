"""Live sessions: channels, tracks, cues, marks, what people changed, grants, audit.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("search", sa.String(length=600), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("off_record", sa.String(length=16), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("glossary", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("agenda", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("marks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("second_pass", sa.String(length=16), nullable=True),
        sa.Column("second_pass_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("second_pass_error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=True),
        sa.Column("started_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "second_pass IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_sessions_second_pass")
        ),
        sa.CheckConstraint("state IN ('planned', 'live', 'paused', 'ended')", name=op.f("ck_sessions_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "session_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_audit_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_audit")),
    )
    op.create_index("ix_session_audit_session_id", "session_audit", ["session_id", "id"], unique=False)
    op.create_table(
        "session_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("cue_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "track IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_changes_track")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_changes_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_changes")),
    )
    op.create_index("ix_session_changes_cue_id", "session_changes", ["session_id", "cue_id"], unique=False)
    op.create_table(
        "session_channels",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "key IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_channels_key")
        ),
        sa.CheckConstraint(
            "language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_channels_language")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_channels_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "key", name=op.f("pk_session_channels")),
    )
    op.create_table(
        "session_cues",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("cue_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("stable", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "channel IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_cues_channel")
        ),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_cues_language")),
        sa.CheckConstraint("origin IN ('heard', 'translated', 'human')", name=op.f("ck_session_cues_origin")),
        sa.CheckConstraint("state IN ('open', 'final', 'corrected', 'retracted')", name=op.f("ck_session_cues_state")),
        sa.CheckConstraint(
            "track IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_cues_track")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_cues_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "track", "cue_id", name=op.f("pk_session_cues")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_session_cues_session_id")),
    )
    op.create_index("ix_session_cues_cue_id", "session_cues", ["session_id", "cue_id"], unique=False)
    op.create_index("ix_session_cues_start_ms", "session_cues", ["session_id", "track", "start_ms"], unique=False)
    op.create_table(
        "session_grants",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("tracks", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "role IN ('operator', 'captioner', 'viewer', 'source')", name=op.f("ck_session_grants_role")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_grants_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_grants")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_session_grants_token_sha256")),
    )
    op.create_index("ix_session_grants_session_id", "session_grants", ["session_id"], unique=False)
    op.create_table(
        "session_marks",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("mark_id", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("erased_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('speaker', 'item', 'note', 'off-record')", name=op.f("ck_session_marks_kind")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_marks_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "mark_id", name=op.f("pk_session_marks")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_session_marks_session_id")),
    )
    op.create_table(
        "session_tracks",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("source IN ('channel', 'machine')", name=op.f("ck_session_tracks_source")),
        sa.CheckConstraint(
            "track IN ('floor', 'ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_session_tracks_track")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_tracks_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "track", name=op.f("pk_session_tracks")),
    )
