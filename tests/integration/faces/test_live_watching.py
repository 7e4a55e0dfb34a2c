"""Captions on their way to viewers, as docs/live.md promises."""

from __future__ import annotations

import asyncio
import json
import signal
import socket as socket_module
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from faces import PATIENCE_S, Place
from langsupport.domain.live import CueState, MarkKind, Role
from langsupport.web.live import farewell, watching
from live_faces import BY, LiveServer, Message, cue, grown, hear, hear_cues, live_server, run, say_hello

VIEWERS = 500
LONG = "The delegate of the second administration referred to the report of the group. " * 20


def test_a_viewer_is_told_the_session_a_snapshot_and_then_each_change(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, "Good morning.", "We begin.")
    live.services.sessions.mark(id, MarkKind.SPEAKER, 2_000, "Chair", by=BY)

    async def follow() -> None:
        async with live.watch(id) as socket:
            await say_hello(socket, ["floor"])
            session, snapshot = await hear(socket), await hear(socket)
            assert (session["type"], session["state"], session["id"]) == ("session", "live", id)
            assert [item["stable"] for item in snapshot["cues"]] == ["Good morning.", "We begin."]
            assert [(mark["kind"], mark["text"]) for mark in snapshot["marks"]] == [("speaker", "Chair")]
            assert not snapshot["more"]
            opened = cue("c3", "The", at_ms=9_000, state=CueState.OPEN)
            live.services.sessions.append(id, [opened])
            live.services.sessions.tail(id, replace(opened, tail=" agenda"))
            assert (await hear(socket, "cue"))["stable"] == "The"
            assert (await hear(socket, "tail"))["tail"] == " agenda"
            live.services.sessions.append(id, [grown(opened, "The agenda.", CueState.FINAL)])
            done = await hear(socket, "cue")
            assert (done["stable"], done["state"], done["rev"]) == ("The agenda.", "final", 2)
            assert done["seq"] > snapshot["seq"]
            live.services.sessions.pause(id, BY)
            assert (await hear(socket, "session"))["state"] == "paused"

    run(follow())


def test_tails_and_other_tracks_only_where_they_are_wanted(live: LiveServer) -> None:
    id = live.session().id

    async def follow() -> None:
        async with live.watch(id) as socket:
            await say_hello(socket, ["fr"], tails=False)
            await hear(socket, "snapshot")
            spoken = cue("c1", "The", state=CueState.OPEN)
            live.services.sessions.append(id, [spoken])
            live.services.sessions.tail(id, replace(spoken, tail=" chair"))
            live.services.sessions.tail(id, replace(spoken, track="fr", language="fr", tail=" présidente"))
            live.say(id, "La présidente.", track="fr")
            assert [await hear(socket)][0]["stable"] == "La présidente."
            await socket.send(json.dumps({"type": "tracks", "tracks": ["floor"]}))
            snapshot = await hear(socket)
            assert (snapshot["tracks"], [item["stable"] for item in snapshot["cues"]]) == (["floor"], ["The"])

    run(follow())


def test_who_comes_back_gets_every_change_once_and_in_order(live: LiveServer) -> None:
    """Twenty lost connections while captions grow; what was seen is what the log has."""
    id = live.session().id
    seen: list[Message] = []

    async def follow() -> None:
        last, number = None, 0
        for round in range(20):
            async with live.watch(id) as socket:
                await say_hello(socket, ["floor"], last)
                if last is None:
                    last = (await hear(socket, "snapshot"))["seq"]
                for _ in range(3):
                    number += 1
                    live.say(id, f"Sentence {number}.", first=number)
                for _ in range(3 if round % 2 else 2):  # the third is lost with the connection, every other time
                    seen.append(await hear(socket, "cue"))
                    last = seen[-1]["seq"]
        async with live.watch(id) as socket:
            await say_hello(socket, ["floor"], last)
            while len(seen) < number:
                seen.append(await hear(socket, "cue"))

    run(follow())
    assert [item["stable"] for item in seen] == [f"Sentence {number}." for number in range(1, 61)]
    assert [item["seq"] for item in seen] == sorted({item["seq"] for item in seen})


def test_a_slow_viewer_holds_nobody_up_and_gets_the_newest_state(live: LiveServer) -> None:
    id = live.session().id
    steps = 200

    async def follow() -> None:
        async with live.watch(id, max_queue=1) as slow, live.watch(id) as quick:
            for socket in (slow, quick):
                await say_hello(socket, ["floor"])
            await hear(quick, "snapshot")
            text = ""
            for step in range(steps):
                text += f"{step} {LONG}"[:60]
                state = CueState.FINAL if step == steps - 1 else CueState.OPEN
                await asyncio.to_thread(
                    live.services.sessions.append,
                    id,
                    [replace(cue("c1", text[:1_900]), state=state, revision=step + 1)],
                )
                await asyncio.sleep(0)
            while (last := await hear(quick, "cue"))["state"] != "final":
                pass
            assert last["rev"] == steps
            taken = []
            while not taken or taken[-1]["state"] != "final":
                taken.append(await hear(slow, "cue"))
            assert taken[-1]["stable"] == last["stable"]
            assert [item["rev"] for item in taken] == sorted({item["rev"] for item in taken})

    run(follow())


def test_a_viewer_that_does_not_read_is_let_go(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell, "SEND_SECONDS", 0.5)
    id = live.session().id
    narrow = socket_module.create_connection(live.host.split(":"))
    narrow.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4_096)

    async def follow() -> None:
        async with live.watch(id, sock=narrow, max_queue=1, ping_interval=None) as socket:
            await say_hello(socket, ["floor"])
            await hear(socket, "snapshot")
            for first in range(1, 20_000, 100):
                cues = [cue(f"c{first + place}", LONG, at_ms=(first + place) * 100) for place in range(100)]
                await asyncio.to_thread(live.services.sessions.append, id, cues)
                if not live.services.sessions.watchers(id):
                    return
            raise AssertionError("it is still there")

    run(follow())


def test_five_hundred_viewers_come_back_at_once(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, "Before the storm.")

    async def come(last_seq: int | None) -> ClientConnection:
        socket = await live.watch(id, ping_interval=None)
        await say_hello(socket, ["floor"], last_seq)
        await hear(socket, "session")
        return socket

    async def storm() -> None:
        sockets = await asyncio.gather(*(come(None) for _ in range(VIEWERS)))
        snapshots = await asyncio.gather(*(hear(socket, "snapshot") for socket in sockets))
        assert {len(snapshot["cues"]) for snapshot in snapshots} == {1}
        for socket in sockets:
            socket.transport.abort()
        live.say(id, "During the storm.", first=2)
        sockets = await asyncio.gather(*(come(snapshots[0]["seq"]) for _ in range(VIEWERS)))
        live.say(id, "After the storm.", first=3)
        found = await asyncio.gather(*(hear_cues(socket, 2) for socket in sockets))
        assert {tuple(item["stable"] for item in each) for each in found} == {("During the storm.", "After the storm.")}
        for socket in sockets:
            socket.transport.abort()

    run(storm())


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ("nonsense", "whose type is hello"),
        ('{"type": "tracks", "tracks": ["fr"]}', "whose type is hello"),
        ('{"type": "hello"}', "tracks"),
        ('{"type": "hello", "tracks": []}', "tracks"),
        ('{"type": "hello", "tracks": ["de"]}', "de"),
        ('{"type": "hello", "tracks": ["fr"], "last_seq": "12"}', "last_seq"),
        ('{"type": "hello", "tracks": ["fr"], "last_seq": -1}', "last_seq"),
        ('["hello"]', "whose type is hello"),
        ("[" * 4_000, "whose type is hello"),
        ("x" * 5_000, "too long"),
        (b"hello", "binary"),
    ],
)
def test_what_is_wrong_with_a_hello_is_told(live: LiveServer, said: str | bytes, detail: str) -> None:
    id = live.session().id

    async def talk() -> Message:
        async with live.watch(id) as socket:
            await socket.send(said)
            bye = await hear(socket)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            return bye

    bye = run(talk())
    assert (bye["type"], bye["code"], bye["retry"]) == ("bye", "invalid", False)
    assert detail in bye["message"]


def test_pings_come_and_who_does_not_answer_is_let_go(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PING_SECONDS", 0.2)
    monkeypatch.setattr(watching, "SILENT_SECONDS", 1.0)
    id = live.session().id

    async def talk() -> Message:
        async with live.watch(id) as socket:
            await say_hello(socket, ["floor"])
            for _ in range(8):  # longer than the silence that is borne
                assert (await hear(socket, "ping", "bye"))["type"] == "ping"
                await socket.send('{"type": "pong"}')
            return await hear(socket, "bye")

    bye = run(talk())
    assert (bye["code"], bye["retry"]) == ("silent", True)


def test_too_many_viewers_are_told_so_and_operators_get_in(tmp_path: Path) -> None:
    with live_server(tmp_path, max_viewers=1) as live:
        id = live.session().id
        token = live.token(id, Role.VIEWER)

        async def come() -> Message:
            async with live.watch(id, token) as first, live.watch(id, token) as second, live.watch(id) as operator:
                await say_hello(first, ["floor"])
                await say_hello(operator, ["floor"])
                await hear(first, "snapshot")
                await hear(operator, "snapshot")
                return await hear(second)

        bye = run(come())
        assert (bye["code"], bye["retry"]) == ("capacity", True)
        with (
            live.client(token) as client,
            client.stream("GET", f"/api/v1/sessions/{id}/captions/events?tracks=fr") as held,
        ):
            assert held.status_code == 200
            again = live.client(token).get(f"/api/v1/sessions/{id}/captions/events?tracks=fr")
            assert again.status_code == 503


def test_a_link_that_is_taken_back_ends_what_was_open_by_it(live: LiveServer) -> None:
    id = live.session().id
    grant, token = live.services.sessions.grant(id, Role.VIEWER, "Marie", BY)
    other = live.token(id, Role.VIEWER, name="Omar")

    async def follow() -> tuple[Message, Message]:
        async with live.watch(id, token) as socket, live.watch(id, other) as unharmed:
            for one in (socket, unharmed):
                await say_hello(one, ["floor"])
                await hear(one, "snapshot")
            client = httpx.AsyncClient(base_url=live.url)
            assert (await client.delete(f"/api/v1/sessions/{id}/grants/{grant.id}")).status_code == 204
            bye = await hear(socket, "bye")
            live.say(id, "Nobody who was sent away hears this.")
            return bye, await hear(unharmed, "cue")

    bye, heard = run(follow())
    assert (bye["code"], bye["retry"]) == ("revoked", False)
    assert heard["stable"].startswith("Nobody")


def test_a_deleted_session_lets_its_viewers_go(live: LiveServer) -> None:
    id = live.session().id

    async def follow() -> Message:
        async with live.watch(id) as socket:
            await say_hello(socket, ["floor"])
            await hear(socket, "snapshot")
            client = httpx.AsyncClient(base_url=live.url)
            assert (await client.delete(f"/api/v1/sessions/{id}")).status_code == 204
            return await hear(socket, "bye")

    assert run(follow())["code"] == "deleted"


def test_a_server_that_stops_says_so_at_once(tmp_path: Path) -> None:
    with live_server(tmp_path) as live:
        id = live.session().id

        async def follow() -> Message:
            async with live.watch(id) as socket:
                await say_hello(socket, ["floor"])
                await hear(socket, "snapshot")
                live.stop()
                return await hear(socket, "bye")

        bye = run(follow())
    assert (bye["code"], bye["retry"]) == ("restart", True)


def test_off_the_record_takes_captions_from_the_screens(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, "This stays.")

    async def follow() -> list[Message]:
        async with live.watch(id) as socket:
            await say_hello(socket, ["floor"])
            await hear(socket, "snapshot")
            client = httpx.AsyncClient(base_url=live.url)
            gone = await client.post(f"/api/v1/sessions/{id}/off-record", json={"since_ms": 0})
            assert gone.json()["off_record"] is True
            return [await hear(socket, "cue", "mark") for _ in range(2)]

    told = run(follow())
    (retracted,) = [message for message in told if message["type"] == "cue"]
    assert (retracted["state"], retracted["stable"]) == ("retracted", "")
    page = httpx.get(f"{live.url}/api/v1/sessions/{id}/captions/floor").json()
    assert page["items"] == []


def test_the_program_itself_serves_sockets_logs_no_token_and_lets_go(place: Place) -> None:
    with place.serving() as server:
        with httpx.Client(base_url=server.url) as client:
            id = client.post("/api/v1/sessions", json={"title": "Plenary"}).json()["id"]
            token = client.post(f"/api/v1/sessions/{id}/grants", json={"role": "viewer", "name": "A"}).json()["token"]

        async def follow() -> Message:
            url = f"ws://{server.host}/api/v1/sessions/{id}/captions?access={token}"
            async with connect(url) as socket:
                await say_hello(socket, ["floor"])
                await hear(socket, "snapshot")
                server.process.send_signal(signal.SIGINT)
                return await hear(socket, "bye")

        bye = run(follow())
        assert (bye["code"], bye["retry"]) == ("restart", True)
        server.process.wait(PATIENCE_S)
    log = server.log.read_text("utf-8")
    assert "accepted" in log
    assert token not in log
    assert "Traceback" not in log


# --- server-sent events ---


def events(live: LiveServer, id: str, count: int, query: str = "tracks=floor", **headers: str) -> list[dict[str, Any]]:
    """The first events of a stream that have data."""
    found: list[dict[str, Any]] = []
    url = f"/api/v1/sessions/{id}/captions/events?{query}"
    with live.client(**headers) as client, client.stream("GET", url) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if not line and "data" in event:
                found.append({**event, "data": json.loads(event["data"])})
                if len(found) == count:
                    break
            event = {**event, name: value} if line else {}
    return found


def test_the_same_as_server_sent_events(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, "Good morning.", "We begin.")
    session, snapshot = events(live, id, 2)
    assert (session["event"], snapshot["event"]) == ("session", "snapshot")
    assert [item["stable"] for item in snapshot["data"]["cues"]] == ["Good morning.", "We begin."]
    assert snapshot["id"] == str(snapshot["data"]["seq"])
    live.say(id, "The agenda.", first=3)
    for way in ({"Last-Event-ID": snapshot["id"]}, {}):
        query = "tracks=floor" if way else f"tracks=floor&last_seq={snapshot['id']}"
        _, missed = events(live, id, 2, query, **way)
        assert (missed["event"], missed["data"]["stable"]) == ("cue", "The agenda.")


def test_events_say_what_is_wrong(live: LiveServer) -> None:
    id = live.session().id
    client = live.client()
    assert client.get(f"/api/v1/sessions/{id}/captions/events?tracks=de").json()["code"] == "invalid"
    assert client.get(f"/api/v1/sessions/{id}/captions/events").status_code == 400
    assert client.get("/api/v1/sessions/nothing/captions/events?tracks=fr").status_code == 404


def test_a_stream_ends_with_bye_when_the_server_stops(tmp_path: Path) -> None:
    with live_server(tmp_path) as live:
        id = live.session().id
        with (
            live.client() as client,
            client.stream("GET", f"/api/v1/sessions/{id}/captions/events?tracks=fr") as stream,
        ):
            lines = stream.iter_lines()
            assert any(line == "event: snapshot" for line in lines)
            live.stop()
            rest = list(lines)
    assert "event: bye" in rest
    assert '"retry":true' in "".join(rest)


# --- page by page ---


def test_captions_page_by_page_in_both_directions(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, *(f"Sentence {number}." for number in range(1, 8)))
    client = live.client()

    def page(query: str) -> tuple[list[str], bool]:
        found = client.get(f"/api/v1/sessions/{id}/captions/floor?{query}").json()
        return [item["id"] for item in found["items"]], found["more"]

    assert page("limit=3") == (["c5", "c6", "c7"], True)
    assert page("limit=3&before_ms=10000") == (["c2", "c3", "c4"], True)
    assert page("limit=3&before_ms=4000") == (["c1"], False)
    assert page("limit=3&after_ms=8000") == (["c4", "c5", "c6"], True)
    assert page("limit=3&after_ms=14000") == (["c7"], False)
