"""Numbers: the same values on both sides, however they are written."""

from __future__ import annotations

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.numbers import compare_numbers


def check(pair: SegmentPair) -> list[Finding]:
    source, target = running_text(pair)
    missing, extra = compare_numbers(source, pair.source_language, target, pair.target_language)
    gone = "The number {number} of the source is missing or different in the translation."
    new = "The number {number} stands in the translation but not in the source."
    return [
        *(Finding("number-missing", Severity.ERROR, gone, {"number": number}) for number in missing),
        *(Finding("number-added", Severity.ERROR, new, {"number": number}) for number in extra),
    ]
