"""A real server with an echo model, and a real Chromium that reports what goes wrong in its console."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from faces import ENGLISH, PATIENCE_S, TEST_DATA, Place, Server, echo_model, installed_recognizers

CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PATIENCE_MS = 20_000
RECORDING = TEST_DATA / "speech" / "en" / "jfk.flac"  # public domain, 11 s


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Place(tmp_path_factory.mktemp("browser"), {"LANGSUPPORT_MAX_UPLOAD_BYTES": str(2 * 1024**2)})
    echo_model(made.models)
    for recognizer in installed_recognizers():
        (made.models / recognizer.name).symlink_to(recognizer)
    with made.serving() as serving:
        yield serving


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium; install it or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


class Visitor:
    """Somebody at a browser: pages with their language and theme, and the console's complaints."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def page(self, language: str = "en", width: int = 1280, **options: Any) -> Page:
        context = self._browser.new_context(
            base_url=self._server.url, viewport={"width": width, "height": 900}, locale=language, **options
        )
        self._contexts.append(context)
        made = context.new_page()
        made.set_default_timeout(PATIENCE_MS)
        made.on("console", self._listen)
        made.on("pageerror", lambda error: self.complaints.append(str(error)))
        return made

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitors() -> Iterator[Callable[[Browser, Server], Visitor]]:
    """Visitors with a browser to a server. The console must stay silent: no error of a script, nothing that the content
    security policy refused."""
    made: list[Visitor] = []

    def make(browser: Browser, server: Server) -> Visitor:
        made.append(Visitor(browser, server))
        return made[-1]

    yield make
    for one in made:
        one.leave()
    assert [complaint for one in made for complaint in one.complaints] == []


@pytest.fixture
def visitor(chromium: Browser, server: Server, visitors: Callable[[Browser, Server], Visitor]) -> Visitor:
    return visitors(chromium, server)


def finished(client: httpx.Client, address: str) -> dict[str, Any]:
    """The record as soon as the work on it is over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        record: dict[str, Any] = client.get(address).raise_for_status().json()
        if record["state"] in ("done", "failed"):
            return record
        time.sleep(0.2)
    raise AssertionError(f"{address} is not finished")


@pytest.fixture(scope="session")
def document(server: Server) -> str:
    """The id of a finished document with findings."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        name = "Доклад о ходе работы – تقرير – a rather long name of a document for narrow screens.txt"
        answer = client.post("/api/v1/documents", files={"file": (name, ENGLISH.encode())}, data={"source": "en"})
        taken = answer.raise_for_status().json()[0]["document"]["id"]
        assert finished(client, f"/api/v1/documents/{taken}")["state"] == "done"
    return str(taken)


@pytest.fixture(scope="session")
def recording(server: Server) -> str:
    """The id of a finished recording with captions in six languages."""
    if not RECORDING.is_file():
        pytest.skip(f"needs the test recording {RECORDING.name} in LANGSUPPORT_TEST_DATA")
    if not installed_recognizers():
        pytest.skip("needs an installed recognizer: langsupport models install whisper-tiny-en")
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        files = {"file": (RECORDING.name, RECORDING.read_bytes())}
        answer = client.post("/api/v1/recordings", files=files, data={"language": "en"})
        taken = answer.raise_for_status().json()[0]["recording"]["id"]
        assert finished(client, f"/api/v1/recordings/{taken}")["state"] == "done"
    return str(taken)
