"""langsupport models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from langsupport.cli import exits
from langsupport.cli.options import FILE, LANGUAGE
from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options, error_json
from langsupport.engines.store import ModelStatus, ModelStore
from langsupport.errors import LangsupportError, ModelDamaged, NotFound
from langsupport.services.inference import build_store
from langsupport.services.settings import load_settings
from langsupport.services.sizes import readable

Report = Callable[[int, int, str], None]


@click.group()
def models() -> None:
    """List, install, verify, remove and import models."""


def _store(run: Run) -> ModelStore:
    return build_store(load_settings(run.config))


@models.command("list")
@common_options
def list_models(run: Run) -> int:
    """Show every known model: installed ones first."""
    rows = _store(run).catalogue()
    run.result([_json(row) for row in rows])
    if not run.json:
        _print(rows)
    return exits.OK


def _json(row: ModelStatus) -> dict[str, object]:
    manifest = row.manifest
    return {
        "id": manifest.id,
        "title": manifest.title,
        "task": manifest.task,
        "family": manifest.family,
        "languages": list(manifest.languages),
        "licence": manifest.licence,
        "commercial_use": manifest.commercial_use,
        "draft": manifest.draft,
        "installed": row.installed,
        "path": None if row.path is None else str(row.path),
        "installed_bytes": row.installed_bytes,
        "download_bytes": manifest.download_bytes,
        "disk_bytes": manifest.disk_bytes,
        "memory_bytes": manifest.memory_bytes,
    }


def _print(rows: list[ModelStatus]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", no_wrap=True)
    table.add_column("task")
    table.add_column("languages")
    table.add_column("state")
    table.add_column("disk", justify="right")
    table.add_column("memory", justify="right")
    table.add_column("licence")
    for row in rows:
        manifest = row.manifest
        state = "installed" if row.installed else ""
        disk = size(row.installed_bytes if row.installed else manifest.disk_bytes)
        licence = manifest.licence if manifest.commercial_use else f"{manifest.licence} (no commercial use)"
        languages = " ".join(manifest.languages)
        table.add_row(manifest.id, manifest.task, languages, state, disk, size(manifest.memory_bytes), licence)
    console().print(table)


def size(count_bytes: int) -> str:
    return readable(count_bytes) if count_bytes else "?"


@models.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--from", "source", type=click.Path(exists=True, path_type=Path),
    help="Take the files from a folder or an archive, not from the network.",
)  # fmt: skip
@common_options
def install(run: Run, names: tuple[str, ...], source: Path | None) -> int:
    """Fetch, verify and install models. What is installed already is left as it is."""
    store = _store(run)
    there = store.installed()

    def one(name: str) -> str:
        with _reporting(run, name) as report:
            path = store.install(name, report, source)
        return f"{name} is installed already." if name in there else f"{name} is installed in {path}."

    return _each(run, names, one, "installed")


@models.command()
@click.argument("names", metavar="[NAME...]", nargs=-1)
@common_options
def verify(run: Run, names: tuple[str, ...]) -> int:
    """Compare every file of the models (all installed ones, if none is named) with its recorded hash."""
    store = _store(run)

    def one(name: str) -> str:
        with _reporting(run, name) as report:
            problems = store.verify(name, report)[name]
        if problems:
            raise ModelDamaged(model=name, detail=f"{'; '.join(problems)}. Remove it and install it again.")
        return f"{name} is whole."

    return _each(run, names or tuple(store.installed()), one, "verified")


@models.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@common_options
def remove(run: Run, names: tuple[str, ...]) -> int:
    """Remove installed models."""
    store = _store(run)

    def one(name: str) -> str:
        store.remove(name)
        return f"{name} was removed."

    return _each(run, names, one, "removed")


@models.command()
@click.argument("name", metavar="NAME")
@click.option("--from", "source", type=LANGUAGE, required=True)
@click.option("--to", "target", type=LANGUAGE, required=True)
@common_options
def rollback(run: Run, name: str, source: str, target: str) -> int:
    """Remove the newest version of a model that was adapted to a direction; the one before it serves again."""
    store = _store(run)
    versions = [manifest.id for manifest in store.adapted(name, (source, target))]
    if not versions:
        raise NotFound(what="adapted version of the model", id=f"{name} from {source} into {target}")
    store.remove(versions[-1])
    serves = versions[-2] if len(versions) > 1 else name
    run.result({"removed": versions[-1], "serves": serves})
    run.say(f"{versions[-1]} was removed; {serves} serves again.")
    return exits.OK


@models.command()
@click.argument("name", metavar="NAME")
@click.option("--from", "source", type=LANGUAGE, required=True)
@click.option("--to", "target", type=LANGUAGE, required=True)
@click.option("--memory", type=FILE, help="Translations by people: TMX, or TSV with source, target, document.  "
              "[default: the service's memory]")  # fmt: skip
@click.option("--most", type=click.IntRange(min=100), default=500, show_default=True, help="Pairs to translate.")
@common_options
def calibrate(run: Run, name: str, source: str, target: str, memory: Path | None, most: int) -> int:
    """Learn how sure of its translations a model may be, from people's translations of the same text."""
    from langsupport.cli.opened import opened
    from langsupport.services.adaptation import pairs_from_file, pairs_from_memory
    from langsupport.services.calibration import calibrate as calibrated

    if memory:
        pairs = pairs_from_file(memory, source, target)
    else:
        with opened(run) as (database, _):
            pairs = pairs_from_memory(database, source, target)
    done = calibrated(_store(run), name, source, target, pairs, most)
    told = done.reliability
    run.result({"model": done.model, **asdict(told)})
    run.say(
        f"{done.model} is calibrated on {told.examples} translations, of which {told.good:.0%} need little editing. "
        f"Area under the curve {told.auc:.2f}, correlation with chrF {told.correlation:.2f}, "
        f"mean error {told.error:.2f}."
    )
    return exits.OK


@models.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "name", help="The model's id, where it can't be told from what is in the folder.")
@common_options
def import_model(run: Run, path: Path, name: str | None) -> int:
    """Install a model that was carried in as a folder or an archive, without any network."""
    store = _store(run)

    def one(place: str) -> str:
        with _reporting(run, path.name) as report:
            return f"{store.import_path(path, name, report)} is installed."

    return _each(run, (str(path),), one, "imported")


def _each(run: Run, names: tuple[str, ...], call: Callable[[str], str], key: str) -> int:
    """One after the other; a failure is told and the others go on."""
    done: list[str] = []
    failures: list[LangsupportError] = []
    for name in names:
        try:
            run.say(call(name))
            done.append(name)
        except LangsupportError as error:
            run.complain(error)
            failures.append(error)
    run.result({key: done, "problems": [error_json(error) for error in failures]})
    return exits.first_exit_code(failures)


@contextmanager
def _reporting(run: Run, name: str) -> Iterator[Report | None]:
    if not run.bars:
        yield None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)

        def report(done_bytes: int, total_bytes: int, stage: str) -> None:
            progress.update(task, description=f"{name}: {stage}", completed=done_bytes, total=total_bytes or None)

        yield report
