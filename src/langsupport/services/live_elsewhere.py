"""What viewers and listeners are to hear of that did not happen in this process: links that expire by themselves, and,
with PostgreSQL, what other processes wrote."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from langsupport.domain.live import CueState, LiveCue
from langsupport.errors import NotFound
from langsupport.services import session_rows as rows
from langsupport.services.changes import POLL_SECONDS
from langsupport.services.database import Database, now_ms
from langsupport.services.live_hub import LiveHub, Room
from langsupport.services.live_viewer import ring
from langsupport.services.schema import session_grants, session_tracks, sessions
from langsupport.services.session_records import EventKind, SessionEvent, SessionRecord

log = logging.getLogger(__name__)

EXPIRY_SECONDS = 5
"""How often links are looked at that end by themselves."""
PRESENCE_SECONDS = 15
"""How often a process writes down what is watched by its viewers, for the others."""
PRESENCE_KEPT_MS = 45_000
"""How long that is believed."""
_ASK_SECONDS = 2
"""How long an answer to what is watched elsewhere serves."""
_ASKED = 1_000
"""Answers kept at a time."""
FOLLOWED = timedelta(minutes=10)
"""How long a session that has ended is still looked after for those who wrote it here."""


class Elsewhere:
    """A thread, from `start` on. With SQLite there is one process only, and less to look for."""

    def __init__(self, database: Database, hub: LiveHub, tell: Callable[[SessionEvent], None]) -> None:
        self._database = database
        self._hub = hub
        self._tell = tell
        self._asked: dict[str, tuple[float, frozenset[str]]] = {}  # by session: when, and the answer
        self._shown = 0.0  # when presence was written, monotonic
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Idempotent."""
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._loop, name="langsupport-live-elsewhere", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Idempotent."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _loop(self) -> None:
        interval = EXPIRY_SECONDS if self._database.is_sqlite else POLL_SECONDS
        while not self._stopping.wait(interval):
            try:
                self.look()
            except Exception:
                log.exception("looking for changes of live sessions failed; it is tried again")

    def look(self) -> None:
        """Raises CapacityError."""
        rooms = self._hub.rooms()
        for room in rooms:
            for viewer in room.viewers:
                viewer.check_expiry()
        if self._database.is_sqlite or not rooms:
            return
        with self._database.read() as connection:
            query = sa.select(sessions.c.id, sessions.c.seq, sessions.c.version)
            query = query.where(sessions.c.id.in_([room.id for room in rooms]))
            now = {id: (seq, version) for id, seq, version in connection.execute(query)}
        for room in rooms:
            if room.id in now:
                self._look_into(room, *now[room.id])
                ended = room.record.ended_at
                if ended is not None and ended + FOLLOWED < datetime.now(UTC):
                    self._hub.unfollow(room.id)
            else:
                self._hub.dismiss(room.id, "deleted", "The session was deleted.")
                self._hub.unfollow(room.id)
                self._tell(SessionEvent(EventKind.DELETED, room.id))
        if time.monotonic() - self._shown > PRESENCE_SECONDS:
            self._shown = time.monotonic()
            self._show_presence(rooms)

    def _look_into(self, room: Room, seq: int, version: int) -> None:
        touched: list[tuple[LiveCue, bool]] = []
        ring(room.catch_up(seq, touched))
        for cue, was_open in touched:
            kind = EventKind.CORRECTED if cue.state is CueState.CORRECTED else EventKind.RETRACTED
            self._tell(SessionEvent(kind, room.id, room.record, (cue,), was_open))
        before = room.record
        if version <= before.version:
            return
        try:
            with self._database.read() as connection:
                record = rows.record(connection, room.id)
                stretches = rows.stretches(connection, room.id)
                ended = self._ended_grants(connection, room)
        except NotFound:
            return  # the next look finds it deleted
        for grant_id in ended:
            self._hub.dismiss(room.id, "revoked", "This link was taken back.", grant_id=grant_id)
        ring(room.update(record))
        if record.off_record != before.off_record and stretches:
            kind = EventKind.OFF_RECORD if record.off_record else EventKind.ON_RECORD
            last = max(stretches, key=lambda mark: int(mark.id[1:]))
            self._tell(SessionEvent(kind, room.id, record, from_ms=last.at_ms, to_ms=last.end_ms))
        self._tell(SessionEvent(_kind(before, record), room.id, record))

    def _ended_grants(self, connection: sa.Connection, room: Room) -> list[str]:
        ids = {viewer.grant.id for viewer in room.viewers if viewer.grant is not None}
        table = session_grants
        query = sa.select(table.c.id).where(table.c.id.in_(ids), table.c.revoked_ms.is_not(None))
        return list(connection.scalars(query))

    def _show_presence(self, rooms: list[Room]) -> None:
        for room in rooms:
            watched = list(room.watched())
            if watched:
                where = sa.and_(session_tracks.c.session_id == room.id, session_tracks.c.track.in_(watched))
                with self._database.write() as connection:
                    connection.execute(sa.update(session_tracks).where(where).values(watched_ms=now_ms()))

    def watchers(self, id: str) -> dict[str, int]:
        """How many watch each track in this process; one stands for those of all others."""
        here = self._hub.watchers(id)
        return here if self._database.is_sqlite else dict.fromkeys(self._watched(id), 1) | here

    def _watched(self, id: str) -> frozenset[str]:
        """The tracks that were watched lately in some process."""
        now = time.monotonic()
        asked, found = self._asked.get(id, (0.0, frozenset()))
        if now - asked < _ASK_SECONDS:
            return found
        table = session_tracks
        recent = sa.and_(table.c.session_id == id, table.c.watched_ms > now_ms() - PRESENCE_KEPT_MS)
        with self._database.read() as connection:
            found = frozenset(connection.scalars(sa.select(table.c.track).where(recent)))
        if len(self._asked) >= _ASKED:
            self._asked.clear()
        self._asked[id] = (now, found)
        return found


def _kind(before: SessionRecord, after: SessionRecord) -> EventKind:
    return EventKind.STATE if before.state is not after.state else EventKind.SETTINGS
