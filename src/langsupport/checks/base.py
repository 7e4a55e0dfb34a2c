"""What a check is given and what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from langsupport.domain.entities import EntityKind, ProtectedEntity
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import CodedText

_BIDI = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_OBJECT = "\ufffc"
"""Stands where an entity was: neither a letter nor a space."""


@dataclass(frozen=True, slots=True)
class SegmentPair:
    """A segment and its translation. `entities` are those of the source text."""

    source: CodedText
    target: CodedText
    source_language: str
    target_language: str
    entities: tuple[ProtectedEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table. `promise` says in a sentence what holds when the check finds nothing."""

    name: str
    severity: Severity
    run: Callable[[SegmentPair], list[Finding]]
    promise: str


def running_text(pair: SegmentPair) -> tuple[str, str]:
    """Source and target with a placeholder for each entity and without bidi controls: the words to translate."""
    source, target = pair.source.text, pair.target.text
    for entity in sorted(pair.entities, key=lambda e: -e.start):
        if entity.kind is not EntityKind.NUMBER and source[entity.start : entity.end] == entity.text:
            source = source[: entity.start] + _OBJECT + source[entity.end :]
    for entity in sorted(pair.entities, key=lambda e: -len(e.text)):
        if entity.kind is not EntityKind.NUMBER:
            target = target.replace(entity.text, _OBJECT, 1)
    return _BIDI.sub("", source), _BIDI.sub("", target)


def shortened(text: str, limit: int = 60) -> str:
    """A text for a message, cut to `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
