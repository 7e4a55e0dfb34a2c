"""Signing in and out: by password, at the organization's provider, and for the first time by a link."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.errors import AccessDenied, InvalidRequest, LangsupportError, NotFound, TooManyTries
from langsupport.services.account_records import SignInMethod
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import address_of, caller_of, give_cookie, is_secure, own_form
from langsupport.web.live.link_tokens import WELCOME, invitation
from langsupport.web.needs import ANYBODY
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import problem_of, status_of
from langsupport.web.signing import hashing, signed_in

router = APIRouter(include_in_schema=False, dependencies=[ANYBODY])

STATE_COOKIE = "langsupport_provider"
STATE_SECONDS = 15 * 60


@router.get("/sign-in")
async def ask(request: Request, context: InContext, next: str = "/") -> Response:
    if caller_of(request) is not None:
        return RedirectResponse(local_path(next), 303)
    return _page(request, context, next, told_by(request))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    context: InContext,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """A wrong answer tells neither by its words nor by its time whether there is such an account."""
    if not context.callers.on:
        return RedirectResponse(local_path(next), 303)
    sign_ins = context.services.accounts.sign_ins
    try:
        person = await hashing(partial(sign_ins.by_password, login, password, address_of(request)))
    except (AccessDenied, TooManyTries) as error:
        status = 401 if isinstance(error, AccessDenied) else status_of(type(error))
        response = _page(request, context, next, [told_error(request, error)], status, login)
        response.headers.update(problem_of(error).headers)
        return response
    answer = RedirectResponse(local_path(next), 303)
    await signed_in(request, context, answer, person, SignInMethod.PASSWORD)
    return answer


def _page(
    request: Request, context: Context, next: str, told: list[Told], status: int = 200, login: str = ""
) -> Response:
    oidc = context.services.settings.accounts.oidc
    return render(
        request,
        "sign_in.html",
        status,
        next=local_path(next),
        told=told,
        login=login[:200],
        provider=oidc.name if oidc.issuer else "",
    )


@router.post("/sign-out", dependencies=[Depends(own_form)])
async def sign_out(request: Request, context: InContext) -> Response:
    caller = caller_of(request)
    if caller is not None and caller.person is not None and not caller.by_token:
        end = partial(context.services.accounts.sign_ins.end, caller.person.id, caller.key[1:], caller)
        await context.threads.quick(end)
    response = RedirectResponse("/", 303)
    give_cookie(request, response, "", 0)
    return response


@router.get("/sign-in/provider")
async def to_provider(request: Request, context: InContext, next: str = "/") -> Response:
    oidc = context.services.accounts.oidc
    if oidc is None or not context.callers.on:
        raise NotFound(what="sign-in provider", id="")
    begun = await context.threads.quick(partial(oidc.begin, local_path(next)))
    response = RedirectResponse(begun.address, 303)
    response.set_cookie(
        STATE_COOKIE,
        begun.state,
        STATE_SECONDS,
        path="/sign-in",
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return response


@router.get("/sign-in/provider/answer")
async def from_provider(request: Request, context: InContext) -> Response:
    """Where the provider sends the browser back. What went wrong stands on the sign-in page."""
    accounts = context.services.accounts
    if accounts.oidc is None or accounts.arrivals is None or not context.callers.on:
        raise NotFound(what="sign-in provider", id="")
    answer, state = dict(request.query_params), request.cookies.get(STATE_COOKIE, "")
    try:
        identity = await context.threads.quick(partial(accounts.oidc.finish, answer, state))
        person = await context.threads.quick(partial(accounts.arrivals.person, identity, address_of(request)))
    except LangsupportError as error:
        return _page(request, context, "/", [told_error(request, error)], status_of(type(error)))
    response = RedirectResponse(local_path(identity.next), 303)
    response.delete_cookie(STATE_COOKIE, path="/sign-in")
    await signed_in(request, context, response, person, SignInMethod.OIDC)
    return response


@router.get(WELCOME)
async def welcome(request: Request, context: InContext) -> Response:
    """For the link by which somebody comes for the first time. Looking at it doesn't use it up."""
    token = invitation(request)
    person = await context.threads.quick(partial(context.services.accounts.people.invited, token))
    return render(request, "welcome.html", person=person, token=token, told=[])


@router.post(WELCOME)
async def accept(
    request: Request,
    context: InContext,
    token: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    people = context.services.accounts.people
    person = await context.threads.quick(partial(people.invited, token))
    try:
        if password != again:
            raise InvalidRequest(detail="The two passwords are not the same. Write the same one twice.")
        person = await hashing(partial(people.accept, token, password, address_of(request)))
    except InvalidRequest as error:
        told = [told_error(request, error)]
        return render(request, "welcome.html", status_of(type(error)), person=person, token=token, told=told)
    if not context.callers.on:
        return RedirectResponse("/", 303)
    response = RedirectResponse("/?told=welcome", 303)
    await signed_in(request, context, response, person, SignInMethod.INVITATION)
    return response


def local_path(given: str) -> str:
    """The address if it is a path of this service, else the first page: nobody is sent elsewhere."""
    fine = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if fine else "/"
