"""Migrations, constraints and transactions on real databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from langsupport.errors import ConfigurationError, LangsupportError
from langsupport.services import document_rows
from langsupport.services.database import Database
from langsupport.services.document_rows import new_id
from langsupport.services.records import RenditionState
from langsupport.services.schema import documents, files, metadata, renditions, review_segments, segment_versions


def test_migrations_make_what_the_schema_says_and_run_once(database_url: str) -> None:
    for _ in range(2):
        database = Database.open(database_url)
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
        database.close()


def test_what_was_there_before_accounts_stays(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _: upgrade(config, "0003"))
    before = Database.open(database_url)
    with before.write() as connection:
        id, sha = new_id(), "0" * 64
        connection.execute(sa.insert(files).values(sha256=sha, size=1, created_ms=1))
        columns = "id, name, media_type, size, file, state, created_ms"
        row = f"INSERT INTO documents ({columns}) VALUES (:id, 'a.txt', 't', 1, :sha, 'done', 1)"
        connection.execute(sa.text(row), {"id": id, "sha": sha})
        connection.execute(sa.insert(renditions).values(document_id=id, language="fr", state="done"))
    before.close()
    monkeypatch.undo()
    after = Database.open(database_url)
    with after.read() as connection:
        record = document_rows.record(connection, id)
        assert record.meeting_id is None
        assert [rendition.language for rendition in record.renditions] == ["fr"]
    after.close()


def test_what_people_did_before_segments_were_joined_stays(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _: upgrade(config, "0012"))
    before = Database.open(database_url)
    with before.write() as connection:
        document = add_document(connection)
        empty = {"text": "", "created_by": "", "rule": "", "by": "Tom", "number": 7}
        review = {"id": "r" * 32, "document_id": document, "language": "fr", "source": "en", "state": "open"}
        review |= {"second_person": False, "created_ms": 1}
        segment = {"review_id": review["id"], "unit_id": "u", "unit_kind": "cell", "segment_index": 0, "key": "k"}
        segment |= {"language": "en", "model": "", "words": 1, "weighted": 1.0, "translated_by": "", "revised_by": ""}
        segment |= {"source": "{}", "proposal": "{}", "target": "{}", "findings": "[]", "dismissed": "{}", "number": 7}
        segment |= {"proposed_origin": "mt", "origin": "mt", "state": "initial"}
        version = {"review_id": review["id"], "version": 2, "act": "confirm", "state": "translated", "target": "{}"}
        version |= {"at_ms": 5, **{name: empty[name] for name in ("text", "by", "number")}}
        review |= {name: empty[name] for name in ("created_by", "rule")}
        for table, row in {"reviews": review, "review_segments": segment, "segment_versions": version}.items():
            names = ", ".join(f'"{name}"' for name in row)
            fields = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({fields})"), row)
    before.close()
    monkeypatch.undo()
    after = Database.open(database_url)
    with after.write() as connection:
        found = connection.execute(sa.select(review_segments)).mappings().one()
        assert (found["place"], found["part"], found["joined_into"]) == (7, 0, None)
        kept = connection.execute(sa.select(segment_versions)).mappings().one()
        assert (kept["number"], kept["act"], kept["by"], kept["at_ms"]) == (7, "confirm", "Tom", 5)
        connection.execute(sa.update(segment_versions).values(act="join"))
    with pytest.raises(LangsupportError), after.write() as connection:
        connection.execute(sa.update(segment_versions).values(act="other"))
    after.close()


def test_many_open_an_empty_database_at_once(database_url: str) -> None:
    gate = threading.Barrier(4)

    def open_() -> int:
        gate.wait()
        database = Database.open(database_url)
        with database.read() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(documents))
        database.close()
        return int(count or 0)

    with ThreadPoolExecutor(4) as pool:
        assert [future.result() for future in [pool.submit(open_) for _ in range(4)]] == [0] * 4


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


def add_document(connection: sa.Connection, **values: object) -> str:
    id = new_id()
    sha = id.ljust(64, "0")
    connection.execute(sa.insert(files).values(sha256=sha, size=1, created_ms=1))
    row = {"id": id, "name": "a.txt", "media_type": "text/plain", "size": 1, "file": sha, "created_ms": 1}
    connection.execute(sa.insert(documents).values(row | {"state": "queued"} | values))
    return id


@pytest.mark.parametrize("values", [{"state": "lost"}, {"source": "de"}, {"file": "0" * 64}])
def test_the_database_refuses_unknown_words_and_dangling_files(database: Database, values: dict[str, str]) -> None:
    with pytest.raises(LangsupportError, match="refused"), database.write() as connection:
        add_document(connection, **values)
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(documents)) == 0


def test_deleting_a_document_takes_its_renditions_along(database: Database) -> None:
    with database.write() as connection:
        id = add_document(connection)
        row = {"document_id": id, "language": "fr", "state": "queued"}
        connection.execute(sa.insert(renditions).values(row))
    with database.write() as connection:
        connection.execute(sa.delete(documents).where(documents.c.id == id))
        assert connection.scalar(sa.select(sa.func.count()).select_from(renditions)) == 0


def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        add_document(connection)
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(documents)) == 0


def test_writers_in_many_threads_lose_nothing(database: Database) -> None:
    with database.write() as connection:
        id = add_document(connection)

    def count_up() -> None:
        for _ in range(10):
            with database.write() as connection:
                query = sa.select(documents.c.version).where(documents.c.id == id).with_for_update()
                version = connection.scalar(query)
                connection.execute(sa.update(documents).values(version=version + 1))

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(count_up) for _ in range(4)]:
            future.result()
    with database.read() as connection:
        assert connection.scalar(sa.select(documents.c.version)) == 41


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as reader:
        before = reader.scalar(sa.select(sa.func.count()).select_from(documents))
        with database.write() as writer:
            add_document(writer)
        assert reader.scalar(sa.select(sa.func.count()).select_from(documents)) == before


def test_a_database_that_cannot_be_opened_is_a_configuration_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigurationError, match="not a database"):
        Database.open(f"sqlite:///{path}")
    with pytest.raises(ConfigurationError) as caught:
        Database.open("postgresql://me:hidden@127.0.0.1:9/none")
    assert "hidden" not in str(caught.value)


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000 and all(len(id) == 32 for id in ids)
    assert [id[:12] for id in ids] == sorted(id[:12] for id in ids)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_renditions_that_end_together_the_second_settles_the_document(database: Database) -> None:
    with database.write() as connection:
        id = add_document(connection, state="translating")
        for language in ("fr", "es"):
            row = {"document_id": id, "language": language, "state": "translating"}
            connection.execute(sa.insert(renditions).values(row))
    both = threading.Barrier(2)

    def end(language: str) -> bool:
        with database.write() as connection:
            row = document_rows.rendition_row(connection, id, language)
            assert row is not None
            document_rows.change_rendition(connection, row["id"], state=RenditionState.DONE)
            both.wait()
            return document_rows.settle(connection, id)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(future.result() for future in [pool.submit(end, code) for code in ("fr", "es")]) == [False, True]
    with database.read() as connection:
        assert document_rows.record(connection, id).state == "done"
