"""What the JSON API takes and gives of reviews, tasks and rules of the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.confidence import ConfidenceLevel, level
from langsupport.domain.quality import ErrorCategory, ErrorSeverity
from langsupport.domain.reviews import Act, ReviewState, may_dismiss
from langsupport.domain.tasks import Conditions, Orders, Priority, QueueRule, TaskKind, TaskState
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, State, UnitKind
from langsupport.errors import InvalidRequest
from langsupport.services.review_marks import NOTE_CHARS
from langsupport.services.review_records import ReviewRecord, SegmentRecord, TaskRecord, VersionRecord
from langsupport.services.reviews import COMMENT_CHARS, TEXT_CHARS
from langsupport.web.api.models import FindingBody, finding_body

_MOST_CODES = 2_000
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="the segment's, from 1")]


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CodeBody(BaseModel):
    """A piece of formatting, link, field or note reference, before the character at `at`.

    `at` counts characters (Unicode code points). An `open` and its `close` share their `id`.
    """

    at: int = Field(ge=0, le=TEXT_CHARS)
    id: int = Field(ge=0, le=2**31 - 1)
    kind: CodeKind
    role: str = Field(max_length=32)


class TextBody(BaseModel):
    """A text and the inline codes in it."""

    text: str = Field(max_length=TEXT_CHARS)
    codes: list[CodeBody] = Field(default_factory=list, max_length=_MOST_CODES)

    def coded(self) -> CodedText:
        """Raises InvalidRequest: codes out of order, or beyond the text."""
        codes = tuple((code.at, InlineCode(code.id, code.kind, code.role)) for code in self.codes)
        try:
            return CodedText(self.text, codes)
        except ValueError as error:
            raise InvalidRequest(detail="Codes must stand in order and within the text.") from error


def text_body(text: CodedText) -> TextBody:
    codes = [CodeBody(at=at, id=code.id, kind=code.kind, role=code.role) for at, code in text.codes]
    return TextBody(text=text.text, codes=codes)


class DismissalBody(_Read):
    reason: str
    by: str
    at: datetime


class DraftBody(BaseModel):
    """What the caller wrote and has not confirmed. `base_version`: of the segment that it was written over."""

    target: TextBody
    base_version: int
    version: int
    saved_at: datetime


class CheckedBody(FindingBody):
    """`dismissible`: whether it may be let pass with a reason."""

    dismissible: bool


def checked_body(finding: Any) -> CheckedBody:
    return CheckedBody(**finding_body(finding).model_dump(), dismissible=may_dismiss(finding.code))


class MarkBody(BaseModel):
    """An error that a reviser marked, by MQM's dimensions."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    category: ErrorCategory
    severity: ErrorSeverity
    text: str
    by: str
    at: datetime
    own: bool = Field(description="the caller's")


class MarkAsked(BaseModel):
    category: ErrorCategory
    severity: ErrorSeverity
    text: str = Field("", max_length=NOTE_CHARS, description="what is wrong")


class SegmentBody(BaseModel):
    """A segment under review. `proposal` is what machine or memory said, `target` what holds now, `translation` the
    translator's text where a reviser changed it, `match` the memory's best score when the review was opened."""

    number: int
    unit_id: str
    place: int = Field(description="segments are read in the order of place and part")
    part: int
    label: str = Field(description="what people call it: 12, or 12.2 for the second part of what was cut as 12")
    joined_into: int | None = Field(description="the number of the segment that has its text now; it has none itself")
    unit_kind: UnitKind
    language: str
    key: str = Field(description="the same for repetitions")
    source: TextBody
    proposal: TextBody
    proposed_origin: Origin
    model: str
    match: int | None
    confidence: float | None = Field(
        description="0 to 1: the chance that the machine's proposal needs little editing; null where it can't be told"
    )
    confidence_level: ConfidenceLevel | None
    target: TextBody
    origin: Origin
    state: State
    version: int
    seq: int
    findings: list[CheckedBody]
    dismissed: dict[str, DismissalBody]
    words: int
    seconds: int = Field(description="that people spent on it")
    comments: int
    translated_by: str
    translated_at: datetime | None
    translation: TextBody | None
    revised_by: str
    revised_at: datetime | None
    carried_from: str | None = Field(description="the document before this one, whose text for it holds still")
    draft: DraftBody | None
    marks: list[MarkBody]


def segment_body(record: SegmentRecord) -> SegmentBody:
    draft = record.draft
    return SegmentBody(
        number=record.number,
        place=record.place,
        part=record.part,
        label=record.label,
        joined_into=record.joined_into,
        unit_id=record.unit_id,
        unit_kind=record.unit_kind,
        language=record.language,
        key=record.key,
        source=text_body(record.source),
        proposal=text_body(record.proposal),
        proposed_origin=record.proposed_origin,
        model=record.model,
        match=record.match,
        confidence=record.confidence,
        confidence_level=level(record.confidence) if record.confidence is not None else None,
        target=text_body(record.target),
        origin=record.origin,
        state=record.state,
        version=record.version,
        seq=record.seq,
        findings=[checked_body(finding) for finding in record.findings],
        dismissed={code: DismissalBody.model_validate(one) for code, one in record.dismissed.items()},
        words=record.words,
        seconds=record.seconds,
        comments=record.comments,
        translated_by=record.translated_by,
        translated_at=record.translated_at,
        translation=text_body(record.translation) if record.translation is not None else None,
        revised_by=record.revised_by,
        revised_at=record.revised_at,
        carried_from=record.carried_from,
        marks=[MarkBody.model_validate(mark) for mark in record.marks],
        draft=DraftBody(
            target=text_body(draft.target),
            base_version=draft.base_version,
            version=draft.version,
            saved_at=draft.saved_at,
        )
        if draft is not None
        else None,
    )


class AcrossBody(BaseModel):
    """What a check that looks at all segments says of one."""

    number: int
    label: str
    finding: CheckedBody


class SegmentPage(BaseModel):
    """In reading order. `next` is the `after` of the next page, null on the last; `seq` the review's count of changes
    when this was read."""

    items: list[SegmentBody]
    next: int | None
    seq: int


class VersionBody(BaseModel):
    id: int
    version: int
    act: Act
    state: State
    target: TextBody
    text: str = Field(description="the comment, or the reason")
    by: str
    at: datetime


def version_body(record: VersionRecord) -> VersionBody:
    return VersionBody(
        id=record.id,
        version=record.version,
        act=record.act,
        state=record.state,
        target=text_body(record.target),
        text=record.text,
        by=record.by,
        at=record.at,
    )


class TaskBody(_Read):
    """A piece of work. `mine`: the caller has it; `expires_at`: from then on others may take it over."""

    id: str
    review_id: str
    document_id: str
    document: str
    meeting_id: str | None
    kind: TaskKind
    state: TaskState
    source: str
    target: str
    first: int
    last: int
    segments: int
    done_segments: int
    words: int
    weighted: float
    doubtful: int = Field(description="of the words, those that the machine translated and is not sure of")
    priority: Priority
    instructions: str
    version: int
    person: str
    created_at: datetime
    deadline: datetime | None
    taken_at: datetime | None
    expires_at: datetime | None
    done_at: datetime | None
    mine: bool = False


def task_body(record: TaskRecord, holder: str) -> TaskBody:
    return TaskBody.model_validate(record).model_copy(update={"mine": record.is_of(holder)})


class ReviewBody(BaseModel):
    """A document in one language that people work on. `counts`: segments by state."""

    id: str
    document_id: str
    document: str
    meeting_id: str | None
    source: str
    language: str
    state: ReviewState
    second_person: bool
    rule: str
    seq: int
    segments: int
    counts: dict[State, int]
    words: int
    weighted: float
    created_by: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    error: str | None
    tasks: list[TaskBody]


def review_body(record: ReviewRecord, holder: str) -> ReviewBody:
    return ReviewBody(
        id=record.id,
        document_id=record.document_id,
        document=record.document,
        meeting_id=record.meeting_id,
        source=record.source,
        language=record.language,
        state=record.state,
        second_person=record.second_person,
        rule=record.rule,
        seq=record.seq,
        segments=record.segments,
        counts={state: record.counts.get(state, 0) for state in State},
        words=record.words,
        weighted=record.weighted,
        created_by=record.created_by,
        created_at=record.created_at,
        approved_by=record.approved_by,
        approved_at=record.approved_at,
        error=record.error.message if record.error else None,
        tasks=[task_body(task, holder) for task in record.tasks],
    )


class DraftAsked(BaseModel):
    target: TextBody
    base_version: int = Field(ge=0, le=2**31 - 1)


class ConfirmAsked(BaseModel):
    """`version`: of the segment that the text was written over; `match`: the id of the memory's unit that it came
    from; `propagate`: repetitions that nobody has confirmed take the text too."""

    target: TextBody
    version: int = Field(ge=0, le=2**31 - 1)
    seconds: int = Field(0, ge=0, le=86_400)
    propagate: bool = True
    match: int | None = Field(None, ge=1, le=2**31 - 1)


class CheckAsked(BaseModel):
    target: TextBody
    match: int | None = Field(None, ge=1, le=2**31 - 1)


class SavedBody(BaseModel):
    """Nothing was confirmed where `refused` names what must be corrected or dismissed first; the text is a draft."""

    segment: SegmentBody
    refused: list[CheckedBody]
    propagated: list[int]


class VersionAsked(BaseModel):
    version: int = Field(ge=0, le=2**31 - 1)


class SegmentSplitAsked(VersionAsked):
    at: int = Field(ge=1, le=2**31 - 1, description="character of the source that the second part begins with")


class SendBackAsked(VersionAsked):
    reason: str = Field(max_length=COMMENT_CHARS)


class CommentAsked(BaseModel):
    text: str = Field(max_length=COMMENT_CHARS)


class DismissAsked(BaseModel):
    code: str = Field(min_length=1, max_length=64)
    reason: str = Field(max_length=COMMENT_CHARS)


class ChangesBody(BaseModel):
    """What changed in a review: `numbers` of segments since the last time, and who writes where now."""

    seq: int
    numbers: list[int]
    writers: dict[int, str]


class OrdersBody(_Read):
    """What people are asked for. `parts`: among so many translators; `second_person`: somebody else revises."""

    second_person: bool = True
    priority: Priority = Priority.NORMAL
    deadline_hours: int | None = None
    instructions: str = Field(default="", max_length=8_000)
    parts: int = 1

    def orders(self) -> Orders:
        return Orders(**{**self.model_dump(), "priority": Priority(self.priority)})


class SendAsked(OrdersBody):
    languages: list[str] = Field(min_length=1, max_length=6)


class ConditionsBody(_Read):
    """All must hold; what is null or empty holds always. `formats` are extensions: docx."""

    meeting_id: str | None = None
    formats: list[str] = Field(default_factory=list, max_length=50)
    sources: list[str] = Field(default_factory=list, max_length=6)
    targets: list[str] = Field(default_factory=list, max_length=6)
    least_words: int | None = Field(default=None, ge=0, le=2**31 - 1)
    most_words: int | None = Field(default=None, ge=0, le=2**31 - 1)
    least_errors: int | None = Field(default=None, ge=0, le=2**31 - 1)
    least_warnings: int | None = Field(default=None, ge=0, le=2**31 - 1)

    def conditions(self) -> Conditions:
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in self.model_dump().items()
        }
        return Conditions(**given)


class RuleAsked(_Read):
    name: str = Field(max_length=400)
    enabled: bool = True
    conditions: ConditionsBody = ConditionsBody()
    orders: OrdersBody = OrdersBody()

    def rule(self, id: str = "") -> QueueRule:
        return QueueRule(id, self.name, self.enabled, self.conditions.conditions(), self.orders.orders())


class RuleBody(RuleAsked):
    id: str


class RuleOrder(BaseModel):
    ids: list[str] = Field(max_length=1_000)


class AssignAsked(BaseModel):
    login: str = Field(min_length=1, max_length=200)


class SplitAsked(BaseModel):
    parts: int = Field(ge=2, le=1_000)


class TaskChange(BaseModel):
    """What is left out stays. A `deadline` of null takes it away."""

    priority: Priority | None = None
    deadline: datetime | None = None
    instructions: str | None = Field(None, max_length=8_000)
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)
