"""Checks of a translated segment against its source. Each gives findings; saving and showing them is others' work.

To add a check: one file with a function from a SegmentPair to findings, and its row in CHECKS.
"""

from __future__ import annotations

from langsupport.checks import (
    arabic,
    chinese,
    codes,
    empty,
    length,
    negation,
    numbers,
    protected,
    punctuation,
    repetition,
    script,
    untranslated,
)
from langsupport.checks.base import Check, SegmentPair
from langsupport.domain.findings import Finding, Severity

CHECKS: dict[str, Check] = {
    check.name: check
    for check in (
        Check("empty", Severity.ERROR, empty.check, "The target has no text."),
        Check("codes", Severity.ERROR, codes.check, "Formatting, links and notes are all there and properly nested."),
        Check(
            "protected",
            Severity.ERROR,
            protected.check,
            "Document symbols, addresses and names come out as they went in.",
        ),
        Check("numbers", Severity.ERROR, numbers.check, "The numbers have the same values."),
        Check("untranslated", Severity.WARNING, untranslated.check, "No text stays in the source language."),
        Check("script", Severity.WARNING, script.check, "The target is written in its language's script."),
        Check("repetition", Severity.WARNING, repetition.check, "No word or phrase is doubled or loops."),
        Check(
            "length", Severity.WARNING, length.check, "The target is about as long as translations between the two are."
        ),
        Check("negation", Severity.WARNING, negation.check, "A prohibition stays a prohibition."),
        Check("punctuation", Severity.WARNING, punctuation.check, "End marks and brackets follow the target language."),
        Check(
            "arabic",
            Severity.WARNING,
            arabic.check,
            "Arabic punctuation, no stretched letters, balanced direction marks.",
        ),
        Check("chinese", Severity.WARNING, chinese.check, "Full-width punctuation and no stray spaces in Chinese."),
    )
}
"""Every check by name. `severity` is the highest that it gives; errors block approval."""


def run(pair: SegmentPair) -> list[Finding]:
    """All findings of one segment, errors first. An empty target gets that finding alone."""
    if not pair.source.text.strip():
        return CHECKS["codes"].run(pair)
    nothing = CHECKS["empty"].run(pair)
    if nothing:
        return nothing
    findings = [finding for check in CHECKS.values() for finding in check.run(pair)]
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


_ORDER = {severity: index for index, severity in enumerate(Severity)}

__all__ = ["CHECKS", "Check", "SegmentPair", "run"]
