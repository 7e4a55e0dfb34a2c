"""The program itself: help, settings, models, languages, doctor, captions, serve."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import wave
from pathlib import Path

import httpx
import pytest

from faces import ENGLISH, PATIENCE_S, TEST_DATA, Place, echo_model, installed_recognizers, sentences
from langsupport.cli import exits
from langsupport.cli.main import COMMANDS

MODEL_LIBRARIES = ("torch", "ctranslate2", "faster_whisper", "transformers", "onnxruntime")


def test_help_loads_no_model_library() -> None:
    program = (
        "import json, sys\n"
        "from langsupport.cli.main import COMMANDS, main\n"
        "for name in ('', *COMMANDS):\n"
        "    try: main([name, '--help'] if name else ['--help'])\n"
        "    except SystemExit as end: assert end.code == 0, name\n"
        f"loaded = [name for name in {MODEL_LIBRARIES} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: ") == len(COMMANDS) + 1
    assert all(f"{code}  {meaning}" in done.stdout for code, meaning in exits.MEANINGS.items())


def test_what_needs_no_database_starts_without_its_libraries() -> None:
    program = (
        "import sys\n"
        "from langsupport.cli.main import main\n"
        "for name in ('translate', 'caption', 'models', 'languages'):\n"
        "    try: main([name, '--help'])\n"
        "    except SystemExit as end: assert end.code == 0, name\n"
        "loaded = [name for name in ('dbos', 'sqlalchemy', 'alembic', 'fastapi') if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_setting_stops_everything_with_its_name(place: Place) -> None:
    wrong = Place(place.root, {"LANGSUPPORT_PROT": "8000"})
    done = wrong.run("languages")
    assert done.returncode == 6
    (told,) = sentences(done.stderr)
    assert "LANGSUPPORT_PROT" in told and "LANGSUPPORT_PORT" in told
    done = place.run("--config", "nowhere.toml", "languages", "--json")
    assert done.returncode == 6 and json.loads(done.stdout)["problems"][0]["code"] == "configuration"


def test_languages_shows_the_thirty_directions(place: Place) -> None:
    rows = place.json("languages")
    assert isinstance(rows, list) and len(rows) == 30
    assert all(row["model"] == "echo" for row in rows)
    shown = place.run("languages").stdout.decode()
    assert "echo: all 30 directions" in shown and "Russian" in shown


def test_models_are_listed_checked_and_removed(place: Place) -> None:
    rows = {row["id"]: row for row in place.json("models", "list")}  # type: ignore[attr-defined]
    assert rows["echo"]["installed"] and not rows["whisper-base"]["installed"]
    assert rows["whisper-base"]["licence"] == "MIT"
    done = place.run("models", "remove", "echo", "nothing-like-it")
    assert done.returncode == 4 and "nothing-like-it" in sentences(done.stderr)[0]
    assert not (place.models / "echo").exists()


def test_doctor_says_what_is_missing_and_what_to_do(place: Place) -> None:
    done = place.run("doctor", "--json")
    checks = {check["subject"]: check for check in json.loads(done.stdout)}
    assert checks["translation models"]["health"] == "fine"
    assert checks["recognition models"]["health"] == "wrong"
    assert checks["recognition models"]["advice"] == "langsupport models install whisper-base"
    assert {"memory", "device", "data folder", "models folder", "directions", "packages"} <= set(checks)
    assert done.returncode == 4
    assert "→ langsupport models install whisper-base" in place.run("doctor").stdout.decode()


def test_the_service_is_not_offered_to_others_without_accounts(place: Place) -> None:
    done = place.run("serve", "--host", "0.0.0.0")
    assert done.returncode == 6
    assert "accounts.mode" in sentences(done.stderr)[0]


def test_a_port_that_is_taken_is_named(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = place.run("serve", "--port", port)
    assert done.returncode == 6
    assert f"port {port}" in sentences(done.stderr)[0] and "--port" in sentences(done.stderr)[0]


def silent_wav(path: Path, seconds: int = 2) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(b"\0\0" * 16_000 * seconds)
    return path


def test_recordings_that_are_none_get_one_sentence_each(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "text.wav").write_bytes(b"This is no sound at all. " * 100)
    (folder / "report.docx").write_bytes(b"PK\x03\x04" + b"\0" * 200)
    good = silent_wav(folder / "silence.wav")
    out = tmp_path / "out"
    done = place.run("caption", *sorted(folder.iterdir()), "--language", "en", "--out", out, "--json")
    assert done.returncode == 3, done.stderr
    codes = {Path(problem["file"]).name: problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert codes == {"empty.mp3": "empty", "text.wav": "damaged", "report.docx": "unsupported-format"}
    assert len(sentences(done.stderr)) == 3
    assert {path.name for path in out.iterdir()} == {f"{good.stem}.en.vtt"}, "silence has captions: none"
    assert (out / "silence.en.vtt").read_text("utf-8").strip() == "WEBVTT"


def test_speech_is_captioned_in_several_formats_and_languages(tmp_path: Path) -> None:
    recognizers = installed_recognizers()
    source = TEST_DATA / "audio_formats" / "p001.wav"
    if not (recognizers and source.is_file()):
        pytest.skip("needs whisper-tiny-en (make test installs it) and the shared recordings")
    place = Place(tmp_path / "installation")
    echo_model(place.models)
    (place.models / recognizers[0].name).symlink_to(recognizers[0])
    out = tmp_path / "out"
    arguments = ("--language", "en", "--to", "fr", "--format", "vtt,srt,txt,json,ttml,docx", "--out", out, "--json")
    told = json.loads(place.run("caption", source, *arguments).stdout)
    assert [row["language"] for row in told["files"]] == ["en", "fr"]
    assert told["files"][0]["segments"] > 0 and told["files"][0]["words"] > 5
    endings = ("vtt", "srt", "txt", "json", "ttml", "docx")
    assert {path.name for path in out.iterdir()} == {f"p001.{code}.{end}" for code in ("en", "fr") for end in endings}
    assert "creatures" in (out / "p001.en.srt").read_text("utf-8")
    assert "[fr]" in (out / "p001.fr.txt").read_text("utf-8")


def test_stopping_the_service_is_clean_also_with_somebody_watching(tmp_path: Path) -> None:
    place = Place(tmp_path / "installation")
    echo_model(place.models, seconds_per_token=1)
    with place.serving() as serving:
        files = {"file": ("a.txt", ENGLISH.encode())}
        document = httpx.post(f"{serving.url}/api/v1/documents", files=files).json()[0]["document"]
        with httpx.stream(
            "GET", f"{serving.url}/api/v1/documents/{document['id']}/events", timeout=PATIENCE_S
        ) as events:
            lines = events.iter_lines()
            assert any(line == "event: document" for line in lines)
            serving.process.send_signal(signal.SIGTERM)
            assert not any(line == "event: end" for line in lines), "it is not finished; the client comes back"
            assert serving.process.wait(PATIENCE_S) == 0
    log = serving.log.read_text("utf-8")
    assert "Traceback" not in log and "ERROR" not in log
