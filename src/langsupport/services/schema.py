"""The tables. Migrations make them (`migrations/`); a test holds the two together.

Times are whole milliseconds since 1970, UTC. JSON columns hold what codecs.py writes. States are closed here
as in records.py and domain/: a row can't hold another word.
"""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.findings import Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import TRACKS, CueOrigin, CueState, MarkKind, Role, SessionState
from langsupport.domain.units import Origin, State
from langsupport.services.records import DocumentState, RecordingState, RenditionState
from langsupport.services.schema_accounts import meeting_of
from langsupport.services.schema_base import Json, count_of, file_of, metadata, one_of, own_id, owner
from langsupport.services.schema_hooks import idempotency_keys, webhook_deliveries, webhooks
from langsupport.services.schema_memory import memory_units, term_concepts, terms
from langsupport.services.schema_notices import notices
from langsupport.services.schema_review import (
    budget_rates,
    corrections,
    queue_rules,
    review_cuts,
    review_segments,
    reviews,
    segment_drafts,
    segment_marks,
    segment_versions,
    tasks,
)
from langsupport.services.session_records import PassState, TrackSource

files = sa.Table(
    "files",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

documents = sa.Table(
    "documents",
    metadata,
    own_id(),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("media_type", sa.String(127), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    file_of("file"),
    sa.Column("requested_source", sa.String(8)),
    sa.Column("requested_targets", Json),  # list of codes; NULL means all but the source
    sa.Column("source", sa.String(8)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("words", sa.Integer),
    sa.Column("segments", sa.Integer),
    sa.Column("error", Json),
    count_of("attempt", 1),
    meeting_of(),
    sa.Column("symbol", sa.String(64)),
    sa.Column("titles", Json),  # by language, as people gave them; NULL means none
    sa.Column("found_titles", Json),  # by language, as the document's own text and its translations have them
    sa.Column("relation", sa.String(16)),  # a Relation to `previous_id`
    sa.Column("previous_id", sa.String(32)),  # no foreign key: what follows stays when a document is deleted
    count_of("version", 1),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_documents_previous_id", "previous_id"),
    sa.Index("ix_documents_symbol", "symbol"),
    one_of("state", DocumentState),
    one_of("source", LANGUAGES),
    one_of("requested_source", LANGUAGES),
)

renditions = sa.Table(
    "renditions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("document_id", "documents"),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    count_of("done_segments"),
    count_of("total_segments"),
    count_of("attempt", 1),
    sa.Column("error", Json),
    sa.Column("model", sa.String(255)),
    sa.Column("file_name", sa.String(255)),
    sa.Column("media_type", sa.String(127)),
    sa.Column("size", sa.BigInteger),
    file_of("file", nullable=True),
    sa.Column("finished_ms", sa.BigInteger),
    sa.UniqueConstraint("document_id", "language"),
    one_of("state", RenditionState),
    one_of("language", LANGUAGES),
)

segment_translations = sa.Table(
    "segment_translations",
    metadata,
    sa.Column("rendition_id", sa.Integer, sa.ForeignKey("renditions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(8), nullable=False),  # may be none of the six: foreign text in a document
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("target", Json, nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("model", sa.String(255), nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("confidence", sa.Float),  # 0 to 1, of a machine's translation before anybody changed it
    sa.Column("findings", Json, nullable=False),
    sa.Index("ix_segment_translations_key", "key", "source", "language", "model"),
    one_of("origin", Origin),
    one_of("state", State),
    one_of("language", LANGUAGES),
)

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("document_id", "documents"),
    sa.Column("language", sa.String(8)),  # NULL: of the source, found while reading
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("unit_id", sa.Text),
    sa.Column("segment_index", sa.Integer),
    sa.Index("ix_findings_document_id", "document_id", "language"),
    one_of("severity", Severity),
    one_of("language", LANGUAGES),
)

recordings = sa.Table(
    "recordings",
    metadata,
    own_id(),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("media_type", sa.String(127), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    file_of("file"),
    file_of("player_file", nullable=True),  # sound for browsers that can't play `file`
    sa.Column("requested_language", sa.String(8)),
    sa.Column("requested_targets", Json),
    sa.Column("language", sa.String(8)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("duration_ms", sa.BigInteger),
    sa.Column("heard_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("error", Json),
    count_of("attempt", 1),
    meeting_of(),
    count_of("version", 1),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    one_of("state", RecordingState),
    one_of("language", LANGUAGES),
    one_of("requested_language", LANGUAGES),
)

transcripts = sa.Table(
    "transcripts",
    metadata,
    owner("recording_id", "recordings", primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("spoken", sa.Boolean(create_constraint=False), nullable=False),
    count_of("position"),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
    count_of("attempt", 1),
    count_of("cues"),
    count_of("findings_count"),
    sa.Column("error", Json),
    sa.Column("transcript", Json),
    one_of("state", RenditionState),
    one_of("language", LANGUAGES),
)

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
)
"""Workers that are alive, where there may be several (PostgreSQL): each writes its own row, the others read it."""

sessions = sa.Table(
    "sessions",
    metadata,
    own_id(),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("search", sa.String(600), nullable=False),  # title and code, case-folded
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("off_record", sa.String(16)),  # the mark of the stretch that lasts
    sa.Column("confidential", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("glossary", Json, nullable=False),
    sa.Column("agenda", Json, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),  # of the last change of a cue or mark
    count_of("marks"),  # so many were ever set; the next one's number follows
    sa.Column("second_pass", sa.String(16)),
    count_of("second_pass_done"),  # percent
    sa.Column("second_pass_error", Json),
    meeting_of(),
    count_of("version", 1),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("starts_ms", sa.BigInteger),  # planned
    sa.Column("started_ms", sa.BigInteger),
    sa.Column("ended_ms", sa.BigInteger),
    one_of("state", SessionState),
    one_of("second_pass", PassState),
)

session_channels = sa.Table(
    "session_channels",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    sa.Column("key", sa.String(8), primary_key=True),
    sa.Column("language", sa.String(8)),  # NULL: told from the sound
    sa.Column("connected", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False, server_default="0"),  # samples
    sa.Column("settled", sa.BigInteger, nullable=False, server_default="0"),  # samples
    sa.Column("source_url", sa.Text),
    one_of("key", TRACKS),
    one_of("language", LANGUAGES),
)

session_tracks = sa.Table(
    "session_tracks",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    sa.Column("track", sa.String(8), primary_key=True),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("watched_ms", sa.BigInteger),  # when a process last said that somebody watches; only with PostgreSQL
    one_of("track", TRACKS),
    one_of("source", TrackSource),
)

session_cues = sa.Table(
    "session_cues",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    sa.Column("track", sa.String(8), primary_key=True),
    sa.Column("cue_id", sa.String(32), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("stable", sa.Text, nullable=False),
    sa.Column("words", Json),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("source", sa.String(64)),
    sa.UniqueConstraint("session_id", "seq"),
    sa.Index("ix_session_cues_start_ms", "session_id", "track", "start_ms"),
    sa.Index("ix_session_cues_cue_id", "session_id", "cue_id"),
    one_of("track", TRACKS),
    one_of("channel", TRACKS),
    one_of("language", LANGUAGES),
    one_of("state", CueState),
    one_of("origin", CueOrigin),
)
"""The log, compacted: of each cue its last state, with the `seq` of that change."""

session_marks = sa.Table(
    "session_marks",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    sa.Column("mark_id", sa.String(16), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("removed", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("erased_ms", sa.BigInteger),  # up to here the sound of a stretch off the record is gone
    sa.UniqueConstraint("session_id", "seq"),
    one_of("kind", MarkKind),
)

session_changes = sa.Table(
    "session_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("session_id", "sessions"),
    sa.Column("track", sa.String(8), nullable=False),
    sa.Column("cue_id", sa.String(32), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),  # that the change made
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("before", sa.Text),  # NULL: went off the record
    sa.Column("after", sa.Text),
    sa.Index("ix_session_changes_cue_id", "session_id", "cue_id"),
    one_of("track", TRACKS),
)
"""What people changed in cues."""

session_grants = sa.Table(
    "session_grants",
    metadata,
    own_id(),
    owner("session_id", "sessions"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("public", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("tracks", Json),  # list of keys; NULL: all
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Index("ix_session_grants_session_id", "session_id"),
    one_of("role", Role),
)
"""Who may do what in a session. A token itself is never kept."""

session_audit = sa.Table(
    "session_audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("session_id", "sessions"),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Index("ix_session_audit_session_id", "session_id", "id"),
)
"""Who did what and when; never a word that was said or written."""

session_passes = sa.Table(
    "session_passes",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    count_of("attempt"),
    sa.Column("by", sa.String(200), nullable=False),
)
"""Who asked for a session's second pass, and which try of it counts."""

session_pass_results = sa.Table(
    "session_pass_results",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    sa.Column("stage", sa.String(16), primary_key=True),
    sa.Column("track", sa.String(8), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("data", Json, nullable=False),
    one_of("stage", ["heard", "wanted", "translated"]),
    one_of("track", TRACKS),
)
"""What a second pass that is under way has found so far; deleted at its end."""

session_documents = sa.Table(
    "session_documents",
    metadata,
    owner("session_id", "sessions", primary_key=True),
    owner("document_id", "documents", primary_key=True),
    sa.Column("track", sa.String(8), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("sent_ms", sa.BigInteger, nullable=False),
    one_of("track", TRACKS),
)
"""Documents that transcripts of a session became."""

__all__ = [
    "budget_rates",
    "corrections",
    "documents",
    "executors",
    "files",
    "findings",
    "idempotency_keys",
    "memory_units",
    "metadata",
    "notices",
    "queue_rules",
    "recordings",
    "renditions",
    "review_cuts",
    "review_segments",
    "reviews",
    "segment_drafts",
    "segment_marks",
    "segment_translations",
    "segment_versions",
    "session_audit",
    "session_changes",
    "session_channels",
    "session_cues",
    "session_documents",
    "session_grants",
    "session_marks",
    "session_pass_results",
    "session_passes",
    "session_tracks",
    "sessions",
    "tasks",
    "term_concepts",
    "terms",
    "transcripts",
    "webhook_deliveries",
    "webhooks",
]
