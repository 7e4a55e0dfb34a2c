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
from langsupport.services.document_register import DocumentAsked, Following
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext, file_name
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.rendering import render
from langsupport.web.pages.strings import CELLS
from langsupport.web.pages.telling import told_by

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
    version = str(given.get("version", ""))
    known = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    asked = DocumentAsked(str(given.get("symbol", "")), titles)
    await context.threads.quick(partial(context.services.register.describe, id, asked, caller, known))
    return RedirectResponse(f"/documents/{id}?told=saved#register", 303)


@router.post("/documents/{id}/following", dependencies=[WRITE, FORM])
async def follow(
    context: InContext,
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

    return RedirectResponse(f"/documents/{await context.threads.quick(given)}", 303)


__all__ = ["router"]
