"""The table of contents: its entries say what the headings say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langsupport.checks.base import BIDI, PlacedPair, shortened
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import UnitKind, with_unit

_NUMBERING = re.compile(
    r"^(?:[\d٠-٩]+(?:[.\-][\d٠-٩]+)*[.)]?|[IVX]+\.|[A-Z]\.(?:\d+\.?)*|[一二三四五六七八九十]+、)\s*"
)
_PAGE = re.compile(r"[\s.…·_]*[\d٠-٩]*\s*$")


def check(segments: Sequence[PlacedPair]) -> list[Finding]:
    findings = []
    for index, heading in entries(segments).items():
        entry, wanted = segments[index], segments[heading].pair.target.text
        if _title(entry.pair.target.text) != _title(wanted):
            template = "The heading is “{text}”; this entry of the table of contents differs."
            finding = Finding("contents-differ", Severity.WARNING, template, {"text": shortened(wanted)})
            findings.append(with_unit(finding, entry.unit_id, entry.segment_index))
    return findings


def entries(segments: Sequence[PlacedPair]) -> dict[int, int]:
    """Places of entries to places of their headings: a paragraph before the first heading of the same words.

    The nth entry with the same words belongs to the nth heading with them.
    """
    headings: dict[str, list[int]] = {}
    for index, one in enumerate(segments):
        if one.kind is UnitKind.HEADING and (title := _title(one.pair.source.text)):
            headings.setdefault(title, []).append(index)
    found: dict[int, int] = {}
    taken: dict[str, int] = {}
    for index, one in enumerate(segments):
        title = _title(one.pair.source.text)
        places = headings.get(title, [])
        number = taken.get(title, 0)
        if one.kind is UnitKind.PARAGRAPH and number < len(places) and index < places[0]:
            found[index] = places[number]
            taken[title] = number + 1
    return found


def _title(text: str) -> str:
    """The words of a heading without its number, and of an entry without its number and page."""
    plain = " ".join(BIDI.sub("", text).split())
    return _PAGE.sub("", _NUMBERING.sub("", plain)).casefold()
