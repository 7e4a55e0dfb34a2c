"""Protected entities: what must come out as it went in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from langsupport.domain.numbers import numbers_in


class EntityKind(StrEnum):
    DOCUMENT_SYMBOL = "document-symbol"  # TD 123 (PLEN), C25/17(Rev.1)-E, A/RES/70/1
    RECOMMENDATION = "recommendation"  # ITU-T Y.4903/L.1603 (10/2016), ISO/IEC 5230:2020
    QUESTION = "question"  # Q1/20
    URL = "url"
    EMAIL = "email"
    IDENTIFIER = "identifier"  # DOI, ISBN, file names, versions, code
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class ProtectedEntity:
    """A span [start, end) of a text that is copied verbatim."""

    start: int
    end: int
    text: str
    kind: EntityKind


_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")


def _comparable(text: str) -> str:
    """A text without bidi controls and with plain single spaces: what "verbatim" is judged on."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", text))


def missing_entities(entities: Iterable[ProtectedEntity], target: str, language: str) -> list[ProtectedEntity]:
    """The entities that a target text does not hold as often as the source does.

    Bidi controls and the kind of space are left out of account; a NUMBER counts as present when the target
    has a number of the same value in any spelling (see domain.numbers).
    """
    text = _comparable(target)
    values = [token.values for token in numbers_in(target, language)]
    absent: list[ProtectedEntity] = []
    taken: Counter[str] = Counter()
    for entity in sorted(entities, key=lambda entity: -len(entity.text)):
        wanted = _comparable(entity.text)
        if entity.kind is EntityKind.NUMBER:
            own = [token.values for token in numbers_in(entity.text, language)]
            if wanted not in text and not all(any(one & value for value in values) for one in own):
                absent.append(entity)
            continue
        taken[wanted] += 1
        if text.count(wanted) < taken[wanted]:
            absent.append(entity)
    return sorted(absent, key=lambda entity: entity.start)
