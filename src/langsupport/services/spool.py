"""The sound of live sessions on disk: what was acknowledged survives a crash, and what goes off the record is gone.

    <root>/<session>/<channel>.s16le    mono at 16 kHz on the session's clock: sample n at byte 2n; silence is sparse
    <root>/<session>/<channel>.epoch    where the newest epoch of the channel's feed stands, as JSON
    <root>/<session>/<channel>.journal  the bytes of that epoch if it is a container, to go on with it after a crash

What was written is with the operating system when `append` returns, and on the disk a second later (`sync`).
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from langsupport.captioning.audio import Samples
from langsupport.captioning.frames import EpochPlace
from langsupport.domain.live import TRACKS
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import Conflict, NotFound
from langsupport.services.files import disk
from langsupport.services.spool_files import SAMPLE_BYTES, FreeSpace, Journal, SpoolFile, from_s16, wipe

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Epoch:
    """The newest epoch of a channel: its place, and what its bytes are (a feed's format)."""

    place: EpochPlace
    format: str


class Spool:
    """All sessions' sound under one folder. Thread-safe; one process writes a session."""

    def __init__(self, root: Path, keep_free_bytes: int = 0) -> None:
        self._root = root
        with disk(root):
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
            with disk(self._root):
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
        with disk(self._root):
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
