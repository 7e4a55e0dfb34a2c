"""Recordings through the real services; what is heard is stated by the test, all else is real."""

from __future__ import annotations

import io
import math
import struct
import threading
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from langsupport.captioning.audio import decode
from langsupport.domain.speech import Utterance, Word
from langsupport.engines.protocols import AudioWindow, Lane, RecognitionOptions, SpeechSpan
from langsupport.errors import Cancelled, Conflict, EmptyInput, InputTooLarge, LangsupportError, ModelMissing, NotFound
from langsupport.services.assembly import Services
from langsupport.services.inference import build_inference
from langsupport.services.records import RecordingRecord, RecordingState

Open = Callable[..., Services]
Finish = Callable[..., RecordingRecord]
SAID = "The meeting is open."


class Answer:
    def __init__(self, value: Any, gate: threading.Event) -> None:
        self._value, self._gate, self._cancelled = value, gate, False

    def results(self) -> Any:
        yield 0, self.wait()[0]

    def wait(self) -> list[Any]:
        while not self._gate.wait(0.01):
            if self._cancelled:
                raise Cancelled
        return [self._value]

    def cancel(self) -> None:
        self._cancelled = True


class Hearing:
    """The real core for texts; every window of sound holds one sentence."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self.gate = threading.Event()
        self.gate.set()
        self.heard: list[int] = []
        self.error: LangsupportError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def speech(self, samples: Any) -> list[SpeechSpan]:
        return [SpeechSpan(0, len(samples) // 16)]

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Answer:
        return Answer(("en", 0.99), self.gate)

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Answer:
        if self.error:
            raise self.error
        self.heard.append(window.start_ms)
        start = window.start_ms
        words = tuple(Word(start + 200 * n, start + 200 * n + 180, f" {w}") for n, w in enumerate(SAID.split()))
        return Answer([Utterance(start, start + 800, SAID, "en", words, -0.1, 0.01, 1.0)], self.gate)


@pytest.fixture
def hearing(open_services: Open) -> Hearing:
    with open_services(launch=False) as services:
        return Hearing(build_inference(services.settings))


def tone(seconds: float = 2.0) -> bytes:
    """A WAV file, 16 kHz mono."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        values = (round(8000 * math.sin(n / 8)) for n in range(round(16_000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", value) for value in values))
    return out.getvalue()


def upload(services: Services, data: bytes | None = None, name: str = "session.wav", **options: Any) -> RecordingRecord:
    return services.recordings.upload(name, io.BytesIO(tone() if data is None else data), **options)


def test_a_recording_gets_captions_in_six_languages(
    database_url: str, open_services: Open, hearing: Hearing, finish: Finish
) -> None:
    services = open_services(hearing, url=database_url)
    record = finish(services.recordings, upload(services).id)
    assert (record.state, record.language, record.error) == (RecordingState.DONE, "en", None)
    assert (record.duration_ms, record.heard_ms, record.media_type) == (2000, 2000, "audio/wav")
    assert [(c.language, c.spoken) for c in record.captions] == [
        ("en", True),
        ("ar", False),
        ("zh", False),
        ("fr", False),
        ("ru", False),
        ("es", False),
    ]
    spoken = services.recordings.transcript(record.id)
    assert (spoken.language, [cue.text for cue in spoken.cues]) == ("en", [SAID])
    assert spoken.utterances[0].words
    french = services.recordings.transcript(record.id, "fr")
    assert french.machine_translated and SAID in " ".join(cue.text for cue in french.cues)
    name, kind, path = services.recordings.open_media(record.id)
    assert (name, kind) == ("session.wav", "audio/wav") and path.read_bytes() == tone()


def test_what_browsers_cannot_play_gets_a_copy_of_its_sound(
    open_services: Open, hearing: Hearing, finish: Finish
) -> None:
    services = open_services(hearing)
    record = finish(services.recordings, upload(services, name="session.aiff", language="en", targets=()).id)
    assert (record.state, record.media_type) == (RecordingState.DONE, "audio/webm")
    name, kind, path = services.recordings.open_media(record.id)
    assert (name, kind) == ("session.webm", "audio/webm")
    with decode(path, name) as copy:
        assert abs(copy.duration_ms - 2000) < 60
    assert services.recordings.open_original(record.id).path.read_bytes() == tone()
    services.recordings.delete(record.id)
    assert [path for path in services.files.root.rglob("*") if path.is_file()] == []


def test_no_targets_means_only_what_was_said(open_services: Open, hearing: Hearing, finish: Finish) -> None:
    services = open_services(hearing)
    record = finish(services.recordings, upload(services, language="en", targets=()).id)
    assert [c.language for c in record.captions] == ["en"]
    with pytest.raises(NotFound):
        services.recordings.transcript(record.id, "fr")


def test_what_cannot_be_decoded_fails_with_the_reason(open_services: Open, hearing: Hearing, finish: Finish) -> None:
    services = open_services(hearing)
    record = finish(services.recordings, upload(services, b"RIFF no sound in here" * 20, "bad.wav").id)
    assert record.state is RecordingState.FAILED and record.error and record.error.code == "damaged"
    assert "bad.wav" in record.error.message


@pytest.mark.parametrize(("data", "error"), [(b"", EmptyInput), (b"x" * 5000, InputTooLarge)])
def test_what_can_be_refused_at_once(open_services: Open, data: bytes, error: type[Exception]) -> None:
    services = open_services(launch=False, max_recording_bytes=4000)
    with pytest.raises(error):
        upload(services, data)
    assert services.recordings.list() == []


def test_a_failure_can_be_retried(open_services: Open, hearing: Hearing, finish: Finish) -> None:
    services = open_services(hearing)
    hearing.error = ModelMissing(model="whisper-base", detail="No model hears this.")
    id = upload(services, targets=["fr"]).id
    record = finish(services.recordings, id)
    assert record.state is RecordingState.FAILED and record.error and record.error.code == "model-missing"
    hearing.error = None
    services.recordings.retry(id)
    assert finish(services.recordings, id).state is RecordingState.DONE
    with pytest.raises(Conflict):
        services.recordings.retry(id)


def test_cancel_retry_and_delete_at_work(open_services: Open, hearing: Hearing, finish: Finish) -> None:
    services = open_services(hearing)
    hearing.gate.clear()
    id = upload(services, language="en").id
    while not hearing.heard:
        services.recordings.wait_for_change(id, 0, 0.01)
    record = services.recordings.cancel(id)
    assert record.state is RecordingState.FAILED and record.error and record.error.code == "cancelled"
    hearing.gate.set()
    services.recordings.retry(id)
    assert finish(services.recordings, id).state is RecordingState.DONE
    services.recordings.delete(id)
    with pytest.raises(NotFound):
        services.recordings.get(id)
    assert [path for path in services.files.root.rglob("*") if path.is_file()] == []


def test_a_restart_goes_on(open_services: Open, hearing: Hearing, finish: Finish) -> None:
    hearing.gate.clear()
    services = open_services(hearing)
    id = upload(services, language="en", targets=["fr"]).id
    while not hearing.heard:
        services.recordings.wait_for_change(id, 0, 0.01)
    services.close()
    core = build_inference(services.settings)
    services = open_services(Hearing(core))
    assert finish(services.recordings, id).state is RecordingState.DONE
    assert services.recordings.transcript(id, "fr").cues


def test_the_list_has_documents_apart_from_recordings(open_services: Open, sentences: str, tmp_path: Path) -> None:
    services = open_services(launch=False)
    services.documents.upload("a.txt", io.BytesIO(sentences.encode()))
    recording = upload(services)
    assert [r.id for r in services.recordings.list()] == [recording.id]
    assert [r.name for r in services.documents.list()] == ["a.txt"]
