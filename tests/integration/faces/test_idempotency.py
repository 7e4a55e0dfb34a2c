"""Requests with an Idempotency-Key, against a real server."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from faces import ENGLISH, PATIENCE_S, Server
from langsupport.errors import KeyInUse, KeyReused
from langsupport.services.account_records import OPEN
from langsupport.services.database import Database
from langsupport.services.idempotency import MOST_ANSWER_BYTES, Answer, IdempotencyKeys
from langsupport.web import idempotency
from langsupport.web.idempotency import Idempotency
from langsupport.web.threads import Threads

API = "/api/v1"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def meeting(code: str) -> dict[str, object]:
    return {"code": code, "titles": {"en": "Study Group 5"}}


def test_a_change_that_is_asked_for_twice_is_done_once(client: httpx.Client) -> None:
    own, body = key(), meeting("K-1")
    first = client.post(f"{API}/meetings", json=body, headers=own)
    again = client.post(f"{API}/meetings", json=body, headers=own)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content and again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    quoted = {"Idempotency-Key": f'"{own["Idempotency-Key"]}"'}
    assert client.post(f"{API}/meetings", json=body, headers=quoted).headers["idempotency-replayed"] == "true"
    without = client.post(f"{API}/meetings", json=body)
    assert without.status_code == 409, "the code is taken"


def test_a_refusal_is_kept_too(client: httpx.Client) -> None:
    client.post(f"{API}/meetings", json=meeting("K-2"))
    own = key()
    refused = client.post(f"{API}/meetings", json=meeting("K-2"), headers=own)
    again = client.post(f"{API}/meetings", json=meeting("K-2"), headers=own)
    assert refused.status_code == again.status_code == 409
    assert again.headers["idempotency-replayed"] == "true" and again.json() == refused.json()


def test_a_key_belongs_to_one_request(client: httpx.Client) -> None:
    own = key()
    client.post(f"{API}/meetings", json=meeting("K-3"), headers=own)
    for path, body in ((f"{API}/meetings", meeting("K-4")), (f"{API}/detect", meeting("K-3"))):
        other = client.post(path, json=body, headers=own)
        assert other.status_code == 422 and other.json()["code"] == "key-reused"
        assert other.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("bad", ["short", "x" * 256, "with\ttab" * 3, ""])
def test_a_key_that_is_none(client: httpx.Client, bad: str) -> None:
    answer = client.post(f"{API}/detect", json={"text": "Hello to all."}, headers={"Idempotency-Key": bad})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid"


def test_an_upload_comes_once_though_each_try_has_a_boundary_of_its_own(client: httpx.Client) -> None:
    own, data = key(), ENGLISH.encode() * 2_000
    fields = {"targets": "fr"}

    def send(data: bytes) -> httpx.Response:
        return client.post(f"{API}/documents", files={"file": ("k.txt", data)}, data=fields, headers=own)

    first, again = send(data), send(data)
    assert first.status_code == 201 and again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert send(data[:-1] + b"?").status_code == 422
    listed = client.get(f"{API}/documents", params={"limit": 100}).json()["items"]
    assert sum(one["name"] == "k.txt" for one in listed) == 1


def test_a_route_that_reads_no_body(client: httpx.Client) -> None:
    own = key()
    path = f"{API}/documents/{'0' * 32}/cancel"
    assert client.post(path, headers=own).status_code == 404
    again = client.post(path, headers=own)
    assert again.status_code == 404 and again.headers["idempotency-replayed"] == "true"
    assert client.post(path, content=b"x", headers=own).status_code == 422


def test_a_key_is_ones_own_and_secrets_are_not_kept_in_clear(locked: Server, key: str, tmp_path: Path) -> None:
    own = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"login": "kim", "name": "Kim", "roles": ["delegate"]}
    with httpx.Client(base_url=locked.url, timeout=PATIENCE_S) as client:
        nobody = client.post(f"{API}/people", json=body, headers=own)
        assert nobody.status_code == 401
        mine = {**own, "Authorization": f"Bearer {key}"}
        first = client.post(f"{API}/people", json=body, headers=mine)
        assert first.status_code == 201, first.text
        again = client.post(f"{API}/people", json=body, headers=mine)
        assert again.headers["idempotency-replayed"] == "true" and again.json() == first.json()
    stored = sqlite3.connect(locked.log.parent / "data" / "langsupport.sqlite")
    rows = stored.execute("SELECT key_sha256, answer FROM idempotency_keys").fetchall()
    stored.close()
    assert rows and not any(b"kim" in (answer or b"") for _, answer in rows)
    assert not any(own["Idempotency-Key"] in name for name, _ in rows)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[IdempotencyKeys]:
    database = Database.open(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    yield IdempotencyKeys(database)
    database.close()


def test_of_several_at_once_one_goes_on(keys: IdempotencyKeys) -> None:
    def claim(_: int) -> str:
        try:
            return "first" if keys.claim("ann", "k" * 16).kept is None else "kept"
        except KeyInUse:
            return "in use"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(8))) == ["first"] + ["in use"] * 7
    assert keys.claim("bob", "k" * 16).kept is None, "another caller's key is another key"


def test_a_lost_request_frees_its_key_and_answers_are_forgotten(
    keys: IdempotencyKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000_000_000]
    monkeypatch.setattr("langsupport.services.idempotency.now_ms", lambda: now[0])
    first = keys.claim("ann", "k" * 16)
    now[0] += 9 * 60_000
    keys.renew(first)
    now[0] += 9 * 60_000
    with pytest.raises(KeyInUse):
        keys.claim("ann", "k" * 16)
    now[0] += 2 * 60_000
    second = keys.claim("ann", "k" * 16)
    assert second.kept is None
    keys.keep(first, "a" * 64, Answer(200, [], b"late"))
    keys.keep(second, "b" * 64, Answer(201, [("x-y", "z")], b"done"))
    found = keys.claim("ann", "k" * 16)
    assert found.answer_to("b" * 64) == Answer(201, [("x-y", "z")], b"done")
    with pytest.raises(KeyReused):
        found.answer_to("a" * 64)
    now[0] += 25 * 3_600_000
    keys.clean()
    assert keys.claim("ann", "k" * 16).kept is None


class Route:
    """An application that answers as it is told, and counts."""

    def __init__(self, status: int, body: bytes = b"", *, fails: bool = False) -> None:
        self.status, self.body, self.fails, self.calls = status, body, fails, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        if self.fails:
            raise RuntimeError("broken")
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


def call(guard: Idempotency, body: bytes = b"{}", own: str = "k" * 16) -> list[Message]:
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{API}/x",
        "query_string": b"",
        "headers": [(b"idempotency-key", own.encode())],
        "state": {"caller": OPEN},
    }
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return given.pop(0) if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as pool:  # a browser's loop may stand in this thread
        pool.submit(anyio.run, guard, scope, receive, send).result(PATIENCE_S)
    return sent


@pytest.mark.parametrize(
    ("route", "calls"),
    [
        (Route(200, b"small"), 1),
        (Route(500), 2),
        (Route(503), 2),
        (Route(429), 2),
        (Route(200, b"x" * (MOST_ANSWER_BYTES + 1)), 2),
    ],
)
def test_what_is_not_kept_is_done_again(keys: IdempotencyKeys, route: Route, calls: int) -> None:
    guard = Idempotency(route, keys, Threads())
    first, second = call(guard), call(guard)
    assert route.calls == calls
    for sent in (first, second):
        assert sent[0]["status"] == route.status
        assert b"".join(one.get("body", b"") for one in sent) == route.body


def test_a_route_that_breaks_frees_its_key(keys: IdempotencyKeys) -> None:
    route = Route(200, fails=True)
    guard = Idempotency(route, keys, Threads())
    for _ in range(2):
        with pytest.raises(RuntimeError):
            call(guard)
    assert route.calls == 2


def test_a_large_body_that_the_route_refused_unread_is_not_read_for_the_key(
    keys: IdempotencyKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST_UNREAD_BYTES", -1)
    route = Route(403)
    guard = Idempotency(route, keys, Threads())
    call(guard)
    call(guard)
    assert route.calls == 2
