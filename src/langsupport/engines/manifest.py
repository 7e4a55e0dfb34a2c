"""What is known of a model: one TOML file in models/ each, and the record beside an installed one.

A manifest (models/<id>.toml) has the fields of `Manifest` by name, and below them:

    [codes]            language -> the token that names it to the model (NLLB-200: ar = "arb_Arab")
    [scores]           signature = "…" and chrF by direction ("en-fr" = 57.1)
    [confidence]       by direction, how to reckon the chance that a translation needs little editing
    [adapter]          a low-rank adapter beside the manifests, merged into a GGUF model (see adapter.py):
                       `parts` in order, as paths below the folder of the manifests; `sha256` of the whole; `scale`
    [[sources]]        in order of preference; `kind` is "wheels" or "hub" (see sources.py)
    [sources.sha256]   file -> SHA-256. A file without one is trusted at the first install and checked ever after.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from langsupport.domain.confidence import Calibration, calibration_from
from langsupport.domain.languages import LANGUAGES
from langsupport.errors import ConfigurationError

Direction = tuple[str, str]

TASKS = ("translation", "recognition")
CONVERSIONS = ("none", "transformers", "gguf")
PROMPTS = ("chat", "adapted")
"""How a causal model is asked: as an assistant that is told what to do, or in the words that an adapter learned."""
FIRST_MODELS: Mapping[str, str] = MappingProxyType(
    {"translation": "qwen2.5-coder-1.5b-translator", "recognition": "whisper-base"}
)
"""What to install first for a task: models that come with the package index alone."""
_REQUIRED = ("id", "title", "family", "task", "languages", "licence", "commercial_use")


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on the model hub. Each of `files` is a name, or "a|b": the first of them that is there."""

    repository: str
    files: tuple[str, ...]
    optional: tuple[str, ...] = ()
    revision: str = "main"
    endpoint: str | None = None  # a site's own mirror; None: the hub itself
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"hub {self.repository}"


@dataclass(frozen=True, slots=True)
class WheelsSource:
    """Python wheels that carry the model. `members`: file -> its parts in order, as paths inside the wheels."""

    requirements: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        more = f" and {len(self.requirements) - 1} more" if len(self.requirements) > 1 else ""
        return f"wheel {self.requirements[0]}{more}"


Source = HubSource | WheelsSource


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """`parts` joined in order are the adapter, whose product counts `scale` times."""

    parts: tuple[str, ...]
    sha256: str
    scale: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model. Sizes are estimates for planning: `download_bytes` as fetched, `disk_bytes` once installed,
    `memory_bytes` once loaded at int8. `draft`: fit to show the way, not to be read as a translation.
    `scores`: measured chrF (0 to 100) by direction, `signature` says how. An adapted model (`langsupport adapt`) names
    the model that it stands in for in `based_on`, and counts its versions from 1. `confidence`: what is known of its
    reliability by direction; what was learned here (`langsupport models calibrate`) comes before what was shipped.
    """

    id: str
    title: str
    family: str
    task: str
    languages: tuple[str, ...]
    licence: str
    commercial_use: bool
    directions: frozenset[Direction] = frozenset()
    convert: str = "none"
    draft: bool = False
    download_bytes: int = 0
    disk_bytes: int = 0
    memory_bytes: int = 0
    licence_url: str = ""
    homepage: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[Direction, float] = field(default_factory=dict)
    signature: str = ""
    sources: tuple[Source, ...] = ()
    prompt: str = "chat"
    adapter: AdapterFile | None = None
    based_on: str = ""
    version: int = 0
    confidence: Mapping[Direction, Calibration] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The part that goes into an installed model's manifest.json; `from_table` reads it back."""
        return {
            "id": self.id,
            "title": self.title,
            "family": self.family,
            "task": self.task,
            "languages": list(self.languages),
            "pairs": sorted("-".join(direction) for direction in self.directions),
            "licence": self.licence,
            "licence_url": self.licence_url,
            "commercial_use": self.commercial_use,
            "homepage": self.homepage,
            "draft": self.draft,
            "prompt": self.prompt,
            "disk_bytes": self.disk_bytes,
            "memory_bytes": self.memory_bytes,
            "codes": dict(self.codes),
            "scores": {"-".join(key): value for key, value in self.scores.items()} | {"signature": self.signature},
            "based_on": self.based_on,
            "version": self.version,
        }


def read_manifests(folder: Path) -> dict[str, Manifest]:
    """Every *.toml of the folder by id. Raises ConfigurationError that names file and key."""
    manifests: dict[str, Manifest] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise ConfigurationError(source=str(path), key="(whole file)", detail=str(error)) from error
        manifest = from_table(table, str(path))
        if manifest.id != path.stem:
            raise ConfigurationError(source=str(path), key="id", detail=f"it must be the file's name, {path.stem}.")
        manifests[manifest.id] = manifest
    return manifests


def calibrations(table: Mapping[str, Any], source: str) -> Mapping[Direction, Calibration]:
    """The `confidence` of a manifest or of an installed model's record; `signature` stands once, or with each.

    Raises ConfigurationError with `source` and the key.
    """
    signature = {"signature": str(table["signature"])} if "signature" in table else {}
    found: dict[Direction, Calibration] = {}
    for key, entry in table.items():
        if key == "signature":
            continue
        direction = _direction(key, "confidence", source)
        try:
            found[direction] = calibration_from(signature | dict(entry))
        except (TypeError, ValueError) as error:
            raise ConfigurationError(source=source, key=f"confidence.{key}", detail=f"{error}.") from error
    return MappingProxyType(found)


def from_table(table: Mapping[str, Any], source: str) -> Manifest:
    """The manifest in a parsed TOML or JSON table. Raises ConfigurationError with `source` and the key."""
    for key in _REQUIRED:
        if key not in table:
            raise ConfigurationError(source=source, key=key, detail="it is missing.")
    _one_of(source, "task", table["task"], TASKS)
    convert = table.get("convert", "none")
    _one_of(source, "convert", convert, CONVERSIONS)
    prompt = table.get("prompt", "chat")
    _one_of(source, "prompt", prompt, PROMPTS)
    for language in table["languages"]:
        _one_of(source, "languages", language, LANGUAGES)
    scores = dict(table.get("scores", {}))
    signature = str(scores.pop("signature", ""))
    return Manifest(
        id=str(table["id"]),
        title=str(table["title"]),
        family=str(table["family"]),
        task=str(table["task"]),
        languages=tuple(table["languages"]),
        licence=str(table["licence"]),
        commercial_use=bool(table["commercial_use"]),
        directions=_directions(table, source),
        convert=convert,
        draft=bool(table.get("draft", False)),
        download_bytes=int(table.get("download_bytes", 0)),
        disk_bytes=int(table.get("disk_bytes", 0)),
        memory_bytes=int(table.get("memory_bytes", 0)),
        licence_url=str(table.get("licence_url", "")),
        homepage=str(table.get("homepage", "")),
        codes=MappingProxyType(dict(table.get("codes", {}))),
        scores=MappingProxyType({_direction(key, "scores", source): float(value) for key, value in scores.items()}),
        signature=signature,
        sources=tuple(_source(entry, source) for entry in table.get("sources", ())),
        prompt=prompt,
        adapter=_adapter(table["adapter"], source) if "adapter" in table else None,
        based_on=str(table.get("based_on", "")),
        version=int(table.get("version", 0)),
        confidence=calibrations(table.get("confidence", {}), source),
    )


def _directions(table: Mapping[str, Any], source: str) -> frozenset[Direction]:
    """`pairs` as they are written, or every direction between the languages of a translation model."""
    if table["task"] != "translation":
        return frozenset()
    if "pairs" in table:
        return frozenset(_direction(pair, "pairs", source) for pair in table["pairs"])
    return frozenset((a, b) for a in table["languages"] for b in table["languages"] if a != b)


def _direction(text: str, key: str, source: str) -> Direction:
    start, _, end = text.partition("-")
    if start not in LANGUAGES or end not in LANGUAGES or start == end:
        raise ConfigurationError(source=source, key=key, detail=f"“{text}” is not a direction such as en-fr.")
    return (start, end)


def _adapter(entry: Mapping[str, Any], source: str) -> AdapterFile:
    try:
        return AdapterFile(tuple(map(str, entry["parts"])), str(entry["sha256"]), float(entry["scale"]))
    except (KeyError, TypeError, ValueError) as error:
        detail = f"parts, sha256 and scale are needed ({error})."
        raise ConfigurationError(source=source, key="adapter", detail=detail) from error


def _source(entry: Mapping[str, Any], source: str) -> Source:
    values = dict(entry)
    kind = values.pop("kind", None)
    _one_of(source, "sources.kind", kind, ("hub", "wheels"))
    try:
        if kind == "hub":
            values["files"] = tuple(values["files"])
            values["optional"] = tuple(values.get("optional", ()))
            return HubSource(**values)
        values["requirements"] = tuple(values["requirements"])
        values["members"] = {name: tuple(parts) for name, parts in values["members"].items()}
        return WheelsSource(**values)
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            source=source, key="sources", detail=f"a {kind} source is not as it should be: {error}."
        ) from error


def _one_of(source: str, key: str, value: object, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ConfigurationError(source=source, key=key, detail=f"“{value}” is not one of {', '.join(allowed)}.")
