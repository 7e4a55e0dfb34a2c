"""Notices: people are told of the work that concerns them, in the pages and by e-mail.

A notice is written in the transaction of what it tells, so that neither is ever there without the other. E-mail is
sent later by whoever works (notice_mail.py). Nobody is told of what they did themselves, nor of what they may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from langsupport.domain.accounts import Permission, PersonRole
from langsupport.domain.notices import Mail, MailState, NoticeKind
from langsupport.domain.reviews import segment_label
from langsupport.domain.tasks import TaskKind, TaskState
from langsupport.services.account_records import Caller, Person, PersonState
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import moment
from langsupport.services.people_rows import persons
from langsupport.services.review_records import TaskRecord
from langsupport.services.schema import documents, notices, review_segments, reviews, segment_versions, tasks
from langsupport.services.schema_accounts import people, person_roles
from langsupport.services.task_rows import found as found_tasks
from langsupport.services.visibility import Sight, seen, sight_of

MOST_LISTED = 200
DUE_MS = 24 * 3600 * 1000
"""So long before a deadline its task's holder is reminded."""
EXPIRING_MS = 6 * 3600 * 1000
"""So long before others may take a task over its holder is told."""
KEPT_MS = 90 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """`fields`: `by` (who did it), `text` (a comment or reason). Document, languages and kind of task are as now."""

    id: int
    kind: NoticeKind
    at: datetime
    document_id: str
    document: str
    meeting_id: str | None
    source: str
    target: str
    review_id: str
    task_id: str | None
    task_kind: TaskKind | None
    number: int | None
    segment: str
    by: str
    text: str
    read: bool


class NoticeService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, person_id: str, of: Sight, limit: int = MOST_LISTED, *, unread: bool = False) -> list[NoticeRecord]:
        """Of one person, the newest first; of documents that are still there and may be seen."""
        where = [notices.c.person_id == person_id, seen(documents.c.meeting_id, of)]
        if unread:
            where.append(notices.c.read_ms.is_(None))
        with self._database.read() as connection:
            return listed(connection, where, limit)

    def unread(self, person_id: str, of: Sight) -> int:
        """How many weren't read."""
        where = [notices.c.person_id == person_id, notices.c.read_ms.is_(None), seen(documents.c.meeting_id, of)]
        counted = sa.select(sa.func.count()).select_from(_joined()).where(*where)
        with self._database.read() as connection:
            return connection.scalar(counted) or 0

    def mark_read(self, person_id: str, ids: Iterable[int] | None = None) -> int:
        """These, or all, of one's own; their number. What was read in time is not sent by e-mail any more."""
        mine = sa.and_(notices.c.person_id == person_id, notices.c.read_ms.is_(None))
        if ids is not None:
            mine = sa.and_(mine, notices.c.id.in_(list(ids)))
        mail = sa.case((notices.c.mail == MailState.DUE, MailState.NONE), else_=notices.c.mail)
        with self._database.write() as connection:
            return connection.execute(sa.update(notices).where(mine).values(read_ms=now_ms(), mail=mail)).rowcount

    def set_mail(self, person_id: str, mail: Mail) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(people).where(people.c.id == person_id).values(mail=mail))

    def mail_of(self, person_id: str) -> Mail:
        with self._database.read() as connection:
            return Mail(connection.scalar(sa.select(people.c.mail).where(people.c.id == person_id)) or Mail.EACH)

    def remember_language(self, person_id: str, language: str) -> None:
        """In which somebody reads the pages; e-mail is written in it."""
        other = sa.and_(people.c.id == person_id, sa.func.coalesce(people.c.language, "") != language)
        with self._database.write() as connection:
            connection.execute(sa.update(people).where(other).values(language=language))

    def resume(self) -> None:
        """Look for deadlines and claims that run out. Each task is told of once."""
        now = now_ms()
        table = tasks.c
        held = [table.state == TaskState.TAKEN, table.person_id != ""]
        with self._database.write() as connection:
            for kind, column, before in (
                (NoticeKind.LATE, table.deadline_ms, now),
                (NoticeKind.DUE, table.deadline_ms, now + DUE_MS),
                (NoticeKind.EXPIRING, table.expires_ms, now + EXPIRING_MS),
            ):
                told = (NoticeKind.LATE, NoticeKind.DUE) if kind is NoticeKind.DUE else (kind,)
                known = sa.exists().where(
                    notices.c.task_id == table.id,
                    notices.c.person_id == table.person_id,
                    notices.c.kind.in_(told),
                    notices.c.at_ms >= sa.func.coalesce(table.taken_ms, 0),
                )
                for task in found_tasks(connection, [*held, column < before, ~known]):
                    tell(connection, kind, [task.held_by or ""], task.review_id, task=task)

    def delete_older(self, created_before_ms: int) -> int:
        """Notices have a time of their own: `clean`."""
        return 0

    def clean(self) -> None:
        with self._database.write() as connection:
            connection.execute(sa.delete(notices).where(notices.c.at_ms < now_ms() - KEPT_MS))


def _joined() -> sa.FromClause:
    return (
        notices.join(reviews, reviews.c.id == notices.c.review_id)
        .join(documents, documents.c.id == reviews.c.document_id)
        .outerjoin(tasks, tasks.c.id == notices.c.task_id)
        .outerjoin(
            review_segments,
            sa.and_(review_segments.c.review_id == notices.c.review_id, review_segments.c.number == notices.c.number),
        )
    )


def listed(connection: sa.Connection, where: Iterable[sa.ColumnElement[bool]], limit: int) -> list[NoticeRecord]:
    """The newest first."""
    query = (
        sa.select(
            notices,
            documents.c.name.label("document"),
            documents.c.meeting_id,
            reviews.c.source,
            reviews.c.language.label("target"),
            tasks.c.kind.label("task_kind"),
            review_segments.c.place,
            review_segments.c.part,
        )
        .select_from(_joined())
        .where(*where)
        .order_by(notices.c.id.desc())
        .limit(limit)
    )
    return [
        NoticeRecord(
            id=row["id"],
            kind=NoticeKind(row["kind"]),
            at=moment(row["at_ms"]),
            document_id=row["document_id"],
            document=row["document"],
            meeting_id=row["meeting_id"],
            source=row["source"],
            target=row["target"],
            review_id=row["review_id"],
            task_id=row["task_id"],
            task_kind=TaskKind(row["task_kind"]) if row["task_kind"] else None,
            number=row["number"],
            segment=segment_label(row["place"], row["part"]) if row["place"] is not None else "",
            by=str(row["fields"].get("by", "")),
            text=str(row["fields"].get("text", "")),
            read=row["read_ms"] is not None,
        )
        for row in connection.execute(query).mappings()
    ]


def tell(
    connection: sa.Connection,
    kind: NoticeKind,
    to: Collection[str],
    review_id: str,
    *,
    by: Caller | None = None,
    task: TaskRecord | None = None,
    number: int | None = None,
    text: str = "",
) -> None:
    """Write a notice for each of these people (ids) who is active and may see the document; never for who did it."""
    wanted = set(to) - {"", by.person_id if by is not None else ""}
    if not wanted:
        return
    query = sa.select(people).where(people.c.id.in_(wanted), people.c.state == PersonState.ACTIVE)
    document = connection.execute(
        sa.select(reviews.c.document_id, documents.c.meeting_id)
        .join(documents, documents.c.id == reviews.c.document_id)
        .where(reviews.c.id == review_id)
    ).one()
    rows = connection.execute(query).mappings().all()
    fields: Mapping[str, Any] = {"by": by.name if by is not None else "", "text": text}
    made = [
        {
            "person_id": person.id,
            "kind": kind,
            "document_id": document.document_id,
            "review_id": review_id,
            "task_id": task.id if task is not None else None,
            "number": number,
            "fields": fields,
            "at_ms": now_ms(),
            "mail": MailState.DUE if person.email and row["mail"] != Mail.OFF else MailState.NONE,
        }
        for person, row in zip(persons(connection, rows), rows, strict=True)
        if sees(connection, person, document.document_id)
    ]
    if made:
        connection.execute(sa.insert(notices), made)


def tell_free(connection: sa.Connection, task: TaskRecord, by: Caller | None) -> None:
    """That a task is free: to all who could take it; who has an unread one of the same review isn't told twice."""
    query = sa.select(people).where(people.c.state == PersonState.ACTIVE)
    could = [
        person.id
        for person in persons(connection, connection.execute(query).mappings().all())
        if Permission.TASKS_WORK in person.permissions
        and PersonRole.ADMINISTRATOR not in person.roles
        and (task.kind is not TaskKind.REVISE or PersonRole.REVISER in person.roles)
        and (not person.pairs or (task.source, task.target) in person.pairs)
    ]
    told = sa.select(notices.c.person_id).where(
        notices.c.review_id == task.review_id, notices.c.kind == NoticeKind.FREE, notices.c.read_ms.is_(None)
    )
    known = set(connection.scalars(told))
    tell(connection, NoticeKind.FREE, set(could) - known, task.review_id, by=by, task=task)


def concerned(connection: sa.Connection, segment: sa.RowMapping) -> set[str]:
    """Whom a remark on a segment concerns: who has its tasks, and who did or said something there."""
    table, review_id, number = tasks.c, segment["review_id"], segment["number"]
    inside = sa.and_(table.review_id == review_id, table.first <= segment["place"], table.last >= segment["place"])
    holding = sa.select(table.person_id).where(inside, table.person_id.is_not(None))
    mine = sa.and_(segment_versions.c.review_id == review_id, segment_versions.c.number == number)
    acting = sa.select(segment_versions.c.person_id).where(mine, segment_versions.c.person_id.is_not(None))
    return {*connection.scalars(holding), *connection.scalars(acting)}


def who_sent(connection: sa.Connection, review_id: str) -> set[str]:
    """Who sent a document to people; where a rule did, all coordinators."""
    sender = connection.scalar(sa.select(reviews.c.created_by_id).where(reviews.c.id == review_id))
    if sender:
        return {sender}
    query = sa.select(person_roles.c.person_id).where(person_roles.c.role == PersonRole.COORDINATOR)
    return set(connection.scalars(query))


def who_worked(connection: sa.Connection, review_id: str) -> set[str]:
    """All who translated or revised something of a document."""
    table = review_segments.c
    columns = (table.translator_id, table.reviser_id)
    found: set[str] = set()
    for column in columns:
        found |= set(connection.scalars(sa.select(column).where(table.review_id == review_id).distinct()))
    return found - {None}


def sees(connection: sa.Connection, person: Person, document_id: str) -> bool:
    """Whether somebody may see a document."""
    mine = sa.and_(documents.c.id == document_id, seen(documents.c.meeting_id, sight_of(person)))
    query = sa.select(documents.c.id).where(mine)
    return connection.scalar(query) is not None


__all__ = [
    "MOST_LISTED",
    "NoticeRecord",
    "NoticeService",
    "concerned",
    "listed",
    "sees",
    "tell",
    "tell_free",
    "who_sent",
    "who_worked",
]
