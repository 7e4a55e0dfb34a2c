"""Who may do what in a session: every route with every role. A new route has to be entered here."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from websockets.exceptions import ConnectionClosed, InvalidStatus

from langsupport.domain.live import Role
from live_faces import BY, LiveServer, cue, run

API = "/api/v1/sessions"
OPERATORS = frozenset({"operator", "administrator"})
CAPTIONERS = OPERATORS | {"captioner"}
VIEWERS = CAPTIONERS | {"viewer"}
SOURCES = OPERATORS | {"source"}
ALL = VIEWERS | SOURCES
ADMINISTRATORS = frozenset({"administrator"})
ANYBODY = ALL | {"none", "other", "expired", "revoked"}
ROLES = sorted(ANYBODY)
LISTED = ALL - ADMINISTRATORS
"""Who has a link to the session that holds."""

MATRIX: dict[str, frozenset[str]] = {
    f"POST {API}": ADMINISTRATORS,
    f"GET {API}": ALL | {"other"},
    f"GET {API}/{{id}}": ALL,
    f"PATCH {API}/{{id}}": OPERATORS,
    f"DELETE {API}/{{id}}": ADMINISTRATORS,
    f"POST {API}/{{id}}/start": OPERATORS,
    f"POST {API}/{{id}}/pause": OPERATORS,
    f"POST {API}/{{id}}/resume": OPERATORS,
    f"POST {API}/{{id}}/end": OPERATORS,
    f"POST {API}/{{id}}/off-record": OPERATORS,
    f"POST {API}/{{id}}/on-record": OPERATORS,
    f"PUT {API}/{{id}}/glossary": CAPTIONERS,
    f"PUT {API}/{{id}}/agenda": OPERATORS,
    f"PUT {API}/{{id}}/channels/{{channel}}": OPERATORS,
    f"PATCH {API}/{{id}}/channels/{{channel}}": OPERATORS,
    f"PATCH {API}/{{id}}/tracks/{{track}}": OPERATORS,
    f"GET {API}/{{id}}/marks": VIEWERS,
    f"POST {API}/{{id}}/marks": CAPTIONERS,
    f"PATCH {API}/{{id}}/marks/{{mark}}": CAPTIONERS,
    f"DELETE {API}/{{id}}/marks/{{mark}}": CAPTIONERS,
    f"GET {API}/{{id}}/status": CAPTIONERS,
    f"PUT {API}/{{id}}/channels/{{channel}}/source": OPERATORS,
    f"DELETE {API}/{{id}}/channels/{{channel}}/source": OPERATORS,
    f"GET {API}/{{id}}/audit": OPERATORS,
    f"SOCKET {API}/{{id}}/captions": VIEWERS,
    f"GET {API}/{{id}}/captions/events": VIEWERS,
    f"SOCKET {API}/{{id}}/channels/{{channel}}/audio": SOURCES,
    f"GET {API}/{{id}}/hls/{{track}}.m3u8": VIEWERS,
    f"GET {API}/{{id}}/hls/{{track}}/{{number}}.vtt": VIEWERS,
    f"GET {API}/{{id}}/captions/{{track}}": VIEWERS,
    f"PUT {API}/{{id}}/captions/{{track}}/{{cue}}": CAPTIONERS,
    f"DELETE {API}/{{id}}/captions/{{track}}/{{cue}}": CAPTIONERS,
    f"GET {API}/{{id}}/captions/{{track}}/{{cue}}/history": CAPTIONERS,
    f"GET {API}/{{id}}/transcripts/{{track}}.{{extension}}": VIEWERS,
    f"POST {API}/{{id}}/second-pass": OPERATORS,
    f"POST {API}/{{id}}/documents": OPERATORS,
    f"GET {API}/{{id}}/documents": OPERATORS,
    f"POST {API}/{{id}}/corrections": OPERATORS,
    f"GET {API}/{{id}}/corrections": OPERATORS,
    f"GET {API}/{{id}}/audio/{{channel}}": VIEWERS,
    f"PUT {API}/{{id}}/meeting": ADMINISTRATORS,
    f"GET {API}/{{id}}/grants": OPERATORS,
    f"POST {API}/{{id}}/grants": OPERATORS,
    f"DELETE {API}/{{id}}/grants/{{grant}}": OPERATORS,
    "GET /live": ADMINISTRATORS,
    "GET /live/new": ADMINISTRATORS,
    "POST /live/new": ADMINISTRATORS,
    "GET /live/{id}": VIEWERS,
    "GET /live/{id}/embed": VIEWERS,
    "GET /live/{id}/projector": VIEWERS,
    "GET /live/{id}/overlay": VIEWERS,
    "GET /live/{id}/replay": VIEWERS,
    "GET /live/{id}/console": OPERATORS,
    "GET /live/{id}/captioner": CAPTIONERS,
    "GET /live/{id}/speak": SOURCES,
    "GET /live/{id}/links": OPERATORS,
    "POST /live/{id}/links": OPERATORS,
    "POST /live/{id}/links/{grant}/revoke": OPERATORS,
    "POST /live/{id}/moves": OPERATORS,
    "POST /live/{id}/delete": ADMINISTRATORS,
    "POST /live/{id}/second-pass": OPERATORS,
    "POST /live/{id}/documents": OPERATORS,
    "POST /live/{id}/corrections": OPERATORS,
    "GET /live/corrections": ADMINISTRATORS,
    "POST /live/corrections/{id}/moves": ADMINISTRATORS,
    "GET /live/join": ANYBODY,
    "GET /live/widget.js": ANYBODY,
}
FILLED = {
    "channel": "floor",
    "track": "floor",
    "cue": "c1",
    "mark": "m1",
    "grant": "g1",
    "number": "0",
    "extension": "vtt",
}
BODIES = {
    f"POST {API}": {"title": "New"},
    f"POST {API}/{{id}}/grants": {"role": "viewer", "name": "Ana"},
    f"POST {API}/{{id}}/corrections": {"tracks": ["floor"]},
    f"POST {API}/{{id}}/marks": {"kind": "note", "text": "Vote"},
    f"PUT {API}/{{id}}/captions/{{track}}/{{cue}}": {"text": "New.", "revision": 1},
    f"PUT {API}/{{id}}/glossary": {"terms": []},
    f"PUT {API}/{{id}}/agenda": {"items": []},
    f"PUT {API}/{{id}}/meeting": {"meeting_id": None},
    f"PUT {API}/{{id}}/channels/{{channel}}/source": {"url": "nothing"},
}
QUERIES = {f"GET {API}/{{id}}/captions/events": "?tracks=floor"}


def routes_of(server: LiveServer) -> set[str]:
    found = set()
    for route in iter_route_contexts(server.app.routes):
        if (route.path or "").startswith((API, "/live")):
            socket = isinstance(route.original_route, APIWebSocketRoute)
            methods = {"SOCKET"} if socket else set(route.methods or ()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def test_every_route_is_in_the_matrix(guarded: LiveServer) -> None:
    assert routes_of(guarded) == set(MATRIX)


@dataclass(frozen=True)
class Stage:
    """A session and a token for each role; `none` has none, the administrator's is one of an account."""

    server: LiveServer
    id: str
    tokens: dict[str, str | None]


def set_stage(server: LiveServer, *, confidential: bool, other: str) -> Stage:
    sessions = server.services.sessions
    id = server.session(confidential=confidential).id
    sessions.append(id, [cue("c1", "Something.", at_ms=1_000)])
    tokens: dict[str, str | None] = {role.value: server.token(id, role) for role in Role}
    grant, tokens["revoked"] = sessions.grant(id, Role.OPERATOR, "Gone", BY)
    sessions.revoke(id, grant.id, BY)
    soon = datetime.now(UTC) + timedelta(milliseconds=50)
    tokens["expired"] = server.token(id, Role.OPERATOR, expires_at=soon)
    time.sleep(0.06)
    return Stage(server, id, {**tokens, "other": other, "none": None, "administrator": server.key})


def same_with_another_session(stage: Stage, role: str) -> Stage:
    """For what may be done once only."""
    id = stage.server.session().id
    stage.server.services.sessions.append(id, [cue("c1", "Something.", at_ms=1_000)])
    token = stage.server.key if role == "administrator" else stage.server.token(id, Role(role))
    return Stage(stage.server, id, {role: token})


@pytest.fixture(scope="module")
def other(guarded: LiveServer) -> str:
    """The token of another session's operator."""
    return guarded.token(guarded.session().id, Role.OPERATOR)


@pytest.fixture(scope="module")
def stage(guarded: LiveServer, other: str) -> Stage:
    return set_stage(guarded, confidential=False, other=other)


@pytest.fixture(scope="module")
def confidential(guarded: LiveServer, other: str) -> Stage:
    return set_stage(guarded, confidential=True, other=other)


def ask(client: httpx.Client, stage: Stage, role: str, entry: str) -> tuple[int, dict[str, Any]]:
    """(status, problem) of a route; a socket's bye is put into the same form."""
    method, _, path = entry.partition(" ")
    path = path.format(id=stage.id, **FILLED) + QUERIES.get(entry, "")
    token = stage.tokens[role]
    if method == "SOCKET":
        return run(open_socket(stage.server, path, token))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = BODIES.get(entry) if method in ("POST", "PUT", "PATCH") else None
    form = {"to": "pause", "targets": "fr", "track": "floor"} if path.startswith("/live") else None
    form = form if method == "POST" else None
    with client.stream(method, path, headers=headers, json=body, data=form) as answer:
        if "json" not in answer.headers.get("content-type", "") or answer.status_code < 400:
            return answer.status_code, {}
        answer.read()
        return answer.status_code, answer.json()


async def open_socket(server: LiveServer, path: str, token: str | None) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    hello: dict[str, Any] = {"type": "hello", "tracks": ["floor"]}
    if path.endswith("/audio"):
        hello = {"type": "hello", "format": "pcm_s16le", "rate": 16_000}
    async with server.socket(path, additional_headers=headers) as socket:
        with suppress(ConnectionClosed):  # refused before a word was said
            await socket.send(json.dumps(hello))
        first = json.loads(await socket.recv())
    statuses = {"sign-in-required": 401, "access-denied": 403, "not-found": 404}
    return (statuses[first["code"]], first) if first["type"] == "bye" else (200, {})


@pytest.mark.parametrize("entry", sorted(set(MATRIX) - {"GET /live/join"}))
def test_who_may_use_it(stage: Stage, confidential: Stage, entry: str) -> None:
    with stage.server.client() as client:
        for role in sorted(ANYBODY - MATRIX[entry]):
            open_status, _ = ask(client, stage, role, entry)
            closed_status, _ = ask(client, confidential, role, entry)
            if role in LISTED:
                assert {open_status, closed_status} <= {401, 403}, role
            elif "{id}" not in entry or MATRIX[entry] == ADMINISTRATORS:  # said before any session is looked at
                assert open_status == closed_status, role
                assert open_status in (401, 403, 404), role
            else:
                assert (open_status, closed_status) == (401 if role == "none" else 403, 404), role
        for role in sorted(MATRIX[entry]):
            once = "{id}" in entry and entry.startswith(("DELETE", "POST"))
            status, problem = ask(client, same_with_another_session(stage, role) if once else stage, role, entry)
            assert status not in (401, 403), (role, status, problem)
            assert status < 500 or problem["code"] in ("model-missing", "capacity"), (role, status, problem)


def test_a_confidential_session_looks_like_none(guarded: LiveServer, confidential: Stage, other: str) -> None:
    stage = confidential
    with guarded.client(other) as client:
        for path in (
            "",
            "/captions/floor",
            "/hls/floor.m3u8",
            "/transcripts/floor.vtt",
            "/marks",
            "/captions/events?tracks=fr",
        ):
            real = client.get(f"{API}/{stage.id}{path}")
            none = client.get(f"{API}/0123456789abcdef{path}")
            assert (real.status_code, none.status_code) == (404, 404), path
            assert real.text.replace(stage.id, "") == none.text.replace("0123456789abcdef", "")
        assert stage.id not in client.get(API).text
    with guarded.client(guarded.key) as administrator:
        assert stage.id in administrator.get(f"{API}?limit=200").text
    with guarded.client(stage.tokens["viewer"]) as viewer:
        assert [item["id"] for item in viewer.get(API).json()["items"]] == [stage.id]


@pytest.mark.parametrize(
    ("role", "page"),
    [("viewer", ""), ("captioner", "/captioner"), ("operator", "/console"), ("source", "/speak")],
)
def test_a_link_leads_to_its_page_and_leaves_no_token_in_the_address(stage: Stage, role: str, page: str) -> None:
    with stage.server.client() as browser:
        joined = browser.get(f"/live/join/{stage.tokens[role]}")
        assert (joined.status_code, joined.headers["location"]) == (303, f"/live/{stage.id}{page}")
        cookie = joined.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert browser.get(f"{API}/{stage.id}").json()["role"] == role
        assert browser.get(joined.headers["location"], headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("role", ["expired", "revoked"])
def test_a_link_that_is_over_says_so(stage: Stage, role: str) -> None:
    with stage.server.client(accept="text/html") as browser:
        page = browser.get(f"/live/join/{stage.tokens[role]}")
        assert page.status_code == 403
        assert "expired" in page.text
        assert "set-cookie" not in page.headers


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that the server and we log."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    keeping = Keeping()
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "uvicorn.access", "langsupport")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(keeping)
        logger.setLevel(logging.INFO)
    yield lines
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(keeping)
        logger.setLevel(level)


def test_no_token_gets_into_the_log(stage: Stage, logged: list[str]) -> None:
    token = str(stage.tokens["viewer"])

    async def come() -> None:
        async with stage.server.watch(stage.id, token) as socket:
            await socket.send("rubbish")
            assert json.loads(await socket.recv())["type"] == "bye"

    run(come())
    with stage.server.client() as browser:
        browser.get(f"/live/join/{token}")
        browser.get(f"{API}/{stage.id}/captions/floor?limit=0&access={token}")
    assert any(stage.id in line for line in logged)
    assert not [line for line in logged if token in line]


def test_pages_of_other_sites_open_sockets_by_a_token_only(stage: Stage) -> None:
    """Not by the cookie that a browser would send along."""
    token = str(stage.tokens["viewer"])
    cookie = f"langsupport_live_{stage.id}={token}"

    async def come(query: str, **headers: str) -> dict[str, Any]:
        path = f"{API}/{stage.id}/captions{query}"
        async with stage.server.socket(path, additional_headers=headers) as socket:
            with suppress(ConnectionClosed):  # refused before a word was said
                await socket.send('{"type": "hello", "tracks": ["floor"]}')
            first: dict[str, Any] = json.loads(await socket.recv())
            return first

    assert run(come("", Cookie=cookie))["type"] == "session"
    assert run(come("", Cookie=cookie, Origin=stage.server.url))["type"] == "session"
    assert run(come(f"?access={token}", Origin="https://elsewhere.example"))["type"] == "session"
    with pytest.raises(InvalidStatus) as refused:
        run(come("", Cookie=cookie, Origin="https://elsewhere.example"))
    assert refused.value.response.status_code == 403
    for query in ("?access=wrong", "?access="):
        wrong = run(come(query, Cookie=cookie, Origin="https://elsewhere.example"))
        assert (wrong["type"], wrong["code"]) in (("bye", "access-denied"), ("bye", "sign-in-required"))


def test_an_open_service_is_not_open_to_other_sites(live: LiveServer) -> None:
    """Without a key everybody here is the administrator, but not the pages of other sites in their browsers."""
    id = live.session().id

    async def come(query: str) -> dict[str, Any]:
        path = f"{API}/{id}/captions{query}"
        async with live.socket(path, additional_headers={"Origin": "https://elsewhere.example"}) as socket:
            first: dict[str, Any] = json.loads(await socket.recv())
            return first

    with pytest.raises(InvalidStatus):
        run(come(""))
    assert run(come("?access="))["type"] == "bye"
    with live.client() as client:
        assert client.get(f"{API}/{id}").json()["role"] == "operator"
        wrong = client.get(f"{API}/{id}/captions/floor?access=wrong")
        assert wrong.status_code == 403  # or a page elsewhere could read it by any word
        assert wrong.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-origin" not in client.get(f"{API}/{id}/captions/floor").headers


def test_pages_of_other_sites_read_captions_by_a_token_and_nothing_else(stage: Stage) -> None:
    token = stage.tokens["operator"]
    with stage.server.client() as client:
        for path in ("", "/captions/floor", "/hls/floor.m3u8"):
            shared = client.get(f"{API}/{stage.id}{path}?access={token}")
            assert shared.status_code == 200
            assert shared.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in shared.headers
        for path in ("/grants", "/audit", "/status", "/marks", "/transcripts/floor.vtt"):
            kept = client.get(f"{API}/{stage.id}{path}?access={token}")
            assert kept.status_code == 200
            assert "access-control-allow-origin" not in kept.headers


def test_only_the_embedded_view_is_shown_inside_other_sites(stage: Stage) -> None:
    token = stage.tokens["viewer"]
    with stage.server.client(accept="text/html") as client:
        embedded = client.get(f"/live/{stage.id}/embed?access={token}")
        assert "frame-ancestors *" in embedded.headers["content-security-policy"]
        assert "x-frame-options" not in embedded.headers
        page = client.get(f"/live/{stage.id}?access={token}")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
        assert "display-capture=(self)" in page.headers["permissions-policy"]


def test_a_viewer_sees_only_the_tracks_of_the_link(guarded: LiveServer) -> None:
    id = guarded.session().id
    token = guarded.token(id, Role.VIEWER, tracks=["fr"])
    with guarded.client(token) as client:
        assert client.get(f"{API}/{id}/captions/fr").status_code == 200
        for path in ("/captions/floor", "/captions/events?tracks=fr,floor", "/hls/en.m3u8", "/transcripts/en.vtt"):
            assert client.get(f"{API}/{id}{path}").status_code == 403, path


def test_what_viewers_need_not_know_they_are_not_told(guarded: LiveServer) -> None:
    made = guarded.session(glossary=["E.164"], agenda=["Opening"])
    guarded.services.sessions.note_channel(made.id, "floor", source_url="rtmp://user:secret@studio.example/live")
    with guarded.client(guarded.token(made.id, Role.VIEWER)) as viewer:
        seen = viewer.get(f"{API}/{made.id}").json()
    assert (seen["glossary"], seen["agenda"], seen["channels"][0]["source_url"]) == ([], [], None)
    with guarded.client(guarded.token(made.id, Role.OPERATOR)) as operator:
        assert operator.get(f"{API}/{made.id}").json()["channels"][0]["source_url"].startswith("rtmp://")
