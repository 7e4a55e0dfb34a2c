"""One's own account: password, tokens for programs, the browsers in which one is signed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import ALL_SCOPES, Permission
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.services.account_records import Caller, SignInMethod
from langsupport.web.api.account import end_other_sign_ins, own
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import IN_PERSON, InCaller
from langsupport.web.pages.rendering import render
from langsupport.web.pages.strings import N_, PERMISSIONS
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of
from langsupport.web.signing import change_password, signed_in

router = APIRouter(include_in_schema=False, dependencies=[IN_PERSON])
FORM = Depends(own_form)

LASTING = {"month": (N_("30 days"), 30), "year": (N_("A year"), 365), "always": (N_("Until it is revoked"), 0)}
"""How long a token holds, in days."""


@router.get("/account")
async def account(request: Request, context: InContext, caller: InCaller) -> Response:
    return await _page(request, context, caller, told_by(request))


async def _page(
    request: Request, context: Context, caller: Caller, told: list[Told], status: int = 200, **more: Any
) -> Response:
    accounts, person = context.services.accounts, own(caller)
    tokens = await context.threads.quick(partial(accounts.tokens.list, person.id))
    sign_ins = await context.threads.quick(partial(accounts.sign_ins.list, person.id))
    return render(
        request,
        "account.html",
        status,
        section="/account",
        told=told,
        person=person,
        tokens=tokens,
        sign_ins=sign_ins,
        current=caller.key[1:],
        scopes=[(one.value, PERMISSIONS[one]) for one in Permission if caller.may(one)],
        lasting=[(key, label) for key, (label, _) in LASTING.items()],
        **{"made": None, **more},
    )


@router.post("/account/password", dependencies=[FORM])
async def password(
    request: Request,
    context: InContext,
    caller: InCaller,
    current: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    person = own(caller)
    try:
        if new != again:
            raise InvalidRequest(detail="The two passwords are not the same. Write the same one twice.")
        await change_password(context, caller, person, current, new)
    except LangsupportError as error:
        return await _page(request, context, caller, [told_error(request, error)], status_of(type(error)))
    response = RedirectResponse("/account?told=password", 303)
    await signed_in(request, context, response, person, SignInMethod.PASSWORD)
    return response


@router.post("/account/tokens", dependencies=[FORM])
async def make_token(
    request: Request,
    context: InContext,
    caller: InCaller,
    name: Annotated[str, Form()] = "",
    scopes: Annotated[list[str], Form()] = [],  # noqa: B006
    lasts: Annotated[str, Form()] = "month",
) -> Response:
    days = LASTING.get(lasts, LASTING["month"])[1]
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    tokens = context.services.accounts.tokens
    try:
        wanted = [ALL_SCOPES] if ALL_SCOPES in scopes else scopes
        call = partial(tokens.create, own(caller).id, name, wanted, caller, expires_at)
        made = await context.threads.quick(call)
    except LangsupportError as error:
        return await _page(request, context, caller, [told_error(request, error)], status_of(type(error)))
    return await _page(request, context, caller, [], made=made)


@router.post("/account/tokens/{id}/revoke", dependencies=[FORM])
async def revoke_token(context: InContext, caller: InCaller, id: str) -> Response:
    await context.threads.quick(partial(context.services.accounts.tokens.revoke, own(caller).id, id, caller))
    return RedirectResponse("/account?told=token-revoked", 303)


@router.post("/account/sign-ins/{id}/end", dependencies=[FORM])
async def end_sign_in(context: InContext, caller: InCaller, id: str) -> Response:
    await context.threads.quick(partial(context.services.accounts.sign_ins.end, own(caller).id, id, caller))
    return RedirectResponse("/account?told=signed-out", 303)


@router.post("/account/sign-ins/end-others", dependencies=[FORM])
async def end_others(context: InContext, caller: InCaller) -> Response:
    await end_other_sign_ins(context, caller)
    return RedirectResponse("/account?told=signed-out", 303)
