"""Two web processes behind one address, on one PostgreSQL database and one data folder: what is done at one is known
at the other. A worker beside them does the jobs."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from faces import PATIENCE_S, Place, Server, echo_model
from waiting import until

PASSWORD = "a long password indeed"


@pytest.fixture
def database() -> Iterator[str]:
    server = os.environ.get("LANGSUPPORT_TEST_POSTGRES")
    if not server:
        pytest.skip("LANGSUPPORT_TEST_POSTGRES names no PostgreSQL server")
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"langsupport_test_{secrets.token_hex(6)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


def client(server: Server, token: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)


def test_what_is_done_at_one_is_known_at_the_other(database: str, tmp_path: Path) -> None:
    common = {"LANGSUPPORT_ACCOUNTS_MODE": "on", "LANGSUPPORT_DATABASE": database}
    both = Place(tmp_path, {**common, "LANGSUPPORT_ROLE": "web"})
    working = Place(tmp_path, {**common, "LANGSUPPORT_ROLE": "all"})
    echo_model(both.models)
    carol = both.person("carol", "coordinator", password=PASSWORD)
    tom = both.person("tom", "translator", password=PASSWORD)
    with working.serving() as worker, both.serving() as web:
        first, second = client(web, carol), client(worker, carol)
        files, data = {"file": ("r.txt", b"The Committee met.\n\nIt was closed.")}, {"source": "en", "targets": "fr"}
        id = first.post("/api/v1/documents", files=files, data=data).raise_for_status().json()[0]["document"]["id"]
        until(lambda: second.get(f"/api/v1/documents/{id}").json()["state"] == "done")
        [review] = second.post(f"/api/v1/documents/{id}/reviews", json={"languages": ["fr"]}).raise_for_status().json()
        task = next(task["id"] for task in review["tasks"] if task["kind"] == "post-edit")
        at_first, at_second = client(web, tom), client(worker, tom)
        at_first.post(f"/api/v1/tasks/{task}/claim").raise_for_status()
        assert at_second.post(f"/api/v1/tasks/{task}/claim").status_code == 200, "it is his own"
        address = f"/api/v1/reviews/{review['id']}"
        with at_first.stream("GET", f"{address}/events") as events:
            lines = events.iter_lines()
            next(lines)
            text = {"target": {"text": "Le Comité s’est réuni."}, "version": 1}
            saved = at_second.post(f"{address}/segments/1/confirm", json=text).raise_for_status().json()
            assert saved["refused"] == []
            told = next(line for line in lines if line.startswith("data:"))
            assert json.loads(told.removeprefix("data:"))["numbers"] == [1], "told by the other process"
        stale = at_first.post(f"{address}/segments/1/confirm", json={**text, "target": {"text": "Autre."}})
        assert (stale.status_code, stale.json()["code"]) == (409, "stale-save")
        key = {"Idempotency-Key": secrets.token_hex(16)}
        said = {"text": "Once."}
        one = at_first.post(f"{address}/segments/2/comments", json=said, headers=key).raise_for_status().json()
        again = at_second.post(f"{address}/segments/2/comments", json=said, headers=key).raise_for_status()
        assert (again.json(), again.headers["idempotency-replayed"]) == (one, "true")
        for one_client in (first, second, at_first, at_second):
            one_client.close()
