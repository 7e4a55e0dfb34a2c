"""Sound files: good ones decode to the right length at the right place, bad ones get one clear error."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from langsupport.captioning import audio
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import (
    DamagedFile,
    EmptyInput,
    InputError,
    InputTooLarge,
    NoAudio,
    UnsupportedFormat,
)

DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
FORMATS = DATA / "audio_formats"
needs_data = pytest.mark.skipif(not FORMATS.is_dir(), reason=f"the test data is not in {DATA}")


def tone(seconds: float, rate: int = 44_100, channels: int = 1) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave[None, :], channels, axis=0).astype(np.float32)


def encoded(
    parts: list[tuple[float, float]],
    container: str = "wav",
    codec: str = "pcm_s16le",
    rate: int = 48_000,
    layout: str = "mono",
) -> bytes:
    """A file with tones: (start, seconds) each, time stamps as given."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        for start, seconds in parts:
            samples = tone(seconds, rate, len(stream.layout.channels))
            for first in range(0, samples.shape[1], 960):
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(samples[:, first : first + 960]), format="fltp", layout=layout
                )
                frame.sample_rate = rate
                frame.time_base = Fraction(1, rate)
                frame.pts = int(start * rate) + first
                if codec.startswith("pcm"):
                    frame = av.AudioResampler(format="s16", layout=layout, rate=rate).resample(frame)[0]
                for packet in stream.encode(frame):
                    file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return buffer.getvalue()


def decode(data: bytes, name: str = "sound.wav") -> audio.Recording:
    return audio.decode(io.BytesIO(data), name)


def loud_ms(samples: np.ndarray) -> tuple[int, int]:
    where = np.flatnonzero(np.abs(samples) > 0.05)
    return int(where[0]) * 1000 // SAMPLE_RATE, int(where[-1]) * 1000 // SAMPLE_RATE


def test_samples_are_mono_float32_at_16_khz() -> None:
    with decode(encoded([(0, 2.0)], rate=48_000, layout="stereo")) as recording:
        assert recording.samples.dtype == np.float32
        assert recording.samples.ndim == 1
        assert recording.duration_ms == pytest.approx(2000, abs=5)
        assert np.abs(recording.samples).max() == pytest.approx(0.5, abs=0.02)
        assert recording.findings == ()


@pytest.mark.parametrize(("container", "codec"), [("matroska", "libopus"), ("matroska", "pcm_s16le")])
def test_a_gap_in_the_time_stamps_becomes_silence_and_nothing_shifts(container: str, codec: str) -> None:
    with decode(encoded([(0, 1.0), (4.0, 1.0)], container, codec)) as recording:
        assert recording.duration_ms == pytest.approx(5000, abs=60)
        middle = recording.samples[int(1.2 * SAMPLE_RATE) : int(3.8 * SAMPLE_RATE)]
        assert np.abs(middle).max() < 0.01
        first, last = loud_ms(recording.samples[2 * SAMPLE_RATE :])
        assert (first + 2000, last + 2000) == pytest.approx((4000, 5000), abs=60)


def test_a_track_that_starts_after_the_picture_begins_with_silence() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as file:
        video = file.add_stream("mpeg4", rate=10, width=32, height=32, pix_fmt="yuv420p")
        sound = file.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for index in range(40):
            picture = av.VideoFrame(32, 32, "yuv420p")
            picture.pts = index
            for packet in video.encode(picture):
                file.mux(packet)
        wave = (tone(2.0, 16_000) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, 24_000, Fraction(1, 16_000)
        for packet in [*sound.encode(frame), *sound.encode(None), *video.encode(None)]:
            file.mux(packet)
    with decode(buffer.getvalue(), "late.mkv") as recording:
        assert loud_ms(recording.samples)[0] == pytest.approx(1500, abs=20)


def test_a_wrong_extension_does_not_matter() -> None:
    with decode(encoded([(0, 1.0)], "matroska", "libopus"), "really-a-webm.mp3") as recording:
        assert recording.duration_ms == pytest.approx(1000, abs=30)


def test_a_truncated_file_gives_what_is_there_and_says_so() -> None:
    whole = encoded([(0, 10.0)], "matroska", "pcm_s16le")
    with decode(whole[: len(whole) // 2], "cut.mkv") as recording:
        assert recording.duration_ms == pytest.approx(5000, abs=200)
        (finding,) = recording.findings
        assert finding.code == "audio-truncated"
        assert "10 s" in finding.message and "5 s" in finding.message


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b"", "empty.wav", EmptyInput),
        (encoded([])[:44], "header-only.wav", EmptyInput),
        (b"PK\x03\x04 this is no sound at all" * 50, "letter.mp3", DamagedFile),
        (b"Minutes of the meeting\n" * 50, "minutes.txt", UnsupportedFormat),
        (b"#EXTM3U\n#EXTINF:5\nfile:///etc/hostname\n", "list.m3u8", UnsupportedFormat),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "list.wav", DamagedFile),
    ],
)
def test_what_is_no_sound_gets_one_clear_error(data: bytes, name: str, error: type[InputError]) -> None:
    with pytest.raises(error) as caught:
        decode(data, name)
    assert name in str(caught.value)


def test_a_silent_film_has_no_audio() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        video = file.add_stream("mpeg4", rate=10, width=32, height=32, pix_fmt="yuv420p")
        for packet in [*video.encode(av.VideoFrame(32, 32, "yuv420p")), *video.encode(None)]:
            file.mux(packet)
    with pytest.raises(NoAudio):
        decode(buffer.getvalue(), "silent.mp4")


def test_a_recording_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_DURATION_MS", 500)
    with pytest.raises(InputTooLarge):
        decode(encoded([(0, 1.0)]))


def test_the_decoded_size_is_limited_where_the_length_is_not_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_DECODED_BYTES", SAMPLE_RATE * 4 // 2)
    with pytest.raises(InputTooLarge):
        decode(encoded([(0, 1.0)], "adts", "aac"), "long.aac")


def test_a_path_works_as_well_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded([(0, 1.0)]))
    with audio.decode(path, path.name) as recording:
        assert recording.duration_ms == pytest.approx(1000, abs=5)


BROKEN = {
    "aeneas_mono.invalid.wav": DamagedFile,
    "aeneas_mono.zero.wav": EmptyInput,
    "azure_missing_wav_header.wav": DamagedFile,
    "ps_awful.wav": DamagedFile,
    "ps_bad.wav": DamagedFile,
    "ps_evil.wav": DamagedFile,
    "ps_null.wav": EmptyInput,
    "sb_example3.sph": UnsupportedFormat,
}
SECONDS = {"p001": 8.995, "sr_": 2.744, "ldc93s1": 2.924, "8_channel": 8.05, "ms_adpcm": 81.27}


@needs_data
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_real_files(name: str) -> None:
    with pytest.raises(BROKEN[name]):
        audio.decode(FORMATS / name, name)


@needs_data
@pytest.mark.parametrize(
    "path",
    sorted(p for p in FORMATS.glob("*") if p.name not in BROKEN and p.suffix != ".tsv") if FORMATS.is_dir() else [],
    ids=lambda p: p.name,
)
def test_good_real_files(path: Path) -> None:
    with audio.decode(path, path.name) as recording:
        assert np.abs(recording.samples).max() > 0.05
        expected = next((s for start, s in SECONDS.items() if path.name.startswith(start)), None)
        if expected:
            assert recording.duration_ms / 1000 == pytest.approx(expected, abs=0.05)
        assert recording.findings == ()
