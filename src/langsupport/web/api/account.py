"""/api/v1/account: one's own account: password, sign-ins, tokens."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from langsupport.errors import Conflict
from langsupport.services.account_records import Caller, Person, SignInMethod
from langsupport.web.api.account_models import (
    AccountBody,
    PasswordAsked,
    SignInBody,
    TokenAsked,
    TokenBody,
    TokenMade,
    account_body,
    sign_in_body,
    token_body,
)
from langsupport.web.api.context import Context, InContext
from langsupport.web.needs import IN_PERSON, SIGNED_IN, InCaller
from langsupport.web.signing import change_password, signed_in

router = APIRouter(prefix="/account", tags=["accounts"])


def own(caller: Caller) -> Person:
    """Raises Conflict: accounts are off."""
    if caller.person is None:
        raise Conflict(detail="Accounts are off here: everybody who can reach the service may do everything.")
    return caller.person


@router.get("", dependencies=[SIGNED_IN])
async def get_account(caller: InCaller) -> AccountBody:
    """Who the caller is, and what they may do."""
    return account_body(caller)


@router.put("/password", status_code=204, dependencies=[IN_PERSON])
async def set_password(request: Request, context: InContext, caller: InCaller, asked: PasswordAsked) -> Response:
    """All sign-ins end but this one, which gets a new cookie."""
    person = own(caller)
    await change_password(context, caller, person, asked.current, asked.new)
    response = Response(status_code=204)
    await signed_in(request, context, response, person, SignInMethod.PASSWORD)
    return response


@router.get("/sign-ins", dependencies=[IN_PERSON])
async def list_sign_ins(context: InContext, caller: InCaller) -> list[SignInBody]:
    """The browsers in which the caller is signed in, the one used last first."""
    found = await context.threads.quick(partial(context.services.accounts.sign_ins.list, own(caller).id))
    return [sign_in_body(one, caller) for one in found]


@router.delete("/sign-ins", status_code=204, dependencies=[IN_PERSON])
async def end_others(context: InContext, caller: InCaller) -> None:
    """End all but this one."""
    await end_other_sign_ins(context, caller)


async def end_other_sign_ins(context: Context, caller: Caller) -> None:
    end = partial(context.services.accounts.sign_ins.end_all, own(caller).id, caller, but=caller.key[1:])
    await context.threads.quick(end)


@router.delete("/sign-ins/{id}", status_code=204, dependencies=[IN_PERSON])
async def end_sign_in(context: InContext, caller: InCaller, id: str) -> None:
    await context.threads.quick(partial(context.services.accounts.sign_ins.end, own(caller).id, id, caller))


@router.get("/tokens", dependencies=[IN_PERSON])
async def list_tokens(context: InContext, caller: InCaller) -> list[TokenBody]:
    """Those that hold, newest first. The tokens themselves are kept nowhere."""
    found = await context.threads.quick(partial(context.services.accounts.tokens.list, own(caller).id))
    return [token_body(token) for token in found]


@router.post("/tokens", status_code=201, dependencies=[IN_PERSON])
async def make_token(context: InContext, caller: InCaller, asked: TokenAsked) -> TokenMade:
    """A token for a program. The answer holds it, this once."""
    tokens = context.services.accounts.tokens
    call = partial(tokens.create, own(caller).id, asked.name, asked.scopes, caller, asked.expires_at)
    record, token = await context.threads.quick(call)
    return TokenMade(token=token, record=token_body(record))


@router.delete("/tokens/{id}", status_code=204, dependencies=[IN_PERSON])
async def revoke_token(context: InContext, caller: InCaller, id: str) -> None:
    """It opens nothing any more, from now on."""
    await context.threads.quick(partial(context.services.accounts.tokens.revoke, own(caller).id, id, caller))
