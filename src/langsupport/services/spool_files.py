"""Files of a channel's sound and of a feed's bytes: written at a place, erased, brought to the disk. See spool.py."""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from langsupport.captioning.audio import Samples
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import DiskFull
from langsupport.services.files import disk
from langsupport.services.sizes import readable

SAMPLE_BYTES = 2
MAX_SAMPLES = 48 * 3600 * SAMPLE_RATE
"""A session's sound ends here, at two days: 5.5 GB a channel."""
_ERASE_BLOCK_BYTES = 1024 * 1024
_FREE_LOOKED_AT_S = 1.0


class SpoolFile:
    """One channel's sound, open for writing. Thread-safe. Only grows, but for `erase`."""

    def __init__(self, path: Path, free: FreeSpace) -> None:
        self._path = path
        self._free = free
        self._lock = threading.RLock()
        self._dirty = False
        with disk(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _open(path)
        size = path.stat().st_size
        if size % SAMPLE_BYTES:  # cut off by a crash in the middle of a sample
            self._file.truncate(size - size % SAMPLE_BYTES)
        self.length = size // SAMPLE_BYTES
        """Samples: the truth about how far the channel's sound goes."""

    def append(self, at: int, samples: Samples) -> None:
        """Write at the sample `at`, which is `length` or later: what lies between is silence.

        Raises DiskFull: nothing was written, `length` is as before.
        """
        data = to_s16(samples).tobytes()
        with self._lock:
            if at < self.length:
                raise ValueError(f"sample {at} of {self._path.name} was written already; its end is {self.length}")
            if at + len(samples) > MAX_SAMPLES:
                raise DiskFull(path=str(self._path.parent), needed="more than two days of sound", available="no more")
            self._free.want(len(data))
            with disk(self._path.parent):
                try:
                    _write(self._file, at * SAMPLE_BYTES, data)
                except OSError:
                    self._file.truncate(self.length * SAMPLE_BYTES)
                    raise
            self.length = at + len(samples)
            self._dirty = True

    def extend(self, to: int) -> None:
        """Silence up to the sample `to`; takes no room. Raises DiskFull."""
        with self._lock:
            if self.length < to <= MAX_SAMPLES:
                with disk(self._path.parent):
                    self._file.truncate(to * SAMPLE_BYTES)
                self.length = to
                self._dirty = True

    def read(self, start: int, count: int) -> Samples:
        """At most `count` samples from `start`; fewer at the end."""
        with self._lock:
            return from_s16(_read(self._file, start * SAMPLE_BYTES, max(0, count) * SAMPLE_BYTES))

    def erase(self, start: int, end: int | None) -> None:
        """Overwrite the samples from `start` to `end` (None: the end) with silence, on the disk when this returns."""
        with self._lock:
            at, stop = start * SAMPLE_BYTES, min(self.length if end is None else end, self.length) * SAMPLE_BYTES
            with disk(self._path.parent):
                while at < stop:
                    size = min(_ERASE_BLOCK_BYTES, stop - at)
                    _write(self._file, at, bytes(size))
                    at += size
                os.fsync(self._file.fileno())

    def sync(self) -> None:
        """What was written is on the disk when this returns."""
        with self._lock:
            if self._dirty and not self._file.closed:
                self._dirty = False
                with disk(self._path.parent):
                    os.fsync(self._file.fileno())

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            with suppress(DiskFull):
                self.sync()
            self._file.close()


class Journal:
    """The bytes of a container's epoch from its first on. Thread-safe enough for one writer."""

    def __init__(self, path: Path, free: FreeSpace, *, fresh: bool) -> None:
        self._path = path
        self._free = free
        with disk(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _open(path)
            if fresh:
                self._file.truncate(0)
        self.length = path.stat().st_size

    def append(self, data: bytes) -> None:
        """Raises DiskFull: nothing was written."""
        self._free.want(len(data))
        with disk(self._path.parent):
            try:
                _write(self._file, self.length, data)
            except OSError:
                self._file.truncate(self.length)
                raise
        self.length += len(data)

    def read(self, start: int, count: int) -> bytes:
        return _read(self._file, start, count)

    def close(self) -> None:
        self._file.close()

    def delete(self) -> None:
        """Overwrite and remove it: it may hold what went off the record."""
        self._file.close()
        wipe(self._path)


class FreeSpace:
    """Room on the disk, looked at once a second: some stays free, for the captions have to be written too."""

    def __init__(self, root: Path, keep_bytes: int) -> None:
        self._root = root
        self._keep_bytes = keep_bytes
        self._left = 0
        self._looked = -_FREE_LOOKED_AT_S

    def want(self, size: int) -> None:
        """Raises DiskFull: so much can't be written."""
        now = time.monotonic()
        if now - self._looked >= _FREE_LOOKED_AT_S or self._left < size:
            self._left, self._looked = shutil.disk_usage(self._root).free - self._keep_bytes, now
        if self._left < size:
            needed, available = readable(self._keep_bytes + size), readable(max(0, self._left + self._keep_bytes))
            raise DiskFull(path=str(self._root), needed=needed, available=available)
        self._left -= size


def wipe(path: Path) -> None:
    """Overwrite a file with zeros and remove it, if it is there."""
    with suppress(FileNotFoundError):
        with suppress(OSError), path.open("r+b", buffering=0) as file:
            for at in range(0, path.stat().st_size, _ERASE_BLOCK_BYTES):
                _write(file, at, bytes(min(_ERASE_BLOCK_BYTES, path.stat().st_size - at)))
            os.fsync(file.fileno())
        path.unlink()


def _open(path: Path) -> FileIO:
    """For reading and writing, made if it is not there; nobody else on the machine may read it."""
    with suppress(FileExistsError):
        path.touch(0o600, exist_ok=False)
    return FileIO(path, "r+")


def _write(file: FileIO, at: int, data: bytes) -> None:
    file.seek(at)
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _read(file: FileIO, at: int, count: int) -> bytes:
    file.seek(at)
    parts = []
    while count > 0 and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def to_s16(samples: Samples) -> NDArray[np.int16]:
    """float32 in [-1, 1] as s16le; what came from s16 comes back the same."""
    scaled = np.rint(np.asarray(samples, dtype=np.float32) * np.float32(32768.0))
    whole: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype("<i2")
    return whole


def from_s16(data: bytes) -> Samples:
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768.0)
