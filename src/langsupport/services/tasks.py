"""Tasks: the queue. People take pieces of work, hand them back, finish them; coordinators assign and call off."""

from __future__ import annotations

import builtins
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from langsupport.domain.accounts import Permission, PersonRole
from langsupport.domain.hooks import HookEvent
from langsupport.domain.notices import NoticeKind
from langsupport.domain.reviews import ReviewState, segment_label
from langsupport.domain.tasks import OPEN_STATES, Priority, TaskKind, TaskState, shares
from langsupport.domain.units import State
from langsupport.errors import AccessDenied, Conflict, InvalidRequest, NotFound, Outdated
from langsupport.services import claims, review_rows, task_rows
from langsupport.services.account_records import Caller, Person
from langsupport.services.audit import note
from langsupport.services.changes import Changes
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import change as change_document
from langsupport.services.document_rows import milliseconds, new_id
from langsupport.services.notices import sees, tell, tell_free
from langsupport.services.people import PeopleService
from langsupport.services.queue_rules import instructions as checked_instructions
from langsupport.services.review_records import TaskRecord
from langsupport.services.review_work import ReviewWork
from langsupport.services.schema import documents, review_segments, reviews, tasks
from langsupport.services.visibility import Sight, seen
from langsupport.services.webhooks import tell_hooks

MOST_LISTED = 500
_UNSET: Any = object()


class TaskView(StrEnum):
    MINE = "mine"  # taken by the asker
    FREE = "free"  # in the asker's languages
    LATE = "late"
    OPEN = "open"
    DONE = "done"


class TaskOrder(StrEnum):
    URGENT = "urgent"
    DOUBTFUL = "doubtful"  # where the machine is least sure


class TaskService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(
        self, database: Database, people: PeopleService, work: ReviewWork, changes: Changes, claim_ms: int
    ) -> None:
        self._database = database
        self._people = people
        self._work = work
        self._changes = changes
        self._claim_ms = claim_ms

    def list(
        self,
        view: TaskView,
        caller: Caller,
        of: Sight = None,
        meeting_id: str | None = None,
        limit: int = MOST_LISTED,
        order: TaskOrder = TaskOrder.URGENT,
    ) -> builtins.list[TaskRecord]:
        """The most urgent first, or where the machine is least sure; what is done, the latest first. Of one meeting."""
        table, now = tasks.c, now_ms()
        where: builtins.list[sa.ColumnElement[bool]] = [seen(documents.c.meeting_id, of)]
        by = claims.urgent_first(tasks)
        if order is TaskOrder.DOUBTFUL:
            by.insert(0, task_rows.doubtful_first())
        if meeting_id is not None:
            where.append(documents.c.meeting_id == meeting_id)
        if view is TaskView.MINE:
            where += [table.state == TaskState.TAKEN, table.person_id == review_rows.holder(caller)]
        elif view is TaskView.FREE:
            lost = sa.and_(table.state == TaskState.TAKEN, table.expires_ms < now)
            where += [sa.or_(table.state == TaskState.FREE, lost), _in_languages(caller.person)]
        elif view is TaskView.LATE:
            where += [table.state.in_(OPEN_STATES), table.deadline_ms < now]
        elif view is TaskView.OPEN:
            where.append(table.state.in_(OPEN_STATES))
        else:
            where.append(table.state == TaskState.DONE)
            by = [table.done_ms.desc()]
        with self._database.read() as connection:
            return task_rows.found(connection, where, by, limit)

    def get(self, id: str, of: Sight = None) -> TaskRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return task_rows.task(connection, id, of)

    def claim(self, id: str, caller: Caller) -> TaskRecord:
        """Take a task that nobody has, or whose claim ran out. One's own again renews it.

        Raises: NotFound, Conflict (somebody has it; it waits, is done or called off), AccessDenied (not one's
        languages; one's own translation to revise).
        """
        with self._database.write() as connection:
            task = self._locked(connection, id)
            if task.is_of(review_rows.holder(caller)):
                task_rows.change_task(connection, id, expires_ms=now_ms() + self._claim_ms)
            else:
                claims.check_not_held(task)
                claims.check_takable(task)
                self._check_person(connection, task, caller.person)
                self._take(connection, task, review_rows.holder(caller), caller.name)
                tell(connection, NoticeKind.TAKEN_OVER, [task.held_by or ""], task.review_id, by=caller, task=task)
                note(connection, "task", caller, f"task {id}", act="claim")
        return self._told(id)

    def assign(self, id: str, login: str, by: Caller) -> TaskRecord:
        """Give a task to somebody, whoever has it now. Raises NotFound, Conflict, AccessDenied."""
        person = self._people.by_login(login)
        if Permission.TASKS_WORK not in person.permissions:
            raise AccessDenied(detail=f"{person.name} can't take tasks: none of their roles allows it.")
        with self._database.write() as connection:
            task = self._locked(connection, id)
            if task.state is not TaskState.TAKEN:
                claims.check_takable(task)
            self._check_person(connection, task, person)
            _check_sees(connection, task, person)
            self._take(connection, task, person.id, person.name)
            if task.held_by != person.id:
                tell(connection, NoticeKind.TAKEN_OVER, [task.held_by or ""], task.review_id, by=by, task=task)
            tell(connection, NoticeKind.ASSIGNED, [person.id], task.review_id, by=by, task=task)
            note(connection, "task", by, f"task {id}", act="assign", to=login)
        return self._told(id)

    def hand_back(self, id: str, caller: Caller) -> TaskRecord:
        """Let others take it; what was written stays. Raises NotFound, Conflict (not one's own)."""
        with self._database.write() as connection:
            task = self._locked(connection, id)
            claims.check_own(task, review_rows.holder(caller))
            self._free(connection, id)
            tell_free(connection, task, caller)
            note(connection, "task", caller, f"task {id}", act="hand-back")
        return self._told(id)

    def complete(self, id: str, caller: Caller) -> TaskRecord:
        """Finish a task: every segment in it is confirmed. After the last one the document is approved.

        Raises: NotFound, Conflict (not one's own; a segment isn't confirmed, or has text that isn't).
        """
        with self._database.write() as connection:
            task = self._locked(connection, id)
            if task.state is TaskState.DONE and task.held_by == review_rows.holder(caller):
                return task  # the answer to the first request was lost
            claims.check_own(task, review_rows.holder(caller))
            _check_complete(connection, task, caller)
            done = {"state": TaskState.DONE, "done_ms": now_ms(), "expires_ms": None}
            task_rows.change_task(connection, id, **done)
            note(connection, "task", caller, f"task {id}", act="complete")
            _tell(connection, HookEvent.TASK_DONE, task)
            self._go_on(connection, task.review_id, caller)
        return self._told(id)

    def _go_on(self, connection: sa.Connection, review_id: str, caller: Caller) -> None:
        """What follows from a task that is done: the reviser's turn, or approval."""
        left = [task for task in task_rows.of_review(connection, review_id) if task.state in OPEN_STATES]
        if not left:
            self._work.approve(connection, review_id, caller)
        elif all(task.state is TaskState.WAITING for task in left):
            for task in left:
                task_rows.change_task(connection, task.id, state=TaskState.FREE)
                tell_free(connection, task, caller)

    def change(
        self,
        id: str,
        by: Caller,
        *,
        priority: Priority | None = None,
        deadline: datetime | None = _UNSET,
        instructions: str | None = None,
        version: int | None = None,
    ) -> TaskRecord:
        """Raises NotFound, Conflict (changed meanwhile, where `version` is given), InvalidRequest."""
        values: dict[str, Any] = {}
        if priority is not None:
            values["priority"] = priority
        if deadline is not _UNSET:
            values["deadline_ms"] = milliseconds(deadline) if deadline is not None else None
        if instructions is not None:
            values["instructions"] = checked_instructions(instructions)
        with self._database.write() as connection:
            task = self._locked(connection, id)
            if version is not None and version != task.version:
                raise Outdated(detail="Somebody else changed this task meanwhile. Look at it again.")
            if values:
                task_rows.change_task(connection, id, **values)
                note(connection, "task", by, f"task {id}", act="change")
        return self._told(id)

    def split(self, id: str, parts: int, by: Caller) -> builtins.list[TaskRecord]:
        """Cut a post-edit task into parts of about equal weight; whoever has it keeps the first one.

        Raises NotFound, Conflict (done, called off, or a reviser's), InvalidRequest.
        """
        with self._database.write() as connection:
            task = self._locked(connection, id)
            if task.kind is not TaskKind.POST_EDIT or task.state not in (TaskState.FREE, TaskState.TAKEN):
                raise Conflict(detail="Only a translator's task that isn't done can be split.")
            table = review_segments.c
            within = sa.and_(table.review_id == task.review_id, table.place.between(task.first, task.last))
            sums = (sa.func.sum(table.words).label("words"), sa.func.sum(table.weighted).label("weighted"))
            query = sa.select(table.place, *sums).where(within, review_rows.LIVE).group_by(table.place)
            places = connection.execute(query.order_by(table.place)).all()
            segments = len(places)
            if not 2 <= parts <= segments:
                raise InvalidRequest(detail=f"This task can be split into 2 to {segments} parts.")
            runs = shares([one.weighted for one in places], parts)
            row = connection.execute(sa.select(tasks).where(tasks.c.id == id)).mappings().one()
            for index, (first, last) in enumerate(runs):
                mine = places[first : last + 1]
                values = {
                    "first": mine[0].place,
                    "last": mine[-1].place,
                    "words": sum(one.words for one in mine),
                    "weighted": round(sum(one.weighted for one in mine), 2),
                }
                if index == 0:
                    task_rows.change_task(connection, id, **values)
                else:
                    fresh = {"id": new_id(), "state": TaskState.FREE, "taken_ms": None, "version": 1, **claims.NOBODY}
                    connection.execute(sa.insert(tasks).values({**row, **values, **fresh}))
            note(connection, "task", by, f"task {id}", act="split", parts=parts)
            made = [
                one
                for one in task_rows.of_review(connection, task.review_id)
                if one.kind is task.kind and task.first <= one.first <= task.last
            ]
        self._told(id)
        return made

    def call_off(self, review_id: str, by: Caller) -> None:
        """End the work on a review; everything that was written stays, and sending it again goes on from there.

        Raises NotFound, Conflict (approved already).
        """
        with self._database.write() as connection:
            review = review_rows.review_row(connection, review_id, lock=True)
            review_rows.change_review(connection, review_id, state=ReviewState.CANCELLED)
            for task in task_rows.of_review(connection, review_id):
                if task.state is not TaskState.CANCELLED:
                    task_rows.change_task(connection, task.id, state=TaskState.CANCELLED)
            change_document(connection, review["document_id"])
            note(connection, "task", by, f"review {review_id}", act="call-off")
        self._changes.notify(review_id)

    def _locked(self, connection: sa.Connection, id: str) -> TaskRecord:
        """The task, its review's row locked, so that what follows from it happens once. Raises NotFound."""
        review_id = connection.scalar(sa.select(tasks.c.review_id).where(tasks.c.id == id))
        if review_id is None:
            raise NotFound(what="task", id=id)
        connection.execute(sa.select(reviews.c.id).where(reviews.c.id == review_id).with_for_update())
        return task_rows.task(connection, id)

    def _told(self, id: str) -> TaskRecord:
        task = self.get(id)
        self._changes.notify(task.review_id)
        return task

    def _take(self, connection: sa.Connection, task: TaskRecord, holder: str, name: str) -> None:
        now = now_ms()
        held = {"person_id": holder, "person_name": name, "taken_ms": now, "expires_ms": now + self._claim_ms}
        task_rows.change_task(connection, task.id, state=TaskState.TAKEN, **held)
        review_rows.change_review(connection, task.review_id)
        _tell(connection, HookEvent.TASK_CLAIMED, task)

    def _free(self, connection: sa.Connection, id: str) -> None:
        task_rows.change_task(connection, id, state=TaskState.FREE, taken_ms=None, **claims.NOBODY)

    def _check_person(self, connection: sa.Connection, task: TaskRecord, person: Person | None) -> None:
        if person is None:
            return
        if PersonRole.ADMINISTRATOR not in person.roles:
            wanted = PersonRole.REVISER if task.kind is TaskKind.REVISE else None
            if wanted is not None and wanted not in person.roles:
                raise AccessDenied(detail="This task is for a reviser.")
            if person.pairs and (task.source, task.target) not in person.pairs:
                raise AccessDenied(detail="This task isn't in the languages that this person works in.")
        if task.kind is TaskKind.REVISE and _translated(connection, task, person):
            raise AccessDenied(detail="Nobody revises what they translated themselves. This takes a second person.")


def _tell(connection: sa.Connection, event: HookEvent, task: TaskRecord) -> None:
    more = {"review_id": task.review_id, "task_id": task.id, "task": task.kind, "language": task.target}
    tell_hooks(connection, event, task.document_id, **more)


def _translated(connection: sa.Connection, task: TaskRecord, person: Person) -> bool:
    """Whether a person translated a part of what a task is about."""
    table = review_segments.c
    mine = sa.and_(
        table.review_id == task.review_id,
        table.place.between(task.first, task.last),
        table.translator_id == person.id,
    )
    return connection.scalar(sa.select(table.number).where(mine).limit(1)) is not None


def _check_sees(connection: sa.Connection, task: TaskRecord, person: Person) -> None:
    """Raises AccessDenied."""
    if not sees(connection, person, task.document_id):
        raise AccessDenied(detail=f"{person.name} isn't on the list of this confidential meeting.")


def _in_languages(person: Person | None) -> sa.ColumnElement[bool]:
    """Of the languages that a person works in; of all, where none are named."""
    if person is None or not person.pairs:
        return sa.true()
    return sa.or_(*(sa.and_(reviews.c.source == own, reviews.c.language == to) for own, to in person.pairs))


def _check_complete(connection: sa.Connection, task: TaskRecord, caller: Caller) -> None:
    """Raises Conflict, with the number of the first segment that isn't done."""
    table = review_segments.c
    within = sa.and_(table.review_id == task.review_id, table.place.between(task.first, task.last), review_rows.LIVE)
    undone = sa.select(*review_rows.IN_ORDER).where(within, table.state.not_in(task_rows.DONE_IN[task.kind]))
    first = connection.execute(undone.order_by(*review_rows.IN_ORDER).limit(1)).first()
    if first is not None:
        label = segment_label(*first)
        raise Conflict(detail=f"Segment {label} isn't confirmed yet.")
    drafts = review_rows.drafts_of(connection, task.review_id, review_rows.holder(caller))
    for number, draft in sorted(drafts.items()):
        one = review_rows.segment_record(review_rows.segment_row(connection, task.review_id, number))
        if not task.first <= one.place <= task.last or one.joined_into is not None:
            continue
        if one.target != draft.target and one.state is not State.FINAL:
            raise Conflict(detail=f"Segment {one.label} has text that you wrote and did not confirm.")


__all__ = ["TaskService", "TaskView"]
