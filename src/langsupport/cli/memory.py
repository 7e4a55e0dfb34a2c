"""langsupport memory."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from langsupport.cli import exits
from langsupport.cli.files import read, write
from langsupport.cli.opened import BY, opened
from langsupport.cli.options import LANGUAGE
from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options
from langsupport.domain.matches import LEAST_SHOWN, Match, UnitOrigin
from langsupport.formats.sheets import extension_of
from langsupport.services.database import Database
from langsupport.services.meetings import MeetingService
from langsupport.services.memory import MemoryService, asked
from langsupport.services.memory_exchange import MEMORY_FORMATS


@click.group()
def memory() -> None:
    """Import, export and search the translation memory. A running service sees changes at once."""


def _meeting_id(database: Database, code: str | None) -> str | None:
    """Raises NotFound."""
    return MeetingService(database).by_code(code).id if code is not None else None


@memory.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "source", type=LANGUAGE, help="The language of rows that don't say theirs.")
@click.option("--to", "target", type=LANGUAGE, help="The language they are translated into.")
@click.option("--meeting", metavar="CODE", help="The meeting whose memory it is for.  [default: the organization's]")
@click.option("--aligned", is_flag=True, help="A program laid the two texts side by side; its matches count less.")
@common_options
def import_file(
    run: Run, file: Path, source: str | None, target: str | None, meeting: str | None, aligned: bool
) -> int:
    """Take over a CSV, XLSX or TMX file, whole or not at all."""
    extension_of(file.name, MEMORY_FORMATS)
    origin = UnitOrigin.ALIGNED if aligned else UnitOrigin.IMPORTED
    with opened(run) as (database, settings):
        data = read(file.expanduser(), settings.max_upload_bytes)
        place = _meeting_id(database, meeting)
        done = MemoryService(database).import_file(data, file.name, BY, source, target, place, origin)
    run.result({"file": str(file), "added": done.added, "replaced": done.replaced, "kept": done.kept})
    counts = f"{done.added:,} units added, {done.replaced:,} replaced"
    run.say(f"{file.name}: {counts}, {done.kept:,} kept that were approved here.")
    return exits.OK


@memory.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "source", type=LANGUAGE, help="Only from this language.")
@click.option("--to", "target", type=LANGUAGE, help="Only into this language.")
@click.option("--meeting", metavar="CODE", help="Only the memory of this meeting.")
@common_options
def export(run: Run, file: Path, source: str | None, target: str | None, meeting: str | None) -> int:
    """Write the memory into a CSV, XLSX or TMX file, by its name."""
    extension = extension_of(file.name, MEMORY_FORMATS)
    with opened(run) as (database, _):
        place = _meeting_id(database, meeting)
        data = MemoryService(database).export(extension, BY, None, source, target, place)
    write(file.expanduser(), data)
    run.result({"file": str(file), "bytes": len(data)})
    run.say(f"{file} was written.")
    return exits.OK


@memory.command()
@click.argument("text")
@click.option("--from", "source", type=LANGUAGE, required=True, help="The language of the text.")
@click.option("--to", "target", type=LANGUAGE, required=True, help="The language of its translations.")
@click.option("--meeting", metavar="CODE", help="Ask the memory of this meeting too.")
@click.option("--least", type=click.IntRange(50, 100), default=LEAST_SHOWN, show_default=True, help="The least score.")
@common_options
def search(run: Run, text: str, source: str, target: str, meeting: str | None, least: int) -> int:
    """Show the matches for a text, the best first."""
    with opened(run) as (database, _):
        place = _meeting_id(database, meeting)
        found = MemoryService(database).search(asked(text, source, target), place, least)
    run.result([_json(match) for match in found])
    if not run.json:
        _print(found)
    return exits.OK


def _json(match: Match) -> dict[str, object]:
    return {
        "kind": match.kind.value,
        "score": match.score,
        "source": match.unit.source.text,
        "target": match.target.text,
        "substituted": [list(pair) for pair in match.substituted],
        "origin": match.unit.origin.value,
        "document": match.unit.document,
        "meeting": match.unit.meeting,
        "by": match.unit.by,
    }


def _print(found: list[Match]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("score", "kind", "source", "target", "document"):
        table.add_column(heading, overflow="fold")
    for match in found:
        score = f"{match.score} *" if match.substituted else str(match.score)
        texts = (match.unit.source.text, match.target.text)
        table.add_row(score, match.kind.value, *texts, match.unit.document)
    console().print(table)
