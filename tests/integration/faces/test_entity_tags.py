"""Tags on the JSON API's answers, against a real server."""

from __future__ import annotations

import httpx
import pytest

API = "/api/v1"


@pytest.fixture
def meeting(client: httpx.Client, request: pytest.FixtureRequest) -> str:
    body = {"code": request.node.name[-20:], "titles": {"en": "Study Group 5"}}
    made: str = client.post(f"{API}/meetings", json=body).raise_for_status().json()["id"]
    return f"{API}/meetings/{made}"


def change(title: str, code: str) -> dict[str, object]:
    return {"code": code, "titles": {"en": title}}


def test_who_has_the_answer_already_is_told_so(client: httpx.Client, meeting: str) -> None:
    first = client.get(meeting)
    tag = first.headers["etag"]
    assert tag.startswith('"1-')
    for known in (tag, f"W/{tag}", f'"1-0000000000000000", {tag}', "*"):
        again = client.get(meeting, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert client.get(meeting, headers={"If-None-Match": '"1-0000000000000000"'}).content == first.content
    changed = client.put(meeting, json=change("Working Party 2", first.json()["code"])).raise_for_status()
    assert changed.headers["etag"].startswith('"2-')
    fresh = client.get(meeting, headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.headers["etag"]) == (200, changed.headers["etag"])


def test_what_changed_since_it_was_read_is_not_overwritten(client: httpx.Client, meeting: str) -> None:
    first = client.get(meeting)
    code, read = first.json()["code"], {"If-Match": first.headers["etag"]}
    client.put(meeting, json=change("Second", code), headers=read).raise_for_status()
    late = client.put(meeting, json=change("Third", code), headers=read)
    assert (late.status_code, late.json()["code"]) == (412, "outdated")
    assert client.get(meeting).json()["titles"] == {"en": "Second"}
    without = client.put(meeting, json={**change("Third", code), "version": 1})
    assert (without.status_code, without.json()["code"]) == (409, "outdated"), "the version in the body"
    client.put(meeting, json=change("Third", code), headers={"If-Match": "*"}).raise_for_status()


def test_tags_that_are_none(client: httpx.Client, meeting: str) -> None:
    code = client.get(meeting).json()["code"]
    for given in ("1", '"abc"', '"0123456789abcdef"', 'W/"x"'):
        answer = client.put(meeting, json=change("X", code), headers={"If-Match": given})
        assert (answer.status_code, answer.json()["code"]) == (412, "outdated"), given
    two = client.put(meeting, json={**change("X", code), "version": 1}, headers={"If-Match": '"2-0123456789abcdef"'})
    assert two.status_code == 412


def test_lists_have_tags_and_what_streams_has_none(client: httpx.Client, meeting: str) -> None:
    listed = client.get(f"{API}/meetings")
    assert client.get(f"{API}/meetings", headers={"If-None-Match": listed.headers["etag"]}).status_code == 304
    assert "etag" not in client.get("/healthz").headers
    missing = client.get(f"{API}/meetings/{'0' * 32}", headers={"If-None-Match": "*"})
    assert missing.status_code == 404 and "etag" not in missing.headers
