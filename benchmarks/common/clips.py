"""The recordings of the test data: speech with a reference, and noise without a voice."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPEECH_IN_NOISE = frozenset(
    {
        "aeneas_vad_nsn.wav",
        "aeneas_vad_sns.wav",
        "azure_initialSilence5s.flac",
        "google_silence_padding.wav",
        "webrtcvad_leak-test.wav",  # a man reads Russian
    }
)
"""Files of the noise folder in which somebody does speak."""
SINGING = frozenset({"librosa_song_vocals.ogg"})


@dataclass(frozen=True)
class Clip:
    """`seconds` as the manifest tells; `made` is a machine's voice reading a known text."""

    path: Path
    language: str
    reference: str
    seconds: float = 0.0
    made: bool = False


def clips(data: Path, language: str, *, made: bool = False) -> Iterator[Clip]:
    """Real speech with a reference that a person wrote or that was read aloud; with `made`, machines' voices too."""
    with (data / "speech" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = data / "speech" / row["file"]
            told = re.search(r"ref=(human|script)", row["what"])
            kind = re.search(r"(real|tts) speech", row["what"])
            plain = path.with_name(path.name + ".nodiac.txt")
            text = plain if plain.is_file() else path.with_name(path.name + ".txt")
            if not (row["file"].startswith(f"{language}/") and told and kind and text.is_file()):
                continue
            if kind[1] == "real" or made:
                length = re.match(r"([\d.]+) s\.", row["what"])
                seconds = float(length[1]) if length else 0.0
                yield Clip(path, language, text.read_text(encoding="utf-8"), seconds, kind[1] == "tts")


def noises(data: Path) -> list[Path]:
    """Files without a voice: noise, music, animals, silence. Without the song."""
    without = SPEECH_IN_NOISE | SINGING
    return [p for p in sorted((data / "noise").iterdir()) if p.suffix != ".tsv" and p.name not in without]
