"""What a check is given and what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from langsupport.domain.entities import EntityKind, ProtectedEntity
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import CodedText, Origin, UnitKind

BIDI = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that only direct or divide: they are no text."""

_OBJECT = "\ufffc"
"""Stands where an entity was: neither a letter nor a space."""


@dataclass(frozen=True, slots=True)
class SegmentPair:
    """A segment and its translation. `entities` are those of the source text.

    The source's language may be none of the six; the target's is one of them. What follows them is told where it is
    known: `most_characters` that the place for the text holds, `duration_ms` for which a cue is shown, and, of a
    translation that a person confirms, its `origin` and the `match` that the memory proposed, as it stands there.
    """

    source: CodedText
    target: CodedText
    source_language: str
    target_language: str
    entities: tuple[ProtectedEntity, ...] = ()
    most_characters: int | None = None
    duration_ms: int | None = None
    origin: Origin | None = None
    match: CodedText | None = None


@dataclass(frozen=True, slots=True)
class PlacedPair:
    """A segment and its translation at their place in a document: what checks across segments look at."""

    pair: SegmentPair
    unit_id: str
    segment_index: int = 0
    kind: UnitKind = UnitKind.PARAGRAPH


LookedAt = TypeVar("LookedAt", SegmentPair, Sequence[PlacedPair])


@dataclass(frozen=True, slots=True)
class Check(Generic[LookedAt]):
    """One row of a table: of a segment, or of a document's segments in reading order, whose findings are placed.

    `promise` says in a sentence what holds when the check finds nothing.
    """

    name: str
    severity: Severity
    run: Callable[[LookedAt], list[Finding]]
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
    return BIDI.sub("", source), BIDI.sub("", target)


def shortened(text: str, limit: int = 60) -> str:
    """A text for a message, cut to `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
