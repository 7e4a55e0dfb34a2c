"""Files in and out: reading with our errors, names that don't clash, writing whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from langsupport.errors import Conflict, DiskFull, EmptyInput, InputTooLarge, InvalidRequest, LangsupportError
from langsupport.services.sizes import readable

STDIN = "-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def read(path: Path, limit_bytes: int) -> bytes:
    """A file's bytes. Raises EmptyInput, InputTooLarge, InvalidRequest (not there, a folder, not readable)."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limit_bytes:
                raise too_large(path.name, size, limit_bytes)
            data = stream.read()
    except OSError as error:
        raise unreadable(path, error) from error
    if not data:
        raise EmptyInput(name=path.name)
    return data


def read_stdin(limit_bytes: int) -> bytes:
    data = sys.stdin.buffer.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise too_large("stdin", len(data), limit_bytes)
    if not data:
        raise EmptyInput(name="stdin")
    return data


def unreadable(path: Path, error: OSError) -> InvalidRequest:
    return InvalidRequest(detail=f"{path}: can't be read: {(error.strerror or str(error)).lower()}.")


def too_large(name: str, size_bytes: int, limit_bytes: int) -> InputTooLarge:
    return InputTooLarge(name=name, size=readable(size_bytes), limit=readable(limit_bytes))


class Outputs:
    """Where results go: beside their sources or into one folder; never onto a source, never two onto one name."""

    def __init__(self, folder: Path | None, sources: Iterable[Path]) -> None:
        self._folder = folder
        self._sources = {source.resolve() for source in sources}
        self._taken: dict[Path, Path | None] = {}

    def place(self, source: Path | None, name: str) -> Path:
        """The path for a result of `source` (None: stdin). Raises InvalidRequest, Conflict."""
        folder = self._folder or (source.parent if source else Path())
        path = folder / name
        if path.resolve() in self._sources:
            raise InvalidRequest(
                detail=f"{path} is one of the sources and would be overwritten. Choose another folder with --out."
            )
        if path.resolve() in self._taken and self._taken[path.resolve()] != source:
            first = self._taken[path.resolve()] or "stdin"
            raise Conflict(
                detail=f"{source} and {first} would both be written to {path}. Translate them into different folders."
            )
        self._taken[path.resolve()] = source
        return path


def write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises DiskFull, InvalidRequest."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".part")
        temporary = Path(made)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(_usual_mode())
        temporary.replace(path)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error, len(data)) from error
        raise


def write_stdout(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(Path("stdout"), error, len(data)) from error


def _usual_mode() -> int:
    """What a newly made file gets; mkstemp makes it private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(path: Path, error: OSError, needed_bytes: int) -> LangsupportError:
    if error.errno in _NO_ROOM:
        free = shutil.disk_usage(path.parent).free
        return DiskFull(path=str(path.parent), needed=readable(needed_bytes), available=readable(free))
    return InvalidRequest(detail=f"{path}: can't be written: {(error.strerror or str(error)).lower()}.")
