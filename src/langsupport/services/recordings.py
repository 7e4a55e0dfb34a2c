"""Recordings: upload, recognition, translated captions, media for the player."""

from __future__ import annotations

import builtins
import mimetypes
from collections.abc import Sequence
from typing import BinaryIO

import sqlalchemy as sa

from langsupport.domain.speech import Transcript
from langsupport.errors import Cancelled, Conflict, LangsupportError, NotFound
from langsupport.services import playable
from langsupport.services import recording_rows as rows
from langsupport.services.changes import Changes
from langsupport.services.codecs import error_to_json
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import ACTIVE, new_id
from langsupport.services.documents import POISONED, source_code, target_codes
from langsupport.services.files import FileStore, display_name
from langsupport.services.jobs import Jobs, JobState
from langsupport.services.recording_work import HEARING, RecordingWork, recognize_key, translate_key
from langsupport.services.records import OpenedFile, RecordingRecord, RecordingState, RenditionState
from langsupport.services.schema import recordings, transcripts
from langsupport.services.visibility import Sight


class RecordingService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        jobs: Jobs,
        work: RecordingWork,
        changes: Changes,
        max_recording_bytes: int,
    ) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs
        self._work = work
        self._changes = changes
        self._max_recording_bytes = max_recording_bytes

    def upload(
        self,
        name: str,
        stream: BinaryIO,
        language: str | None = None,
        targets: Sequence[str] | None = None,
        meeting_id: str | None = None,
    ) -> RecordingRecord:
        """Keep a recording and start its recognition.

        `language` None or "auto": told from the sound. `targets` None: the other five; (): no translation.
        Raises: InputTooLarge, EmptyInput, UnsupportedLanguage, InvalidRequest, DiskFull. What only decoding can tell
        comes later, as the record's error.
        """
        name = display_name(name)
        known = source_code(language)
        wanted = [] if targets is not None and not list(targets) else target_codes(targets, known)
        id = new_id()
        received = self._files.receive(stream, name, self._max_recording_bytes)
        with received as incoming, self._database.write() as connection:
            row = {
                "id": id,
                "name": name,
                "media_type": media_type(name),
                "size": incoming.size,
                "file": self._files.publish(connection, incoming),
                "requested_language": known,
                "requested_targets": wanted,
                "state": RecordingState.QUEUED,
                "meeting_id": meeting_id,
                "created_ms": now_ms(),
            }
            connection.execute(sa.insert(recordings).values(row))
            self._work.submit_recognition(connection, id, 1)
        return self.get(id)

    def list(
        self, limit: int = 50, before: str | None = None, of: Sight = None, meeting_id: str | None = None
    ) -> builtins.list[RecordingRecord]:
        """Newest first, what `of` sees; `before` is the id of the last one of the page before; of one meeting."""
        with self._database.read() as connection:
            return rows.records(connection, limit, before, of, meeting_id)

    def get(self, id: str) -> RecordingRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.record(connection, id)

    def wait_for_change(self, id: str, version: int, timeout: float) -> RecordingRecord:
        """The record as soon as its version is not `version`, or as it is after `timeout` seconds. Raises NotFound."""
        self._changes.wait(id, lambda: self._version(id), lambda found: found != version, timeout)
        return self.get(id)

    def _version(self, id: str) -> int:
        with self._database.read() as connection:
            found: int | None = connection.scalar(sa.select(recordings.c.version).where(recordings.c.id == id))
        if found is None:
            raise NotFound(what="recording", id=id)
        return found

    def transcript(self, id: str, language: str | None = None) -> Transcript:
        """None: the spoken language. Raises NotFound: no such recording or language, or not done yet."""
        with self._database.read() as connection:
            rows.recording_row(connection, id)
            return rows.read_transcript(connection, id, language)

    def open_media(self, id: str) -> OpenedFile:
        """For the player: the file itself, or a copy of its sound where browsers can't play it. Raises NotFound."""
        with self._database.read() as connection:
            row = rows.recording_row(connection, id)
        if row["player_file"]:
            name = row["name"].rpartition(".")[0] or row["name"]
            return OpenedFile(name + playable.EXTENSION, playable.MEDIA_TYPE, self._files.path(row["player_file"]))
        return OpenedFile(row["name"], row["media_type"], self._files.path(row["file"]))

    def open_original(self, id: str) -> OpenedFile:
        """The file as it was uploaded. Raises NotFound."""
        with self._database.read() as connection:
            row = rows.recording_row(connection, id)
        return OpenedFile(row["name"], row["media_type"], self._files.path(row["file"]))

    def cancel(self, id: str) -> RecordingRecord:
        """Stop what is going on; what is finished stays, the rest can be retried. Raises NotFound."""
        with self._database.write() as connection:
            row = rows.recording_row(connection, id)
            keys = _job_keys(connection, row)
            if keys:
                error = error_to_json(Cancelled())
                active = sa.and_(transcripts.c.recording_id == id, transcripts.c.state.in_(ACTIVE))
                failed = sa.update(transcripts).where(active).values(state=RenditionState.FAILED, error=error)
                connection.execute(failed)
                rows.change(connection, id, state=RecordingState.FAILED, error=error)
        self._work.stop(id, keys)
        return self.get(id)

    def retry(self, id: str) -> RecordingRecord:
        """Start again what failed. Raises NotFound, Conflict (nothing failed)."""
        with self._database.write() as connection:
            row = rows.recording_row(connection, id)
            failed = sa.and_(transcripts.c.recording_id == id, transcripts.c.state == RenditionState.FAILED)
            again = connection.execute(sa.select(transcripts.c.language).where(failed)).scalars().all()
            if again:
                for language in again:
                    self._translate_again(connection, id, language)
                rows.change(connection, id, state=RecordingState.TRANSLATING, error=None)
            elif row["state"] == RecordingState.FAILED:
                self._recognize_again(connection, row)
            else:
                raise Conflict(detail="Nothing failed in this recording; there is nothing to do again.")
        self._changes.notify(id)
        return self.get(id)

    def _recognize_again(self, connection: sa.Connection, row: sa.RowMapping) -> None:
        attempt = row["attempt"] + 1
        rows.change(connection, row["id"], state=RecordingState.QUEUED, error=None, attempt=attempt)
        self._work.submit_recognition(connection, row["id"], attempt)

    def _translate_again(self, connection: sa.Connection, id: str, language: str) -> None:
        row = rows.captions_row(connection, id, language)
        if row is not None:
            attempt = row["attempt"] + 1
            again = {"state": RenditionState.QUEUED, "error": None, "attempt": attempt, "done": 0}
            rows.change_captions(connection, id, language, **again)
            self._work.submit_translation(connection, id, language, attempt)

    def delete(self, id: str) -> None:
        """Remove a recording with its captions, and the file if nothing else uses it. Raises NotFound."""
        with self._database.write() as connection:
            row = rows.recording_row(connection, id)
            keys = _job_keys(connection, row)
            connection.execute(sa.delete(recordings).where(recordings.c.id == id))
            self._files.release(connection, {row["file"], row["player_file"]} - {None})
        self._work.stop(id, keys)

    def delete_older(self, created_before_ms: int) -> int:
        """Delete finished recordings by age. Gives their number."""
        old = recordings.c.created_ms < created_before_ms
        ended = recordings.c.state.in_([RecordingState.DONE, RecordingState.FAILED])
        with self._database.read() as connection:
            ids = connection.scalars(sa.select(recordings.c.id).where(old, ended)).all()
        for id in ids:
            self.delete(id)
        return len(ids)

    def resume(self) -> None:
        """As the documents' resume."""
        with self._database.read() as connection:
            unfinished = _unfinished(connection)
        states = self._jobs.states([key for _, _, _, key in unfinished])
        for id, language, attempt, key in unfinished:
            if states[key] is JobState.POISONED:
                self._work.fail(id, language, attempt, LangsupportError(detail=POISONED))
            elif states[key] is not JobState.ALIVE:
                self._resubmit(id, language, attempt)

    def _resubmit(self, id: str, language: str | None, attempt: int) -> None:
        with self._database.write() as connection:
            if language is None:
                row = rows.find_recording(connection, id)
                if row is not None and row["state"] in HEARING and row["attempt"] == attempt:
                    self._recognize_again(connection, row)
            else:
                row = rows.captions_row(connection, id, language)
                if row is not None and row["state"] in ACTIVE and row["attempt"] == attempt:
                    self._translate_again(connection, id, language)


def _job_keys(connection: sa.Connection, row: sa.RowMapping) -> builtins.list[str]:
    """The jobs that are on for a recording."""
    if row["state"] in HEARING:
        return [recognize_key(row["id"], row["attempt"])]
    active = sa.and_(transcripts.c.recording_id == row["id"], transcripts.c.state.in_(ACTIVE))
    found = connection.execute(sa.select(transcripts.c.language, transcripts.c.attempt).where(active))
    return [translate_key(row["id"], code, attempt) for code, attempt in found]


def _unfinished(connection: sa.Connection) -> builtins.list[tuple[str, str | None, int, str]]:
    """(recording, language or None for recognition, attempt, job key) of everything that should be going on."""
    hearing = sa.select(recordings.c.id, recordings.c.attempt).where(recordings.c.state.in_(HEARING))
    columns = (transcripts.c.recording_id, transcripts.c.language, transcripts.c.attempt)
    translating = sa.select(*columns).where(transcripts.c.state.in_(ACTIVE))
    return [(id, None, attempt, recognize_key(id, attempt)) for id, attempt in connection.execute(hearing)] + [
        (id, code, attempt, translate_key(id, code, attempt)) for id, code, attempt in connection.execute(translating)
    ]


_MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mkv": "video/x-matroska",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
}
"""Where the platform's tables differ or know nothing."""


def media_type(name: str) -> str:
    """By the name's ending; only sound and video are named, so that a browser never runs what was uploaded."""
    ending = "." + name.rpartition(".")[2].lower()
    guessed = _MEDIA_TYPES.get(ending) or mimetypes.guess_type(f"x{ending}")[0] or ""
    return guessed if guessed.startswith(("audio/", "video/")) else "application/octet-stream"


__all__ = ["RecordingService", "media_type"]
