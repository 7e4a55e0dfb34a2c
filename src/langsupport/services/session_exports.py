"""What is taken out of a session: transcripts as files, and documents for the translators."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.captioning.transcripts import build_transcript, spoken_languages
from langsupport.domain.live import FLOOR, LiveCue
from langsupport.domain.speech import Meeting, Provenance, Transcript
from langsupport.errors import EmptyInput, NotFound
from langsupport.services.documents import DocumentService
from langsupport.services.files import display_name
from langsupport.services.records import DocumentRecord
from langsupport.services.session_editions import LinkedDocument
from langsupport.services.session_records import SessionRecord
from langsupport.services.sessions import SessionService

_PAGE = 500
DOCUMENT_FORMAT = "docx"
"""What a transcript is to the translators."""


class Export(NamedTuple):
    """A file made for the caller."""

    name: str
    media_type: str
    data: bytes


class SessionExports:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, sessions: SessionService, documents: DocumentService) -> None:
        self._sessions = sessions
        self._documents = documents

    def transcript(self, id: str, track: str) -> Transcript:
        """Everything of a track up to now. Raises: NotFound, InvalidRequest (no such track)."""
        record = self._sessions.get(id)
        cues = self._cues(id, track)
        floor = cues if track == FLOOR else self._cues(id, FLOOR)
        held = record.started_at or record.starts_at or record.created_at
        meeting = Meeting(record.title, record.code, held.date(), spoken_languages(floor))
        marks = self._sessions.marks(id)
        return build_transcript(cues, marks, track, _duration(record, cues), meeting)

    def export(self, id: str, track: str, form: str) -> Export:
        """A transcript as a file; `form` is a key of SUBTITLE_FORMATS.

        Raises: NotFound (no such session or format), InvalidRequest (no such track).
        """
        row = SUBTITLE_FORMATS.get(form)
        if row is None:
            raise NotFound(what="transcript format", id=form)
        transcript = self.transcript(id, track)
        name = display_name(f"{file_stem(transcript.meeting)}.{track}{row.extension}")
        return Export(name, row.media_type, row.write(transcript))

    def send_to_documents(
        self, id: str, track: str, targets: Sequence[str] | None = None, *, by: str
    ) -> DocumentRecord:
        """The transcript as a document of its own, to be translated like any other; the session remembers it.

        Translated tracks can be sent too, but the floor or what was spoken is what translators want. `targets` None:
        the other five. It belongs to the session's meeting. Changes made to the captions later don't reach it.

        Raises: NotFound, InvalidRequest. EmptyInput: nothing was said. What DocumentService.upload raises.
        """
        transcript = self.transcript(id, track)
        if not any(cue.provenance is not Provenance.OFF_RECORD for cue in transcript.cues):
            raise EmptyInput(name=file_stem(transcript.meeting))
        data = SUBTITLE_FORMATS[DOCUMENT_FORMAT].write(transcript)
        name = display_name(f"{file_stem(transcript.meeting)}.{transcript.language}.{DOCUMENT_FORMAT}")
        mixed = any(cue.language for cue in transcript.cues)
        source = None if mixed else transcript.language
        wanted = None if targets is None else [code for code in targets if code != source]
        document = self._documents.upload(name, io.BytesIO(data), source, wanted, self._sessions.get(id).meeting_id)
        self._sessions.link_document(id, track, document.id, by)
        return document

    def documents(self, id: str) -> list[LinkedDocument]:
        """The documents that transcripts of this session became and that are still there, newest first."""
        return self._sessions.linked_documents(id)

    def _cues(self, id: str, track: str) -> list[LiveCue]:
        """The newest states of all cues. What changes while we read comes again, later."""
        found: dict[str, LiveCue] = {}
        seq = 0
        while True:
            page = self._sessions.cues(id, track, changed_since=seq, limit=_PAGE)
            found.update((cue.id, cue) for _, cue in page)
            if len(page) < _PAGE:
                return list(found.values())
            seq = page[-1][0]


def file_stem(meeting: Meeting | None) -> str:
    """`C25-P2 Second plenary 2025-06-18`."""
    if meeting is None:
        return "transcript"
    held_on = meeting.held_on.isoformat() if meeting.held_on else ""
    return " ".join(filter(None, (meeting.code.replace("/", "-"), meeting.title.replace("/", "-"), held_on)))


def _duration(record: SessionRecord, cues: Sequence[LiveCue]) -> int:
    return max([record.clock_ms, *(cue.end_ms for cue in cues)])
