"""Real sound through the real pipeline."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import jiwer
import numpy as np
import pytest

from kennedy import KENNEDY, SAID, bare
from langsupport.captioning.audio import decode
from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import SAMPLE_RATE, Transcript
from langsupport.engines.core import InferenceCore
from langsupport.engines.protocols import AudioWindow, Lane, RecognitionOptions
from langsupport.engines.store import ModelStore
from langsupport.engines.whisper import WhisperRecognizer
from langsupport.errors import InvalidRequest, ModelDamaged, UnsupportedLanguage
from langsupport.pipelines.recording import recognize

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the test data is not in {DATA}")


def shown(transcript: Transcript) -> str:
    return " ".join(line for cue in transcript.cues for line in cue.lines)


def as_wav(samples: np.ndarray) -> io.BytesIO:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    buffer.seek(0)
    return buffer


def test_a_speech_is_captioned_word_for_word(english: InferenceCore) -> None:
    transcript = recognize(KENNEDY, KENNEDY.name, english, "en", Lane.BATCH)
    assert jiwer.wer(bare(SAID), bare(shown(transcript))) < 0.1
    assert transcript.cues[0].start_ms < 1_000 and transcript.cues[-1].end_ms <= 11_000
    assert all(len(line) <= LANGUAGES["en"].caption_line_chars for cue in transcript.cues for line in cue.lines)
    assert len(transcript.utterances[0].words) > 5
    assert b"ask" in SUBTITLE_FORMATS["vtt"].write(transcript)


def test_silence_before_speech_does_not_move_its_times(english: InferenceCore) -> None:
    with decode(KENNEDY, KENNEDY.name) as recording:
        late = np.concatenate([np.zeros(7 * SAMPLE_RATE, dtype=np.float32), recording.samples])
    first = recognize(KENNEDY, KENNEDY.name, english, "en", Lane.BATCH).cues
    later = recognize(as_wav(late), "late.wav", english, "en", Lane.BATCH).cues
    assert later[0].start_ms - first[0].start_ms == pytest.approx(7_000, abs=400)
    assert later[-1].end_ms - first[-1].end_ms == pytest.approx(7_000, abs=600)


@needs_data
@pytest.mark.parametrize(
    "name",
    ["sb_noise3.flac", "esc50_car_horn.flac", "linto_laugh1.mp3", "librosa_vibeace.ogg"],
)
def test_noise_gives_no_text(english: InferenceCore, name: str) -> None:
    transcript = recognize(DATA / "noise" / name, name, english, "en", Lane.BATCH)
    assert shown(transcript) == ""


@needs_data
@pytest.mark.parametrize(
    ("file", "language", "limit"),
    [
        ("fr/pico_leopard_test_fr.wav", "fr", 0.3),
        ("es/fair_es_en_2245_src.wav", "es", 0.2),
        ("ru/pisets_test_sound_ru.wav", "ru", 0.35),
        ("ar/arena_msa_ar.wav", "ar", 0.5),
    ],
)
def test_the_language_is_told(multilingual: InferenceCore, file: str, language: str, limit: float) -> None:
    path = DATA / "speech" / file
    transcript = recognize(path, path.name, multilingual, None, Lane.BATCH)
    assert transcript.language == language
    reference = path.with_name(path.name + ".txt").read_text(encoding="utf-8")
    assert jiwer.wer(bare(reference), bare(shown(transcript))) <= limit


@needs_data
def test_chinese_comes_in_simplified_characters(multilingual: InferenceCore) -> None:
    path = DATA / "speech" / "zh" / "speechcolab_cctv_104.wav"
    transcript = recognize(path, path.name, multilingual, None, Lane.BATCH)
    assert transcript.language == "zh"
    assert "春节" in shown(transcript)


@needs_data
def test_a_recording_that_goes_on_in_german_is_captioned_as_far_as_it_is_english(multilingual: InferenceCore) -> None:
    path = DATA / "speech" / "mixed" / "fw_multilingual.mp3"
    transcript = recognize(path, path.name, multilingual, None, Lane.BATCH)
    assert transcript.language == "en" and transcript.cues[-1].end_ms < 32_000
    (finding,) = [f for f in transcript.findings if f.code == "language-unsupported"]
    assert finding.fields["language"] == "de"


@pytest.fixture(scope="module")
def recognizer(model_store: ModelStore) -> WhisperRecognizer:
    if "whisper-tiny-en" not in model_store.installed():
        pytest.skip(f"whisper-tiny-en is not installed in {model_store.root}")
    return WhisperRecognizer(model_store.path("whisper-tiny-en"), "whisper-tiny-en", "cpu", "int8", 2)


def test_an_english_model_says_that_it_knows_english_only(recognizer: WhisperRecognizer) -> None:
    window = AudioWindow(np.zeros(SAMPLE_RATE, dtype=np.float32))
    assert recognizer.detect_language(window, ("ar", "en")) == ("en", 1.0)
    with pytest.raises(UnsupportedLanguage):
        recognizer.detect_language(window, ("ar", "fr"))
    with pytest.raises(UnsupportedLanguage):
        recognizer.recognize(window, RecognitionOptions(language="fr"))


def test_a_window_is_30_seconds_at_most_and_may_be_empty(recognizer: WhisperRecognizer) -> None:
    with pytest.raises(InvalidRequest):
        recognizer.recognize(
            AudioWindow(np.zeros(31 * SAMPLE_RATE, dtype=np.float32)), RecognitionOptions(language="en")
        )
    empty = AudioWindow(np.zeros(0, dtype=np.float32))
    assert recognizer.recognize(empty, RecognitionOptions(language="en")) == []


def test_a_folder_without_a_model_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged):
        WhisperRecognizer(tmp_path, "whisper-base", "cpu", "int8", 1)
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(ModelDamaged):
        WhisperRecognizer(tmp_path, "whisper-base", "cpu", "int8", 1)
