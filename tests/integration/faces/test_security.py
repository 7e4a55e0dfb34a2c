"""What guards the service: hosts, other sites, keys, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from accounts import PASSWORD
from faces import PATIENCE_S, Server

POLICY = "default-src 'self'"


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/docs", "/languages", "/api/v1/documents", "/nothing", "/v1/models"]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_carries_the_guards(client: httpx.Client, path: str, accept: str) -> None:
    headers = client.get(path, headers={"accept": accept}).headers
    assert headers["content-security-policy"].startswith(POLICY)
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers


def test_no_page_has_an_inline_script(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/text", "/recordings", "/languages", "/about"):
        page = client.get(path, headers={"accept": "text/html"}).text
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
            assert not body.strip() or 'type="application/json"' in attributes, path
        assert not re.search(r"<[^>]+\son[a-z]+=", page), path
        assert not re.search(r"""(?:src|href)=["']https?://""", page) or path == "/about"


@pytest.mark.parametrize("host", ["rebound.example", "localhost.evil.example", "127.0.0.1.nip.io", ""])
def test_an_unknown_host_name_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/api/v1/documents", headers={"host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["localhost:8000", "192.168.1.5:8000", "[::1]:8000", "service.localhost"])
def test_addresses_and_local_names_are_served(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_of_other_sites_can_not_send_anything(client: httpx.Client, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/api/v1/text"), ("POST", "/documents"), ("DELETE", "/api/v1/documents/x")):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "access-denied"
    assert client.get("/healthz", headers=headers).status_code == 200


def test_our_own_pages_and_programs_can(client: httpx.Client, server: Server) -> None:
    text = {"text": "The meeting is open now.", "source": "en", "target": "fr"}
    own = {"origin": server.url, "sec-fetch-site": "same-origin"}
    assert client.post("/api/v1/text", json=text, headers=own).status_code == 200
    assert client.post("/api/v1/text", json=text).status_code == 200


def test_names_of_downloads_do_no_harm(client: httpx.Client) -> None:
    name = 'rapport "final"; größe\u202e.txt'
    answer = client.post("/api/v1/documents", files={"file": (name, b"Hello, all of you.")}, data={"source": "en"})
    id = answer.json()[0]["document"]["id"]
    headers = client.get(f"/api/v1/documents/{id}/source").headers
    assert headers["content-disposition"].startswith("attachment; filename=")
    assert "\n" not in headers["content-disposition"] and "%E2%80%AE" not in headers["content-disposition"]
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_page_that_was_uploaded_is_never_shown(client: httpx.Client) -> None:
    page = b"<script>alert(document.domain)</script><p>Hello to all the delegates.</p>"
    for kind, path in (("documents", "source"), ("recordings", "media")):
        answer = client.post(f"/api/v1/{kind}", files={"file": ("a.html", page, "text/html")})
        if answer.status_code == 201:
            entry = answer.json()[0]
            id = (entry.get("document") or entry.get("recording"))["id"]
            headers = client.get(f"/api/v1/{kind}/{id}/{path}").headers
            assert headers["content-disposition"].startswith("attachment")
            assert "sandbox" in headers["content-security-policy"]


@pytest.fixture
def stranger(locked: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=locked.url, timeout=PATIENCE_S) as made:
        yield made


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/documents/x"),
        ("GET", "/languages"),
        ("GET", "/api/v1/documents"),
        ("POST", "/api/v1/text"),
        ("DELETE", "/api/v1/documents/x"),
        ("GET", "/v1/models"),
        ("POST", "/v1/audio/transcriptions"),
        ("POST", "/translate"),
        ("POST", "/detect"),
        ("GET", "/frontend/settings"),
        ("POST", "/translate_file"),
        ("GET", "/download_file/x/y"),
        ("GET", "/nothing"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer lsp_wrong"}, {"cookie": "langsupport_sign_in=x"}],
)
def test_without_signing_in_nothing_is_told(
    stranger: httpx.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = stranger.request(method, path, headers=headers)
    assert answer.status_code in (401, 403)
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def test_what_is_open_without_signing_in(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").status_code == 200
    assert stranger.get("/sign-in").status_code == 200
    assert stranger.get("/static/css/base.css").status_code == 200


def test_a_page_leads_to_the_sign_in_page_and_back(stranger: httpx.Client) -> None:
    asked = stranger.get("/documents/x?lang=fr", headers={"accept": "text/html"})
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fdocuments%2Fx%3Flang%3Dfr"


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_signing_in_leads_nowhere_else(stranger: httpx.Client, next: str) -> None:
    form = {"login": "chair", "password": PASSWORD, "next": next}
    assert stranger.post("/sign-in", data=form).headers["location"] == "/"


def test_a_token_opens_the_api(stranger: httpx.Client, key: str) -> None:
    answer = stranger.get("/api/v1/documents", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    libre = {"q": "Hello.", "source": "en", "target": "fr"}
    assert stranger.post("/translate", json={**libre, "api_key": key}).status_code == 200
    assert stranger.post("/translate", json={**libre, "api_key": "lsp_wrong"}).status_code == 403
