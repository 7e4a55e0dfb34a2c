"""Instruction-following language models as translators, on CTranslate2.

The static prompt of a direction (instruction and examples) is computed once and cached by the generator. A batch is
decoded greedily with an eye on every row: one that loops or outgrows its source is stopped at once, so that it does
not hold up its neighbours; when something more urgent waits, all rows stop and go on later where they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ctranslate2
from tokenizers import Tokenizer

from langsupport.domain.languages import LANGUAGES
from langsupport.engines import guards
from langsupport.engines.options import EngineSettings
from langsupport.engines.pieces import covered, cut_text, joined
from langsupport.engines.prompts import CHAT_FORMATS, requirements, static_prompt, without_echo
from langsupport.engines.protocols import Translation, TranslationRequest, Unfinished
from langsupport.errors import EngineFailure, LangsupportError, ModelDamaged

MAX_SOURCE_TOKENS = 384
"""A longer text is cut at clause boundaries: small models drift on long inputs."""

OUTPUT_RATIO = 3.0
OUTPUT_EXTRA = 24
"""A row may grow to so many times its source plus so many tokens; Arabic takes most, about 2.2 times."""

LOOP_LOOK = 8
"""Tokens between two looks for a loop."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Settings of one try; the second differs enough to leave the track of the first."""

    instruction: int
    repetition_penalty: float


ATTEMPTS = (Attempt(instruction=0, repetition_penalty=1.0), Attempt(instruction=1, repetition_penalty=1.1))


@dataclass(slots=True)
class _Piece:
    """One text on its way: which try it is on, what that try has generated, the best finished try so far."""

    request: TranslationRequest
    attempt: int = 0
    tokens: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    log_probability: float = 0.0
    best: Translation | None = None

    @property
    def done(self) -> bool:
        return self.best is not None and (self.attempt == len(ATTEMPTS) or not (self.best.problems or self.lost))

    @property
    def lost(self) -> list[str]:
        """Protected strings that the best try did not bring back."""
        return guards.lost(self.request.protected, self.best.text) if self.best else []


@dataclass(slots=True)
class _Passage:
    """A request as its pieces: one, unless it is very long. `head` is a prefix that covers the pieces before them."""

    pieces: list[_Piece]
    head: str = ""


class CausalTranslator:
    """A CTranslate2 generator with `tokenizer.json` and `manifest.json` beside it.

    Raises:
        ModelDamaged: a file is missing or not as it must be.
    """

    def __init__(self, path: Path, model: str, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self._model = model
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            self._chat = CHAT_FORMATS[manifest.get("chat", "chatml")]
            self._style = str(manifest.get("prompt", "chat"))
            self._tokenizer: Any = Tokenizer.from_file(str(path / "tokenizer.json"))
            self._generator: Any = ctranslate2.Generator(  # type: ignore[attr-defined]
                str(path),
                device=settings.device_kind,
                device_index=settings.device_index,
                compute_type=settings.compute_type,
                intra_threads=settings.threads,
            )
        except Exception as error:  # tokenizers and CTranslate2 raise bare Exception and RuntimeError
            raise ModelDamaged(model=model, detail=f"{path.name} can't be opened ({error})") from error
        self._tokenizer.encode_special_tokens = True  # a text that spells out a control token is just text
        self._answer = self._template(self._chat.turn_end + self._chat.opening("assistant"))
        self._static: dict[tuple[str, str, int], list[str]] = {}

    @property
    def model(self) -> str:
        return self._model

    def cost(self, request: TranslationRequest) -> int:
        return self._length(request.text)

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        done = self.translate_until(requests, [None] * len(requests), lambda: False)
        return [result for result in done if isinstance(result, Translation)]

    def translate_until(
        self,
        requests: Sequence[TranslationRequest],
        states: Sequence[Unfinished | None],
        interrupt: Callable[[], bool],
    ) -> list[Translation | Unfinished]:
        try:
            passages = [
                state.state if state is not None and isinstance(state.state, _Passage) else self._begin(request)
                for request, state in zip(requests, states, strict=True)
            ]
            pieces = [piece for passage in passages for piece in passage.pieces]
            for number, attempt in enumerate(ATTEMPTS):
                open_pieces = [piece for piece in pieces if piece.attempt == number and not piece.done]
                if open_pieces and not interrupt():
                    self._decode(open_pieces, attempt, interrupt)
            return [self._result(passage) for passage in passages]
        except LangsupportError:
            raise
        except Exception as error:
            raise EngineFailure(model=self._model, detail=f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        self._generator.unload_model()

    def _length(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _begin(self, request: TranslationRequest) -> _Passage:
        spans = cut_text(request.text.strip(), lambda text: self._length(text) <= MAX_SOURCE_TOKENS)
        text = request.text.strip()
        texts = [text[start:end] for start, end in spans if start < end]
        done = covered(request.prefix, texts) if request.prefix else 0
        first = "" if done else request.prefix
        pieces = [_Piece(replace(request, text=t, prefix="" if n else first)) for n, t in enumerate(texts[done:])]
        return _Passage(pieces, request.prefix if done or not pieces else "")

    def _result(self, passage: _Passage) -> Translation | Unfinished:
        bests = [piece.best for piece in passage.pieces if piece.done and piece.best is not None]
        if len(bests) < len(passage.pieces):
            return Unfinished(passage)
        if not bests:
            return Translation(passage.head, self._model, 0.0)
        if len(bests) == 1 and not passage.head:
            return bests[0]
        space = LANGUAGES[passage.pieces[0].request.target].sentence_space
        text, _ = joined([best.text for best in bests], space)
        if passage.head:
            text = passage.head + ("" if passage.head[-1].isspace() else space) + text
        scores = [best.score for best in bests if best.score is not None]
        problems = tuple(dict.fromkeys(problem for best in bests for problem in best.problems))
        return Translation(text, self._model, sum(scores) / len(scores) if scores else None, None, problems)

    def _template(self, text: str) -> list[str]:
        """Tokens of a template of ours, control tokens as such."""
        tokens: list[str] = []
        for part in self._chat.split(text):
            tokens += [part] if self._chat.is_control(part) else self._plain(part)
        return tokens

    def _plain(self, text: str) -> list[str]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def _static_prompt(self, source: str, target: str, instruction: int) -> list[str]:
        key = (source, target, instruction)
        if key not in self._static:
            self._static[key] = self._template(static_prompt(self._chat, source, target, instruction, self._style))
        return self._static[key]

    def _decode(self, pieces: list[_Piece], attempt: Attempt, interrupt: Callable[[], bool]) -> None:
        """One pass of the generator: finished pieces get their result, interrupted ones keep their tokens."""
        first = pieces[0].request
        texts = [self._plain(requirements(p.request, p.attempt) + p.request.text) for p in pieces]
        watch = _Watch(pieces, [_limit(text) for text in texts], self._chat.stop, interrupt)
        prompts = [
            text + self._answer + self._plain(piece.request.prefix.rstrip()) + piece.tokens
            for text, piece in zip(texts, pieces, strict=True)
        ]
        self._generator.generate_batch(
            prompts,
            static_prompt=self._static_prompt(first.source, first.target, attempt.instruction),
            cache_static_prompt=True,
            include_prompt_in_result=False,
            repetition_penalty=attempt.repetition_penalty,
            end_token=list(self._chat.stop),
            max_length=max(watch.limits),
            sampling_topk=1,
            return_scores=True,
            callback=watch,
        )
        for index, piece in enumerate(pieces):
            if not watch.interrupted[index]:
                self._finish(piece, watch.ends[index])

    def _finish(self, piece: _Piece, end: str) -> None:
        """Judge a finished try; keep the better one; start over if it is not good and a try is left."""
        request = piece.request
        said = without_echo(self._tokenizer.decode(piece.ids, skip_special_tokens=True), request, piece.attempt)
        text = guards.behind(request.prefix, said, request.text)
        found = guards.problems(request.text, text, request.source, request.target, request.prefix)
        if end and end not in found:
            found = (end, *found)
        score = piece.log_probability / max(1, len(piece.ids))
        made = Translation(text, self._model, score, None, found)
        if piece.best is None or _badness(made, request) < _badness(piece.best, request):
            piece.best = made
        piece.attempt += 1
        piece.tokens, piece.ids, piece.log_probability = [], [], 0.0


class _Watch:
    """Called by the generator for every token of every row: collects them and says when a row has to stop."""

    def __init__(
        self, pieces: list[_Piece], limits: list[int], stop: tuple[str, ...], interrupt: Callable[[], bool]
    ) -> None:
        self.limits = limits
        self.ends = [""] * len(pieces)
        self.interrupted = [False] * len(pieces)
        self._pieces = pieces
        self._stop = stop
        self._interrupt = interrupt

    def __call__(self, step: Any) -> bool:
        row, piece = step.batch_id, self._pieces[step.batch_id]
        if step.token in self._stop:
            return True
        piece.tokens.append(step.token)
        piece.ids.append(step.token_id)
        piece.log_probability += step.log_prob or 0.0
        if len(piece.ids) >= self.limits[row]:
            self.ends[row] = "truncated"
        elif len(piece.ids) % LOOP_LOOK == 0 and guards.looping(piece.ids):
            self.ends[row] = "loop"
        elif self._interrupt():
            self.interrupted[row] = True
        return bool(self.ends[row]) or self.interrupted[row]


def _limit(text: list[str]) -> int:
    return round(len(text) * OUTPUT_RATIO) + OUTPUT_EXTRA


def _badness(translation: Translation, request: TranslationRequest) -> tuple[bool, int, float]:
    """Lower is better."""
    wrong = len(translation.problems) + len(guards.lost(request.protected, translation.text))
    return "empty" in translation.problems, wrong, -(translation.score or 0.0)
