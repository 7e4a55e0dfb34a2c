"""The job that makes an approved review the final document: the file, the memory's units, the states, all at once."""

from __future__ import annotations

import io
import logging
import sys
from functools import partial

import sqlalchemy as sa

from langsupport.checks import USUAL, Levels
from langsupport.domain.hooks import HookEvent
from langsupport.domain.notices import NoticeKind
from langsupport.domain.reviews import ReviewState
from langsupport.domain.units import Segment, SegmentTranslation, State
from langsupport.errors import Conflict, LangsupportError
from langsupport.pipelines.document import Place, Prepared, prepare, render
from langsupport.pipelines.recutting import recut
from langsupport.pipelines.titles import title_of
from langsupport.services import document_rows, review_rows
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.changes import Changes
from langsupport.services.codecs import error_to_json, text_from_json
from langsupport.services.database import Database, now_ms
from langsupport.services.document_register import put_found_title
from langsupport.services.document_work import OBSOLETE, log_failure
from langsupport.services.files import FileStore
from langsupport.services.jobs import JobKind, Jobs, JobState, Steps
from langsupport.services.memory import Approved, MemoryService, Provenance
from langsupport.services.notices import tell, who_sent, who_worked
from langsupport.services.schema import review_segments, reviews
from langsupport.services.webhooks import tell_hooks

log = logging.getLogger(__name__)

APPROVE = "review-approve"
POISONED = "Making the approved document stopped the program again and again and was given up."


def approve_key(id: str, attempt: int) -> str:
    return f"{id}/approve/{attempt}"


class ReviewWork:
    """Registers its kind of job with the port."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        jobs: Jobs,
        memory: MemoryService,
        changes: Changes,
        levels: Levels = USUAL,
    ) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs
        self._memory = memory
        self._changes = changes
        self._levels = levels
        jobs.register(JobKind(APPROVE, self._approve_job, 1))

    def approve(self, connection: sa.Connection, id: str, by: Caller) -> None:
        """All is done: make the final document, in the transaction that says so. Raises Conflict."""
        attempt = review_rows.review_row(connection, id)["attempt"] + 1
        values = {"state": ReviewState.APPROVING, "attempt": attempt, "approved_by": by.name, "error": None}
        review_rows.change_review(connection, id, **values)
        self._jobs.submit(connection, APPROVE, approve_key(id, attempt), id, attempt)

    def again(self, id: str, by: Caller) -> None:
        """After a failure. Raises NotFound, Conflict (nothing failed)."""
        with self._database.write() as connection:
            row = review_rows.review_row(connection, id, lock=True)
            if row["state"] != ReviewState.OPEN or row["error"] is None:
                raise Conflict(detail="Nothing failed here; there is nothing to do again.")
            self.approve(connection, id, by)
        self._changes.notify(id)

    def _approve_job(self, steps: Steps, id: str, attempt: int) -> None:
        steps.run("approve", self._approve, id, attempt, on_error=partial(self._failed, id, attempt))

    def _approve(self, id: str, attempt: int) -> int:
        with self._database.read() as connection:
            row = self._wanted(connection, id, attempt)
            if row is None:
                return OBSOLETE
            document = document_rows.document_row(connection, row["document_id"])
            segments, cuts = review_rows.live_segments(connection, id), review_rows.cuts(connection, id)
        data = self._files.path(document["file"]).read_bytes()
        prepared = recut(prepare(data, document["name"], document["source"]), cuts)
        own = {(one["unit_id"], one["segment_index"]): _final(one) for one in segments}
        rendered = render(
            data, document["name"], prepared, row["language"], {}, mark=False, levels=self._levels, own=own
        )
        received = self._files.receive(io.BytesIO(rendered.data), document["name"], sys.maxsize)
        with received as incoming, self._database.write() as connection:
            if self._wanted(connection, id, attempt) is None:
                return OBSOLETE
            seq = review_rows.change_review(
                connection,
                id,
                state=ReviewState.APPROVED,
                approved_ms=now_ms(),
                file=self._files.publish(connection, incoming),
                size=incoming.size,
            )
            final = {"state": State.FINAL, "seq": seq, "version": review_segments.c.version + 1}
            connection.execute(sa.update(review_segments).where(review_segments.c.review_id == id).values(final))
            provenance = Provenance(document["name"], document["id"], document["meeting_id"], row["approved_by"])
            approved = list(_approved(prepared, own))
            entered = self._memory.enter(connection, approved, prepared.source, row["language"], provenance)
            document_rows.store_findings(connection, document["id"], row["language"], rendered.findings)
            title = title_of(prepared, row["language"], lambda segment: _text(own, segment))
            put_found_title(connection, document["id"], row["language"], title)
            document_rows.change(connection, document["id"])
            subject = f"document {document['id']}"
            tell_hooks(connection, HookEvent.REVIEW_APPROVED, document["id"], review_id=id, language=row["language"])
            tell(connection, NoticeKind.APPROVED, who_sent(connection, id) | who_worked(connection, id), id)
            note(connection, "approved", row["approved_by"], subject, language=row["language"], units=entered)
        self._changes.notify(id)
        self._changes.notify(document["id"])
        return len(segments)

    def _wanted(self, connection: sa.Connection, id: str, attempt: int) -> sa.RowMapping | None:
        found = connection.execute(sa.select(reviews).where(reviews.c.id == id)).mappings().first()
        on = found is not None and found["state"] == ReviewState.APPROVING and found["attempt"] == attempt
        return found if on else None

    def _failed(self, id: str, attempt: int, error: Exception) -> int:
        log_failure(log, error, "approving review %s failed", id)
        with self._database.write() as connection:
            if self._wanted(connection, id, attempt) is not None:
                review_rows.change_review(connection, id, state=ReviewState.OPEN, error=error_to_json(error))
                tell(connection, NoticeKind.FAILED, who_sent(connection, id), id)
        self._changes.notify(id)
        return OBSOLETE

    def resume(self) -> None:
        """Submit again what should be going on and has no job."""
        with self._database.read() as connection:
            waiting = sa.select(reviews.c.id, reviews.c.attempt).where(reviews.c.state == ReviewState.APPROVING)
            unfinished = connection.execute(waiting).all()
        states = self._jobs.states([approve_key(id, attempt) for id, attempt in unfinished])
        for id, attempt in unfinished:
            state = states[approve_key(id, attempt)]
            if state is JobState.POISONED:
                self._failed(id, attempt, LangsupportError(detail=POISONED))
            elif state is not JobState.ALIVE:
                with self._database.write() as connection:
                    if self._wanted(connection, id, attempt) is not None:
                        review_rows.change_review(connection, id, attempt=attempt + 1)
                        self._jobs.submit(connection, APPROVE, approve_key(id, attempt + 1), id, attempt + 1)

    def delete_older(self, created_before_ms: int) -> int:
        """Reviews go with their documents."""
        return 0


def _text(own: dict[Place, SegmentTranslation], segment: Segment) -> str:
    found = own.get((segment.unit_id, segment.index))
    return found.target.text if found is not None else ""


def _final(row: sa.RowMapping) -> SegmentTranslation:
    record = review_rows.segment_record(row)
    return SegmentTranslation(record.key, text_from_json(row["target"]), record.origin, State.FINAL, record.model)


def _approved(prepared: Prepared, own: dict[Place, SegmentTranslation]) -> list[Approved]:
    """With the source texts around each, by which the memory knows a context."""
    found: list[Approved] = []
    segments: tuple[Segment, ...] = prepared.segments
    for index, segment in enumerate(segments):
        translation = own.get((segment.unit_id, segment.index))
        if translation is None:
            continue
        before = segments[index - 1].source.text if index else ""
        after = segments[index + 1].source.text if index + 1 < len(segments) else ""
        found.append(Approved(_canonical(segment), translation, before, after))
    return found


def _canonical(segment: Segment) -> Segment:
    source = segment.source.renumbered(segment.source.canonical_ids())
    return Segment(segment.unit_id, segment.index, source, segment.language)


__all__ = ["ReviewWork", "approve_key"]
