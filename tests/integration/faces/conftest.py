from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from faces import PATIENCE_S, Place, Server, echo_model, installed_recognizers
from live_faces import LiveServer, live_server

UPLOAD_LIMIT_BYTES = 5 * 1024**2
KEY = "a key that only the tests know"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An installation with an echo model, for commands."""
    made = Place(tmp_path / "installation")
    echo_model(made.models)
    return made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An open server with an echo model, and this machine's recognizers if it has any."""
    limit = str(UPLOAD_LIMIT_BYTES)
    made = Place(tmp_path_factory.mktemp("open"), {"LANGSUPPORT_MAX_UPLOAD_BYTES": limit})
    echo_model(made.models)
    for recognizer in installed_recognizers():
        (made.models / recognizer.name).symlink_to(recognizer)
    with made.serving() as serving:
        yield serving


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an access key."""
    made = Place(tmp_path_factory.mktemp("locked"), {"LANGSUPPORT_ACCESS_KEY": KEY})
    echo_model(made.models)
    with made.serving() as serving:
        yield serving


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as made:
        yield made


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """An open server in this process, for live sessions."""
    with live_server(tmp_path_factory.mktemp("live")) as serving:
        yield serving


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The same with an access key."""
    with live_server(tmp_path_factory.mktemp("guarded"), key=KEY) as serving:
        yield serving
