"""The sound of live sessions on disk: what was acknowledged survives a crash, and what goes off the record is gone.

    <root>/<session>/<channel>.s16le    mono at 16 kHz on the session's clock: sample n at byte 2n; silence is sparse
    <root>/<session>/<channel>.epoch    where the newest epoch of the channel's feed stands, as JSON
    <root>/<session>/<channel>.journal  the bytes of that epoch if it is a container, to go on with it after a crash

What was written is with the operating system when `append` returns, and on the disk a second later (`sync`).
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from langsupport.captioning.audio import Samples
from langsupport.captioning.frames import EpochPlace
from langsupport.domain.live import TRACKS
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import Conflict, DiskFull, NotFound
from langsupport.services.files import readable

SAMPLE_BYTES = 2
MAX_SAMPLES = 48 * 3600 * SAMPLE_RATE
"""A session's sound ends here, at two days: 5.5 GB a channel."""
_ERASE_BLOCK_BYTES = 1024 * 1024
_FREE_LOOKED_AT_S = 1.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Epoch:
    """The newest epoch of a channel: its place, and what its bytes are (a feed's format)."""

    place: EpochPlace
    format: str


class SpoolFile:
    """One channel's sound, open for writing. Thread-safe. Only grows, but for `erase`."""

    def __init__(self, path: Path, free: FreeSpace) -> None:
        self._path = path
        self._free = free
        self._lock = threading.RLock()
        self._dirty = False
        with _disk(path.parent):
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
            with _disk(self._path.parent):
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
                with _disk(self._path.parent):
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
            with _disk(self._path.parent):
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
                with _disk(self._path.parent):
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
        with _disk(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = _open(path)
            if fresh:
                self._file.truncate(0)
        self.length = path.stat().st_size

    def append(self, data: bytes) -> None:
        """Raises DiskFull: nothing was written."""
        self._free.want(len(data))
        with _disk(self._path.parent):
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


class Spool:
    """All sessions' sound under one folder. Thread-safe; one process writes a session."""

    def __init__(self, root: Path, keep_free_bytes: int = 0) -> None:
        self._root = root
        with _disk(root):
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._free = FreeSpace(root, keep_free_bytes)
        self._open: dict[tuple[str, str], SpoolFile] = {}
        self._claims: dict[str, FileLock] = {}  # by session
        self._lock = threading.Lock()

    def claim(self, session: str) -> None:
        """This process runs the session, until `close_session`, `close` or its end. Idempotent.

        Raises Conflict: another process does. DiskFull.
        """
        with self._lock:
            if session in self._claims:
                return
            with _disk(self._root):
                self._folder(session).mkdir(parents=True, exist_ok=True, mode=0o700)
                lock = FileLock(self._folder(session) / "running.lock", thread_local=False)
                try:
                    lock.acquire(timeout=0)
                except Timeout as error:
                    detail = "The session runs in another process of this service; its sound has to go there."
                    raise Conflict(detail=detail) from error
            self._claims[session] = lock

    def file(self, session: str, channel: str) -> SpoolFile:
        """Open for writing; the same object for all who ask, until `close_session`. Raises DiskFull."""
        with self._lock:
            key = session, channel
            if key not in self._open:
                self._open[key] = SpoolFile(self._path(session, channel, "s16le"), self._free)
            return self._open[key]

    def channels(self, session: str) -> list[str]:
        """Those that have sound."""
        return [key for key in TRACKS if self._path(session, key, "s16le").exists()]

    def length(self, session: str, channel: str) -> int:
        """Samples; 0 where there are none."""
        with self._lock:
            opened = self._open.get((session, channel))
        if opened is not None:
            return opened.length
        try:
            return self._path(session, channel, "s16le").stat().st_size // SAMPLE_BYTES
        except FileNotFoundError:
            return 0

    def read(self, session: str, channel: str, start: int, count: int) -> Samples:
        """At most `count` samples from `start`, fewer at the end. Raises NotFound: the channel has no sound."""
        try:
            with self._path(session, channel, "s16le").open("rb") as file:
                file.seek(start * SAMPLE_BYTES)
                data = file.read(count * SAMPLE_BYTES)
        except FileNotFoundError as error:
            raise NotFound(what="sound of channel", id=f"{session}/{channel}") from error
        return from_s16(data[: len(data) - len(data) % SAMPLE_BYTES])

    def erase(self, session: str, from_ms: int, to_ms: int | None) -> None:
        """Overwrite a stretch of all channels with silence (to_ms None: to the end). Containers' journals go whole."""
        for channel in self.channels(session):
            end = None if to_ms is None else to_ms * _PER_MS
            with self._lent(session, channel) as file:
                file.erase(max(0, from_ms) * _PER_MS, end)
            self.drop_journal(session, channel)

    @contextmanager
    def _lent(self, session: str, channel: str) -> Iterator[SpoolFile]:
        """The open file, or one for the moment."""
        with self._lock:
            opened = self._open.get((session, channel))
        if opened is not None:
            yield opened
            return
        file = SpoolFile(self._path(session, channel, "s16le"), self._free)
        try:
            yield file
        finally:
            file.close()

    def sync(self) -> None:
        """Call once a second. Raises DiskFull."""
        with self._lock:
            opened = list(self._open.values())
        for file in opened:
            file.sync()

    def close_session(self, session: str) -> None:
        """Close its files, and remove what only a running session needs."""
        self._let_go(session)
        for channel in TRACKS:
            self.drop_journal(session, channel)

    def remove(self, session: str) -> None:
        """Delete a session's sound."""
        self._let_go(session)
        shutil.rmtree(self._folder(session), ignore_errors=True)

    def discard(self, session: str) -> bool:
        """Delete a session's sound unless the session runs, here or in another process; whether it was deleted."""
        with self._lock:
            if session in self._claims or any(key[0] == session for key in self._open):
                return False
            lock = FileLock(self._folder(session) / "running.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
            lock.release()  # nobody claims it from now on: it is no more, or has ended
        self.remove(session)
        return True

    def sessions(self) -> list[str]:
        """Those that have a folder here."""
        return sorted(path.name for path in self._root.iterdir() if path.is_dir() and _SESSION.fullmatch(path.name))

    def close(self) -> None:
        """What was written stays; a session can be gone on with. Idempotent."""
        with self._lock:
            opened, self._open = list(self._open.values()), {}
            claims, self._claims = list(self._claims.values()), {}
        for file in opened:
            file.close()
        for lock in claims:
            lock.release()

    # Epochs

    def save_epoch(self, session: str, channel: str, epoch: Epoch) -> None:
        """Replace the channel's epoch, atomically. Raises DiskFull."""
        path = self._path(session, channel, "epoch")
        fresh = path.with_suffix(".epoch-new")
        with _disk(self._root):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_text(json.dumps({**asdict(epoch.place), "format": epoch.format}), encoding="ascii")
            fresh.replace(path)

    def epoch(self, session: str, channel: str) -> Epoch | None:
        try:
            values = json.loads(self._path(session, channel, "epoch").read_text(encoding="ascii"))
            format = values.pop("format")
            return Epoch(EpochPlace(**values), format)
        except (FileNotFoundError, ValueError, TypeError, KeyError):  # a power cut may leave an empty file
            return None

    def journal(self, session: str, channel: str, *, fresh: bool) -> Journal:
        """Raises DiskFull."""
        return Journal(self._path(session, channel, "journal"), self._free, fresh=fresh)

    def has_journal(self, session: str, channel: str) -> bool:
        return self._path(session, channel, "journal").exists()

    def drop_journal(self, session: str, channel: str) -> None:
        """Overwrite and remove it."""
        wipe(self._path(session, channel, "journal"))

    def _let_go(self, session: str) -> None:
        with self._lock:
            keys = [key for key in self._open if key[0] == session]
            opened = [self._open.pop(key) for key in keys]
            lock = self._claims.pop(session, None)
        for file in opened:
            file.close()
        if lock is not None:
            lock.release()

    def _folder(self, session: str) -> Path:
        if not _SESSION.fullmatch(session):
            raise NotFound(what="session", id=session)
        return self._root / session

    def _path(self, session: str, channel: str, suffix: str) -> Path:
        if channel not in TRACKS:
            raise NotFound(what="channel", id=channel)
        return self._folder(session) / f"{channel}.{suffix}"


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


@contextmanager
def _disk(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            free = shutil.disk_usage(root).free if root.exists() else 0
            raise DiskFull(path=str(root), needed="more", available=readable(free)) from error
        raise
