"""One viewer's queue.

It holds the newest state of each cue only, and not more than QUEUED of them: a viewer that falls behind further is
brought up to date from the database when it reads again. So nobody is held up by a slow viewer, nobody's memory grows
with one, and nobody misses a change.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from langsupport.domain.live import TRACKS, CueState
from langsupport.errors import AccessDenied, LangsupportError
from langsupport.services.live_messages import Message, bye_message, event_message, without_cues
from langsupport.services.session_input import track_key
from langsupport.services.session_log import CueEvent, Key, LogEvent
from langsupport.services.session_records import Grant

log = logging.getLogger(__name__)

QUEUED = 256
"""Changes that wait for one viewer; with more it reads them from the database."""
TAILS = 16
"""Tails that wait for one viewer; the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the database says at one moment, up to `seq`. `full`: there may be more after the last event."""

    seq: int
    events: tuple[LogEvent, ...] = ()
    full: bool = False
    snapshot: Message | None = None


class Source(Protocol):
    """Where a viewer reads: its session's room. Raises NotFound (deleted), CapacityError (no answer)."""

    def message(self) -> Message: ...

    def snapshot(self, tracks: tuple[str, ...]) -> Page: ...

    def changes(self, tracks: tuple[str, ...], since: int) -> Page: ...

    def leave(self, viewer: Subscription) -> None: ...


class Subscription:
    """`take` gives what is to be sent next; `on_news` says (from any thread) that there is something to take, and then
    not again until it was taken.
    """

    def __init__(
        self,
        source: Source,
        on_news: Callable[[], None],
        tracks: Iterable[str],
        grant: Grant | None = None,
        *,
        tails: bool = True,
    ) -> None:
        self.grant = grant
        self.on_news = on_news
        self._source = source
        self._wants_tails = tails
        self._tracks = chosen_tracks(tracks, grant)
        self._lock = threading.RLock()  # held for moments; the source is never called with it
        self._taking = threading.Lock()
        self._given = 0  # everything up to here was given
        self._floors: dict[str, int] = {}  # by track ("": marks): a snapshot holds what came before
        self._first: list[Message] = []  # a snapshot that is to go first
        self._queue: OrderedDict[Key, LogEvent] = OrderedDict()  # by seq
        self._tails: OrderedDict[Key, Message] = OrderedDict()
        self._session = True
        self._behind = False
        self._rung = False
        self._bye: Message | None = None
        self._closed = False

    @property
    def tracks(self) -> tuple[str, ...]:
        return self._tracks

    @property
    def behind(self) -> bool:
        """The next `take` reads the database: call it where that harms nobody."""
        return self._behind

    @property
    def closed(self) -> bool:
        return self._closed

    def begin(self, last_seq: int | None) -> None:
        """Start with a snapshot, or with what changed after `last_seq`. Raises NotFound, CapacityError."""
        if last_seq is None:
            self._add_snapshot(self._tracks)
        else:
            with self._lock:
                self._given, self._behind = max(last_seq, 0), True
        self._tell()

    def set_tracks(self, tracks: Iterable[str]) -> None:
        """Watch others; a snapshot of them follows. Raises InvalidRequest, AccessDenied, NotFound, CapacityError."""
        wanted = chosen_tracks(tracks, self.grant)
        with self._lock:
            self._tracks = wanted
            for key in [key for key in self._queue if key[0] and key[0] not in wanted]:
                del self._queue[key]
            for key in [key for key in self._tails if key[0] not in wanted]:
                del self._tails[key]
            self._first.clear()
        self._add_snapshot(wanted)
        self._tell()

    def _add_snapshot(self, tracks: tuple[str, ...]) -> None:
        page = self._source.snapshot(tracks)
        with self._lock:
            if page.snapshot is not None:
                self._first = [page.snapshot]
            for track in ("", *tracks):
                self._floors[track] = max(page.seq, self._floors.get(track, 0))
            self._drop_unwanted()

    def _wants(self, event: LogEvent) -> bool:
        track = event.key[0]
        if track and track not in self._tracks:
            return False
        return event.seq > max(self._given, self._floors.get(track, 0))

    def _drop_unwanted(self) -> None:
        for key in [key for key, event in self._queue.items() if not self._wants(event)]:
            del self._queue[key]

    def put(self, events: Sequence[LogEvent]) -> bool:
        """Queue what was committed, by seq; whether `on_news` is to be called."""
        with self._lock:
            if self._closed or self._bye:
                return False
            wanted = [event for event in events if self._wants(event)]
            if not wanted:
                return False
            gone = [e.key for e in wanted if isinstance(e, CueEvent) and e.cue.state is CueState.RETRACTED]
            if gone and self._first:
                self._first = [without_cues(message, gone) for message in self._first]
            for event in wanted:
                self._tails.pop(event.key, None)
                if not self._behind:
                    self._queue.pop(event.key, None)
                    self._queue[event.key] = event
            if len(self._queue) > QUEUED:
                self._fall_behind()
            return self._ring()

    def put_tail(self, track: str, cue_id: str, message: Message) -> bool:
        """The newest of each cue; whether `on_news` is to be called. One that is taken back comes in any case."""
        with self._lock:
            if self._closed or self._bye or not self._wants_tails or track not in self._tracks:
                return False
            if self._behind and message["tail"]:
                return False
            self._tails.pop((track, cue_id), None)
            self._tails[track, cue_id] = message
            while len(self._tails) > TAILS:
                self._tails.popitem(last=False)
            return self._ring()

    def put_session(self) -> bool:
        """The session is different; whether `on_news` is to be called."""
        with self._lock:
            if self._closed or self._bye:
                return False
            self._session = True
            return self._ring()

    def fall_behind(self) -> bool:
        """Let the next `take` read the database; whether `on_news` is to be called."""
        with self._lock:
            if self._closed or self._bye:
                return False
            self._fall_behind()
            return self._ring()

    def _fall_behind(self) -> None:
        self._queue.clear()
        for key in [key for key, message in self._tails.items() if message["tail"]]:
            del self._tails[key]
        self._behind = True

    def dismiss(self, code: str, text: str, *, retry: bool = False) -> None:
        """Say goodbye; nothing else is given any more."""
        self._end_with(bye_message(code, text, retry=retry))
        self._tell()

    def _end_with(self, bye: Message) -> None:
        with self._lock:
            if self._bye is None and not self._closed:
                self._forget()
                self._bye = bye

    def _forget(self) -> None:
        self._first.clear()
        self._queue.clear()
        self._tails.clear()
        self._session = self._behind = False

    def _ring(self) -> bool:
        if self._rung or self._closed:
            return False
        self._rung = True
        return True

    def _tell(self) -> None:
        with self._lock:
            rings = self._ring()
        if rings:
            ring([self])

    def take(self, max: int = 200) -> list[Message]:
        """The next messages in order, about `max`; nothing when there are none. What is left is told of again.

        Raises: CapacityError (the database does not answer; nothing is lost, take again), NotFound (deleted).
        """
        with self._taking:
            found = self._take(max)
        with self._lock:
            left = self._session or self._first or self._queue or self._tails or self._behind or self._bye
        if left:
            self._tell()
        return found

    def _take(self, max: int) -> list[Message]:
        self.check_expiry()
        with self._lock:
            self._rung = False
            bye, session, first, behind = self._bye, self._session, self._first, self._behind
            self._session, self._first = False, []
            if behind:  # first empty, then read: what is published from now on is queued
                self._behind = False
                self._queue.clear()
        if bye is not None:
            self.close()
            return [bye]
        found = [self._source.message(), *first] if session else [*first]
        if behind:
            return found + self._read()
        with self._lock:
            while self._queue and len(found) < max:
                _, event = self._queue.popitem(last=False)
                self._given = event.seq
                found.append(event_message(event))
            while not self._queue and self._tails and len(found) < max:
                found.append(self._tails.popitem(last=False)[1])
        return found

    def _read(self) -> list[Message]:
        tracks = self._tracks
        since = max(self._given, min(self._floors.get(track, 0) for track in ("", *tracks)))
        try:
            page = self._source.changes(tracks, since)
            if page.seq < since:  # it never was there: a snapshot it is
                page = self._source.snapshot(tracks)
        except LangsupportError:
            self.fall_behind()
            raise
        with self._lock:
            if self._bye is not None or self._closed:
                return []
            events = [event for event in page.events if self._wants(event)]
            if page.full:
                self._given = page.events[-1].seq
                self._fall_behind()
            else:
                self._given = page.seq
                self._drop_unwanted()
        return [page.snapshot] if page.snapshot is not None else [event_message(event) for event in events]

    def check_expiry(self) -> None:
        """Say goodbye where the grant's time is over."""
        if self.grant is not None and not self.grant.valid(datetime.now(UTC)):
            self._end_with(bye_message("expired", "This link has expired. Ask for a new one.", retry=False))
            self._tell()

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            closed, self._closed = self._closed, True
            self._bye = None
            self._forget()
        if not closed:
            self._source.leave(self)


def chosen_tracks(tracks: Iterable[str], grant: Grant | None) -> tuple[str, ...]:
    """Distinct tracks in one order, so that viewers of the same share what is read.

    Raises: InvalidRequest (no such track), AccessDenied (not by this grant).
    """
    wanted = {track_key(track) for track in tracks}
    if grant is not None and grant.tracks is not None and not wanted <= set(grant.tracks):
        raise AccessDenied(detail=f"This link is for these tracks only: {', '.join(grant.tracks)}.")
    return tuple(track for track in TRACKS if track in wanted)


def ring(viewers: Iterable[Subscription]) -> None:
    """Call back outside of all locks; one who fails does not harm the others."""
    for viewer in viewers:
        try:
            viewer.on_news()
        except Exception:
            log.exception("a viewer could not be told of news and is let go")
            viewer.close()
