"""People for administrators: the list, one person, and the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission, PersonRole
from langsupport.domain.languages import DIRECTIONS
from langsupport.errors import LangsupportError
from langsupport.services.account_records import Caller, Person
from langsupport.services.audit import ACTIONS
from langsupport.services.people import Profile, pairs_text
from langsupport.web.api.context import Context, InContext
from langsupport.web.api.people import invitation_link
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.rendering import render
from langsupport.web.pages.strings import AUDIT_ACTIONS
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

MANAGE = needs(Permission.PEOPLE_MANAGE)
FORM = Depends(own_form)
SECTION = "/people"
PAGE_SIZE = 100


@router.get("/people", dependencies=[MANAGE])
async def people(request: Request, context: InContext, after: str | None = None) -> Response:
    found = await context.threads.quick(partial(context.services.accounts.people.list, PAGE_SIZE + 1, after))
    shown = found[:PAGE_SIZE]
    return render(
        request,
        "people.html",
        section=SECTION,
        told=told_by(request),
        people=shown,
        more=shown[-1].login if len(found) > PAGE_SIZE else None,
    )


@router.get("/people/new", dependencies=[MANAGE])
async def new(request: Request) -> Response:
    return _form_page(request, None, "", Profile("", []), [])


@router.post("/people", dependencies=[MANAGE, FORM])
async def create(request: Request, context: InContext, caller: InCaller) -> Response:
    """Leads to the person's page, with the link by which they come in."""
    given = await request.form()
    login, profile = str(given.get("login", "")), profile_of(given)
    accounts = context.services.accounts
    try:
        person = await context.threads.quick(partial(accounts.people.create, login, profile, caller))
    except LangsupportError as error:
        told = [told_error(request, error)]
        return _form_page(request, None, login, profile, told, status_of(type(error)))
    token = await context.threads.quick(partial(accounts.people.invite, person.id, caller))
    return await _person_page(request, context, person.id, [], link=invitation_link(request, context, token))


@router.get("/people/{id}", dependencies=[MANAGE])
async def person(request: Request, context: InContext, id: str) -> Response:
    return await _person_page(request, context, id, told_by(request))


async def _person_page(
    request: Request, context: Context, id: str, told: list[Told], status: int = 200, link: str = ""
) -> Response:
    accounts = context.services.accounts
    found = await context.threads.quick(partial(accounts.people.get, id))
    profile = Profile(found.name, found.roles, found.email or "", pairs_text(found.pairs), found.languages)
    sign_ins = await context.threads.quick(partial(accounts.sign_ins.list, id))
    tokens = await context.threads.quick(partial(accounts.tokens.list, id))
    more = {"sign_ins": sign_ins, "tokens": tokens, "link": link}
    return _form_page(request, found, found.login, profile, told, status, **more)


def _form_page(
    request: Request,
    person: Person | None,
    login: str,
    profile: Profile,
    told: list[Told],
    status: int = 200,
    **more: Any,
) -> Response:
    return render(
        request,
        "person.html",
        status,
        section=SECTION,
        told=told,
        person=person,
        login=login,
        profile=profile,
        roles=list(PersonRole),
        directions=DIRECTIONS,
        **{"sign_ins": [], "tokens": [], "link": "", **more},
    )


def profile_of(given: FormData) -> Profile:
    def several(name: str) -> list[str]:
        return [str(value) for value in given.getlist(name)]

    return Profile(
        name=str(given.get("name", "")),
        roles=several("roles"),
        email=str(given.get("email", "")),
        pairs=several("pairs"),
        languages=several("languages"),
    )


@router.post("/people/{id}", dependencies=[MANAGE, FORM])
async def change(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    given = await request.form()
    version = str(given.get("version", ""))
    known = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    call = partial(context.services.accounts.people.change, id, profile_of(given), caller, known)
    try:
        await context.threads.quick(call)
    except LangsupportError as error:
        return await _person_page(request, context, id, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse(f"/people/{id}?told=saved", 303)


@router.post("/people/{id}/moves", dependencies=[MANAGE, FORM])
async def move(
    request: Request, context: InContext, caller: InCaller, id: str, to: Annotated[str, Form()] = ""
) -> Response:
    """Disable, enable, a new link, sign out everywhere."""
    accounts = context.services.accounts
    moves: dict[str, Callable[[], object]] = {
        "disable": partial(accounts.people.disable, id, caller),
        "enable": partial(accounts.people.enable, id, caller),
        "sign-out": partial(accounts.sign_ins.end_all, id, caller),
    }
    try:
        if to == "invite":
            return await _invited(request, context, caller, id)
        if to in moves:
            await context.threads.quick(moves[to])
    except LangsupportError as error:
        return await _person_page(request, context, id, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse(f"/people/{id}?told=saved", 303)


async def _invited(request: Request, context: Context, caller: Caller, id: str) -> Response:
    token = await context.threads.quick(partial(context.services.accounts.people.invite, id, caller))
    return await _person_page(request, context, id, [], link=invitation_link(request, context, token))


@router.post("/people/{id}/tokens/{token}/revoke", dependencies=[MANAGE, FORM])
async def revoke_token(context: InContext, caller: InCaller, id: str, token: str) -> Response:
    await context.threads.quick(partial(context.services.accounts.tokens.revoke, id, token, caller))
    return RedirectResponse(f"/people/{id}?told=token-revoked", 303)


@router.get("/audit", dependencies=[needs(Permission.AUDIT_READ)])
async def audit(request: Request, context: InContext, before: str = "", action: str = "", person: str = "") -> Response:
    last = int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
    wanted = action if action in ACTIONS else None
    read = partial(
        context.services.accounts.audit.list, PAGE_SIZE + 1, last, action=wanted, person_id=person[:32] or None
    )
    found = await context.threads.quick(read)
    shown = found[:PAGE_SIZE]
    return render(
        request,
        "audit.html",
        section="/audit",
        entries=shown,
        actions=AUDIT_ACTIONS,
        action=wanted or "",
        person=person[:32],
        older=shown[-1].id if len(found) > PAGE_SIZE else None,
    )
