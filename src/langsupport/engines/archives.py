"""Archives that somebody carried in: unpacked inside one folder and nowhere else, or refused."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from langsupport.engines.sources import Report, read_chunks
from langsupport.errors import DamagedFile, DiskFull, HostileFile, UnsupportedFormat

MAX_ENTRIES = 10_000
SPARE_BYTES = 64 * 1024 * 1024
"""What stays free on the disk whatever is unpacked or installed."""


def unpack(archive: Path, target: Path, report: Report) -> None:
    """Unpacks a ZIP or tar file (plain, gzip, bzip2, xz) into `target`. Only plain files and folders are taken.

    Raises HostileFile (absolute paths, "..", links, devices, too many entries), DamagedFile, DiskFull,
    UnsupportedFormat.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                _write(archive, target, report, *_zip_entries(archive, opened))
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as opened_tar:
                _write(archive, target, report, *_tar_entries(archive, opened_tar))
        else:
            raise UnsupportedFormat(name=archive.name, supported="a folder, ZIP, tar, tar.gz, tar.bz2, tar.xz")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError) as error:
        raise DamagedFile(name=archive.name, detail=str(error)) from error


Entries = Iterator[tuple[PurePosixPath, IO[bytes]]]


def _zip_entries(archive: Path, opened: zipfile.ZipFile) -> tuple[int, Entries]:
    infos = opened.infolist()
    _count(archive, len(infos))
    for info in infos:
        _check_name(archive, info.filename)
        mode = info.external_attr >> 16
        if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
            raise HostileFile(name=archive.name, detail=f"{info.filename} is a link or a device")
    files = [info for info in infos if not info.is_dir()]
    return sum(info.file_size for info in files), ((PurePosixPath(info.filename), opened.open(info)) for info in files)


def _tar_entries(archive: Path, opened: tarfile.TarFile) -> tuple[int, Entries]:
    infos = []
    for info in opened:
        infos.append(info)
        _count(archive, len(infos))
        _check_name(archive, info.name)
        if not (info.isreg() or info.isdir()):
            raise HostileFile(name=archive.name, detail=f"{info.name} is a link or a device")
    files = [info for info in infos if info.isreg()]

    def streams() -> Entries:
        for info in files:
            stream = opened.extractfile(info)
            assert stream is not None, "a regular member has content"
            yield PurePosixPath(info.name), stream

    return sum(info.size for info in files), streams()


def _count(archive: Path, entries: int) -> None:
    if entries > MAX_ENTRIES:
        raise HostileFile(name=archive.name, detail=f"it has more than {MAX_ENTRIES} entries")


def _check_name(archive: Path, name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise HostileFile(name=archive.name, detail=f"its entry {name} points outside of it")


def _write(archive: Path, target: Path, report: Report, total: int, entries: Entries) -> None:
    target.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target).free
    if total + SPARE_BYTES > free:
        raise DiskFull(path=str(target), needed=human_bytes(total + SPARE_BYTES), available=human_bytes(free))
    done = 0
    for name, stream in entries:
        place = target.joinpath(*name.parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        with stream, place.open("xb") as out:
            for chunk in read_chunks(stream):
                out.write(chunk)
                done += len(chunk)
                report(done, total, "unpack")


def human_bytes(count: int) -> str:
    """1.5 GB, 312 MB: decimal units, as disks are sold."""
    value, unit = (count / 1e9, "GB") if count >= 1e9 else (count / 1e6, "MB")
    return f"{value:.1f} {unit}"
