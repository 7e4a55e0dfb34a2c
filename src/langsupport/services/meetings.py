"""Meetings: what they are called, who sees them, and what belongs to them.

A confidential meeting, and everything that belongs to it, is there for its list and for administrators; for all others
it is as if it weren't. Methods take what the caller sees (`Sight`) and raise NotFound for the rest.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES, language
from langsupport.errors import Conflict, InvalidRequest, LangsupportError, NotFound, Outdated
from langsupport.services import people_rows
from langsupport.services.account_records import Caller, Confidentiality, MeetingRecord, Person
from langsupport.services.audit import note
from langsupport.services.database import Database, is_duplicate, now_ms
from langsupport.services.document_rows import moment, new_id
from langsupport.services.schema import documents, queue_rules, recordings, reviews, sessions, tasks
from langsupport.services.schema_accounts import meeting_members, meeting_titles, meetings, people
from langsupport.services.schema_memory import memory_units
from langsupport.services.session_input import CODE_CHARS, TITLE_CHARS, line
from langsupport.services.visibility import Sight, is_confidential, seen, seen_meetings

MOST_MEMBERS = 2_000
_BELONGING: Mapping[str, sa.Table] = {"document": documents, "recording": recordings, "session": sessions}


@dataclass(frozen=True, slots=True)
class MeetingAsked:
    """What is said of a meeting. Dates as ISO 8601 or ""."""

    code: str
    titles: Mapping[str, str]
    place: str = ""
    starts_on: str = ""
    ends_on: str = ""
    languages: Iterable[str] = field(default_factory=lambda: tuple(LANGUAGES))
    confidentiality: str = Confidentiality.OPEN


class MeetingService:
    """All methods may be called from any thread. Raises our errors only. `by` says who acts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: builtins.list[Callable[[], None]] = []

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Told, in the thread of whoever did it, when it may have changed who sees what."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def create(self, asked: MeetingAsked, by: Caller) -> MeetingRecord:
        """Whoever makes a meeting is on its list. Raises InvalidRequest, UnsupportedLanguage, Conflict (code taken)."""
        values, titles = _checked(asked)
        id = new_id()
        row = {"id": id, "created_by": by.name, "created_ms": now_ms(), **values}
        with _own_code(), self._database.write() as connection:
            connection.execute(sa.insert(meetings).values(row))
            _put_titles(connection, id, titles)
            if by.person is not None:
                connection.execute(sa.insert(meeting_members).values(meeting_id=id, person_id=by.person.id))
            note(connection, "meeting", by, values["code"], confidentiality=values["confidentiality"])
        return self.get(id)

    def change(
        self, id: str, asked: MeetingAsked, by: Caller, of: Sight = None, version: int | None = None
    ) -> MeetingRecord:
        """Raises NotFound, InvalidRequest, UnsupportedLanguage, Conflict (changed meanwhile; code taken)."""
        values, titles = _checked(asked)
        with _own_code(), self._database.write() as connection:
            row = meeting_row(connection, id, of, lock=True)
            if version is not None and version != row["version"]:
                raise Outdated(detail="Somebody else changed this meeting meanwhile. Look at it again.")
            values["version"] = meetings.c.version + 1
            connection.execute(sa.update(meetings).where(meetings.c.id == id).values(values))
            _put_titles(connection, id, titles)
            note(
                connection,
                "meeting-changed",
                by,
                values["code"],
                before=row["confidentiality"],
                after=values["confidentiality"],
            )
        self._tell()
        return self.get(id)

    def delete(self, id: str, by: Caller, of: Sight = None) -> None:
        """Raises NotFound, Conflict (something belongs to it)."""
        with self._database.write() as connection:
            row = meeting_row(connection, id, of, lock=True)
            for table in _BELONGING.values():
                if connection.scalar(sa.select(table.c.id).where(table.c.meeting_id == id).limit(1)):
                    raise Conflict(detail="Documents, recordings or sessions belong to this meeting. Move them first.")
            if connection.scalar(sa.select(memory_units.c.id).where(memory_units.c.meeting_id == id).limit(1)):
                raise Conflict(detail="This meeting has a translation memory. Delete its units first.")
            if connection.scalar(sa.select(queue_rules.c.id).where(queue_rules.c.meeting_id == id).limit(1)):
                raise Conflict(detail="A rule of the queue is for this meeting. Delete or change it first.")
            connection.execute(sa.delete(meetings).where(meetings.c.id == id))
            note(connection, "meeting-deleted", by, row["code"])

    def get(self, id: str, of: Sight = None) -> MeetingRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            return _records(connection, [meeting_row(connection, id, of)])[0]

    def by_code(self, code: str) -> MeetingRecord:
        """Raises NotFound."""
        with self._database.read() as connection:
            id = connection.scalar(sa.select(meetings.c.id).where(meetings.c.code == code))
            if id is None:
                raise NotFound(what="meeting", id=code)
            return _records(connection, [meeting_row(connection, id)])[0]

    def list(self, limit: int = 50, before: str | None = None, of: Sight = None) -> builtins.list[MeetingRecord]:
        """Newest first; `before` is the id of the last one of the page before."""
        query = sa.select(meetings).order_by(meetings.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(meetings.c.id < before)
        if of is not None:
            query = query.where(seen_meetings(of))
        with self._database.read() as connection:
            return _records(connection, connection.execute(query).mappings().all())

    def members(self, id: str, of: Sight = None) -> builtins.list[Person]:
        """Its list, by sign-in name. Raises NotFound."""
        on_it = sa.select(meeting_members.c.person_id).where(meeting_members.c.meeting_id == id)
        query = sa.select(people).where(people.c.id.in_(on_it)).order_by(people.c.login)
        with self._database.read() as connection:
            meeting_row(connection, id, of)
            return people_rows.persons(connection, connection.execute(query).mappings().all())

    def add_member(self, id: str, login: str, by: Caller, of: Sight = None) -> Person:
        """Idempotent. Raises NotFound (no such meeting, nobody of that name), InvalidRequest (too many)."""
        with self._database.write() as connection:
            row = meeting_row(connection, id, of, lock=True)
            person = people_rows.find_by(connection, people.c.login == people_rows.login_key(login))
            if person is None:
                raise NotFound(what="person", id=login.strip()[:80])
            mine = sa.and_(meeting_members.c.meeting_id == id, meeting_members.c.person_id == person.id)
            if not connection.scalar(sa.select(meeting_members.c.person_id).where(mine)):
                count = sa.select(sa.func.count()).where(meeting_members.c.meeting_id == id)
                if (connection.scalar(count) or 0) >= MOST_MEMBERS:
                    raise InvalidRequest(detail=f"The list has {MOST_MEMBERS:,} people already.")
                connection.execute(sa.insert(meeting_members).values(meeting_id=id, person_id=person.id))
                note(connection, "meeting-list", by, row["code"], added=person.login)
            return person

    def remove_member(self, id: str, person_id: str, by: Caller, of: Sight = None) -> None:
        """Idempotent. Raises NotFound."""
        with self._database.write() as connection:
            row = meeting_row(connection, id, of, lock=True)
            login = people_rows.person_row(connection, person_id)["login"]
            mine = sa.and_(meeting_members.c.meeting_id == id, meeting_members.c.person_id == person_id)
            if connection.execute(sa.delete(meeting_members).where(mine)).rowcount:
                note(connection, "meeting-list", by, row["code"], removed=login)
        self._tell()

    def check_seen(self, kind: str, id: str, of: Sight) -> None:
        """Raises NotFound: no such document, recording, session, review or task, or it is not to be seen."""
        with self._database.read() as connection:
            if connection.scalar(_belonging(kind, id, lambda column: seen(column, of))) is None:
                raise NotFound(what=kind, id=id)

    def is_confidential(self, kind: str, id: str) -> bool:
        """Whether the meeting that something belongs to is."""
        with self._database.read() as connection:
            return connection.scalar(_belonging(kind, id, is_confidential)) is not None

    def move(self, kind: str, id: str, to: str | None, by: Caller, of: Sight = None) -> None:
        """Let a document, recording or session belong to another meeting, or to none. Raises NotFound."""
        table = _BELONGING[kind]
        with self._database.write() as connection:
            query = sa.select(table.c.id, table.c.meeting_id).where(table.c.id == id, seen(table.c.meeting_id, of))
            row = connection.execute(query).mappings().first()
            if row is None:
                raise NotFound(what=kind, id=id)
            code = meeting_row(connection, to, of)["code"] if to else None
            values = {"meeting_id": to or None, "version": table.c.version + 1}
            connection.execute(sa.update(table).where(table.c.id == id).values(values))
            note(connection, "moved", by, f"{kind} {id}", meeting=code)
        self._tell()


def _belonging(
    kind: str, id: str, condition: Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]
) -> sa.Select[Any]:
    """The id of a thing whose meeting fulfils a condition. Reviews and tasks belong to what their document does."""
    if kind in _BELONGING:
        table = _BELONGING[kind]
        return sa.select(table.c.id).where(table.c.id == id, condition(table.c.meeting_id))
    of_document = sa.select(reviews.c.id).join(documents, documents.c.id == reviews.c.document_id)
    where = condition(documents.c.meeting_id)
    if kind == "review":
        return of_document.where(reviews.c.id == id, where)
    return of_document.join(tasks, tasks.c.review_id == reviews.c.id).where(tasks.c.id == id, where)


def _checked(asked: MeetingAsked) -> tuple[dict[str, Any], dict[str, str]]:
    titles = {
        language(code, name="titles").code: kept
        for code, title in asked.titles.items()
        if (kept := line(title, "title", 500))
    }
    if not titles:
        raise InvalidRequest(detail="A meeting needs a title in at least one language.")
    if asked.confidentiality not in list(Confidentiality):
        raise InvalidRequest(detail="A meeting is open to all who are signed in (open) or to its list (list).")
    starts_on, ends_on = _date(asked.starts_on), _date(asked.ends_on)
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidRequest(detail="The meeting would end before it begins.")
    values: dict[str, Any] = {
        "code": line(asked.code, "code", CODE_CHARS, required=True),
        "place": line(asked.place, "place", TITLE_CHARS),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "languages": [code for code in LANGUAGES if code in set(asked.languages)],
        "confidentiality": asked.confidentiality,
    }
    return values, titles


def _date(given: str) -> str | None:
    if not given.strip():
        return None
    try:
        return date.fromisoformat(given.strip()).isoformat()
    except ValueError:
        raise InvalidRequest(detail="The date can't be read. Give it as 2026-11-25.") from None


@contextmanager
def _own_code() -> Iterator[None]:
    """Raises Conflict. That a code is taken shows, even where the meeting doesn't: codes are unique."""
    try:
        yield
    except LangsupportError as error:
        if is_duplicate(error):
            raise Conflict(detail="This code can't be used. Choose another one.") from error
        raise


def _put_titles(connection: sa.Connection, id: str, titles: Mapping[str, str]) -> None:
    connection.execute(sa.delete(meeting_titles).where(meeting_titles.c.meeting_id == id))
    found = [{"meeting_id": id, "language": code, "title": title} for code, title in titles.items()]
    connection.execute(sa.insert(meeting_titles), found)


def meeting_row(connection: sa.Connection, id: str, of: Sight = None, *, lock: bool = False) -> sa.RowMapping:
    """Raises NotFound: there is none, or it is not to be seen."""
    query = sa.select(meetings).where(meetings.c.id == id)
    if of is not None:
        query = query.where(seen_meetings(of))
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound(what="meeting", id=id)
    return row


def _records(connection: sa.Connection, found: Iterable[sa.RowMapping]) -> builtins.list[MeetingRecord]:
    rows = builtins.list(found)
    titles: dict[str, dict[str, str]] = {row["id"]: {} for row in rows}
    query = sa.select(meeting_titles).where(meeting_titles.c.meeting_id.in_(titles))
    for row in connection.execute(query).mappings():
        titles[row["meeting_id"]][row["language"]] = row["title"]
    return [
        MeetingRecord(
            id=row["id"],
            code=row["code"],
            titles={code: titles[row["id"]][code] for code in LANGUAGES if code in titles[row["id"]]},
            confidentiality=Confidentiality(row["confidentiality"]),
            created_at=moment(row["created_ms"]),
            version=row["version"],
            place=row["place"],
            starts_on=date.fromisoformat(row["starts_on"]) if row["starts_on"] else None,
            ends_on=date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
            languages=tuple(row["languages"]),
            created_by=row["created_by"],
        )
        for row in rows
    ]


__all__ = ["MeetingAsked", "MeetingService", "meeting_row"]
