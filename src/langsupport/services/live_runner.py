"""The sessions that run in this process: who gives them sound, how it goes, what happens when the service starts again.

A session runs where its sound comes in. Captions go through the session service, sound through the spool; this is what
moves between them.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace

from langsupport.captioning.live_options import LiveOptions
from langsupport.captioning.sources import check_url
from langsupport.domain.live import FLOOR, TRACKS, SessionState
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.protocols import Inference
from langsupport.errors import CapacityError, Conflict, DiskFull, LangsupportError, NotFound
from langsupport.services.live_feed import Feed, Giver, Pull
from langsupport.services.live_load import LoadLadder
from langsupport.services.live_session import Channel, LiveCore, SessionRun, resting_channels, resting_tracks
from langsupport.services.live_status import FeedFormat, LiveStatus
from langsupport.services.session_records import SessionEvent, SessionRecord
from langsupport.services.sessions import SessionService
from langsupport.services.settings import LiveSettings
from langsupport.services.spool import Spool

log = logging.getLogger(__name__)

TICK_S = 1.0
"""How often the spool is synced and the load looked at: what a power cut can cost."""
STOP_S = 5.0
"""How long `close` waits for what is under way."""
CLEANING_S = 3600.0
NOW_MS = 5_000
"""A stretch off the record that ended no longer ago than this, while the session is off the record, still lasts."""
PER_MS = SAMPLE_RATE // 1000
_DAY_S = 86_400


@dataclass(slots=True)
class _Running:
    run: SessionRun
    givers: dict[str, Giver] = field(default_factory=dict)  # by channel: seven at most


class LiveRunner:
    """Thread-safe. `start` goes on with what ran before; `close` stops within seconds and loses nothing."""

    def __init__(self, sessions: SessionService, inference: Inference, spool: Spool, settings: LiveSettings) -> None:
        self._settings = settings
        self._ladder = LoadLadder(settings.cadence_ms)
        options = LiveOptions(cadence_ms=settings.cadence_ms)
        self._core = LiveCore(sessions, inference, spool, self._ladder, options, settings.preview)
        self._running: dict[str, _Running] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        sessions.add_listener(self._heard_of)
        sessions.add_eraser(self._erase)
        sessions.add_remover(self._remove)

    # Life

    def start(self) -> None:
        """Go on with the sessions that ran when the process ended; then watch over all in a thread."""
        for record in self._core.sessions.interrupted():
            try:
                self._run_of(record)
                for channel in record.channels:
                    if channel.source_url and record.running:
                        self.pull(record.id, channel.key, channel.source_url)
            except LangsupportError as error:
                log.error("session %s could not be gone on with: %s", record.id, error)
        self._thread = threading.Thread(target=self._loop, name="langsupport-live", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop soon: senders are let go, what has come is on the disk. Idempotent."""
        self._stopping.set()
        self._core.sessions.remove_listener(self._heard_of)
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            running, self._running = list(self._running.values()), {}
        closing = Conflict(detail="The service is being stopped. Come again in a moment.")
        for one in running:
            for giver in list(one.givers.values()):
                giver.let_go(closing)
        deadline = time.monotonic() + STOP_S
        for one in running:
            one.run.stop(max(0.1, deadline - time.monotonic()))
        self._core.spool.close()

    def check_start(self, id: str) -> None:
        """Whether a session may start here now; also loads the model that it needs first.

        Raises:
            NotFound. ModelMissing: no recognizer is installed. CapacityError: this machine has enough to do.
        """
        record = self._core.sessions.get(id)
        if record.state is SessionState.PLANNED:
            self._check_capacity()
        floor = record.channel(FLOOR)
        language = floor.language if floor is not None else None
        self._core.inference.listen(lambda: None, language=language, final=False, deadline=time.monotonic() + TICK_S)

    def start_session(self, id: str, by: str) -> SessionRecord:
        """Start it, if that can go well. Raises what `check_start` raises, and Conflict: it has ended."""
        self.check_start(id)
        return self._core.sessions.start(id, by)

    def _check_capacity(self) -> None:
        active, limit = self._active(), self._settings.max_channels
        if limit and active >= limit:
            detail = f"This machine captions {active} channels now, and live.max_channels allows no more."
            raise CapacityError(detail=f"{detail} End one, or use another machine.")
        if not self._ladder.admits:
            detail = f"This machine captions {active} channels now and can't keep up with more."
            raise CapacityError(detail=f"{detail} Try again when one has ended, or use another machine.")

    def _active(self) -> int:
        with self._lock:
            return sum(one.run.active for one in self._running.values())

    # Sound

    def open_feed(self, session_id: str, channel: str, format: FeedFormat) -> Feed:
        """A client that sends sound; whoever gave this channel its sound before is let go.

        Raises:
            NotFound. Conflict: the session has ended, or the epoch can't be gone on with (field `epoch`: from which
            on). CapacityError: too many channels. DiskFull: there is no room for sound at all.
        """
        running, place = self._place(session_id, channel)
        with self._lock:
            if channel not in running.givers:
                self._check_limit(place)
            self._take_over(running, channel)
            feed = Feed(place, format, self._gone)
            self._seat(running, channel, feed, "feed")
        self._note(session_id, channel, connected=True)
        return feed

    def pull(self, session_id: str, channel: str, url: str) -> None:
        """Fetch a channel's sound from an address (a file, a device) until `stop_pull`, the end, or another sender.

        Raises: as `open_feed`, and InvalidRequest: not an address, or not allowed by live.sources.
        """
        check_url(url, self._settings.sources)
        running, place = self._place(session_id, channel)
        with self._lock:
            if channel not in running.givers:
                self._check_limit(place)
            self._take_over(running, channel)
            pull = Pull(place, url, self._settings.sources, self._gone)
            self._seat(running, channel, pull, url)
        self._note(session_id, channel, connected=True, source_url=url)
        pull.start()

    def stop_pull(self, session_id: str, channel: str) -> None:
        """Idempotent. Raises NotFound: no such session."""
        self._core.sessions.get(session_id)
        with self._lock:
            running = self._running.get(session_id)
            giver = running.givers.get(channel) if running is not None else None
        if isinstance(giver, Pull):
            giver.close()
        with suppress(NotFound):
            self._core.sessions.note_channel(session_id, channel, source_url="")

    def _place(self, session_id: str, channel: str) -> tuple[_Running, Channel]:
        if channel not in TRACKS:
            raise NotFound(what="channel", id=channel)
        record = self._core.sessions.get(session_id)
        if record.state is SessionState.ENDED:
            raise Conflict(detail="The session has ended; it takes no more sound.")
        if record.channel(channel) is None:
            raise NotFound(what="channel", id=f"{session_id}/{channel}")
        if self._stopping.is_set():
            raise CapacityError(detail="The service is being stopped. Come again in a moment.")
        running = self._run_of(record)
        running.run.refresh(self._core.sessions.get(session_id))  # it may have begun before anybody was told here
        return running, running.run.channel(channel)

    def _check_limit(self, place: Channel) -> None:
        limit = self._settings.max_channels
        if limit and self._active() >= limit and place.source is None:
            detail = f"This machine captions {limit} channels now, and live.max_channels allows no more."
            raise CapacityError(detail=detail)

    def _take_over(self, running: _Running, channel: str) -> None:
        before = running.givers.pop(channel, None)
        if before is not None:
            before.let_go(Conflict(detail="Another sender took this channel over."))

    def _seat(self, running: _Running, channel: str, giver: Giver, source: str) -> None:
        running.givers[channel] = giver
        running.run.channel(channel).source = source

    def _gone(self, giver: Giver) -> None:
        """A giver has nothing more to give; nothing changes if another took over already."""
        with self._lock:
            places = [(id, key, one) for id, one in self._running.items() for key in one.givers]
            found = next((place for place in places if place[2].givers[place[1]] is giver), None)
            if found is None:
                return
            id, key, running = found
            del running.givers[key]
            running.run.channel(key).source = None
        self._note(id, key, connected=False)

    def _note(self, id: str, channel: str, *, connected: bool, source_url: str | None = None) -> None:
        try:
            self._core.sessions.note_channel(id, channel, connected=connected, source_url=source_url)
        except LangsupportError as error:
            log.warning("session %s: %s", id, error)

    # What happens to sessions

    def _run_of(self, record: SessionRecord) -> _Running:
        """Raises Conflict: it runs in another process."""
        with self._lock:
            running = self._running.get(record.id)
            if running is None:
                self._core.spool.claim(record.id)
                running = _Running(SessionRun(self._core, record))
                if record.running:  # it may have run in a process that died
                    running.run.resume()
                self._running[record.id] = running
            return running

    def _heard_of(self, event: SessionEvent) -> None:
        """In the thread of whoever did it, after it was committed."""
        with self._lock:
            running = self._running.get(event.session_id)
        if running is None:
            return
        running.run.apply(event)
        if running.run.ended:
            ended = Conflict(detail="The session has ended.")
            for giver in list(running.givers.values()):
                giver.let_go(ended)

    def _erase(self, id: str, from_ms: int, to_ms: int) -> None:
        with self._lock:
            running = self._running.get(id)
        if running is None:
            self._core.spool.erase(id, from_ms, to_ms)
            return
        present_ms = running.run.present() // PER_MS
        lasts = running.run.record.off_record and to_ms >= present_ms - NOW_MS
        until_ms = None if lasts else to_ms  # sound that came quicker than real time lies beyond the present
        self._core.spool.erase(id, from_ms, until_ms)
        running.run.erased(from_ms * PER_MS, None if until_ms is None else until_ms * PER_MS)

    def _remove(self, id: str) -> None:
        with self._lock:
            running = self._running.pop(id, None)
        if running is not None:
            for giver in list(running.givers.values()):
                giver.let_go(Conflict(detail="The session was deleted."))
            running.run.stop(STOP_S)
        self._core.spool.remove(id)

    # Status

    def status(self, session_id: str) -> LiveStatus:
        """How it goes, for the operator's console. Raises NotFound."""
        with self._lock:
            running = self._running.get(session_id)
        if running is None:
            record = self._core.sessions.get(session_id)
            tracks = resting_tracks(record, self._core.sessions.watchers(session_id))
            return LiveStatus(session_id, False, self._ladder.step, resting_channels(record), tracks)
        channels = running.run.channel_status()
        for key, giver in list(running.givers.items()):
            if isinstance(giver, Pull) and giver.trouble is not None:
                channels[key] = replace(channels[key], trouble=giver.trouble)
        return LiveStatus(session_id, True, self._ladder.step, channels, running.run.track_status())

    # The thread

    def _loop(self) -> None:
        cleaned_s = -CLEANING_S
        while not self._stopping.wait(TICK_S):
            try:
                self._tick()
                if time.monotonic() - cleaned_s >= CLEANING_S:
                    cleaned_s = time.monotonic()
                    self._clean()
            except LangsupportError as error:
                log.warning("live sessions: %s", error)
            except Exception:
                log.exception("watching over live sessions failed; it goes on")

    def _tick(self) -> None:
        with self._lock:
            running = list(self._running.values())
        runs = [run for one in running for run in one.run.runs()]
        waiting = [age for age in (run.waiting_s for run in runs) if age is not None]
        if self._ladder.tick(time.monotonic(), waiting):
            log.warning("live captions: the load's step is %d now, with %d channels", self._ladder.step, len(runs))
        for one in running:
            one.run.look_after()
            if one.run.ended and one.run.settle():
                with self._lock:
                    self._running.pop(one.run.id, None)
                self._core.spool.close_session(one.run.id)
        with suppress(DiskFull):
            self._core.spool.sync()

    def _clean(self) -> None:
        """At the start and now and then: delete the sound of sessions that ended long ago, and of those that are no
        more (whoever deleted them may have died before their sound was removed)."""
        for id in self._core.spool.sessions():
            try:
                record = self._core.sessions.get(id)
            except NotFound:
                if self._core.spool.discard(id):
                    log.info("the sound of session %s, which is no more, was removed", id)
                continue
            days = self._settings.sound_days
            if days and record.ended_at is not None and time.time() - record.ended_at.timestamp() > days * _DAY_S:
                self._core.spool.discard(id)


__all__ = ["Feed", "LiveRunner"]
