"""What people take from a list, have for a time, and finish: translators' tasks and captioners'."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from langsupport.domain.tasks import Claimable, Priority, TaskState
from langsupport.errors import Conflict
from langsupport.services.document_rows import moment

NOBODY = {"person_id": None, "person_name": "", "expires_ms": None}


def claimable_fields(row: sa.RowMapping) -> dict[str, Any]:
    """A row's, as the fields of Claimable."""

    def at(name: str) -> datetime | None:
        return moment(row[name]) if row[name] is not None else None

    return {
        "id": row["id"],
        "state": TaskState(row["state"]),
        "priority": Priority(row["priority"]),
        "version": row["version"],
        "created_at": moment(row["created_ms"]),
        "instructions": row["instructions"],
        "deadline": at("deadline_ms"),
        "held_by": row["person_id"],
        "person": row["person_name"],
        "expires_at": at("expires_ms"),
        "done_at": at("done_ms"),
    }


def urgent_first(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The order of what is open."""
    return [table.c.priority.desc(), sa.func.coalesce(table.c.deadline_ms, 2**62), table.c.created_ms]


def check_own(task: Claimable, holder: str) -> None:
    """Raises Conflict."""
    if not task.is_of(holder):
        raise Conflict(detail="You don't have this task. Take it first.")


def check_not_held(task: Claimable) -> None:
    """Raises Conflict: somebody has it, and their time is not up."""
    if task.state is TaskState.TAKEN and not task.expired(datetime.now(UTC)):
        raise Conflict(detail=f"{task.person} has taken this task.")


def check_takable(task: Claimable) -> None:
    """Raises Conflict: there is nothing to do in it now."""
    if task.state is TaskState.WAITING:
        raise Conflict(detail="This task waits until the translation is done.")
    if task.state in (TaskState.DONE, TaskState.CANCELLED):
        raise Conflict(detail="This task is done or was called off.")


__all__ = ["NOBODY", "check_not_held", "check_own", "check_takable", "claimable_fields", "urgent_first"]
