"""Sound files in: whatever PyAV decodes becomes mono float32 samples at 16 kHz.

The sample counter is the only clock. A track that starts late begins with silence, a gap in the
time stamps becomes silence, and nothing after it shifts. Samples go through an unnamed temporary
file that is mapped into memory, so that a long recording does not have to fit in memory.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import (
    DamagedFile,
    DiskFull,
    EmptyInput,
    InputTooLarge,
    NoAudio,
    UnsupportedFormat,
)

Samples = NDArray[np.float32]

MAX_DURATION_MS = 12 * 3600 * 1000
MAX_DECODED_BYTES = MAX_DURATION_MS // 1000 * SAMPLE_RATE * 4
"""What one recording may need as float32 on disk: 2.8 GB for twelve hours."""
MAX_GAP_MS = 3600 * 1000
"""A jump of the time stamps beyond this is an error of the file, not a pause."""
CLOCK_TOLERANCE_MS = 100
"""Time stamps and sample counter may differ by this much before the counter is corrected."""
MAX_OVERLAP_MS = 2000
"""Time stamps that fall behind by more than this were reset; less is an overlap and is dropped."""
PLAUSIBLE_RATES = range(4_000, 768_001)
MAX_FAILED_SHARE = 0.5
"""With more undecodable packets than this the file counts as damaged, not as partly damaged."""
_TRUNCATED_MS = 1000
_BLOCK_SAMPLES = SAMPLE_RATE * 10

AUDIO_FORMATS: dict[str, tuple[str, ...]] = {
    "aac": (".aac", ".adts"),
    "ac3": (".ac3",),
    "aiff": (".aiff", ".aif", ".aifc"),
    "amr": (".amr",),
    "ape": (".ape",),
    "asf": (".wma", ".wmv", ".asf"),
    "au": (".au", ".snd"),
    "avi": (".avi",),
    "caf": (".caf",),
    "dts": (".dts",),
    "eac3": (".eac3",),
    "flac": (".flac",),
    "flv": (".flv",),
    "matroska": (".mkv", ".mka", ".webm"),
    "mov": (".mp4", ".m4a", ".m4b", ".m4v", ".mov", ".3gp", ".3g2"),
    "mp3": (".mp3", ".mp2"),
    "mpeg": (".mpg", ".mpeg", ".vob"),
    "mpegts": (".ts", ".mts", ".m2ts"),
    "mxf": (".mxf",),
    "ogg": (".ogg", ".oga", ".ogv", ".opus", ".spx"),
    "tta": (".tta",),
    "w64": (".w64",),
    "wav": (".wav", ".wave"),
    "wv": (".wv",),
}
"""FFmpeg's demuxers that are allowed, with usual extensions. Playlists are not among them: they
would make the decoder open other files and addresses. The content decides, not the extension."""

_EXACT_DURATION = frozenset({"wav", "flac", "mov", "matroska", "ogg", "aiff", "w64", "caf"})


@dataclass(slots=True)
class Recording:
    """Decoded sound: `samples` is mono float32 in [-1, 1] at 16 kHz, one dimension, read-only.

    A context manager: leaving it gives the disk space back, and `samples` must not be used any more.
    """

    samples: Samples
    findings: tuple[Finding, ...] = ()
    _file: IO[bytes] | None = field(default=None, repr=False)

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // SAMPLE_RATE

    def close(self) -> None:
        self.samples = np.zeros(0, dtype=np.float32)
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def decode(source: Path | BinaryIO, name: str) -> Recording:
    """Decode the sound of a file; `name` is only for messages and for telling damaged from unknown.

    Raises:
        EmptyInput: no bytes, or a sound track without samples.
        NoAudio: readable, but without a sound track (a silent video).
        DamagedFile: not decodable though its extension is one of AUDIO_FORMATS.
        UnsupportedFormat: not decodable and of no known extension.
        InputTooLarge: longer than MAX_DURATION_MS.
        DiskFull: the temporary file does not fit.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return _decode_stream(stream, name)
    return _decode_stream(source, name)


def _decode_stream(stream: BinaryIO, name: str) -> Recording:
    if not stream.read(1):
        raise EmptyInput(name=name)
    stream.seek(0)
    try:
        container = av.open(
            stream,
            mode="r",
            metadata_errors="ignore",
            options={"format_whitelist": ",".join(AUDIO_FORMATS), "protocol_whitelist": ""},
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise _unreadable(name, error) from error
    with container:
        return _Decoder(container, name).run()


def _unreadable(name: str, error: Exception) -> DamagedFile | UnsupportedFormat:
    known = {extension for extensions in AUDIO_FORMATS.values() for extension in extensions}
    if Path(name).suffix.lower() in known:
        detail = getattr(error, "strerror", None) or str(error)
        return DamagedFile(name=name, detail=f"no sound could be found in it ({detail.rstrip('.').lower()})")
    return UnsupportedFormat(name=name, supported=", ".join(sorted(e.lstrip(".") for e in known)))


class _Decoder:
    """One pass over one container."""

    def __init__(self, container: InputContainer, name: str) -> None:
        self._container = container
        self._name = name
        self._track = self._choose_track()
        self._written = 0  # samples: the clock
        self._origin_s: float | None = None  # time stamp that corresponds to sample 0
        self._resampler: AudioResampler | None = None
        self._input: tuple[Any, ...] | None = None
        self._gain = np.float32(1.0)
        self._packets = 0
        self._failed = 0
        self._first_failure_ms: int | None = None

    def run(self) -> Recording:
        self._check_declared()
        file = tempfile.TemporaryFile(prefix="langsupport-audio-")  # noqa: SIM115 - lives as long as the Recording
        try:
            for frame in self._frames():
                self._take(frame, file)
            self._flush(file)
            if self._written == 0:
                raise self._nothing()
            if self._failed > MAX_FAILED_SHARE * self._packets:
                raise DamagedFile(name=self._name, detail="most of its sound can't be decoded")
            file.flush()
            samples = np.memmap(file, dtype=np.float32, mode="r", shape=(self._written,))
            return Recording(samples, tuple(self._findings()), file)
        except OSError as error:
            file.close()
            raise self._disk_full(error) from error
        except BaseException:
            file.close()
            raise

    def _choose_track(self) -> AudioStream:
        tracks = self._container.streams.audio
        if not tracks:
            raise NoAudio(name=self._name, detail="there is no sound track in it")
        best = self._container.streams.best("audio")
        track = best if isinstance(best, AudioStream) else tracks[0]
        if track.codec_context is None:
            raise NoAudio(name=self._name, detail="its sound is in a form that is not known or is protected")
        rate = track.codec_context.sample_rate
        if rate and rate not in PLAUSIBLE_RATES:
            raise DamagedFile(name=self._name, detail=f"it states {rate} samples per second")
        track.codec_context.thread_type = "AUTO"
        return track

    def _check_declared(self) -> None:
        declared = self._declared_ms()
        if declared is not None and declared > MAX_DURATION_MS:
            raise self._too_long(declared)

    def _declared_ms(self) -> int | None:
        if self._track.duration is not None and self._track.time_base is not None:
            return int(self._track.duration * self._track.time_base * 1000)
        return self._container.duration // 1000 if self._container.duration else None

    def _too_long(self, duration_ms: int) -> InputTooLarge:
        return InputTooLarge(name=self._name, size=_hours(duration_ms), limit=_hours(MAX_DURATION_MS))

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._track)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                self._note_failure()
                return  # the container itself is broken here: what came before it counts
            self._packets += 1
            try:
                yield from (frame for frame in packet.decode() if isinstance(frame, AudioFrame))
            except (av.error.FFmpegError, ValueError):
                self._note_failure()

    def _note_failure(self) -> None:
        self._failed += 1
        if self._first_failure_ms is None:
            self._first_failure_ms = self._written * 1000 // SAMPLE_RATE

    def _take(self, frame: AudioFrame, file: IO[bytes]) -> None:
        kind = (frame.format.name, frame.layout.name, len(frame.layout.channels), frame.sample_rate)
        late = self._late_samples(frame)
        if kind != self._input or late:
            self._flush(file)
            self._input = kind
            self._resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            late = self._late_samples(frame)
        for start in range(0, late, _BLOCK_SAMPLES):
            self._write(np.zeros(min(_BLOCK_SAMPLES, late - start), dtype=np.float32), file)
        frame.pts = None
        assert self._resampler is not None
        mono, self._gain = mixable(frame)
        skip = max(0, -late)
        for part in self._resampler.resample(mono):
            block = flat(part) * self._gain
            self._write(block[skip:], file)
            skip = max(0, skip - len(block))

    def _late_samples(self, frame: AudioFrame) -> int:
        """Samples of silence to put before the frame; negative: samples to drop; 0 within tolerance."""
        if frame.pts is None or frame.time_base is None:
            return 0
        stamp_s = float(frame.pts * frame.time_base)
        if self._origin_s is None:
            start = self._container.start_time
            self._origin_s = min(stamp_s, start / av.time_base) if start is not None else stamp_s
        late = round((stamp_s - self._origin_s) * SAMPLE_RATE) - self._written
        if abs(late) <= CLOCK_TOLERANCE_MS * SAMPLE_RATE // 1000:
            return 0
        if not -MAX_OVERLAP_MS <= late * 1000 // SAMPLE_RATE <= MAX_GAP_MS:
            self._origin_s = stamp_s - self._written / SAMPLE_RATE  # the stamps were reset: go on from here
            return 0
        return late

    def _flush(self, file: IO[bytes]) -> None:
        if self._resampler is not None:
            for part in self._resampler.resample(None):
                self._write(flat(part) * self._gain, file)
        self._resampler = None

    def _write(self, block: Samples, file: IO[bytes]) -> None:
        self._written += len(block)
        if self._written * 4 > MAX_DECODED_BYTES:
            raise self._too_long(self._written * 1000 // SAMPLE_RATE)
        clean = np.nan_to_num(np.clip(block, -1.0, 1.0), copy=False)
        file.write(np.ascontiguousarray(clean, dtype=np.float32).tobytes())

    def _nothing(self) -> DamagedFile | EmptyInput:
        if self._failed:
            return DamagedFile(name=self._name, detail="none of its sound can be decoded")
        return EmptyInput(name=self._name)

    def _disk_full(self, error: OSError) -> DiskFull:
        folder = tempfile.gettempdir()
        needed = _megabytes((self._declared_ms() or 0) * SAMPLE_RATE * 4 // 1000)
        return DiskFull(path=folder, needed=needed, available=_megabytes(shutil.disk_usage(folder).free))

    def _findings(self) -> Iterator[Finding]:
        if len(self._container.streams.audio) > 1:
            count = len(self._container.streams.audio)
            yield Finding(
                "audio-tracks",
                Severity.INFO,
                "The file has {count} sound tracks; the main one was used.",
                {"count": count},
            )
        decoded_ms = self._written * 1000 // SAMPLE_RATE
        declared_ms = self._declared_ms() if _EXACT_DURATION & set(self._container.format.name.split(",")) else None
        if declared_ms is not None and declared_ms - decoded_ms > _TRUNCATED_MS:
            yield Finding(
                "audio-truncated",
                Severity.WARNING,
                "The file states {declared} s of sound and holds {decoded} s that can be decoded.",
                {"declared": round(declared_ms / 1000), "decoded": round(decoded_ms / 1000)},
            )
        elif self._first_failure_ms is not None and decoded_ms - self._first_failure_ms > _TRUNCATED_MS:
            yield Finding(
                "audio-damaged",
                Severity.WARNING,
                "Parts of the sound could not be decoded, the first at {at} s.",
                {"at": round(self._first_failure_ms / 1000)},
            )


def flat(frame: AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1)


def mixable(frame: AudioFrame) -> tuple[AudioFrame, np.float32]:
    """The frame as the resampler can mix it to one channel, and the gain that then keeps it within [-1, 1].

    FFmpeg adds two channels with 0.707 each; of more it knows the weights only if they have places (left, centre …).
    """
    channels = len(frame.layout.channels)
    if channels <= 2:
        return frame, np.float32(1.0 if channels == 1 else 0.5**0.5)
    if frame.layout.name.endswith("channels"):
        return _average(frame), np.float32(1.0)
    return frame, np.float32(0.3)


def _average(frame: AudioFrame) -> AudioFrame:
    """Many channels without places: their plain mean, as one channel."""
    planar = AudioResampler(format="fltp", layout=frame.layout.name, rate=frame.sample_rate).resample(frame)[0]
    mean = planar.to_ndarray().mean(axis=0, keepdims=True, dtype=np.float32)
    mono = AudioFrame.from_ndarray(np.ascontiguousarray(mean), format="fltp", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono


def _hours(duration_ms: int) -> str:
    return f"{duration_ms / 3_600_000:.1f} h"


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.0f} MB"
