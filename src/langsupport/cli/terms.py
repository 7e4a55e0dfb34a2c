"""langsupport terms."""

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
from langsupport.domain.terms import Concept
from langsupport.formats.sheets import extension_of
from langsupport.services.term_exchange import TERM_FORMATS
from langsupport.services.terms import TermService


@click.group()
def terms() -> None:
    """Import, export and search terms. A running service sees changes at once."""


@terms.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def import_file(run: Run, file: Path) -> int:
    """Take over a CSV, XLSX or TBX file, whole or not at all; a concept that is there already is replaced."""
    extension_of(file.name, TERM_FORMATS)
    with opened(run) as (database, settings):
        data = read(file.expanduser(), settings.max_upload_bytes)
        done = TermService(database).import_file(data, file.name, BY)
    run.result({"file": str(file), "added": done.added, "replaced": done.replaced})
    run.say(f"{file.name}: {done.added:,} concepts added, {done.replaced:,} replaced.")
    return exits.OK


@terms.command()
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def export(run: Run, file: Path) -> int:
    """Write all terms into a CSV, XLSX or TBX file, by its name."""
    extension = extension_of(file.name, TERM_FORMATS)
    with opened(run) as (database, _):
        data = TermService(database).export(extension, BY)
    write(file.expanduser(), data)
    run.result({"file": str(file), "bytes": len(data)})
    run.say(f"{file} was written.")
    return exits.OK


@terms.command()
@click.argument("words", default="")
@click.option("--language", type=LANGUAGE, help="Only concepts with such a term in this language.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many concepts.")
@common_options
def search(run: Run, words: str, language: str | None, limit: int) -> int:
    """Show concepts with a term that holds these words; all, where none are given."""
    with opened(run) as (database, _):
        found = TermService(database).list(words, language, limit)
    run.result([_json(concept) for concept in found])
    if not run.json:
        _print(found)
    return exits.OK


def _json(concept: Concept) -> dict[str, object]:
    return {
        "id": concept.id,
        "concept": concept.key,
        "subject": concept.subject,
        "definition": concept.definition,
        "terms": [
            {
                "language": term.language,
                "term": term.text,
                "status": term.status.value,
                "part_of_speech": term.part_of_speech.value if term.part_of_speech else None,
                "note": term.note,
            }
            for term in concept.terms
        ],
    }


def _print(found: list[Concept]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("concept", "language", "term", "status"):
        table.add_column(heading, overflow="fold")
    for concept in found:
        for term in concept.terms:
            table.add_row(concept.key, term.language, term.text, term.status.value)
    console().print(table)
