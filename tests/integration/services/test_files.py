"""The file store: content-addressed, bounded, durable, collected."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from langsupport.errors import DiskFull, EmptyInput, InputTooLarge, NotFound
from langsupport.services.database import Database
from langsupport.services.files import FileStore
from langsupport.services.schema import files, recordings


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'db.sqlite'}")
    yield database
    database.close()


@pytest.fixture
def store(tmp_path: Path, database: Database) -> FileStore:
    return FileStore(tmp_path / "files", database)


def everything(store: FileStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def keep(store: FileStore, database: Database, data: bytes, id: str) -> str:
    """A file with a row that refers to it."""
    received = store.receive(io.BytesIO(data), "a", 10**9)
    with received as incoming, database.write() as connection:
        sha = store.publish(connection, incoming)
        row = {"id": id, "name": "a", "media_type": "x", "size": len(data), "file": sha, "created_ms": 1}
        connection.execute(sa.insert(recordings).values(row | {"state": "done"}))
    return sha


def test_bytes_come_back_and_are_kept_once(store: FileStore, database: Database) -> None:
    data = os.urandom(3_000_000)
    shas = {keep(store, database, data, "a"), keep(store, database, data, "b")}
    assert shas == {hashlib.sha256(data).hexdigest()}
    assert store.path(shas.pop()).read_bytes() == data
    assert len(everything(store)) == 1


def test_what_was_not_published_is_gone(store: FileStore) -> None:
    with store.receive(io.BytesIO(b"abc"), "a", 10) as incoming:
        assert incoming.size == 3 and incoming.path.read_bytes() == b"abc"
    assert everything(store) == []
    with pytest.raises(NotFound):
        store.path(incoming.sha256)


class Endless(io.RawIOBase):
    """A stream without an end, which counts what was taken."""

    taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


def test_too_large_is_refused_while_it_streams(store: FileStore) -> None:
    stream = Endless()
    too_large = pytest.raises(InputTooLarge, match=r"a\.docx is too large: over 5\.0 MB")
    with too_large, store.receive(stream, "a.docx", 5 * 1024**2):  # type: ignore[arg-type]
        raise AssertionError("must not be reached")
    assert stream.taken <= 7 * 1024**2
    assert everything(store) == []


def test_nothing_is_refused(store: FileStore) -> None:
    with pytest.raises(EmptyInput), store.receive(io.BytesIO(), "a", 10):
        pass
    assert everything(store) == []


def test_a_broken_stream_leaves_nothing(store: FileStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError(errno.ECONNRESET, "gone")

    with pytest.raises(ConnectionResetError), store.receive(Broken(), "a", 10):
        pass
    assert everything(store) == []


def test_room_is_kept_free(tmp_path: Path, database: Database) -> None:
    store = FileStore(tmp_path / "files", database, min_free_bytes=10**18)
    with pytest.raises(DiskFull), store.receive(io.BytesIO(b"abc"), "a", 10):
        pass
    assert everything(store) == []


def test_a_rolled_back_upload_is_garbage_and_a_referenced_file_is_not(store: FileStore, database: Database) -> None:
    kept = keep(store, database, b"kept", "a")
    received = store.receive(io.BytesIO(b"dropped"), "a", 10)
    with pytest.raises(ZeroDivisionError), received as incoming, database.write() as connection:
        store.publish(connection, incoming)
        raise ZeroDivisionError
    assert len(everything(store)) == 2
    assert store.collect() == 1
    assert everything(store) == [store.path(kept)]


def test_release_removes_only_what_nothing_uses(store: FileStore, database: Database) -> None:
    shared = keep(store, database, b"shared", "a")
    keep(store, database, b"shared", "b")
    own = keep(store, database, b"own", "c")
    with database.write() as connection:
        connection.execute(sa.delete(recordings).where(recordings.c.id.in_(["a", "c"])))
        store.release(connection, [shared, own])
    assert everything(store) == [store.path(shared)]
    with database.read() as connection:
        assert connection.scalars(sa.select(files.c.sha256)).all() == [shared]


def test_stale_incoming_files_are_collected_and_fresh_ones_are_not(store: FileStore) -> None:
    stale, fresh = store.root / "incoming" / "stale", store.root / "incoming" / "fresh"
    stale.write_bytes(b"x")
    fresh.write_bytes(b"x")
    long_ago = time.time() - 7200
    os.utime(stale, (long_ago, long_ago))
    assert store.collect() == 1
    assert everything(store) == [fresh]


def test_collecting_never_takes_a_file_from_an_upload(store: FileStore, database: Database) -> None:
    """The same few contents are uploaded and deleted in two threads while two others collect."""
    stop = time.monotonic() + 2

    def upload_and_delete(worker: int) -> int:
        rounds = 0
        while time.monotonic() < stop:
            id = f"{worker}-{rounds}"
            sha = keep(store, database, b"content %d" % (rounds % 3), id)
            assert store.path(sha).read_bytes() == b"content %d" % (rounds % 3)
            with database.write() as connection:
                connection.execute(sa.delete(recordings).where(recordings.c.id == id))
                store.release(connection, [sha])
            rounds += 1
        return rounds

    def collect() -> int:
        while time.monotonic() < stop:
            store.collect()
        return 1

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(upload_and_delete, n) for n in range(2)] + [pool.submit(collect) for _ in range(2)]
        assert all(future.result() for future in futures)
    store.collect()
    assert everything(store) == []
