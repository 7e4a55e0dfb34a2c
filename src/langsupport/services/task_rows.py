"""Queries on tasks, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from langsupport.domain.confidence import DOUBTFUL
from langsupport.domain.tasks import TASK_MOVES, TaskKind, TaskState
from langsupport.domain.units import State
from langsupport.errors import NotFound
from langsupport.services.claims import claimable_fields
from langsupport.services.document_rows import moment, move
from langsupport.services.review_records import TaskRecord
from langsupport.services.schema import documents, review_segments, reviews, tasks
from langsupport.services.visibility import Sight, seen

DONE_IN: dict[TaskKind, tuple[State, ...]] = {
    TaskKind.POST_EDIT: (State.TRANSLATED, State.REVIEWED, State.FINAL),
    TaskKind.REVISE: (State.REVIEWED, State.FINAL),
}
"""States of a segment in which a task has nothing left to do there."""


_INSIDE = sa.and_(
    review_segments.c.review_id == tasks.c.review_id,
    review_segments.c.place.between(tasks.c.first, tasks.c.last),
    review_segments.c.joined_into.is_(None),
)
"""The segments of a task that have a text of their own."""


def _sum(what: Any, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.sum(what)).where(_INSIDE, *where).correlate(tasks).scalar_subquery()


def _doubtful() -> sa.ColumnElement[int]:
    """Words of a translator's task that the machine is not sure of."""
    doubted = (tasks.c.kind == TaskKind.POST_EDIT, review_segments.c.confidence < DOUBTFUL)
    return sa.func.coalesce(_sum(review_segments.c.words, *doubted), 0)


def _query() -> sa.Select[Any]:
    done = sa.case(
        *((sa.and_(tasks.c.kind == kind, review_segments.c.state.in_(states)), 1) for kind, states in DONE_IN.items()),
        else_=0,
    )
    total = sa.select(sa.func.count()).select_from(review_segments).where(_INSIDE).correlate(tasks).scalar_subquery()
    document = (documents.c.name, documents.c.id.label("document_id"), documents.c.meeting_id)
    return (
        sa.select(
            tasks,
            *document,
            reviews.c.source,
            reviews.c.language,
            _sum(done).label("done_segments"),
            total.label("segments"),
            _doubtful().label("doubtful"),
        )
        .join(reviews, reviews.c.id == tasks.c.review_id)
        .join(documents, documents.c.id == reviews.c.document_id)
    )


def doubtful_first() -> sa.ColumnElement[Any]:
    """The order by the share of words that the machine is not sure of."""
    return (_doubtful() * 1.0 / sa.func.nullif(tasks.c.words, 0)).desc().nulls_last()


def found(
    connection: sa.Connection,
    where: Iterable[sa.ColumnElement[bool]],
    order: Iterable[sa.ColumnElement[Any]] = (),
    limit: int = -1,
) -> list[TaskRecord]:
    query = _query().where(*where).order_by(*order, tasks.c.id)
    return [_record(row) for row in connection.execute(query.limit(limit) if limit >= 0 else query).mappings()]


def of_review(connection: sa.Connection, review_id: str) -> list[TaskRecord]:
    """In the order of the text, revising last."""
    return found(connection, [tasks.c.review_id == review_id], [tasks.c.kind, tasks.c.first])


def task(connection: sa.Connection, id: str, of: Sight = None) -> TaskRecord:
    """Raises NotFound."""
    mine = found(connection, [tasks.c.id == id, seen(documents.c.meeting_id, of)])
    if not mine:
        raise NotFound(what="task", id=id)
    return mine[0]


def change_task(connection: sa.Connection, id: str, **values: Any) -> None:
    """Update a task and count its version up. Raises Conflict: its state does not allow the move."""
    values["version"] = tasks.c.version + 1
    query = sa.update(tasks).where(tasks.c.id == id).values(values)
    move(connection, query, tasks.c.state, TASK_MOVES, values.get("state"))


@dataclass(frozen=True, slots=True)
class Hold:
    """A task that a person has. `first` and `last` are places of segments, both in it; `expires_ms` UTC."""

    id: str
    kind: TaskKind
    first: int
    last: int
    expires_ms: int | None


def held(connection: sa.Connection, review_id: str, person: str, place: int) -> list[Hold]:
    """The tasks in which a person has a segment of a review. Asked with every save, so it counts nothing."""
    table = tasks.c
    query = sa.select(table.id, table.kind, table.first, table.last, table.expires_ms).where(
        table.review_id == review_id,
        table.state == TaskState.TAKEN,
        table.person_id == person,
        table.first <= place,
        table.last >= place,
    )
    found = connection.execute(query.order_by(table.id))
    return [Hold(row.id, TaskKind(row.kind), row.first, row.last, row.expires_ms) for row in found]


def _record(row: sa.RowMapping) -> TaskRecord:
    return TaskRecord(
        **claimable_fields(row),
        review_id=row["review_id"],
        document_id=row["document_id"],
        document=row["name"],
        meeting_id=row["meeting_id"],
        kind=TaskKind(row["kind"]),
        source=row["source"],
        target=row["language"],
        first=row["first"],
        last=row["last"],
        words=row["words"],
        weighted=row["weighted"],
        segments=row["segments"],
        done_segments=row["done_segments"] or 0,
        doubtful=row["doubtful"],
        taken_at=moment(row["taken_ms"]) if row["taken_ms"] is not None else None,
    )


__all__ = ["DONE_IN", "Hold", "change_task", "found", "held", "of_review", "task"]
