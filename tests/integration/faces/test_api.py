"""The JSON API against a real server."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from badfiles import DOCUMENTS, Bad, word_document
from faces import ENGLISH, Server

API = "/api/v1"
IMMEDIATE = {"empty.docx": 422, "slides.odp": 415}
"""Refused with the upload; the rest shows when the document is read."""


def upload(client: httpx.Client, name: str, data: bytes, **fields: str) -> dict[str, Any]:
    answer = client.post(f"{API}/documents", files={"file": (name, data)}, data=fields)
    assert answer.status_code == 201, answer.text
    (entry,) = answer.json()
    assert entry["problem"] is None
    document: dict[str, Any] = entry["document"]
    return document


def events(client: httpx.Client, path: str, **headers: str) -> Iterator[tuple[str, str, str]]:
    """(event, id, data) until the stream ends."""
    with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if not line and "event" in fields:
                yield fields["event"], fields.get("id", ""), fields.get("data", "")
            if not line:
                fields = {}
                continue
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")


def finished(client: httpx.Client, id: str, kind: str = "documents") -> dict[str, Any]:
    seen = list(events(client, f"{API}/{kind}/{id}/events"))
    assert seen[-1][0] == "end"
    record: dict[str, Any] = json.loads(seen[-2][2])
    return record


def test_a_document_goes_in_and_comes_out_in_five_languages(client: httpx.Client) -> None:
    data = word_document("The meeting was opened by the Chair.", "All delegates were welcomed to Geneva.")
    document = upload(client, "minutes.docx", data)
    assert document["name"] == "minutes.docx" and document["size"] == len(data)
    done = finished(client, document["id"])
    assert done["state"] == "done" and done["source"] == "en" and done["segments"] == 2
    assert {found["language"] for found in done["renditions"]} == {"ar", "zh", "fr", "ru", "es"}
    rendition = client.get(f"{API}/documents/{document['id']}/renditions/fr")
    assert rendition.headers["content-disposition"] == 'attachment; filename="minutes.fr.docx"'
    assert rendition.content[:2] == b"PK" and b"[fr]" not in rendition.content[:100]
    report = client.get(f"{API}/documents/{document['id']}/renditions/ar/findings").json()
    assert all(found["message"] and found["severity"] in ("error", "warning", "info") for found in report)
    assert client.get(f"{API}/documents/{document['id']}/source").content == data
    assert client.get(f"{API}/documents/{document['id']}").json() == done


def test_events_tell_each_version_once_and_a_late_client_gets_the_last(client: httpx.Client) -> None:
    document = upload(client, "a.txt", ENGLISH.encode(), targets="fr,es")
    seen = list(events(client, f"{API}/documents/{document['id']}/events"))
    versions = [int(id) for event, id, _ in seen if event == "document"]
    assert versions == sorted(set(versions))
    again = list(events(client, f"{API}/documents/{document['id']}/events", **{"Last-Event-ID": str(versions[-1])}))
    assert [event for event, _, _ in again] == ["document", "end"]
    assert int(again[0][1]) == versions[-1]


def test_of_several_files_the_bad_one_has_its_own_problem(client: httpx.Client) -> None:
    files = [
        ("file", ("a.txt", ENGLISH.encode())),
        ("file", ("b.pdf", b"%PDF-1.7")),
        ("file", ("c.txt", b"Hello you.")),
    ]
    answer = client.post(f"{API}/documents", files=files, data={"source": "en", "targets": "fr"})
    assert answer.status_code == 201
    first, second, third = answer.json()
    assert first["document"] and third["document"] and second["document"] is None
    assert second["name"] == "b.pdf" and second["problem"]["code"] == "unsupported-format"
    assert "b.pdf" in second["problem"]["detail"] and second["problem"]["status"] == 415
    none = client.post(f"{API}/documents", files=[files[1], files[1]])
    assert none.status_code == 422 and len(none.json()) == 2


@pytest.mark.parametrize("bad", DOCUMENTS, ids=lambda bad: bad.name)
def test_a_bad_document_has_one_clear_problem(client: httpx.Client, bad: Bad) -> None:
    answer = client.post(f"{API}/documents", files={"file": (bad.name, bad.make())})
    if answer.status_code == 201:
        record = finished(client, answer.json()[0]["document"]["id"])
        assert record["state"] == "failed"
        problem = record["error"]
        told = problem["message"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code == IMMEDIATE[bad.name]
        told = problem["detail"]
    assert problem["code"] in bad.codes
    assert bad.name in told and "Traceback" not in told
    assert told == problem["template"].format_map(problem["fields"])


def test_a_large_upload_is_refused_by_its_announced_and_by_its_counted_size(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.docx"\r\n\r\n'
        yield head
        for _ in range(20):
            yield b"\0" * 1024**2

    with httpx.Client(base_url=server.url, timeout=60) as client:
        announced = client.post(f"{API}/documents", files={"file": ("large.docx", io.BytesIO(b"\0" * 20 * 1024**2))})
        kind = {"content-type": "multipart/form-data; boundary=b"}
        counted = client.post(f"{API}/documents", content=pieces(), headers=kind)
    for answer in (announced, counted):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too-large" and "is too large" in answer.json()["detail"]
    assert "20.0 MB" in announced.json()["detail"]


def test_deleting_and_asking_for_what_is_not_there(client: httpx.Client) -> None:
    document = upload(client, "a.txt", ENGLISH.encode(), targets="fr")
    assert client.get(f"{API}/documents/{document['id']}/renditions/es").status_code == 404
    assert client.delete(f"{API}/documents/{document['id']}").status_code == 204
    for path in ("", "/events", "/source", "/renditions/fr", "/renditions/fr/findings"):
        answer = client.get(f"{API}/documents/{document['id']}{path}")
        assert answer.status_code == 404 and answer.json()["code"] == "not-found", path


def test_a_finished_document_has_nothing_to_retry(client: httpx.Client) -> None:
    document = upload(client, "a.txt", ENGLISH.encode(), targets="fr")
    finished(client, document["id"])
    answer = client.post(f"{API}/documents/{document['id']}/retry")
    assert answer.status_code == 409 and answer.json()["code"] == "conflict"


def test_the_list_goes_on_page_by_page(client: httpx.Client) -> None:
    made = [upload(client, f"{number}.txt", ENGLISH.encode(), targets="fr")["id"] for number in range(3)]
    seen: list[str] = []
    before: str | None = None
    while len(seen) < 3:
        page = client.get(f"{API}/documents", params={"limit": 1, **({"before": before} if before else {})}).json()
        assert len(page["items"]) == 1
        seen.append(page["items"][0]["id"])
        before = page["next"]
    assert seen == made[::-1]
    assert client.get(f"{API}/documents", params={"limit": 0}).json()["code"] == "invalid"


def test_a_text_between_two_languages(client: httpx.Client) -> None:
    answer = client.post(f"{API}/text", json={"text": "The meeting is open now.", "target": "fr"}).json()
    assert answer == {
        "translation": "[fr] The meeting is open now.",
        "source": "en",
        "target": "fr",
        "detected": True,
        "model": "echo",
    }
    same = client.post(f"{API}/text", json={"text": "Bonjour à tous.", "source": "fr", "target": "fr"}).json()
    assert same["translation"] == "Bonjour à tous." and same["model"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "Hello", "target": "de"}, "unsupported-language"),
        ({"text": "Hello", "source": "xx", "target": "fr"}, "unsupported-language"),
        ({"text": "x" * 100_001, "target": "fr"}, "too-large"),
        ({"target": "fr"}, "invalid"),
        ({"text": "Hello", "target": "fr", "format": "pdf"}, "invalid"),
        ({"text": DOCUMENTS[7].make().decode(), "target": "fr"}, "unsupported-language"),
    ],
)
def test_a_text_that_can_not_be_translated(client: httpx.Client, body: dict[str, str], code: str) -> None:
    answer = client.post(f"{API}/text", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_languages_models_and_detection(client: httpx.Client) -> None:
    languages = client.get(f"{API}/languages").json()
    assert [found["code"] for found in languages["languages"]] == ["ar", "zh", "en", "fr", "ru", "es"]
    assert len(languages["directions"]) == 30 and all(row["model"] == "echo" for row in languages["directions"])
    models = {found["id"]: found for found in client.get(f"{API}/models").json()}
    assert models["echo"]["installed"]
    found = client.post(f"{API}/detect", json={"text": "Le comité a adopté son ordre du jour."}).json()
    assert found["language"] == "fr" and found["confidence"] > 0.8


def sound() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16_000)
        made.writeframes(b"\0\0" * 32_000)
    return stream.getvalue()


def test_a_recording_its_media_in_ranges_and_its_captions(client: httpx.Client) -> None:
    data = sound()
    answer = client.post(
        f"{API}/recordings", files={"file": ("silence.wav", data)}, data={"language": "en", "targets": "none"}
    )
    assert answer.status_code == 201, answer.text
    id = answer.json()[0]["recording"]["id"]
    part = client.get(f"{API}/recordings/{id}/media", headers={"Range": "bytes=4-11"})
    assert part.status_code == 206 and part.content == data[4:12]
    assert part.headers["content-range"] == f"bytes 4-11/{len(data)}"
    assert part.headers["content-disposition"].startswith("inline")
    assert client.get(f"{API}/recordings/{id}/media").content == data
    done = finished(client, id, "recordings")
    assert done["state"] == "done", done
    word = client.get(f"{API}/recordings/{id}/transcripts/en.docx")
    assert word.content[:2] == b"PK" and 'filename="silence.en.docx"' in word.headers["content-disposition"]
    captions = client.get(f"{API}/recordings/{id}/transcripts/en.vtt")
    assert captions.headers["content-type"].startswith("text/vtt")
    assert captions.text.strip() == "WEBVTT"
    for missing in ("en.doc", "fr.vtt"):
        assert client.get(f"{API}/recordings/{id}/transcripts/{missing}").status_code == 404
    assert client.delete(f"{API}/recordings/{id}").status_code == 204
    assert client.get(f"{API}/recordings/{id}").status_code == 404


def test_a_recording_without_sound_has_a_problem(client: httpx.Client) -> None:
    answer = client.post(f"{API}/recordings", files={"file": ("text.wav", b"This is no sound. " * 50)})
    if answer.status_code == 201:
        problem = finished(client, answer.json()[0]["recording"]["id"], "recordings")["error"]
    else:
        problem = answer.json()
    assert problem["code"] == "damaged"


def test_every_operation_is_described(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["info"]["title"] == "langsupport"
    paths = set(described["paths"])
    assert {f"{API}/documents/{{id}}/events", "/translate", "/v1/audio/transcriptions", "/healthz"} <= paths
    assert not any(path.startswith(("/sign-in", "/docs")) for path in paths), "pages are not part of the API"
