"""What the JSON API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.findings import Finding
from langsupport.domain.lineage import Relation
from langsupport.services.records import DocumentState, RecordingState, RenditionState
from langsupport.web.problems import ProblemBody


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ErrorBody(_Read):
    """Why something failed, kept with what failed."""

    code: str
    message: str
    template: str
    fields: dict[str, Any]


class RenditionBody(_Read):
    language: str
    state: RenditionState
    done_segments: int
    total_segments: int
    error: ErrorBody | None
    findings_count: int
    file_name: str | None
    size: int | None = Field(description="bytes")
    model: str | None
    finished_at: datetime | None


class DocumentBody(_Read):
    """A document and the state of each of its renditions. `version` grows with every change."""

    id: str
    name: str
    size: int = Field(description="bytes")
    state: DocumentState
    created_at: datetime
    version: int
    source: str | None = Field(description="its language; null until it was read")
    words: int | None
    segments: int | None
    error: ErrorBody | None
    renditions: list[RenditionBody]
    meeting_id: str | None = Field(description="the meeting that it belongs to")
    symbol: str
    titles: dict[str, str] = Field(description="by language: as people gave them, else as the document says")
    relation: Relation | None = Field(description="what it is to the document before it")
    previous_id: str | None = Field(description="the document before it")


class DocumentUpload(BaseModel):
    """One of the files of an upload: either taken, or refused with a problem."""

    name: str
    document: DocumentBody | None = None
    problem: ProblemBody | None = None


class DocumentPage(BaseModel):
    """Newest first. `next` is the `before` of the next page, null on the last."""

    items: list[DocumentBody]
    next: str | None


class CaptionsBody(_Read):
    language: str
    state: RenditionState
    spoken: bool
    done: int
    total: int
    cues: int
    error: ErrorBody | None
    findings_count: int


class RecordingBody(_Read):
    """A recording and the state of its captions in each language."""

    id: str
    name: str
    size: int = Field(description="bytes")
    state: RecordingState
    created_at: datetime
    version: int
    media_type: str
    language: str | None = Field(description="the spoken one; null until it was recognized")
    duration_ms: int | None
    error: ErrorBody | None
    captions: list[CaptionsBody]
    meeting_id: str | None = Field(description="the meeting that it belongs to")


class RecordingUpload(BaseModel):
    name: str
    recording: RecordingBody | None = None
    problem: ProblemBody | None = None


class RecordingPage(BaseModel):
    items: list[RecordingBody]
    next: str | None


class FindingBody(BaseModel):
    """What a person should look at: `message` is `template` filled with `fields`."""

    code: str
    severity: Literal["error", "warning", "info"]
    message: str
    template: str
    fields: dict[str, Any]
    unit_id: str | None
    segment_index: int | None


def finding_body(finding: Finding) -> FindingBody:
    return FindingBody(
        code=finding.code,
        severity=finding.severity.value,
        message=finding.message,
        template=finding.template,
        fields=dict(finding.fields),
        unit_id=finding.unit_id,
        segment_index=finding.segment_index,
    )


class TextRequest(BaseModel):
    text: str
    source: str = Field("auto", description="a code, or auto")
    target: str
    format: Literal["text", "html"] = "text"


class TextBody(BaseModel):
    translation: str
    source: str
    target: str
    detected: bool = Field(description="whether `source` was told from the text")
    model: str | None = Field(description="what serves this direction")


class DetectRequest(BaseModel):
    text: str


class DetectBody(BaseModel):
    """`language` is one of the six, or null; `reported` is what it seems to be when it is another one."""

    language: str | None
    confidence: float
    reported: str | None
    shares: dict[str, float]


class LanguageBody(BaseModel):
    code: str
    bcp47: str
    name: str
    endonym: str
    direction: Literal["ltr", "rtl"]


class DirectionBody(_Read):
    """What serves a direction, and how well: `quality` is the measured chrF, `draft` says that none is good enough."""

    source: str
    target: str
    model: str | None
    quality: float | None
    draft: bool


class LanguagesBody(BaseModel):
    languages: list[LanguageBody]
    directions: list[DirectionBody]


class ModelBody(BaseModel):
    id: str
    title: str
    family: str
    task: str
    licence: str
    commercial_use: bool
    installed: bool
    disk_bytes: int
    memory_bytes: int
