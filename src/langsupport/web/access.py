"""The access key: who brings it may use the service.

Programs send it as `Authorization: Bearer`; a browser signs in once and then holds a ticket, a signed date that
tells nothing of the key. Comparing takes the same time whatever is given.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response

COOKIE = "langsupport_ticket"
TICKET_SECONDS = 30 * 24 * 3600


class Access:
    """The check of one key; without a key everybody may."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self._secret = hashlib.sha256(b"langsupport ticket\0" + (key or "").encode()).digest()

    @property
    def required(self) -> bool:
        return self._key is not None

    def allows_key(self, given: str | None) -> bool:
        if self._key is None:
            return True
        return given is not None and hmac.compare_digest(_digest(given), _digest(self._key))

    def allows(self, headers: Headers) -> bool:
        """Whether a request with these headers may go on: by its bearer key or by its ticket."""
        if self._key is None:
            return True
        given = bearer(headers)
        if given is not None and self.allows_key(given):
            return True
        return self._allows_ticket(cookie(headers, COOKIE))

    def sign_in(self, response: Response, *, secure: bool) -> None:
        """Give the browser a ticket."""
        expires = int(time.time()) + TICKET_SECONDS
        value = f"{expires}.{self._signature(expires)}"
        response.set_cookie(COOKIE, value, TICKET_SECONDS, httponly=True, samesite="strict", secure=secure)

    def _signature(self, expires: int) -> str:
        return hmac.new(self._secret, str(expires).encode(), hashlib.sha256).hexdigest()

    def _allows_ticket(self, ticket: str) -> bool:
        expires, _, signature = ticket.partition(".")
        if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12 and signature.isascii()):
            return False
        return hmac.compare_digest(signature, self._signature(int(expires))) and int(expires) > time.time()


def _digest(text: str) -> bytes:
    """Equal lengths for the comparison, so that not even the length of the key shows."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def bearer(headers: Headers) -> str | None:
    """What `Authorization: Bearer` carries."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def cookie(headers: Headers, name: str) -> str:
    """A cookie's value, "" if it isn't there."""
    return cookies(headers, name).get(name, "")


def cookies(headers: Headers, beginning: str) -> dict[str, str]:
    """The cookies whose names begin so."""
    try:
        found = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items() if name.startswith(beginning)}


__all__ = ["COOKIE", "Access", "bearer", "cookie", "cookies"]
