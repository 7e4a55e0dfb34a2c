"""Documents: upload, automatic translation into the other five languages, renditions, findings, deletion."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import BinaryIO

import sqlalchemy as sa

from langsupport import formats
from langsupport.domain.findings import Finding
from langsupport.domain.languages import language
from langsupport.domain.reviews import ReviewState
from langsupport.errors import Cancelled, Conflict, InvalidRequest, LangsupportError, NotFound
from langsupport.services import document_rows as rows
from langsupport.services.changes import Changes
from langsupport.services.codecs import error_to_json
from langsupport.services.database import Database, now_ms
from langsupport.services.document_register import Following, following_values
from langsupport.services.document_work import DocumentWork, read_key, translate_key
from langsupport.services.files import FileStore, display_name
from langsupport.services.jobs import Jobs, JobState
from langsupport.services.records import DocumentRecord, DocumentState, OpenedFile, RenditionState
from langsupport.services.schema import documents, renditions, reviews
from langsupport.services.visibility import Sight

POISONED = "The work on this file stopped the program again and again and was given up."
_READING = (DocumentState.QUEUED, DocumentState.READING)


class DocumentService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        jobs: Jobs,
        work: DocumentWork,
        changes: Changes,
        max_upload_bytes: int,
    ) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs
        self._work = work
        self._changes = changes
        self._max_upload_bytes = max_upload_bytes

    def upload(
        self,
        name: str,
        stream: BinaryIO,
        source: str | None = None,
        targets: Sequence[str] | None = None,
        meeting_id: str | None = None,
        following: Following | None = None,
    ) -> DocumentRecord:
        """Keep a document and start its translation.

        `source` None or "auto": told from the text. `targets` None: the other five. `meeting_id`: what it
        belongs to; the caller has looked whether there is such a meeting. `following`: its symbol, and what it follows.
        Raises: InputTooLarge, EmptyInput, UnsupportedFormat, DamagedFile, HostileFile, EncryptedFile,
        UnsupportedLanguage, InvalidRequest, NotFound, Conflict (its symbol is taken), DiskFull. What only reading can
        tell comes later, as the record's error.
        """
        name = display_name(name)
        known = source_code(source)
        wanted = target_codes(targets, known)
        id = rows.new_id()
        with self._files.receive(stream, name, self._max_upload_bytes) as incoming:
            kind = formats.for_name(name, incoming.path.read_bytes())
            with self._database.write() as connection:
                row = {
                    "id": id,
                    "name": name,
                    "media_type": kind.media_type,
                    "size": incoming.size,
                    "file": self._files.publish(connection, incoming),
                    "requested_source": known,
                    "requested_targets": wanted,
                    "state": DocumentState.QUEUED,
                    "meeting_id": meeting_id,
                    "created_ms": now_ms(),
                    **following_values(connection, following or Following(), meeting_id),
                }
                connection.execute(sa.insert(documents).values(row))
                self._work.submit_reading(connection, id, 1)
        return self.get(id)

    def list(
        self, limit: int = 50, before: str | None = None, of: Sight = None, meeting_id: str | None = None
    ) -> builtins.list[DocumentRecord]:
        """Newest first, what `of` sees; `before` is the id of the last one of the page before; of one meeting."""
        with self._database.read() as connection:
            return rows.records(connection, limit, before, of, meeting_id)

    def get(self, id: str) -> DocumentRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return rows.record(connection, id)

    def wait_for_change(self, id: str, version: int, timeout: float) -> DocumentRecord:
        """The record as soon as its version is not `version`, or as it is after `timeout` seconds. Raises NotFound."""
        self._changes.wait(id, lambda: self._version(id), lambda found: found != version, timeout)
        return self.get(id)

    def _version(self, id: str) -> int:
        with self._database.read() as connection:
            found: int | None = connection.scalar(sa.select(documents.c.version).where(documents.c.id == id))
        if found is None:
            raise NotFound(what="document", id=id)
        return found

    def open_source(self, id: str) -> OpenedFile:
        """Raises NotFound."""
        with self._database.read() as connection:
            row = rows.document_row(connection, id)
        return OpenedFile(row["name"], row["media_type"], self._files.path(row["file"]))

    def open_rendition(self, id: str, language: str, *, machine: bool = False) -> OpenedFile:
        """What people approved, else the machine's; the machine's in any case with `machine`.

        Raises NotFound: no such document or language, or not done yet."""
        with self._database.read() as connection:
            rows.document_row(connection, id)
            row = rows.rendition_row(connection, id, language)
            mine = sa.and_(reviews.c.document_id == id, reviews.c.language == language)
            approved = connection.scalar(sa.select(reviews.c.file).where(mine))
        if row is None or row["state"] != RenditionState.DONE:
            raise NotFound(what="rendition", id=f"{id}/{language}")
        if approved is not None and not machine:
            return OpenedFile(row["file_name"], row["media_type"], self._files.path(approved))
        return OpenedFile(row["file_name"], row["media_type"], self._files.path(row["file"]))

    def findings(self, id: str, language: str | None = None) -> builtins.list[Finding]:
        """Of one rendition, those of the source among them; or of the source alone. Raises NotFound."""
        with self._database.read() as connection:
            rows.document_row(connection, id)
            return rows.read_findings(connection, id, language)

    def cancel(self, id: str) -> DocumentRecord:
        """Stop what is going on; what is finished stays, the rest can be retried. Raises NotFound."""
        with self._database.write() as connection:
            row = rows.document_row(connection, id)
            keys = _job_keys(connection, row)
            if keys:
                error = error_to_json(Cancelled())
                active = sa.and_(renditions.c.document_id == id, renditions.c.state.in_(rows.ACTIVE))
                failed = sa.update(renditions).where(active).values(state=RenditionState.FAILED, error=error)
                connection.execute(failed)
                rows.change(connection, id, state=DocumentState.FAILED, error=error)
        self._work.stop(id, keys)
        return self.get(id)

    def retry(self, id: str) -> DocumentRecord:
        """Start again what failed; what was translated is kept. Raises NotFound, Conflict (nothing failed)."""
        with self._database.write() as connection:
            row = rows.document_row(connection, id)
            failed = sa.and_(renditions.c.document_id == id, renditions.c.state == RenditionState.FAILED)
            again = connection.execute(sa.select(renditions).where(failed)).mappings().all()
            if row["state"] == DocumentState.FAILED and row["words"] is None:
                self._read_again(connection, row)
            elif again:
                for rendition in again:
                    self._translate_again(connection, rendition)
                rows.change(connection, id, state=DocumentState.TRANSLATING, error=None)
            else:
                raise Conflict(detail="Nothing failed in this document; there is nothing to do again.")
        self._changes.notify(id)
        return self.get(id)

    def _read_again(self, connection: sa.Connection, row: sa.RowMapping) -> None:
        attempt = row["attempt"] + 1
        rows.change(connection, row["id"], state=DocumentState.QUEUED, error=None, attempt=attempt)
        self._work.submit_reading(connection, row["id"], attempt)

    def _translate_again(self, connection: sa.Connection, rendition: sa.RowMapping) -> None:
        attempt = rendition["attempt"] + 1
        rows.change_rendition(connection, rendition["id"], state=RenditionState.QUEUED, error=None, attempt=attempt)
        self._work.submit_translation(connection, rendition["document_id"], rendition["language"], attempt)

    def delete(self, id: str) -> None:
        """Remove a document with its renditions, and the files that nothing else uses. Raises NotFound."""
        with self._database.write() as connection:
            row = rows.document_row(connection, id)
            keys = _job_keys(connection, row)
            used = connection.scalars(sa.select(renditions.c.file).where(renditions.c.document_id == id)).all()
            approved = connection.scalars(sa.select(reviews.c.file).where(reviews.c.document_id == id)).all()
            shas = {row["file"], *(sha for sha in (*used, *approved) if sha)}
            connection.execute(sa.delete(documents).where(documents.c.id == id))
            self._files.release(connection, shas)
        self._work.stop(id, keys)

    def delete_older(self, created_before_ms: int) -> int:
        """Delete finished documents by age, but for those that are with people. Gives their number."""
        at_work = sa.exists().where(
            reviews.c.document_id == documents.c.id,
            reviews.c.state.in_([ReviewState.OPEN, ReviewState.APPROVING]),
        )
        old = sa.and_(documents.c.created_ms < created_before_ms, ~at_work)
        ended = documents.c.state.in_([DocumentState.DONE, DocumentState.FAILED])
        with self._database.read() as connection:
            ids = connection.scalars(sa.select(documents.c.id).where(old, ended)).all()
        for id in ids:
            self.delete(id)
        return len(ids)

    def resume(self) -> None:
        """Submit again what is unfinished and has no job, and give up what killed its process too often.

        At the start and now and then: a job is only found to be poisoned when it should run once more.
        """
        with self._database.read() as connection:
            unfinished = _unfinished(connection)
        states = self._jobs.states([key for _, _, _, key in unfinished])
        for id, lang, attempt, key in unfinished:
            if states[key] is JobState.POISONED:
                self._work.fail(id, lang, attempt, LangsupportError(detail=POISONED))
            elif states[key] is not JobState.ALIVE:
                self._resubmit(id, lang, attempt)

    def _resubmit(self, id: str, lang: str | None, attempt: int) -> None:
        with self._database.write() as connection:
            if lang is None:
                row = rows.find_document(connection, id)
                if row is not None and row["state"] in _READING and row["attempt"] == attempt:
                    self._read_again(connection, row)
            else:
                row = rows.rendition_row(connection, id, lang)
                if row is not None and row["state"] in rows.ACTIVE and row["attempt"] == attempt:
                    self._translate_again(connection, row)


def _job_keys(connection: sa.Connection, row: sa.RowMapping) -> builtins.list[str]:
    """The jobs that are on for a document."""
    if row["state"] in _READING:
        return [read_key(row["id"], row["attempt"])]
    active = sa.and_(renditions.c.document_id == row["id"], renditions.c.state.in_(rows.ACTIVE))
    found = connection.execute(sa.select(renditions.c.language, renditions.c.attempt).where(active))
    return [translate_key(row["id"], code, attempt) for code, attempt in found]


def _unfinished(connection: sa.Connection) -> builtins.list[tuple[str, str | None, int, str]]:
    """(document, language or None for reading, attempt, job key) of everything that should be going on."""
    reading = sa.select(documents.c.id, documents.c.attempt).where(documents.c.state.in_(_READING))
    columns = (renditions.c.document_id, renditions.c.language, renditions.c.attempt)
    translating = sa.select(*columns).where(renditions.c.state.in_(rows.ACTIVE))
    return [(id, None, attempt, read_key(id, attempt)) for id, attempt in connection.execute(reading)] + [
        (id, code, attempt, translate_key(id, code, attempt)) for id, code, attempt in connection.execute(translating)
    ]


def source_code(code: str | None) -> str | None:
    """The code of a source language; None for "auto". Raises UnsupportedLanguage."""
    return None if code in (None, "", "auto") else language(code, name="source").code


def target_codes(codes: Sequence[str] | None, source: str | None) -> builtins.list[str] | None:
    """Distinct codes in the order given, the source left out; None for all.

    Raises: UnsupportedLanguage, InvalidRequest (none is left).
    """
    if codes is None:
        return None
    wanted = dict.fromkeys(language(code, name="targets").code for code in codes)
    wanted.pop(source or "", None)
    if not wanted:
        raise InvalidRequest(detail="No language to translate into was named, besides the one of the text itself.")
    return list(wanted)


__all__ = ["DocumentService", "source_code", "target_codes"]
