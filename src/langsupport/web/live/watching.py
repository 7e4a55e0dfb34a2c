"""Captions on their way to viewers: WebSocket and server-sent events, as docs/live.md says.

No viewer has a thread. The hub tells a viewer's seat that there is news, the viewer's task takes what there is and
sends it, and only then asks again: who reads slowly is given the newest state of each cue instead of every step.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from langsupport.domain.live import TRACKS, Role
from langsupport.errors import CapacityError, InvalidRequest, LangsupportError
from langsupport.services.live_messages import Message
from langsupport.services.live_viewer import Subscription
from langsupport.web.live.access import Entry, allowed
from langsupport.web.live.attendance import Seat
from langsupport.web.live.farewell import SEND_SECONDS, VERSION, Bye, send, take_leave
from langsupport.web.live.listening import Said, first, heard_text, understood
from langsupport.web.problems import bye_of
from langsupport.web.threads import Threads

router = APIRouter(prefix="/sessions", tags=["live sessions"])

HELLO_SECONDS = 10.0
PING_SECONDS = 15.0
SILENT_SECONDS = 45.0
"""A viewer that says nothing for so long, though it is pinged, is let go."""
BUSY_SECONDS = 1.0
"""The database did not answer: so long until it is asked again."""
BATCH = 200
"""Messages taken from the hub at once."""
RECONNECT_MS = 2_000

SSE_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Type": "text/event-stream"}

_SILENT = Bye("silent", "Nothing was heard from this viewer any more.", retry=True)


class Hello(Said):
    type: Literal["hello"]
    tracks: list[str] = Field(min_length=1, max_length=len(TRACKS))
    last_seq: int | None = Field(default=None, ge=0, lt=2**63)
    tails: bool = True


class Tracks(Said):
    type: Literal["tracks"]
    tracks: list[str] = Field(min_length=1, max_length=len(TRACKS))


class Pong(Said):
    type: Literal["pong"]


class Viewer:
    """One viewer's task: what is new goes out through `give`, which raises when the viewer is gone or does not read."""

    def __init__(
        self,
        threads: Threads,
        seat: Seat,
        subscription: Subscription,
        give: Callable[[Message], Awaitable[None]],
    ) -> None:
        self._threads = threads
        self._seat = seat
        self._subscription = subscription
        self._give = give
        self._first = True
        self._ping_due = False

    async def follow(self) -> Bye:
        """Until there is a reason to leave, which is returned."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(PING_SECONDS, self._ping)
        try:
            while self._seat.bye is None:
                self._seat.news.clear()
                for message in await self._taken():
                    if message["type"] == "bye":
                        return Bye(message["code"], message["message"], message["retry"])
                    await self._give(message)
                if self._ping_due:
                    self._ping_due = False
                    timer = loop.call_later(PING_SECONDS, self._ping)
                    await self._give({"v": VERSION, "type": "ping"})
                await self._seat.news.wait()
            return self._seat.bye
        finally:
            timer.cancel()

    def _ping(self) -> None:
        self._ping_due = True
        self._seat.news.set()

    async def _taken(self) -> Sequence[Message]:
        """In a thread where the database has to be read for it."""
        take = partial(self._subscription.take, BATCH)
        if not (self._first or self._subscription.behind):
            return take()
        try:
            messages = await self._threads.arrive(take)
        except CapacityError:
            await asyncio.sleep(BUSY_SECONDS)
            self._seat.news.set()
            return ()
        self._first = False
        return messages


@router.websocket("/{id}/captions")
async def captions(socket: WebSocket, entry: Annotated[Entry, Depends(allowed(Role.VIEWER))]) -> None:
    """The viewer's socket. Whatever goes wrong is said in a `bye`."""
    try:
        with entry.seat() as seat:
            await socket.accept()
            bye = await _serve(socket, entry, seat)
    except (WebSocketDisconnect, TimeoutError):  # gone, or it does not read
        return
    except LangsupportError as error:
        bye = bye_of(error)
    await take_leave(socket, bye)


async def _serve(socket: WebSocket, entry: Entry, seat: Seat) -> Bye:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = understood(await heard_text(socket), Hello)
    except TimeoutError:
        return Bye("invalid", 'Say first what you want: {"type": "hello", "tracks": ["en"]}.')
    tracks = wanted_tracks(entry, hello.tracks)
    sessions = entry.context.services.sessions
    grant = entry.visitor.grant
    watch = partial(sessions.watch, entry.session.id, tracks, hello.last_seq, seat.waker(), grant, tails=hello.tails)
    subscription = await entry.context.threads.arrive(watch)
    try:
        viewer = Viewer(entry.context.threads, seat, subscription, partial(send, socket))
        return await first(viewer.follow(), _listen(socket, entry, subscription))
    finally:
        subscription.close()


async def _listen(socket: WebSocket, entry: Entry, subscription: Subscription) -> Bye:
    """What the viewer says: other tracks, and that it is there."""
    while True:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                text = await heard_text(socket)
        except TimeoutError:
            return _SILENT
        said = understood(text, Tracks, Pong)
        if isinstance(said, Tracks):
            await entry.context.threads.arrive(partial(subscription.set_tracks, wanted_tracks(entry, said.tracks)))


def wanted_tracks(entry: Entry, tracks: list[str]) -> tuple[str, ...]:
    """Raises InvalidRequest: no such track; AccessDenied: the link is for others."""
    unknown = [track for track in tracks if track not in TRACKS]
    if unknown:
        raise InvalidRequest(detail=f"There is no track {unknown[0]!r}; there are {', '.join(TRACKS)}.")
    for track in tracks:
        entry.visitor.check_track(track)
    return tuple(dict.fromkeys(tracks))


@router.get("/{id}/captions/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(
    request: Request,
    entry: Annotated[Entry, Depends(allowed(Role.VIEWER))],
    tracks: Annotated[str, Query(description="with commas between them")],
    last_seq: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    tails: bool = True,
) -> Response:
    """The captions as server-sent events: the event's name is the message's type, its id the `seq` (docs/live.md)."""
    wanted = wanted_tracks(entry, [track.strip() for track in tracks.split(",")])
    said = request.headers.get("last-event-id", "")
    known = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else last_seq
    return EventStream(entry, wanted, known, tails)


class EventStream(Response):
    """An answer that goes on as long as the viewer reads and there is no reason to end."""

    def __init__(self, entry: Entry, tracks: tuple[str, ...], last_seq: int | None, tails: bool) -> None:
        super().__init__(None, 200, SSE_HEADERS)
        self._entry = entry
        self._tracks = tracks
        self._last_seq = last_seq
        self._tails = tails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context, session = self._entry.context, self._entry.session
        with self._entry.seat() as seat:
            watch = partial(context.services.sessions.watch, session.id, self._tracks, self._last_seq, seat.waker())
            watch = partial(watch, self._entry.visitor.grant, tails=self._tails)
            subscription = await context.threads.arrive(watch)
            try:
                headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await _push(send, f"retry: {RECONNECT_MS}\n\n")
                viewer = Viewer(context.threads, seat, subscription, partial(_push_event, send))
                bye = await first(viewer.follow(), _gone(receive))
                await _push_event(send, bye.body())
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            except (TimeoutError, OSError):  # it does not read, or is gone
                return
            finally:
                subscription.close()


async def _gone(receive: Receive) -> Bye:
    while (await receive())["type"] != "http.disconnect":
        pass
    return _SILENT


async def _push_event(send: Send, message: Message) -> None:
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    id = f"id: {message['seq']}\n" if "seq" in message else ""
    await _push(send, f"event: {message['type']}\n{id}data: {text}\n\n")


async def _push(send: Send, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


__all__ = ["router", "wanted_tracks"]
