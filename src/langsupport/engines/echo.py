"""A deterministic translator without weights: for protocol tests, rehearsals and the kill test.

It tags a text with its target language and keeps every word: `[fr] Hello`; behind a prefix that it would not have
said itself come the words that are beyond as many. Being honest, it passes the same
contract suite as the real engines; its manifest (family `echo`) may set `seconds_per_token` to take time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from langsupport.domain.languages import LANGUAGES
from langsupport.engines.options import EngineSettings
from langsupport.engines.protocols import AlignedSpan, Translation, TranslationRequest, Unfinished
from langsupport.errors import EngineFailure, ModelDamaged

SLICE_S = 0.02
"""How often an interrupt is looked at while time passes."""


class EchoTranslator:
    """See the module. Raises ModelDamaged if the folder has no readable manifest.json."""

    def __init__(self, path: Path, model: str, settings: EngineSettings | None = None) -> None:
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            self._seconds_per_token = float(manifest.get("seconds_per_token", 0.0))
        except (OSError, ValueError) as error:
            raise ModelDamaged(model=model, detail=f"manifest.json can't be read ({error})") from error
        self._model = model
        self._closed = False

    @property
    def model(self) -> str:
        return self._model

    def cost(self, request: TranslationRequest) -> int:
        return max(1, len(request.text.split()))

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        done = self.translate_until(requests, [None] * len(requests), lambda: False)
        return [result for result in done if isinstance(result, Translation)]

    def translate_until(
        self,
        requests: Sequence[TranslationRequest],
        states: Sequence[Unfinished | None],
        interrupt: Callable[[], bool],
    ) -> list[Translation | Unfinished]:
        if self._closed:
            raise EngineFailure(model=self._model, detail="it was closed")
        results: list[Translation | Unfinished] = []
        for request, state in zip(requests, states, strict=True):
            left = state.state if state else None
            seconds = left if isinstance(left, float) else self.cost(request) * self._seconds_per_token
            seconds = self._pass_time(seconds, interrupt)
            results.append(Unfinished(seconds) if seconds > 0 else self._echo(request))
        return results

    def close(self) -> None:
        self._closed = True

    def _pass_time(self, seconds: float, interrupt: Callable[[], bool]) -> float:
        while seconds > 0 and not interrupt():
            time.sleep(min(seconds, SLICE_S))
            seconds -= SLICE_S
        return max(seconds, 0.0)

    def _echo(self, request: TranslationRequest) -> Translation:
        if not request.text.strip():
            return Translation(request.prefix, self._model, 0.0)
        tag = f"[{LANGUAGES[request.target].code}] "
        text, spans = tag + request.text, None
        if not text.startswith(request.prefix):
            words = [request.prefix.rstrip(), *text.split()[len(request.prefix.split()) :]]
            return Translation(request.prefix + " ".join(words)[len(words[0]) :], self._model, 0.0)
        if request.want_alignment:
            spans = _word_spans(request.text, len(tag))
        return Translation(text, self._model, 0.0, spans)


def _word_spans(text: str, shift: int) -> tuple[AlignedSpan, ...]:
    spans, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        spans.append(AlignedSpan(start, at, start + shift, at + shift))
    return tuple(spans)
