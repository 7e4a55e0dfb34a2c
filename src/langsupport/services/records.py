"""What the services hand out: plain frozen records, and the states that rows go through.

A record is a picture of one moment. `version` grows with every change of a document or recording, so that a page
can wait for the next one (see `wait_for_change` of the services).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.lineage import Relation


class DocumentState(StrEnum):
    QUEUED = "queued"
    READING = "reading"
    TRANSLATING = "translating"
    DONE = "done"  # every rendition is done
    FAILED = "failed"  # reading failed, or at least one rendition did and none is being worked on


class RecordingState(StrEnum):
    QUEUED = "queued"
    RECOGNIZING = "recognizing"
    TRANSLATING = "translating"
    DONE = "done"
    FAILED = "failed"


class RenditionState(StrEnum):
    QUEUED = "queued"
    TRANSLATING = "translating"
    DONE = "done"
    FAILED = "failed"


DOCUMENT_MOVES: dict[DocumentState, frozenset[DocumentState]] = {
    DocumentState.QUEUED: frozenset({DocumentState.READING, DocumentState.FAILED}),
    DocumentState.READING: frozenset(
        {DocumentState.TRANSLATING, DocumentState.FAILED, DocumentState.DONE, DocumentState.QUEUED}
    ),
    DocumentState.TRANSLATING: frozenset({DocumentState.DONE, DocumentState.FAILED}),
    DocumentState.DONE: frozenset(),
    DocumentState.FAILED: frozenset({DocumentState.QUEUED, DocumentState.TRANSLATING}),
}
"""Allowed moves; from FAILED only by a retry, back to QUEUED otherwise only when a job was lost. Staying is no move."""

RENDITION_MOVES: dict[RenditionState, frozenset[RenditionState]] = {
    RenditionState.QUEUED: frozenset({RenditionState.TRANSLATING, RenditionState.FAILED}),
    RenditionState.TRANSLATING: frozenset({RenditionState.DONE, RenditionState.FAILED, RenditionState.QUEUED}),
    RenditionState.DONE: frozenset(),
    RenditionState.FAILED: frozenset({RenditionState.QUEUED}),
}

RECORDING_MOVES: dict[RecordingState, frozenset[RecordingState]] = {
    RecordingState.QUEUED: frozenset({RecordingState.RECOGNIZING, RecordingState.FAILED}),
    RecordingState.RECOGNIZING: frozenset(
        {RecordingState.TRANSLATING, RecordingState.DONE, RecordingState.FAILED, RecordingState.QUEUED}
    ),
    RecordingState.TRANSLATING: frozenset({RecordingState.DONE, RecordingState.FAILED}),
    RecordingState.DONE: frozenset(),
    RecordingState.FAILED: frozenset({RecordingState.QUEUED, RecordingState.TRANSLATING}),
}


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """A LangsupportError as it is kept: a stable code, and a template with fields that can be shown in any language."""

    code: str
    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.template.format_map(self.fields)


@dataclass(frozen=True, slots=True)
class RenditionRecord:
    """One language of a document. Segments are distinct ones: a repeated sentence is translated once."""

    language: str
    state: RenditionState
    done_segments: int = 0
    total_segments: int = 0
    error: ErrorRecord | None = None
    findings_count: int = 0
    file_name: str | None = None  # what a download is called, once done: report.fr.docx
    size: int | None = None  # bytes
    model: str | None = None  # what translated it; several are joined with a comma
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """`words` and `segments` are None until the document was read; `source` too, unless it was given."""

    id: str
    name: str
    size: int  # bytes
    state: DocumentState
    created_at: datetime  # UTC
    version: int
    source: str | None = None
    words: int | None = None
    segments: int | None = None
    error: ErrorRecord | None = None
    renditions: tuple[RenditionRecord, ...] = ()
    meeting_id: str | None = None
    symbol: str = ""
    given_titles: Mapping[str, str] = field(default_factory=dict)  # by language, as people wrote them
    found_titles: Mapping[str, str] = field(default_factory=dict)  # as the document and its translations have them
    relation: Relation | None = None
    previous_id: str | None = None

    @property
    def titles(self) -> dict[str, str]:
        """By language, in the order of LANGUAGES; what people wrote comes before what the document says."""
        found = {**self.found_titles, **self.given_titles}
        return {code: found[code] for code in LANGUAGES if code in found}

    @property
    def finished(self) -> bool:
        return self.state in (DocumentState.DONE, DocumentState.FAILED)

    def rendition(self, language: str) -> RenditionRecord | None:
        return next((rendition for rendition in self.renditions if rendition.language == language), None)


@dataclass(frozen=True, slots=True)
class CaptionsRecord:
    """One language of a recording. The spoken one comes first, with `spoken` set, once it was recognized."""

    language: str
    state: RenditionState
    spoken: bool = False
    done: int = 0  # of `total`, in what the work counts: sentences
    total: int = 0
    cues: int = 0
    error: ErrorRecord | None = None
    findings_count: int = 0


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """`language` is the spoken one: given, or None until it was recognized; `heard_ms` of `duration_ms` is done.

    `media_type` is of what the player gets.
    """

    id: str
    name: str
    size: int  # bytes
    state: RecordingState
    created_at: datetime  # UTC
    version: int
    media_type: str = "application/octet-stream"
    language: str | None = None
    duration_ms: int | None = None
    heard_ms: int = 0
    error: ErrorRecord | None = None
    captions: tuple[CaptionsRecord, ...] = ()
    meeting_id: str | None = None

    @property
    def finished(self) -> bool:
        return self.state in (RecordingState.DONE, RecordingState.FAILED)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A stored file for reading: unpacks as (file name, media type, path). Don't write to the path."""

    name: str
    media_type: str
    path: Path

    def __iter__(self) -> Any:
        return iter((self.name, self.media_type, self.path))
