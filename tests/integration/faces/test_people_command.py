"""langsupport people, and what the first start says."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from accounts import PASSWORD
from faces import PATIENCE_S, Place, sentences


@pytest.fixture
def house(place: Place) -> Place:
    place.extra = {"LANGSUPPORT_ACCOUNTS_MODE": "on"}
    return place


def test_people_come_and_go(house: Place) -> None:
    arguments = ("people", "add", "Ana@example.org", "--name", "Ana Ruiz", "--role", "translator", "--pair", "en-es")
    added: Any = house.json(*arguments)
    assert (added["login"], added["roles"], added["pairs"]) == ("ana@example.org", ["translator"], ["en-es"])
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/welcome/[\w-]{43}", added["link"])
    again = house.run(*arguments)
    assert again.returncode == 3 and "already" in sentences(again.stderr)[0]
    house.person("chief", "administrator", password=PASSWORD)
    people: Any = house.json("people", "list")
    assert [(one["login"], one["has_password"]) for one in people] == [("ana@example.org", False), ("chief", True)]
    assert b"Ana Ruiz" in house.run("people", "list").stdout
    disabled: Any = house.json("people", "disable", "ana@example.org")
    assert disabled["state"] == "disabled"
    last = house.run("people", "disable", "chief")
    assert last.returncode == 3 and "last administrator" in sentences(last.stderr)[0]
    enabled: Any = house.json("people", "enable", "ana@example.org")
    assert enabled["state"] == "active"
    assert house.run("people", "disable", "nobody").returncode == 3


def test_passwords_and_tokens_hold_in_a_running_service(house: Place) -> None:
    token = house.person("chief", "administrator", password=PASSWORD)
    with house.serving() as server, httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        assert "/welcome/" not in server.log.read_text("utf-8")
        program = {"authorization": f"Bearer {token}"}
        assert client.get("/api/v1/people", headers=program).status_code == 200
        form = {"login": "chief", "password": PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 303
        assert client.get("/api/v1/account").status_code == 200
        short = house.run("people", "password", "chief", stdin=b"short\n")
        assert short.returncode == 3 and "12 characters" in sentences(short.stderr)[0]
        assert house.run("people", "password", "chief", stdin=b"an even better password\n").returncode == 0
        assert client.get("/api/v1/account").status_code == 401
        assert client.post("/sign-in", data=form).status_code == 401
        limited: Any = house.json("people", "token", "chief", "--name", "x", "--scope", "documents:read", "--days", "1")
        program = {"authorization": f"Bearer {limited['token']}"}
        assert client.get("/api/v1/documents", headers=program).status_code == 200
        assert client.get("/api/v1/people", headers=program).status_code == 403
        link: Any = house.json("people", "password", "chief", "--link")
        assert client.get(httpx.URL(link["link"]).path).status_code == 200
    wrong = house.run("people", "token", "chief", "--name", "x", "--scope", "everything")
    assert wrong.returncode == 3 and "no scope" in sentences(wrong.stderr)[0]


def test_the_first_start_says_how_to_sign_in(house: Place) -> None:
    with house.serving() as server, httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        found = re.search(r"Open (http://\S+/welcome/([\w-]+)) to set a password", server.log.read_text("utf-8"))
        assert found and found[1].startswith(server.url)
        form = {"token": found[2], "password": PASSWORD, "again": PASSWORD}
        assert client.post(httpx.URL(found[1]).path, data=form).status_code == 303
        me = client.get("/api/v1/account").json()
        assert me["person"]["login"] == "administrator" and "people:manage" in me["permissions"]
    with house.serving() as server:
        assert "/welcome/" not in server.log.read_text("utf-8")


def test_on_ones_own_machine_nothing_is_asked(place: Place) -> None:
    with place.serving() as server, httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        assert client.get("/api/v1/documents").status_code == 200
        me = client.get("/api/v1/account").json()
        assert me["person"] is None and "documents:delete" in me["permissions"]
        assert client.get("/account").status_code == 409
        assert client.get("/sign-in").headers["location"] == "/"
        assert "Sign out" not in client.get("/", headers={"accept": "text/html"}).text
        made = client.post("/api/v1/meetings", json={"code": "C26", "titles": {"en": "Council"}})
        assert made.status_code == 201
    assert json.loads(place.run("--json", "people", "list").stdout) == []
