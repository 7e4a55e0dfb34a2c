"""Who watches which session in this process, and how they hear of what was committed, here or in another process."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

from langsupport.domain.live import TRACKS, CueState, LiveCue
from langsupport.errors import LangsupportError, NotFound
from langsupport.services import session_log as log_rows
from langsupport.services import session_rows as rows
from langsupport.services.changes import POLL_SECONDS
from langsupport.services.database import Database
from langsupport.services.live_messages import Message, session_message, snapshot_message, tail_message
from langsupport.services.live_viewer import Page, Subscription, chosen_tracks, ring
from langsupport.services.schema import sessions
from langsupport.services.session_log import CueEvent, Key, LogEvent, MarkEvent
from langsupport.services.session_records import Grant, SessionRecord

log = logging.getLogger(__name__)

SNAPSHOT_CUES = 50
"""The latest cues of each track in a snapshot."""
SNAPSHOT_MARKS = 200
_PAGE = 200
"""Changes read from the database at a time."""
_SHARED = 32
"""Answers of the database that a session's viewers share until something changes."""
_CLOSED = 512
"""Cues of a session that are known to be finished: their tails come too late."""
_GAP = 1_000
"""A gap of more changes than this is not read for everybody, but by each viewer for itself."""
EXPIRY_SECONDS = 5
"""How often links are looked at that end by themselves."""


class Room:
    """The viewers of one session. A `live_viewer.Source`."""

    def __init__(self, database: Database, record: SessionRecord, on_empty: Callable[[Room], None]) -> None:
        self.id = record.id
        self.record = record
        self.viewers: frozenset[Subscription] = frozenset()  # replaced, never changed: reading it takes no lock
        self.known = record.seq  # published up to here
        self._read_at = time.monotonic()  # when `record` was read
        self._lock = threading.RLock()
        self._reading = threading.Lock()  # taken before `_lock`, never after it
        self._database = database
        self._on_empty = on_empty
        self._shared: OrderedDict[tuple[object, ...], Page] = OrderedDict()
        self._closed: OrderedDict[Key, None] = OrderedDict()

    def join(self, viewer: Subscription) -> None:
        with self._lock:
            self.viewers |= {viewer}

    def leave(self, viewer: Subscription) -> None:
        with self._lock:
            self.viewers -= {viewer}
        if not self.viewers:
            self._on_empty(self)

    def message(self) -> Message:
        record, known = self.record, self.known
        passed_ms = int((time.monotonic() - self._read_at) * 1000) if record.running else 0
        return session_message(record, known, record.clock_ms + passed_ms, self.watched())

    def watched(self) -> Counter[str]:
        """How many watch each track."""
        return Counter(track for viewer in self.viewers for track in viewer.tracks)

    def snapshot(self, tracks: tuple[str, ...]) -> Page:
        """The latest cues of these tracks and the latest marks."""
        return self._page(("snapshot", tracks), 0, lambda: self._read_snapshot(tracks))

    def changes(self, tracks: tuple[str, ...], since: int) -> Page:
        """The next changes after `since`."""
        return self._page(("changes", tracks, since), since, lambda: self._read_changes(tracks, since))

    def _page(self, key: tuple[object, ...], since: int, read: Callable[[], Page]) -> Page:
        """One reading serves all who ask until something is published.

        A page that reaches as far as what was published misses nothing: what comes later is queued for whoever asks.
        """
        with self._reading:
            with self._lock:
                found, needed = self._shared.get(key), max(self.known, since)
            if found is not None and found.seq >= needed:
                return found
            page = read()
            with self._lock:
                self._shared[key] = page
                self._shared.move_to_end(key)
                while len(self._shared) > _SHARED:
                    self._shared.popitem(last=False)
            return page

    def _read_snapshot(self, tracks: tuple[str, ...]) -> Page:
        with self._database.read() as connection:
            seq = rows.session_row(connection, self.id)["seq"]
            cues: list[CueEvent] = []
            more = False
            for track in tracks:
                found = log_rows.page(connection, self.id, track, limit=SNAPSHOT_CUES + 1)
                more = more or len(found) > SNAPSHOT_CUES
                cues.extend(found[-SNAPSHOT_CUES:])
            marks = rows.mark_rows(connection, self.id)[-SNAPSHOT_MARKS:]
        events = [MarkEvent(row["seq"], rows.mark_of(row)) for row in marks]
        return Page(seq, snapshot=snapshot_message(seq, tracks, cues, events, more))

    def _read_changes(self, tracks: tuple[str, ...], since: int) -> Page:
        with self._database.read() as connection:
            seq = rows.session_row(connection, self.id)["seq"]
            events = log_rows.changed_since(connection, self.id, tracks, since, _PAGE)
        return Page(seq, tuple(events), full=len(events) == _PAGE)

    def publish(self, events: Sequence[LogEvent]) -> list[Subscription]:
        """Queue changes for all; gives who is to be told. Events have seqs without gaps between them.

        Of two threads the later may come first, and other processes write too: what is missing before these events is
        read from the database, and what was read so already is passed over.
        """
        with self._lock:
            if not events or events[-1].seq <= self.known:
                return []
            if events[0].seq > self.known + 1:
                return self.catch_up(events[-1].seq)
            return self._deliver(events, events[-1].seq)

    def catch_up(self, seq: int) -> list[Subscription]:
        """Read what was written up to `seq` at least, by others; gives who is to be told."""
        with self._lock:
            if seq <= self.known:
                return []
            try:
                with self._database.read() as connection:
                    reached = rows.session_row(connection, self.id)["seq"]
                    found = log_rows.changed_since(connection, self.id, TRACKS, self.known, _GAP)
                if len(found) < _GAP:
                    return self._deliver(found, reached)
            except LangsupportError as error:
                log.warning("changes of session %s could not be read; its viewers try themselves: %s", self.id, error)
            self.known = seq
            self._shared.clear()
            return [viewer for viewer in self.viewers if viewer.fall_behind()]

    def _deliver(self, events: Sequence[LogEvent], seq: int) -> list[Subscription]:
        fresh = [event for event in events if event.seq > self.known]
        self.known = seq
        for event in fresh:
            if isinstance(event, CueEvent) and event.cue.state is not CueState.OPEN:
                self._closed[event.key] = None
                self._closed.move_to_end(event.key)
                if event.cue.state is CueState.RETRACTED:
                    self._shared.clear()  # not even in memory does the text stay
        while len(self._closed) > _CLOSED:
            self._closed.popitem(last=False)
        return [viewer for viewer in self.viewers if viewer.put(fresh)]

    def tail(self, cue: LiveCue) -> list[Subscription]:
        with self._lock:
            if (cue.track, cue.id) in self._closed:
                return []
            message = tail_message(cue)
            return [viewer for viewer in self.viewers if viewer.put_tail(cue.track, cue.id, message)]

    def update(self, record: SessionRecord) -> list[Subscription]:
        """Tell all what the session is like now."""
        with self._lock:
            if record.version < self.record.version:
                return []
            self.record, self._read_at = record, time.monotonic()
            return [viewer for viewer in self.viewers if viewer.put_session()]


class LiveHub:
    """Thread-safe. One thread of its own, from the first viewer on, looks for what ends by itself and, with PostgreSQL,
    for what other processes wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(
        self,
        id: str,
        tracks: Iterable[str],
        last_seq: int | None,
        on_news: Callable[[], None],
        grant: Grant | None = None,
        *,
        tails: bool = True,
    ) -> Subscription:
        """Raises NotFound, InvalidRequest, AccessDenied, CapacityError."""
        chosen = chosen_tracks(tracks, grant)
        found = self._rooms.get(id)
        record = found.record if found else self._record(id)
        with self._lock:
            room = self._rooms.get(id)
            if room is None:
                room = self._rooms[id] = Room(self._database, record, self._close_room)
            room.join(viewer := Subscription(room, on_news, chosen, grant, tails=tails))
            self._start()
        try:
            viewer.begin(last_seq)
        except BaseException:
            viewer.close()
            raise
        return viewer

    def _record(self, id: str) -> SessionRecord:
        with self._database.read() as connection:
            return rows.record(connection, id)

    def _close_room(self, room: Room) -> None:
        with self._lock:
            if not room.viewers and self._rooms.get(room.id) is room:
                del self._rooms[room.id]

    def publish(self, id: str, events: Sequence[LogEvent]) -> None:
        """Tell of what was committed."""
        room = self._rooms.get(id)
        if room is not None and events:
            ring(room.publish(events))

    def tail(self, id: str, cue: LiveCue) -> None:
        room = self._rooms.get(id)
        if room is not None:
            ring(room.tail(cue))

    def update(self, record: SessionRecord) -> None:
        """Tell of the session itself."""
        room = self._rooms.get(record.id)
        if room is not None:
            ring(room.update(record))

    def watchers(self, id: str) -> dict[str, int]:
        room = self._rooms.get(id)
        return dict(room.watched()) if room is not None else {}

    def is_watched(self, id: str) -> bool:
        return id in self._rooms

    def dismiss(self, id: str, code: str, text: str, *, grant_id: str | None = None) -> None:
        """Say goodbye to all, or to those who came by one grant."""
        room = self._rooms.get(id)
        for viewer in room.viewers if room is not None else ():
            if grant_id is None or (viewer.grant is not None and viewer.grant.id == grant_id):
                viewer.dismiss(code, text)

    def close(self) -> None:
        """Say goodbye to all; they may come again. Idempotent."""
        self._stopping.set()
        for id in list(self._rooms):
            room = self._rooms.get(id)
            for viewer in room.viewers if room is not None else ():
                viewer.dismiss("closing", "The service is being stopped. Try again in a moment.", retry=True)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None and not self._stopping.is_set():
            self._thread = threading.Thread(target=self._loop, name="langsupport-live-hub", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        interval = EXPIRY_SECONDS if self._database.is_sqlite else POLL_SECONDS
        while not self._stopping.wait(interval):
            try:
                self._look()
            except Exception:
                log.exception("looking for changes of live sessions failed; it is tried again")

    def _look(self) -> None:
        rooms = list(self._rooms.values())
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
            if room.id not in now:
                self.dismiss(room.id, "deleted", "The session was deleted.")
                continue
            seq, version = now[room.id]
            ring(room.catch_up(seq))
            if version > room.record.version:
                self._refresh(room)

    def _refresh(self, room: Room) -> None:
        try:
            record = self._record(room.id)
        except NotFound:
            return  # the next look finds it deleted
        ring(room.update(record))
