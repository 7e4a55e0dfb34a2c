"""Documents x languages: what exists in each of the six, who works on it, what is late, and whether the six are served
equally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from statistics import median

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import OPEN_STATES, TaskKind
from langsupport.services import document_rows
from langsupport.services.database import Database
from langsupport.services.document_rows import moment
from langsupport.services.records import DocumentRecord, RenditionRecord, RenditionState
from langsupport.services.schema import reviews, tasks
from langsupport.services.visibility import Sight

MOST_DOCUMENTS = 500
_IN_LIMIT = 500


class CellState(StrEnum):
    """Of one document in one language, from nothing to the best."""

    NONE = "none"  # not asked for
    FAILED = "failed"
    QUEUED = "queued"
    TRANSLATING = "translating"
    MACHINE = "machine"
    POST_EDITING = "post-editing"
    REVISING = "revising"
    APPROVED = "approved"
    ORIGINAL = "original"


AVAILABLE = frozenset(CellState) - {CellState.NONE, CellState.FAILED, CellState.QUEUED, CellState.TRANSLATING}
"""There is a document that can be read, whoever made it."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """`ready_at`: when the machine's was there; `approved_at`: the people's. `deadline` is the nearest one open."""

    language: str
    state: CellState
    ready_at: datetime | None = None
    approved_at: datetime | None = None
    deadline: datetime | None = None
    late: bool = False
    review_id: str | None = None
    people: tuple[str, ...] = ()

    @property
    def available(self) -> bool:
        return self.state in AVAILABLE


@dataclass(frozen=True, slots=True)
class MatrixRow:
    document: DocumentRecord
    cells: tuple[MatrixCell, ...]

    @property
    def complete(self) -> bool:
        """Whether it can be read in all six languages."""
        return all(cell.available for cell in self.cells)


@dataclass(frozen=True, slots=True)
class LanguageTotals:
    """One language over all documents of the matrix. Hours are medians from the upload on, None without any."""

    language: str
    states: Mapping[CellState, int]
    available: int
    late: int
    hours_to_machine: float | None
    hours_to_approved: float | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Newest document first. `complete`: documents that can be read in all six languages."""

    rows: tuple[MatrixRow, ...] = ()
    totals: tuple[LanguageTotals, ...] = ()
    complete: int = 0


@dataclass(slots=True)
class _Work:
    """What people have of one review."""

    row: sa.RowMapping
    kinds: set[TaskKind] = field(default_factory=set)
    deadlines: list[int] = field(default_factory=list)
    people: list[str] = field(default_factory=list)


class StatusMatrix:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, of: Sight = None, meeting_id: str | None = None, limit: int = MOST_DOCUMENTS) -> Matrix:
        """The newest documents that `of` sees; of one meeting."""
        with self._database.read() as connection:
            found = document_rows.records(connection, limit, None, of, meeting_id)
            work = _work(connection, [record.id for record in found])
        now = datetime.now(UTC)
        rows = tuple(_row(record, work, now) for record in found)
        return Matrix(rows, tuple(_totals(code, rows) for code in LANGUAGES), sum(row.complete for row in rows))


def _work(connection: sa.Connection, ids: Sequence[str]) -> dict[tuple[str, str], _Work]:
    found: dict[tuple[str, str], _Work] = {}
    by_review: dict[str, _Work] = {}
    for start in range(0, len(ids), _IN_LIMIT):
        mine = reviews.c.document_id.in_(ids[start : start + _IN_LIMIT])
        for row in connection.execute(sa.select(reviews).where(mine)).mappings():
            by_review[row["id"]] = found[row["document_id"], row["language"]] = _Work(row)
        open_tasks = sa.and_(mine, tasks.c.state.in_(OPEN_STATES))
        query = sa.select(tasks).join(reviews, reviews.c.id == tasks.c.review_id).where(open_tasks)
        for task in connection.execute(query.order_by(tasks.c.kind, tasks.c.first)).mappings():
            one = by_review[task["review_id"]]
            one.kinds.add(TaskKind(task["kind"]))
            if task["deadline_ms"]:
                one.deadlines.append(task["deadline_ms"])
            if task["person_name"]:
                one.people.append(task["person_name"])
    return found


def _row(record: DocumentRecord, work: Mapping[tuple[str, str], _Work], now: datetime) -> MatrixRow:
    return MatrixRow(record, tuple(_cell(record, code, work.get((record.id, code)), now) for code in LANGUAGES))


def _cell(record: DocumentRecord, code: str, work: _Work | None, now: datetime) -> MatrixCell:
    rendition = record.rendition(code)
    if rendition is None:
        return MatrixCell(code, CellState.ORIGINAL if code == record.source else _before_reading(record))
    if work is None or work.row["state"] == ReviewState.CANCELLED:
        return MatrixCell(code, _machine(rendition), rendition.finished_at)
    deadline = moment(min(work.deadlines)) if work.deadlines else None
    approved = work.row["approved_ms"]
    return MatrixCell(
        code,
        _with_people(work),
        rendition.finished_at,
        moment(approved) if approved else None,
        deadline,
        deadline is not None and deadline < now,
        work.row["id"],
        tuple(dict.fromkeys(work.people)),
    )


def _before_reading(record: DocumentRecord) -> CellState:
    if record.renditions:
        return CellState.NONE
    return CellState.FAILED if record.finished else CellState.QUEUED


def _machine(rendition: RenditionRecord) -> CellState:
    return CellState.MACHINE if rendition.state is RenditionState.DONE else CellState(rendition.state.value)


def _with_people(work: _Work) -> CellState:
    if work.row["state"] == ReviewState.APPROVED:
        return CellState.APPROVED
    return CellState.POST_EDITING if TaskKind.POST_EDIT in work.kinds else CellState.REVISING


def _totals(code: str, rows: Iterable[MatrixRow]) -> LanguageTotals:
    mine = [(row.document, cell) for row in rows for cell in row.cells if cell.language == code]
    return LanguageTotals(
        language=code,
        states=Counter(cell.state for _, cell in mine),
        available=sum(cell.available for _, cell in mine),
        late=sum(cell.late for _, cell in mine),
        hours_to_machine=_median_hours((record.created_at, cell.ready_at) for record, cell in mine),
        hours_to_approved=_median_hours((record.created_at, cell.approved_at) for record, cell in mine),
    )


def _median_hours(spans: Iterable[tuple[datetime, datetime | None]]) -> float | None:
    hours = [(end - start).total_seconds() / 3600 for start, end in spans if end is not None]
    return round(median(hours), 2) if hours else None


__all__ = ["AVAILABLE", "CellState", "LanguageTotals", "Matrix", "MatrixCell", "MatrixRow", "StatusMatrix"]
