"""One language of a document or recording, as lists and pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from langsupport.domain.languages import LANGUAGES
from langsupport.services.records import (
    CaptionsRecord,
    DocumentRecord,
    ErrorRecord,
    RecordingRecord,
    RecordingState,
    RenditionRecord,
    RenditionState,
)
from langsupport.web.pages.strings import STATES


@dataclass(frozen=True, slots=True)
class LanguageCell:
    """`state` is a key of STATES; `address` is a file to download, or a page. `done` of `total` for progress."""

    language: str
    state: str
    address: str | None = None
    download: bool = False
    done: int = 0
    total: int = 0
    report: str | None = None
    findings: int = 0
    error: ErrorRecord | None = None
    size: int | None = None
    model: str | None = None
    spoken: bool = False
    cues: int = 0

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def busy(self) -> bool:
        return self.state in ("translating", "recognizing")


def document_cells(record: DocumentRecord) -> list[LanguageCell]:
    """All six, in the order of LANGUAGES: a reader finds each where she found it before."""
    return [_document_cell(record, code) for code in LANGUAGES]


def _document_cell(record: DocumentRecord, code: str) -> LanguageCell:
    base = f"/api/v1/documents/{record.id}"
    rendition = record.rendition(code)
    if rendition is None:
        if code == record.source:
            return LanguageCell(code, "original", f"{base}/source", download=True, size=record.size)
        return LanguageCell(code, _before_reading(record))
    return _rendition_cell(record, rendition, f"{base}/renditions/{code}")


def _before_reading(record: DocumentRecord | RecordingRecord) -> str:
    """The state of a language that has no row: not asked for, or nobody knows yet, or never because reading failed."""
    known = record.renditions if isinstance(record, DocumentRecord) else record.captions
    if known:
        return "none"
    return "failed" if record.finished else "queued"


def _rendition_cell(record: DocumentRecord, rendition: RenditionRecord, address: str) -> LanguageCell:
    done = rendition.state is RenditionState.DONE
    return LanguageCell(
        rendition.language,
        rendition.state.value,
        address if done else None,
        download=True,
        done=rendition.done_segments,
        total=rendition.total_segments,
        report=f"/documents/{record.id}/report/{rendition.language}" if done else None,
        findings=rendition.findings_count,
        error=rendition.error,
        size=rendition.size,
        model=rendition.model,
    )


def recording_cells(record: RecordingRecord, linked: bool = False) -> list[LanguageCell]:
    """All six; with `linked`, a finished one leads to the player with its captions."""
    found = {captions.language: captions for captions in record.captions}
    return [_captions_cell(record, code, found.get(code), linked) for code in LANGUAGES]


def _captions_cell(record: RecordingRecord, code: str, captions: CaptionsRecord | None, linked: bool) -> LanguageCell:
    if captions is None:
        return LanguageCell(code, _before_reading(record))
    done = captions.state is RenditionState.DONE
    listening = captions.spoken and record.state is RecordingState.RECOGNIZING
    return LanguageCell(
        code,
        "recognizing" if listening and not done else captions.state.value,
        f"/recordings/{record.id}?captions={code}" if done and linked else None,
        done=captions.done,
        total=captions.total,
        findings=captions.findings_count,
        error=captions.error,
        spoken=captions.spoken,
        cues=captions.cues,
    )
