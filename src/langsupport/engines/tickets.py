"""Tickets: what a caller holds while its work waits, runs and finishes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from langsupport.errors import Cancelled, LangsupportError

R = TypeVar("R")


class QueuedTicket(Generic[R]):
    """Implements protocols.Ticket. Filled by the core's threads; read by any thread, any number of times."""

    def __init__(self, total: int, on_cancel: Callable[[QueuedTicket[R]], None]) -> None:
        self._total = total
        self._on_cancel = on_cancel
        self._done: list[tuple[int, R]] = []
        self._error: LangsupportError | None = None
        self._news = threading.Condition()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def done(self) -> bool:
        """`wait` would not block: all results are there, or the error is."""
        return self._error is not None or len(self._done) >= self._total

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """See protocols.Ticket."""
        with self._news:
            if not self.done:
                self._callbacks.append(callback)
                return
        callback()

    @property
    def closed(self) -> bool:
        """Failed or cancelled: nothing more is wanted for it."""
        return self._error is not None

    def results(self) -> Iterator[tuple[int, R]]:
        at = 0
        while at < self._total:
            with self._news:
                self._news.wait_for(lambda at=at: len(self._done) > at or self._error is not None)  # type: ignore[misc]
                if self._error is not None:
                    raise self._error
                fresh = self._done[at:]
            yield from fresh
            at += len(fresh)

    def wait(self) -> list[R]:
        return [result for _, result in sorted(self.results(), key=lambda pair: pair[0])]

    def cancel(self) -> None:
        if len(self._done) < self._total:
            self.fail(Cancelled())
            self._on_cancel(self)

    def put(self, index: int, result: R) -> None:
        """One result; ignored once the ticket is closed."""
        with self._news:
            if self._error is None:
                self._done.append((index, result))
                self._news.notify_all()
            finished = self._take_callbacks()
        _call(finished)

    def fail(self, error: LangsupportError) -> None:
        """Close it with its first error."""
        with self._news:
            if self._error is None and len(self._done) < self._total:
                self._error = error
                self._news.notify_all()
            finished = self._take_callbacks()
        _call(finished)

    def _take_callbacks(self) -> list[Callable[[], None]]:
        if not self.done:
            return []
        finished, self._callbacks = self._callbacks, []
        return finished


def _call(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()
