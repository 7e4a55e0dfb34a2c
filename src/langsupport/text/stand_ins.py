"""Numbers that stand in for fields while a sentence is translated.

“Page [field] of [field]” says nothing to a machine; “Page 7 of 8” does, and machines copy numbers. The fields go back
to where their numbers came out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from langsupport.domain.numbers import plain_digits
from langsupport.domain.units import CodedText, CodeKind, InlineCode

_NUMBERS = ("7", "8", "9", "6", "5", "4", "3", "71", "82", "93", "64", "57", "48", "39")
"""In order of use; a text with more fields than these is sent without."""


@dataclass(frozen=True, slots=True)
class StandIns:
    """`text` is what to translate; `numbers` stand for the source's codes, in order."""

    text: str
    numbers: tuple[str, ...]
    codes: tuple[InlineCode, ...]

    def restore(self, translated: str) -> CodedText | None:
        """The translation with the fields in it; None unless every number came back exactly once."""
        found = [(match.start(), match.end(), plain_digits(match[0])) for match in re.finditer(r"\d+", translated)]
        places = {number: [(start, end) for start, end, digits in found if digits == number] for number in self.numbers}
        if any(len(spans) != 1 for spans in places.values()):
            return None
        spans = sorted((*places[number][0], code) for number, code in zip(self.numbers, self.codes, strict=True))
        text, codes, position = "", [], 0
        for start, end, code in spans:
            text += translated[position:start]
            codes.append((len(text), code))
            position = end
        return CodedText(text + translated[position:], tuple(codes))

    def without(self, translated: str) -> str:
        """The translation without the numbers, for placing the fields by other means."""
        return re.sub(r"\s*\d+", lambda m: "" if plain_digits(m[0].strip()) in self.numbers else m[0], translated)


def stand_ins(source: CodedText) -> StandIns | None:
    """Numbers for the fields of a segment; None where it has none, or other codes too, or too few numbers are free."""
    codes = tuple(code for _, code in source.codes)
    if not codes or any(code.kind is not CodeKind.SINGLE or code.role != "field" for code in codes):
        return None
    taken = {plain_digits(digits) for digits in re.findall(r"\d+", source.text)}
    free = [number for number in _NUMBERS if number not in taken][: len(codes)]
    if len(free) < len(codes):
        return None
    text, position = "", 0
    for number, (place, _) in zip(free, source.codes, strict=True):
        text += source.text[position:place]
        text += f" {number}" if text[-1:].isdigit() else number
        position = place
    return StandIns(text + source.text[position:], tuple(free), codes)
