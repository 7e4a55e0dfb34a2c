"""Documents with people: sending them there, and the editor in which they are translated and revised."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import Orders, Priority
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.formats.office import SUFFIXES, find_office
from langsupport.services.account_records import Caller
from langsupport.services.queue_rules import checked_orders
from langsupport.services.records import RenditionState
from langsupport.services.review_packages import Imported
from langsupport.services.review_rows import holder
from langsupport.services.visibility import sight
from langsupport.web.api.context import Context, InContext
from langsupport.web.api.review_files import taken_back
from langsupport.web.api.review_models import review_body
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.queue import orders_of
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.review_words import editor_messages
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

READ = needs(Permission.TASKS_READ, of="review")
MANAGE = needs(Permission.TASKS_MANAGE, of="review")
SEND = needs(Permission.TASKS_MANAGE, of="document")
FORM = Depends(own_form)


@router.get("/documents/{id}/people", dependencies=[SEND])
async def send_form(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    return await _send_page(request, context, id, told_by(request), accounts=caller.person is not None)


async def _send_page(
    request: Request, context: Context, id: str, told: list[Told], status: int = 200, *, accounts: bool
) -> Response:
    record = await context.threads.quick(partial(context.services.documents.get, id))
    found = await context.threads.quick(partial(context.services.reviews.of_document, id))
    reviews = {review.language: review for review in found}
    ready = [
        code
        for code in LANGUAGES
        if (rendition := record.rendition(code)) is not None
        and rendition.state is RenditionState.DONE
        and (code not in reviews or reviews[code].state is ReviewState.CANCELLED)
    ]
    return render(
        request,
        "document_people.html",
        status,
        section="/",
        told=told,
        record=record,
        ready=ready,
        reviews=reviews,
        priorities=list(Priority),
        accounts=accounts,
    )


@router.post("/documents/{id}/people", dependencies=[SEND, FORM])
async def send(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    given = await request.form()
    wanted = [code for code in LANGUAGES if code in {str(value) for value in given.getlist("targets")}]

    def sent() -> None:
        if not wanted:
            raise InvalidRequest(detail="Choose at least one language.")
        orders = checked_orders(orders_of(given))
        for code in wanted:
            context.services.review_opening.send(id, code, orders, caller)

    try:
        await context.threads.quick(sent)
    except LangsupportError as error:
        told = [told_error(request, error)]
        accounts = caller.person is not None
        return await _send_page(request, context, id, told, status_of(type(error)), accounts=accounts)
    return RedirectResponse(f"/documents/{id}/people?told=sent", 303)


@router.get("/reviews/{id}", dependencies=[READ])
async def editor(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    record = await context.threads.quick(partial(context.services.reviews.get, id, sight(caller)))
    return render(
        request,
        "review.html",
        section="/queue",
        told=told_by(request),
        review=record,
        body=review_body(record, holder(caller)).model_dump(mode="json"),
        works=caller.may(Permission.TASKS_WORK),
        memory=caller.may(Permission.MEMORY_READ),
        page_strings=editor_messages(strings(request)),
    )


@router.get("/reviews/{id}/files", dependencies=[READ])
async def files(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    return await _files_page(request, context, caller, id, told_by(request))


async def _files_page(
    request: Request,
    context: Context,
    caller: Caller,
    id: str,
    told: list[Told],
    status: int = 200,
    found: Imported | None = None,
) -> Response:
    record = await context.threads.quick(partial(context.services.reviews.get, id, sight(caller)))
    return render(
        request,
        "review_files.html",
        status,
        section="/queue",
        told=told,
        review=record,
        found=found,
        works=caller.may(Permission.TASKS_WORK) and record.state is ReviewState.OPEN,
        pdf=find_office() is not None and PurePath(record.document).suffix.lower() in SUFFIXES,
    )


@router.post("/reviews/{id}/files", dependencies=[needs(Permission.TASKS_WORK, of="review"), FORM])
async def take_back(
    request: Request, context: InContext, caller: InCaller, id: str, file: Annotated[UploadFile, File()]
) -> Response:
    """A package that was edited elsewhere."""
    try:
        found = await taken_back(context, caller, id, file)
    except LangsupportError as error:
        told = [told_error(request, error)]
        return await _files_page(request, context, caller, id, told, status_of(type(error)))
    return await _files_page(request, context, caller, id, [], found=found)


@router.post("/reviews/{id}/call-off", dependencies=[MANAGE, FORM])
async def call_off(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    call = partial(context.services.tasks.call_off, id, caller)
    return await _moved(request, context, caller, id, call, "called-off")


@router.post("/reviews/{id}/reopen", dependencies=[MANAGE, FORM])
async def reopen(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    call = partial(context.services.review_opening.reopen, id, Orders(), caller)
    return await _moved(request, context, caller, id, call, "sent")


async def _moved(
    request: Request, context: Context, caller: Caller, id: str, call: Callable[[], object], told_as: str
) -> Response:
    record = await context.threads.quick(partial(context.services.reviews.get, id, sight(caller)))
    try:
        await context.threads.quick(call)
    except LangsupportError as error:
        told = [told_error(request, error)]
        accounts = caller.person is not None
        return await _send_page(request, context, record.document_id, told, status_of(type(error)), accounts=accounts)
    return RedirectResponse(f"/documents/{record.document_id}/people?told={told_as}", 303)


__all__ = ["router"]
