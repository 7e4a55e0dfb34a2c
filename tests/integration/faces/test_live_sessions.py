"""The sessions' API as programs meet it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from langsupport.domain.live import CueState, Role
from langsupport.domain.speech import Word
from live_faces import BY, LiveServer, cue

API = "/api/v1/sessions"


@pytest.fixture
def client(live: LiveServer) -> httpx.Client:
    return live.client()


def created(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post(API, json={"title": "Study Group 16", **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_session_is_planned_with_everything_at_once(client: httpx.Client) -> None:
    made = created(
        client,
        code="SG16-R1",
        languages=["fr", "ar"],
        channels=[{"key": "floor", "language": "en"}, {"key": "fr", "language": "fr"}],
        starts_at="2026-03-02T10:30:00+01:00",
        glossary=["H.266", "ITU-T"],
        agenda=["Opening"],
    )
    assert (made["state"], made["role"], made["code"]) == ("planned", "operator", "SG16-R1")
    assert datetime.fromisoformat(made["starts_at"]) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert [(channel["key"], channel["language"]) for channel in made["channels"]] == [("floor", "en"), ("fr", "fr")]
    assert {track["track"] for track in made["tracks"] if track["enabled"]} == {"floor", "fr", "ar"}
    assert {track["track"] for track in made["tracks"] if track["source"] == "channel"} == {"floor", "fr"}
    assert client.get(f"{API}/{made['id']}").json()["glossary"] == ["H.266", "ITU-T"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"title": ""},
        {"title": "x" * 500},
        {"title": "A", "languages": ["de"]},
        {"title": "A", "channels": [{"key": "de"}]},
        {"title": "A", "starts_at": "2026-03-02T10:30:00"},
        {"title": "A", "unknown": 1},
    ],
)
def test_what_is_wrong_with_a_new_session_is_said(client: httpx.Client, asked: dict[str, Any]) -> None:
    answer = client.post(API, json=asked)
    assert answer.status_code in (400, 422)
    assert len(answer.json()["detail"]) > 10


def test_lists_come_page_by_page_and_are_searched(client: httpx.Client) -> None:
    ids = [created(client, title=f"Plenary of pages {number}")["id"] for number in range(5)]
    first = client.get(API, params={"limit": 3, "query": "plenary of pages"}).json()
    assert [item["id"] for item in first["items"]] == ids[:1:-1]
    rest = client.get(API, params={"limit": 3, "query": "plenary of pages", "before": first["next"]}).json()
    assert ([item["id"] for item in rest["items"]], rest["next"]) == (ids[1::-1], None)


def test_settings_change_one_by_one(client: httpx.Client) -> None:
    path = f"{API}/{created(client)['id']}"
    assert client.patch(path, json={"title": "Plenary"}).json()["title"] == "Plenary"
    assert client.patch(path, json={"title": None}).status_code == 400
    assert client.put(f"{path}/glossary", json={"terms": ["E.164"]}).json()["glossary"] == ["E.164"]
    assert client.put(f"{path}/agenda", json={"items": ["One", "Two"]}).json()["agenda"] == ["One", "Two"]
    spoken = client.patch(f"{path}/channels/floor", json={"language": "es"}).json()
    assert spoken["channels"][0]["language"] == "es"
    tracks = client.patch(f"{path}/tracks/ru", json={"source": "channel", "enabled": False}).json()["tracks"]
    assert [track for track in tracks if track["track"] == "ru"] == [
        {"track": "ru", "enabled": False, "source": "channel"}
    ]
    assert client.patch(f"{path}/tracks/de", json={"enabled": True}).status_code == 400
    assert [entry["action"] for entry in client.get(f"{path}/audit").json()][-1] == "create"


def test_the_course_of_a_session(live: LiveServer, client: httpx.Client) -> None:
    made = created(client)
    path = f"{API}/{made['id']}"
    assert client.post(f"{path}/start").json()["code"] == "model-missing"  # none is installed here
    assert client.post(f"{path}/pause").status_code == 409
    live.services.sessions.start(made["id"], BY)
    assert client.post(f"{path}/pause").json()["state"] == "paused"
    assert client.post(f"{path}/resume").json()["state"] == "live"
    assert client.post(f"{path}/off-record").json()["off_record"] is True
    assert client.post(f"{path}/on-record").json()["off_record"] is False
    assert client.post(f"{path}/end").json()["state"] == "ended"
    assert client.post(f"{path}/resume").status_code == 409
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["code"] == "not-found"


def test_a_start_without_a_script_that_can_not_go_well_is_said_in_the_console(live: LiveServer) -> None:
    id = live.services.sessions.create("Study Group", by=BY).id
    with live.client(accept="text/html") as browser:
        refused = browser.post(f"/live/{id}/moves", data={"to": "start"})
        assert refused.status_code == 503  # no recognizer is installed here
        assert 'id="console"' in refused.text and 'role="alert"' in refused.text and "model" in refused.text
        assert live.services.sessions.get(id).state == "planned"
        assert browser.post(f"/live/{id}/moves", data={"to": "pause"}).status_code == 409
        live.services.sessions.start(id, BY)
        paused = browser.post(f"/live/{id}/moves", data={"to": "pause"})
        assert (paused.status_code, paused.headers["location"]) == (303, f"/live/{id}/console")
        assert 'role="alert"' not in browser.get(f"/live/{id}/console").text


def test_marks(live: LiveServer, client: httpx.Client) -> None:
    path = f"{API}/{live.session().id}/marks"
    mark = client.post(path, json={"kind": "speaker", "text": "Chair", "at_ms": 1_000}).json()
    assert client.post(path, json={"kind": "item", "text": "Opening"}).status_code == 201
    assert client.patch(f"{path}/{mark['id']}", json={"text": "Vice-Chair"}).json()["text"] == "Vice-Chair"
    assert {item["text"] for item in client.get(path).json()} == {"Vice-Chair", "Opening"}
    assert client.delete(f"{path}/{mark['id']}").status_code == 204
    assert [item["kind"] for item in client.get(path).json()] == ["item"]
    assert client.post(path, json={"kind": "off-record", "text": ""}).status_code == 400


def test_a_correction_wins_is_kept_in_history_and_never_overwrites_unseen(live: LiveServer) -> None:
    id = live.session().id
    live.say(id, "The delegate of Fiction.")
    path = f"{API}/{id}/captions/floor/c1"
    with live.client(live.token(id, Role.CAPTIONER, name="Ana")) as ana:
        done = ana.put(path, json={"text": "The delegate of Friction."}, headers={"if-match": '"1"'})
        assert (done.status_code, done.json()["rev"], done.json()["state"]) == (200, 2, "corrected")
        stale = ana.put(path, json={"text": "The delegate of Fission.", "revision": 1})
        assert stale.status_code == 409
        fields = stale.json()["fields"]
        assert (fields["current"], fields["yours"]) == ("The delegate of Friction.", "The delegate of Fission.")
        assert fields["current_revision"] == 2
        assert ana.put(path, json={"text": "No revision."}).status_code == 400
        assert ana.put(path, json={"text": " ", "revision": 2}).status_code == 400
        (change,) = ana.get(f"{path}/history").json()
        assert (change["by"], change["before"], change["after"]) == (
            "Ana",
            "The delegate of Fiction.",
            "The delegate of Friction.",
        )
        assert ana.delete(path).status_code == 204
        assert ana.get(f"{API}/{id}/captions/floor").json()["items"] == []
        assert ana.put(f"{API}/{id}/captions/floor/c99", json={"text": "x", "revision": 1}).status_code == 404


def test_captions_tell_their_words_where_they_are_asked_for(live: LiveServer, client: httpx.Client) -> None:
    id = live.session().id
    said = replace(cue("c1", "Good", state=CueState.OPEN), words=(Word(100, 400, "Good", 0.9),))
    live.services.sessions.append(id, [said])
    (item,) = client.get(f"{API}/{id}/captions/floor").json()["items"]
    assert (item["stable"], item["state"], item["words"]) == ("Good", "open", None)
    (item,) = client.get(f"{API}/{id}/captions/floor?words=true").json()["items"]
    assert item["words"] == [{"start_ms": 100, "end_ms": 400, "text": "Good"}]


def test_a_link_is_told_once_and_can_be_taken_back(live: LiveServer, client: httpx.Client) -> None:
    path = f"{API}/{live.session().id}/grants"
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = client.post(path, json={"role": "viewer", "name": "Marie", "tracks": ["fr"], "expires_at": until}).json()
    assert made["link"] == f"/live/join/{made['token']}"
    (listed,) = client.get(path).json()
    assert listed == made["grant"]
    assert made["token"] not in client.get(path).text
    assert client.delete(f"{path}/{listed['id']}").status_code == 204
    assert client.get(path).json()[0]["revoked_at"] is not None
    for wrong in ({"role": "king", "name": "A"}, {"role": "viewer"}, {"role": "viewer", "name": "A", "tracks": ["de"]}):
        assert client.post(path, json=wrong).status_code in (400, 422)
    assert client.delete(f"{path}/nothing").status_code == 404


@pytest.mark.parametrize("extension", ["vtt", "srt", "ttml", "txt", "json", "docx"])
def test_transcripts_in_every_format(live: LiveServer, client: httpx.Client, extension: str) -> None:
    id = live.session(title="Étude").id
    live.say(id, "Good morning.")
    answer = client.get(f"{API}/{id}/transcripts/floor.{extension}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert extension == "docx" or "Good morning." in answer.text
    assert client.get(f"{API}/{id}/transcripts/floor.exe").status_code == 404


def test_the_status_and_a_source_that_may_not_be_opened(live: LiveServer, client: httpx.Client) -> None:
    path = f"{API}/{live.session().id}"
    status = client.get(f"{path}/status").json()
    assert status["id"] == path.rpartition("/")[2]
    refused = client.put(f"{path}/channels/floor/source", json={"url": "file:///etc/passwd"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert client.delete(f"{path}/channels/floor/source").status_code == 200


def test_the_description_has_every_route_with_words(live: LiveServer, client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    ours = {path: methods for path, methods in paths.items() if path.startswith(API)}
    assert len(ours) > 25
    assert all(method["tags"] == ["live sessions"] for methods in ours.values() for method in methods.values())
