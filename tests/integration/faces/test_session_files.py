"""A session's files over HTTP: transcripts, sound in ranges, documents, and who may have them."""

from __future__ import annotations

import io
import wave

import docx
import httpx
import numpy as np
import pytest

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.domain.live import Role
from langsupport.services.settings import AccountSettings
from langsupport.web.api.session_files import wanted_range
from live_faces import BY, LiveServer, live_server


@pytest.fixture(scope="module")
def session(live: LiveServer) -> str:
    id = live.session(title="Study Group 17", code="SG17").id
    live.say(id, "The meeting is open.", "We thank the Chair.")
    live.say(id, "La séance est ouverte.", track="fr")
    sound = (0.5 * np.sin(np.arange(6 * 16_000) / 8)).astype(np.float32)
    live.services.spool.file(id, "floor").append(0, sound)
    return id


def get(live: LiveServer, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    with live.client(token, **headers) as client:
        return client.get(f"/api/v1/sessions/{path}")


@pytest.mark.parametrize("form", SUBTITLE_FORMATS)
def test_transcripts_in_every_format(live: LiveServer, session: str, form: str) -> None:
    token = live.token(session, Role.VIEWER)
    answer = get(live, f"{session}/transcripts/floor.{form}", token)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(SUBTITLE_FORMATS[form].media_type)
    assert 'filename="SG17 Study Group 17' in answer.headers["content-disposition"]
    if form == "docx":
        assert any("We thank the Chair." in p.text for p in docx.Document(io.BytesIO(answer.content)).paragraphs)
    else:
        assert "We thank the Chair." in answer.text


def test_a_player_seeks_by_ranges(live: LiveServer, session: str) -> None:
    whole = get(live, f"{session}/audio/floor")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    with wave.open(io.BytesIO(whole.content)) as file:
        assert file.getnframes() == 6 * 16_000
    size = len(whole.content)
    for asked, first, last in [
        ("0-", 0, size),
        ("100-199", 100, 200),
        ("-500", size - 500, size),
        ("7-9999999", 7, size),
    ]:
        part = get(live, f"{session}/audio/floor", range=f"bytes={asked}")
        assert part.status_code == 206, asked
        assert part.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
        assert part.content == whole.content[first:last], asked
    beyond = get(live, f"{session}/audio/floor", range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    ("header", "range"),
    [
        (None, None),
        ("bytes=-", None),
        ("items=0-5", None),
        ("bytes=0-5,7-9", None),
        ("bytes=9-5", None),
        ("bytes=0-0", (0, 1)),
        ("bytes= 5 - 9", (5, 10)),
        ("bytes=-5000", (0, 1_000)),
        ("bytes=-0", (1_000, 1_000)),
    ],
)
def test_ranges(header: str | None, range: tuple[int, int] | None) -> None:
    assert wanted_range(header, 1_000) == range


def test_a_part_by_time_and_the_small_copy(live: LiveServer, session: str) -> None:
    part = get(live, f"{session}/audio/floor?from_ms=1000&to_ms=2500")
    assert len(part.content) == 44 + 1_500 * 32
    early = get(live, f"{session}/audio/floor?form=webm")
    assert early.status_code == 409 and "not ended" in early.json()["detail"]
    id = live.session(title="Over").id
    live.services.spool.file(id, "floor").append(0, np.full(32_000, 0.1, dtype=np.float32))
    live.services.sessions.end(id, BY)
    small = get(live, f"{id}/audio/floor?form=webm")
    assert (small.status_code, small.headers["content-type"]) == (200, "audio/webm")
    assert small.content[:4] == b"\x1aE\xdf\xa3"


def test_only_what_a_link_opens(live: LiveServer, session: str) -> None:
    french = live.token(session, Role.VIEWER, tracks=["fr"])
    assert get(live, f"{session}/transcripts/fr.vtt", french).status_code == 200
    assert get(live, f"{session}/transcripts/floor.vtt", french).status_code == 403
    assert get(live, f"{session}/audio/floor", french).status_code == 403
    source = live.token(session, Role.SOURCE)
    assert get(live, f"{session}/audio/floor", source).status_code == 403
    viewer = live.token(session, Role.VIEWER)
    assert get(live, f"{session}/documents", viewer).status_code == 403
    assert get(live, f"{session}/audio/fr", viewer).status_code == 404


def test_documents(live: LiveServer, session: str) -> None:
    with live.client(live.token(session, Role.OPERATOR, name="Olga")) as client:
        sent = client.post(f"/api/v1/sessions/{session}/documents", json={"track": "floor", "targets": ["fr"]})
        assert sent.status_code == 201
        found = client.get(f"/api/v1/sessions/{session}/documents").json()
    assert [(one["document_id"], one["track"], one["by"]) for one in found] == [(sent.json()["id"], "floor", "Olga")]


def test_a_confidential_session_shows_nothing_without_a_link(tmp_path_factory: pytest.TempPathFactory) -> None:
    with live_server(tmp_path_factory.mktemp("locked"), accounts=AccountSettings(mode="on")) as live:
        id = live.session(confidential=True).id
        live.say(id, "A secret.")
        live.services.spool.file(id, "floor").append(0, np.full(1_600, 0.1, dtype=np.float32))
        for path in ("transcripts/floor.vtt", "audio/floor", "documents"):
            assert get(live, f"{id}/{path}").status_code in (401, 404), path
            assert get(live, f"{id}/{path}", "wrong-token").status_code in (401, 403, 404), path
        token = live.token(id, Role.VIEWER)
        assert "A secret." in get(live, f"{id}/transcripts/floor.vtt", token).text
        assert get(live, f"{id}/audio/floor?access={token}").status_code == 200
