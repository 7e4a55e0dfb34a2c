"""What pages are made with: preferences, static files, captions side by side."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue
from langsupport.web.pages import assets
from langsupport.web.pages.preferences import accepted_language, local_path
from langsupport.web.pages.recordings import beside
from langsupport.web.pages.rendering import Interface, environment
from langsupport.web.pages.translations import catalogue


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, ru;q=0.4, ar;q=0.7", "ar"),
        ("zh-Hans-CN", "zh"),
        ("es;q=0", "en"),
        ("es;q=much, ru;q=0.1", "ru"),
    ],
)
def test_language_follows_the_browser(header: str, code: str) -> None:
    assert accepted_language(header) == code


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/text?source=fr", "/text?source=fr"),
        ("https://elsewhere.example/x", "/x"),
        ("//elsewhere.example/x", "/x"),
        ("javascript:alert(1)", "/"),
        ("/\\elsewhere.example", "/"),
    ],
)
def test_nobody_is_sent_to_another_host(given: str, path: str) -> None:
    assert local_path(given) == path


@pytest.fixture
def static() -> TestClient:
    return TestClient(Starlette(routes=[assets.route()]))


def test_static_files_are_kept_for_ever_under_their_hash(static: TestClient) -> None:
    answer = static.get(assets.address("css/tokens.css"))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["content-encoding"] == "gzip"


def test_static_files_are_checked_under_their_plain_name(static: TestClient) -> None:
    answer = static.get("/static/js/frame.js")
    assert answer.headers["cache-control"] == "no-cache"
    again = static.get("/static/js/frame.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/static/none.css", "/static/../templates/base.html", "/static/%2e%2e/templates/base.html"]
)
def test_nothing_outside_the_folder_is_served(static: TestClient, path: str) -> None:
    static = TestClient(static.app, raise_server_exceptions=False)
    assert static.get(path).status_code in (404, 500)  # NotFound, which the application turns into a 404


def test_each_language_writes_numbers_sizes_and_dates_its_way() -> None:
    moment = datetime(2024, 3, 1, 14, 5, tzinfo=UTC)
    written = {}
    for code in LANGUAGES:
        ui = Interface(catalogue(code))
        written[code] = (ui.number(12345), ui.size(5 * 1024**2), ui.moment(moment)[:12])
    assert written["en"][:2] == ("12,345", "5\u00a0MB")
    assert written["fr"][:2] == ("12\u202f345", "5\u00a0Mo")
    assert written["ru"][1] == "5\u00a0МБ"
    assert len({row[2] for row in written.values()}) == len(LANGUAGES)


def test_every_template_compiles_in_every_language() -> None:
    for code in LANGUAGES:
        made = environment(code)
        for name in made.list_templates():
            made.get_template(name)


def cue(start_s: float, end_s: float, text: str) -> Cue:
    return Cue(text, round(start_s * 1000), round(end_s * 1000), (text,))


def test_captions_beside_each_other_are_each_shown_once() -> None:
    first = (cue(0, 2, "a"), cue(2, 4, "b"), cue(6, 8, "c"))
    second = (cue(0.1, 1, "A1"), cue(1, 1.9, "A2"), cue(2.2, 4, "B"), cue(5, 6, "?"), cue(6, 8, "C"))
    assert beside(first, second) == ["A1 A2", "B ?", "C"]
    assert beside(first, ()) == ["", "", ""]
    assert beside((), second) == []
