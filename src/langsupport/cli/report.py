"""The table at the end, and the same for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from langsupport.cli.run import Run
from langsupport.domain.findings import Finding

PIPE_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One result: a file in one language. `words` counts characters where the language writes no spaces."""

    file: str
    source: str
    language: str
    output: str
    segments: int
    words: int
    seconds: float
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "source": self.source,
            "language": self.language,
            "output": self.output,
            "segments": self.segments,
            "words": self.words,
            "seconds": round(self.seconds, 3),
            "findings": [finding_json(finding) for finding in self.findings],
        }


def console() -> Console:
    """For stdout. A pipe has no width: lines are not cut there."""
    return Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "unit": finding.unit_id,
        "segment": finding.segment_index,
    }


def print_table(run: Run, rows: Sequence[Row], segments: str = "segments") -> None:
    """For people at a terminal; nothing elsewhere."""
    if not (run.tables and rows):
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("language")
    for heading in (segments, "words", "seconds", "findings"):
        table.add_column(heading, justify="right")
    for row in rows:
        counts = (f"{row.segments:,}", f"{row.words:,}", f"{row.seconds:.1f}", str(len(row.findings)))
        table.add_row(Path(row.output).name, row.language, *counts)
    console().print(table)
