"""Real services over real databases, with the echo engine in the real inference core."""

from __future__ import annotations

import importlib.util
import io
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from accounts import add
from langsupport.engines.protocols import Inference
from langsupport.services.assembly import Services, build_services
from langsupport.services.database import Database
from langsupport.services.records import DocumentRecord
from langsupport.services.sessions import SessionService
from langsupport.services.settings import load_settings
from review_room import TEXT, Room, caller

ROOT = Path(__file__).resolve().parents[3]
SENTENCES = "The meeting is open.\n\nWe thank the Chair for the report.\n\nThe report was adopted by the committee.\n"


@pytest.fixture(scope="session")
def kill_bench() -> ModuleType:
    """benchmarks/load/kill.py as a module."""
    spec = importlib.util.spec_from_file_location("kill_bench", ROOT / "benchmarks" / "load" / "kill.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_bench"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind; PostgreSQL where LANGSUPPORT_TEST_POSTGRES names a server to make one on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'langsupport.sqlite'}"
        return
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


@pytest.fixture
def database(database_url: str, migrated: Path) -> Iterator[Database]:
    """An open database of each kind, empty."""
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        path.parent.mkdir()
        shutil.copyfile(migrated, path)
    opened = Database.open(database_url)
    yield opened
    opened.close()


Open = Callable[..., Services]


@pytest.fixture
def open_services(tmp_path: Path, kill_bench: ModuleType) -> Iterator[Open]:
    """Opens services on this test's data folder; what is still open is closed at the end."""
    models = tmp_path / "models"
    kill_bench.write_echo_model(models, seconds_per_token=0.0)
    opened: list[Services] = []

    def open_(
        inference: Inference | None = None, *, launch: bool = True, url: str | None = None, **settings: object
    ) -> Services:
        environ = {
            "LANGSUPPORT_DATA": str(tmp_path / "data"),
            "LANGSUPPORT_MODELS": str(models),
            "LANGSUPPORT_JOBS_POLLING_INTERVAL_MS": "30",
            "LANGSUPPORT_MIN_FREE_BYTES": "0",
            "LANGSUPPORT_INFERENCE_DEVICE": "cpu",
        }
        environ |= {f"LANGSUPPORT_{key.upper()}": str(value) for key, value in settings.items()}
        if url:
            environ["LANGSUPPORT_DATABASE"] = url
        services = build_services(load_settings(None, environ), inference, launch=launch)
        opened.append(services)
        return services

    yield open_
    for services in opened:
        services.close()


def finished(service: object, id: str, timeout: float = 60) -> object:
    """The record once it is done or failed."""
    deadline = time.monotonic() + timeout
    record = service.get(id)  # type: ignore[attr-defined]
    while not record.finished:
        assert time.monotonic() < deadline, record
        record = service.wait_for_change(id, record.version, 1)  # type: ignore[attr-defined]
    return record


@pytest.fixture
def finish() -> Callable[..., object]:
    return finished


@pytest.fixture
def sentences() -> str:
    return SENTENCES


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, for migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "langsupport.sqlite"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sessions(database: Database) -> Iterator[SessionService]:
    """The service of live sessions on an empty database of each kind."""
    service = SessionService(database)
    yield service
    service.close()


@pytest.fixture
def meeting(sessions: SessionService) -> str:
    """A session that runs."""
    id = sessions.create("Study Group 5", by="Ann").id
    sessions.start(id, "Ann")
    return id


@pytest.fixture
def room(database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]) -> Room:
    services = open_services(url=database_url, accounts_mode="on")
    made = services.documents.upload("report.txt", io.BytesIO(TEXT.encode()), "en", ["fr"])
    document = finish(services.documents, made.id)
    roles = {"carol": "coordinator", "tom": "translator", "tina": "translator", "rita": "reviser"}
    people = {login: caller(add(services.accounts, login, role)) for login, role in roles.items()}
    return Room(services, document, people)
