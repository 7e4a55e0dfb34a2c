"""/api/v1/documents: their symbols, titles and what follows them; /api/v1/status: documents x languages."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from langsupport.domain.accounts import Permission
from langsupport.domain.lineage import SYMBOL_CHARS, Relation
from langsupport.formats.sheets import MEDIA_TYPES, write_rows
from langsupport.services.document_register import DocumentAsked
from langsupport.services.records import DocumentRecord
from langsupport.services.status_matrix import CellState, MatrixCell, MatrixRow
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext
from langsupport.web.api.models import DocumentBody
from langsupport.web.downloads import made_attachment
from langsupport.web.entity_tags import Expected, agreed
from langsupport.web.needs import InCaller, needs

router = APIRouter()
documents = APIRouter(prefix="/documents/{id}", tags=["documents"])
status = APIRouter(prefix="/status", tags=["documents"])

MATRIX = needs(Permission.TASKS_READ)
Meeting = Annotated[str | None, Query(description="documents of one meeting")]


class DescribeAsked(BaseModel):
    symbol: str = Field("", max_length=4 * SYMBOL_CHARS)
    titles: dict[str, str] = Field(default_factory=dict, max_length=20, description="by language")
    version: int | None = Field(None, description="the one that was changed; refused where there is a newer one")


class LineageBody(BaseModel):
    """What a document follows, and what follows it, as far as the caller sees it."""

    previous: DocumentBody | None
    following: list[DocumentBody]
    suggested: dict[Relation, str] = Field(description="symbols for what would follow; empty without an own symbol")


class CellBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    language: str
    state: CellState
    ready_at: datetime | None = Field(description="when the machine's translation was there")
    approved_at: datetime | None
    deadline: datetime | None = Field(description="the nearest one of the tasks that are open")
    late: bool
    review_id: str | None
    people: tuple[str, ...]


class RowBody(BaseModel):
    id: str
    name: str
    symbol: str
    titles: dict[str, str]
    words: int | None
    created_at: datetime
    meeting_id: str | None
    complete: bool = Field(description="whether it can be read in all six languages")
    cells: list[CellBody]


class TotalsBody(BaseModel):
    """One language over all documents."""

    model_config = ConfigDict(from_attributes=True)

    language: str
    states: dict[CellState, int]
    available: int
    late: int
    hours_to_machine: float | None = Field(description="median, from the upload on")
    hours_to_approved: float | None = Field(description="median, from the upload on")


class MatrixBody(BaseModel):
    rows: list[RowBody]
    totals: list[TotalsBody]
    complete: int


@documents.patch("", dependencies=[needs(Permission.DOCUMENTS_WRITE, of="document")])
async def describe(
    context: InContext, caller: InCaller, expected: Expected, id: str, asked: DescribeAsked
) -> DocumentBody:
    """Give its symbol and titles. A title that is empty gives way to what the document itself says."""
    described = DocumentAsked(asked.symbol, asked.titles)
    call = partial(context.services.register.describe, id, described, caller, agreed(asked.version, expected))
    return DocumentBody.model_validate(await context.threads.quick(call))


@documents.get("/lineage", dependencies=[needs(Permission.DOCUMENTS_READ, of="document")])
async def lineage(context: InContext, caller: InCaller, id: str) -> LineageBody:
    register, of = context.services.register, sight(caller)

    def read() -> LineageBody:
        before = register.previous(id, of)
        return LineageBody(
            previous=_document(before) if before is not None else None,
            following=[_document(record) for record in register.following(id, of)],
            suggested={relation: register.suggested(id, relation) for relation in Relation},
        )

    return await context.threads.quick(read)


@status.get("", dependencies=[MATRIX])
async def matrix(context: InContext, caller: InCaller, meeting: Meeting = None) -> MatrixBody:
    """What exists of the newest documents in each language, who works on it, and what is late."""
    found = await context.threads.quick(partial(context.services.status.read, sight(caller), meeting))
    totals = [TotalsBody.model_validate(one) for one in found.totals]
    return MatrixBody(rows=[_row(row) for row in found.rows], totals=totals, complete=found.complete)


@status.get("/table.{extension}", dependencies=[MATRIX], response_class=Response)
async def table(context: InContext, caller: InCaller, extension: str, meeting: Meeting = None) -> Response:
    """The same as a table: csv or xlsx."""

    def made() -> bytes:
        found = context.services.status.read(sight(caller), meeting)
        return write_rows(extension, _COLUMNS, [_line(row, cell) for row in found.rows for cell in row.cells])

    data = await context.threads.quick(made)
    return made_attachment(data, f"status.{extension.lower()}", MEDIA_TYPES[extension.lower()])


_COLUMNS = (
    "document",
    "symbol",
    "title",
    "uploaded",
    "language",
    "state",
    "machine_ready",
    "approved",
    "deadline",
    "late",
    "people",
)


def _line(row: MatrixRow, cell: MatrixCell) -> list[str]:
    return [
        row.document.name,
        row.document.symbol,
        row.document.titles.get(cell.language, ""),
        row.document.created_at.isoformat(),
        cell.language,
        cell.state,
        cell.ready_at.isoformat() if cell.ready_at else "",
        cell.approved_at.isoformat() if cell.approved_at else "",
        cell.deadline.isoformat() if cell.deadline else "",
        "yes" if cell.late else "",
        ", ".join(cell.people),
    ]


def _document(record: DocumentRecord) -> DocumentBody:
    return DocumentBody.model_validate(record)


def _row(row: MatrixRow) -> RowBody:
    record = row.document
    return RowBody(
        id=record.id,
        name=record.name,
        symbol=record.symbol,
        titles=record.titles,
        words=record.words,
        created_at=record.created_at,
        meeting_id=record.meeting_id,
        complete=row.complete,
        cells=[CellBody.model_validate(cell) for cell in row.cells],
    )


router.include_router(documents)
router.include_router(status)

__all__ = ["router"]
