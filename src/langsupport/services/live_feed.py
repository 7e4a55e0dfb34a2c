"""Who gives a channel its sound: a client that sends it, or a source that is fetched. One at a time; the newer wins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from langsupport.captioning.incoming import Samples, Silence
from langsupport.captioning.sources import Source, open_source, shown_url
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import CapacityError, Conflict, LangsupportError
from langsupport.services.live_session import Channel
from langsupport.services.live_status import Ack, FeedFormat, Trouble

log = logging.getLogger(__name__)

BACKLOG_MS = 60_000
"""Sound that may wait to be heard before a sender is held: after it was away, or where it is quicker than real time."""
MAX_BACKOFF_S = 30.0
HEALTHY_S = 10.0
"""A source that gave sound for so long was no false start."""
AHEAD_S = 0.5
"""A source that has all at once is read so far ahead of real time."""
LIVE_SPEED = 1.05
"""A broadcast may come a little faster than real time: its clock is not ours."""
_WAIT_S = 0.2


class Giver:
    """A feed or a pull, as the runner holds it."""

    def __init__(self, channel: Channel, on_gone: Callable[[Giver], None]) -> None:
        self._channel = channel
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self.gone: LangsupportError | None = None
        """Why it may give no more: another took over, or the session ended."""

    def let_go(self, why: LangsupportError) -> None:
        """It gives no more from now on. Quick."""
        if self.gone is None:
            self.gone = why

    def _has_room(self) -> bool:
        run = self._channel.run
        return run is None or run.backlog_ms < BACKLOG_MS


class Feed(Giver):
    """One client's connection. Thread-safe; `message` in the order in which messages came."""

    def __init__(self, channel: Channel, format: FeedFormat, on_gone: Callable[[Giver], None]) -> None:
        """Raises Conflict: see ChannelSound.connect."""
        super().__init__(channel, on_gone)
        self._ready = channel.sound.connect(format)

    def message(self, data: bytes) -> None:
        """Take one message.

        Raises:
            CapacityError: faster than it can be heard, or than there is room; nothing was taken: the same again later.
            Conflict: another feed took over, the session has ended, or something is missing before (fields `epoch`
            and `position` say from where to send); InputError: it is no sound, or too much at once.
        """
        with self._lock:
            self._check()
            if not self._has_room():
                seconds = BACKLOG_MS // 1000
                raise CapacityError(detail=f"{seconds} seconds of sound wait to be heard. Send more slowly.")
            self._channel.sound.take(data)

    def position(self) -> Ack:
        """What may be forgotten, and where to go on. Raises Conflict: another feed took over, the session has ended."""
        self._check()
        return self._channel.sound.ack()

    @property
    def level_dbfs(self) -> float:
        return self._channel.sound.level_dbfs

    @property
    def speaking(self) -> bool:
        return self._channel.run is not None and self._channel.run.speaking

    def close(self) -> None:
        """The client is gone, perhaps for a moment. Idempotent."""
        with self._lock:
            if self.gone is None:
                self._channel.sound.disconnect()
            self.let_go(Conflict(detail="This feed was closed."))
        self._on_gone(self)

    def _check(self) -> None:
        if self.gone is not None:
            raise self.gone


class Pull(Giver):
    """A source that is fetched in a thread of its own, and fetched again when it breaks off."""

    def __init__(
        self, channel: Channel, url: str, protocols: tuple[str, ...], on_gone: Callable[[Giver], None]
    ) -> None:
        super().__init__(channel, on_gone)
        self.url = url
        self.trouble: Trouble | None = None
        self._protocols = protocols
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="langsupport-live-pull", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def let_go(self, why: LangsupportError) -> None:
        super().let_go(why)
        self._stopping.set()

    def close(self) -> None:
        """Idempotent."""
        self.let_go(Conflict(detail="This source was stopped."))
        self._on_gone(self)

    def _run(self) -> None:
        backoff_s = 1.0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                with open_source(self.url, self._protocols) as source:
                    self._read(source)
                    if source.at_once:
                        break  # it has been played to its end
                    self._note("ended", f"{shown_url(self.url)} broke off; it is opened again.")
            except LangsupportError as error:
                self._note(error.code, str(error))
            except Exception as error:
                log.exception("a source failed")
                self._note("error", f"{shown_url(self.url)} failed ({type(error).__name__}).")
            backoff_s = 1.0 if time.monotonic() - began > HEALTHY_S else min(2 * backoff_s, MAX_BACKOFF_S)
            self._stopping.wait(backoff_s)
        self._channel.sound.disconnect()
        self._on_gone(self)

    def _note(self, code: str, message: str) -> None:
        if self.trouble is None or self.trouble.message != message:
            log.warning("source: %s", message)
        self.trouble = Trouble(code, message, 0.0)

    def _read(self, source: Source) -> None:
        began, read = time.monotonic(), 0
        speed = 1.0 if source.at_once else LIVE_SPEED
        opened = True
        for block in source.blocks():
            self._wait(began + read / SAMPLE_RATE / speed - AHEAD_S)
            while not self._give(block, opened=opened) and not self._stopping.wait(_WAIT_S):
                continue
            if self._stopping.is_set():
                return
            opened = False
            self.trouble = None
            read += block.count if isinstance(block, Silence) else len(block)

    def _wait(self, until_s: float) -> None:
        left = until_s - time.monotonic()
        if left > 0:
            self._stopping.wait(left)

    def _give(self, block: Samples | Silence, *, opened: bool) -> bool:
        """False: no room, the same again later."""
        with self._lock:
            if self.gone is not None or not self._has_room() or not self._channel.sound.tape.room:
                return False
            self._channel.sound.fetched(block, opened=opened)
            return True
