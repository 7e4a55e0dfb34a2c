"""Sound that arrives in pieces: to the sample over hours, containers as they come, bad ones one clear error."""

from __future__ import annotations

import io
import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning import audio
from langsupport.captioning.incoming import PIPE_LIMIT_BYTES, BytePipe, PcmDecoder, Silence, decode_container
from langsupport.captioning.sources import DEFAULT_PROTOCOLS, check_url, open_source, shown_url
from langsupport.errors import DamagedFile, InputError, InvalidRequest, LangsupportError, NoAudio

DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
FORMATS = DATA / "audio_formats"
needs_data = pytest.mark.skipif(not FORMATS.is_dir(), reason=f"the test data is not in {DATA}")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 12_347]),
    st.lists(st.integers(1, 9_000), min_size=1, max_size=12),
    st.sampled_from(["pcm_s16le", "pcm_f32le"]),
)
def test_any_cutting_gives_exactly_the_samples_due(rate: int, cuts: list[int], format: str) -> None:
    decoder = PcmDecoder(format, rate)
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, sum(cuts))
    data = (samples * 32767).astype("<i2").tobytes() if format == "pcm_s16le" else samples.astype("<f4").tobytes()
    count = sum(cuts) // decoder.sample_bytes
    pieces, at = [], 0
    for cut in cuts:  # in bytes: samples are cut in two
        pieces.append(decoder.feed(data[at : at + cut]))
        at += cut
    whole = np.concatenate([*pieces, decoder.flush()])
    assert len(whole) == (2 * count * 16_000 + rate) // (2 * rate)
    at_once = PcmDecoder(format, rate)
    np.testing.assert_allclose(whole, np.concatenate([at_once.feed(data[: sum(cuts)]), at_once.flush()]), atol=1e-5)


@pytest.mark.parametrize("rate", [44_100, 48_000, 11_025])
def test_an_hour_does_not_drift(rate: int) -> None:
    """A click every minute stays at its sample, whatever the rate."""
    decoder = PcmDecoder("pcm_f32le", rate)
    minute = np.zeros(60 * rate, dtype="<f4")
    minute[rate] = 1.0
    given_ = 0
    for number in range(60):
        block = decoder.feed(minute.tobytes())
        peak = given_ + int(np.argmax(block))
        assert peak == number * 60 * 16_000 + 16_000
        given_ += len(block)
    assert given_ + len(decoder.flush()) == 3600 * 16_000


def test_what_are_no_numbers_becomes_sound_within_bounds() -> None:
    decoder = PcmDecoder("pcm_f32le", 16_000)
    block = decoder.feed(np.array([np.nan, np.inf, -np.inf, 3e38, -5.0, 0.25], dtype="<f4").tobytes())
    np.testing.assert_array_equal(block, np.array([0, 1, -1, 1, -1, 0.25], dtype=np.float32))


def test_half_a_sample_in_a_frame_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no whole number"):
        PcmDecoder("pcm_s16le", 16_000).count(memoryview(b"abc"))


# Containers


OPTIONS = {
    "webm": ("libopus", {"cluster_time_limit": "500"}),
    "ogg": ("libopus", {"page_duration": "200000"}),
    "mp4": ("aac", {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}),
}


def recorded(container: str, parts: list[tuple[float, float]]) -> bytes:
    """As a browser's recorder makes it; tones of (start, seconds)."""
    codec, options = OPTIONS[container]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=48_000, layout="mono")
        for start, seconds in parts:
            wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 48_000)) / 48_000)
            for first in range(0, len(wave), 960):
                block = wave[None, first : first + 960].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
                frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), int(start * 48_000) + first
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


class Decoding:
    """A decoder at work on a pipe in a thread."""

    def __init__(self, format: str) -> None:
        self.pipe = BytePipe()
        self.samples: list[np.ndarray] = []
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(format,), daemon=True)
        self._thread.start()

    def _run(self, format: str) -> None:
        try:
            for block in decode_container(self.pipe, format, "a feed"):
                silence = isinstance(block, Silence)
                self.samples.append(np.zeros(block.count) if silence else block)
        except Exception as error:
            self.error = error

    def write(self, data: bytes) -> None:
        """Return when the decoder has taken all of it and waits, or is done."""
        assert self.pipe.write(data, 5)
        with self.pipe._news:
            self.pipe._news.wait_for(lambda: self.pipe.waiting or not self._thread.is_alive(), 5)

    def finish(self) -> np.ndarray:
        self.pipe.end()
        self._thread.join(20)
        assert not self._thread.is_alive()
        return np.concatenate(self.samples) if self.samples else np.zeros(0)

    @property
    def seconds(self) -> float:
        return sum(map(len, self.samples)) / 16_000


@pytest.mark.parametrize("container", OPTIONS)
def test_a_recorders_container_is_heard_as_it_comes(container: str) -> None:
    data = recorded(container, [(0, 8)])
    decoding = Decoding(container)
    step = len(data) // 80
    for at in range(0, len(data), step):
        decoding.write(data[at : at + step])
        came = min(8.0, 8 * (at + step) / len(data))
        assert decoding.seconds > came - 1.6, f"{decoding.seconds} s of {came} s"
    assert len(decoding.finish()) / 16_000 == pytest.approx(8, abs=0.06)
    assert decoding.error is None


def test_what_the_time_stamps_leave_out_is_silence() -> None:
    decoding = Decoding("webm")
    decoding.write(recorded("webm", [(0, 2), (5, 2)]))
    samples = decoding.finish()
    assert len(samples) / 16_000 == pytest.approx(7, abs=0.1)
    loud = [bool(np.abs(samples[16_000 * s + 4_000 : 16_000 * s + 12_000]).max() > 0.1) for s in range(7)]
    assert loud == [True, True, False, False, False, True, True]


@pytest.mark.parametrize("format", OPTIONS)
@pytest.mark.parametrize("junk", [b"\x00" * 100_000, os.urandom(200_000), b"<html>" * 20_000, b""])
def test_what_is_no_container_gets_one_clear_error(format: str, junk: bytes) -> None:
    decoding = Decoding(format)
    decoding.pipe.write(junk, 1)
    assert not len(decoding.finish())
    assert isinstance(decoding.error, InputError | None)
    assert decoding.error is None or "a feed" in str(decoding.error)


def test_a_container_that_breaks_off_gives_what_came_before() -> None:
    data = recorded("webm", [(0, 6)])
    decoding = Decoding("webm")
    decoding.write(data[: len(data) // 2])
    decoding.write(os.urandom(50_000))
    assert len(decoding.finish()) / 16_000 > 2


def test_a_pipe_holds_a_bounded_number_of_bytes() -> None:
    pipe = BytePipe()
    assert pipe.write(b"x" * PIPE_LIMIT_BYTES, 0)
    assert not pipe.write(b"y", 0)
    assert pipe.read(10) == b"x" * 10
    assert pipe.write(b"y", 0)
    pipe.end()
    assert sum(len(part) for part in iter(lambda: pipe.read(2**20), b"")) == PIPE_LIMIT_BYTES - 9


# Sources


@needs_data
@pytest.mark.parametrize("path", sorted(FORMATS.glob("*")) if FORMATS.is_dir() else [], ids=lambda path: path.name)
def test_a_file_as_a_source_gives_what_the_whole_file_gives(path: Path) -> None:
    try:
        with audio.decode(path, path.name) as whole:
            expected: int | None = len(whole.samples)
    except InputError:
        expected = None
    try:
        with open_source(str(path), ("file",)) as source:
            count = sum(block.count if isinstance(block, Silence) else len(block) for block in source.blocks())
    except LangsupportError as error:
        assert expected is None, error
    else:
        assert expected is None or count == pytest.approx(expected, abs=1_600)


@pytest.mark.parametrize(
    ("url", "protocols", "said"),
    [
        ("file:///etc/passwd", DEFAULT_PROTOCOLS, "“file” are not allowed"),
        ("/etc/passwd", DEFAULT_PROTOCOLS, "“file” are not allowed"),
        ("C:\\sound.wav", DEFAULT_PROTOCOLS, "“file” are not allowed"),
        ("alsa:default", DEFAULT_PROTOCOLS, "“device” are not allowed"),
        ("concat:a|b", DEFAULT_PROTOCOLS, "“concat” are not allowed"),
        ("data:audio/wav;base64,AAAA", DEFAULT_PROTOCOLS, "“data” are not allowed"),
        ("http://x/", ("https",), "“http” are not allowed"),
        ("tls://x/", DEFAULT_PROTOCOLS, "no protocol that sound comes by"),
        ("", DEFAULT_PROTOCOLS, "no address"),
        ("http://x/\n", DEFAULT_PROTOCOLS, "no address"),
    ],
)
def test_an_address_that_is_not_allowed_is_not_opened(url: str, protocols: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        open_source(url, protocols)


def test_a_playlist_leads_nowhere_that_is_not_allowed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(recorded("ogg", [(0, 1)]))
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises(LangsupportError):
        open_source(str(playlist), ("file",))


def test_who_does_not_answer_is_named_without_secrets() -> None:
    with pytest.raises(LangsupportError, match=r"http://127\.0\.0\.1:9/live can't be opened: Connection refused"):
        open_source("http://user:secret@127.0.0.1:9/live?key=secret", DEFAULT_PROTOCOLS)
    assert shown_url("rtmp://a:b@host:1935/app/key?x=1") == "rtmp://host:1935/app/key"


def test_schemes_are_told() -> None:
    every = (*DEFAULT_PROTOCOLS, "file", "device")
    assert [check_url(url, every) for url in ("rtsp://x/", "HTTPS://x/", "/a/b.wav", "a b.wav", "alsa:hw:0")] == [
        *("rtsp", "https", "file", "file", "alsa")
    ]


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(NoAudio, match=r"silent\.mp4"):
        open_source(str(path), ("file",))
    path.write_bytes(b"\x00" * 1000)
    with pytest.raises(DamagedFile):
        open_source(str(path), ("file",))
