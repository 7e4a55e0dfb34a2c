"""The audit trail: who did what to what, when and from where. It only grows, and holds no secret and no text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from langsupport.services.account_records import Caller, TrailRecord
from langsupport.services.codecs import plain
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import moment
from langsupport.services.schema_accounts import audit_trail
from langsupport.services.session_input import plain_text

_PAGE = 500
_SUBJECT_CHARS = 300
_BY_CHARS = 200

ACTIONS = (
    "sign-in",
    "sign-in-failed",
    "sign-out",
    "sign-ins-ended",
    "password",
    "invitation",
    "person",
    "person-changed",
    "person-disabled",
    "person-enabled",
    "token",
    "token-revoked",
    "meeting",
    "meeting-changed",
    "meeting-list",
    "meeting-deleted",
    "moved",
    "download",
    "deleted",
    "audit-export",
    "memory-import",
    "memory-export",
    "memory-deleted",
    "terms-import",
    "terms-export",
    "term-deleted",
    "sent-to-people",
    "task",
    "approved",
    "review-reopened",
    "queue-rule",
    "queue-rule-deleted",
)
"""Everything that is noted."""


def note(
    connection: sa.Connection, action: str, by: Caller | str, subject: str = "", *, address: str = "", **detail: Any
) -> None:
    """Write an entry in the transaction of what it tells of. `by`: the caller, or a name where nobody signed in yet."""
    caller = by if isinstance(by, Caller) else None
    row = {
        "at_ms": now_ms(),
        "person_id": caller.person_id if caller is not None else None,
        "by": plain_text(caller.name if caller is not None else str(by))[:_BY_CHARS],
        "address": (caller.address if caller is not None else address)[:64],
        "action": action,
        "subject": plain_text(subject)[:_SUBJECT_CHARS],
        "detail": plain(detail),
    }
    connection.execute(sa.insert(audit_trail).values(row))


class AuditTrail:
    """All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, action: str, by: Caller | str, subject: str = "", *, address: str = "", **detail: Any) -> None:
        with self._database.write() as connection:
            note(connection, action, by, subject, address=address, **detail)

    def list(
        self,
        limit: int = 100,
        before: int | None = None,
        *,
        action: str | None = None,
        person_id: str | None = None,
    ) -> list[TrailRecord]:
        """Newest first; `before` is the id of the last one of the page before."""
        query = sa.select(audit_trail).order_by(audit_trail.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_trail.c.id < before)
        if action:
            query = query.where(audit_trail.c.action == action)
        if person_id:
            query = query.where(audit_trail.c.person_id == person_id)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def everything(self) -> Iterator[TrailRecord]:
        """Newest first, page by page."""
        before: int | None = None
        while page := self.list(_PAGE, before):
            yield from page
            before = page[-1].id


def _record(row: sa.RowMapping) -> TrailRecord:
    return TrailRecord(
        id=row["id"],
        at=moment(row["at_ms"]),
        by=row["by"],
        action=row["action"],
        subject=row["subject"],
        person_id=row["person_id"],
        address=row["address"],
        detail=row["detail"],
    )


__all__ = ["ACTIONS", "AuditTrail", "note"]
