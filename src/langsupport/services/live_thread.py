"""A thread that does what there is to do, turn by turn: a channel's, a session's translations'."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod

from langsupport.errors import LangsupportError

log = logging.getLogger(__name__)

RETRY_S = 1.0
"""What failed is tried again after so long."""


class TurningThread(ABC):
    """Thread-safe from outside. Whoever derives from it gives `_turn` and `_leave`, and may give `_failed`.

    `what` names it in the log; it turns when it is woken, and every `tick_s` seconds.
    """

    def __init__(self, name: str, what: str, tick_s: float) -> None:
        self._what = what
        self._tick_s = tick_s
        self._wake = threading.Event()
        self._stopping = self._finishing = False
        self._retry_s = 0.0  # nothing that may fail again is tried before
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Idempotent."""
        if self._thread.ident is None:
            self._thread.start()

    def wake(self) -> None:
        """There is news. Quick, from any thread."""
        self._wake.set()

    def finish(self) -> None:
        """Nothing more comes; the thread ends when everything is done and written."""
        self._finishing = True
        self._wake.set()

    def stop(self) -> None:
        """End soon; what is not written is made up for at the next start."""
        self._stopping = True
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Whether the thread has ended, or never began."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.wait(self._tick_s)
            self._wake.clear()
            try:
                if self._turn():
                    break
            except LangsupportError as error:
                self._failed(error)
                self._retry_s = time.monotonic() + RETRY_S
            except Exception:
                log.exception("%s failed; it goes on", self._what)
                self._retry_s = time.monotonic() + RETRY_S
        self._leave()

    @abstractmethod
    def _turn(self) -> bool:
        """Everything that can be done now. True: nothing is left to do, ever. Raises LangsupportError: later again."""

    def _failed(self, error: LangsupportError) -> None:
        """A turn failed in a way that is known; it comes again."""
        log.warning("%s: %s; it is tried again", self._what, error)

    @abstractmethod
    def _leave(self) -> None:
        """The thread ends: what it asked for is not wanted any more."""
