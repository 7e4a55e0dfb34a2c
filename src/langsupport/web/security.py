"""What every request passes: host check, cross-site check, size limit, who asks; what every answer carries: headers.

Plain ASGI middleware, so that a body is refused while it streams. The guards raise our errors; `Answers` outside them
turns those into the shape that the caller expects (problems.py).
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langsupport.errors import AccessDenied, DiskFull, InputTooLarge, InvalidRequest, LangsupportError, SignInRequired
from langsupport.services.sizes import readable
from langsupport.web.callers import Callers, keep, says_ours, sign_in_secret
from langsupport.web.live.farewell import REFUSED
from langsupport.web.live.link_tokens import has_token, mark_foreign
from langsupport.web.problems import Problem, Shapes, problem_of, problem_of_unexpected

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No inline script or style, nothing from other hosts. `data:` images are the icons inside style sheets."""


def framed(sites: Sequence[str]) -> str:
    """The policy of a page that these sites may show inside theirs; `*` is any. Set it as the answer's own."""
    allowed = " ".join(sites) or "'none'"
    return CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")


HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), display-capture=(self), geolocation=(), microphone=(self), payment=(), usb=()",
    "Cache-Control": "private, no-store",
}
"""On every answer that doesn't set its own."""

DRAIN_SECONDS = 10
DRAIN_BYTES = 1024**3
"""How long, and how much of, an unwanted body is read and thrown away after the answer, so that the
client gets to read the answer before the connection closes."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
STATIC = "/static/"
"""Not worth a look at who asks."""
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Answers:
    """Turns errors into answers, and puts the security headers on all of them."""

    def __init__(self, app: ASGIApp, shapes: Shapes) -> None:
        self.app = app
        self.shapes = shapes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                framed = "frame-ancestors" in headers.get("content-security-policy", "")
                for name, value in HEADERS.items():
                    if not (framed and name == "X-Frame-Options"):
                        headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        try:
            await self.app(scope, receive, with_headers)
        except Exception as error:
            problem = _problem(error, request)
            if started:  # too late for an answer: the log has it; closing tells the client that it is incomplete
                raise
            await self.shapes.answer(request, problem)(scope, receive, with_headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A guard refuses a socket before it is open; the client is told 403, and the log why."""
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noticed)
        except LangsupportError as error:
            if started:
                raise
            log.info("a socket at %s was refused: %s", scope["path"], error)
            await send({"type": "websocket.close", "code": REFUSED, "reason": error.code})


def _problem(error: Exception, request: Request) -> Problem:
    if isinstance(error, LangsupportError):
        return problem_of(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem_of(_disk_full(0))
    return problem_of_unexpected(error, request)


def _disk_full(needed_bytes: int) -> DiskFull:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    return DiskFull(path="the folder for uploads", needed=readable(max(needed_bytes, free)), available=readable(free))


class HostCheck:
    """Answers only to known host names, so that a page of another site can't reach a local service by DNS rebinding.

    Addresses are safe, since rebinding needs a name. `*` in `allowed` switches the check off.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self.app = app
        self.allowed = frozenset(name.lower().rstrip(".") for name in (*allowed, *_LOCAL_NAMES))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and "*" not in self.allowed:
            host = host_name(Headers(scope=scope).get("host", ""))
            if not (host in self.allowed or host.endswith(".localhost") or _is_address(host)):
                detail = f"This service doesn't answer to the host name “{host}”. Add it to allowed_hosts if it should."
                raise InvalidRequest(detail=detail)
        await self.app(scope, receive, send)


def host_name(host: str) -> str:
    """The name or address in a Host header, without the port: `[::1]:8000` gives `::1`."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class CrossSiteCheck:
    """Refuses what another site's page makes a browser send: anything but reading, unless it brings its own key.

    A browser says where a request comes from (Sec-Fetch-Site, Origin); programs say nothing and pass. A page
    elsewhere can't set Authorization without our consent, which is never given, so that header passes too. Sockets
    of other sites' pages pass where a link's token is in the address, and then count by it alone.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self.app = app
        self.allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._matters(scope):
            headers = Headers(scope=scope)
            if "authorization" not in headers and not self._same_site(headers):
                if scope["type"] != "websocket" or not has_token(scope):
                    raise AccessDenied(detail="A page of another site may not send this.")
                mark_foreign(scope)
        await self.app(scope, receive, send)

    def _matters(self, scope: Scope) -> bool:
        """A socket can be written to as soon as it is open, and browsers let any page open one."""
        return scope["type"] == "websocket" or (
            scope["type"] == "http" and scope.get("method", "GET") not in _SAFE_METHODS
        )

    def _same_site(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            place = urlsplit(origin).netloc.lower()
            return bool(place) and (place == headers.get("host", "").lower() or host_name(place) in self.allowed)
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")


class BodyLimit:
    """Refuses a body as soon as its announced or its counted size passes the limit of its path."""

    def __init__(self, app: ASGIApp, limits: Sequence[tuple[str, int]], otherwise: int) -> None:
        """`limits` are (path prefix, bytes), the first that fits counts."""
        self.app = app
        self.limits = limits
        self.otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, send, self._limit(scope["path"]), Headers(scope=scope))
        await self.app(scope, body.receive, body.send)

    def _limit(self, path: str) -> int:
        return next((limit for prefix, limit in self.limits if path.startswith(prefix)), self.otherwise)


class _Body:
    """One request's body being counted, and its answer being sent."""

    def __init__(self, receive: Receive, send: Send, limit_bytes: int, headers: Headers) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit_bytes
        length = headers.get("content-length", "")
        self._announced = int(length) if length.isdecimal() else 0
        self._seen = 0
        self._finished = not self._announced and "transfer-encoding" not in headers
        self._waits_for_consent = "100-continue" in headers.get("expect", "").lower()

    async def receive(self) -> Message:
        if not self._finished:
            self._check()
        message = await self._receive()
        self._count(message)
        if not self._finished and self._seen > self._limit:
            raise self._too_large()
        return message

    def _check(self) -> None:
        """Before anything is read: what the client announces must be allowed, and fit where uploads are kept."""
        if self._announced > self._limit:
            raise self._too_large()
        if not self._seen and self._announced > shutil.disk_usage(tempfile.gettempdir()).free:
            raise _disk_full(self._announced)

    def _too_large(self) -> InputTooLarge:
        size = max(self._announced, self._seen)
        shown = readable(size) if self._announced else f"more than {readable(self._limit)}"
        return InputTooLarge(name="The upload", size=shown, limit=readable(self._limit))

    def _count(self, message: Message) -> None:
        if message["type"] != "http.request":
            self._finished = True
            return
        self._waits_for_consent = False
        self._seen += len(message.get("body", b""))
        self._finished = self._finished or not message.get("more_body", False)

    async def send(self, message: Message) -> None:
        if self._finished:
            await self._send(message)
        elif message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
            await self._send(message)
        elif message.get("more_body", False) or self._waits_for_consent:
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._drain()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drain(self) -> None:
        stop = self._seen + DRAIN_BYTES
        with anyio.move_on_after(DRAIN_SECONDS):
            while not self._finished and self._seen < stop:
                self._count(await self._receive())


class CallerCheck:
    """Finds out who asks, and lets nobody further who did not sign in, except to the open paths.

    Requests of `own_check` may have a token in their body, those to `own_paths` may come by a session's link: their
    routes look there and refuse by themselves. What somebody who signed in may do, each route says (needs.py).
    """

    def __init__(
        self,
        app: ASGIApp,
        callers: Callers,
        open_paths: Sequence[str],
        own_check: Callable[[Request], bool],
        own_paths: Callable[[str], bool],
    ) -> None:
        self.app = app
        self.callers = callers
        self.open_paths = open_paths
        self.own_check = own_check
        self.own_paths = own_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not scope["path"].startswith(STATIC):
            caller = await self.callers.find(HTTPConnection(scope))
            keep(HTTPConnection(scope), caller)
            if caller is None and not self._free(scope):
                self._refuse(HTTPConnection(scope))
        await self.app(scope, receive, send)

    def _free(self, scope: Scope) -> bool:
        path = scope["path"]
        if self.own_paths(path) or any(path == p or (p.endswith("/") and path.startswith(p)) for p in self.open_paths):
            return True
        return scope["type"] == "http" and self.own_check(Request(scope))

    def _refuse(self, connection: HTTPConnection) -> None:
        if sign_in_secret(connection) and "authorization" not in connection.headers:
            reads = connection.scope["type"] == "http" and connection.scope["method"] in _SAFE_METHODS
            if not reads and not says_ours(connection.headers):
                raise AccessDenied(detail=_UNNAMED)
        raise SignInRequired()


_UNNAMED = (
    "A browser that is signed in says which page a change comes from (the headers Origin or Sec-Fetch-Site), and this "
    "request does not. Programs send an API token instead of a cookie."
)


__all__ = ["HEADERS", "STATIC", "Answers", "BodyLimit", "CallerCheck", "CrossSiteCheck", "HostCheck", "framed"]
