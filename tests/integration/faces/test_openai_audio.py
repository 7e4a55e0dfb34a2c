"""OpenAI's audio API with its own client package: a scripted recognizer, and a real one where it is installed."""

from __future__ import annotations

import io
import threading
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import uvicorn

from faces import PATIENCE_S, TEST_DATA, Server, echo_model, installed_recognizers
from immediate import ImmediateTicket
from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines.core import InferenceCore
from langsupport.engines.protocols import AudioWindow, Lane, RecognitionOptions, SpeechSpan
from langsupport.engines.store import ModelStore
from langsupport.errors import ModelMissing
from langsupport.services.accounts import build_accounts
from langsupport.services.database import Database
from langsupport.services.idempotency import IdempotencyKeys
from langsupport.services.notice_mail import NoticeMail
from langsupport.services.sessions import SessionService
from langsupport.services.settings import load_settings
from langsupport.web.app import create_app

SAID = "Bonjour à tous les délégués."


class ScriptedInference(InferenceCore):
    """Hears one French sentence wherever there is sound; translates by the echo model."""

    def speech(self, samples: Any) -> list[SpeechSpan]:
        loud = np.flatnonzero(np.abs(samples) > 0.05)
        if not len(loud):
            return []
        return [SpeechSpan(int(loud[0]) * 1000 // SAMPLE_RATE, int(loud[-1]) * 1000 // SAMPLE_RATE)]

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Any:
        return ImmediateTicket([("fr", 0.99)])  # type: ignore[list-item]

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Any:
        if options.prompt == "no model":
            raise ModelMissing(model="whisper-base", detail="No installed model recognizes speech.")
        words, at = [], window.start_ms
        for word in SAID.split():
            words.append(Word(at, at + 300, f" {word}"))
            at += 400
        found = Utterance(window.start_ms, at, SAID, "fr", tuple(words), log_probability=-0.1)
        return ImmediateTicket([[found]])  # type: ignore[list-item]


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application in this process, on a real port; it has no documents and recordings here."""
    root = tmp_path_factory.mktemp("scripted")
    echo_model(root / "models")
    environment = {"LANGSUPPORT_MODELS": str(root / "models"), "LANGSUPPORT_DATA": str(root / "data")}
    settings = load_settings(environ=environment)
    store = ModelStore(settings.models_dir, settings.manifests_dir)
    inference = ScriptedInference(store)
    database = Database.open(settings.database)
    sessions = SessionService(database)

    def close() -> None:
        sessions.close()
        inference.close()
        database.close()

    parts = {"settings": settings, "store": store, "inference": inference, "sessions": sessions}
    parts["accounts"] = build_accounts(settings, database)
    parts["mail"] = NoticeMail(database, settings.mail)
    parts["idempotency"] = IdempotencyKeys(database)
    services: Any = SimpleNamespace(**parts, close=close)
    server = uvicorn.Server(uvicorn.Config(create_app(services), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE_S)


@pytest.fixture
def client(scripted: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{scripted}/v1", api_key="any", max_retries=0)


def tone(seconds: float = 4, volume: float = 0.5) -> tuple[str, bytes]:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples = (volume * np.sin(2 * np.pi * 220 * times) * 32_000).astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(SAMPLE_RATE)
        made.writeframes(samples.tobytes())
    return "speech.wav", stream.getvalue()


def test_the_models_are_named(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["whisper-1"]
    assert client.models.retrieve("whisper-1").id == "whisper-1"


def test_json_is_the_text(client: openai.OpenAI) -> None:
    found = client.audio.transcriptions.create(model="whisper-1", file=tone(), prompt="délégués", temperature=0.2)
    assert found.text == SAID


def test_text_srt_and_vtt(client: openai.OpenAI) -> None:
    text = client.audio.transcriptions.create(model="whisper-1", file=tone(), response_format="text", language="fr")
    assert text == f"{SAID}\n"
    srt = client.audio.transcriptions.create(model="whisper-1", file=tone(), response_format="srt", language="French")
    assert srt.startswith("1\n00:00:00,000 --> ") and "Bonjour" in srt
    vtt = client.audio.transcriptions.create(model="whisper-1", file=tone(), response_format="vtt")
    assert vtt.startswith("WEBVTT")


def test_verbose_json_has_segments_and_words(client: openai.OpenAI) -> None:
    found = client.audio.transcriptions.create(
        model="whisper-1",
        file=tone(),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert found.language == "french" and found.duration == pytest.approx(4, abs=0.01) and found.text == SAID
    assert found.segments and found.segments[0].text == SAID and found.segments[0].avg_logprob == pytest.approx(-0.1)
    assert found.words and [word.word for word in found.words] == SAID.split()
    assert found.words[1].start == pytest.approx(0.4)
    words_alone = client.audio.transcriptions.create(
        model="whisper-1", file=tone(), response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert words_alone.segments is None and words_alone.words


def test_translations_are_english(client: openai.OpenAI) -> None:
    assert client.audio.translations.create(model="whisper-1", file=tone()).text == f"[en] {SAID}"
    found = client.audio.translations.create(model="whisper-1", file=tone(), response_format="verbose_json")
    assert found.language == "english" and found.segments and "[en]" in found.segments[0].text  # type: ignore[attr-defined]


def test_silence_has_no_text(client: openai.OpenAI) -> None:
    assert client.audio.transcriptions.create(model="whisper-1", file=tone(volume=0.0), language="fr").text == ""


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError, "model_not_found"),
        ({"response_format": "diarized_json"}, openai.BadRequestError, "invalid"),
        ({"temperature": 7}, openai.BadRequestError, "invalid"),
        ({"language": "de"}, openai.BadRequestError, "unsupported_language"),
        ({"file": ("a.wav", b"This is no sound. " * 100)}, openai.BadRequestError, "damaged"),
        ({"file": ("a.wav", b"")}, openai.BadRequestError, "empty"),
        ({"file": ("a.docx", b"PK\x03\x04" * 50)}, openai.BadRequestError, "unsupported_format"),
        ({"prompt": "no model"}, openai.InternalServerError, "model_missing"),
    ],
)
def test_errors_have_openais_shape(
    client: openai.OpenAI, arguments: dict[str, Any], kind: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        client.audio.transcriptions.create(**{"model": "whisper-1", "file": tone(), **arguments})
    error = refused.value.body
    assert isinstance(error, dict) and error["code"] == code and error["message"]
    assert error["type"] in ("invalid_request_error", "server_error") and "param" in error


def test_the_key_is_openais_key(locked: Server, key: str) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        openai.OpenAI(base_url=f"{locked.url}/v1", api_key="wrong").models.list()
    assert refused.value.code == "invalid_api_key"
    assert list(openai.OpenAI(base_url=f"{locked.url}/v1", api_key=key).models.list())


def test_an_unexpected_error_tells_only_a_number(scripted: str, caplog: pytest.LogCaptureFixture) -> None:
    """The services of this application have no documents: asking for them is a fault of the program."""
    for accept, kind in (("*/*", "application/problem+json"), ("text/html", "text/html; charset=utf-8")):
        caplog.clear()
        path = "/api/v1/documents" if accept == "*/*" else "/"
        answer = httpx.get(f"{scripted}{path}", headers={"accept": accept})
        assert answer.status_code == 500 and answer.headers["content-type"] == kind
        assert answer.headers["content-security-policy"]
        assert "AttributeError" not in answer.text and "Traceback" not in answer.text
        (record,) = [record for record in caplog.records if "unexpected error" in record.message]
        id = record.message.split()[2]
        assert id in answer.text and record.exc_info


@pytest.mark.skipif(not installed_recognizers(), reason="needs whisper-tiny-en; make test installs it")
def test_real_speech(server: Server) -> None:
    source = TEST_DATA / "audio_formats" / "p001.wav"
    if not source.is_file():
        pytest.skip("needs the shared recordings")
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="any")
    found = client.audio.transcriptions.create(
        model="whisper-1",
        file=Path(source),
        language="en",
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )
    assert "creatures we desire" in found.text
    assert found.words and all(0 <= word.start <= word.end <= 9.1 for word in found.words)
