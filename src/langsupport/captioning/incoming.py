"""Sound that arrives piece by piece, as mono float32 at 16 kHz: plain samples at any rate, and containers.

The sample counter is the clock here too: n samples at a rate give n * 16000 / rate, over hours, without drift, and
what the time stamps of a container leave out becomes silence.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from langsupport.captioning.audio import (
    CLOCK_TOLERANCE_MS,
    MAX_GAP_MS,
    MAX_OVERLAP_MS,
    PLAUSIBLE_RATES,
    flat,
    mixable,
)
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import DamagedFile, InvalidRequest, NoAudio

Samples = NDArray[np.float32]

PIPE_LIMIT_BYTES = 8 * 1024 * 1024
"""Bytes of a container that wait for its decoder; a writer waits beyond."""
MAX_FAILED_PACKETS = 200
"""So many packets in a row that can't be decoded: this is no sound."""
_PROBE_BYTES = 64 * 1024
_DTYPES: dict[str, np.dtype[Any]] = {"pcm_s16le": np.dtype("<i2"), "pcm_f32le": np.dtype("<f4")}
_DEMUXERS = {"webm": "matroska", "mp4": "mov", "ogg": "ogg"}


@dataclass(frozen=True, slots=True)
class Silence:
    """So many samples of nothing: a gap, told instead of made."""

    count: int


def clean(samples: Samples) -> Samples:
    """Within [-1, 1], and no infinities or other things that are no numbers."""
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0).astype(np.float32, copy=False)


class Resampling:
    """One uninterrupted run of mono samples at a rate. What went in, once flushed, came out as exactly
    round(n * 16000 / rate) samples; until then a few milliseconds are held back."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._taken = 0
        self._given = 0
        self._resampler = self._fresh()

    def _fresh(self) -> AudioResampler | None:
        if self._rate == SAMPLE_RATE:
            return None
        return AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)

    @property
    def _due(self) -> int:
        return (2 * self._taken * SAMPLE_RATE + self._rate) // (2 * self._rate)

    def feed(self, samples: Samples) -> Samples:
        """`samples` at the rate; gives what is ready at 16 kHz."""
        self._taken += len(samples)
        if self._resampler is None or not len(samples):
            return self._counted(samples)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis, :]), format="flt", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = None
        return self._counted(_joined(self._resampler.resample(frame)))

    def flush(self) -> Samples:
        """The rest of the run. A new run begins with the next sample."""
        rest = _joined(self._resampler.resample(None)) if self._resampler is not None and self._taken else _NOTHING
        missing = self._due - self._given
        rest = np.pad(rest, (0, max(0, missing - len(rest))))[: max(0, missing)]
        self._taken = self._given = 0
        self._resampler = self._fresh()
        return clean(rest)

    def _counted(self, block: Samples) -> Samples:
        block = block[: max(0, self._due - self._given)]
        self._given += len(block)
        return clean(block)


_NOTHING: Samples = np.zeros(0, dtype=np.float32)


def _joined(frames: list[AudioFrame]) -> Samples:
    return np.concatenate([flat(frame) for frame in frames]) if frames else _NOTHING


class PcmDecoder:
    """Plain little-endian samples, mono, cut anywhere. `format` is pcm_s16le or pcm_f32le."""

    def __init__(self, format: str, rate: int) -> None:
        self._dtype = _DTYPES[format]
        self._run = Resampling(rate)
        self._rest = b""
        self.taken = 0
        """Whole samples so far, at the client's rate."""

    @property
    def sample_bytes(self) -> int:
        return self._dtype.itemsize

    def count(self, payload: memoryview) -> int:
        """Samples in a frame's payload. Raises InvalidRequest: not a whole number of them."""
        if len(payload) % self.sample_bytes:
            detail = f"{len(payload)} bytes are no whole number of samples of {self.sample_bytes} bytes."
            raise InvalidRequest(detail=detail)
        return len(payload) // self.sample_bytes

    def feed(self, data: bytes | memoryview) -> Samples:
        """What is ready at 16 kHz; a sample that is cut in two waits for its other half."""
        joined = self._rest + bytes(data)
        whole = len(joined) - len(joined) % self.sample_bytes
        self._rest = joined[whole:]
        samples = self.peek(joined[:whole])
        self.taken += len(samples)
        return self._run.feed(samples)

    def peek(self, data: bytes | memoryview) -> Samples:
        """The whole samples in `data` at their own rate, without taking them."""
        samples = np.frombuffer(data, dtype=self._dtype, count=len(data) // self.sample_bytes)
        if self._dtype.kind == "i":
            return samples.astype(np.float32) / np.float32(32768.0)
        return clean(samples.astype(np.float32))

    def flush(self) -> Samples:
        """The rest; half a sample is dropped. The next sample begins a new run."""
        self._rest = b""
        return self._run.flush()


class BytePipe:
    """A file-like object that blocks in `read` until bytes were written or the end was told. Thread-safe.

    Holds at most PIPE_LIMIT_BYTES (and the last write).
    """

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._blocks: list[bytes] = []
        self._held = 0
        self._ended = False
        self.waiting = False  # the reader has taken everything and waits for more

    def write(self, data: bytes, wait_s: float) -> bool:
        """False: no room came within `wait_s`, nothing was taken. What comes after the end is dropped."""
        with self._news:
            if not self._news.wait_for(lambda: self._held < PIPE_LIMIT_BYTES or self._ended, wait_s):
                return False
            if data and not self._ended:
                self._blocks.append(data)
                self._held += len(data)
                self.waiting = False
                self._news.notify_all()
            return True

    def drain(self, wait_s: float) -> bool:
        """Wait until the reader has done with what was written so far and asks for more; False: it took too long."""
        with self._news:
            return self._news.wait_for(lambda: self.waiting or self._ended, wait_s)

    def end(self) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()

    def read(self, size: int) -> bytes:
        """At most `size` bytes, b"" at the end; blocks."""
        with self._news:
            while not self._blocks and not self._ended:
                self.waiting = True
                self._news.notify_all()
                self._news.wait()
            if not self._blocks:
                return b""
            block = self._blocks[0]
            part = block[:size]
            if len(part) == len(block):
                del self._blocks[0]
            else:
                self._blocks[0] = block[size:]
            self._held -= len(part)
            self._news.notify_all()
            return part


class ByteSource(Protocol):
    def read(self, size: int) -> bytes: ...


def decode_container(source: ByteSource, format: str, name: str) -> Iterator[Samples | Silence]:
    """The sound of a container as it arrives; `format` is webm, mp4 or ogg. Blocks in `source.read`.

    Raises:
        DamagedFile: not this container, or broken in a way that decoding can't go on.
        NoAudio: there is no sound track in it.
    """
    options = {
        "format_whitelist": "matroska,webm,mov,mp4,ogg",
        "protocol_whitelist": "",
        "probesize": str(_PROBE_BYTES),
        "analyzeduration": "0",
        "fflags": "nobuffer",
    }
    try:
        container = av.open(
            source, mode="r", format=_DEMUXERS[format], options=options, buffer_size=4096, metadata_errors="ignore"
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise broken(name, error) from error
    with container:
        yield from ContainerDecoder(container, name).blocks()


def broken(name: str, error: Exception) -> DamagedFile:
    detail = getattr(error, "strerror", None) or str(error)
    return DamagedFile(name=name, detail=f"it can't be decoded as sound ({str(detail).rstrip('.').lower()})")


class ContainerDecoder:
    """One pass over an open container, forwards only. See audio.py for what time stamps teach."""

    def __init__(self, container: InputContainer, name: str) -> None:
        self._container = container
        self._name = name
        self._track = _sound_track(container, name)
        self._written = 0  # samples: the clock
        self._origin_s: float | None = None  # time stamp of sample 0
        self._resampler: AudioResampler | None = None
        self._input: tuple[Any, ...] | None = None
        self._gain = np.float32(1.0)
        self._failed = 0

    def blocks(self) -> Iterator[Samples | Silence]:
        for frame in self._frames():
            for block in self._take(frame):
                self._written += block.count if isinstance(block, Silence) else len(block)
                yield block
        yield from self._flush()

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._track)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as error:
                if self._written:
                    return  # broken off: what came before it counts
                raise broken(self._name, error) from error
            try:
                yield from (frame for frame in packet.decode() if isinstance(frame, AudioFrame))
                self._failed = 0
            except (av.error.FFmpegError, ValueError) as error:
                self._failed += 1
                if self._failed > MAX_FAILED_PACKETS:
                    raise broken(self._name, error) from error

    def _take(self, frame: AudioFrame) -> Iterator[Samples | Silence]:
        kind = (frame.format.name, frame.layout.name, len(frame.layout.channels), frame.sample_rate)
        late = self._late_samples(frame)
        if kind != self._input or late or self._resampler is None:
            yield from self._flush()
            late = self._late_samples(frame)  # what was flushed counts
            self._input = kind
            self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        if late > 0:
            yield Silence(late)
        frame.pts = None
        mono, self._gain = mixable(frame)
        skip = max(0, -late)
        for part in self._resampler.resample(mono):
            block = clean(flat(part) * self._gain)
            yield block[skip:]
            skip = max(0, skip - len(block))

    def _late_samples(self, frame: AudioFrame) -> int:
        """Samples of silence to put before the frame; negative: samples to drop; 0 within tolerance."""
        if frame.pts is None or frame.time_base is None:
            return 0
        stamp_s = float(frame.pts * frame.time_base)
        if self._origin_s is None:
            self._origin_s = stamp_s
        late = round((stamp_s - self._origin_s) * SAMPLE_RATE) - self._written
        if abs(late) <= CLOCK_TOLERANCE_MS * SAMPLE_RATE // 1000:
            return 0
        if not -MAX_OVERLAP_MS <= late * 1000 // SAMPLE_RATE <= MAX_GAP_MS:
            self._origin_s = stamp_s - self._written / SAMPLE_RATE  # the stamps were reset: go on from here
            return 0
        return late

    def _flush(self) -> Iterator[Samples]:
        if self._resampler is not None:
            for part in self._resampler.resample(None):
                yield clean(flat(part) * self._gain)
        self._resampler = None


def _sound_track(container: InputContainer, name: str) -> AudioStream:
    tracks = container.streams.audio
    if not tracks:
        raise NoAudio(name=name, detail="there is no sound track in it")
    best = container.streams.best("audio")
    track = best if isinstance(best, AudioStream) else tracks[0]
    if track.codec_context is None:
        raise NoAudio(name=name, detail="its sound is in a form that is not known or is protected")
    rate = track.codec_context.sample_rate
    if rate and rate not in PLAUSIBLE_RATES:
        raise DamagedFile(name=name, detail=f"it states {rate} samples per second")
    return track
