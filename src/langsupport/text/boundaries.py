"""Places of a text where an inline code may stand."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from itertools import pairwise

from langsupport.domain.entities import EntityKind
from langsupport.domain.languages import LANGUAGES
from langsupport.text.entities import find_entities

_JOINERS = frozenset("\u200d\u200c")


class Boundaries:
    """Word boundaries (every character in a language without word spaces), never inside an entity or a grapheme."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._spaced = LANGUAGES[language].word_spaces if language in LANGUAGES else True
        inner = {
            position
            for entity in find_entities(text, language)
            if entity.kind is not EntityKind.NAME
            for position in range(entity.start + 1, entity.end)
        }
        self._places = [p for p in range(len(text) + 1) if p not in inner and self._allowed(p)]

    def _allowed(self, place: int) -> bool:
        if place in (0, len(self._text)):
            return True
        before, after = self._text[place - 1], self._text[place]
        if (
            unicodedata.combining(after)
            or unicodedata.category(after) in {"Mn", "Me"}
            or after in _JOINERS
            or before in _JOINERS
        ):
            return False
        if 0xFE00 <= ord(after) <= 0xFE0F or 0x1F3FB <= ord(after) <= 0x1F3FF or 0xD800 <= ord(before) <= 0xDBFF:
            return False
        if not _wordlike(before) or not _wordlike(after):
            return not (before.isspace() and after.isspace())
        return not self._spaced and not (before.isascii() and after.isascii())

    def snap(self, place: int) -> int:
        """The nearest place; the earlier of two equally near."""
        index = bisect_left(self._places, place)
        if index < len(self._places) and self._places[index] == place:
            return place
        low = self._places[max(0, index - 1)]
        high = self._places[min(index, len(self._places) - 1)]
        return low if abs(place - low) <= abs(high - place) else high

    def words(self, low: int, high: int) -> tuple[int, int]:
        """The words whose middle lies in [low, high); at least the nearest one, where there is any."""
        words = [(a, b) for a, b in pairwise(self._places) if any(map(_wordlike, self._text[a:b]))]
        if not words:
            place = self.snap(low)
            return place, place
        inside = [(a, b) for a, b in words if low <= (a + b) / 2 < high]
        if not inside:
            middle = (low + high) / 2
            inside = [min(words, key=lambda word: abs((word[0] + word[1]) / 2 - middle))]
        return inside[0][0], inside[-1][1]


def _wordlike(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character) in {"Mn", "Mc"}
