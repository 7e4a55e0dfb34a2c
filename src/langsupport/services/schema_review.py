"""The tables of what people work on: reviews, their segments and history, tasks, and the rules of the queue."""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.quality import ErrorCategory, ErrorSeverity
from langsupport.domain.reviews import Act, ReviewState
from langsupport.domain.tasks import TaskKind, TaskState
from langsupport.domain.units import Origin, State, UnitKind
from langsupport.services.schema_accounts import meeting_of
from langsupport.services.schema_base import Json, count_of, file_of, metadata, one_of, own_id, owner

reviews = sa.Table(
    "reviews",
    metadata,
    own_id(),
    owner("document_id", "documents"),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("source", sa.String(8), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("second_person", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("rule", sa.String(200), nullable=False),  # the name of the rule that sent it; "" by hand
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),  # of the last change of anything in it
    count_of("attempt"),  # to make the approved document
    sa.Column("error", Json),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_by_id", sa.String(32)),  # of the person, who is told what comes of it
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("approved_by", sa.String(200)),
    sa.Column("approved_ms", sa.BigInteger),
    file_of("file", nullable=True),  # the approved document
    sa.Column("size", sa.BigInteger),
    sa.UniqueConstraint("document_id", "language"),
    one_of("language", LANGUAGES),
    one_of("source", LANGUAGES),
    one_of("state", ReviewState),
)

review_segments = sa.Table(
    "review_segments",
    metadata,
    owner("review_id", "reviews", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # from 1; what is split off gets the next
    count_of("place"),  # the number that it was cut with, in reading order
    count_of("part"),  # in reading order among what was split off at this place
    sa.Column("joined_into", sa.Integer),  # number of the segment that has its text now
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("unit_kind", sa.String(16), nullable=False),
    sa.Column("segment_index", sa.Integer, nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),  # its own; may be none of the six
    sa.Column("source", Json, nullable=False),  # codes have canonical ids, in all three texts
    sa.Column("proposal", Json, nullable=False),
    sa.Column("proposed_origin", sa.String(16), nullable=False),
    sa.Column("model", sa.String(255), nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("confidence", sa.Float),  # 0 to 1, of a machine's translation before anybody changed it
    sa.Column("match", sa.Integer),  # the memory's best score when the review was opened
    sa.Column("target", Json, nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    count_of("version", 1),
    sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("findings", Json, nullable=False),
    sa.Column("dismissed", Json, nullable=False),  # code: {"reason", "by", "at_ms"}
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("weighted", sa.Float, nullable=False),
    count_of("seconds"),  # that people spent on it
    count_of("comments"),
    sa.Column("translator_id", sa.String(32)),  # no foreign key: what was done stays when a person goes
    sa.Column("translated_by", sa.String(200), nullable=False),
    sa.Column("translated_ms", sa.BigInteger),
    sa.Column("translation", Json),  # the translator's text, once a reviser changed it
    sa.Column("reviser_id", sa.String(32)),
    sa.Column("revised_by", sa.String(200), nullable=False),
    sa.Column("revised_ms", sa.BigInteger),
    sa.Column("carried_from", sa.String(32)),  # the document before this one, whose text for it holds still
    sa.Index("ix_review_segments_key", "review_id", "key"),
    sa.Index("ix_review_segments_seq", "review_id", "seq"),
    sa.Index("ix_review_segments_place", "review_id", "place", "part"),
    one_of("unit_kind", UnitKind),
    one_of("proposed_origin", Origin),
    one_of("origin", Origin),
    one_of("state", State),
)

review_cuts = sa.Table(
    "review_cuts",
    metadata,
    owner("review_id", "reviews", primary_key=True),
    sa.Column("unit_id", sa.Text, primary_key=True),
    sa.Column("unit_key", sa.String(64), nullable=False),  # of its source, by which a revision knows it again
    sa.Column("cuts", Json, nullable=False),
)
"""Where people cut units otherwise than the rules do (pipelines/recutting.py)."""

segment_drafts = sa.Table(
    "segment_drafts",
    metadata,
    owner("review_id", "reviews", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person_id", sa.String(32), primary_key=True),  # "" where accounts are off
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("target", Json, nullable=False),
    sa.Column("base_version", sa.Integer, nullable=False),  # of the segment that was written over
    count_of("version", 1),
    sa.Column("saved_ms", sa.BigInteger, nullable=False),
)
"""What people have written and not confirmed, one a person and segment. Kept whatever became of their task."""

segment_versions = sa.Table(
    "segment_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("review_id", "reviews"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("target", Json, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # of a comment, or the reason
    sa.Column("person_id", sa.String(32)),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_segment_versions_number", "review_id", "number", "id"),
    one_of("act", Act),
    one_of("state", State),
)
"""Only grows."""

segment_marks = sa.Table(
    "segment_marks",
    metadata,
    own_id(),
    owner("review_id", "reviews"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("category", sa.String(16), nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("translator_id", sa.String(32)),  # whose text it was said of
    sa.Column("person_id", sa.String(32)),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_segment_marks_number", "review_id", "number"),
    one_of("category", ErrorCategory),
    one_of("severity", ErrorSeverity),
)

tasks = sa.Table(
    "tasks",
    metadata,
    own_id(),
    owner("review_id", "reviews"),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("first", sa.Integer, nullable=False),  # places of segments, both included
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("weighted", sa.Float, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("deadline_ms", sa.BigInteger),
    sa.Column("instructions", sa.Text, nullable=False),
    sa.Column("person_id", sa.String(32)),  # "" where accounts are off
    sa.Column("person_name", sa.String(200), nullable=False),
    sa.Column("taken_ms", sa.BigInteger),
    sa.Column("expires_ms", sa.BigInteger),
    sa.Column("done_ms", sa.BigInteger),
    count_of("version", 1),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_tasks_review_id", "review_id"),
    sa.Index("ix_tasks_person_id", "person_id", "state"),
    sa.Index("ix_tasks_state", "state", "deadline_ms"),
    one_of("kind", TaskKind),
    one_of("state", TaskState),
)

queue_rules = sa.Table(
    "queue_rules",
    metadata,
    own_id(),
    count_of("position"),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    meeting_of(),
    sa.Column("conditions", Json, nullable=False),
    sa.Column("orders", Json, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

corrections = sa.Table(
    "corrections",
    metadata,
    own_id(),
    owner("session_id", "sessions"),
    sa.Column("track", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("deadline_ms", sa.BigInteger),
    sa.Column("instructions", sa.Text, nullable=False),
    sa.Column("person_id", sa.String(32)),  # "" where accounts are off
    sa.Column("person_name", sa.String(200), nullable=False),
    sa.Column("expires_ms", sa.BigInteger),
    sa.Column("done_ms", sa.BigInteger),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    count_of("version", 1),
    sa.Index("ix_corrections_session_id", "session_id"),
    sa.Index("ix_corrections_state", "state", "deadline_ms"),
    one_of("state", TaskState),
)
"""Captions of sessions that captioners are asked to correct."""

budget_rates = sa.Table(
    "budget_rates",
    metadata,
    own_id(),
    owner("meeting_id", "meetings", nullable=True),  # NULL: all meetings, and what belongs to none
    sa.Column("language", sa.String(8)),  # the target; NULL: all
    sa.Column("post_edit", sa.BigInteger),  # millionths of the currency for a weighted word
    sa.Column("revise", sa.BigInteger),
    sa.Column("amount", sa.BigInteger),  # millionths of the currency in all
    sa.Index("ix_budget_rates_meeting_id", "meeting_id"),
    one_of("language", LANGUAGES),
)
"""What words cost and what may be spent, for a meeting and a language."""

__all__ = [
    "budget_rates",
    "corrections",
    "queue_rules",
    "review_cuts",
    "review_segments",
    "reviews",
    "segment_drafts",
    "segment_marks",
    "segment_versions",
    "tasks",
]
