"""What a request shows: bearer tokens and cookies, as they come in headers."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers


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


__all__ = ["bearer", "cookie", "cookies"]
