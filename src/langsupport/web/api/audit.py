"""/api/v1/audit: the audit trail, page by page and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from langsupport.domain.accounts import Permission
from langsupport.services.account_records import Caller, TrailRecord
from langsupport.web.api.account_models import TrailPage, trail_body
from langsupport.web.api.context import Context, InContext
from langsupport.web.downloads import content_disposition
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/audit", tags=["accounts"], dependencies=[needs(Permission.AUDIT_READ)])

COLUMNS = ("id", "at", "by", "person_id", "address", "action", "subject", "detail")
_BLOCK = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("")
async def list_audit(
    context: InContext,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="the id of the last one of the page before")
    ] = None,
    action: str | None = None,
    person: Annotated[str | None, Query(description="a person's id")] = None,
) -> TrailPage:
    """Newest first."""
    read = partial(context.services.accounts.audit.list, limit + 1, before, action=action, person_id=person)
    found = await context.threads.quick(read)
    items = [trail_body(entry) for entry in found[:limit]]
    return TrailPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/trail.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def export_csv(context: InContext, caller: InCaller) -> StreamingResponse:
    """Everything, newest first."""
    entries = await _everything(context, caller, "csv")
    return _file(context, _csv_blocks(entries), "audit-trail.csv", "text/csv; charset=utf-8")


@router.get("/trail.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def export_json(context: InContext, caller: InCaller) -> StreamingResponse:
    """Everything, newest first, as one JSON list."""
    entries = await _everything(context, caller, "json")
    return _file(context, _json_blocks(entries), "audit-trail.json", "application/json")


async def _everything(context: Context, caller: Caller, form: str) -> Iterator[TrailRecord]:
    audit = context.services.accounts.audit
    await context.threads.quick(partial(audit.note, "audit-export", caller, form))
    return audit.everything()


def _file(context: Context, blocks: Iterator[str], name: str, media_type: str) -> StreamingResponse:
    async def body() -> AsyncIterator[str]:
        while (block := await context.threads.quick(partial(next, blocks, None))) is not None:
            yield block

    return StreamingResponse(body(), headers={"Content-Disposition": content_disposition(name)}, media_type=media_type)


def _csv_blocks(entries: Iterator[TrailRecord]) -> Iterator[str]:
    yield "\ufeff" + _lines([COLUMNS])  # so that spreadsheets see that it is UTF-8
    while block := list(islice(entries, _BLOCK)):
        yield _lines([[_cell(value) for value in _values(entry)] for entry in block])


def _json_blocks(entries: Iterator[TrailRecord]) -> Iterator[str]:
    before = "[\n"
    while block := list(islice(entries, _BLOCK)):
        yield before + ",\n".join(trail_body(entry).model_dump_json() for entry in block)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _values(entry: TrailRecord) -> list[Any]:
    detail = json.dumps(dict(entry.detail), ensure_ascii=False)
    at = entry.at.isoformat(timespec="milliseconds")
    return [entry.id, at, entry.by, entry.person_id or "", entry.address, entry.action, entry.subject, detail]


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(rows: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
