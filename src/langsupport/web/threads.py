"""From async routes to blocking services: threads of several kinds, each bounded, so that none starves another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from langsupport.errors import QueueFull

WORKING = 16
"""Requests whose caller waits for a model; they block a thread each."""
WAITING = 64
"""Further ones that may wait for such a thread."""
WATCHING = 256
"""Pages that follow a document or recording live; each holds a thread that sleeps."""
ARRIVING = 4
"""Viewers of live sessions whose snapshot is being read: when hundreds come at once, everybody else gets on."""
CONVERTING = 4
"""Documents and packages being written, read and shown; LibreOffice runs for two of them at once."""
LISTENING = 64
"""Channels of live sessions whose sound is being put away."""

T = TypeVar("T")


class Threads:
    """One per application."""

    def __init__(self) -> None:
        self._working = anyio.CapacityLimiter(WORKING)
        self._watching = anyio.CapacityLimiter(WATCHING)
        self._arriving = anyio.CapacityLimiter(ARRIVING)
        self._converting = anyio.CapacityLimiter(CONVERTING)
        self._listening = anyio.CapacityLimiter(LISTENING)
        self.stopping = False

    def stop(self) -> None:
        """The server ends: who watches lets go, so that it doesn't have to wait for them."""
        self.stopping = True

    async def quick(self, call: Callable[[], T]) -> T:
        """Database and files."""
        return await anyio.to_thread.run_sync(call)

    async def work(self, call: Callable[[], T]) -> T:
        """Models. Raises QueueFull."""
        if self._working.statistics().tasks_waiting >= WAITING:
            raise QueueFull(lane="interactive", limit=WAITING)
        return await anyio.to_thread.run_sync(call, limiter=self._working)

    async def convert(self, call: Callable[[], T]) -> T:
        """Whole documents. Raises QueueFull."""
        if self._converting.statistics().tasks_waiting >= WAITING:
            raise QueueFull(lane="document", limit=WAITING)
        return await anyio.to_thread.run_sync(call, limiter=self._converting)

    async def watch(self, call: Callable[[], T]) -> T:
        """Waiting for a change. Raises QueueFull."""
        if self._watching.available_tokens <= 0:
            raise QueueFull(lane="event", limit=WATCHING)
        return await anyio.to_thread.run_sync(call, limiter=self._watching, abandon_on_cancel=True)

    async def arrive(self, call: Callable[[], T]) -> T:
        """A viewer's first picture; waits for its turn."""
        return await anyio.to_thread.run_sync(call, limiter=self._arriving)

    async def listen(self, call: Callable[[], T]) -> T:
        """Sound of a live channel; waits for its turn."""
        return await anyio.to_thread.run_sync(call, limiter=self._listening)
