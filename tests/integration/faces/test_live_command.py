"""langsupport live: sessions of a data folder, listed and written out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
import webvtt

from faces import Place, sentences
from langsupport.services.assembly import build_services
from langsupport.services.settings import load_settings
from live_faces import cue

BY = "Ann"


@pytest.fixture
def session(place: Place) -> str:
    with build_services(load_settings(None, place.environment), launch=False) as services:
        id = services.sessions.create("Second plenary", code="C25/P2", by=BY).id
        services.sessions.create("Another meeting", by=BY)
        services.sessions.start(id, BY)
        services.sessions.append(
            id, [cue("c1", "The meeting is open."), cue("c1", "La séance est ouverte.", track="fr")]
        )
        services.sessions.mark(id, "speaker", 0, "Chair", by=BY)
    return id


def test_sessions_are_listed(place: Place, session: str) -> None:
    found = place.json("live", "list")
    assert [(one["title"], one["state"]) for one in found] == [
        ("Another meeting", "planned"),
        ("Second plenary", "live"),
    ]  # type: ignore[index, attr-defined]
    (only,) = place.json("live", "list", "--search", "c25")  # type: ignore[misc]
    assert (only["id"], only["tracks"][0]) == (session, "floor")
    shown = place.run("live", "list").stdout.decode()
    assert session in shown and "C25/P2" in shown


def test_transcripts_are_written(place: Place, session: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = place.run("live", "export", session, "--track", "all", "--format", "docx,vtt", "--out", out)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in out.iterdir())
    assert len(names) == 4 and all(name.startswith("C25-P2 Second plenary 20") for name in names)
    assert [name.split(".", 1)[1] for name in names] == ["floor.docx", "floor.vtt", "fr.docx", "fr.vtt"]
    (caption,) = webvtt.from_string((out / names[3]).read_text("utf-8"))
    assert (caption.voice, caption.text) == ("Chair", "La séance est ouverte.")
    word = docx.Document(io.BytesIO((out / names[0]).read_bytes()))
    assert any("The meeting is open." in paragraph.text for paragraph in word.paragraphs)
    answer = json.loads(place.run("--json", "live", "export", session, "--out", out).stdout)
    assert answer == {"files": [{"track": "floor", "format": "docx", "output": str(out / names[0])}]}


def test_what_is_wrong_is_said(place: Place, session: str, tmp_path: Path) -> None:
    done = place.run("live", "export", "nothing", "--out", tmp_path)
    assert done.returncode == 3 and sentences(done.stderr) == ["langsupport: There is no session nothing."]
    assert place.run("live", "export", session, "--format", "pdf").returncode == 2
    assert place.run("live", "export", session, "--track", "de").returncode == 2
