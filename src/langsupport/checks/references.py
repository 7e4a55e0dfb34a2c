"""Notes and cross-references: each is there, once.

In files they are codes (a footnote's reference, a field that repeats the number of a figure); in plain text they are
superscript figures and daggers.
"""

from __future__ import annotations

import re
from collections import Counter

from langsupport.checks.base import SegmentPair
from langsupport.checks.codes import counted
from langsupport.domain.findings import Finding, Severity

_MARK = re.compile(r"(?<![\d°⁻⁺⁄/])(?<!\b[kcdmµнкс][mм])(?<!\b[mмsс])[¹²³⁰⁴-⁹]{1,3}(?![⁄/])|[†‡]")
"""A mark of a note in plain text. The figures of m², s⁻¹ and 10³ belong to a unit or a power."""


def check(pair: SegmentPair) -> list[Finding]:
    given, found = (Counter(_MARK.findall(text.text)) for text in (pair.source, pair.target))
    gone = "The note mark {mark} of the source is missing in the translation."
    new = "The note mark {mark} stands in the translation but not in the source."
    return [
        *counted(pair, "reference", references=True),
        *(Finding("reference-missing", Severity.ERROR, gone, {"mark": mark}) for mark in given - found),
        *(Finding("reference-added", Severity.ERROR, new, {"mark": mark}) for mark in found - given),
    ]
