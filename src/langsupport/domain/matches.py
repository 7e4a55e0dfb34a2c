"""Translation memory: its units, and by which rules a unit is a match for a text.

A match is EXACT where the texts are the same, CONTEXT where the segments before and after are too, else FUZZY. Scores
are whole numbers from 0 to 100. How alike two texts are is measured in `text.similarity`; what may be made of that
measure is said here, because it is what translators rely on: a match that changes a number, a symbol or a "not" must
never look nearly perfect.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from langsupport.domain.numbers import NumberToken, compare_numbers, numbers_in
from langsupport.domain.units import CodedText


class MatchKind(StrEnum):
    CONTEXT = "context"
    EXACT = "exact"
    FUZZY = "fuzzy"


class UnitOrigin(StrEnum):
    """How a unit came into the memory."""

    APPROVED = "approved"  # by people, here
    IMPORTED = "imported"  # from another memory
    ALIGNED = "aligned"  # from two texts that a program laid side by side


@dataclass(frozen=True, slots=True)
class MemoryUnit:
    """A text and its approved translation. Formats of interchange read and write these.

    Codes in both texts have canonical ids. `before` and `after` are the source texts of the neighbours, "" where there
    is none or it isn't known. `document`, `by` and `at` say where it comes from; `meeting` is the code of the meeting
    whose memory it belongs to, "" for the organization's.
    """

    source: CodedText
    target: CodedText
    source_language: str
    target_language: str
    before: str = ""
    after: str = ""
    origin: UnitOrigin = UnitOrigin.APPROVED
    document: str = ""
    by: str = ""
    at: datetime | None = None
    meeting: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two source texts, besides the words."""

    numbers: bool = False
    symbols: bool = False
    negation: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A unit that fits a text. `target` is the unit's, with the text's own numbers where `substituted` says so.

    `substituted` holds (number of the unit, number of the text) as written in the source.
    """

    unit: MemoryUnit
    kind: MatchKind
    score: int
    target: CodedText
    substituted: tuple[tuple[str, str], ...] = ()


FUZZY_MOST = 99
"""Only the same text is 100."""
SUBSTITUTED_SCORE = 98
"""Of a match that differed in numbers only, once they are replaced."""
NUMBERS_MOST = 89
SYMBOLS_MOST = 79
NEGATION_MOST = 69
"""Caps: below what offices take as "only look it over" (90), "edit" (80) and "worth showing" (70)."""
LEAST_SHOWN = 70
LEAST_FOR_MACHINE = 80
"""From here on a fuzzy match is shown to an engine that can use it."""
TRUSTED = 98
"""An exact match from here on comes before the machine."""

PENALTIES: Mapping[UnitOrigin, int] = {UnitOrigin.APPROVED: 0, UnitOrigin.IMPORTED: 1, UnitOrigin.ALIGNED: 4}

_NEGATION_WORDS = {
    "en": "not no never none nor neither cannot without nothing nobody don doesn didn isn aren wasn weren won wouldn "
    "shouldn couldn hasn haven hadn mustn",
    "fr": "ne n non pas aucun aucune nul nulle jamais sans ni rien",
    "es": "no ni nunca jamás nada nadie ningún ninguna ninguno sin tampoco",
    "ru": "не ни нет никогда никто ничто без нельзя",
    "ar": "لا لم لن ليس ليست غير دون بدون عدم ولا فلا ولم فلم ولن وليس",
    "zh": "不 未 无 無 没 沒 非 勿 否",
}
_NEGATORS = {code: frozenset(words.split()) for code, words in _NEGATION_WORDS.items()}


def negations(tokens: Collection[str], language: str) -> int:
    """How many of a text's tokens (case-folded words; characters in Chinese) deny something."""
    words = _NEGATORS.get(language, frozenset())
    return sum(token in words for token in tokens)


def fuzzy_score(similarity: float, differences: Differences) -> int:
    """The score of a match that isn't exact. `similarity` from 0 to 1."""
    score = min(FUZZY_MOST, int(100 * similarity))
    if differences.numbers:
        score = min(score, NUMBERS_MOST)
    if differences.symbols:
        score = min(score, SYMBOLS_MOST)
    if differences.negation:
        score = min(score, NEGATION_MOST)
    return score


def penalized(score: int, origin: UnitOrigin) -> int:
    return max(0, score - PENALTIES[origin])


def ranked(matches: Sequence[Match], meeting: str = "") -> list[Match]:
    """The best first: by score, context before exact, the meeting's own memory before the organization's, then newest.

    `meeting` is the code of the meeting that the text belongs to.
    """
    order = {kind: place for place, kind in enumerate(MatchKind)}

    def key(match: Match) -> tuple[int, int, bool, float, int]:
        at = match.unit.at.timestamp() if match.unit.at else 0.0
        foreign = match.unit.meeting != meeting
        return (order[match.kind], -match.score, foreign, -at, -(match.unit.id or 0))

    return sorted(matches, key=key)


_PLACE = "\x00"


def differs_in_numbers_only(now: str, then: str, language: str) -> bool:
    """Whether two different texts are the same once each number is taken out."""
    return now != then and _skeleton(now, language) == _skeleton(then, language)


def _skeleton(text: str, language: str) -> str:
    parts, end = [], 0
    for token in numbers_in(text, language):
        parts += [text[end : token.start], _PLACE]
        end = token.end
    return "".join((*parts, text[end:]))


def with_numbers_of(
    now: str, then: str, target: str, source_language: str, target_language: str
) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """The translation of `then` with the numbers of `now`, and which were replaced.

    Only where `now` and `then` differ in numbers only, each number that changes stands in the target as often as in the
    source, and its spelling there can be carried over (1,234 and 1 234). None where any of that is in doubt: a number
    written in words, one that appears twice and changes once.
    """
    if not differs_in_numbers_only(now, then, source_language):
        return None
    old, new = numbers_in(then, source_language), numbers_in(now, source_language)
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a.text != b.text]
    places = numbers_in(target, target_language)
    written: dict[tuple[int, int], str] = {}
    for before, after in changed:
        same = [token for token in old if token.values & before.values]
        there = [token for token in places if token.values & before.values]
        becomes = {b.text for a, b in zip(old, new, strict=True) if a.values & before.values}
        if len(there) != len(same) or len(becomes) != 1:
            return None
        for place in there:
            spelled = _spelled_like(before, place, after.text)
            if spelled is None:
                return None
            written[place.start, place.end] = spelled
    result, end = [], 0
    for (start, stop), text in sorted(written.items()):
        result += [target[end:start], text]
        end = stop
    made = "".join((*result, target[end:]))
    if compare_numbers(now, source_language, made, target_language) != ([], []):
        return None
    return made, tuple(dict.fromkeys((a.text, b.text) for a, b in changed))


_MARK = re.compile(r"\D")


def _spelled_like(old: NumberToken, place: NumberToken, new: str) -> str | None:
    """`new` as the target would write it, by how it writes `old`: its digits and its separators."""
    if _digits(old.text) != _digits(place.text):
        return None
    zero = next((ord(c) - int(c) for c in place.text if c.isdecimal()), ord("0"))
    marks: dict[str, str] = {}
    for mark, theirs in zip(_MARK.findall(old.text), _MARK.findall(place.text), strict=False):
        if marks.setdefault(mark, theirs) != theirs:
            return None
    if len(_MARK.findall(old.text)) != len(_MARK.findall(place.text)):
        return None
    if any(mark not in marks for mark in _MARK.findall(new)):
        return None
    return "".join(chr(zero + int(c)) if c.isdecimal() else marks[c] for c in new)


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdecimal()]
