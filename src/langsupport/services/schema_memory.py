"""The tables of the translation memory and of terms."""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.matches import UnitOrigin
from langsupport.domain.terms import PartOfSpeech, TermStatus
from langsupport.services.schema_accounts import meeting_of
from langsupport.services.schema_base import Json, count_of, metadata, one_of

memory_units = sa.Table(
    "memory_units",
    metadata,
    # never given twice: the index in memory reads what came after the last one that it knows
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source_language", sa.String(8), nullable=False),
    sa.Column("target_language", sa.String(8), nullable=False),
    sa.Column("source", Json, nullable=False),
    sa.Column("target", Json, nullable=False),
    sa.Column("before", sa.Text, nullable=False),  # the source texts of the neighbours; "" where not known
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("text_hash", sa.String(32), nullable=False),  # of the source text without codes
    sa.Column("identity", sa.String(32), nullable=False, unique=True),  # of languages, source, neighbours, meeting
    sa.Column("keys", sa.LargeBinary, nullable=False),  # of the index: 32-bit numbers
    sa.Column("search", sa.Text, nullable=False),  # both texts, case-folded, for the concordance
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("document", sa.String(255), nullable=False),  # its name; stays when the document goes
    sa.Column("document_id", sa.String(32)),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    meeting_of(),  # NULL: the organization's
    sa.Index("ix_memory_units_text_hash", "text_hash", "source_language", "target_language"),
    one_of("source_language", LANGUAGES),
    one_of("target_language", LANGUAGES),
    one_of("origin", UnitOrigin),
    sqlite_autoincrement=True,
)

term_concepts = sa.Table(
    "term_concepts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""A concept that is changed is written anew, with a new id: their number and the highest id tell of any change."""

terms = sa.Table(
    "terms",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("concept_id", sa.Integer, sa.ForeignKey("term_concepts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    sa.Column("search", sa.String(1500), nullable=False),  # case-folded
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("part_of_speech", sa.String(16)),
    sa.Column("note", sa.Text, nullable=False),
    count_of("position"),
    sa.Index("ix_terms_concept_id", "concept_id"),
    one_of("language", LANGUAGES),
    one_of("status", TermStatus),
    one_of("part_of_speech", PartOfSpeech),
)

__all__ = ["memory_units", "term_concepts", "terms"]
