"""LibreTranslate's API, with its own client package and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import httpx
import pytest
from libretranslatepy import LibreTranslateAPI

from badfiles import PORTUGUESE, word_document
from faces import Server

HELLO = "Good morning, the meeting is open now."


def test_the_client_package_translates_detects_and_lists(server: Server) -> None:
    client = LibreTranslateAPI(f"{server.url}/")
    assert client.translate(HELLO, "en", "es") == f"[es] {HELLO}"
    assert client.translate(HELLO, "auto", "zh") == f"[zh] {HELLO}"
    (found,) = client.detect("Le comité a adopté son ordre du jour.")
    assert found["language"] == "fr" and 50 < found["confidence"] <= 100
    languages = {entry["code"]: entry for entry in client.languages()}
    assert set(languages) == {"ar", "zh-Hans", "en", "fr", "ru", "es"}
    assert languages["en"]["name"] == "English"
    assert set(languages["en"]["targets"]) == set(languages)


def test_the_client_package_with_a_key(locked: Server, key: str) -> None:
    client = LibreTranslateAPI(locked.url, api_key=key)
    assert client.translate(HELLO, "en", "fr") == f"[fr] {HELLO}"
    for wrong in (None, "wrong"):
        with pytest.raises(HTTPError) as refused:
            LibreTranslateAPI(locked.url, api_key=wrong).translate(HELLO, "en", "fr")
        assert refused.value.code == 403


@pytest.fixture(params=["json", "form"])
def post(request: pytest.FixtureRequest, client: httpx.Client) -> Iterator[Any]:
    """Send arguments the one way or the other."""

    def send(path: str, **arguments: Any) -> httpx.Response:
        return client.post(path, **{"json" if request.param == "json" else "data": arguments})

    yield send


def test_auto_says_what_it_found(post: Any) -> None:
    answer = post("/translate", q=HELLO, source="auto", target="fr", alternatives=2).json()
    assert answer["translatedText"] == f"[fr] {HELLO}"
    assert answer["detectedLanguage"]["language"] == "en"
    assert answer["alternatives"] == []


def test_both_codes_of_chinese(post: Any) -> None:
    for code in ("zh", "zh-Hans"):
        assert post("/translate", q=HELLO, source="en", target=code).json() == {"translatedText": f"[zh] {HELLO}"}
    answer = post("/translate", q="会议由主席宣布开幕，代表们通过了议程。", source="auto", target="en").json()
    assert answer["detectedLanguage"]["language"] == "zh-Hans"


def test_a_list_is_answered_with_a_list_in_its_order(client: httpx.Client) -> None:
    texts = [f"This is sentence number {number}." for number in range(40)]
    answer = client.post("/translate", json={"q": texts, "source": "auto", "target": "ru"}).json()
    assert answer["translatedText"] == [f"[ru] {text}" for text in texts]
    assert [found["language"] for found in answer["detectedLanguage"]] == ["en"] * 40


def test_markup_stays_markup(client: httpx.Client) -> None:
    page = "<p>The meeting is <b>open</b> now.</p><p>Welcome to <a href='/x?a=1&amp;b=2'>Geneva</a>.</p>"
    body = {"q": page, "source": "en", "target": "fr", "format": "html"}
    text = client.post("/translate", json=body).json()["translatedText"]
    assert text.count("[fr]") == 2
    assert "<b>" in text and "</b>" in text and text.count("</p>") == 2
    assert "/x?a=1&amp;b=2" in text


def test_text_without_letters_comes_back(client: httpx.Client) -> None:
    answer = client.post("/translate", json={"q": "12:30", "source": "auto", "target": "fr"}).json()
    assert answer == {"translatedText": "12:30", "detectedLanguage": {"confidence": 0.0, "language": "en"}}


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": "en", "target": "fr"},
        {"q": HELLO, "target": "fr"},
        {"q": HELLO, "source": "en"},
        {"q": HELLO, "source": "en", "target": "de"},
        {"q": HELLO, "source": "xx", "target": "fr"},
        {"q": HELLO, "source": "en", "target": "fr", "format": "pdf"},
        {"q": HELLO, "source": "en", "target": "fr", "alternatives": "many"},
        {"q": PORTUGUESE, "source": "auto", "target": "fr"},
        {"q": "x" * 100_001, "source": "en", "target": "fr"},
    ],
)
def test_errors_have_libretranslates_shape(post: Any, arguments: dict[str, str]) -> None:
    answer = post("/translate", **arguments)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"] and answer.json()["error"]


def test_a_body_that_is_no_json(client: httpx.Client) -> None:
    for body in (b"{", b"[]", b"\xff"):
        answer = client.post("/translate", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400 and "error" in answer.json()


def test_a_file_is_translated_and_fetched(client: httpx.Client) -> None:
    data = word_document("The meeting was opened by the Chair.")
    answer = client.post("/translate_file", files={"file": ("a.docx", data)}, data={"source": "auto", "target": "es"})
    url = httpx.URL(answer.json()["translatedFileUrl"])
    fetched = client.get(url)
    assert fetched.content[:2] == b"PK"
    assert fetched.headers["content-disposition"] == 'attachment; filename="a_es.docx"'
    token = url.path.split("/")[2]
    assert len(token) >= 40
    assert client.get(url.path.replace(token, "x" * len(token))).status_code == 404


def test_files_that_can_not_be_translated(client: httpx.Client) -> None:
    for name, data in (("a.pdf", b"%PDF"), ("a.docx", b"PK\x03\x04broken"), ("a.txt", b"")):
        answer = client.post("/translate_file", files={"file": (name, data)}, data={"source": "en", "target": "es"})
        assert answer.status_code == 400 and name in answer.json()["error"]
    assert client.post("/translate_file", data={"source": "en", "target": "es"}).status_code == 400


def test_the_settings_of_its_page(client: httpx.Client) -> None:
    settings = client.get("/frontend/settings").json()
    assert settings["charLimit"] == 100_000 and settings["keyRequired"] is False
    assert ".docx" in settings["supportedFilesFormat"]


def test_languages_is_a_page_for_people_and_json_for_programs(client: httpx.Client) -> None:
    assert client.get("/languages", headers={"accept": "text/html,*/*"}).headers["content-type"].startswith("text/html")
    assert client.get("/languages", headers={"accept": "*/*"}).headers["content-type"] == "application/json"
