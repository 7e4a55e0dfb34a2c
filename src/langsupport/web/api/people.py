"""/api/v1/people: who there is and what they may do, for administrators."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from langsupport.domain.accounts import Permission
from langsupport.web.api.account_models import (
    InvitationBody,
    PersonAsked,
    PersonBody,
    PersonChange,
    PersonPage,
    TokenBody,
    person_body,
    token_body,
)
from langsupport.web.api.context import Context, InContext
from langsupport.web.entity_tags import Expected, agreed
from langsupport.web.live.link_tokens import WELCOME
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/people", tags=["accounts"], dependencies=[needs(Permission.PEOPLE_MANAGE)])


@router.get("")
async def list_people(
    context: InContext, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None
) -> PersonPage:
    """By sign-in name."""
    found = await context.threads.quick(partial(context.services.accounts.people.list, limit + 1, after))
    items = [person_body(person) for person in found[:limit]]
    return PersonPage(items=items, next=items[-1].login if len(found) > limit else None)


@router.post("", status_code=201)
async def create_person(context: InContext, caller: InCaller, asked: PersonAsked) -> PersonBody:
    """Somebody new. They come in by a link (`invitation`), or at the OpenID provider."""
    create = partial(context.services.accounts.people.create, asked.login, asked.profile(), caller)
    return person_body(await context.threads.quick(create))


@router.get("/{id}")
async def get_person(context: InContext, id: str) -> PersonBody:
    return person_body(await context.threads.quick(partial(context.services.accounts.people.get, id)))


@router.put("/{id}")
async def change_person(
    context: InContext, caller: InCaller, expected: Expected, id: str, asked: PersonChange
) -> PersonBody:
    """Name, roles, languages. Holds at once, for those who are signed in too."""
    change = partial(
        context.services.accounts.people.change, id, asked.profile(), caller, agreed(asked.version, expected)
    )
    return person_body(await context.threads.quick(change))


@router.post("/{id}/disable")
async def disable(context: InContext, caller: InCaller, id: str) -> PersonBody:
    """Sign-ins, tokens and links end at once."""
    return person_body(await context.threads.quick(partial(context.services.accounts.people.disable, id, caller)))


@router.post("/{id}/enable")
async def enable(context: InContext, caller: InCaller, id: str) -> PersonBody:
    return person_body(await context.threads.quick(partial(context.services.accounts.people.enable, id, caller)))


@router.post("/{id}/invitation", status_code=201)
async def invite(request: Request, context: InContext, caller: InCaller, id: str) -> InvitationBody:
    """A link by which the person sets a password; a new one replaces the old one."""
    token = await context.threads.quick(partial(context.services.accounts.people.invite, id, caller))
    return InvitationBody(link=invitation_link(request, context, token))


def invitation_link(request: Request, context: Context, token: str) -> str:
    """The whole address, as it is passed on."""
    public = context.services.settings.accounts.public_url.rstrip("/")
    return f"{public or f'{request.url.scheme}://{request.url.netloc}'}{WELCOME}/{token}"


@router.delete("/{id}/sign-ins", status_code=204)
async def end_sign_ins(context: InContext, caller: InCaller, id: str) -> None:
    """Sign the person out everywhere."""
    await context.threads.quick(partial(context.services.accounts.sign_ins.end_all, id, caller))


@router.get("/{id}/tokens")
async def list_tokens(context: InContext, id: str) -> list[TokenBody]:
    await context.threads.quick(partial(context.services.accounts.people.get, id))
    found = await context.threads.quick(partial(context.services.accounts.tokens.list, id))
    return [token_body(token) for token in found]


@router.delete("/{id}/tokens/{token}", status_code=204)
async def revoke_token(context: InContext, caller: InCaller, id: str, token: str) -> None:
    await context.threads.quick(partial(context.services.accounts.tokens.revoke, id, token, caller))
