"""Webhooks: other systems that are told of documents and tasks, and what was sent to them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.hooks import CHOSEN, HookEvent
from langsupport.errors import LangsupportError
from langsupport.services.account_records import Caller
from langsupport.services.webhooks import EndpointAsked, EndpointRecord
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False, dependencies=[needs(Permission.WEBHOOKS_MANAGE)])
FORM = Depends(own_form)


@router.get("/webhooks")
async def webhooks(request: Request, context: InContext) -> Response:
    return await _page(request, context, told_by(request))


async def _page(
    request: Request,
    context: Context,
    told: list[Told],
    status: int = 200,
    made: tuple[EndpointRecord, str] | None = None,
) -> Response:
    service = context.services.webhooks
    found = await context.threads.quick(service.list)
    sent = {one.id: await context.threads.quick(partial(service.deliveries, one.id, 10)) for one in found}
    return render(
        request,
        "webhooks.html",
        status,
        section="/people",
        told=told,
        webhooks=found,
        sent=sent,
        made=made,
        events=[event.value for event in CHOSEN],
    )


@router.post("/webhooks", dependencies=[FORM])
async def create(
    request: Request,
    context: InContext,
    caller: InCaller,
    url: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
    events: Annotated[list[str], Form()] = [],  # noqa: B006
    confidential: Annotated[str, Form()] = "",
) -> Response:
    known = tuple(HookEvent(one) for one in events if one in set(CHOSEN))
    asked = EndpointAsked(url, known, description, bool(confidential))
    try:
        made = await context.threads.quick(partial(context.services.webhooks.create, asked, caller))
    except LangsupportError as error:
        return await _page(request, context, [told_error(request, error)], status_of(type(error)))
    return await _page(request, context, [], made=made)


@router.post("/webhooks/{webhook}/moves", dependencies=[FORM])
async def move(context: InContext, caller: InCaller, webhook: str, to: Annotated[str, Form()] = "") -> Response:
    await context.threads.quick(partial(_moved, context, caller, webhook, to))
    return RedirectResponse(f"/webhooks?told={'deleted' if to == 'delete' else 'saved'}", 303)


def _moved(context: Context, caller: Caller, id: str, to: str) -> None:
    service = context.services.webhooks
    if to == "delete":
        service.delete(id, caller)
    elif to == "test":
        service.test(id)
    elif to in ("on", "off"):
        known = {one.id: one for one in service.list()}
        one = known.get(id)
        if one is not None:
            asked = EndpointAsked(one.url, one.events, one.description, one.confidential, to == "on")
            service.change(id, asked, caller)


__all__ = ["router"]
