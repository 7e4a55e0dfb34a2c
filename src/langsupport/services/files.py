"""Content-addressed files: each is kept once, under the SHA-256 of its bytes.

    <root>/incoming/<random>      being written
    <root>/ab/<62 hex digits>     complete, synced, never changed again

A file becomes visible by an atomic rename inside the transaction that writes its row, and is removed inside the
transaction that removes the row. Writers of the database come one after another (SQLite) or take one lock
(PostgreSQL), so that an upload and the collection of garbage can't meet on the same file.

No name that a user gave is ever a path; it is kept for display only, see `display_name`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import sqlalchemy as sa

from langsupport.errors import DiskFull, EmptyInput, InputTooLarge, NotFound
from langsupport.services.database import Database, now_ms
from langsupport.services.schema import documents, files, recordings, renditions, reviews
from langsupport.services.sizes import readable

_BLOCK_BYTES = 1024 * 1024
_STALE_SECONDS = 3600
"""An incoming file that nobody wrote to for so long was left by a process that died."""
_NAME_BYTES = 200
"""Display names are cut to so many UTF-8 bytes, the extension kept: file systems allow 255."""
_PUBLISH_LOCK = 0x6C73_666C
"""PostgreSQL advisory lock (“lsfl”) between publishing and collecting; SQLite has one writer anyway."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFERENCES = (documents.c.file, renditions.c.file, reviews.c.file, recordings.c.file, recordings.c.player_file)


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """Written and synced, not yet published. `size` in bytes."""

    path: Path
    sha256: str
    size: int


class FileStore:
    """Thread-safe; several processes may share one root and database."""

    def __init__(self, root: Path, database: Database, min_free_bytes: int = 0) -> None:
        self.root = root
        self._database = database
        self._min_free_bytes = min_free_bytes
        self._incoming = root / "incoming"
        with disk(root):
            self._incoming.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def receive(self, stream: BinaryIO, name: str, limit_bytes: int) -> Iterator[IncomingFile]:
        """Write a stream to a temporary file that is gone when the block ends, unless it was published in it.

        Raises:
            InputTooLarge: as soon as the limit is passed. EmptyInput. DiskFull.
        """
        with self.scratch() as path:
            yield self._written(path, stream, name, limit_bytes)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A path to write to that is gone when the block ends."""
        path = self._incoming / secrets.token_hex(16)
        try:
            with disk(self.root):
                yield path
        finally:
            path.unlink(missing_ok=True)

    def _written(self, path: Path, stream: BinaryIO, name: str, limit_bytes: int) -> IncomingFile:
        digest, size = hashlib.sha256(), 0
        with disk(self.root), path.open("xb") as out:
            while block := stream.read(_BLOCK_BYTES):
                size += len(block)
                if size > limit_bytes:
                    raise InputTooLarge(name=name, size=f"over {readable(limit_bytes)}", limit=readable(limit_bytes))
                self._keep_free(len(block))
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if not size:
            raise EmptyInput(name=name)
        return IncomingFile(path, digest.hexdigest(), size)

    def _keep_free(self, wanted: int) -> None:
        free = shutil.disk_usage(self.root).free
        if free < self._min_free_bytes + wanted:
            needed = readable(self._min_free_bytes + wanted)
            raise DiskFull(path=str(self.root), needed=needed, available=readable(free))

    def publish(self, connection: sa.Connection, incoming: IncomingFile) -> str:
        """Within a transaction: make the file visible and write its row. Gives its SHA-256."""
        self._lock(connection)
        final = self._path(incoming.sha256)
        with disk(self.root):
            final.parent.mkdir(exist_ok=True)
            # Also when it is there already: the same bytes, and it can't be missing afterwards.
            incoming.path.replace(final)
            _sync_folder(final.parent)
        known = connection.scalar(sa.select(files.c.sha256).where(files.c.sha256 == incoming.sha256))
        if known is None:
            row = {"sha256": incoming.sha256, "size": incoming.size, "created_ms": now_ms()}
            connection.execute(sa.insert(files).values(row))
        return incoming.sha256

    def path(self, sha256: str) -> Path:
        """Where a file is, for reading. Raises NotFound."""
        path = self._path(sha256)
        if not path.is_file():
            raise NotFound(what="file", id=sha256)
        return path

    def release(self, connection: sa.Connection, sha256s: Iterable[str]) -> None:
        """At the end of a transaction that removed rows: remove those of these files that no row refers to any more."""
        self._lock(connection)
        for sha256 in sha256s:
            used = sa.or_(*(sa.exists().where(column == sha256) for column in _REFERENCES))
            if connection.execute(sa.delete(files).where(files.c.sha256 == sha256, ~used)).rowcount:
                self._path(sha256).unlink(missing_ok=True)

    def collect(self) -> int:
        """Remove what no row refers to, and what a dead process left half-written. Gives the number of files."""
        removed = 0
        with self._database.write() as connection:
            self._lock(connection)
            used = sa.union_all(*(sa.select(column).where(column.is_not(None)) for column in _REFERENCES))
            connection.execute(sa.delete(files).where(files.c.sha256.not_in(used)))
            kept = set(connection.scalars(sa.select(files.c.sha256)))
            for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
                if path.parent.name + path.name not in kept:
                    path.unlink(missing_ok=True)
                    removed += 1
        oldest = time.time() - _STALE_SECONDS
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # published or given up meanwhile
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
        return removed

    def _lock(self, connection: sa.Connection) -> None:
        if not self._database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PUBLISH_LOCK})")

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]


@contextmanager
def disk(root: Path) -> Iterator[None]:
    """Within it a full disk is DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            free = shutil.disk_usage(root).free if root.exists() else 0
            raise DiskFull(path=str(root), needed="more", available=readable(free)) from error
        raise


def _sync_folder(folder: Path) -> None:
    """A rename is durable once its folder is (POSIX); Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_UNSAFE = re.compile(r'[<>:"|?*]')


def display_name(name: str) -> str:
    """What people see and downloads are called: no folders, no control or invisible characters, not too long.

    Direction marks and overrides go (`invoice\u202efdp.exe` must not look like a PDF), and so do the characters that
    Windows refuses.
    """
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    visible = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    clean = _UNSAFE.sub("_", visible).strip(" .")
    if not clean or clean in {".", ".."}:
        return "file"
    stem, dot, extension = clean.rpartition(".")
    if not dot or len(extension.encode()) > 16:
        return _cut(clean, _NAME_BYTES)
    return _cut(stem, _NAME_BYTES - len(extension.encode()) - 1) + "." + extension


def _cut(text: str, limit_bytes: int) -> str:
    return text.encode()[:limit_bytes].decode(errors="ignore")
