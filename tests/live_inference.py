"""An inference core without models for live sessions: words are tones, and whoever listens finds them in the sound.

Every word of a text is a tone of its own pitch, so what is heard depends on nothing but the samples that arrived. It
works in a thread of its own, as the real one does, and can be slow, fail, or be stopped.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from langsupport.domain.confidence import GENERAL, Calibration
from langsupport.domain.speech import SAMPLE_RATE, Utterance, Word
from langsupport.engines.protocols import Hearing, HearingRequest, Lane, Translation, TranslationRequest
from langsupport.engines.tickets import QueuedTicket
from langsupport.errors import EngineFailure, LangsupportError, ModelMissing
from scripted_speech import LoudnessVoice

WORD_MS = 240
GAP_MS = 60
SAYING_MS = WORD_MS + GAP_MS
FIRST_HZ, STEP_HZ = 400, 8
MOST_WORDS = 800
Samples = NDArray[np.float32]


def say(numbers: Sequence[int], rate: int = SAMPLE_RATE) -> Samples:
    """The words with these numbers, 300 ms each."""
    parts = []
    for number in numbers:
        at = np.arange(rate * WORD_MS // 1000) / rate
        tone = 0.5 * np.sin(2 * np.pi * (FIRST_HZ + STEP_HZ * (number % MOST_WORDS)) * at)
        parts += [tone, np.zeros(rate * GAP_MS // 1000)]
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, dtype=np.float32)


def silence(ms: int, rate: int = SAMPLE_RATE) -> Samples:
    return np.zeros(rate * ms // 1000, dtype=np.float32)


def words_in(samples: Samples) -> list[tuple[int, int, int]]:
    """(number, start ms, end ms) of the words that are whole; one that a cut shortened counts from two thirds on."""
    step = SAMPLE_RATE // 100
    loud = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).mean(axis=1) > 0.1
    found, begin = [], None
    for place, on in enumerate([*loud, False]):
        if on and begin is None:
            begin = place
        elif not on and begin is not None:
            if (place - begin) * 10 >= WORD_MS * 2 // 3:
                piece = samples[begin * step : place * step]
                spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 16))
                pitch = int(np.argmax(spectrum)) * SAMPLE_RATE / (1 << 16)
                found.append((round((pitch - FIRST_HZ) / STEP_HZ), begin * 10, place * 10))
            begin = None
    return found


def hear(request: HearingRequest, told: str = "en") -> Hearing:
    """`told`: the language that is told from the sound where none is believed yet."""
    start = request.window.start_ms
    words = tuple(Word(start + a, start + b, f" w{number}") for number, a, b in words_in(request.window.samples))
    language = request.language or told
    probabilities = {code: 0.95 if code == language else 0.01 for code in request.candidates} if request.detect else {}
    if not words:
        return Hearing((), language, probabilities)
    text = "".join(word.text for word in words).strip()
    utterance = Utterance(words[0].start_ms, words[-1].end_ms, text, language, words, -0.2, 0.01, 1.2, len(words))
    return Hearing((utterance,), language, probabilities)


class LiveInference:
    """Implements what live sessions need of protocols.Inference. Thread-safe."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.failures: deque[LangsupportError] = deque()  # of the next hearings
        self.translation_failures: deque[LangsupportError] = deque()
        self.missing = False
        self.told = "en"  # from the sound, where no language is believed yet
        self.unserved: set[str] = set()  # targets
        self.heard: list[tuple[bool, int, int]] = []  # final, start ms, samples
        self.translated: list[tuple[Lane, TranslationRequest]] = []
        self.held = threading.Event()
        self.held.set()
        self._queue: deque[Callable[[], None]] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def listen(
        self, fetch: Callable[[], HearingRequest | None], *, language: str | None, final: bool, deadline: float
    ) -> QueuedTicket[Hearing | None]:
        if self.missing:
            raise ModelMissing(model="whisper-base", detail="No speech model is installed.")
        ticket: QueuedTicket[Hearing | None] = QueuedTicket(1, lambda _: None)

        def work() -> None:
            request = None if ticket.closed else fetch()
            if request is None:
                ticket.put(0, None)
                return
            time.sleep(self.delay_s)
            self.heard.append((final, request.window.start_ms, len(request.window.samples)))
            if self.failures:
                ticket.fail(self.failures.popleft())
            else:
                ticket.put(0, hear(request, self.told))

        self._put(work)
        return ticket

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> QueuedTicket[Translation]:
        ticket: QueuedTicket[Translation] = QueuedTicket(len(requests), lambda _: None)

        def work() -> None:
            if self.translation_failures:
                ticket.fail(self.translation_failures.popleft())
            for place, request in enumerate(requests):
                self.translated.append((lane, request))
                words = [f"{request.target}-{word}" for word in request.text.split()]
                ticket.put(place, Translation(" ".join(words), "tones"))

        self._put(work)
        return ticket

    def serves(self, source: str, target: str) -> str | None:
        return None if target in self.unserved else "tones"

    def voice(self) -> LoudnessVoice:
        return LoudnessVoice()

    def matrix(self) -> list[Any]:
        return []

    def fail_next(self, count: int) -> None:
        self.failures.extend(EngineFailure(model="tones", detail="it broke") for _ in range(count))

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        return GENERAL

    def close(self) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()
        self.held.set()
        self._thread.join()

    def _put(self, work: Callable[[], None]) -> None:
        with self._news:
            self._queue.append(work)
            self._news.notify_all()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._queue or self._closing)
                if self._closing:
                    return
                work = self._queue.popleft()
            self.held.wait()
            work()
