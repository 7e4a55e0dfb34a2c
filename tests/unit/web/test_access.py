from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from langsupport.web import access
from langsupport.web.access import COOKIE, Access

KEY = "schlüssel of the house"


def ticket_of(guard: Access) -> str:
    response = Response()
    guard.sign_in(response, secure=True)
    assert "Secure" in response.headers["set-cookie"]
    return SimpleCookie(response.headers["set-cookie"])[COOKIE].value


def with_ticket(ticket: str) -> Headers:
    return Headers({"cookie": f"other=1; {COOKIE}={ticket}"})


def test_without_a_key_everybody_may() -> None:
    assert Access(None).allows(Headers({})) and not Access(None).required


def test_the_key_and_nothing_else_opens() -> None:
    guard = Access(KEY)
    assert guard.required and guard.allows_key(KEY)
    for wrong in (None, "", KEY[:-1], KEY + "x", KEY.upper(), "\udcff"):
        assert not guard.allows_key(wrong)
    assert Access("plain").allows(Headers({"authorization": "bearer  plain"}))
    assert not Access("plain").allows(Headers({"authorization": "Basic plain"}))


def test_a_ticket_opens_until_it_expires_or_the_key_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Access(KEY)
    ticket = ticket_of(guard)
    assert guard.allows(with_ticket(ticket))
    assert not Access("another key").allows(with_ticket(ticket))
    monkeypatch.setattr(access, "TICKET_SECONDS", -1)
    assert not guard.allows(with_ticket(ticket_of(guard)))


def test_a_forged_ticket_does_not() -> None:
    guard = Access(KEY)
    expires, _, signature = ticket_of(guard).partition(".")
    for forged in (
        "",
        ".",
        expires,
        f"{int(expires) + 1}.{signature}",
        f"{expires}.",
        f"-1.{signature}",
    ):
        assert not guard.allows(with_ticket(forged)), forged
