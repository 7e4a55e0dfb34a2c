"""Who watches which session in this process, and how they hear of what was committed, here or in another process."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from langsupport.domain.live import TRACKS, CueState, LiveCue, MarkKind, SessionState
from langsupport.errors import LangsupportError
from langsupport.services import session_log as log_rows
from langsupport.services import session_rows as rows
from langsupport.services.database import Database
from langsupport.services.live_messages import Message, session_message, snapshot_message, tail_message
from langsupport.services.live_viewer import Page, Subscription, chosen_tracks, ring
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
_REMEMBERED = 512
"""Cues of a session that are known to be open, or to be finished: tails of these come too late."""
_TAILED = 64
"""Cues of a session whose tails are known to stand on screens; each track has one or two."""
_GAP = 1_000
"""A gap of more changes than this is not read for everybody, but by each viewer for itself."""


class Room:
    """The viewers of one session. A `live_viewer.Source`. `on_empty`: the last one left."""

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
        self._open: OrderedDict[Key, None] = OrderedDict()
        self._tailed: OrderedDict[Key, LiveCue] = OrderedDict()  # whose tails stand on screens: _TAILED

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

    def catch_up(self, seq: int, touched: list[tuple[LiveCue, bool]] | None = None) -> list[Subscription]:
        """Read what was written up to `seq` at least, by others; gives who is to be told.

        `touched` is filled with the cues that people changed, and whether a machine was still writing them.
        """
        with self._lock:
            if seq <= self.known:
                return []
            try:
                with self._database.read() as connection:
                    reached = rows.session_row(connection, self.id)["seq"]
                    found = log_rows.changed_since(connection, self.id, TRACKS, self.known, _GAP)
                if touched is not None:
                    human = (e for e in found if isinstance(e, CueEvent) and e.cue.state in log_rows.HUMAN)
                    touched.extend((event.cue, event.key in self._open) for event in human)
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
        erased = False
        for event in fresh:
            if isinstance(event, CueEvent):
                self._note(event.key, event.cue.state)
            else:
                erased = erased or event.mark.kind is MarkKind.OFF_RECORD
        told = [viewer for viewer in self.viewers if viewer.put(fresh)]
        return told + self._take_tails_back() if erased else told

    def _note(self, key: Key, state: CueState) -> None:
        self._tailed.pop(key, None)
        if state is CueState.OPEN:
            self._open[key] = None
        else:
            self._open.pop(key, None)
            self._closed[key] = None
            self._closed.move_to_end(key)
        if state is CueState.RETRACTED:
            self._shared.clear()  # not even in memory does the text stay
        for known in (self._open, self._closed):
            while len(known) > _REMEMBERED:
                known.popitem(last=False)

    def tail(self, cue: LiveCue) -> list[Subscription]:
        with self._lock:
            key = cue.track, cue.id
            if key in self._closed or not self._shows_tails:
                return []
            self._tailed.pop(key, None)
            if cue.tail:
                self._tailed[key] = cue
            while len(self._tailed) > _TAILED:
                self._tailed.popitem(last=False)
            return self._put_tail(cue)

    @property
    def _shows_tails(self) -> bool:
        """Words that are kept nowhere stand on screens only as long as more is said that replaces them."""
        return self.record.state is SessionState.LIVE and not self.record.off_record

    def _put_tail(self, cue: LiveCue) -> list[Subscription]:
        message = tail_message(cue)
        return [viewer for viewer in self.viewers if viewer.put_tail(cue.track, cue.id, message)]

    def _take_tails_back(self) -> list[Subscription]:
        """Nothing that is not kept stays on a screen."""
        tailed, self._tailed = list(self._tailed.values()), OrderedDict()
        return [viewer for cue in tailed for viewer in self._put_tail(replace(cue, tail=""))]

    def update(self, record: SessionRecord) -> list[Subscription]:
        """Tell all what the session is like now."""
        with self._lock:
            if record.version < self.record.version:
                return []
            self.record, self._read_at = record, time.monotonic()
            told = [viewer for viewer in self.viewers if viewer.put_session()]
            return told if self._shows_tails else told + self._take_tails_back()


class LiveHub:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rooms: dict[str, Room] = {}
        self._followed: set[str] = set()
        self.on_first: Callable[[], None] = lambda: None  # called when somebody watches or follows
        self._lock = threading.Lock()

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
        record = self._known(id)
        with self._lock:
            room = self._room(record)
            room.join(viewer := Subscription(room, on_news, chosen, grant, tails=tails))
        self.on_first()
        try:
            viewer.begin(last_seq)
        except BaseException:
            viewer.close()
            raise
        return viewer

    def follow(self, id: str) -> None:
        """Keep an eye on what other processes do in a session, even when nobody watches, for those who write it here.

        Raises NotFound, CapacityError.
        """
        if self._database.is_sqlite or id in self._followed:
            return
        record = self._known(id)
        with self._lock:
            self._followed.add(id)
            self._room(record)
        self.on_first()

    def unfollow(self, id: str) -> None:
        """Idempotent."""
        with self._lock:
            self._followed.discard(id)
        room = self._rooms.get(id)
        if room is not None:
            self._close_room(room)

    def _known(self, id: str) -> SessionRecord:
        room = self._rooms.get(id)
        if room is not None:
            return room.record
        with self._database.read() as connection:
            return rows.record(connection, id)

    def _room(self, record: SessionRecord) -> Room:
        room = self._rooms.get(record.id)
        if room is None:
            room = self._rooms[record.id] = Room(self._database, record, self._close_room)
        return room

    def _close_room(self, room: Room) -> None:
        with self._lock:
            empty = not room.viewers and room.id not in self._followed
            if empty and self._rooms.get(room.id) is room:
                del self._rooms[room.id]

    def rooms(self) -> list[Room]:
        return list(self._rooms.values())

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
        room = self._rooms.get(id)
        return room is not None and bool(room.viewers)

    def dismiss(self, id: str, code: str, text: str, *, grant_id: str | None = None, retry: bool = False) -> None:
        """Say goodbye to all, or to those who came by one grant."""
        room = self._rooms.get(id)
        for viewer in room.viewers if room is not None else ():
            if grant_id is None or (viewer.grant is not None and viewer.grant.id == grant_id):
                viewer.dismiss(code, text, retry=retry)

    def close(self) -> None:
        """Say goodbye to all; they may come again. Idempotent."""
        for room in self.rooms():
            self.dismiss(room.id, "closing", "The service is being stopped. Try again in a moment.", retry=True)
