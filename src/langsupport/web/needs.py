"""What each route needs. A route says so by a dependency of one of these kinds, and the application does not start
while one doesn't:

    ANYBODY                       the sign-in page, static files, what a link opens
    SIGNED_IN, IN_PERSON          somebody; somebody at a browser rather than a program's token
    needs(Permission.X)           somebody who may do that
    needs(Permission.X, of="document")      and may see the one that the path names `id`
    LINKED                        the route looks by itself for accounts and for links of live sessions
    InBody                        looks for a token in the body itself (compat/)
    live.access.allowed(Role.X)   a role in the session that the path names, by account or by link
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from langsupport.domain.accounts import Permission
from langsupport.errors import AccessDenied, NotFound, SignInRequired
from langsupport.services.account_records import Caller
from langsupport.services.visibility import sight
from langsupport.web.callers import caller_of
from langsupport.web.context import Context, context

Kind = Literal["document", "recording", "session", "review", "task"]
F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__anybody__"


class Declaration:
    """What a dependency is by which a route says what it needs."""


@dataclass(frozen=True, slots=True)
class Anybody(Declaration):
    async def __call__(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Linked(Declaration):
    async def __call__(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class InBody(Declaration):
    """The route looks into the request's body for a token, and checks the permission itself."""

    permission: Permission

    async def __call__(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Needs(Declaration):
    """`permission` None: nothing but being signed in. `of`: what the path names by `id`, which the caller must see.

    `in_person`: not by a token. `download`: noted in the audit trail where the thing is confidential.
    """

    permission: Permission | None = None
    of: Kind | None = None
    in_person: bool = False
    download: bool = False

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """Raises SignInRequired, AccessDenied, NotFound."""
        caller = caller_of(connection)
        if caller is None:
            raise SignInRequired()
        if self.in_person and caller.by_token:
            raise AccessDenied(detail="This is done by a person in a browser, not by a program's token.")
        if self.permission is not None:
            check(caller, self.permission)
        if self.of is not None:
            await self._check_seen(connection, caller, self.of)
        return caller

    async def _check_seen(self, connection: HTTPConnection, caller: Caller, kind: Kind) -> None:
        found, id = context(connection), connection.path_params["id"]
        meetings = found.services.meetings
        await found.threads.quick(partial(meetings.check_seen, kind, id, sight(caller)))
        if self.download:
            await note_download(found, caller, kind, id, connection.scope["path"])


async def note_download(found: Context, caller: Caller, kind: Kind, id: str, path: str) -> None:
    """In the audit trail, where the thing is confidential."""

    def noted() -> None:
        if found.services.meetings.is_confidential(kind, id):
            found.services.accounts.audit.note("download", caller, f"{kind} {id}", path=path)

    await found.threads.quick(noted)


def check(caller: Caller, permission: Permission) -> None:
    """Raises AccessDenied."""
    if caller.may(permission):
        return
    if caller.by_token:
        raise AccessDenied(detail=f"This token's scopes don't allow it; it needs {permission}.")
    raise AccessDenied(detail=f"None of your roles allows this; it needs {permission}.")


def needs(permission: Permission, *, of: Kind | None = None, download: bool = False) -> Any:
    """A dependency for a route's list of them."""
    return Depends(Needs(permission, of, download=download))


ANYBODY: Any = Depends(Anybody())
LINKED: Any = Depends(Linked())
SIGNED_IN: Any = Depends(Needs())
IN_PERSON: Any = Depends(Needs(in_person=True))
"""Passwords, tokens and sign-ins: what a stolen token must not reach."""


def _the_caller(connection: HTTPConnection) -> Caller:
    """For routes that declare what they need besides. Raises SignInRequired."""
    caller = caller_of(connection)
    if caller is None:
        raise SignInRequired()
    return caller


InCaller = Annotated[Caller, Depends(_the_caller)]


def still_sees(found: Context, caller: Caller, permission: Permission, kind: Kind, id: str) -> None:
    """For long connections, now and then. Blocks. Raises NotFound: signed out, disabled, or not to be seen any more."""
    if caller.person is None:
        return
    now = found.services.accounts.sign_ins.still([caller]).get(caller.key)
    if now is None or not now.may(permission):
        raise NotFound(what=kind, id=id)
    found.services.meetings.check_seen(kind, id, sight(now))


def for_anybody(endpoint: F) -> F:
    """The same declaration for a plain Starlette endpoint, which has no dependencies."""
    setattr(endpoint, _MARK, True)
    return endpoint


def declarations(route: BaseRoute) -> list[Declaration]:
    """What a route says that it needs."""
    if getattr(getattr(route, "endpoint", None), _MARK, False):
        return [Anybody()]
    dependant = getattr(route, "dependant", None)
    return list(_declared(dependant)) if isinstance(dependant, Dependant) else []


def _declared(dependant: Dependant) -> Iterator[Declaration]:
    if isinstance(dependant.call, Declaration):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _declared(inner)


def check_declared(app: FastAPI) -> None:
    """Raises RuntimeError: a route, a socket or a mount doesn't say what it needs."""
    for found in iter_route_contexts(app.routes):
        if not declarations(found.original_route):
            raise RuntimeError(f"{found.path} does not say what it needs (web/needs.py)")


__all__ = [
    "ANYBODY",
    "IN_PERSON",
    "LINKED",
    "SIGNED_IN",
    "Anybody",
    "Declaration",
    "InBody",
    "InCaller",
    "Linked",
    "Needs",
    "check",
    "check_declared",
    "declarations",
    "for_anybody",
    "needs",
    "note_download",
    "still_sees",
]
