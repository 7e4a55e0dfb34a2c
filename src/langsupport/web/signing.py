"""Signing in and passwords, as pages and the JSON API both do them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import Response

from langsupport.errors import InvalidRequest, QueueFull
from langsupport.services.account_records import Caller, Person, SignInMethod
from langsupport.web.callers import address_of, give_cookie, sign_in_secret
from langsupport.web.context import Context

HASHING = 2
"""Passwords hashed at once: each takes 64 MiB and a core."""
WAITING = 50

T = TypeVar("T")

_hashing = anyio.CapacityLimiter(HASHING)


async def hashing(call: Callable[[], T]) -> T:
    """What hashes a password, in a thread. Raises QueueFull."""
    if _hashing.statistics().tasks_waiting >= WAITING:
        raise QueueFull(lane="sign-in", limit=WAITING)
    return await anyio.to_thread.run_sync(call, limiter=_hashing)


async def signed_in(
    request: Request, context: Context, response: Response, person: Person, method: SignInMethod
) -> None:
    """Begin a sign-in in this browser, with a new secret."""
    begin = partial(
        context.services.accounts.sign_ins.begin,
        person,
        method,
        address_of(request),
        request.headers.get("user-agent", ""),
        before=sign_in_secret(request),
    )
    secret = await context.threads.quick(begin)
    give_cookie(request, response, secret, context.services.settings.accounts.absolute_hours * 3600)


async def change_password(context: Context, caller: Caller, person: Person, current: str, new: str) -> None:
    """All sign-ins of the person end. Raises AccessDenied, TooManyTries, InvalidRequest."""
    if not person.has_password:
        raise InvalidRequest(detail="You sign in at a provider, and have no password here that could be changed.")
    accounts = context.services.accounts
    await hashing(partial(accounts.sign_ins.by_password, person.login, current, caller.address))
    await hashing(partial(accounts.people.set_password, person.id, new, caller))


__all__ = ["change_password", "hashing", "signed_in"]
