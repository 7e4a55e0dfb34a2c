"""A second hearing that the test states. The sound tells when it is: its level at second n is (n + 1) / 1000."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from langsupport.captioning.cues import spread
from langsupport.domain.speech import Utterance, Word
from langsupport.engines.protocols import AudioWindow, Lane, RecognitionOptions, SpeechSpan
from langsupport.errors import Cancelled

RATE = 16_000


def clock_sound(seconds: int) -> np.ndarray:
    return np.repeat((np.arange(seconds, dtype=np.float32) + 1) / 1000, RATE)


def second_of(samples: np.ndarray) -> int:
    """When samples begin."""
    for offset in range(0, len(samples), RATE // 10):
        if samples[offset]:
            return round(float(samples[offset]) * 1000) - 1 - offset // RATE
    return -1


@dataclass(frozen=True)
class Said:
    """`text` is said from second `at` to `at + 3`."""

    at: int
    text: str
    language: str = "en"


class Answer:
    def __init__(self, make: Callable[[], Any], gate: threading.Event) -> None:
        self._make, self._gate, self._cancelled = make, gate, False

    done = True

    def results(self) -> Any:
        yield 0, self.wait()[0]

    def wait(self) -> list[Any]:
        while not self._gate.wait(0.01):
            if self._cancelled:
                raise Cancelled
        return [self._make()]

    def cancel(self) -> None:
        self._cancelled = True


@dataclass
class SecondHearing:
    """The real core for texts; of sound, what `script` says."""

    core: Any
    script: list[Said]
    gate: threading.Event = field(default_factory=threading.Event)
    heard: list[tuple[int, RecognitionOptions]] = field(default_factory=list)
    on_hearing: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self.gate.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.core, name)

    def _inside(self, samples: np.ndarray) -> list[tuple[int, Said]]:
        """(milliseconds from the first sample, what is said) of all that begins in these samples."""
        begin, seconds = second_of(samples), len(samples) / RATE
        return [((one.at - begin) * 1000, one) for one in self.script if begin <= one.at < begin + seconds]

    def speech(self, samples: np.ndarray) -> list[SpeechSpan]:
        return [SpeechSpan(at, at + 3_000) for at, _ in self._inside(samples)]

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Answer:
        found = [one.language for _, one in self._inside(window.samples)]
        return Answer(lambda: (found[0] if found else "en", 0.99), self.gate)

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Answer:
        assert lane is Lane.BATCH and options.beam_size == 5

        def make() -> list[Utterance]:
            self.heard.append((second_of(window.samples), options))
            self.on_hearing(second_of(window.samples))
            return [
                _utterance(one, window.start_ms + at)
                for at, one in self._inside(window.samples)
                if options.language in (None, one.language)
            ]

        return Answer(make, self.gate)


def _utterance(said: Said, start_ms: int) -> Utterance:
    words = spread(said.text, said.language, start_ms, start_ms + 3_000)
    timed = tuple(
        Word(w.start_ms, w.end_ms, w.text if said.language == "zh" else f" {w.text.strip()}", 0.9) for w in words
    )
    return Utterance(start_ms, start_ms + 3_000, said.text, said.language, timed, -0.1, 0.01, 1.2)
