"""What is done now and then: lost jobs found, old documents deleted, garbage collected, ended jobs forgotten."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from langsupport.services.database import now_ms
from langsupport.services.files import FileStore
from langsupport.services.jobs import Jobs

log = logging.getLogger(__name__)

RESUME_SECONDS = 30
"""How often work without a job is looked for."""
CLEANING_SECONDS = 3600
JOBS_KEPT_MS = 7 * 24 * 3600 * 1000
"""Ended jobs are kept for a week, for people who look for what went wrong."""
_DAY_MS = 24 * 3600 * 1000


class Kept(Protocol):
    """What is maintained: the services of documents and of recordings."""

    def resume(self) -> None: ...

    def delete_older(self, created_before_ms: int) -> int: ...


class Maintenance:
    """A thread that calls `resume` twice a minute and `clean` every hour."""

    def __init__(
        self,
        files: FileStore,
        jobs: Jobs,
        kept: Sequence[Kept],
        retention_days: int,
        also: Sequence[Callable[[], None]] = (),
    ) -> None:
        """All of `also` is done at every cleaning."""
        self._files = files
        self._jobs = jobs
        self._kept = kept
        self._retention_days = retention_days
        self._also = also
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look for lost work at once, then go on in a thread."""
        self.resume()
        self._thread = threading.Thread(target=self._loop, name="langsupport-maintenance", daemon=True)
        self._thread.start()

    def resume(self) -> None:
        for kept in self._kept:
            kept.resume()

    def clean(self) -> None:
        if self._retention_days:
            before = now_ms() - self._retention_days * _DAY_MS
            gone = sum(kept.delete_older(before) for kept in self._kept)
            if gone:
                log.info("deleted %d documents and recordings older than %d days", gone, self._retention_days)
        for clean in self._also:
            clean()
        self._files.collect()
        self._jobs.purge(now_ms() - JOBS_KEPT_MS)

    def close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _loop(self) -> None:
        cleaned = time.monotonic()
        while not self._stopping.wait(RESUME_SECONDS):
            try:
                self.resume()
                if time.monotonic() - cleaned >= CLEANING_SECONDS:
                    cleaned = time.monotonic()
                    self.clean()
            except Exception:
                log.exception("maintenance failed; it is tried again")
