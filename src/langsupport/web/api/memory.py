"""/api/v1/memory: matches, concordance, import, export, deletion.

Texts to look up come in the body, for addresses are logged.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.responses import Response

from langsupport.domain.accounts import Permission
from langsupport.domain.matches import UnitOrigin
from langsupport.formats.sheets import extension_of
from langsupport.services.memory import asked
from langsupport.services.memory_exchange import MEMORY_FORMATS
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_meeting
from langsupport.web.api.context import InContext, file_name, source_code, whole_file
from langsupport.web.api.memory_models import (
    ClearedBody,
    ConcordanceSearch,
    ImportBody,
    MatchBody,
    MemorySearch,
    RowId,
    UnitPage,
    match_body,
    unit_body,
)
from langsupport.web.downloads import made_attachment
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/memory", tags=["translation memory"])

READ = needs(Permission.MEMORY_READ)
WRITE = needs(Permission.MEMORY_WRITE)


@router.post("/search", dependencies=[READ])
async def search(context: InContext, caller: InCaller, wanted: MemorySearch) -> list[MatchBody]:
    """Exact, context and fuzzy matches for a text, the best first: from the organization's memory and one meeting's."""
    meeting_id = await check_meeting(context, caller, wanted.meeting)
    given = asked(wanted.text, wanted.source, wanted.target, wanted.before, wanted.after)
    look = partial(context.services.memory.search, given, meeting_id, wanted.least, wanted.limit)
    return [match_body(match) for match in await context.threads.quick(look)]


@router.post("/concordance", dependencies=[READ])
async def concordance(context: InContext, caller: InCaller, wanted: ConcordanceSearch) -> UnitPage:
    """Units with these words in the source or in the target."""
    look = partial(
        context.services.memory.concordance,
        wanted.text,
        wanted.source,
        wanted.target,
        sight(caller),
        wanted.limit + 1,
        wanted.before,
    )
    found = await context.threads.quick(look)
    items = [unit_body(unit) for unit in found[: wanted.limit]]
    return UnitPage(items=items, next=items[-1].id if len(found) > wanted.limit else None)


@router.post("/import", status_code=201, dependencies=[WRITE])
async def import_file(
    context: InContext,
    caller: InCaller,
    file: Annotated[UploadFile, File(description="CSV, XLSX or TMX")],
    source: Annotated[str, Form(description="the language of rows that don't say theirs")] = "",
    target: Annotated[str, Form()] = "",
    meeting: Annotated[str, Form(description="the id of the meeting whose memory it is for")] = "",
    origin: Annotated[UnitOrigin, Form(description="imported, or aligned: by a program")] = UnitOrigin.IMPORTED,
) -> ImportBody:
    """Take over a file, whole or not at all: a problem names the rows that are wrong."""
    name = file_name(file)
    extension_of(name, MEMORY_FORMATS)
    meeting_id = await check_meeting(context, caller, meeting)
    data = await whole_file(context, file, name)
    take = partial(
        context.services.memory.import_file,
        data,
        name,
        caller,
        source_code(source),
        source_code(target),
        meeting_id,
        origin,
    )
    return ImportBody.model_validate(await context.threads.quick(take))


@router.get("/export.{extension}", dependencies=[WRITE], response_class=Response)
async def export(
    context: InContext,
    caller: InCaller,
    extension: str,
    source: Annotated[str, Query(description="one direction only")] = "",
    target: str = "",
    meeting: Annotated[str, Query(description="the memory of one meeting only")] = "",
) -> Response:
    """Everything that the caller sees, as CSV or XLSX, without inline codes, or TMX."""
    kind = extension_of(f"memory.{extension}", MEMORY_FORMATS)
    meeting_id = await check_meeting(context, caller, meeting)
    make = partial(
        context.services.memory.export,
        kind,
        caller,
        sight(caller),
        source_code(source),
        source_code(target),
        meeting_id,
    )
    return made_attachment(await context.threads.quick(make), f"memory.{kind}", MEMORY_FORMATS[kind])


@router.delete("", dependencies=[WRITE])
async def clear(context: InContext, caller: InCaller, meeting: Annotated[str, Query(min_length=1)]) -> ClearedBody:
    """Delete the memory of a meeting."""
    deleted = await context.threads.quick(partial(context.services.memory.clear, meeting, caller, sight(caller)))
    return ClearedBody(deleted=deleted)


@router.delete("/{unit}", status_code=204, dependencies=[WRITE])
async def delete(context: InContext, caller: InCaller, unit: RowId) -> None:
    await context.threads.quick(partial(context.services.memory.delete, unit, caller, sight(caller)))
