"""`Idempotency-Key` for the JSON API (draft-ietf-httpapi-idempotency-key-header): a middleware, so that no route has to
think of it.

The request is hashed while it streams through to the route, an upload too; the answer is held until it is kept in the
database and then sent. So whoever has an answer can ask for it again, with the same key and the same request.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langsupport.errors import InvalidRequest
from langsupport.services.account_records import Caller
from langsupport.services.idempotency import MOST_ANSWER_BYTES, Answer, Claim, IdempotencyKeys
from langsupport.web.callers import caller_of
from langsupport.web.threads import Threads

HEADER = "idempotency-key"
REPLAYED = "Idempotency-Replayed"
PREFIX = "/api/v1/"
LEAST_CHARS, MOST_CHARS = 16, 255
MOST_UNREAD_BYTES = 1024**2
"""So much of a body that its route did not want to read is read all the same, to know what the request was."""
RENEW_SECONDS = 60.0
_LEAST_BOUNDARY = 8
"""A shorter one could be a part of what is sent."""
_NOT_KEPT = frozenset({401, 408, 429})
"""Besides 5xx: the next try may go better."""


class Idempotency:
    """Innermost of the guards: who asks is known, and our errors are answers already."""

    def __init__(self, app: ASGIApp, keys: IdempotencyKeys, threads: Threads) -> None:
        self.app = app
        self.keys = keys
        self.threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(HTTPConnection(scope)) if _covered(scope) else None
        if caller is None:  # by a session's link: keys belong to somebody
            await self.app(scope, receive, send)
            return
        key = checked_key(Headers(scope=scope)[HEADER])
        claim = await self.threads.quick(partial(self.keys.claim, _name(caller), key))
        if claim.kept is not None:
            await self._replay(claim, scope, _Request(scope, receive), send)
            return
        await self._run(claim, scope, receive, send)

    async def _replay(self, claim: Claim, scope: Scope, request: _Request, send: Send) -> None:
        await request.finish(None)
        answer = claim.answer_to(request.sha256())
        response = Response(answer.body, answer.status)
        response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        response.headers[REPLAYED] = "true"
        await response(scope, request.receive, send)

    async def _run(self, claim: Claim, scope: Scope, receive: Receive, send: Send) -> None:
        renew = partial(self.threads.quick, partial(self.keys.renew, claim))
        request, held = _Request(scope, receive, renew), _Held(send)
        try:
            await self.app(scope, request.receive, held.send)
            answer = held.answer()
            keep = answer is not None and answer.status < 500 and answer.status not in _NOT_KEPT
            if answer is not None and keep and await request.finish(MOST_UNREAD_BYTES):
                await self.threads.quick(partial(self.keys.keep, claim, request.sha256(), answer))
            else:
                await self.threads.quick(partial(self.keys.forget, claim))
        except BaseException:
            with anyio.CancelScope(shield=True):  # this may be the request's end
                await self.threads.quick(partial(self.keys.forget, claim))
            raise
        await held.release()


def _covered(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
        return False
    return HEADER in Headers(scope=scope)


def checked_key(given: str) -> str:
    """Without the quotes that the draft asks for and few send. Raises InvalidRequest."""
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not (LEAST_CHARS <= len(key) <= MOST_CHARS and key.isascii() and key.isprintable()):
        detail = f"Idempotency-Key must be {LEAST_CHARS} to {MOST_CHARS} plain characters, best a random UUID."
        raise InvalidRequest(detail=detail)
    return key


def _name(caller: Caller) -> str:
    return f"token {caller.key}" if caller.by_token else f"person {caller.person_id or ''}"


class _Request:
    """A request being hashed while somebody reads it: what was asked of what, and the body.

    The boundary between the parts of a form is left out: clients make a new one for each try.
    """

    def __init__(self, scope: Scope, receive: Receive, renew: Callable[[], Awaitable[Any]] | None = None) -> None:
        self._receive = receive
        self._renew = renew
        self._renewed = time.monotonic()
        self._finished = False
        self._boundary = _boundary(Headers(scope=scope).get("content-type", ""))
        self._tail = b""
        self._hash = hashlib.sha256()
        for part in (scope["method"], scope["path"], scope["query_string"].decode("latin-1")):
            self._hash.update(part.encode() + b"\0")

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._add(message.get("body", b""))
            self._finished = not message.get("more_body", False)
            await self._go_on()
        return message

    async def finish(self, most_bytes: int | None) -> bool:
        """Read what nobody has read yet; whether that was all of it, and no more than so many bytes."""
        read = 0
        while not self._finished and (most_bytes is None or read <= most_bytes):
            message = await self.receive()
            if message["type"] != "http.request":
                return False
            read += len(message.get("body", b""))
        return self._finished

    def sha256(self) -> str:
        whole = self._hash.copy()
        whole.update(self._tail)
        return whole.hexdigest()

    def _add(self, data: bytes) -> None:
        if not self._boundary:
            self._hash.update(data)
            return
        kept = (self._tail + data).replace(self._boundary, b"")
        cut = max(0, len(kept) - len(self._boundary) + 1)  # the rest may be the beginning of one
        self._hash.update(kept[:cut])
        self._tail = kept[cut:]

    async def _go_on(self) -> None:
        if self._renew is not None and time.monotonic() - self._renewed > RENEW_SECONDS:
            self._renewed = time.monotonic()
            await self._renew()


def _boundary(content_type: str) -> bytes:
    if not content_type.lower().startswith("multipart/"):
        return b""
    _, _, given = content_type.partition("boundary=")
    boundary = given.partition(";")[0].strip().strip('"').encode("latin-1", "replace")
    return boundary if len(boundary) >= _LEAST_BOUNDARY else b""


class _Held:
    """An answer held back while it is small enough to be kept; a larger one goes on to the client as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self._bytes = 0
        self._through = False

    async def send(self, message: Message) -> None:
        if self._through:
            await self._send(message)
            return
        self._messages.append(message)
        self._bytes += len(message.get("body", b""))
        if self._bytes > MOST_ANSWER_BYTES:
            await self.release()

    def answer(self) -> Answer | None:
        """None: too large, or not complete."""
        complete = bool(self._messages) and not self._messages[-1].get("more_body", False)
        if self._through or not complete or self._messages[0]["type"] != "http.response.start":
            return None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._messages[0]["headers"]]
        kept = [(name, value) for name, value in headers if name.lower() != "set-cookie"]
        return Answer(self._messages[0]["status"], kept, b"".join(one.get("body", b"") for one in self._messages))

    async def release(self) -> None:
        self._through = True
        messages, self._messages = self._messages, []
        for message in messages:
            await self._send(message)


__all__ = ["HEADER", "REPLAYED", "Idempotency", "checked_key"]
