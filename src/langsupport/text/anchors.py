"""Places where a source and its translation visibly correspond, without a model: the same token, number or name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

from langsupport.domain.entities import EntityKind, ProtectedEntity
from langsupport.domain.numbers import numbers_in
from langsupport.text.entities import find_entities

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_LEAST_COGNATE = 4
_COGNATE_RATIO = 82.0
MAX_TOKENS = 400
"""Longer sentences get no cognate search: it grows with the product of the lengths."""
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)


@dataclass(slots=True)
class Anchor:
    """Source [start, end) is target [target_start, target_end). `exact`: the same characters. `strong`: sure enough
    for a pair's edge. `ordered`: part of the longest chain in the same order on both sides."""

    start: int
    end: int
    target_start: int
    target_end: int
    exact: bool
    strong: bool
    ordered: bool = False


def find_anchors(source: str, target: str, source_language: str, target_language: str) -> list[Anchor]:
    """Anchors in source order, not overlapping on either side."""
    given, found = _symbols(source, source_language), _symbols(target, target_language)
    anchors = _entity_anchors(given, found)
    others = _number_anchors(source, target, source_language, target_language)
    anchors += [anchor for anchor in _free(others, anchors) if _apart(anchor, given, found)]
    words = _word_anchors(source, target)
    anchors += [anchor for anchor in _free(words, anchors) if _apart(anchor, given, found)]
    anchors.sort(key=lambda anchor: anchor.start)
    _mark_order(anchors)
    return anchors


def _symbols(text: str, language: str) -> list[ProtectedEntity]:
    return [entity for entity in find_entities(text, language) if entity.kind is not EntityKind.NUMBER]


def _apart(anchor: Anchor, given: list[ProtectedEntity], found: list[ProtectedEntity]) -> bool:
    """Whether an anchor keeps off the symbols, which correspond as wholes or not at all."""
    return not any(e.start < anchor.end and anchor.start < e.end for e in given) and not any(
        e.start < anchor.target_end and anchor.target_start < e.end for e in found
    )


def _free(candidates: list[Anchor], taken: list[Anchor]) -> list[Anchor]:
    return [
        c
        for c in candidates
        if all(c.end <= t.start or t.end <= c.start for t in taken)
        and all(c.target_end <= t.target_start or t.target_end <= c.target_start for t in taken)
    ]


def _entity_anchors(given: list[ProtectedEntity], found: list[ProtectedEntity]) -> list[Anchor]:
    """Verbatim symbols, in order of appearance where one occurs several times."""
    rest = list(found)
    result = []
    for entity in given:
        twin = next((other for other in rest if other.text == entity.text), None)
        if twin:
            rest.remove(twin)
            result.append(Anchor(entity.start, entity.end, twin.start, twin.end, True, True))
    return result


def _number_anchors(source: str, target: str, source_language: str, target_language: str) -> list[Anchor]:
    given, found = numbers_in(source, source_language), numbers_in(target, target_language)
    result = []
    for token in given:
        twins = [other for other in given if other.values & token.values]
        partners = [other for other in found if other.values & token.values]
        if len(twins) == len(partners):
            other = partners[twins.index(token)]
            result.append(Anchor(token.start, token.end, other.start, other.end, token.text == other.text, True))
    return result


def _word_anchors(source: str, target: str) -> list[Anchor]:
    """Words that are the same on both sides, or cognates, and that occur once on each."""
    given = [(m.start(), m.end(), _plain(m.group())) for m in _WORD.finditer(source)]
    found = [(m.start(), m.end(), _plain(m.group())) for m in _WORD.finditer(target)]
    if len(given) > MAX_TOKENS or len(found) > MAX_TOKENS:
        return []
    result = []
    for start, end, word in given:
        if len(word) < 2:
            continue
        same = [f for f in found if f[2] == word]
        if len(same) == 1 and sum(g[2] == word for g in given) == 1:
            exact = source[start:end] == target[same[0][0] : same[0][1]]
            result.append(Anchor(start, end, same[0][0], same[0][1], exact, exact and len(word) > 2))
        elif not same and len(word) >= _LEAST_COGNATE:
            close = [f for f in found if len(f[2]) >= _LEAST_COGNATE and fuzz.ratio(word, f[2]) >= _COGNATE_RATIO]
            if len(close) == 1:
                result.append(Anchor(start, end, close[0][0], close[0][1], False, False))
    return _one_each(result)


def _one_each(anchors: list[Anchor]) -> list[Anchor]:
    seen: dict[int, int] = {}
    for anchor in anchors:
        seen[anchor.target_start] = seen.get(anchor.target_start, 0) + 1
    return [anchor for anchor in anchors if seen[anchor.target_start] == 1]


def _plain(word: str) -> str:
    """Lower case without diacritics, Cyrillic in Latin letters, so that cognates can be seen."""
    lower = "".join(_CYRILLIC.get(c, c) for c in word.lower())
    return "".join(c for c in unicodedata.normalize("NFD", lower) if not unicodedata.combining(c))


def _mark_order(anchors: list[Anchor]) -> None:
    """Mark the longest chain that rises on the target side too (weighted by length)."""
    best: list[tuple[int, int]] = []  # (weight of the chain ending here, index of the one before)
    for i, anchor in enumerate(anchors):
        weight, before = anchor.end - anchor.start, -1
        for j in range(i):
            if anchors[j].target_end <= anchor.target_start and best[j][0] + anchor.end - anchor.start > weight:
                weight, before = best[j][0] + anchor.end - anchor.start, j
        best.append((weight, before))
    index = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    while index >= 0:
        anchors[index].ordered = True
        index = best[index][1]
