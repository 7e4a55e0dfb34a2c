"""Folders of big files: their size, what is in them, and that it is on the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from langsupport.engines.sources import sha256_of


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def files_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> SHA-256 and bytes of every file, for a record."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: {"sha256": sha256_of(path), "bytes": path.stat().st_size} for name, path in files.items()}


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for the file where the file system can, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def sync(path: Path) -> None:
    """Waits until the file, or the folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
