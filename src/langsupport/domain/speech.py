"""Speech: words, utterances, cues. Times are whole milliseconds on the sample clock of the recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from langsupport.domain.findings import Finding

SAMPLE_RATE = 16_000
"""Hz. All audio inside the product is mono float32 in [-1, 1] at this rate."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text` carries its leading space where the language writes one, as Whisper gives it."""

    start_ms: int
    end_ms: int
    text: str
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of recognized speech in one language."""

    start_ms: int
    end_ms: int
    text: str
    language: str
    words: tuple[Word, ...] = ()
    log_probability: float = 0.0  # mean over tokens
    no_speech_probability: float = 0.0
    compression_ratio: float = 1.0
    tokens: int = 0  # that the recognizer needed; 0 where it does not tell


class Provenance(StrEnum):
    """How a shown text arose."""

    HEARD = "heard"  # recognized by machine
    TRANSLATED = "translated"  # by machine
    CORRECTED = "corrected"  # a person wrote or changed it
    OFF_RECORD = "off-record"  # stands where a stretch was deleted


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown. `lines` are already broken for display; `id` is stable across languages and revisions.

    `language` None: the transcript's own. `speaker` and `item` (of the agenda) are empty where nobody said them.
    `sources` are the live cues that it shows, in order; empty for a recording.
    """

    id: str
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    revision: int = 1
    language: str | None = None
    speaker: str = ""
    item: str = ""
    provenance: Provenance = Provenance.HEARD
    sources: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down at a moment of a meeting."""

    at_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a transcript is of. `languages` are those that were spoken, the most spoken first."""

    title: str
    code: str = ""
    held_on: date | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """One language's captions of one recording or live session; the floor's may hold several languages.

    `meeting` None: a recording, of which nothing more is known.
    """

    language: str
    duration_ms: int
    cues: tuple[Cue, ...]
    utterances: tuple[Utterance, ...] = ()  # only in the language that was spoken
    machine_translated: bool = False
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    meeting: Meeting | None = None
    notes: tuple[Note, ...] = ()
