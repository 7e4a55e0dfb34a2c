"""One channel's way from what a client sends, or a pull brings, to the tape: placed, decoded, kept or passed over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

import numpy as np

from langsupport.captioning.audio import Samples
from langsupport.captioning.frames import EpochPlace, Frame, FrameClock, parse
from langsupport.captioning.incoming import PcmDecoder, Silence
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import CapacityError, Conflict, DiskFull, InvalidRequest
from langsupport.services.live_container import ContainerWork
from langsupport.services.live_status import Ack, FeedFormat
from langsupport.services.live_tape import Tape
from langsupport.services.spool import Epoch, Spool
from langsupport.services.spool_files import Journal

SHORT_GAP_S = 2
"""A shorter gap goes through the resampler as silence, a longer one begins a new run."""
PLAIN_MESSAGE_BYTES = 1024 * 1024
"""Largest message of a feed without frames."""
_LEVEL_SAMPLES = SAMPLE_RATE * 3 // 10
_LEAST_DBFS = -100.0


class Keeping(Enum):
    """What becomes of sound that comes."""

    MEASURED = "measured"  # the session has not begun: only its level is looked at, and no clock runs
    SILENT = "silent"  # paused or off the record: the clock runs on
    KEPT = "kept"


class ChannelSound:
    """Thread-safe. `present` gives the session's clock in samples; `on_news` is called when the tape has grown."""

    def __init__(
        self, spool: Spool, session: str, channel: str, present: Callable[[], int], on_news: Callable[[], None]
    ) -> None:
        self.tape = Tape(spool, session, channel)
        self.keeping = Keeping.MEASURED
        self.level_dbfs = _LEAST_DBFS
        self.arrived_s = time.monotonic()  # when sound last came
        self._spool = spool
        self._key = session, channel
        self._name = f"The sound of channel {channel}"
        self._present = present
        self._on_news = on_news
        self._sending = threading.RLock()  # one client's message at a time; taken before `_lock`, never after it
        self._lock = threading.RLock()  # where the next sample stands
        self._format = FeedFormat()
        self._clock = FrameClock()
        self._at = self.tape.end
        self._pcm = PcmDecoder("pcm_s16le", SAMPLE_RATE)
        self._container: ContainerWork | None = None
        self._epoch = -1  # of the client that connected last
        self._measured = Ack(-1, -1, 0, 0)  # of what came before the session began
        self._squares, self._counted = 0.0, 0
        self._restore()

    def _restore(self) -> None:
        """Go on with the epoch that was there before a restart; a container's journal is decoded again."""
        saved = self._spool.epoch(*self._key)
        if saved is None:
            return
        place = saved.place
        self.keeping = Keeping.SILENT  # its clock runs already: it is not placed at the present
        if place.rate:
            self._clock = FrameClock(place, place.position(self.tape.end))
        elif self._spool.has_journal(*self._key):
            self.keeping = Keeping.KEPT
            journal = self._spool.journal(*self._key, fresh=False)
            self._clock = FrameClock(place, journal.length)
            self._container = ContainerWork(saved.format, self._name, self._put, journal)
            self._container.replay(max(0, self.tape.end - place.origin))
        else:  # it can't be gone on with: whoever sends it has to begin anew
            self._clock = FrameClock(EpochPlace(place.epoch, 0, 0, self.tape.end))

    # Clients

    def connect(self, format: FeedFormat) -> Ack:
        """A client comes, or comes again. Gives from where it has to send.

        Raises Conflict: the epoch is over, or its beginning is gone; the field `epoch` says which one to take.
        """
        with self._sending:
            self._flush()
            if format.framed:
                self._check_epoch(format)
            self._clock.connect()
            self._format = format
            if not format.container:
                self._pcm = PcmDecoder(format.format, format.rate)
            self._epoch = format.epoch if format.framed else max(self._clock.epoch, self._epoch) + 1
            self._measured = Ack(self._epoch, -1, 0, 0)
            return self.ack()

    def _check_epoch(self, format: FeedFormat) -> None:
        place = self._clock.place
        if place is None or format.epoch > place.epoch:
            return
        same = place.rate == (0 if format.container else format.rate)
        gone = format.container and (self._container is None or self._container.ended)
        if format.epoch < place.epoch or not same or gone:
            detail = f"Epoch {format.epoch} of this channel can't be gone on with. Begin anew with epoch"
            raise Conflict(detail=f"{detail} {place.epoch + 1} or a later one.", epoch=place.epoch + 1, position=0)

    def take(self, message: bytes) -> None:
        """One message of the client that connected last.

        Raises InvalidRequest, Conflict (see FrameClock.take), CapacityError, InputError (a container without sound).
        """
        with self._sending:
            frame = parse(message) if self._format.framed else None
            self._check_room(frame.epoch if frame else self._epoch)
            self.arrived_s = time.monotonic()
            if frame is None:
                self._take_plain(message)
                return
            self._epoch = frame.epoch
            if self._format.container:
                self._take_bytes(frame)
            else:
                self._take_samples(frame)

    def _check_room(self, epoch: int) -> None:
        """Before anything is taken, so that a message that is refused can be sent again."""
        if not self.tape.room:
            raise CapacityError(detail="The disk is full, and the sound comes faster than it can be heard.")
        if self._container is not None and self._clock.epoch == epoch:
            self._container.check()

    def _take_plain(self, message: bytes) -> None:
        if len(message) > PLAIN_MESSAGE_BYTES:
            raise InvalidRequest(detail=f"A message has at most {PLAIN_MESSAGE_BYTES} bytes, not {len(message)}.")
        rate = 0 if self._format.container else self._format.rate
        if rate and self.keeping is Keeping.MEASURED:
            self._measure(self._pcm.peek(message))
            return
        if self._clock.epoch != self._epoch:
            self._open(self._clock.begin(self._epoch, rate, self._present()))
        if self._container is not None and not rate:
            self._container.take(message)
            self._clock.advance(len(message))
        else:
            before = self._pcm.taken
            self._write(self._pcm.feed(message))
            self._clock.advance(self._pcm.taken - before)

    def _take_samples(self, frame: Frame) -> None:
        count = self._pcm.count(frame.payload)
        if self.keeping is Keeping.MEASURED:
            self._measured = Ack(frame.epoch, frame.seq, frame.first + count, frame.first + count)
            self._measure(self._pcm.peek(frame.payload))
            return
        placed = self._clock.take(frame, count, self._format.rate, self._present())
        if placed.opened:
            self._open(placed.place)
        if placed.gap > SHORT_GAP_S * placed.place.rate:
            self._flush()
            with self._lock:
                self._at = placed.place.place(frame.first)
        elif placed.gap:
            self._write(self._pcm.feed(bytes(placed.gap * self._pcm.sample_bytes)))
        if placed.skip < count:
            self._write(self._pcm.feed(frame.payload[placed.skip * self._pcm.sample_bytes :]))

    def _take_bytes(self, frame: Frame) -> None:
        placed = self._clock.take(frame, len(frame.payload), 0, max(self._present(), self.tape.end))
        if placed.opened:
            self._open(placed.place)
        if placed.skip < len(frame.payload) and self._container is not None:
            self._container.take(bytes(frame.payload[placed.skip :]))

    def _open(self, place: EpochPlace) -> None:
        """An epoch begins (or goes on elsewhere): what came before is written to its end."""
        self._flush()
        self._end_container()
        with self._lock:
            self._at = place.origin
            self.tape.begin(Epoch(place, self._format.format))
        if not place.rate:
            self._container = ContainerWork(self._format.format, self._name, self._put, self._fresh_journal())

    def _fresh_journal(self) -> Journal | None:
        """None: what comes now must not be kept, or can't be."""
        if self.keeping is Keeping.KEPT and self._format.framed:
            with suppress(DiskFull):
                return self._spool.journal(*self._key, fresh=True)
        return None

    def ack(self) -> Ack:
        """How far the client that connected last may forget what it sent."""
        with self._lock:
            place, container, clock = self._clock.place, self._container, self._clock
            if place is None or place.epoch != self._epoch:
                return self._measured
            if container is not None and not place.rate:
                safe = container.safe(clock.position, self.tape.full)
            else:
                safe = place.position(self.tape.safe)
            return Ack(place.epoch, clock.seq, min(clock.position, safe), clock.position)

    def disconnect(self) -> None:
        """The client is gone, perhaps for a moment: what it sent is all on the tape."""
        with self._sending:
            self._flush()
            if not self._format.framed:
                self._end_container()

    # Pulls

    def fetched(self, block: Samples | Silence, *, opened: bool) -> None:
        """Sound that a pull brings; `opened`: it begins here (again), at the present."""
        with self._sending:
            if opened:
                self._flush()
                self._end_container()
                with self._lock:
                    self._at = max(self.tape.end, self._present())
            self.arrived_s = time.monotonic()
            self._put(block)

    # The session

    def switch(self, keeping: Keeping) -> None:
        """Begin or cease to keep sound: what comes from now on, and what a resampler still holds. What a container
        brought until now is of the time before: a decoder that is behind must not make a pause public."""
        if keeping is Keeping.KEPT and self.keeping is Keeping.SILENT and self._container is not None:
            self._container.settle()
        with self._lock:
            before, self.keeping = self.keeping, keeping
            if before is Keeping.MEASURED and keeping is not before:
                self._at = max(self.tape.end, self._present())
            container = self._container
        if container is not None and keeping is not Keeping.KEPT:
            container.forget()

    def erased(self, start: int, stop: int | None) -> None:
        """A stretch went off the record: in memory too, and with the bytes of a container."""
        self.tape.erase(start, stop)
        if self._container is not None:
            self._container.forget()

    def close(self, *, leave: bool) -> None:
        """No more sound. `leave`: the session goes on when the service starts again."""
        with self._sending:
            self._flush()
            container, self._container = self._container, None
            if container is not None and leave:
                container.leave()
            elif container is not None:
                container.end()

    # Onto the tape

    def _put(self, block: Samples | Silence) -> None:
        if not isinstance(block, Silence):
            self._write(block)
        elif self.keeping is not Keeping.MEASURED:
            with self._lock:
                self._at = max(self._at, self.tape.end) + block.count

    def _write(self, block: Samples) -> None:
        self._measure(block)
        with self._lock:
            if self.keeping is Keeping.MEASURED or not len(block):
                return
            at = max(self._at, self.tape.end)
            if self.keeping is Keeping.KEPT:
                self.tape.append(at, block)
            else:
                self.tape.skip(at + len(block))
            self._at = at + len(block)
        self._on_news()

    def _flush(self) -> None:
        self._write(self._pcm.flush())

    def _end_container(self) -> None:
        work, self._container = self._container, None
        if work is not None:
            work.end()

    def _measure(self, block: Samples) -> None:
        self._squares += float(np.dot(block, block))
        self._counted += len(block)
        if self._counted >= _LEVEL_SAMPLES:
            power = self._squares / self._counted
            self.level_dbfs = max(_LEAST_DBFS, 10 * float(np.log10(power))) if power > 0 else _LEAST_DBFS
            self._squares, self._counted = 0.0, 0
