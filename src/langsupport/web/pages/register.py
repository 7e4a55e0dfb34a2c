"""The register: symbols and titles of documents, what follows them, and the status of the six languages."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.lineage import Relation
from langsupport.errors import LangsupportError
from langsupport.services.document_register import DocumentAsked, Following
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext, file_name
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.documents import document_page
from langsupport.web.pages.rendering import render
from langsupport.web.pages.strings import CELLS
from langsupport.web.pages.telling import told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

WRITE = needs(Permission.DOCUMENTS_WRITE, of="document")
FORM = Depends(own_form)


@router.get("/status", dependencies=[needs(Permission.TASKS_READ)])
async def status(request: Request, context: InContext, caller: InCaller, meeting: str = "") -> Response:
    services, of = context.services, sight(caller)
    chosen = await context.threads.quick(partial(services.meetings.get, meeting, of)) if meeting else None
    return render(
        request,
        "status.html",
        section="/queue",
        told=told_by(request),
        meeting=chosen,
        meetings=await meeting_choices(context, caller),
        matrix=await context.threads.quick(partial(services.status.read, of, chosen.id if chosen else None)),
        labels=CELLS,
    )


@router.post("/documents/{id}/describe", dependencies=[WRITE, FORM])
async def describe(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    given = await request.form()
    titles = {code: str(given.get(f"title_{code}", "")) for code in LANGUAGES}
    asked = DocumentAsked(str(given.get("symbol", "")), titles)
    over = str(given.get("over", "")) or None
    try:
        await context.threads.quick(partial(context.services.register.describe, id, asked, caller, over=over))
    except LangsupportError as error:
        told = [told_error(request, error)]
        return await document_page(request, context, caller, id, told, status_of(type(error)), asked)
    return RedirectResponse(f"/documents/{id}?told=saved#register", 303)


@router.post("/documents/{id}/following", dependencies=[WRITE, FORM])
async def follow(
    request: Request,
    context: InContext,
    caller: InCaller,
    id: str,
    file: Annotated[UploadFile, File()],
    relation: Annotated[Relation, Form()],
    symbol: Annotated[str, Form()] = "",
) -> Response:
    """The new document belongs to the same meeting and goes into the same languages."""
    services = context.services

    def given() -> str:
        before = services.documents.get(id)
        following = Following(symbol.strip() or services.register.suggested(id, relation), relation, id)
        targets = [rendition.language for rendition in before.renditions] or None
        upload = partial(services.documents.upload, file_name(file), file.file, before.source, targets)
        return upload(meeting_id=before.meeting_id, following=following).id

    try:
        made = await context.threads.quick(given)
    except LangsupportError as error:
        told = [told_error(request, error)]
        return await document_page(request, context, caller, id, told, status_of(type(error)))
    return RedirectResponse(f"/documents/{made}", 303)


__all__ = ["router"]
