from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from accounts import PASSWORD
from faces import PATIENCE_S, Place, Server, echo_model, installed_recognizers
from langsupport.services.settings import AccountSettings
from live_faces import LiveServer, live_server

UPLOAD_LIMIT_BYTES = 5 * 1024**2
ON = AccountSettings(mode="on")


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
def locked_with_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with accounts, where the administrator “chair” has the tests' password; and a token of hers."""
    made = Place(tmp_path_factory.mktemp("locked"), {"LANGSUPPORT_ACCOUNTS_MODE": "on"})
    echo_model(made.models)
    token = made.person("chair", "administrator", password=PASSWORD)
    with made.serving() as serving:
        yield serving, token


@pytest.fixture(scope="session")
def locked(locked_with_key: tuple[Server, str]) -> Server:
    return locked_with_key[0]


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as made:
        yield made


@pytest.fixture
def key(locked_with_key: tuple[Server, str]) -> str:
    return locked_with_key[1]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """An open server in this process, for live sessions."""
    with live_server(tmp_path_factory.mktemp("live")) as serving:
        yield serving


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The same with accounts."""
    with live_server(tmp_path_factory.mktemp("guarded"), accounts=ON) as serving:
        yield serving
