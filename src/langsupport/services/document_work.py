"""The durable work on documents: read, translate in chunks, render.

    document-read        one step: read, tell the language, make the renditions, submit a job for each
    document-translate   one language: start, a step for each chunk of segments, render

The five languages of a document are five jobs that go on side by side; their chunks meet in the inference core,
which serves its batch lane in order. So they advance equally, and so do documents uploaded together.

Every step may run again after a crash. What it does is keyed: a segment that is stored is never sent to the machine
again, and a step of an older attempt, of a cancelled or a deleted document finds that out and does nothing.
"""

from __future__ import annotations

import io
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from langsupport import formats
from langsupport.checks import USUAL, Levels
from langsupport.domain.hooks import HookEvent
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import Segment, SegmentTranslation
from langsupport.engines.protocols import Inference, Lane
from langsupport.errors import LangsupportError
from langsupport.pipelines.document import Prepared, prepare, render, translate_segments
from langsupport.pipelines.names import rendition_name
from langsupport.pipelines.titles import title_of
from langsupport.services import document_rows as rows
from langsupport.services.changes import Changes
from langsupport.services.codecs import error_to_json
from langsupport.services.database import Database, now_ms
from langsupport.services.document_leverage import DocumentLeverage, lacks_terms
from langsupport.services.document_register import put_found_title
from langsupport.services.files import FileStore
from langsupport.services.jobs import JobKind, Jobs, Steps
from langsupport.services.prepared import PreparedDocuments
from langsupport.services.records import DocumentState, RenditionState
from langsupport.services.schema import renditions
from langsupport.services.settings import JobSettings
from langsupport.services.webhooks import tell_hooks
from langsupport.services.work import OpenWork

log = logging.getLogger(__name__)

READ = "document-read"
TRANSLATE = "document-translate"
OBSOLETE = -1
"""A step's answer when its document or attempt is no longer wanted, or failed: the job ends."""
_CHUNKS = 12
"""Into so many steps a rendition is cut, within the bounds of the settings: enough for progress to be seen."""
_PROGRESS_SECONDS = 1.0
"""Between two notes of progress inside a chunk."""


def read_key(id: str, attempt: int) -> str:
    return f"{id}/read/{attempt}"


def translate_key(id: str, language: str, attempt: int) -> str:
    return f"{id}/{language}/{attempt}"


class DocumentWork:
    """Registers its kinds of job with the port; the document service submits them."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        jobs: Jobs,
        work: OpenWork,
        changes: Changes,
        settings: JobSettings,
        leverage: DocumentLeverage,
        levels: Levels = USUAL,
        rendered: Callable[[str, str], None] = lambda id, language: None,
    ) -> None:
        """`rendered` is told (document, language) when a rendition is ready; in a step of its own."""
        self._database = database
        self._files = files
        self._jobs = jobs
        self._work = work
        self._changes = changes
        self._settings = settings
        self._leverage = leverage
        self._levels = levels
        self._rendered = rendered
        self._prepared = PreparedDocuments(capacity=settings.translation_workers)
        jobs.register(JobKind(READ, self._read_job, settings.reading_workers))
        jobs.register(JobKind(TRANSLATE, self._translate_job, settings.translation_workers))

    def _read_job(self, steps: Steps, id: str, attempt: int) -> None:
        steps.run("read", self._read, id, attempt, on_error=partial(self._reading_failed, id, attempt))

    def _translate_job(self, steps: Steps, id: str, language: str, attempt: int) -> None:
        failed = partial(self._translating_failed, id, language, attempt)
        chunks = steps.run("start", self._start, id, language, attempt, on_error=failed)
        for chunk in range(chunks):
            done = steps.run("translate", self._translate, id, language, attempt, chunk, chunks, on_error=failed)
            if done == OBSOLETE:
                return
        if chunks == OBSOLETE:
            return
        if steps.run("render", self._render, id, language, attempt, on_error=failed) != OBSOLETE:
            steps.run("tell", self._tell, id, language, on_error=partial(self._telling_failed, id, language))

    def _read(self, id: str, attempt: int) -> int:
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is None:
                return OBSOLETE
            rows.change(connection, id, state=DocumentState.READING)
        self._changes.notify(id)
        prepared = self._segments_of(id)
        with self._database.write() as connection:
            row = self._wanted(connection, id, attempt)
            if row is None:
                return OBSOLETE
            targets = [code for code in row["requested_targets"] or LANGUAGES if code != prepared.source]
            self._plan(connection, id, prepared, targets)
        self._changes.notify(id)
        return len(targets)

    def _wanted(self, connection: sa.Connection, id: str, attempt: int) -> sa.RowMapping | None:
        """The row, if this attempt to read it is still on."""
        row = rows.find_document(connection, id)
        reading = row is not None and row["state"] in (DocumentState.QUEUED, DocumentState.READING)
        return row if row is not None and reading and row["attempt"] == attempt else None

    def _plan(self, connection: sa.Connection, id: str, prepared: Prepared, targets: Sequence[str]) -> None:
        total = len({segment.key for segment in prepared.segments})
        for language in targets:
            values = {"document_id": id, "language": language, "state": RenditionState.QUEUED, "total_segments": total}
            connection.execute(sa.insert(renditions).values(values))
            self.submit_translation(connection, id, language, 1)
        rows.store_findings(connection, id, None, prepared.findings)
        rows.change(
            connection,
            id,
            state=DocumentState.TRANSLATING if targets else DocumentState.DONE,
            source=prepared.source,
            words=prepared.words,
            segments=len(prepared.segments),
        )
        title = title_of(prepared, prepared.source, lambda segment: segment.source.text)
        put_found_title(connection, id, prepared.source, title)

    def submit_reading(self, connection: sa.Connection, id: str, attempt: int) -> None:
        self._jobs.submit(connection, READ, read_key(id, attempt), id, attempt)

    def submit_translation(self, connection: sa.Connection, id: str, language: str, attempt: int) -> None:
        self._jobs.submit(connection, TRANSLATE, translate_key(id, language, attempt), id, language, attempt)

    def _segments_of(self, id: str) -> Prepared:
        def read() -> Prepared:
            name, data, source = self._source_of(id)
            return prepare(data, name, source)

        return self._prepared.get(id, read)

    def _source_of(self, id: str) -> tuple[str, bytes, str | None]:
        """Name, bytes, and the language: what reading found, else what was asked for."""
        with self._database.read() as connection:
            row = rows.document_row(connection, id)
        return row["name"], self._files.path(row["file"]).read_bytes(), row["source"] or row["requested_source"]

    def _start(self, id: str, language: str, attempt: int) -> int:
        with self._database.write() as connection:
            row = self._current(connection, id, language, attempt)
            if row is None:
                return OBSOLETE
            rows.change_rendition(connection, row["id"], state=RenditionState.TRANSLATING)
            rows.change(connection, id)
        self._changes.notify(id)
        low, high = self._settings.min_chunk_segments, self._settings.max_chunk_segments
        total: int = row["total_segments"]
        size = min(max(-(-total // _CHUNKS), low), max(low, high))
        return -(-total // size)

    def _current(self, connection: sa.Connection, id: str, language: str, attempt: int) -> sa.RowMapping | None:
        """The rendition's row, if this attempt is still on."""
        row = rows.rendition_row(connection, id, language)
        wanted = row is not None and row["state"] in rows.ACTIVE and row["attempt"] == attempt
        return row if wanted else None

    def _translate(self, id: str, language: str, attempt: int, chunk: int, chunks: int) -> int:
        prepared = self._segments_of(id)
        first: dict[str, Segment] = {}
        for segment in prepared.segments:
            first.setdefault(segment.key, segment)
        size = -(-len(first) // chunks)
        segments = list(first.values())[chunk * size : (chunk + 1) * size]
        with self._database.read() as connection:
            row = self._current(connection, id, language, attempt)
            if row is None:
                return OBSOLETE
            stored = rows.stored_keys(connection, row["id"], [segment.key for segment in segments])
            base = rows.count_translations(connection, row["id"])
            meeting_id = rows.document_row(connection, id)["meeting_id"]
        missing = [segment for segment in segments if segment.key not in stored]
        sources = {segment.key: segment.language or prepared.source for segment in missing}
        around, direction = prepared.segments, (prepared.source, language)
        known = self._leverage.known(around, sources, *direction, meeting_id)
        with self._work.inference(id) as inference:
            unknown = {key: own for key, own in sources.items() if key not in known}
            reused = self._leverage.checked(missing, self._reuse(inference, unknown, language), *direction)
            kept = {key: item for key, item in reused.items() if not lacks_terms(item)}
            left = [segment for segment in missing if segment.key not in known and segment.key not in kept]
            hints = self._leverage.hints(around, {segment.key for segment in left}, *direction, meeting_id)
            progress = Throttled(partial(self._note_progress, id, row["id"], base + len(known) + len(kept)))
            fresh = dict(known)
            for item in translate_segments(inference, left, *direction, Lane.BATCH, progress, hints, self._levels):
                fresh[item.key] = item
        done = kept | self._leverage.checked(missing, fresh, *direction)
        with self._database.write() as connection:
            if self._current(connection, id, language, attempt) is None:
                return OBSOLETE
            rows.store_translations(connection, row["id"], language, sources, done.values())
            count = rows.count_translations(connection, row["id"])
            rows.change_rendition(connection, row["id"], done_segments=count)
            rows.change(connection, id)
        self._changes.notify(id)
        return len(done)

    def _reuse(self, inference: Inference, sources: Mapping[str, str], target: str) -> dict[str, SegmentTranslation]:
        """What the same model made of the same segments before, in whatever document. `sources`: key to language."""
        found: dict[str, SegmentTranslation] = {}
        with self._database.read() as connection:
            for source in set(sources.values()) & set(LANGUAGES) - {target}:
                model = inference.serves(source, target)
                keys = [key for key, language in sources.items() if language == source]
                if model is not None:
                    found |= rows.reusable(connection, keys, source, target, model)
        return found

    def _note_progress(self, id: str, rendition_id: int, base: int, done: int, total: int) -> None:
        with self._database.write() as connection:
            if rows.find_document(connection, id) is None:
                return
            rows.change_rendition(connection, rendition_id, done_segments=base + done)
            rows.change(connection, id)
        self._changes.notify(id)

    def _render(self, id: str, language: str, attempt: int) -> int:
        prepared = self._segments_of(id)
        name, data, _ = self._source_of(id)
        with self._database.read() as connection:
            row = self._current(connection, id, language, attempt)
            if row is None:
                return OBSOLETE
            translations = rows.translations(connection, row["id"])
            models = rows.models(connection, row["id"])
        rendered = render(data, name, prepared, language, translations, levels=self._levels)
        received = self._files.receive(io.BytesIO(rendered.data), name, sys.maxsize)
        with received as incoming, self._database.write() as connection:
            if self._current(connection, id, language, attempt) is None:
                return OBSOLETE
            rows.change_rendition(
                connection,
                row["id"],
                state=RenditionState.DONE,
                done_segments=row["total_segments"],
                file=self._files.publish(connection, incoming),
                size=incoming.size,
                file_name=rendition_name(name, prepared.source, language),
                media_type=formats.for_name(name, data).media_type,
                model=models,
                finished_ms=now_ms(),
            )
            rows.store_findings(connection, id, language, rendered.findings)
            title = title_of(prepared, language, lambda segment: _text(translations, segment))
            put_found_title(connection, id, language, title)
            finished = rows.settle(connection, id)
            _tell_settled(connection, id, finished)
        self._ended(id, finished)
        return rendered.segments

    def _tell(self, id: str, language: str) -> int:
        self._rendered(id, language)
        return 0

    def _telling_failed(self, id: str, language: str, error: Exception) -> int:
        """The rendition is there all the same; somebody can send it to people by hand."""
        log_failure(log, error, "sending document %s in %s to people failed", id, language)
        return OBSOLETE

    def _reading_failed(self, id: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "reading document %s failed", id)
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is not None:
                rows.change(connection, id, state=DocumentState.FAILED, error=error_to_json(error))
                tell_hooks(connection, HookEvent.DOCUMENT_FAILED, id)
        self._ended(id, True)
        return OBSOLETE

    def _translating_failed(self, id: str, language: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "translating document %s into %s failed", id, language)
        finished = False
        with self._database.write() as connection:
            row = self._current(connection, id, language, attempt)
            if row is not None:
                failed = {"state": RenditionState.FAILED, "error": error_to_json(error)}
                rows.change_rendition(connection, row["id"], **failed)
                finished = rows.settle(connection, id)
                _tell_settled(connection, id, finished)
        self._ended(id, finished)
        return OBSOLETE

    def fail(self, id: str, language: str | None, attempt: int, error: Exception) -> None:
        """Record that a job can't go on: of one language, or of the reading (None)."""
        if language is None:
            self._reading_failed(id, attempt, error)
        else:
            self._translating_failed(id, language, attempt, error)

    def stop(self, id: str, keys: Sequence[str]) -> None:
        """No further step of these jobs; what is under way is called off."""
        self._jobs.cancel(keys)
        self._work.cancel(id)
        self._ended(id, True)

    def _ended(self, id: str, finished: bool) -> None:
        if finished:
            self._prepared.drop(id)
        self._changes.notify(id)


def _tell_settled(connection: sa.Connection, id: str, finished: bool) -> None:
    if finished:
        done = rows.document_row(connection, id)["state"] == DocumentState.DONE
        tell_hooks(connection, HookEvent.DOCUMENT_READY if done else HookEvent.DOCUMENT_FAILED, id)


def _text(translations: Mapping[str, SegmentTranslation], segment: Segment) -> str:
    found = translations.get(segment.key)
    return found.target.text if found is not None else ""


class Throttled:
    """A Progress that passes on one note in _PROGRESS_SECONDS at most; never the last, the chunk's end tells that."""

    def __init__(self, note: partial[None]) -> None:
        self._note = note
        self._next = time.monotonic() + _PROGRESS_SECONDS

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._next and done < total:
            self._next = now + _PROGRESS_SECONDS
            self._note(done, total)


def log_failure(log: logging.Logger, error: Exception, message: str, *arguments: object) -> None:
    """Expected errors in a line; others with their trace, for the record keeps only their kind."""
    if isinstance(error, LangsupportError):
        log.warning(message + ": %s", *arguments, error)
    else:
        log.error(message, *arguments, exc_info=error)
