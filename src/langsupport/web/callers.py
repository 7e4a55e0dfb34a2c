"""Who asks: found once for each request, from a browser's cookie or an API token, and kept in its scope.

A cookie counts for changes and sockets only where the browser says that the page is ours (`Origin`, `Sec-Fetch-Site`);
that, and the cookie being SameSite=Lax, is what keeps other sites' pages out. Forms of accounts carry a token besides.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Form
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from langsupport.errors import AccessDenied
from langsupport.services.account_records import OPEN, Caller
from langsupport.services.accounts import Accounts
from langsupport.services.secrets_at_rest import form_token, same
from langsupport.services.settings import AccountSettings
from langsupport.services.sign_ins import TOKEN_PREFIX
from langsupport.web.credentials import bearer, cookie
from langsupport.web.live.link_tokens import given_token, is_foreign, owns
from langsupport.web.threads import Threads

COOKIE = "langsupport_sign_in"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over https: browsers take it from this very host alone then, and never send it without encryption."""
FORM_FIELD = "form"

_STATE = "caller"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NOT_OURS = "This form is not from this service's pages, or you signed in again meanwhile. Load the page again."


class Callers:
    """One per application."""

    def __init__(self, accounts: Accounts, settings: AccountSettings, threads: Threads) -> None:
        self._accounts = accounts
        self._threads = threads
        self.on = settings.on

    async def find(self, connection: HTTPConnection) -> Caller | None:
        """None: nobody, or by a live session's link, at which that session's routes look."""
        if is_foreign(connection) or self._by_link(connection):
            return None
        if not self.on:
            return OPEN
        given = bearer(connection.headers)
        if given is not None:
            return await self.by_token(connection, given)
        secret = sign_in_secret(connection)
        if not secret or not (_only_reads(connection) or says_ours(connection.headers)):
            return None
        look = partial(self._accounts.sign_ins.caller_by_cookie, secret, address_of(connection))
        return await self._threads.quick(look)

    def _by_link(self, connection: HTTPConnection) -> bool:
        """A link that is shown openly counts alone: who shows a viewer's link is a viewer."""
        if not owns(connection.scope["path"]):
            return False
        given = bearer(connection.headers)
        return given_token(connection) is not None or (given is not None and not given.startswith(TOKEN_PREFIX))

    async def by_token(self, connection: HTTPConnection, token: str) -> Caller | None:
        if not token.startswith(TOKEN_PREFIX):
            return None
        look = partial(self._accounts.sign_ins.caller_by_token, token, address_of(connection))
        return await self._threads.quick(look)


def keep(connection: HTTPConnection, caller: Caller | None) -> None:
    connection.scope.setdefault("state", {})[_STATE] = caller


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Who asks; None: nobody who signed in."""
    found: Caller | None = connection.scope.get("state", {}).get(_STATE)
    return found


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client is not None else ""


def _only_reads(connection: HTTPConnection) -> bool:
    return connection.scope["type"] == "http" and connection.scope["method"] in _SAFE_METHODS


def says_ours(headers: Headers) -> bool:
    """The browser names the page that this comes from. (That it is ours was checked before: security.py.)"""
    return "origin" in headers or headers.get("sec-fetch-site") == "same-origin"


def sign_in_secret(connection: HTTPConnection) -> str:
    return cookie(connection.headers, SECURE_COOKIE if is_secure(connection) else COOKIE)


def is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def give_cookie(connection: HTTPConnection, response: Response, secret: str, seconds: int) -> None:
    """Let the browser hold the secret of its sign-in; "" takes it away."""
    secure = is_secure(connection)
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, secret, seconds if secret else 0, path="/", httponly=True, samesite="lax", secure=secure)


def form_token_of(connection: HTTPConnection) -> str:
    """What this browser's forms carry; "" where nobody is signed in by a cookie."""
    secret = sign_in_secret(connection)
    return form_token(secret) if secret else ""


async def own_form(request: Request, form: Annotated[str, Form()] = "") -> None:
    """A dependency of routes that forms of accounts are posted to. Raises AccessDenied."""
    caller = caller_of(request)
    if caller is None or caller.person is None or caller.by_token:
        return
    if not same(form, form_token_of(request)):
        raise AccessDenied(detail=_NOT_OURS)


__all__ = [
    "COOKIE",
    "FORM_FIELD",
    "SECURE_COOKIE",
    "Callers",
    "address_of",
    "caller_of",
    "form_token_of",
    "give_cookie",
    "is_secure",
    "keep",
    "own_form",
    "says_ours",
    "sign_in_secret",
]
