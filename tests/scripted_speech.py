"""A speaker and a recognizer made of a script: sound is loud where somebody speaks, and the recognizer hears the words
that lie in its window, the last one half heard where the window cuts it. Honest, deterministic, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines.protocols import Hearing, HearingRequest

FRAME = 512


def say(text: str, start_ms: int, word_ms: int = 300, language: str = "en") -> list[Word]:
    """The words one after the other, each `word_ms` long; Chinese by characters."""
    parts = list(text) if language == "zh" else [f" {word}" for word in text.split()]
    return [Word(start_ms + n * word_ms, start_ms + (n + 1) * word_ms, part, 0.9) for n, part in enumerate(parts)]


def sound(words: Sequence[Word], duration_ms: int) -> NDArray[np.float32]:
    """Loud where a word is said."""
    samples = np.zeros(duration_ms * SAMPLE_RATE // 1000, dtype=np.float32)
    for word in words:
        samples[word.start_ms * SAMPLE_RATE // 1000 : word.end_ms * SAMPLE_RATE // 1000] = 0.5
    return samples


class LoudnessVoice:
    """Implements VoiceStream: a voice is what is loud."""

    def feed(self, samples: NDArray[np.float32]) -> list[float]:
        missing = -len(samples) % FRAME
        frames = np.pad(samples, (0, missing)).reshape(-1, FRAME)
        return [0.95 if float(np.abs(frame).mean()) > 0.1 else 0.02 for frame in frames]


@dataclass
class ScriptedRecognizer:
    """`spoken` is (words, language) of the whole recording. `unsure` words at a window's end come out otherwise."""

    spoken: Sequence[tuple[Sequence[Word], str]]
    unsure: int = 1
    windows: list[HearingRequest] = field(default_factory=list)

    @property
    def model(self) -> str:
        return "scripted"

    def listen(self, requests: Sequence[HearingRequest]) -> list[Hearing]:
        return [self._hear(request) for request in requests]

    def _hear(self, request: HearingRequest) -> Hearing:
        self.windows.append(request)
        start = request.window.start_ms
        end = start + len(request.window.samples) * 1000 // SAMPLE_RATE
        heard: list[Word] = []
        time_in: dict[str, int] = {}
        for words, language in self.spoken:
            inside = [word for word in words if word.start_ms >= start - 60 and word.start_ms + 40 < end]
            time_in[language] = time_in.get(language, 0) + sum(word.end_ms - word.start_ms for word in inside)
            heard += inside
        likely = max(time_in, key=lambda code: time_in[code])
        total = sum(time_in.values())
        shares = {code: time_in.get(code, 0) / total if total else 1 / 6 for code in request.candidates}
        language = request.language or likely
        cut = [n for n, word in enumerate(heard) if word.end_ms > end - 100][: self.unsure]
        words = tuple(
            Word(
                w.start_ms, min(w.end_ms, end), w.text + "zz" if n in cut and w.end_ms > end else w.text, w.probability
            )
            for n, w in enumerate(heard)
        )
        if request.language and request.language != likely:  # in the wrong language nothing good comes out
            words = tuple(Word(w.start_ms, w.end_ms, f" wrong{w.start_ms}", 0.3) for w in words)
        if not words:
            return Hearing((), language, shares if request.detect else {})
        text = "".join(word.text for word in words).strip()
        utterance = Utterance(words[0].start_ms, words[-1].end_ms, text, language, words, -0.2, 0.01, 1.2, len(words))
        return Hearing((utterance,), language, shares if request.detect else {})
