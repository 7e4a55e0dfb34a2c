"""What follows a session: a second pass that replaces what machines wrote, and documents made of its transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from langsupport.domain.live import FLOOR, LiveCue, SessionState
from langsupport.errors import Conflict
from langsupport.pipelines.edition import Captioned
from langsupport.services import session_log as log_rows
from langsupport.services import session_rows as rows
from langsupport.services.codecs import error_to_json
from langsupport.services.database import now_ms
from langsupport.services.document_rows import moment
from langsupport.services.schema import (
    documents,
    session_changes,
    session_cues,
    session_documents,
    session_pass_results,
    session_passes,
    sessions,
)
from langsupport.services.session_part import SessionPart
from langsupport.services.session_records import EventKind, PassState, SessionRecord, TrackSource

REPLACER = "second pass"
"""Who replaced a cue, in its history."""
ON = (PassState.QUEUED, PassState.RUNNING)


class LinkedDocument(NamedTuple):
    """A document that a transcript became."""

    document_id: str
    track: str
    sent_at: datetime
    by: str


class SessionEditions(SessionPart):
    """A part of the session service."""

    def begin_pass(self, id: str, by: str, submit: Callable[[sa.Connection, int], None]) -> SessionRecord:
        """Ask for a second pass. `submit` queues its job under a number of its own, in the same transaction.

        Nothing happens where one is on already. Raises Conflict: the session has not ended.
        """
        with self._locked(id) as (connection, row):
            if row["state"] != SessionState.ENDED:
                raise Conflict(detail="The session has not ended; the second pass comes after it.")
            if row["second_pass"] not in ON:
                connection.execute(sa.delete(session_pass_results).where(session_pass_results.c.session_id == id))
                values = {"second_pass_done": 0, "second_pass_error": None}
                rows.change_second_pass(connection, id, row["second_pass"], PassState.QUEUED, **values)
                rows.audit(connection, id, by, "second-pass")
                submit(connection, _next_attempt(connection, id, by))
        return self._tell(EventKind.SETTINGS, id)

    def resubmit_pass(self, id: str, attempt: int, submit: Callable[[sa.Connection, int], None]) -> None:
        """Try again what was lost, where `attempt` still counts; what was heard is kept."""
        with self._locked(id) as (connection, row):
            if row["second_pass"] in ON and _attempt(connection, id) == attempt:
                rows.change_second_pass(connection, id, row["second_pass"], PassState.QUEUED)
                submit(connection, _next_attempt(connection, id, None))

    def passes(self) -> list[tuple[str, int]]:
        """(session, attempt) of all that should be going on."""
        query = sa.select(sessions.c.id, session_passes.c.attempt).join(session_passes)
        with self._database.read() as connection:
            return [(id, attempt) for id, attempt in connection.execute(query.where(sessions.c.second_pass.in_(ON)))]

    def is_pass_on(self, id: str, attempt: int) -> bool:
        """Whether this try is still wanted."""
        query = sa.select(session_passes.c.attempt).join(sessions).where(sessions.c.id == id)
        with self._database.read() as connection:
            return connection.scalar(query.where(sessions.c.second_pass.in_(ON))) == attempt

    def note_pass(self, id: str, attempt: int, done: int) -> None:
        """How far it is, in percent. Nothing where the try is not wanted any more."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.id == id)).mappings().first()
            if row is None or row["second_pass"] not in ON or _attempt(connection, id) != attempt:
                return
            state, shown = row["second_pass"], min(max(done, 0), 99)
            if state == PassState.RUNNING and shown == row["second_pass_done"]:
                return
            rows.change_second_pass(connection, id, state, PassState.RUNNING, second_pass_done=shown)
        self._tell(EventKind.SETTINGS, id)

    def fail_pass(self, id: str, attempt: int, error: Exception) -> None:
        """Nothing where the try is not wanted any more."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.id == id)).mappings().first()
            if row is None or row["second_pass"] not in ON or _attempt(connection, id) != attempt:
                return
            values = {"second_pass_error": error_to_json(error)}
            rows.change_second_pass(connection, id, row["second_pass"], PassState.FAILED, **values)
        self._tell(EventKind.SETTINGS, id)

    def captioned(self, id: str) -> tuple[int, Captioned]:
        """(seq, all captions of a session and what people did to them). Raises NotFound."""
        with self._database.read() as connection:
            row = rows.session_row(connection, id)
            record = rows.record(connection, id)
            cues = connection.execute(sa.select(session_cues).where(session_cues.c.session_id == id)).mappings()
            marks = tuple(rows.mark_of(mark) for mark in rows.mark_rows(connection, id))
            changes = connection.execute(
                sa.select(session_changes)
                .where(session_changes.c.session_id == id, session_changes.c.by != REPLACER)
                .order_by(session_changes.c.id)
            ).mappings()
            decided: dict[tuple[str, str], tuple[str, ...]] = {}
            for change in changes:
                key = change["track"], change["cue_id"]
                texts = (text for text in (change["before"], change["after"]) if text)
                decided[key] = (*decided.get(key, ()), *texts)
            machine = {
                track.track
                for track in record.tracks
                if track.track != FLOOR and track.enabled and track.source is TrackSource.MACHINE
            }
            found = Captioned(tuple(map(log_rows.cue_of, cues)), marks, record.clock_ms, decided, frozenset(machine))
        return row["seq"], found

    def put_edition(
        self, id: str, attempt: int, seq: int, superseded: Sequence[LiveCue], fresh: Sequence[LiveCue]
    ) -> bool:
        """Write `fresh` in the place of `superseded`, in all tracks at once, and end the second pass.

        The texts of what was replaced go into its history. False, and nothing is written, where something changed
        after `seq`. Raises: NotFound. Conflict: this try is not wanted any more.
        """
        with self._locked(id) as (connection, row):
            if row["second_pass"] not in ON or _attempt(connection, id) != attempt:
                raise Conflict(detail="The second pass was called off.")
            if row["seq"] != seq:
                return False
            _note_history(connection, id, superseded)
            events = log_rows.retract(connection, id, superseded)
            events += log_rows.write(connection, id, fresh)
            rows.change_second_pass(
                connection, id, row["second_pass"], PassState.RUNNING, second_pass_done=100, second_pass_error=None
            )
            rows.change_second_pass(connection, id, PassState.RUNNING, PassState.DONE)
            rows.audit(connection, id, REPLACER, "edition", replaced=len(superseded), written=len(fresh))
            connection.execute(sa.delete(session_pass_results).where(session_pass_results.c.session_id == id))
        self._hub.publish(id, events)
        self._tell(EventKind.SETTINGS, id)
        return True

    def link_document(self, id: str, track: str, document_id: str, by: str) -> None:
        """Remember that a transcript became a document."""
        with self._locked(id) as (connection, _):
            row = {"session_id": id, "document_id": document_id, "track": track, "by": by, "sent_ms": now_ms()}
            connection.execute(sa.insert(session_documents).values(row))
            rows.audit(connection, id, by, "document", track=track, document=document_id)

    def linked_documents(self, id: str) -> list[LinkedDocument]:
        """Those that are still there, newest first, but for those that another meeting has by now. Raises NotFound."""
        table = session_documents
        query = sa.select(table).join(documents, documents.c.id == table.c.document_id).where(table.c.session_id == id)
        with self._database.read() as connection:
            meeting_id = rows.session_row(connection, id)["meeting_id"]
            own = sa.or_(documents.c.meeting_id.is_(None), documents.c.meeting_id == meeting_id)
            query = query.where(own).order_by(table.c.sent_ms.desc(), table.c.document_id)
            return [
                LinkedDocument(row["document_id"], row["track"], moment(row["sent_ms"]), row["by"])
                for row in connection.execute(query).mappings()
            ]


def _attempt(connection: sa.Connection, id: str) -> int:
    return connection.scalar(sa.select(session_passes.c.attempt).where(session_passes.c.session_id == id)) or 0


def _next_attempt(connection: sa.Connection, id: str, by: str | None) -> int:
    attempt = _attempt(connection, id) + 1
    if attempt == 1:
        connection.execute(sa.insert(session_passes).values(session_id=id, attempt=1, by=by or ""))
    else:
        values = {"attempt": attempt} | ({"by": by} if by is not None else {})
        connection.execute(sa.update(session_passes).where(session_passes.c.session_id == id).values(values))
    return attempt


def _note_history(connection: sa.Connection, id: str, superseded: Sequence[LiveCue]) -> None:
    at_ms = now_ms()
    notes = [
        {
            "session_id": id,
            "track": cue.track,
            "cue_id": cue.id,
            "revision": cue.revision + 1,
            "by": REPLACER,
            "at_ms": at_ms,
            "before": cue.stable,
            "after": "",
        }
        for cue in superseded
    ]
    if notes:
        connection.execute(sa.insert(session_changes), notes)
