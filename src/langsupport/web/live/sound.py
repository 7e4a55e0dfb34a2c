"""Sound on its way in: one WebSocket for a channel, as docs/live.md says.

The socket is read only as fast as the sound is put away: when the backlog is full the reading stops, and TCP tells the
sender. Whatever is wrong with what comes is answered with a `bye` that says so; the session goes on.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from starlette.websockets import WebSocket, WebSocketDisconnect

from langsupport.domain.live import TRACKS, Role, SessionState
from langsupport.errors import CapacityError, Conflict, InvalidRequest, LangsupportError, NotFound
from langsupport.services.live_runner import Feed
from langsupport.services.live_status import FeedFormat
from langsupport.services.session_records import SessionRecord
from langsupport.web.live.access import Entry, allowed
from langsupport.web.live.attendance import Seat
from langsupport.web.live.farewell import VERSION, Bye, send, take_leave
from langsupport.web.live.listening import Said, first, heard, heard_text, understood
from langsupport.web.problems import bye_of

router = APIRouter(prefix="/sessions", tags=["live sessions"])

HELLO_SECONDS = 10.0
IDLE_SECONDS = 60.0
"""A channel sends silence too: nothing at all for so long means that nobody is there."""
TELL_SECONDS = 0.25
"""Between two acknowledgements."""
FULL_SECONDS = 0.2
"""The backlog is full: so long until it is tried again; nothing is read from the socket meanwhile."""

_EXAMPLE = '{"type": "hello", "format": "pcm_s16le", "rate": 16000, "framed": true, "epoch": 1}'


class Hello(Said):
    type: Literal["hello"]
    format: str
    rate: int | None = None
    framed: bool = False
    epoch: int = 1


class Pong(Said):
    type: Literal["pong"]


@router.websocket("/{id}/channels/{channel}/audio")
async def audio(socket: WebSocket, channel: str, entry: Annotated[Entry, Depends(allowed(Role.SOURCE))]) -> None:
    """A channel's sound. A second sender takes over from the first."""
    try:
        if channel not in TRACKS:
            raise NotFound(what="channel", id=channel)
        entry.visitor.check_track(channel)
        with entry.seat(follows=True) as seat:
            await socket.accept()
            bye = await _serve(socket, entry, channel, seat)
    except (WebSocketDisconnect, TimeoutError):  # gone, or it does not read
        return
    except LangsupportError as error:
        bye = bye_of(error)
    await take_leave(socket, bye)


async def _serve(socket: WebSocket, entry: Entry, channel: str, seat: Seat) -> Bye:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = understood(await heard_text(socket), Hello)
    except TimeoutError:
        return Bye("invalid", f"Say first what you send: {_EXAMPLE}.")
    try:
        return await _exchange(socket, entry, channel, seat, feed_format(hello))
    except Conflict as error:
        return _in_the_way(error, hello.epoch, seat.session or entry.session)


async def _exchange(socket: WebSocket, entry: Entry, channel: str, seat: Seat, format: FeedFormat) -> Bye:
    threads, live = entry.context.threads, entry.context.services.live
    feed = await threads.listen(partial(live.open_feed, entry.session.id, channel, format))
    try:
        ack = feed.position()
        await send(socket, {"v": VERSION, "type": "ready", "epoch": ack.epoch, "position": ack.position})
        return await first(_take(socket, entry, feed), _tell(socket, entry, seat, feed))
    finally:
        await asyncio.shield(threads.listen(feed.close))


def _in_the_way(error: Conflict, epoch: int, session: SessionRecord) -> Bye:
    bye = bye_of(error)
    if "epoch" in error.fields:  # a newer epoch is to be begun, or this one gone on with from where the server is
        code = "epoch" if error.fields["epoch"] > epoch else "missing"
        return replace(bye, code=code, retry=True, more={"epoch": error.fields["epoch"]})
    return replace(bye, code="ended" if session.state is SessionState.ENDED else "replaced")


def feed_format(hello: Hello) -> FeedFormat:
    """Raises InvalidRequest."""
    if hello.rate is None and hello.format.startswith("pcm_"):
        raise InvalidRequest(detail=f"Say the rate of the samples: {_EXAMPLE}.")
    return FeedFormat(hello.format, hello.rate or 16_000, hello.framed, hello.epoch)


async def _take(socket: WebSocket, entry: Entry, feed: Feed) -> Bye:
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await heard(socket)
        except TimeoutError:
            return Bye("idle", f"No sound came for {IDLE_SECONDS:.0f} seconds.", retry=True)
        if isinstance(message, str):
            understood(message, Pong)
        else:
            await _put_away(entry, feed, message)


async def _put_away(entry: Entry, feed: Feed, message: bytes) -> None:
    while True:
        try:
            await entry.context.threads.listen(partial(feed.message, message))
            return
        except CapacityError:
            await asyncio.sleep(FULL_SECONDS)


async def _tell(socket: WebSocket, entry: Entry, seat: Seat, feed: Feed) -> Bye:
    """Acknowledgements and levels several times a second, and what becomes of the session."""
    told: dict[str, Any] = {}
    session = entry.session
    while seat.bye is None:
        session = seat.session or session
        for message in await entry.context.threads.listen(partial(_news, session, feed)):
            if told.get(message["type"]) != message:
                told[message["type"]] = message
                await send(socket, message)
        seat.news.clear()
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await seat.news.wait()
        except TimeoutError:
            continue
    return seat.bye


def _news(session: SessionRecord, feed: Feed) -> list[dict[str, Any]]:
    """Raises Conflict: it gives no sound any more."""
    ack = feed.position()
    return [
        {"v": VERSION, "type": "state", "state": session.state.value, "off_record": session.off_record},
        {"v": VERSION, "type": "ack", "epoch": ack.epoch, "seq": ack.seq, "position": ack.position},
        {"v": VERSION, "type": "level", "dbfs": round(feed.level_dbfs, 1), "speech": feed.speaking},
    ]
