"""Speech: words, utterances, cues. Times are whole milliseconds on the sample clock of the recording."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown. `lines` are already broken for display; `id` is stable across languages and revisions."""

    id: str
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    revision: int = 1

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One language's captions of one recording."""

    language: str
    duration_ms: int
    cues: tuple[Cue, ...]
    utterances: tuple[Utterance, ...] = ()  # only in the language that was spoken
    machine_translated: bool = False
    findings: tuple[Finding, ...] = field(default_factory=tuple)
