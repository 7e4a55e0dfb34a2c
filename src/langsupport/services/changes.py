"""Who waits for a change of a document or recording is woken at once in this process, and by looking in others."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.5
"""How late a change made by another process is seen."""

R = TypeVar("R")


class Changes:
    """Thread-safe. Counts changes only while somebody waits for them, so nothing grows."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._waiting: Counter[str] = Counter()
        self._seen: dict[str, int] = {}
        self._closed = False

    def notify(self, id: str) -> None:
        with self._news:
            if id in self._waiting:
                self._seen[id] = self._seen.get(id, 0) + 1
                self._news.notify_all()

    def wait(self, id: str, look: Callable[[], R], is_news: Callable[[R], bool], timeout: float) -> R:
        """What `look` gives, as soon as it is news, or after `timeout` seconds (or when all is closed) as it is."""
        deadline = time.monotonic() + timeout
        with self._news:
            self._waiting[id] += 1
        try:
            while True:
                with self._news:
                    before = self._seen.get(id, 0)
                found = look()
                left = deadline - time.monotonic()
                if is_news(found) or left <= 0 or self._closed:
                    return found
                with self._news:
                    self._news.wait_for(
                        lambda before=before: self._closed or self._seen.get(id, 0) != before,  # type: ignore[misc]
                        min(left, POLL_SECONDS),
                    )
        finally:
            with self._news:
                self._waiting[id] -= 1
                if not self._waiting[id]:
                    del self._waiting[id]
                    self._seen.pop(id, None)

    def close(self) -> None:
        """Let all who wait go."""
        with self._news:
            self._closed = True
            self._news.notify_all()
