"""/api/v1/reviews/{id}: for other programs: packages out and in, tables, the document itself, PDF, and its pages."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, File, Path, Query, UploadFile
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from langsupport import formats
from langsupport.domain.accounts import Permission
from langsupport.errors import InputTooLarge, NotFound
from langsupport.formats.sheets import MEDIA_TYPES
from langsupport.services.review_packages import Imported, Made
from langsupport.web.api.context import Context, InContext, file_name
from langsupport.web.api.models import FindingBody, finding_body
from langsupport.web.downloads import made_attachment
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/reviews/{id}", tags=["reviews"])

READ = needs(Permission.TASKS_READ, of="review")
DOWNLOAD = needs(Permission.TASKS_READ, of="review", download=True)
WORK = needs(Permission.TASKS_WORK, of="review")


class DisagreementBody(BaseModel):
    """Changed here and in the package: `theirs` holds, `mine` is the caller's draft."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    theirs: str
    mine: str


class RefusalBody(BaseModel):
    """Not taken; the text is the caller's draft."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    reason: str


class ImportedBody(BaseModel):
    """What became of a package: numbers of segments."""

    confirmed: list[int]
    drafts: list[int]
    conflicts: list[DisagreementBody]
    refused: list[RefusalBody]
    unchanged: int
    findings: list[FindingBody]


class PreviewBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    stamp: str
    pages: int
    page: int


@router.get("/package.xlf", dependencies=[DOWNLOAD], response_class=Response)
async def package(context: InContext, id: str, version: Literal["1.2", "2.1"] = "2.1") -> Response:
    """An XLIFF package with what holds now, its states and comments, for any translation program."""
    made = await context.threads.convert(partial(context.services.review_packages.package, id, version))
    return made_attachment(made.data, made.name, "application/xliff+xml")


@router.post("/package", dependencies=[WORK])
async def take_back(
    context: InContext,
    caller: InCaller,
    id: str,
    file: Annotated[UploadFile, File(description="the XLIFF package, edited")],
) -> ImportedBody:
    """Take a package's texts into the caller's tasks. What was changed here meanwhile stays, and is told."""
    return imported_body(await taken_back(context, caller, id, file))


async def taken_back(context: Context, caller: InCaller, id: str, file: UploadFile) -> Imported:
    """Raises as ReviewPackages.take_back."""
    limit, name = context.services.settings.max_upload_bytes, file_name(file)
    data = await file.read(limit + 1)
    if len(data) > limit:
        raise InputTooLarge(name=name, size=f"{len(data) >> 20} MiB", limit=f"{limit >> 20} MiB")
    take = partial(context.services.review_packages.take_back, id, data, name, caller)
    return await context.threads.convert(take)


@router.get("/table.{extension}", dependencies=[DOWNLOAD], response_class=Response)
async def table(context: InContext, id: str, extension: str) -> Response:
    """Source and target side by side: csv or xlsx."""
    made = await context.threads.convert(partial(context.services.review_packages.table, id, extension))
    return made_attachment(made.data, made.name, MEDIA_TYPES[extension.lower()])


@router.get("/document", dependencies=[DOWNLOAD], response_class=Response)
async def document(context: InContext, caller: InCaller, id: str) -> Response:
    """The document in its own format as it would be now; marked until it is approved."""
    made: Made = await context.threads.convert(partial(context.services.review_packages.document, id, caller))
    return made_attachment(made.data, made.name, formats.for_name(made.name, made.data).media_type)


@router.get("/document.pdf", dependencies=[DOWNLOAD], response_class=Response)
async def pdf(context: InContext, caller: InCaller, id: str) -> Response:
    """The same as PDF, where LibreOffice is installed."""
    made = await context.threads.convert(partial(context.services.review_preview.pdf, id, caller))
    return made_attachment(made.data, made.name, "application/pdf")


@router.get("/preview", dependencies=[READ])
async def preview(
    context: InContext, caller: InCaller, id: str, number: Annotated[int, Query(ge=1, le=2**31 - 1)] = 1
) -> PreviewBody:
    """How many pages the document has with the caller's drafts in it, and on which one a segment stands."""
    look = partial(context.services.review_preview.look, id, number, caller)
    return PreviewBody.model_validate(await context.threads.convert(look))


@router.get("/preview/{page}.png", dependencies=[READ], response_class=Response)
async def picture(
    context: InContext, caller: InCaller, id: str, page: Annotated[int, Path(ge=1, le=100_000)]
) -> Response:
    """One page."""
    data = await context.threads.convert(partial(context.services.review_preview.picture, id, page, caller))
    if data is None:
        raise NotFound(what="page", id=str(page))
    return Response(data, media_type="image/png", headers={"Cache-Control": "no-store"})


def imported_body(found: Imported) -> ImportedBody:
    return ImportedBody(
        confirmed=list(found.confirmed),
        drafts=list(found.drafts),
        conflicts=[DisagreementBody.model_validate(one) for one in found.conflicts],
        refused=[RefusalBody.model_validate(one) for one in found.refused],
        unchanged=found.unchanged,
        findings=[finding_body(finding) for finding in found.findings],
    )


__all__ = ["imported_body", "router", "taken_back"]
