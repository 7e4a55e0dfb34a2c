"""A session's translations at work: one thread that gives the floor's cues to all tracks that want them.

Tracks that somebody watches come first, in the live lane; those that are only recorded take what room is left. All
that is due in one lane goes to the core in one call.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from langsupport.domain.live import FLOOR, CueState, LiveCue
from langsupport.engines.protocols import Inference, Lane, Ticket, Translation
from langsupport.errors import Cancelled, CapacityError, LangsupportError, NotFound
from langsupport.pipelines.live_translation import CueTranslator, CueTranslatorOptions, Piece
from langsupport.services.live_status import TrackStatus, Trouble
from langsupport.services.live_thread import RETRY_S, TurningThread
from langsupport.services.live_writing import Publisher
from langsupport.services.session_records import SessionRecord, TrackSource

log = logging.getLogger(__name__)

INBOX_LIMIT = 5_000
"""Cues that wait to be looked at; the thread takes them within a moment. Older open states go first."""
LIVE_DEADLINE_S = 2.0
"""Where somebody watches, a translation should be there within so long."""
RECENT_MS = 60_000
"""Who begins to watch a track that was not recorded gets so much of what was said before."""
PAGE = 500
"""Cues read from the log at a time."""
_TICK_S = 0.25


class Log(Protocol):
    """What is read of the session service."""

    def get(self, id: str) -> SessionRecord: ...

    def cue(self, id: str, track: str, cue_id: str) -> LiveCue: ...

    def cues(
        self,
        id: str,
        track: str,
        *,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
        changed_since: int | None = None,
    ) -> list[tuple[int, LiveCue]]: ...

    def watchers(self, id: str) -> dict[str, int]: ...


@dataclass(slots=True)
class _Track:
    """`past` translates what was said before this track was wanted, so that the present need not wait for it."""

    live: CueTranslator
    past: CueTranslator
    watchers: int = 0
    recorded: bool = True
    unserved: str | None = None  # a language spoken that no model translates from into this track
    trouble: tuple[LangsupportError, float] | None = None


@dataclass(slots=True)
class _Call:
    """What the core is at work on."""

    ticket: Ticket[Translation]
    items: list[tuple[str, CueTranslator, Piece]]
    since_s: float = field(default_factory=time.monotonic)


class SessionTranslating(TurningThread):
    """Thread-safe from outside. It is started where the floor is; `finish`: when the session has ended."""

    def __init__(self, id: str, log: Log, inference: Inference, publisher: Publisher, *, preview: bool = False) -> None:
        super().__init__("langsupport-live-translating", f"translating session {id}", _TICK_S)
        self._id = id
        self._log = log
        self._inference = inference
        self._publisher = publisher
        self._preview = preview
        self._lock = threading.RLock()
        self._tracks: dict[str, _Track] = {}  # those that are wanted now: six at most
        self._wanted: SessionRecord | None = None
        self._inbox: deque[LiveCue] = deque()  # INBOX_LIMIT
        self._kept: deque[LiveCue] = deque()  # what persons wrote on tracks; as many as they write in a moment
        self._unwritten: list[LiveCue] = []  # as in live_writing: what the log did not take yet
        self._calls: dict[Lane, list[_Call]] = {Lane.LIVE: [], Lane.BATCH: []}
        self._single: deque[tuple[Lane, tuple[str, CueTranslator, Piece]]] = deque()  # what failed with others

    # From outside

    def set_record(self, record: SessionRecord) -> None:
        """Tracks may come from elsewhere now, or be recorded now."""
        self._wanted = record
        self._wake.set()

    def take(self, cues: Sequence[LiveCue]) -> None:
        """New states of the floor's cues, in order, as they were written."""
        with self._lock:
            self._inbox.extend(cues)
            while len(self._inbox) > INBOX_LIMIT:
                self._inbox.popleft()
        self._wake.set()

    def keep(self, cue: LiveCue) -> None:
        """A person wrote a cue of a track."""
        with self._lock:
            self._kept.append(cue)
        self._wake.set()

    def status(self) -> dict[str, TrackStatus]:
        with self._lock:
            now = time.monotonic()
            found = {}
            for key, track in self._tracks.items():
                waits = [
                    call.since_s
                    for calls in self._calls.values()
                    for call in calls
                    if any(item[0] == key for item in call.items)
                ]
                trouble = track.trouble and Trouble(
                    track.trouble[0].code, str(track.trouble[0]), now - track.trouble[1]
                )
                found[key] = TrackStatus(
                    track=key,
                    watchers=track.watchers,
                    recorded=track.recorded,
                    waiting=track.live.waiting + track.past.waiting,
                    lag_ms=round((now - min(waits)) * 1000) if waits else 0,
                    served=track.unserved is None,
                    trouble=trouble or None,
                )
            return found

    # The thread

    def _leave(self) -> None:
        for calls in self._calls.values():
            for call in calls:
                call.ticket.cancel()

    def _turn(self) -> bool:
        if time.monotonic() < self._retry_s:
            return False
        self._write([])
        self._sync_tracks()
        with self._lock:
            cues, self._inbox = list(self._inbox), deque()
            kept, self._kept = list(self._kept), deque()
        for cue in kept:
            if cue.track in self._tracks:
                self._tracks[cue.track].live.keep(cue)
                self._tracks[cue.track].past.keep(cue)
        changed = [state for cue in cues for key in self._tracks for state in self._give(key, cue)]
        changed += self._collect()
        self._write(changed)
        self._submit()
        waiting = any(track.live.waiting + track.past.waiting for track in self._tracks.values())
        busy = waiting or self._inbox or self._single or any(self._calls.values()) or self._unwritten
        return self._finishing and not busy

    def _sync_tracks(self) -> None:
        record = self._wanted
        if record is None:
            return
        watchers = self._log.watchers(self._id)
        for track in record.tracks:
            if track.track == FLOOR:
                continue
            wanted = track.source is TrackSource.MACHINE and (track.enabled or watchers.get(track.track, 0) > 0)
            known = self._tracks.get(track.track)
            if wanted and known is None:
                self._begin(track.track, track.enabled)
            elif not wanted and known is not None:
                with self._lock:
                    del self._tracks[track.track]
            elif known is not None and track.enabled and not known.recorded:
                self._make_up(known.past, track.track, None)
            known = self._tracks.get(track.track)
            if known is not None:
                known.watchers, known.recorded = watchers.get(track.track, 0), track.enabled

    def _begin(self, key: str, recorded: bool) -> None:
        options = CueTranslatorOptions(preview=self._preview)
        track = _Track(CueTranslator(key, options), CueTranslator(key), recorded=recorded)
        since_ms = None
        if not recorded:
            last = self._log.cues(self._id, FLOOR, limit=1)
            since_ms = max(0, last[-1][1].end_ms - RECENT_MS) if last else 0
        self._make_up(track.past, key, since_ms)
        with self._lock:
            self._tracks[key] = track

    def _make_up(self, past: CueTranslator, key: str, since_ms: int | None) -> None:
        """Hand over what the floor's log has and the track's has not, or has not to its end."""
        targets = {cue.id: cue for cue in self._read(key, since_ms)}
        for cue in self._read(FLOOR, since_ms):
            target = targets.get(cue.id)
            if cue.state is CueState.RETRACTED or not _missing(cue, target):
                continue
            self._write(past.take(cue, target))

    def _read(self, track: str, since_ms: int | None) -> Iterator[LiveCue]:
        if since_ms is not None:
            yield from (cue for _, cue in self._log.cues(self._id, track, after_ms=since_ms, limit=PAGE))
            return
        seq = 0
        while page := self._log.cues(self._id, track, changed_since=seq, limit=PAGE):
            seq = page[-1][0]
            yield from (cue for _, cue in page)

    def _give(self, key: str, cue: LiveCue) -> list[LiveCue]:
        track = self._tracks[key]
        if track.past.knows(cue.id):
            return track.past.take(cue)
        if track.live.knows(cue.id) or cue.state is CueState.OPEN:
            return track.live.take(cue)
        try:  # final at once, or corrected long after it was: the track may have it
            target: LiveCue | None = self._log.cue(self._id, key, cue.id)
        except NotFound:
            target = None
        return track.live.take(cue, target)

    def _collect(self) -> list[LiveCue]:
        changed: list[LiveCue] = []
        for lane, calls in self._calls.items():
            done = [call for call in calls if call.ticket.done]
            with self._lock:
                calls[:] = [call for call in calls if not call.ticket.done]
            for call in done:
                changed += self._answers(lane, call)
        return changed

    def _answers(self, lane: Lane, call: _Call) -> list[LiveCue]:
        try:
            answers = call.ticket.wait()
        except Cancelled:
            return []
        except LangsupportError as error:
            if isinstance(error, CapacityError) or len(call.items) > 1:  # one of them spoils it for the others
                self._again(lane, call.items, error)
                return []
            key, translator, piece = call.items[0]
            self._note_trouble(key, error)
            return translator.drop(piece)
        changed: list[LiveCue] = []
        for (key, translator, piece), answer in zip(call.items, answers, strict=True):
            changed += translator.put(piece, answer)
            if key in self._tracks:
                self._tracks[key].trouble = None
        return changed

    def _submit(self) -> None:
        singles, self._single = self._single, deque()
        for use, item in singles:
            self._call(use, [item])
        now_ms = time.monotonic_ns() // 1_000_000
        items: dict[Lane, list[tuple[str, CueTranslator, Piece]]] = {Lane.LIVE: [], Lane.BATCH: []}
        for key, track in self._tracks.items():
            lane = Lane.LIVE if track.watchers else Lane.BATCH
            for translator, use in ((track.live, lane), (track.past, Lane.BATCH)):
                if not self._calls[use] and translator.waiting:
                    items[use] += [(key, translator, piece) for piece in translator.due(now_ms)]
        for lane, due in items.items():
            served = [item for item in due if self._served(item)]
            if served:
                self._call(lane, served)

    def _served(self, item: tuple[str, CueTranslator, Piece]) -> bool:
        key, translator, piece = item
        request, track = piece.request, self._tracks.get(key)
        if self._inference.serves(request.source, request.target) is not None:
            if track is not None and track.unserved == request.source:
                track.unserved = None
            return True
        if track is not None:
            track.unserved = request.source
        self._write(translator.drop(piece))
        return False

    def _call(self, lane: Lane, items: list[tuple[str, CueTranslator, Piece]]) -> None:
        deadline = time.monotonic() + LIVE_DEADLINE_S
        try:
            ticket = self._inference.translate([piece.request for _, _, piece in items], lane, deadline)
        except CapacityError as error:
            self._again(lane, items, error)
            return
        except LangsupportError as error:  # a model went: what is not complete comes again
            for key, translator, piece in items:
                self._note_trouble(key, error)
                self._write(translator.drop(piece))
            return
        with self._lock:
            self._calls[lane].append(_Call(ticket, items))
        ticket.add_done_callback(self._wake.set)

    def _again(self, lane: Lane, items: list[tuple[str, CueTranslator, Piece]], error: LangsupportError) -> None:
        """Each for itself, at the next turn; later where there was no room."""
        self._single.extend((lane, item) for item in items if item[1].wanted(item[2]))
        if isinstance(error, CapacityError):
            self._retry_s = time.monotonic() + RETRY_S
            for key, _, _ in items:
                self._note_trouble(key, error)

    def _note_trouble(self, key: str, error: LangsupportError) -> None:
        track = self._tracks.get(key)
        if track is not None:
            if track.trouble is None:
                log.warning("translating session %s into %s: %s", self._id, key, error)
            track.trouble = error, time.monotonic()

    def _write(self, changed: Sequence[LiveCue]) -> None:
        """Raises LangsupportError: it is said again later, nothing is lost."""
        for cue in changed:
            if not cue.stable and cue.state is CueState.OPEN:
                self._publisher.show(cue)
            else:
                self._unwritten.append(cue)
        if self._unwritten:
            self._publisher.publish(_newest(self._unwritten), {})
            self._unwritten = []


def _missing(cue: LiveCue, target: LiveCue | None) -> bool:
    """Whether a track has not yet what the floor says."""
    if target is None or target.state is CueState.OPEN:
        return True
    if target.state is not CueState.FINAL or cue.state is not CueState.CORRECTED or target.source is None:
        return False
    revision = target.source.rpartition("#")[2]
    return not revision.isdecimal() or int(revision) < cue.revision


def _newest(cues: Sequence[LiveCue]) -> list[LiveCue]:
    """The last state of each cue, in order of these."""
    last = {(cue.track, cue.id): cue for cue in cues}
    return sorted(last.values(), key=lambda cue: cues.index(cue))
