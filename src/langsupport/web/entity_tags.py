"""`ETag`, `If-None-Match` and `If-Match` for the JSON API (RFC 9110, 8.8.3 and 13.1).

A tag is the version of what was asked for, where it has one, and a hash of the answer as this caller gets it:
`"7-9f2c…"`. So a client that has the answer already is told so with 304, and one that changes a thing can send back the
tag that it read: where there is a newer version it is refused with 412, in the transaction that would have changed it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langsupport.errors import Outdated

PREFIX = "/api/v1/"
MOST_BYTES = 1024**2
"""Longer answers have no tag."""
_MOST_PARSED = 64 * 1024
"""What has a version of its own is shorter."""
_TAG = re.compile(r'\s*(?:W/)?"(?:(\d{1,15})-)?([0-9a-f]{16})"\s*')
_METHODS = frozenset({"GET", "PUT", "PATCH"})
_KEPT_IN_304 = ("cache-control", "content-location", "date", "expires", "vary")


class EntityTags:
    """Puts tags on answers, and answers 304 where the client has the same one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _METHODS or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "") if scope["method"] == "GET" else ""
        await self.app(scope, receive, _Tagging(send, known).send)


class _Tagging:
    """Holds a JSON answer until its end is there; everything else goes through."""

    def __init__(self, send: Send, known: str) -> None:
        self._send = send
        self._known = known
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_taggable(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)
        else:
            await self._send(message)

    async def _finish(self, start: Message) -> None:
        tag = tag_of(bytes(self._body))
        headers = MutableHeaders(raw=start["headers"])
        headers["etag"] = tag
        if _is_known(self._known, tag):
            kept = [(name, value) for name, value in headers.items() if name in _KEPT_IN_304]
            bare = MutableHeaders({**dict(kept), "etag": tag})
            await self._send({**start, "status": 304, "headers": bare.raw})
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send({**start, "headers": headers.raw})
            await self._send({"type": "http.response.body", "body": bytes(self._body)})


def _is_taggable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    length = headers.get("content-length", "")
    short = length.isdecimal() and int(length) <= MOST_BYTES
    return start["status"] == 200 and short and headers.get("content-type", "") == "application/json"


def tag_of(body: bytes) -> str:
    """The tag of a JSON answer."""
    digest = hashlib.sha256(body).hexdigest()[:16]
    found = json.loads(body) if body[:1] == b"{" and len(body) <= _MOST_PARSED else {}
    version = found.get("version")
    return f'"{version}-{digest}"' if isinstance(version, int) else f'"{digest}"'


def _is_known(given: str, tag: str) -> bool:
    """Weakly compared, as If-None-Match is."""
    return any(one.strip().removeprefix("W/") == tag or one.strip() == "*" for one in given.split(",") if one.strip())


def expected_version(
    if_match: Annotated[str, Header(description="the ETag of what was read: 412 where it has changed since")] = "",
) -> int | None:
    """The version that the client read, by `If-Match`; None: it doesn't say.

    Raises Outdated: none of the tags is one of ours with a version.
    """
    given = if_match.strip()
    if given in ("", "*"):
        return None
    for one in given.split(","):
        tag = _TAG.fullmatch(one)
        if tag and tag[1]:
            return int(tag[1])
    raise Outdated(detail="If-Match names no version that this service gave. Read it again, and send the ETag of that.")


Expected = Annotated[int | None, Depends(expected_version)]


def agreed(said: int | None, expected: int | None) -> int | None:
    """The version that a change is of, by its body or by `If-Match`. Raises Outdated: they say different ones."""
    if said is not None and expected is not None and said != expected:
        raise Outdated(detail="The version in the request and the one in If-Match differ. Read it again.")
    return said if said is not None else expected


__all__ = ["EntityTags", "Expected", "agreed", "expected_version", "tag_of"]
