"""Live progress as server-sent events (WHATWG HTML, 9.2).

Each event's id is the record's version, so that a client that lost the connection and says its last one goes on
without gap: a record is a whole picture, what was missed in between is in it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Protocol, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import StreamingResponse

from langsupport.errors import NotFound, QueueFull
from langsupport.web.threads import Threads

WATCH_SECONDS = 1.0
"""How long one look at the record waits for a change; between two looks it is seen whether the server stops."""
HEARTBEAT_SECONDS = 15.0
"""When nothing changed for so long a comment is sent: proxies keep the connection, and a gone client is noticed."""
RECONNECT_MS = 2000

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Record(Protocol):
    @property
    def version(self) -> int: ...
    @property
    def finished(self) -> bool: ...


R = TypeVar("R", bound=Record)


def event_stream(
    request: Request,
    threads: Threads,
    name: str,
    first: R,
    wait: Callable[[int], R],
    body: Callable[[R], BaseModel],
) -> StreamingResponse:
    """Events called `name` with each change of a record, until it is finished.

    Args:
        first: the record now; sent at once unless the client says in Last-Event-ID that it has it.
        wait: given a version, blocks until there is another or WATCH_SECONDS passed.
        body: the event's data.
    """
    said = request.headers.get("last-event-id", "")
    known = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else -1
    return StreamingResponse(_events(threads, name, first, known, wait, body), 200, HEADERS, "text/event-stream")


async def _events(
    threads: Threads, name: str, record: R, known: int, wait: Callable[[int], R], body: Callable[[R], BaseModel]
) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    told = time.monotonic()
    while not threads.stopping:
        if record.version != known or record.finished:
            known, told = record.version, time.monotonic()
            yield f"event: {name}\nid: {known}\ndata: {body(record).model_dump_json()}\n\n"
        elif time.monotonic() - told >= HEARTBEAT_SECONDS:
            told = time.monotonic()
            yield ": still here\n\n"
        if record.finished:
            yield "event: end\ndata:\n\n"
            return
        try:
            record = await threads.watch(partial(wait, known))
        except NotFound:
            yield "event: gone\ndata:\n\n"
            return
        except QueueFull:  # the client comes back by itself
            return
