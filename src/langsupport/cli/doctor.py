"""langsupport doctor: what is installed, what is missing, what to do."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata

import click
import psutil
from rich.table import Table

from langsupport import __version__
from langsupport.cli import exits
from langsupport.cli.models import size
from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options
from langsupport.cli.serve import is_loopback
from langsupport.engines.manifest import FIRST_MODELS
from langsupport.engines.pool import devices
from langsupport.errors import ConfigurationError
from langsupport.services.inference import build_inference, build_store
from langsupport.services.settings import Settings, load_settings

LEAST_MEMORY_BYTES = 3 * 1024**3
LEAST_DISK_BYTES = 5 * 1024**3
PACKAGES = (
    "ctranslate2",
    "faster-whisper",
    "av",
    "onnxruntime",
    "tokenizers",
    "sentencepiece",
    "dbos",
    "fastapi",
    "lxml",
)
OPTIONAL_PACKAGES = {
    "torch": "only to convert sequence-to-sequence models: pip install 'langsupport[torch]'",
    "transformers": "only to convert sequence-to-sequence models: pip install 'langsupport[torch]'",
}


class Health(StrEnum):
    FINE = "fine"
    NOTE = "note"  # works, but could be better
    WRONG = "wrong"  # something doesn't work


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, what was found, what to do. `code` is the exit code it stands for."""

    subject: str
    health: Health
    found: str
    advice: str = ""
    code: int = exits.OK


@click.command()
@common_options
def doctor(run: Run) -> int:
    """Say what is installed, what is missing, which device is used, and what to do.

    The exit code is 0 when everything works, else that of the first thing that doesn't. No other programs are
    needed: documents and sound are read without an office suite and without ffmpeg.
    """
    checks = list(_all(run))
    run.result([asdict(check) for check in checks])
    if not run.json:
        _print(checks)
    return next((check.code for check in checks if check.health is Health.WRONG), exits.OK)


def _all(run: Run) -> Iterator[Check]:
    yield Check(
        "langsupport", Health.FINE, f"{__version__} on Python {platform.python_version()}, {platform.platform()}"
    )
    yield from _packages()
    try:
        settings = load_settings(run.config)
    except ConfigurationError as error:
        yield Check("settings", Health.WRONG, str(error), "Correct it; nothing runs before.", exits.exit_code(error))
        return
    yield from _places(settings)
    yield _memory()
    yield from _device(settings)
    yield from _models(settings)
    yield _exposure(settings)


def _packages() -> Iterator[Check]:
    found = {name: _version(name) for name in (*PACKAGES, *OPTIONAL_PACKAGES)}
    there = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    missing = [name for name in PACKAGES if not found[name]]
    if missing:
        advice = "Install langsupport again: pip install --force-reinstall langsupport"
        yield Check("packages", Health.WRONG, f"missing: {', '.join(missing)}", advice, exits.UNEXPECTED)
    yield Check("packages", Health.FINE, there)
    for name, purpose in OPTIONAL_PACKAGES.items():
        if not found[name]:
            yield Check("packages", Health.NOTE, f"{name} is not installed", f"Needed {purpose}")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _places(settings: Settings) -> Iterator[Check]:
    for subject, folder in (("data folder", settings.data_dir), ("models folder", settings.models_dir)):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free
        found = f"{folder}, {size(free)} free"
        if not os.access(there, os.W_OK):
            advice = "Give yourself the right to write there, or choose another folder."
            yield Check(subject, Health.WRONG, f"{there} can't be written to", advice, 6)
        elif free < LEAST_DISK_BYTES:
            yield Check(subject, Health.NOTE, found, "Free some space: models take 0.1 to 7 GB each.")
        else:
            yield Check(subject, Health.FINE, found)


def _memory() -> Check:
    memory = psutil.virtual_memory()
    found = f"{size(memory.total)}, {size(memory.available)} available, {os.cpu_count()} CPU cores"
    if memory.available < LEAST_MEMORY_BYTES:
        return Check("memory", Health.NOTE, found, "Close other programs, or choose small models.")
    return Check("memory", Health.FINE, found)


def _device(settings: Settings) -> Iterator[Check]:
    wish = settings.inference.device
    try:
        found = ", ".join(devices(wish))
    except ConfigurationError as error:
        yield Check("device", Health.WRONG, str(error), "Set inference.device to auto.", exits.exit_code(error))
        return
    yield Check("device", Health.FINE, f"{found} (wanted: {wish})")


def _models(settings: Settings) -> Iterator[Check]:
    try:
        store = build_store(settings)
        installed = store.installed()
        known = store.manifests()
    except ConfigurationError as error:
        yield Check("models", Health.WRONG, str(error), "Correct the manifest.", exits.exit_code(error))
        return
    for task, example in FIRST_MODELS.items():
        names = [name for name in installed if known[name].task == task]
        if names:
            yield Check(f"{task} models", Health.FINE, ", ".join(names))
        else:
            yield Check(f"{task} models", Health.WRONG, "none is installed", f"langsupport models install {example}", 4)
    yield _directions(settings)


def _directions(settings: Settings) -> Check:
    with closing(build_inference(settings)) as inference:
        rows = inference.matrix()
    missing = [f"{row.source}-{row.target}" for row in rows if row.model is None]
    drafts = sum(row.draft for row in rows)
    found = f"{len(rows) - len(missing)} of {len(rows)} directions are served, {drafts} of them by a draft model"
    if missing:
        return Check(
            "directions", Health.NOTE, found, "langsupport languages shows which; langsupport models list what helps."
        )
    if drafts:
        advice = "For translations to be read, install a translation model: langsupport models list"
        return Check("directions", Health.NOTE, found, advice)
    return Check("directions", Health.FINE, found)


def _exposure(settings: Settings) -> Check:
    where = f"{settings.host}, port {settings.port}"
    if not settings.accounts.on and not is_loopback(settings.host):
        advice = 'Set accounts.mode = "on", or listen on 127.0.0.1.'
        return Check("web service", Health.WRONG, f"{where} without accounts", advice, 6)
    return Check("web service", Health.FINE, f"{where}, accounts are {settings.accounts.mode}")


_MARKS = {Health.FINE: "✓", Health.NOTE: "!", Health.WRONG: "✗"}


def _print(checks: list[Check]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        table.add_row(_MARKS[check.health], check.subject, check.found)
        if check.advice:
            table.add_row("", "", f"→ {check.advice}")
    console().print(table)
