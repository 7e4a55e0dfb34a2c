"""What is done now and then: old documents and recordings deleted, garbage collected, ended jobs forgotten."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from langsupport.services.database import now_ms
from langsupport.services.files import FileStore
from langsupport.services.jobs import Jobs

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 3600
JOBS_KEPT_MS = 7 * 24 * 3600 * 1000
"""Ended jobs are kept for a week, for people who look for what went wrong."""
_DAY_MS = 24 * 3600 * 1000

Expire = Callable[[int], int]
"""Deletes what was created before a time in milliseconds since 1970; gives the number."""


class Maintenance:
    """A thread that runs `run` every hour, the first time an hour after the start."""

    def __init__(self, files: FileStore, jobs: Jobs, expire: Sequence[Expire], retention_days: int) -> None:
        self._files = files
        self._jobs = jobs
        self._expire = expire
        self._retention_days = retention_days
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="langsupport-maintenance", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Once, now."""
        if self._retention_days:
            before = now_ms() - self._retention_days * _DAY_MS
            gone = sum(expire(before) for expire in self._expire)
            if gone:
                log.info("deleted %d documents and recordings older than %d days", gone, self._retention_days)
        self._files.collect()
        self._jobs.purge(now_ms() - JOBS_KEPT_MS)

    def close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            try:
                self.run()
            except Exception:
                log.exception("maintenance failed; it is tried again in an hour")
