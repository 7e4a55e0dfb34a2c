"""Sequence-to-sequence translation models on CTranslate2: OPUS-MT (Marian), M2M-100, NLLB-200, MADLAD-400, T5.

What differs between the families is one row of FAMILIES: where the languages are named, and by which tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ctranslate2
import sentencepiece

from langsupport.domain.languages import LANGUAGES
from langsupport.engines import guards
from langsupport.engines.alignment import align_words, piece_spans
from langsupport.engines.options import EngineSettings
from langsupport.engines.pieces import covered, cut_text, joined
from langsupport.engines.protocols import AlignedSpan, Translation, TranslationRequest
from langsupport.errors import EngineFailure, LangsupportError, ModelDamaged

END = "</s>"
SPACE = "▁"
"""How sentencepiece writes the space before a word."""
LEAST_POSITIONS = 16
OUTPUT_RATIO = 3
OUTPUT_EXTRA = 32
"""A translation may be so many times its source plus so many tokens long."""


@dataclass(frozen=True, slots=True)
class Family:
    """`source_prefix` and `target_prefix` are formatted with the codes of the languages, as in `{source}`; an empty one
    is left out. `codes` may list several spellings, of which the first that the model's vocabulary has is taken.
    A text longer than `max_tokens` is cut at clause boundaries: below the model's positions, where it is still good.
    """

    codes: Mapping[str, tuple[str, ...]]
    source_prefix: str = ""
    target_prefix: str = ""
    max_tokens: int = 256
    prefix_optional: bool = False
    prefix_in_text: bool = False  # the model learned it as the first word of the text


_MARIAN_CODES = {
    "ar": (">>ara<<", ">>arb<<", ">>ar<<"),
    "zh": (">>cmn_Hans<<", ">>zho_Hans<<", ">>cmn<<", ">>zho<<", ">>zh<<"),
    "en": (">>eng<<", ">>en<<"),
    "fr": (">>fra<<", ">>fr<<"),
    "ru": (">>rus<<", ">>ru<<"),
    "es": (">>spa<<", ">>es<<"),
}
_NLLB_CODES = {
    "ar": ("arb_Arab",),
    "zh": ("zho_Hans",),
    "en": ("eng_Latn",),
    "fr": ("fra_Latn",),
    "ru": ("rus_Cyrl",),
    "es": ("spa_Latn",),
}


def _plain_codes(pattern: str) -> dict[str, tuple[str, ...]]:
    return {code: (pattern.format(code),) for code in LANGUAGES}


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "marian": Family(_MARIAN_CODES, source_prefix="{target}", prefix_optional=True),
        "m2m100": Family(_plain_codes("__{}__"), source_prefix="{source}", target_prefix="{target}"),
        "compact": Family(_plain_codes("__{}__"), source_prefix="{target}", max_tokens=96),
        "nllb": Family(_NLLB_CODES, source_prefix="{source}", target_prefix="{target}"),
        "madlad": Family(_plain_codes("<2{}>"), source_prefix="{target}", max_tokens=192, prefix_in_text=True),
    }
)


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of one try; the second leaves the track of a loop."""

    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0


ATTEMPTS = (Decoding(), Decoding(repetition_penalty=1.2, no_repeat_ngram_size=4))


@dataclass(frozen=True, slots=True)
class _Passage:
    """A request in pieces. The first `covered` of `cuts` are translated by the request's prefix already."""

    request: TranslationRequest
    cuts: list[tuple[int, int]]
    covered: int = 0

    @property
    def pieces(self) -> list[TranslationRequest]:
        request = self.request
        texts = [request.text[start:end] for start, end in self.cuts[self.covered :]]
        first = "" if self.covered else request.prefix
        return [replace(request, text=text, prefix="" if n else first) for n, text in enumerate(texts)]


DERAILED = {"loop", "truncated"}
"""Problems that come from the length of a text, and go away with it."""


class Seq2SeqTranslator:
    """A CTranslate2 translator with its sentencepiece models and `manifest.json` beside it.

    Raises:
        ModelDamaged: a file is missing or not as it must be.
    """

    def __init__(self, path: Path, model: str, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self._model = model
        self._beam_size = settings.beam_size
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            config = json.loads((path / "config.json").read_text(encoding="utf-8"))
            self._family = FAMILIES[manifest["family"]]
            self._codes = {language: (code,) for language, code in manifest.get("codes", {}).items()}
            self._source = _sentencepiece(path, "source.spm")
            self._target = _sentencepiece(path, "target.spm")
            self._vocabulary = _vocabulary(path)
            self._translator: Any = ctranslate2.Translator(  # type: ignore[attr-defined]
                str(path),
                device=settings.device_kind,
                device_index=settings.device_index,
                compute_type=settings.compute_type,
                intra_threads=settings.threads,
            )
        except Exception as error:  # sentencepiece and CTranslate2 raise RuntimeError, OSError, ValueError
            raise ModelDamaged(model=model, detail=f"{path.name} can't be opened ({error})") from error
        self._end = [] if config.get("add_source_eos") else [END]
        self._max_tokens = self._family.max_tokens

    @property
    def model(self) -> str:
        return self._model

    def cost(self, request: TranslationRequest) -> int:
        return len(self._source.encode(request.text)) + 2

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        try:
            return self._translate(requests)
        except LangsupportError:
            raise
        except Exception as error:
            raise EngineFailure(model=self._model, detail=f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        self._translator.unload_model()

    def _translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        passages = [self._passage(request) for request in requests]
        try:
            done = iter(self._judged([piece for passage in passages for piece in passage.pieces]))
        except RuntimeError as error:
            if "position" not in str(error) or self._max_tokens <= LEAST_POSITIONS:
                raise
            self._max_tokens //= 2  # this model has fewer positions than its family usually has
            return self._translate(requests)
        return [self._whole(passage, [next(done) for _ in passage.pieces]) for passage in passages]

    def _passage(self, request: TranslationRequest) -> _Passage:
        cuts = cut_text(request.text, self._fits) if request.text.strip() else []
        if not request.prefix or len(cuts) < 2:
            return _Passage(request, cuts)
        return _Passage(request, cuts, covered(request.prefix, [request.text[start:end] for start, end in cuts]))

    def _whole(self, passage: _Passage, parts: list[Translation]) -> Translation:
        request = passage.request
        if not parts:
            return Translation(request.prefix, self._model, 0.0)
        if not passage.covered:
            return self._joined(request, passage.cuts, parts)
        rest = self._joined(request, passage.cuts[passage.covered :], parts)
        space = "" if request.prefix[-1:].isspace() else LANGUAGES[request.target].sentence_space
        return replace(rest, text=request.prefix + space + rest.text, alignment=None)

    def _fits(self, text: str) -> bool:
        return len(self._source.encode(text)) + 2 <= self._max_tokens

    def _judged(self, pieces: list[TranslationRequest]) -> list[Translation]:
        """Each piece translated; what shows a problem is tried once more, and the better one stays."""
        best = self._first(pieces)
        again = [index for index, made in enumerate(best) if made.problems]
        if again:
            for index, made in zip(again, self._decode([pieces[i] for i in again], ATTEMPTS[1]), strict=True):
                best[index] = min(best[index], made, key=_badness)
        return [
            self._halved(piece, made) if DERAILED & set(made.problems) and not piece.prefix else made
            for piece, made in zip(pieces, best, strict=True)
        ]

    def _first(self, pieces: list[TranslationRequest]) -> list[Translation]:
        """The first try. A prefix may end inside what the tokenizer makes one piece; so its last word is left to the
        model, and forced on it only where what comes does not begin with the prefix."""
        best = self._decode(pieces, ATTEMPTS[0], [self._loose(piece) for piece in pieces])
        astray = [i for i, piece in enumerate(pieces) if not best[i].text.startswith(piece.prefix)]
        for index, made in zip(astray, self._decode([pieces[i] for i in astray], ATTEMPTS[0]), strict=True):
            best[index] = made
        return best

    def _loose(self, piece: TranslationRequest) -> list[str]:
        """The tokens of a prefix without its last word (in Chinese: its last token), if it ends in one."""
        tokens: list[str] = self._target.encode(piece.prefix, out_type=str)
        if not piece.prefix[-1:].isalnum() or not tokens:
            return tokens
        starts = [index for index, token in enumerate(tokens) if token.startswith(SPACE)]
        return tokens[: starts[-1] if starts and LANGUAGES[piece.target].word_spaces else -1]

    def _halved(self, piece: TranslationRequest, whole: Translation) -> Translation:
        """A piece of several sentences on which the model lost its way, as two shorter ones if that is better."""
        half = self.cost(piece) // 2 + 1
        cuts = cut_text(piece.text, lambda text: self.cost(replace(piece, text=text)) <= half)
        if len(cuts) < 2 or half < LEAST_POSITIONS:
            return whole
        parts = self._judged([replace(piece, text=piece.text[start:end]) for start, end in cuts])
        return min(self._joined(piece, cuts, parts), whole, key=_badness)

    def _decode(
        self, pieces: list[TranslationRequest], decoding: Decoding, starts: list[list[str]] | None = None
    ) -> list[Translation]:
        """`starts` are the tokens that each translation is forced to begin with; None: those of the prefixes."""
        if not pieces:
            return []
        if starts is None:
            starts = [self._target.encode(piece.prefix, out_type=str) for piece in pieces]
        request = pieces[0]
        source_prefix = self._prefix(self._family.source_prefix, request)
        target_prefix = self._prefix(self._family.target_prefix, request)
        tokens = [source_prefix + self._source.encode(piece.text, out_type=str) + self._end for piece in pieces]
        targets = [target_prefix + start for start in starts]
        limits = [OUTPUT_RATIO * len(row) + OUTPUT_EXTRA for row in tokens]
        longest = max(len(row) for row in targets)
        done = self._translator.translate_batch(
            tokens,
            targets if longest else None,
            beam_size=self._beam_size,
            max_input_length=0,
            max_decoding_length=min(max(limits), 2 * self._max_tokens) + longest,
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram_size,
            return_scores=True,
            return_attention=any(piece.want_alignment for piece in pieces),
            return_end_token=True,
        )
        return [
            self._made(piece, row, len(start), (len(source_prefix), len(target_prefix)))
            for piece, start, row in zip(pieces, starts, done, strict=True)
        ]

    def _made(self, piece: TranslationRequest, row: Any, forced: int, skips: tuple[int, int]) -> Translation:
        """What a row says. `skips`: tokens before the text on both sides; `forced`: those a prefix forced on it."""
        source_skip, target_skip = skips
        tokens = row.hypotheses[0][target_skip:]
        ended = bool(tokens) and tokens[-1] == END
        tokens = tokens[:-1] if ended else tokens
        said = self._target.decode(tokens)
        text = self._behind_prefix(piece.prefix, tokens[:forced], said) if piece.prefix else said
        found = guards.problems(piece.text, text, piece.source, piece.target, piece.prefix)
        if not ended:
            found = ("truncated", *found)
        alignment = None
        if piece.want_alignment:
            rows = row.attention[0][target_skip:]
            alignment = self._alignment(piece.text, said, tokens, rows, source_skip) if said == text else None
        return Translation(text, self._model, row.scores[0], alignment, found)

    def _behind_prefix(self, prefix: str, forced: list[str], said: str) -> str:
        """What was said, the prefix verbatim: the tokenizer may know it in another spelling only, or not at all."""
        if said.startswith(prefix) or len(forced) < len(self._target.encode(prefix)):
            return said
        added = said[len(self._target.decode(forced)) :]
        return prefix + (added.lstrip() if prefix[-1:].isspace() else added)

    def _alignment(
        self, source: str, target: str, tokens: list[str], attention: list[list[float]], source_skip: int
    ) -> tuple[AlignedSpan, ...] | None:
        source_spans = [tuple(span) for span in self._source.encode_as_offset_mapping(source)["offsets"]]
        target_spans = piece_spans(tokens, target)
        if target_spans is None:
            return None
        rows = [row[source_skip : source_skip + len(source_spans)] for row in attention]
        return align_words(source, target, source_spans, target_spans, rows)

    def _prefix(self, pattern: str, request: TranslationRequest) -> list[str]:
        if not pattern:
            return []
        language = request.source if pattern == "{source}" else request.target
        for code in self._codes.get(language, self._family.codes[language]):
            if code in self._vocabulary:
                return list(self._source.encode(code, out_type=str)) if self._family.prefix_in_text else [code]
        if self._family.prefix_optional and not any(token.startswith(">>") for token in self._vocabulary):
            return []
        raise EngineFailure(model=self._model, detail=f"it does not know the language {language}")

    def _joined(
        self, request: TranslationRequest, cuts: list[tuple[int, int]], parts: list[Translation]
    ) -> Translation:
        if len(parts) == 1:
            return parts[0]
        text, starts = joined([part.text for part in parts], LANGUAGES[request.target].sentence_space)
        scores = [part.score for part in parts if part.score is not None]
        alignment = None
        if all(part.alignment is not None for part in parts):
            alignment = tuple(
                AlignedSpan(s.source_start + cut, s.source_end + cut, s.target_start + start, s.target_end + start)
                for part, (cut, _), start in zip(parts, cuts, starts, strict=True)
                for s in part.alignment or ()
            )
        problems = tuple(dict.fromkeys(problem for part in parts for problem in part.problems))
        return Translation(text, self._model, sum(scores) / len(scores) if scores else None, alignment, problems)


def _badness(translation: Translation) -> int:
    return len(translation.problems)


def _sentencepiece(path: Path, name: str) -> Any:
    """The side's own model if there is one (Marian), else the shared one."""
    file = path / name if (path / name).is_file() else path / "sentencepiece.model"
    return sentencepiece.SentencePieceProcessor(model_file=str(file))


def _vocabulary(path: Path) -> frozenset[str]:
    """The tokens that the model reads on the source side."""
    names = ("shared_vocabulary.json", "source_vocabulary.json")
    file = next((path / name for name in names if (path / name).is_file()), path / names[0])
    return frozenset(json.loads(file.read_text(encoding="utf-8")))
