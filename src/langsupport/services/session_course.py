"""Live sessions: planning, listing and deleting them, and their course from start to end."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.live import FLOOR, TRACKS, SessionState
from langsupport.errors import Conflict, LangsupportError, NotFound
from langsupport.services import session_editing as editing
from langsupport.services import session_input as given
from langsupport.services import session_rows as rows
from langsupport.services import session_sight
from langsupport.services.account_records import OPEN, Caller
from langsupport.services.database import now_ms
from langsupport.services.document_rows import milliseconds, new_id
from langsupport.services.schema import session_channels, session_tracks, sessions
from langsupport.services.session_access import GrantBook
from langsupport.services.session_records import EventKind, SessionEvent, SessionRecord, TrackSource
from langsupport.services.session_sight import Rule

log = logging.getLogger(__name__)

_LIVE = (SessionState.LIVE, SessionState.PAUSED)


class SessionCourse(GrantBook):
    """A part of the session service."""

    def create(
        self,
        title: str,
        *,
        code: str = "",
        languages: Sequence[str] = tuple(LANGUAGES),
        channels: Sequence[tuple[str, str | None]] = ((FLOOR, None),),
        confidential: bool = False,
        starts_at: datetime | None = None,
        glossary: Sequence[str] = (),
        agenda: Sequence[str] = (),
        meeting_id: str | None = None,
        by: str,
    ) -> SessionRecord:
        """Plan a session. `languages`: the tracks to record even when nobody watches; the floor always is.

        Raises: InvalidRequest, UnsupportedLanguage.
        """
        title = given.line(title, "title", given.TITLE_CHARS, required=True)
        code = given.line(code, "meeting's code", given.CODE_CHARS)
        spoken = {given.track_key(key, "channel"): given.channel_language(key, code) for key, code in channels}
        recorded = {language(one, name="languages").code for one in languages}
        id = new_id()
        row = {
            "id": id,
            "title": title,
            "code": code,
            "search": rows.search_text(title, code),
            "state": SessionState.PLANNED,
            "confidential": confidential,
            "glossary": given.glossary_terms(glossary),
            "agenda": given.agenda_items(agenda),
            "created_by": given.line(by, "name", given.NAME_CHARS),
            "created_ms": now_ms(),
            "starts_ms": milliseconds(starts_at) if starts_at is not None else None,
            "meeting_id": meeting_id,
        }
        with self._database.write() as connection:
            connection.execute(sa.insert(sessions).values(row))
            for key, code_ in ({FLOOR: None} | spoken).items():
                rows.put_channel(connection, id, key, code_)
            for track in TRACKS:
                heard = track == FLOOR or track in spoken
                source = TrackSource.CHANNEL if heard else TrackSource.MACHINE
                values: dict[str, Any] = {"session_id": id, "track": track, "source": source}
                values["enabled"] = track == FLOOR or track in recorded
                connection.execute(sa.insert(session_tracks).values(values))
            rows.audit(connection, id, by, "create")
        return self.get(id)

    def list(
        self,
        limit: int = 50,
        before: str | None = None,
        query: str | None = None,
        of: Caller = OPEN,
        meeting_id: str | None = None,
    ) -> builtins.list[SessionRecord]:
        """Newest first, what `of` sees; `before` is the id of the last one of the page before; `query`: in title and
        code; those of one meeting."""
        where = session_sight.seen_by(of)
        if meeting_id is not None:
            where = sa.and_(where, sessions.c.meeting_id == meeting_id)
        with self._database.read() as connection:
            return rows.records(connection, limit, before, query, where)

    def rules(self, ids: Collection[str]) -> dict[str, Rule]:
        """What decides who sees these sessions, by id; those that aren't there are left out."""
        with self._database.read() as connection:
            return session_sight.rules(connection, ids)

    def change(
        self,
        id: str,
        by: str,
        *,
        title: str | None = None,
        code: str | None = None,
        confidential: bool | None = None,
        starts_at: datetime | None = None,
    ) -> SessionRecord:
        """What is None stays. A session that becomes confidential loses its public link."""
        values: dict[str, Any] = {}
        with self._locked(id) as (connection, row):
            if title is not None:
                values["title"] = given.line(title, "title", given.TITLE_CHARS, required=True)
            if code is not None:
                values["code"] = given.line(code, "meeting's code", given.CODE_CHARS)
            if confidential is not None:
                values["confidential"] = confidential
            if starts_at is not None:
                values["starts_ms"] = milliseconds(starts_at)
            ended = self._revoke_public(connection, id, by) if confidential else []
            found = dict(row) | values
            search = rows.search_text(found["title"], found["code"])
            rows.change(connection, id, **values, search=search)
            rows.audit(connection, id, by, "change", fields=sorted(values))
        self._dismiss(id, ended)
        return self._tell(EventKind.SETTINGS, id)

    def delete(self, id: str, by: str) -> None:
        """Remove a session with all that was said in it, sound too; who watches is let go."""
        with self._locked(id) as (connection, _):
            connection.execute(sa.delete(sessions).where(sessions.c.id == id))
        log.info("session %s was deleted by %s", id, by)
        self._hub.dismiss(id, "deleted", "The session was deleted.")
        self._telling.tell(SessionEvent(EventKind.DELETED, id))
        self._database.scrub()
        for remove in self._telling.removers:
            remove(id)

    def delete_older(self, created_before_ms: int) -> int:
        """Delete sessions that have ended, by age. Gives their number."""
        old = sessions.c.created_ms < created_before_ms
        with self._database.read() as connection:
            query = sa.select(sessions.c.id).where(old, sessions.c.state == SessionState.ENDED)
            ids = connection.scalars(query).all()
        for id in ids:
            self.delete(id, "retention")
        return len(ids)

    def start(self, id: str, by: str) -> SessionRecord:
        """The clock begins. Raises Conflict: it has ended."""
        return self._move(id, by, SessionState.LIVE, "start")

    def pause(self, id: str, by: str) -> SessionRecord:
        """The clock runs on, sound is not taken. Raises Conflict: it is not running."""
        return self._move(id, by, SessionState.PAUSED, "pause")

    def resume(self, id: str, by: str) -> SessionRecord:
        """After a pause. Raises Conflict: it is not running."""
        return self._move(id, by, SessionState.LIVE, "resume")

    def end(self, id: str, by: str) -> SessionRecord:
        """For good; a stretch off the record ends with it. What is being written still comes in.

        Raises Conflict: it never ran.
        """
        with self._locked(id) as (connection, row):
            stretch = editing.close_stretch(connection, row, by)
            moved = self._moved(connection, row, by, SessionState.ENDED, "end")
        self._hub.publish(id, stretch)
        record = self._tell(EventKind.STATE, id) if moved else self.get(id)
        if stretch:
            self._erase_sound(id)
        return record

    def _move(self, id: str, by: str, state: SessionState, action: str) -> SessionRecord:
        with self._locked(id) as (connection, row):
            moved = self._moved(connection, row, by, state, action)
        return self._tell(EventKind.STATE, id) if moved else self.get(id)

    def _moved(self, connection: sa.Connection, row: sa.RowMapping, by: str, state: SessionState, action: str) -> bool:
        """Whether it was not there already. Raises Conflict."""
        if row["state"] == state:
            return False
        if action == "resume" and row["started_ms"] is None:
            raise Conflict(detail="The session has not begun; start it.")
        values: dict[str, Any] = {"state": state}
        if state is SessionState.LIVE and row["started_ms"] is None:
            values["started_ms"] = now_ms()
        if state is SessionState.ENDED:
            values["ended_ms"] = now_ms()
        try:
            rows.change(connection, row["id"], **values)
        except Conflict:
            raise Conflict(detail=f"The session is {row['state']}; it can't become {state}.") from None
        rows.audit(connection, row["id"], by, action)
        return True

    def interrupted(self) -> builtins.list[SessionRecord]:
        """At the start of a process: the sessions that were live when the last one ended; no channel is connected now.

        Sound that was to be erased and was not yet is erased.
        """
        with self._database.write() as connection:
            running = sa.select(sessions.c.id).where(sessions.c.state.in_(_LIVE))
            cut = session_channels.c.session_id.in_(running)
            connection.execute(sa.update(session_channels).where(cut).values(connected=False))
        self.resume_erasing()
        with self._database.read() as connection:
            return rows.running(connection)

    def resume_erasing(self) -> None:
        """Erase the sound of all stretches off the record where that was not done to the end; what fails is tried
        again at the next call."""
        with self._database.read() as connection:
            pending = {id for id, *_ in editing.unerased(connection, None)}
        for id in sorted(pending):
            try:
                self._erase_sound(id)
            except LangsupportError as error:
                log.error("sound of session %s that went off the record is not erased yet: %s", id, error)

    def _erase_sound(self, id: str) -> None:
        """Raises what an eraser raises."""
        with self._database.read() as connection:
            pending = editing.unerased(connection, id)
        for _, mark_id, from_ms, to_ms in pending:
            try:
                until = to_ms if to_ms is not None else self.get(id).clock_ms
            except NotFound:
                return  # deleted meanwhile
            for erase in self._telling.erasers:
                erase(id, from_ms, until)
            with self._database.write() as connection:
                editing.set_erased(connection, id, mark_id, from_ms, until)
