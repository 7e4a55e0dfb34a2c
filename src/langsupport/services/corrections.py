"""Captions of a session that captioners are asked to correct: one task a track, taken from a list, done by somebody."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from langsupport.domain.tasks import OPEN_STATES, TASK_MOVES, Claimable, Orders, TaskState
from langsupport.errors import Conflict, InvalidRequest, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.claims import (
    NOBODY,
    check_not_held,
    check_own,
    check_takable,
    claimable_fields,
    urgent_first,
)
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import move, new_id
from langsupport.services.review_rows import holder
from langsupport.services.schema import corrections, session_tracks, sessions
from langsupport.services.session_sight import seen_by

MOST_LISTED = 200


class CorrectionView(StrEnum):
    MINE = "mine"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRecord(Claimable):
    """Captions to be corrected. `track`: a language, or the floor."""

    session_id: str
    title: str
    track: str
    created_by: str


class Corrections:
    """All methods may be called from any thread. Raises our errors only; the caller has looked who may at all."""

    def __init__(self, database: Database, claim_ms: int) -> None:
        self._database = database
        self._claim_ms = claim_ms

    def ask_for(
        self, session_id: str, tracks: Sequence[str], orders: Orders, by: str
    ) -> builtins.list[CorrectionRecord]:
        """Let captioners correct tracks of a session. Raises NotFound, Conflict (one is asked for already),
        InvalidRequest (no track of this session)."""
        if not tracks:
            raise InvalidRequest(detail="Choose at least one language whose captions are to be corrected.")
        now = now_ms()
        made = []
        with self._database.write() as connection:
            known = set(
                connection.scalars(sa.select(session_tracks.c.track).where(session_tracks.c.session_id == session_id))
            )
            mine = sa.and_(corrections.c.session_id == session_id, corrections.c.state.in_(OPEN_STATES))
            asked = set(connection.scalars(sa.select(corrections.c.track).where(mine)))
            for track in dict.fromkeys(tracks):
                if track not in known:
                    raise InvalidRequest(detail="This session has no captions in one of these languages.")
                if track in asked:
                    raise Conflict(detail="One of these was sent to captioners already and isn't done.")
                row = {
                    "id": new_id(),
                    "session_id": session_id,
                    "track": track,
                    "state": TaskState.FREE,
                    "priority": orders.priority,
                    "deadline_ms": orders.deadline_ms(now),
                    "instructions": orders.instructions,
                    "person_name": "",
                    "created_by": by,
                    "created_ms": now,
                }
                connection.execute(sa.insert(corrections).values(row))
                note(connection, "correction", by, f"session {session_id}", act="ask", track=track)
                made.append(row["id"])
            return _found(connection, [corrections.c.id.in_(made)])

    def list(self, view: CorrectionView, caller: Caller) -> builtins.list[CorrectionRecord]:
        """Of the sessions that the caller sees; the most urgent first, what is done latest first."""
        table = corrections.c
        states = (TaskState.DONE,) if view is CorrectionView.DONE else OPEN_STATES
        where = [table.state.in_(states), seen_by(caller)]
        if view is CorrectionView.MINE:
            where += [table.state == TaskState.TAKEN, table.person_id == holder(caller)]
        order = [table.done_ms.desc()] if view is CorrectionView.DONE else urgent_first(corrections)
        with self._database.read() as connection:
            return _found(connection, where, order)

    def of_session(self, session_id: str) -> builtins.list[CorrectionRecord]:
        """But for what was called off. The caller has looked whether the session may be seen."""
        table = corrections.c
        with self._database.read() as connection:
            where = [table.session_id == session_id, table.state != TaskState.CANCELLED]
            return _found(connection, where, (table.created_ms,))

    def claim(self, id: str, caller: Caller) -> CorrectionRecord:
        """Take it, or take it over once its time is up. Raises NotFound, Conflict."""
        with self._database.write() as connection:
            task = _one(connection, id, caller, lock=True)
            if not task.is_of(holder(caller)):
                check_not_held(task)
                check_takable(task)
            held = {"person_id": holder(caller), "person_name": caller.name, "expires_ms": now_ms() + self._claim_ms}
            self._change(connection, task, caller, "claim", TaskState.TAKEN, **held)
            return _one(connection, id, caller)

    def hand_back(self, id: str, caller: Caller) -> CorrectionRecord:
        """Let others take it; what was corrected stays. Raises NotFound, Conflict (not one's own)."""
        with self._database.write() as connection:
            task = _one(connection, id, caller, lock=True)
            check_own(task, holder(caller))
            self._change(connection, task, caller, "hand-back", TaskState.FREE, **NOBODY)
            return _one(connection, id, caller)

    def complete(self, id: str, caller: Caller) -> CorrectionRecord:
        """Say that these captions are right now. Raises NotFound, Conflict (not one's own)."""
        with self._database.write() as connection:
            task = _one(connection, id, caller, lock=True)
            if task.state is TaskState.DONE and task.held_by == holder(caller):
                return task  # the answer to the first request was lost
            check_own(task, holder(caller))
            self._change(connection, task, caller, "complete", TaskState.DONE, done_ms=now_ms(), expires_ms=None)
            return _one(connection, id, caller)

    def call_off(self, id: str, by: Caller) -> CorrectionRecord:
        """What was corrected stays. Raises NotFound, Conflict (done already)."""
        with self._database.write() as connection:
            task = _one(connection, id, by, lock=True)
            check_takable(task)
            self._change(connection, task, by, "call-off", TaskState.CANCELLED)
            return _one(connection, id, by)

    def _change(
        self,
        connection: sa.Connection,
        task: CorrectionRecord,
        by: Caller,
        act: str,
        state: TaskState,
        **values: Any,
    ) -> None:
        values |= {"state": state, "version": corrections.c.version + 1}
        query = sa.update(corrections).where(corrections.c.id == task.id).values(values)
        move(connection, query, corrections.c.state, TASK_MOVES, state)
        note(connection, "correction", by, f"session {task.session_id}", act=act, track=task.track)


def _one(connection: sa.Connection, id: str, caller: Caller, *, lock: bool = False) -> CorrectionRecord:
    if lock:
        connection.execute(sa.select(corrections.c.id).where(corrections.c.id == id).with_for_update())
    found = _found(connection, [corrections.c.id == id, seen_by(caller)])
    if not found:
        raise NotFound(what="task", id=id)
    return found[0]


def _found(
    connection: sa.Connection,
    where: Sequence[sa.ColumnElement[bool]],
    order: Sequence[sa.ColumnElement[Any]] = (),
) -> list[CorrectionRecord]:
    query = sa.select(corrections, sessions.c.title).join(sessions, sessions.c.id == corrections.c.session_id)
    rows = connection.execute(query.where(*where).order_by(*order, corrections.c.id).limit(MOST_LISTED)).mappings()
    return [
        CorrectionRecord(
            **claimable_fields(row),
            session_id=row["session_id"],
            title=row["title"],
            track=row["track"],
            created_by=row["created_by"],
        )
        for row in rows
    ]


__all__ = ["CorrectionRecord", "CorrectionView", "Corrections"]
