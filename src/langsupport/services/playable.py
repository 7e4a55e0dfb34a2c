"""A copy of a recording's sound for the player, where browsers can't play the file itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av

from langsupport.captioning import audio
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import NoAudio

PLAYABLE = frozenset(
    {
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "video/mp4",
        "video/ogg",
        "video/webm",
    }
)
"""Media types that the browsers of today play."""

MEDIA_TYPE = "audio/webm"
EXTENSION = ".webm"
_BIT_RATE = 32_000
"""Opus at 32 kbit/s mono: speech without audible loss, 14 MB an hour."""
_QUICK = {"compression_level": "3"}
"""A third of the time that the encoder's own choice takes, and no difference that one hears in speech."""
_BLOCK_SAMPLES = SAMPLE_RATE * 10


def extract(source: Path, name: str, target: Path) -> None:
    """Write the sound of `source` as Opus in WebM, on the same clock as the captions.

    Raises what captioning.audio.decode raises; NoAudio where the sound can't be encoded.
    """
    with audio.decode(source, name) as recording:
        try:
            samples = recording.samples
            blocks = (samples[at : at + _BLOCK_SAMPLES] for at in range(0, len(samples), _BLOCK_SAMPLES))
            encode(blocks, target)
        except av.error.FFmpegError as error:
            raise NoAudio(name=name, detail=f"no copy for the player could be made ({error.strerror})") from error


def encode(blocks: Iterable[audio.Samples], target: Path) -> None:
    """Write sound that comes in blocks (mono, 16 kHz) as Opus in WebM. Raises av.error.FFmpegError, OSError."""
    with av.open(target, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", bit_rate=_BIT_RATE, options=_QUICK)
        start = 0
        for block in blocks:
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="fltp", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            frame.pts = start
            container.mux(stream.encode(frame))
            start += len(block)
        container.mux(stream.encode(None))
