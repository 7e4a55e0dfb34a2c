"""Memories as tables of text: a row is a unit. Codes are not in them; that is what TMX is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.domain.units import CodedText
from langsupport.errors import InvalidRequest
from langsupport.formats.sheets import Row, read_rows, write_rows

COLUMNS = (
    "source_language",
    "target_language",
    "source",
    "target",
    "before",
    "after",
    "origin",
    "document",
    "meeting",
    "by",
    "date",
)
MOST_CHARS = 10_000
"""In one text."""
_TOLD = 10
"""Rows with something wrong that are told of; the others are counted."""


class RowProblems:
    """Collects what is wrong with rows, so that one answer names many. Nothing is taken where there is anything."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: list[str] = []
        self._count = 0

    def add(self, row: Row, detail: str) -> None:
        self._count += 1
        if len(self._told) < _TOLD:
            self._told.append(f"row {row.number}: {detail}")

    def check(self) -> None:
        """Raises InvalidRequest."""
        if not self._count:
            return
        name, rows = self._name, "; ".join(self._told)
        if self._count > len(self._told):
            rows += f"; … ({self._count - len(self._told):,})"
        raise InvalidRequest(detail=f"{name}: nothing was taken over. Correct these rows: {rows}")


def check_columns(header: tuple[str, ...], wanted: Iterable[str], name: str) -> None:
    """Raises InvalidRequest: a column that is needed is missing."""
    missing = [column for column in wanted if column not in header]
    if missing:
        there = ", ".join(filter(None, header))[:200]
        column = missing[0]
        detail = f"{name}: the first row must name the column “{column}”. It has: {there}."
        raise InvalidRequest(detail=detail)


def read_units(
    data: bytes,
    name: str,
    source: str | None,
    target: str | None,
    origin: UnitOrigin,
    by: str,
) -> list[MemoryUnit]:
    """The units of a file. `source` and `target` hold for rows that don't say theirs.

    Raises: what `read_rows` raises; InvalidRequest, naming the rows.
    """
    header, rows = read_rows(data, name)
    needed = ["source", "target"]
    needed += [] if source else ["source_language"]
    needed += [] if target else ["target_language"]
    check_columns(header, needed, name)
    problems = RowProblems(name)
    units = [unit for row in rows if (unit := _unit(row, source, target, origin, by, problems))]
    problems.check()
    return units


def _unit(
    row: Row, source: str | None, target: str | None, origin: UnitOrigin, by: str, problems: RowProblems
) -> MemoryUnit | None:
    cells = row.cells
    own, other = cells.get("source_language", source or "").lower(), cells.get("target_language", target or "").lower()
    problem = _problem(cells.get("source", ""), cells.get("target", ""), own, other)
    at, is_date = _date(cells.get("date", ""))
    if problem or not is_date:
        problems.add(row, problem or "the date is not like 2026-03-31")
        return None
    return MemoryUnit(
        CodedText(cells["source"]),
        CodedText(cells["target"]),
        own,
        other,
        cells.get("before", ""),
        cells.get("after", ""),
        origin,
        cells.get("document", ""),
        cells.get("by", by),
        at,
    )


def _problem(source: str, target: str, own: str, other: str) -> str:
    for what, code in (("source_language", own), ("target_language", other)):
        if code not in LANGUAGES:
            return f"{what} is “{code[:20]}”; it can be {', '.join(LANGUAGES)}"
    if own == other:
        return f"both languages are {own}"
    for what, text in (("source", source), ("target", target)):
        if not text:
            return f"the {what} is empty"
        if len(text) > MOST_CHARS:
            return f"the {what} has {len(text):,} characters, and the limit is {MOST_CHARS:,}"
    return ""


def _date(given: str) -> tuple[datetime | None, bool]:
    """A moment, None where none is given; whether it could be read."""
    if not given:
        return None, True
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return None, False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), True


def write_units(extension: str, units: Iterable[MemoryUnit]) -> bytes:
    return write_rows(extension, COLUMNS, _cells(units))


def _cells(units: Iterable[MemoryUnit]) -> Iterator[tuple[str, ...]]:
    for unit in units:
        yield (
            unit.source_language,
            unit.target_language,
            unit.source.text,
            unit.target.text,
            unit.before,
            unit.after,
            unit.origin.value,
            unit.document,
            unit.meeting,
            unit.by,
            unit.at.isoformat(timespec="seconds") if unit.at else "",
        )


__all__ = ["COLUMNS", "RowProblems", "check_columns", "read_units", "write_units"]
