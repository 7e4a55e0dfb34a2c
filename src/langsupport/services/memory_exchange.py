"""Memories as TMX, with their inline codes: `domain.interchange` on one side, `domain.matches` on the other.

A TMX unit of several languages becomes a unit for each direction that it states: from its source language into each
other, or between all of them where its source is `*all*`. Other languages than the six are left aside.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

from langsupport import __version__
from langsupport.domain import interchange
from langsupport.domain.interchange import ALL_LANGUAGES, InterchangeText, MemoryVariant, Remark, six_language
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.domain.units import CodedText
from langsupport.errors import InvalidRequest
from langsupport.formats.interchange.tmx import read_memory, write_memory
from langsupport.formats.sheets import MEDIA_TYPES
from langsupport.services.memory_sheets import MOST_CHARS

MEMORY_FORMATS: Mapping[str, str] = MEDIA_TYPES | {"tmx": "application/x-tmx+xml"}
"""Extension -> media type: what a memory is imported from and exported to."""
_BEFORE, _AFTER, _ORIGIN, _DOCUMENT, _MEETING = "x-context-pre", "x-context-post", "x-origin", "x-document", "x-meeting"
"""Properties of a TMX unit; the first two under the names that other programs use."""


def read_tmx(data: bytes, name: str, origin: UnitOrigin, by: str) -> list[MemoryUnit]:
    """All units, or none. Units whose codes were broken in the file are taken with their text.

    Raises: what `read_memory` raises; InvalidRequest where no unit has text in two of the six languages.
    """
    header, units = read_memory(data, name)
    found = [made for unit in units for made in _units(unit, header.source_language, origin, by)]
    if not found:
        names = ", ".join(LANGUAGES)
        detail = f"{name}: no unit has text in two of the languages {names}. Nothing was taken over."
        raise InvalidRequest(detail=detail)
    return found


def _units(unit: interchange.MemoryUnit, header_language: str, origin: UnitOrigin, by: str) -> Iterator[MemoryUnit]:
    known = {code: variant for code in LANGUAGES if (variant := unit.variant(code)) and _usable(variant.text.coded)}
    stated = unit.source_language or header_language
    first = six_language(stated)
    if stated.lower() != ALL_LANGUAGES and first not in known:
        return
    told = _properties(unit.properties)
    for source, target in permutations(known, 2):
        if stated.lower() == ALL_LANGUAGES or source == first:
            yield _made(known[source], known[target], source, target, told, origin, _author(unit, known[target], by))


def _usable(text: CodedText) -> bool:
    return bool(text.text.strip()) and len(text.text) <= MOST_CHARS


def _properties(remarks: Iterable[Remark]) -> Mapping[str, str]:
    return {remark.name: remark.text for remark in remarks}


def _author(unit: interchange.MemoryUnit, target: MemoryVariant, by: str) -> str:
    made = (target.provenance.changed_by, target.provenance.created_by, unit.provenance.changed_by)
    return next(filter(None, (*made, unit.provenance.created_by)), by)


def _made(
    source: MemoryVariant,
    target: MemoryVariant,
    own: str,
    other: str,
    told: Mapping[str, str],
    origin: UnitOrigin,
    by: str,
) -> MemoryUnit:
    ids = source.text.coded.canonical_ids()
    at = target.provenance.changed or target.provenance.created
    return MemoryUnit(
        source.text.coded.renumbered(ids),
        target.text.coded.renumbered(ids),
        own,
        other,
        told.get(_BEFORE, ""),
        told.get(_AFTER, ""),
        origin,
        told.get(_DOCUMENT, ""),
        by,
        at,
    )


def write_tmx(units: Iterable[MemoryUnit]) -> bytes:
    """A TMX unit for each unit, two languages each, with context and provenance as properties."""
    made = interchange.Provenance(tool="langsupport", tool_version=__version__)
    header = interchange.MemoryHeader(provenance=made)
    target = io.BytesIO()
    write_memory(target, header, map(_tmx_unit, units))
    return target.getvalue()


def _tmx_unit(unit: MemoryUnit) -> interchange.MemoryUnit:
    stated = {
        _BEFORE: unit.before,
        _AFTER: unit.after,
        _ORIGIN: unit.origin.value,
        _DOCUMENT: unit.document,
        _MEETING: unit.meeting,
    }
    written = interchange.Provenance(changed=unit.at, changed_by=unit.by)
    return interchange.MemoryUnit(
        (
            MemoryVariant(unit.source_language, InterchangeText(unit.source)),
            MemoryVariant(unit.target_language, InterchangeText(unit.target), written),
        ),
        source_language=unit.source_language,
        properties=tuple(Remark(text, name) for name, text in stated.items() if text),
    )


__all__ = ["MEMORY_FORMATS", "read_tmx", "write_tmx"]
