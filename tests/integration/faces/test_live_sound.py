"""Sound on its way in, as docs/live.md promises. No recognizer is needed: what is heard is others' business."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from langsupport.domain.live import Role
from langsupport.web.live import sound
from live_faces import BY, LiveServer, Message, hear, live_server, run

HEAD = struct.Struct("<IIQ")
RATE = 16_000
TENTH = RATE // 10


def address(id: str, channel: str = "floor") -> str:
    return f"/api/v1/sessions/{id}/channels/{channel}/audio"


def tone(samples: int = TENTH, level: float = 0.3) -> bytes:
    wave_form = level * np.sin(2 * np.pi * 440 * np.arange(samples) / RATE)
    return (wave_form * 32767).astype("<i2").tobytes()


def frame(seq: int, epoch: int = 1, payload: bytes | None = None) -> bytes:
    return HEAD.pack(epoch, seq, seq * TENTH) + (tone() if payload is None else payload)


async def greet(socket: ClientConnection, **more: Any) -> None:
    hello = {"type": "hello", "format": "pcm_s16le", "rate": RATE, "framed": True, "epoch": 1}
    await socket.send(json.dumps({**hello, **more}))


async def acknowledged(socket: ClientConnection, position: int) -> Message:
    while True:
        ack = await hear(socket, "ack")
        if ack["position"] >= position:
            return ack


def test_sound_is_acknowledged_and_levels_and_states_are_told(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> None:
        async with live.socket(address(id)) as socket:
            await greet(socket)
            assert (await hear(socket))["position"] == 0
            for seq in range(12):
                await socket.send(frame(seq))
            ack = await acknowledged(socket, 12 * TENTH)
            assert (ack["epoch"], ack["seq"]) == (1, 11)
            while (await hear(socket, "level"))["dbfs"] < -20:
                await socket.send(frame(ack["seq"] + 1))
                ack["seq"] += 1
            await asyncio.to_thread(live.services.sessions.pause, id, BY)
            assert (await hear(socket, "state"))["state"] in ("live", "paused")

    run(speak())
    assert live.services.spool.length(id, "floor") >= 12 * TENTH


def test_a_lost_connection_is_gone_on_with_where_it_was(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> None:
        position = 0
        for first in range(0, 30, 10):
            async with live.socket(address(id)) as socket:
                await greet(socket)
                ready = await hear(socket, "ready")
                assert ready["position"] == position
                for seq in range(max(0, first - 3), first + 10):  # some of it was there already
                    await socket.send(frame(seq))
                position = (await acknowledged(socket, (first + 10) * TENTH))["position"]
                socket.transport.abort()
        async with live.socket(address(id)) as socket:
            await greet(socket)
            assert (await hear(socket, "ready"))["position"] == 30 * TENTH

    run(speak())
    kept = live.services.spool.read(id, "floor", 0, live.services.spool.length(id, "floor"))
    assert np.count_nonzero(np.abs(kept) > 0.01) / (30 * TENTH) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("hello", "detail"),
    [
        ("noise", "whose type is hello"),
        (b"\0\0\0\0", "binary"),
        ({"format": "mp3"}, "pcm_s16le"),
        ({"format": None}, "format"),
        ({"rate": 4_000}, "8000"),
        ({"rate": 500_000}, "192000"),
        ({"rate": "48000"}, "rate"),
        ({"rate": None}, "rate"),
        ({"framed": "yes"}, "framed"),
        ({"epoch": -1}, "epoch"),
        ({"epoch": 2**32}, "epoch"),
    ],
)
def test_what_is_wrong_with_a_hello_is_told(live: LiveServer, hello: Any, detail: str) -> None:
    id = live.session().id

    async def speak() -> Message:
        async with live.socket(address(id)) as socket:
            if isinstance(hello, dict):
                await greet(socket, **hello)
            else:
                await socket.send(hello)
            bye = await hear(socket)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            return bye

    bye = run(speak())
    assert (bye["type"], bye["code"], bye["retry"]) == ("bye", "invalid", False)
    assert detail in bye["message"].lower() or detail in bye["message"]


@pytest.mark.parametrize(
    ("sent", "code", "retry"),
    [
        (b"half a fram", "invalid", False),
        (frame(0)[:-1], "invalid", False),
        (frame(0, payload=b""), "invalid", False),
        (frame(0, payload=tone(3 * RATE)), "invalid", False),
        ("rubbish", "invalid", False),
    ],
)
def test_a_broken_message_ends_the_feed_and_not_the_session(
    live: LiveServer, sent: str | bytes, code: str, retry: bool
) -> None:
    id = live.session().id

    async def speak() -> Message:
        async with live.socket(address(id)) as socket:
            await greet(socket)
            await hear(socket, "ready")
            await socket.send(sent)
            bye = await hear(socket, "bye")
        async with live.socket(address(id)) as socket:  # the session goes on
            await greet(socket, epoch=2)
            for seq in range(3):
                await socket.send(frame(seq, epoch=2))
            await acknowledged(socket, 3 * TENTH)
        return bye

    bye = run(speak())
    assert (bye["code"], bye["retry"]) == (code, retry)
    assert len(bye["message"]) > 20


def test_a_message_beyond_all_measure_closes_the_socket(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> None:
        async with live.socket(address(id)) as socket:
            await greet(socket)
            await hear(socket, "ready")
            with pytest.raises(ConnectionClosed):
                await socket.send(bytes(5 * 1024**2))
                while True:
                    await socket.recv()
        async with live.socket(address(id)) as socket:
            await greet(socket)
            await hear(socket, "ready")
            await socket.send(frame(0))
            await acknowledged(socket, TENTH)

    run(speak())


def test_a_missing_frame_and_an_old_epoch_are_told(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> tuple[Message, Message]:
        async with live.socket(address(id)) as socket:
            await greet(socket, epoch=5)
            await hear(socket, "ready")
            await socket.send(frame(0, epoch=5))
            await socket.send(frame(4, epoch=5))
            missing = await hear(socket, "bye")
        async with live.socket(address(id)) as socket:
            await greet(socket, epoch=3)
            return missing, await hear(socket, "bye")

    missing, old = run(speak())
    assert (missing["code"], missing["retry"], missing["epoch"]) == ("missing", True, 5)
    assert (old["code"], old["retry"], old["epoch"]) == ("epoch", True, 6)


def test_what_is_no_sound_is_told(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> Message:
        async with live.socket(address(id)) as socket:
            await greet(socket, format="webm", rate=None)
            await hear(socket, "ready")
            position = 0
            for seq in range(200):
                block = b"this is no film but a text; " * 400
                try:
                    await socket.send(HEAD.pack(1, seq, position) + block)
                except ConnectionClosed:
                    break
                position += len(block)
                await asyncio.sleep(0.02)
            return await hear(socket, "bye")

    assert run(speak())["code"] in ("no-audio", "damaged", "input")


def test_a_newcomer_takes_the_channel_over(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> Message:
        async with live.socket(address(id)) as first, live.socket(address(id)) as second:
            await greet(first)
            await hear(first, "ready")
            await greet(second, epoch=2)
            await hear(second, "ready")
            bye = await hear(first, "bye")
            await second.send(frame(0, epoch=2))
            await acknowledged(second, TENTH)
            return bye

    bye = run(speak())
    assert (bye["code"], bye["retry"]) == ("replaced", False)


def test_a_session_that_ends_says_so(live: LiveServer) -> None:
    id = live.session().id

    async def speak() -> tuple[Message, Message]:
        async with live.socket(address(id)) as socket:
            await greet(socket)
            await hear(socket, "ready")
            await asyncio.to_thread(live.services.sessions.end, id, BY)
            bye = await hear(socket, "bye")
        async with live.socket(address(id)) as socket:
            await greet(socket)
            return bye, await hear(socket, "bye")

    during, after = run(speak())
    assert (during["code"], after["code"]) == ("ended", "ended")
    assert "ended" in after["message"]


def test_nothing_for_long_is_told(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(sound, "HELLO_SECONDS", 0.3)
    id = live.session().id

    async def speak() -> tuple[Message, Message]:
        async with live.socket(address(id)) as silent, live.socket(address(id)) as idle:
            await greet(idle)
            return await hear(silent, "bye"), await hear(idle, "bye")

    silent, idle = run(speak())
    assert (silent["code"], silent["retry"]) == ("invalid", False)
    assert '"format"' in silent["message"]
    assert (idle["code"], idle["retry"]) == ("idle", True)


def test_a_sender_faster_than_hearing_is_held_and_loses_nothing(live: LiveServer) -> None:
    """Nobody hears (no recognizer): after a minute of sound the sender has to wait, and others get on."""
    id = live.session().id
    other = live.session().id

    async def speak() -> None:
        async with live.socket(address(id)) as fast, live.socket(address(other)) as usual:
            await greet(fast)
            await greet(usual)
            payload = tone(2 * RATE)

            async def pour() -> None:
                for seq in range(2_000):
                    await fast.send(HEAD.pack(1, seq, seq * 2 * RATE) + payload)

            pouring = asyncio.create_task(pour())
            await asyncio.sleep(1)
            for seq in range(10):
                await usual.send(frame(seq))
            await acknowledged(usual, 10 * TENTH)
            assert not pouring.done()
            pouring.cancel()

    run(speak())
    assert live.services.spool.length(id, "floor") < 2_000 * 2 * RATE


def test_a_source_speaks_into_its_channels_only(guarded: LiveServer) -> None:
    id = guarded.session(channels=[("floor", None), ("fr", "fr")]).id
    token = guarded.token(id, Role.SOURCE, tracks=["fr"])

    async def speak(channel: str) -> Message:
        async with guarded.socket(f"{address(id, channel)}?access={token}") as socket:
            with suppress(ConnectionClosed):  # refused before anything is said
                await greet(socket)
            return await hear(socket)

    assert run(speak("fr"))["type"] == "ready"
    refused = run(speak("floor"))
    assert (refused["type"], refused["code"]) == ("bye", "access-denied")
    assert run(speak("de"))["code"] == "not-found"


def test_a_link_that_is_taken_back_by_whomever_ends_the_feed(live: LiveServer) -> None:
    """Not through this server's API: as another process does it."""
    id = live.session().id
    grant, token = live.services.sessions.grant(id, Role.SOURCE, "Booth", BY)

    async def speak() -> Message:
        async with live.socket(f"{address(id)}?access={token}") as socket:
            await greet(socket)
            await hear(socket, "ready")
            await asyncio.to_thread(live.services.sessions.revoke, id, grant.id, BY)
            return await hear(socket, "bye")

    assert run(speak())["code"] == "revoked"


def test_a_revoked_source_and_a_stopping_server_say_so(tmp_path: Path) -> None:
    with live_server(tmp_path) as live:
        id = live.session().id
        grant, token = live.services.sessions.grant(id, Role.SOURCE, "Booth", BY)

        async def speak() -> tuple[Message, Message]:
            async with live.socket(f"{address(id)}?access={token}") as revoked:
                await greet(revoked)
                await hear(revoked, "ready")
                async with httpx.AsyncClient(base_url=live.url) as client:
                    assert (await client.delete(f"/api/v1/sessions/{id}/grants/{grant.id}")).status_code == 204
                bye = await hear(revoked, "bye")
            async with live.socket(address(id)) as stopped:
                await greet(stopped, epoch=2)
                await hear(stopped, "ready")
                live.stop()
                return bye, await hear(stopped, "bye")

        revoked, stopped = run(speak())
    assert (revoked["code"], revoked["retry"]) == ("revoked", False)
    assert (stopped["code"], stopped["retry"]) == ("restart", True)
