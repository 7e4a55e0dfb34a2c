"""The jobs port on DBOS Transact 3.4 (MIT core), on SQLite or PostgreSQL, in the database of the services.

What must not be done with it: more than one working process on SQLite (a lock refuses it), `global_concurrency`
on SQLite, text in arguments, and the pickle serializer. It keeps one instance per process, so a process works for
one data folder at a time; opening and closing again is fine.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig
from dbos import DBOSPortableJSONSerializer as JsonSerializer

from langsupport.errors import CapacityError, Conflict, DiskFull, LangsupportError
from langsupport.services.database import Database, now_ms
from langsupport.services.jobs import Interrupted, JobKind, JobState, Reference, T
from langsupport.services.schema import executors

log = logging.getLogger(__name__)

VERSION = "1"
"""Of the jobs' steps. Raise it when their order changes: unfinished jobs of other versions are submitted anew."""

MAX_RECOVERIES = 100
"""A job that was running in so many deaths of its process is given up. High, for a laptop may be switched off daily."""

EXECUTOR_TTL_SECONDS = 30
"""On PostgreSQL a worker that was silent for so long is dead, and its jobs go to the others."""

CLOSE_POLL_SECONDS = 0.1
"""How long closing takes at most where nothing runs; a second by DBOS's own figure."""

_NAME = "langsupport"
_WAITS_SECONDS = (1, 2, 4, 8, 15, 30, 30, 30, 30, 30)
"""Between attempts of a step that found no capacity: three minutes in all."""
_BATCH = 500


class DbosJobs:
    """See the port, jobs.py."""

    _launched_here: ClassVar[DbosJobs | None] = None
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, database: Database, polling_interval_ms: int = 250) -> None:
        _quiet()
        self._database = database
        self._polling_seconds = polling_interval_ms / 1000
        self._url = database.engine.url.render_as_string(hide_password=False)
        self._kinds: dict[str, JobKind] = {}
        self._closing = threading.Event()
        self._running = 0
        self._idle = threading.Condition()
        self._lock: sqlite3.Connection | None = None
        self._executor = "local" if database.is_sqlite else uuid.uuid4().hex
        self._reaper: threading.Thread | None = None
        DBOS.migrate(self._url.replace("+psycopg", ""))
        self._client = DBOSClient(
            system_database_engine=database.engine,
            serializer=JsonSerializer(),
            application_name=_NAME,
            retry_connection_errors=False,
        )

    def register(self, kind: JobKind) -> None:
        self._kinds[kind.name] = kind

    def submit(self, connection: sa.Connection, kind: str, key: str, *arguments: Reference) -> None:
        options: Any = {"workflow_name": kind, "queue_name": kind, "workflow_id": key, "app_version": VERSION}
        self._client.enqueue_in_transaction(connection, options, *arguments)

    def cancel(self, keys: Sequence[str]) -> None:
        if keys:
            self._client.cancel_workflows(list(keys))

    def states(self, keys: Sequence[str]) -> dict[str, JobState]:
        found = dict.fromkeys(keys, JobState.LOST)
        for start in range(0, len(keys), _BATCH):
            part = list(keys[start : start + _BATCH])
            for job in self._client.list_workflows(workflow_ids=part, load_input=False, load_output=False):
                found[job.workflow_id] = _state(job.status, job.app_version)
        return found

    def purge(self, older_than_ms: int) -> int:
        gone = 0
        while True:
            old = self._client.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
                completed_before=_iso(older_than_ms),
                load_input=False,
                load_output=False,
                limit=_BATCH,
            )
            if not old:
                return gone
            self._client.delete_workflows([job.workflow_id for job in old])
            gone += len(old)

    def launch(self) -> None:
        with self._guard:
            if DbosJobs._launched_here is not None:
                raise Conflict(
                    detail="This process already works for another langsupport service. Close that one first."
                )
            if self._database.is_sqlite:
                self._lock = _exclusive(self._database)
            DbosJobs._launched_here = self
        for kind in self._kinds.values():
            self._client.register_queue(
                kind.name, worker_concurrency=kind.workers, polling_interval_sec=self._polling_seconds
            )
        if not self._database.is_sqlite:
            self._beat()
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": self._url.replace("+psycopg", ""),
            "system_database_engine": self._database.engine,
            "executor_id": self._executor,
            "application_version": VERSION,
            "serializer": JsonSerializer(),
            "log_level": "ERROR",
            # Nothing is listened for here; its thread only looks so often whether the instance is to be closed.
            "notification_listener_polling_interval_sec": CLOSE_POLL_SECONDS,
            "run_migrations": False,
        }
        DBOS(config=config)
        for kind in self._kinds.values():
            DBOS.workflow(name=kind.name, max_recovery_attempts=MAX_RECOVERIES)(self._job(kind))
        DBOS.listen_queues(list(self._kinds))
        DBOS.launch()
        if not self._database.is_sqlite:
            self._reaper = threading.Thread(target=self._reap, name="langsupport-reaper", daemon=True)
            self._reaper.start()

    def stop(self) -> None:
        self._closing.set()

    def close(self, timeout_seconds: float = 2.0) -> None:
        self.stop()
        with self._guard:
            if DbosJobs._launched_here is self:
                self._wait_idle(timeout_seconds)
                if self._reaper:
                    self._reaper.join()
                    self._leave()
                DBOS.destroy(destroy_registry=True)
                DbosJobs._launched_here = None
            if self._lock:
                self._lock.close()
                self._lock = None
        self._client.destroy()

    def _job(self, kind: JobKind) -> Callable[..., None]:
        def job(*arguments: Reference) -> None:
            with self._counted():
                kind.run(self, *arguments)

        job.__qualname__ = kind.name
        return job

    def run(
        self, name: str, function: Callable[..., T], *arguments: Reference, on_error: Callable[[Exception], T]
    ) -> T:
        """A step (see `Steps`)."""

        def step() -> T:
            for wait_seconds in (*_WAITS_SECONDS, None):
                self._stop_if_closing()
                try:
                    return function(*arguments)
                except Exception as error:
                    self._stop_if_closing(error)  # what fails while everything is being closed has not failed
                    if wait_seconds is None or not isinstance(error, CapacityError) or isinstance(error, DiskFull):
                        return on_error(error)
                    log.warning("%s waits %s s: %s", name, wait_seconds, error)
                    self._closing.wait(wait_seconds)
            raise AssertionError("the last attempt returns")

        return DBOS.run_step({"name": name}, step)

    def _stop_if_closing(self, cause: Exception | None = None) -> None:
        if self._closing.is_set():
            raise Interrupted from cause

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _wait_idle(self, timeout_seconds: float) -> None:
        with self._idle:
            if not self._idle.wait_for(lambda: self._running == 0, timeout_seconds):
                log.warning("%d jobs did not stop in time; they go on at the next start", self._running)

    def _beat(self) -> None:
        with self._database.write() as connection:
            seen = sa.update(executors).where(executors.c.id == self._executor).values(seen_ms=now_ms())
            if not connection.execute(seen).rowcount:
                connection.execute(sa.insert(executors).values(id=self._executor, seen_ms=now_ms()))

    def _leave(self) -> None:
        """Let the others take over at once; if this fails they do when the time to live is over."""
        try:
            with self._database.write() as connection:
                connection.execute(sa.delete(executors).where(executors.c.id == self._executor))
        except LangsupportError:
            log.warning("could not sign off as a worker", exc_info=True)

    def _reap(self) -> None:
        """Take over the jobs of dead workers (PostgreSQL). The core of DBOS has no public call for it."""
        while True:
            try:
                self._beat()
                running = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
                held = {job.executor_id for job in running if job.executor_id}
                dead = sorted(held - self._living())  # read after `held`: a worker beats before it takes its first job
                if dead:
                    log.warning("taking over the jobs of %d silent workers", len(dead))
                    DBOS._recover_pending_workflows(dead)
            except Exception:
                log.exception("looking for dead workers failed; trying again")
            if self._closing.wait(EXECUTOR_TTL_SECONDS / 6):
                return

    def _living(self) -> set[str]:
        since = now_ms() - EXECUTOR_TTL_SECONDS * 1000
        with self._database.read() as connection:
            return set(connection.scalars(sa.select(executors.c.id).where(executors.c.seen_ms > since)))


def _state(status: str, version: str | None) -> JobState:
    if status in {"ENQUEUED", "DELAYED", "PENDING"}:
        return JobState.ALIVE if version == VERSION else JobState.LOST
    if status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return JobState.POISONED
    return JobState.ENDED if status in {"SUCCESS", "ERROR"} else JobState.LOST


def _iso(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


def _exclusive(database: Database) -> sqlite3.Connection:
    """Hold a lock until it is closed or the process dies: one worker per SQLite database.

    A second SQLite file serves as the lock, for it works alike on every system.
    """
    path = f"{database.engine.url.database}.worker"
    connection = sqlite3.connect(path, timeout=3, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        detail = f"Another langsupport process already works with {database.engine.url.database}. Stop it first."
        raise Conflict(detail=detail) from error
    return connection


def _quiet() -> None:
    """DBOS adds a console handler unless there is one; ours goes to the program's own log, errors only."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
    logger.setLevel(logging.ERROR)
