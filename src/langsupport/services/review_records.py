"""What the services of reviews and tasks hand out: plain frozen records. Moments are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from langsupport.domain.findings import Finding
from langsupport.domain.quality import ErrorCategory, ErrorSeverity
from langsupport.domain.reviews import Act, ReviewState, segment_label
from langsupport.domain.tasks import Claimable, TaskKind
from langsupport.domain.units import CodedText, Origin, State, UnitKind
from langsupport.services.records import ErrorRecord


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Why somebody let a finding pass."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftRecord:
    """What somebody wrote and has not confirmed. `base_version`: of the segment that it was written over."""

    target: CodedText
    base_version: int
    version: int
    by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """An error that a reviser marked. `own`: by who asks."""

    id: str
    category: ErrorCategory
    severity: ErrorSeverity
    text: str
    by: str
    at: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """A segment under review. Codes of all texts have canonical ids.

    `proposal` is what machine or memory said, `target` what holds now, `translation` the translator's text where a
    reviser changed it. `carried_from`: the id of the document before this one, whose text for it holds still.
    `match`: the memory's best score when the review was opened, 0 to 100. `confidence`: the chance (0 to 1) that the
    machine's proposal needs little editing. `draft` is the asker's. Segments are read in
    the order of (`place`, `part`); `joined_into`: the number of the segment that has the text of this one now.
    """

    number: int
    place: int
    part: int
    joined_into: int | None
    unit_id: str
    unit_kind: UnitKind
    key: str
    language: str
    source: CodedText
    proposal: CodedText
    proposed_origin: Origin
    model: str
    score: float | None
    confidence: float | None
    match: int | None
    target: CodedText
    origin: Origin
    state: State
    version: int
    seq: int
    findings: tuple[Finding, ...]
    dismissed: Mapping[str, Dismissal]
    words: int
    weighted: float
    seconds: int
    comments: int
    translator_id: str | None = None
    translated_by: str = ""
    translated_at: datetime | None = None
    translation: CodedText | None = None
    revised_by: str = ""
    revised_at: datetime | None = None
    carried_from: str | None = None
    draft: DraftRecord | None = None
    marks: tuple[MarkRecord, ...] = ()

    @property
    def label(self) -> str:
        return segment_label(self.place, self.part)


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One entry of a segment's history. `text`: the comment or the reason."""

    id: int
    number: int
    version: int
    act: Act
    state: State
    target: CodedText
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord(Claimable):
    """A piece of work. `first` and `last`: places of segments, both in it; `done_segments` of `segments` are done.
    `doubtful`: of its `words`, those that the machine translated and is not sure of."""

    review_id: str
    document_id: str
    document: str
    meeting_id: str | None
    kind: TaskKind
    source: str
    target: str
    first: int
    last: int
    words: int
    weighted: float
    segments: int
    done_segments: int
    doubtful: int
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """A document in one language that people work on. `counts`: segments by state."""

    id: str
    document_id: str
    document: str
    meeting_id: str | None
    source: str
    language: str
    state: ReviewState
    second_person: bool
    seq: int
    created_by: str
    created_at: datetime
    counts: Mapping[State, int] = field(default_factory=dict)
    words: int = 0
    weighted: float = 0.0
    rule: str = ""
    error: ErrorRecord | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    tasks: tuple[TaskRecord, ...] = ()

    @property
    def segments(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a confirmation. Nothing was confirmed where `refused` names what must be corrected first.

    `propagated`: numbers of the repetitions that took the same text.
    """

    segment: SegmentRecord
    refused: tuple[Finding, ...] = ()
    propagated: tuple[int, ...] = ()


__all__ = [
    "Dismissal",
    "DraftRecord",
    "MarkRecord",
    "ReviewRecord",
    "Saved",
    "SegmentRecord",
    "TaskRecord",
    "VersionRecord",
]
