"""What of a growing cue is translated at a time, how it is asked for, and what is taken of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from langsupport.captioning.phrasing import LEANS_ON_NEXT
from langsupport.domain.entities import EntityKind
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import LiveCue
from langsupport.engines.protocols import Translation, TranslationRequest
from langsupport.text import clauses, protection
from langsupport.text.entities import find_entities

TERMS_LIMIT = 20
"""Terms named in one request."""

UNFIT = frozenset({"loop", "chatter", "empty"})
"""Problems with which a text is not shown: what is committed can't be taken back."""

Terms = Mapping[str, Sequence[tuple[str, str]]]
"""(source, target) pairs by source language."""


@dataclass(frozen=True, slots=True)
class CueTranslatorOptions:
    """`preview` shows the open sentence's translation as `tail`, every `preview_ms` at most, without its last `mask`
    words (None: 2, or 3 characters of Chinese). Stable text that no mark ends is translated after `wait_ms` at most.
    """

    preview: bool = False
    preview_ms: int = 1_500
    mask: int | None = None
    wait_ms: int = 4_000
    terms: Terms = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A request that is due. `final`: its cue is complete; `preview`: it only shows what is coming."""

    cue_id: str
    request: TranslationRequest
    source: LiveCue
    final: bool = False
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """Words (in Chinese: characters): the shortest piece, and what is enough where no mark ends a clause."""

    least: int
    enough: int


WORDS, CHARACTERS = Pace(4, 12), Pace(6, 24)


def pace(language: str) -> Pace:
    return WORDS if LANGUAGES[language].word_spaces else CHARACTERS


def reach(text: str, sent: int, language: str, *, waited: bool) -> int:
    """How far the stable text of a growing cue is to be translated now, of which `sent` characters were; 0: not now."""
    speed = pace(language)
    end = clauses.last_clause_end(text, sent, language)
    if clauses.length(text[sent:end], language) >= speed.least:
        return end
    new = clauses.length(text[sent:], language)
    if new < speed.least or not (waited or new >= speed.enough):
        return 0
    return _phrase_end(text, sent, language, speed.least)


def _phrase_end(text: str, sent: int, language: str, least: int) -> int:
    """Not behind an article or preposition: what follows decides how it is translated."""
    end = len(text)
    while LANGUAGES[language].word_spaces:
        head, _, word = text[sent:end].rstrip().rpartition(" ")
        last = word.lower().replace("’", "'").rpartition("'")[2]
        if last not in LEANS_ON_NEXT[language] or clauses.length(head, language) < least:
            break
        end = sent + len(head.rstrip())
    return end


def protected(text: str, language: str, done: int) -> tuple[str, ...]:
    """Entities to name in a request. Those within the first `done` characters are translated or lost already: no second
    try would bring them back."""
    return tuple(
        entity.text
        for entity in find_entities(text, language)
        if entity.kind is not EntityKind.NUMBER and entity.end > done
    )


def occurring(terms: Terms, text: str, language: str) -> tuple[tuple[str, str], ...]:
    """The terms of a text, TERMS_LIMIT at most."""
    lower = text.casefold()
    return tuple(pair for pair in terms.get(language, ()) if pair[0].casefold() in lower)[:TERMS_LIMIT]


def answered(piece: Piece, translation: Translation) -> str | None:
    """The target that an answer gives, from the cue's beginning; None if it can't be shown.

    Nothing is asked a second time: live text does not wait. Entities that only look different are mended.
    """
    request = piece.request
    prefix, text = request.prefix, translation.text
    if UNFIT & set(translation.problems) or not text.startswith(prefix):
        return None
    entities = find_entities(request.text, request.source)
    text = prefix + protection.mend(entities, text[len(prefix) :])
    return clauses.gone_on(prefix, text, request.target, complete=clauses.ends_sentence(request.text))


def visible(stable: str, text: str, mask: int | None, language: str) -> str:
    """What a preview shows behind `stable`: its last words may change with the next ones said."""
    if mask is None:
        mask = 2 if LANGUAGES[language].word_spaces else 3
    return clauses.hidden(stable, text, mask, language)
