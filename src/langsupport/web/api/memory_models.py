"""What the JSON API takes and gives of translation memory and terms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.matches import LEAST_SHOWN, Match, MatchKind, MemoryUnit, UnitOrigin
from langsupport.domain.terms import Concept, PartOfSpeech, TermHit, TermStatus
from langsupport.services.memory_sheets import MOST_CHARS

RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UnitBody(BaseModel):
    """A unit of the memory: approved text and where it comes from."""

    id: int
    source_language: str
    target_language: str
    source: str
    target: str
    before: str = Field(description="the source text before it, where it is known")
    after: str
    origin: UnitOrigin
    document: str
    meeting: str = Field(description="the code of the meeting whose memory it is in; empty: the organization's")
    by: str
    at: datetime | None


class SubstitutionBody(BaseModel):
    """A number of the unit, and the text's own that took its place."""

    old: str
    new: str


class MatchBody(BaseModel):
    """A unit that fits. `target` is its translation, with the text's own numbers where `substituted` names any."""

    kind: MatchKind
    score: int = Field(description="0 to 100")
    target: str
    substituted: list[SubstitutionBody]
    unit: UnitBody


class MemorySearch(BaseModel):
    """A text to look up. With `before` and `after`, the texts around it, a match can be one of context too."""

    text: str = Field(min_length=1, max_length=MOST_CHARS)
    source: str
    target: str
    before: str = Field("", max_length=MOST_CHARS)
    after: str = Field("", max_length=MOST_CHARS)
    meeting: str | None = Field(None, description="the id of a meeting whose memory is asked too")
    least: int = Field(LEAST_SHOWN, ge=50, le=100)
    limit: int = Field(10, ge=1, le=50)


class ConcordanceSearch(BaseModel):
    text: str = Field(min_length=1, max_length=500)
    source: str
    target: str
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=0, le=2**31 - 1, description="the id of the last unit of the page before")


class UnitPage(BaseModel):
    """Newest first. `next` is the `before` of the next page, null on the last."""

    items: list[UnitBody]
    next: int | None


class ImportBody(_Read):
    """`replaced`: what was there already and took the newer text; `kept`: was approved here, and stays."""

    added: int
    replaced: int
    kept: int


class ClearedBody(BaseModel):
    deleted: int


class TermBody(_Read):
    language: str
    text: str
    status: TermStatus
    part_of_speech: PartOfSpeech | None
    note: str


class ConceptBody(_Read):
    id: int
    key: str
    subject: str
    definition: str
    note: str
    terms: list[TermBody]


class ConceptPage(BaseModel):
    """By key. `next` is the `after` of the next page, null on the last."""

    items: list[ConceptBody]
    next: str | None


class TermLookup(BaseModel):
    text: str = Field(max_length=MOST_CHARS)
    language: str


class TermHitBody(BaseModel):
    """A term at [start, end) of the text, counted in characters (Unicode code points)."""

    start: int
    end: int
    text: str
    term: TermBody
    concept: ConceptBody


def unit_body(unit: MemoryUnit) -> UnitBody:
    return UnitBody(
        id=unit.id or 0,
        source_language=unit.source_language,
        target_language=unit.target_language,
        source=unit.source.text,
        target=unit.target.text,
        before=unit.before,
        after=unit.after,
        origin=unit.origin,
        document=unit.document,
        meeting=unit.meeting,
        by=unit.by,
        at=unit.at,
    )


def match_body(match: Match) -> MatchBody:
    return MatchBody(
        kind=match.kind,
        score=match.score,
        target=match.target.text,
        substituted=[SubstitutionBody(old=old, new=new) for old, new in match.substituted],
        unit=unit_body(match.unit),
    )


def concept_body(concept: Concept) -> ConceptBody:
    return ConceptBody.model_validate(concept)


def hit_body(hit: TermHit) -> TermHitBody:
    term = TermBody.model_validate(hit.term)
    return TermHitBody(start=hit.start, end=hit.end, text=hit.text, term=term, concept=concept_body(hit.concept))
