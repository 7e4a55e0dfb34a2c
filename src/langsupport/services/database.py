"""The database: SQLite (WAL) or PostgreSQL behind SQLAlchemy Core; migrated when it is opened.

The job engine shares the engine, so that a row and its job are written in one transaction.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from langsupport.errors import CapacityError, ConfigurationError, DiskFull, InvalidRequest, LangsupportError

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another before it gives up (SQLite has one writer at a time)."""
_SCRUB_TIMEOUT_MS = 1_000
"""How long readers are waited for when the write-ahead log is emptied; writers wait meanwhile."""
POOL_SIZE = 20
MAX_OVERFLOW = 20
"""At most POOL_SIZE + MAX_OVERFLOW connections."""

_MIGRATION_LOCK = 0x6C73_6D69
"""PostgreSQL advisory lock (“lsmi”): one process migrates, others wait."""
_MIGRATIONS = Path(__file__).parent / "migrations"


def insert_into(table: sa.Table, dialect: str) -> Any:
    """The dialect's INSERT, which can say what becomes of a row that is there already."""
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Database:
    """Open with `Database.open`; `close` gives all connections back.

    `read` and `write` raise CapacityError (locked, not answering) or DiskFull where the database itself fails.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._closed = False
        self._writer = threading.Lock()

    @classmethod
    def open(cls, url: str) -> Database:
        """Connect and migrate.

        Raises:
            ConfigurationError: the URL names no database that can be opened.
        """
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = _sqlite(parsed)
        else:
            engine = sa.create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=POOL_SIZE,
                max_overflow=MAX_OVERFLOW,
                pool_pre_ping=True,
            )
        database = cls(engine)
        try:
            database._migrate()
        except DBAPIError as error:
            engine.dispose()
            shown = parsed.render_as_string(hide_password=True)
            raise ConfigurationError(source=shown, key="database_url", detail=_reason(error)) from error
        return database

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view; nothing may be written."""
        with _translated(), self._connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: commits at the end, rolls back on an error. With SQLite writers come one after another."""
        with _translated(), self._turn(), self._connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite's writers ask again and again whether it is their turn, later each time; within a process a lock wakes
        the next one at once. Another process's writers, and the job engine's, are still waited for by SQLite."""
        mine = self.is_sqlite and self._writer.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            yield
        finally:
            if mine:
                self._writer.release()

    def _connect(self) -> sa.Connection:
        if self._closed:
            raise CapacityError(detail="The database was closed.")
        return self.engine.connect()

    def scrub(self) -> None:
        """Take what was deleted out of SQLite's write-ahead log too; where readers hold it, the next time."""
        if not self.is_sqlite:
            return
        with _translated(), self._connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_SCRUB_TIMEOUT_MS}")
            try:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def close(self) -> None:
        """Work that did not stop in time can't reach the database any more."""
        self._closed = True
        self.engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """The switch does not wait for the busy timeout where several open an empty database at once, so this does."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    supply_unixepoch()
    engine = sa.create_engine(url, pool_size=POOL_SIZE, max_overflow=MAX_OVERFLOW)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"  # as the job engine's own connections: no write starts as a read
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        _switch_to_wal(connection)
        # FULL: what was answered with “uploaded” is still there after a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten: words that went off the record must not be read from the file.
        connection.execute("PRAGMA secure_delete=ON")

    return engine


_supplied = False


def supply_unixepoch() -> None:
    """Give SQLite before 3.42 the `unixepoch('subsec')` that the job engine uses on Python 3.12 and later.

    It decides by Python's version, not SQLite's; Debian 12 has SQLite 3.40. The listener is process-wide because
    the engine makes connections of its own.
    """
    global _supplied
    if _supplied or sqlite3.sqlite_version_info >= (3, 42) or sys.version_info < (3, 12):
        return

    @sa.event.listens_for(sa.Engine, "connect")
    def _supply(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.create_function("unixepoch", 1, lambda _: round(time.time(), 3))

    _supplied = True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        reason = _reason(error)
        if "disk is full" in reason or "No space left" in reason or "disk I/O error" in reason:
            raise DiskFull(path="the database", needed="more", available="too little") from error
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            raise CapacityError(detail=f"The database can't be used: {reason}") from error
        if isinstance(error, DataError):  # a number too large, a NUL in a text: PostgreSQL takes neither
            raise InvalidRequest(detail=f"A value can't be stored or looked for: {reason}") from error
        raise LangsupportError(detail=f"The database refused: {reason}") from error


def is_duplicate(error: LangsupportError) -> bool:
    """Whether the database refused a row because there is such a one already: somebody was quicker."""
    return isinstance(error.__cause__, IntegrityError)


def _reason(error: SQLAlchemyError) -> str:
    """The database's own first line, without the statement and its values."""
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
