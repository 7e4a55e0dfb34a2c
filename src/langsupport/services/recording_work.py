"""The durable work on recordings: recognize, then translate into each language, one job each.

    recording-recognize   a copy of the sound for the player if one is needed; captions in the spoken language,
                          then a job for each target
    recording-translate   one step: captions in one other language

Recognition is one step because a model hears windows that depend on what it heard before; after a crash a recording
is heard again from its start.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Transcript
from langsupport.engines.protocols import Lane
from langsupport.pipelines import recording as pipeline
from langsupport.services import playable
from langsupport.services import recording_rows as rows
from langsupport.services.changes import Changes
from langsupport.services.codecs import error_to_json
from langsupport.services.database import Database
from langsupport.services.document_rows import ACTIVE
from langsupport.services.document_work import OBSOLETE, Throttled, log_failure
from langsupport.services.files import FileStore, IncomingFile
from langsupport.services.jobs import JobKind, Jobs, Steps
from langsupport.services.records import RecordingState, RenditionState
from langsupport.services.schema import transcripts
from langsupport.services.settings import JobSettings
from langsupport.services.work import OpenWork

log = logging.getLogger(__name__)

RECOGNIZE = "recording-recognize"
TRANSLATE = "recording-translate"
HEARING = (RecordingState.QUEUED, RecordingState.RECOGNIZING)


def recognize_key(id: str, attempt: int) -> str:
    return f"{id}/recognize/{attempt}"


def translate_key(id: str, language: str, attempt: int) -> str:
    return f"{id}/{language}/{attempt}"


class RecordingWork:
    """Registers its kinds of job with the port; the recording service submits them."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        jobs: Jobs,
        work: OpenWork,
        changes: Changes,
        settings: JobSettings,
    ) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs
        self._work = work
        self._changes = changes
        jobs.register(JobKind(RECOGNIZE, self._recognize_job, settings.recording_workers))
        jobs.register(JobKind(TRANSLATE, self._translate_job, settings.translation_workers))

    def submit_recognition(self, connection: sa.Connection, id: str, attempt: int) -> None:
        self._jobs.submit(connection, RECOGNIZE, recognize_key(id, attempt), id, attempt)

    def submit_translation(self, connection: sa.Connection, id: str, language: str, attempt: int) -> None:
        self._jobs.submit(connection, TRANSLATE, translate_key(id, language, attempt), id, language, attempt)

    def _recognize_job(self, steps: Steps, id: str, attempt: int) -> None:
        steps.run("player", self._make_playable, id, attempt, on_error=partial(self._not_playable, id))
        steps.run("recognize", self._recognize, id, attempt, on_error=partial(self._recognizing_failed, id, attempt))

    def _translate_job(self, steps: Steps, id: str, language: str, attempt: int) -> None:
        failed = partial(self._translating_failed, id, language, attempt)
        steps.run("translate", self._translate, id, language, attempt, on_error=failed)

    def _make_playable(self, id: str, attempt: int) -> int:
        """Keep a copy of the sound that browsers play, if they can't play the file. Gives its size, 0 for none."""
        with self._database.read() as connection:
            row = self._wanted(connection, id, attempt)
        if row is None or row["player_file"] or row["media_type"] in playable.PLAYABLE:
            return 0
        with self._files.scratch() as path:
            playable.extract(self._files.path(row["file"]), row["name"], path)
            with path.open("rb") as stream, self._files.receive(stream, row["name"], sys.maxsize) as incoming:
                self._keep_playable(id, attempt, incoming)
        self._changes.notify(id)
        return incoming.size

    def _keep_playable(self, id: str, attempt: int, incoming: IncomingFile) -> None:
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is not None:
                rows.change(connection, id, player_file=self._files.publish(connection, incoming))

    def _not_playable(self, id: str, error: Exception) -> int:
        """No reason to stop: what is wrong with the sound is told by the recognition."""
        log.info("no copy for the player of recording %s: %s", id, error)
        return 0

    def _recognize(self, id: str, attempt: int) -> int:
        with self._database.write() as connection:
            row = self._wanted(connection, id, attempt)
            if row is None:
                return OBSOLETE
            rows.change(connection, id, state=RecordingState.RECOGNIZING, heard_ms=0)
        self._changes.notify(id)
        path, language = self._files.path(row["file"]), row["requested_language"]
        progress = Throttled(partial(self._note_heard, id))
        with self._work.inference(id) as inference:
            heard = pipeline.recognize(path, row["name"], inference, language, Lane.BATCH, progress)
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is None:
                return OBSOLETE
            targets = [code for code in self._targets(row) if code != heard.language]
            self._plan(connection, id, heard, targets)
        self._changes.notify(id)
        return len(targets)

    def _targets(self, row: sa.RowMapping) -> Sequence[str]:
        requested: list[str] | None = row["requested_targets"]
        return list(LANGUAGES) if requested is None else requested

    def _wanted(self, connection: sa.Connection, id: str, attempt: int) -> sa.RowMapping | None:
        """The row, if this attempt to recognize it is still on."""
        row = rows.find_recording(connection, id)
        return row if row is not None and row["state"] in HEARING and row["attempt"] == attempt else None

    def _plan(self, connection: sa.Connection, id: str, heard: Transcript, targets: Sequence[str]) -> None:
        spoken = {"recording_id": id, "language": heard.language, "spoken": True, "position": 0}
        connection.execute(sa.insert(transcripts).values(spoken | rows.finished(heard)))
        for position, language in enumerate(targets, 1):
            values = {"recording_id": id, "language": language, "spoken": False, "position": position}
            connection.execute(sa.insert(transcripts).values(values | {"state": RenditionState.QUEUED}))
            self.submit_translation(connection, id, language, 1)
        rows.change(
            connection,
            id,
            state=RecordingState.TRANSLATING if targets else RecordingState.DONE,
            language=heard.language,
            duration_ms=heard.duration_ms,
            heard_ms=heard.duration_ms,
        )

    def _note_heard(self, id: str, done: int, total: int) -> None:
        with self._database.write() as connection:
            if rows.find_recording(connection, id) is None:
                return
            rows.change(connection, id, heard_ms=done, duration_ms=total)
        self._changes.notify(id)

    def _translate(self, id: str, language: str, attempt: int) -> int:
        with self._database.write() as connection:
            if self._current(connection, id, language, attempt) is None:
                return OBSOLETE
            rows.change_captions(connection, id, language, state=RenditionState.TRANSLATING, done=0)
            rows.change(connection, id)
            heard = rows.read_transcript(connection, id, None)
        self._changes.notify(id)
        progress = Throttled(partial(self._note_translated, id, language))
        with self._work.inference(id) as inference:
            translated = pipeline.translate(heard, language, inference, Lane.BATCH, progress)
        with self._database.write() as connection:
            if self._current(connection, id, language, attempt) is None:
                return OBSOLETE
            rows.change_captions(connection, id, language, **rows.finished(translated))
            rows.settle(connection, id)
        self._changes.notify(id)
        return len(translated.cues)

    def _current(self, connection: sa.Connection, id: str, language: str, attempt: int) -> sa.RowMapping | None:
        """The captions' row, if this attempt is still on."""
        row = rows.captions_row(connection, id, language)
        return row if row is not None and row["state"] in ACTIVE and row["attempt"] == attempt else None

    def _note_translated(self, id: str, language: str, done: int, total: int) -> None:
        with self._database.write() as connection:
            if rows.captions_row(connection, id, language) is None:
                return
            rows.change_captions(connection, id, language, done=done, total=total)
            rows.change(connection, id)
        self._changes.notify(id)

    def _recognizing_failed(self, id: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "recognizing recording %s failed", id)
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is not None:
                rows.change(connection, id, state=RecordingState.FAILED, error=error_to_json(error))
        self._changes.notify(id)
        return OBSOLETE

    def _translating_failed(self, id: str, language: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "translating recording %s into %s failed", id, language)
        with self._database.write() as connection:
            if self._current(connection, id, language, attempt) is not None:
                failed = {"state": RenditionState.FAILED, "error": error_to_json(error)}
                rows.change_captions(connection, id, language, **failed)
                rows.settle(connection, id)
        self._changes.notify(id)
        return OBSOLETE

    def fail(self, id: str, language: str | None, attempt: int, error: Exception) -> None:
        """Record that a job can't go on: of one language, or of the recognition (None)."""
        if language is None:
            self._recognizing_failed(id, attempt, error)
        else:
            self._translating_failed(id, language, attempt, error)

    def stop(self, id: str, keys: Sequence[str]) -> None:
        """No further step of these jobs; what is under way is called off."""
        self._jobs.cancel(keys)
        self._work.cancel(id)
        self._changes.notify(id)
