"""Tokens in addresses are taken out before anything else sees the request, so that no log can hold one.

`?access=TOKEN` leaves the query, `/live/join/TOKEN` becomes `/live/join`, and `/welcome/TOKEN` `/welcome`: the server's
own log of sockets, our
errors, the pages' links are all made from what is left. Routes ask `given_token`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PARAMETER = "access"
JOIN = "/live/join"
WELCOME = "/welcome"

_STATE = "link_token"
_INVITATION = "invitation"
_FOREIGN = "foreign"
_SESSION_PATHS = ("/api/v1/sessions", "/live")
_READABLE_ELSEWHERE = re.compile(r"/api/v1/sessions/[^/]+(/captions(/.*)?|/hls/.*)?")
"""What a page of another site may read by a token: enough for the widget and for players."""


class LinkTokens:
    """The outermost guard. Also lets other sites' pages read captions, where they bring a token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(WELCOME + "/"):
            scope.setdefault("state", {})[_INVITATION] = _take_end(scope, WELCOME)
        if scope["type"] not in ("http", "websocket") or not owns(scope["path"]):
            await self.app(scope, receive, send)
            return
        token = _take_token(scope)
        scope.setdefault("state", {})[_STATE] = token
        shared = token is not None and scope.get("method") == "GET" and _READABLE_ELSEWHERE.fullmatch(scope["path"])

        async def with_consent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        await self.app(scope, receive, with_consent if shared else send)


def owns(path: str) -> bool:
    """Whether sessions' own checks guard this path: somebody may come by a link."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in _SESSION_PATHS)


def _take_token(scope: Scope) -> str | None:
    """Changes the scope in place: the server that made it logs from the same one."""
    token: str | None = None
    kept = []
    for part in scope["query_string"].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == PARAMETER.encode():
            token = unquote_plus(value.decode("ascii", "replace"))
        else:
            kept.append(part)
    scope["query_string"] = b"&".join(kept)
    if scope["path"].startswith(JOIN + "/"):
        token = _take_end(scope, JOIN)
    return token


def _take_end(scope: Scope, beginning: str) -> str:
    """What follows the beginning of a path, which alone is left."""
    token: str = scope["path"][len(beginning) + 1 :].strip("/")
    scope["path"], scope["raw_path"] = beginning, beginning.encode()
    return token


def invitation(connection: HTTPConnection) -> str:
    """The token of the link by which somebody comes for the first time; "" without one."""
    token: str = connection.scope.get("state", {}).get(_INVITATION, "")
    return token


def given_token(connection: HTTPConnection) -> str | None:
    """The token that came in the address, if any; "" is one too, though no good one."""
    token: str | None = connection.scope.get("state", {}).get(_STATE)
    return token


def mark_foreign(scope: Scope) -> None:
    scope.setdefault("state", {})[_FOREIGN] = True


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether another site's page sent this (set by the cross-site check where it let it pass)."""
    return bool(connection.scope.get("state", {}).get(_FOREIGN))


def has_token(scope: Scope) -> bool:
    return scope.get("state", {}).get(_STATE) is not None


__all__ = [
    "JOIN",
    "PARAMETER",
    "WELCOME",
    "LinkTokens",
    "given_token",
    "has_token",
    "invitation",
    "is_foreign",
    "mark_foreign",
    "owns",
]
