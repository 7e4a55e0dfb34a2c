"""An honest inference core without models or threads: a plain function from text to text, for tests of logic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langsupport.domain.confidence import GENERAL, Calibration
from langsupport.engines.protocols import AlignedSpan, Lane, Translation, TranslationRequest

Translate = Callable[[TranslationRequest], Translation | str]


@dataclass
class ImmediateTicket:
    answers: list[Translation]

    def results(self) -> Iterator[tuple[int, Translation]]:
        return iter(enumerate(self.answers))

    def wait(self) -> list[Translation]:
        return self.answers

    def cancel(self) -> None:
        pass

    @property
    def done(self) -> bool:
        return True

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        callback()


@dataclass
class ImmediateInference:
    """Implements the translation half of protocols.Inference; keeps every request it saw."""

    function: Translate
    requests: list[TranslationRequest] = field(default_factory=list)

    def translate(
        self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf
    ) -> ImmediateTicket:
        self.requests += requests
        return ImmediateTicket([self._answer(request) for request in requests])

    def _answer(self, request: TranslationRequest) -> Translation:
        answer = self.function(request)
        return answer if isinstance(answer, Translation) else Translation(answer, model="immediate", score=-0.1)

    def serves(self, source: str, target: str) -> str | None:
        return "immediate"

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        return GENERAL

    def close(self) -> None:
        pass


def word_by_word(function: Callable[[str], str]) -> Translate:
    """Translate each word by a function, order kept, with the alignment that follows from it."""

    def translate(request: TranslationRequest) -> Translation:
        spans: list[AlignedSpan] = []
        target, place = "", 0
        for index, word in enumerate(request.text.split(" ")):
            if index:
                target += " "
                place += 1
            new = function(word)
            if word:
                spans.append(AlignedSpan(place, place + len(word), len(target), len(target) + len(new)))
            place += len(word)
            target += new
        return Translation(target, "words", -0.1, tuple(spans) if request.want_alignment else None)

    return translate
