"""A session's sound for players: as it was spooled, behind a WAV header and by byte ranges; or small, as Opus.

The WAV is never written: its header follows from its length, and the rest is the spool. What is off the record is
silence in it, even before it was erased. The Opus copy of a session that has ended is made when it is first asked
for, and kept until something more goes off the record or the session is deleted.
"""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from langsupport.captioning.audio import Samples
from langsupport.captioning.off_record import stretches
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import Conflict, NotFound
from langsupport.services import playable
from langsupport.services.files import disk
from langsupport.services.sessions import SessionService
from langsupport.services.spool import Spool
from langsupport.services.spool_files import SAMPLE_BYTES, to_s16

HEADER_BYTES = 44
MAX_DATA_BYTES = 2**32 - 64
"""What a WAV can hold: 37 hours. Players get no further."""
_BLOCK_SAMPLES = SAMPLE_RATE * 10
_PER_MS = SAMPLE_RATE // 1000
_LOCKS = 64
"""Copies that are being made, or were lately: who asks for the same one waits instead of making it twice."""


@dataclass(frozen=True, slots=True)
class WaveSound:
    """A stretch of a channel's sound as a WAV file of `size` bytes that is made as it is read.

    `start` and `count` are samples; `silent` are stretches [first, last) of samples that are off the record.
    """

    spool: Spool
    session: str
    channel: str
    start: int
    count: int
    silent: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        return HEADER_BYTES + self.count * SAMPLE_BYTES

    def read(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The bytes from `first` to before `last` (None: the end), in blocks of at most 320 kB.

        Raises NotFound: the sound was deleted.
        """
        last = self.size if last is None else min(last, self.size)
        if first < HEADER_BYTES:
            yield self._header()[first:last]
            first = HEADER_BYTES
        while first < last:
            sample, skip = divmod(first - HEADER_BYTES, SAMPLE_BYTES)
            count = min(_BLOCK_SAMPLES, -(-(last - first + skip) // SAMPLE_BYTES))
            samples = self.samples(sample, count)
            if not len(samples):
                return
            block = to_s16(samples).tobytes()[skip : skip + last - first]
            yield block
            first += len(block)

    def samples(self, first: int, count: int) -> Samples:
        """At most `count` of them, from the stretch's `first` on. Raises NotFound."""
        at = self.start + first
        samples = self.spool.read(self.session, self.channel, at, min(count, self.count - first))
        for begin, end in self.silent:
            samples[max(0, begin - at) : max(0, end - at)] = 0
        return samples

    def _header(self) -> bytes:
        size = self.count * SAMPLE_BYTES
        form = struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, SAMPLE_RATE * SAMPLE_BYTES, SAMPLE_BYTES, 16)
        head = b"RIFF" + struct.pack("<I", size + HEADER_BYTES - 8) + b"WAVE"
        return head + b"fmt " + form + b"data" + struct.pack("<I", size)


class SessionSound:
    """Thread-safe."""

    def __init__(self, root: Path, sessions: SessionService, spool: Spool) -> None:
        """`root`: the folder of the copies, one folder for each session."""
        self._root = root
        self._sessions = sessions
        self._spool = spool
        self._locks: OrderedDict[tuple[str, str], threading.Lock] = OrderedDict()
        self._guard = threading.Lock()
        sessions.add_eraser(lambda id, _from_ms, _to_ms: self._forget(id))
        sessions.add_remover(self._forget)

    def channels(self, id: str) -> list[str]:
        """Those that have sound; none where there is no such session."""
        return [channel for channel in self._spool.channels(id) if self._spool.length(id, channel)]

    def wave(self, id: str, channel: str, from_ms: int = 0, to_ms: int | None = None) -> WaveSound:
        """A channel's sound from `from_ms` to `to_ms` (None: as far as it goes now).

        Raises NotFound: no such session, or no sound of that channel.
        """
        length = self._spool.length(id, channel) if channel in self._spool.channels(id) else 0
        if not length:
            raise NotFound(what="sound of channel", id=f"{id}/{channel}")
        start = min(max(0, from_ms) * _PER_MS, length)
        end = length if to_ms is None else min(max(0, to_ms) * _PER_MS, length)
        count = min(max(0, end - start), MAX_DATA_BYTES // SAMPLE_BYTES)
        return WaveSound(self._spool, id, channel, start, count, self._silent(id, length))

    def small(self, id: str, channel: str) -> Path:
        """The whole channel as Opus in WebM. The first call takes half a minute of computing for three hours.

        Raises: NotFound. Conflict: the session has not ended; the WAV has what there is. DiskFull.
        """
        if self._sessions.get(id).ended_at is None:
            raise Conflict(detail="The session has not ended; a small copy of its sound is made afterwards.")
        sound = self.wave(id, channel)
        with self._lock(id, channel):
            path = self._path(id, channel)
            if not path.is_file():
                self._make(path, sound)
            return path

    def _make(self, path: Path, sound: WaveSound) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".part")
        try:
            blocks = (sound.samples(at, _BLOCK_SAMPLES) for at in range(0, sound.count, _BLOCK_SAMPLES))
            with disk(self._root):
                playable.encode(blocks, fresh)
            with self._guard:
                if self._silent(sound.session, sound.start + sound.count) != sound.silent:
                    raise Conflict(detail="A stretch went off the record just now. Try again.")
                fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _silent(self, id: str, length: int) -> tuple[tuple[int, int], ...]:
        """What is off the record, in samples. Raises NotFound: no such session."""
        found = stretches(self._sessions.marks(id), length // _PER_MS + 1)
        return tuple((stretch.start_ms * _PER_MS, stretch.end_ms * _PER_MS) for stretch in found)

    def _forget(self, id: str) -> None:
        """Remove the copies. Raises OSError where one can't be removed: an eraser is called again then."""
        with self._guard:
            for path in (self._root / id).glob(f"*{playable.EXTENSION}"):
                path.unlink(missing_ok=True)

    def _path(self, id: str, channel: str) -> Path:
        return self._root / id / f"{channel}{playable.EXTENSION}"

    def _lock(self, id: str, channel: str) -> threading.Lock:
        with self._guard:
            lock = self._locks.setdefault((id, channel), threading.Lock())
            self._locks.move_to_end((id, channel))
            while len(self._locks) > _LOCKS:
                self._locks.popitem(last=False)
            return lock
