"""What a run looks like, so that runs that look the same are one text.

Left out: what no reader sees (language, proofing, revision ids, fine spacing), and the properties of the script
that the run doesn't use (ECMA-376 part 1, 17.3.2: bCs, szCs, cs fonts count in right-to-left runs only).
"""

from __future__ import annotations

from dataclasses import dataclass

from langsupport.formats.docx.ooxml import Element, child, get, is_on, tag

_IGNORED = frozenset(
    {
        "w:lang", "w:noProof", "w:kern", "w:snapToGrid", "w:webHidden", "w:effect", "w:eastAsianLayout",
        "w:fitText", "w:rtl", "w:cs",
        "w:rFonts", "w:b", "w:bCs", "w:i", "w:iCs", "w:sz", "w:szCs", "w:spacing", "w:w", "w:specVanish",
    }
)  # fmt: skip
_SEEN_ON_SPACES = frozenset(
    {"w:u", "w:strike", "w:dstrike", "w:highlight", "w:shd", "w:bdr", "w:rStyle", "w:vertAlign"}
)
_FINE_SPACING_TWIPS = 30


@dataclass(frozen=True, slots=True)
class Look:
    """`marks` are the visible properties but the font; `font` None goes with every font."""

    marks: frozenset[tuple[str, ...]]
    font: str | None

    def same(self, other: Look) -> bool:
        return self.marks == other.marks and (self.font == other.font or self.font is None or other.font is None)

    def seen_on_spaces(self) -> frozenset[tuple[str, ...]]:
        return frozenset(mark for mark in self.marks if mark[0] in _SEEN_ON_SPACES)


PLAIN = Look(frozenset(), "")


def look_of(props: Element | None) -> Look:
    """The look that a w:rPr gives."""
    if props is None or not len(props):
        return PLAIN
    rtl = is_on(child(props, "w:rtl"))
    marks: set[tuple[str, ...]] = set()
    for name, complex_name in (("w:b", "w:bCs"), ("w:i", "w:iCs")):
        toggle = child(props, complex_name if rtl else name)
        if toggle is not None:
            marks.add((name, str(is_on(toggle))))
    size = child(props, "w:szCs" if rtl else "w:sz")
    if size is not None:
        marks.add(("w:sz", get(size, "val") or ""))
    for element in props:
        name = tag(element)
        if name.startswith("w:") and name not in _IGNORED and (mark := _mark(element, name)):
            marks.add(mark)
    if _is_spaced(child(props, "w:spacing")):
        marks.add(("w:spacing",))
    return Look(frozenset(marks), None if rtl else _font(props))


def _mark(element: Element, name: str) -> tuple[str, ...] | None:
    value = get(element, "val") or ""
    if name == "w:color" and value in {"auto", "000000", ""}:
        return None
    if name == "w:u" and value == "none":
        return ("w:u", "none")
    if name == "w:shd" and value in {"clear", "nil", ""} and (get(element, "fill") or "auto") in {"auto", "FFFFFF"}:
        return None
    if name == "w:vertAlign" and value == "baseline":
        return None
    return (name, *sorted(f"{key!s}={text!s}" for key, text in element.attrib.items()))


def _font(props: Element) -> str:
    fonts = child(props, "w:rFonts")
    if fonts is None:
        return ""
    return get(fonts, "asciiTheme") or get(fonts, "ascii") or get(fonts, "hAnsi") or ""


def _is_spaced(element: Element | None) -> bool:
    """Spread letters are a look; a hair's breadth is typesetting of the source text."""
    if element is None:
        return False
    try:
        return abs(float(get(element, "val") or 0)) > _FINE_SPACING_TWIPS
    except ValueError:
        return False
