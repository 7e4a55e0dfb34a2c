"""What the two XLIFF versions share."""

from __future__ import annotations

from lxml import etree

from langsupport.domain.interchange import InterchangeText
from langsupport.formats.interchange.safe_xml import local

NOTE_CATEGORIES = frozenset({"finding", "instruction", "comment"})


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Direct children by local name."""
    return [one for one in element if local(one) == name]


def child(element: etree._Element, name: str) -> etree._Element | None:
    return next((one for one in element if local(one) == name), None)


def number(text: str | None) -> float | None:
    """A number between 0 and 100, or None."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None


def number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def said_target(source: InterchangeText, target: InterchangeText | None) -> InterchangeText | None:
    """None where nothing is translated: no target, or an empty one for a source that is not."""
    if target is None or (not target.plain and not target.coded.codes and source.plain):
        return None
    return target
