"""What a document is called in its own text: the unit that holds its title, and that unit in a translation."""

from __future__ import annotations

from collections.abc import Callable

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import Segment, UnitKind
from langsupport.pipelines.document import Prepared

TITLE_CHARS = 500
_SHORT = 200
"""A paragraph that is longer is no title."""
_LOOKED_AT = 40
"""Units from the beginning among which a title is looked for: covers have symbols, dates and sessions above it."""


def title_segments(prepared: Prepared) -> list[Segment]:
    """The segments of the first title among the first units, else of a heading that begins the document. Without
    either nothing: covers and first chapters are often headings too, and a wrong title misleads."""
    begun = prepared.document.units[:_LOOKED_AT]
    titles = [unit for unit in begun if unit.kind is UnitKind.TITLE]
    headings = [unit for unit in begun[:1] if unit.kind is UnitKind.HEADING]
    for unit in titles + headings:
        if any(map(str.isalpha, unit.source.text)) and len(unit.source.text) <= _SHORT:
            return [segment for segment in prepared.segments if segment.unit_id == unit.id]
    return []


def title_of(prepared: Prepared, language: str, text: Callable[[Segment], str]) -> str:
    """In one line; `text` gives a segment's text in `language`. "" where the document shows no title."""
    space = " " if LANGUAGES[language].word_spaces else ""
    words = space.join(filter(None, (text(segment).strip() for segment in title_segments(prepared))))
    return " ".join(words.split())[:TITLE_CHARS]


__all__ = ["TITLE_CHARS", "title_of", "title_segments"]
