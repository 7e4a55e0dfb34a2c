"""langsupport languages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import click
from rich.table import Table

from langsupport.cli.report import console
from langsupport.cli.run import Run, common_options
from langsupport.domain.languages import LANGUAGES
from langsupport.engines.routes import DirectionStatus
from langsupport.services.inference import build_inference
from langsupport.services.settings import load_settings

NOTHING = "—"


@click.command()
@common_options
def languages(run: Run) -> int:
    """Show what serves each of the 30 directions, and how well.

    A figure is chrF as measured on FLORES (0 to 100, higher is better); “draft” is a model that shows the way but
    is not to be read as a translation.
    """
    settings = load_settings(run.config)
    with closing(build_inference(settings)) as inference:
        rows = inference.matrix()
    run.result([_json(row) for row in rows])
    if not run.json:
        _print(rows)
    return 0


def _json(row: DirectionStatus) -> dict[str, object]:
    return {"source": row.source, "target": row.target, "model": row.model, "chrf": row.score, "draft": row.draft}


def _print(rows: Sequence[DirectionStatus]) -> None:
    by_direction = {(row.source, row.target): row for row in rows}
    table = Table(box=None, pad_edge=False, header_style="bold", title="from ↓ into →", title_justify="left")
    table.add_column("")
    for code in LANGUAGES:
        table.add_column(code, justify="right")
    for source, record in LANGUAGES.items():
        cells = [_quality(by_direction.get((source, target))) for target in LANGUAGES]
        table.add_row(f"{source}  {record.english_name}", *cells)
    out = console()
    out.print(table)
    out.print()
    for line in _servants(rows):
        out.print(line)


def _quality(row: DirectionStatus | None) -> str:
    if row is None:
        return ""
    if row.model is None:
        return NOTHING
    score = "" if row.score is None else f"{row.score:.1f}"
    return " ".join(part for part in (score, "draft" if row.draft else "") if part) or "yes"


def _servants(rows: Sequence[DirectionStatus]) -> list[str]:
    directions: dict[str, list[str]] = {}
    for row in rows:
        directions.setdefault(row.model or NOTHING, []).append(f"{row.source}-{row.target}")
    missing = directions.pop(NOTHING, [])
    lines = [f"{model}: {_listed(served, len(rows))}" for model, served in directions.items()]
    if missing:
        advice = "Install a model that serves them: langsupport models list"
        lines.append(f"Nothing serves {_listed(missing, len(rows))}. {advice}")
    return lines


def _listed(directions: list[str], total: int) -> str:
    return f"all {total} directions" if len(directions) == total else ", ".join(directions)
