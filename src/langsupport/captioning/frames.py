"""Frames of sound as clients send them, and the clock that gives each sample its place. Pure: no I/O, no wall clock.

A frame has a head of 16 bytes, little-endian: epoch (uint32), seq (uint32), first_sample (uint64). An epoch is one
running of a recorder, with a counter of its own. The channel's clock counts samples at 16 kHz from the session's
start. Within an epoch the client's counter is the only clock; a new epoch begins at the present, or where the sound
that is there ends if that is later.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import Conflict, InvalidRequest

HEAD = struct.Struct("<IIQ")
MAX_FRAME_S = 2
"""Most sound in one frame."""
MAX_CONTAINER_FRAME_BYTES = 4 * 1024 * 1024
"""Most bytes of a container in one frame: recorders in browsers cut unevenly."""
MAX_JUMP_S = 3600
"""A jump of the counter beyond this is an error of the client's clock, not a pause."""
PLAUSIBLE_S = 60
"""How far a gap may reach beyond the present, and how far a client may go back to send again: it keeps 30 s."""
_MAX_POSITION = 2**63


@dataclass(frozen=True, slots=True)
class Frame:
    """`first` counts samples (bytes for containers) from the epoch's start; `payload` is what followed the head."""

    epoch: int
    seq: int
    first: int
    payload: memoryview


def parse(message: bytes) -> Frame:
    """Take a binary message apart. Raises InvalidRequest: too short for a head."""
    if len(message) < HEAD.size:
        raise InvalidRequest(detail=f"A frame has a head of {HEAD.size} bytes; this message has {len(message)} bytes.")
    epoch, seq, first = HEAD.unpack_from(message)
    return Frame(epoch, seq, first, memoryview(message)[HEAD.size :])


def pack(epoch: int, seq: int, first: int, payload: bytes) -> bytes:
    """A frame as a client sends it."""
    return HEAD.pack(epoch, seq, first) + payload


@dataclass(frozen=True, slots=True)
class EpochPlace:
    """Where an epoch stands: its counter's `base` is sample `origin` of the channel's clock.

    `rate` is the counter's in Hz; 0 for containers, whose counter counts bytes: only their start has a place.
    """

    epoch: int
    rate: int
    base: int
    origin: int

    def place(self, position: int) -> int:
        """The channel's sample for a position of the counter, to the nearest."""
        if not self.rate:
            return self.origin
        return self.origin + _scaled(position - self.base, SAMPLE_RATE, self.rate)

    def position(self, sample: int) -> int:
        """The counter's position that is wholly reached by this sample of the channel's clock."""
        return self.base + max(0, sample - self.origin) * self.rate // SAMPLE_RATE


def _scaled(count: int, to: int, of: int) -> int:
    return (2 * count * to + of) // (2 * of)


@dataclass(frozen=True, slots=True)
class Placement:
    """What to do with a frame: `gap` units of silence, then its payload without the first `skip` units.

    `opened`: an epoch begins here (or goes on elsewhere, `jumped`): nothing before it belongs to it. Where the frame
    brings nothing new, `skip` is all of it.
    """

    place: EpochPlace
    skip: int = 0
    gap: int = 0
    opened: bool = False
    jumped: bool = False


class FrameClock:
    """Places the frames of one channel. Not thread-safe; units are samples at the client's rate, bytes for containers.

    `place` and `position` are given where an epoch goes on after a restart of the service.
    """

    def __init__(self, place: EpochPlace | None = None, position: int = 0) -> None:
        self.place = place
        self.position = position
        self.seq = -1
        self._expected: int | None = None

    @property
    def epoch(self) -> int:
        """-1 before the first frame."""
        return self.place.epoch if self.place else -1

    @property
    def end(self) -> int:
        """Where the sound that was taken ends on the channel's clock."""
        return self.place.place(self.position) if self.place else 0

    def connect(self) -> None:
        """A new connection: it may begin with any frame that the client still has."""
        self._expected = None

    def begin(self, epoch: int, rate: int, present: int, base: int = 0) -> EpochPlace:
        """Open an epoch whose first unit is `base`: for feeds without frames, whose units follow one another."""
        self.place = EpochPlace(epoch, rate, base, max(self.end, present))
        self.position, self.seq, self._expected = base, -1, None
        return self.place

    def advance(self, count: int) -> None:
        """So many units followed, without a head of their own."""
        self.position += count
        self.seq += 1

    def take(self, frame: Frame, count: int, rate: int, present: int) -> Placement:
        """Place a frame of `count` units; `present` is the session's clock now, in samples at 16 kHz.

        Raises:
            InvalidRequest: longer than MAX_FRAME_S, empty, or of a position that no recorder reaches.
            Conflict: a frame is missing before this one; the fields `epoch` and `position` say from where to send.
        """
        self._check_size(frame, count, rate)
        if frame.epoch < self.epoch and self.place is not None:
            return Placement(self.place, skip=count)  # what an older recorder still sends is passed over
        if self.place is None or frame.epoch > self.epoch:
            return self._open(frame, count, rate, present)
        if rate != self.place.rate:
            detail = f"Epoch {frame.epoch} began with {self.place.rate} samples per second, not {rate}."
            raise Conflict(detail=f"{detail} Begin a new epoch.", epoch=frame.epoch, position=self.position)
        if self._expected is not None and frame.seq > self._expected:
            detail = f"Frame {self._expected} of epoch {frame.epoch} is missing before {frame.seq}."
            raise self._missing(detail)
        return self._go_on(frame, count, present)

    def _check_size(self, frame: Frame, count: int, rate: int) -> None:
        if not count:
            raise InvalidRequest(detail=f"Frame {frame.seq} of epoch {frame.epoch} is empty.")
        if rate and count > MAX_FRAME_S * rate:
            detail = f"Frame {frame.seq} holds {count / rate:.1f} s of sound; the limit is {MAX_FRAME_S} s."
            raise InvalidRequest(detail=detail)
        if not rate and count > MAX_CONTAINER_FRAME_BYTES:
            detail = f"Frame {frame.seq} has {count} bytes; the limit is {MAX_CONTAINER_FRAME_BYTES}."
            raise InvalidRequest(detail=detail)
        if frame.first + count >= _MAX_POSITION:
            raise InvalidRequest(detail=f"Frame {frame.seq} says it begins at sample {frame.first}: no recorder does.")

    def _open(self, frame: Frame, count: int, rate: int, present: int) -> Placement:
        if not rate and frame.first:
            detail = f"Epoch {frame.epoch} is a container and has to begin with its first byte, not {frame.first}."
            raise Conflict(detail=detail, epoch=frame.epoch, position=0)
        return Placement(self._open_at(frame, count, rate, present), opened=True)

    def _open_at(self, frame: Frame, count: int, rate: int, present: int) -> EpochPlace:
        place = self.begin(frame.epoch, rate, present, frame.first)
        self.position, self.seq, self._expected = frame.first + count, frame.seq, frame.seq + 1
        return place

    def _go_on(self, frame: Frame, count: int, present: int) -> Placement:
        assert self.place is not None
        gap = frame.first - self.position
        repeated = self._expected is not None and frame.seq < self._expected
        if not self.place.rate:
            if gap > 0:
                raise self._missing(f"Bytes {self.position} to {frame.first} of epoch {frame.epoch} are missing.")
        elif not repeated and self._is_jump(gap, present):
            return Placement(self._open_at(frame, count, self.place.rate, present), opened=True, jumped=True)
        self.position = max(self.position, frame.first + count)
        self.seq = max(self.seq, frame.seq) if repeated else frame.seq
        self._expected = self.seq + 1
        if gap >= 0:
            return Placement(self.place, gap=gap)
        return Placement(self.place, skip=min(count, -gap))

    def _is_jump(self, gap: int, present: int) -> bool:
        assert self.place is not None
        rate = self.place.rate
        if gap < -PLAUSIBLE_S * rate or gap > MAX_JUMP_S * rate:
            return True
        ahead = self.place.place(self.position + gap) - present
        return gap > PLAUSIBLE_S * rate and ahead > PLAUSIBLE_S * SAMPLE_RATE

    def _missing(self, detail: str) -> Conflict:
        return Conflict(detail=f"{detail} Send again from {self.position}.", epoch=self.epoch, position=self.position)
