"""Checks of a translated segment against its source, and of a document's segments against each other.

Each gives findings; saving and showing them is others' work. To add a check: one file with a function from a
SegmentPair to findings and its row in CHECKS, or from a document's segments and its row in DOCUMENT_CHECKS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from langsupport.checks import (
    arabic,
    chinese,
    codes,
    consistency,
    contents,
    dates,
    empty,
    fit,
    fuzzy,
    length,
    negation,
    numbers,
    protected,
    punctuation,
    references,
    repetition,
    script,
    spacing,
    units,
    untranslated,
)
from langsupport.checks.base import Check, LookedAt, PlacedPair, SegmentPair
from langsupport.checks.levels import USUAL, Level, Levels, levelled
from langsupport.domain.findings import Finding, Severity

CHECKS: dict[str, Check[SegmentPair]] = {
    check.name: check
    for check in (
        Check("empty", Severity.ERROR, empty.check, "A source with text has a target with text."),
        Check("codes", Severity.ERROR, codes.check, "Formatting and links are all there and properly nested."),
        Check("reference", Severity.ERROR, references.check, "Notes and cross-references are there, each once."),
        Check(
            "protected",
            Severity.ERROR,
            protected.check,
            "Document symbols, addresses and names come out as they went in.",
        ),
        Check("numbers", Severity.ERROR, numbers.check, "The numbers have the same values."),
        Check("fuzzy", Severity.ERROR, fuzzy.check, "A close match of the memory is not confirmed as it was proposed."),
        Check("untranslated", Severity.WARNING, untranslated.check, "No text stays in the source language."),
        Check("script", Severity.WARNING, script.check, "The target is written in its language's script."),
        Check("repetition", Severity.WARNING, repetition.check, "No word or phrase is doubled or loops."),
        Check(
            "length", Severity.WARNING, length.check, "The target is about as long as translations between the two are."
        ),
        Check("negation", Severity.WARNING, negation.check, "A prohibition stays a prohibition."),
        Check("dates", Severity.WARNING, dates.check, "Days, months, years and days of the week are the same."),
        Check("units", Severity.WARNING, units.check, "Numbers count the same units and currencies."),
        Check(
            "punctuation",
            Severity.WARNING,
            punctuation.check,
            "End marks, brackets and quotation marks follow the target language.",
        ),
        Check("spacing", Severity.WARNING, spacing.check, "No space is doubled, at an edge or before a mark."),
        Check(
            "arabic",
            Severity.WARNING,
            arabic.check,
            "Arabic punctuation, no stretched letters, balanced direction marks.",
        ),
        Check("chinese", Severity.WARNING, chinese.check, "Full-width punctuation and no stray spaces in Chinese."),
        Check("fit", Severity.WARNING, fit.check, "The text fits its place, and a cue the time to read it."),
    )
}
"""Every check of a segment by name. `severity` is the highest that it gives; errors block approval."""

DOCUMENT_CHECKS: dict[str, Check[Sequence[PlacedPair]]] = {
    check.name: check
    for check in (
        Check(
            "consistency",
            Severity.WARNING,
            consistency.check,
            "The same text is translated alike in a document, and different texts differently.",
        ),
        Check(
            "contents", Severity.WARNING, contents.check, "Entries of the table of contents say what the headings say."
        ),
    )
}
"""Every check across a document's segments by name."""

ELSEWHERE = MappingProxyType(
    {
        "terms": (Severity.WARNING, "Approved terms are used."),
        "forbidden": (Severity.ERROR, "No forbidden term is used."),
        "export": (Severity.ERROR, "A file that is written has all that its source file has, and is well-formed."),
    }
)
"""Checks that need more than the texts (terms, files), by name: their highest severity and what they promise."""

NAMES = (*CHECKS, *DOCUMENT_CHECKS, *ELSEWHERE)
"""What an organization can set the level of."""

FIXED = frozenset({"empty", "codes", "reference"})
"""Checks that nobody can lower: what they find would lose a part of the document."""


def run(pair: SegmentPair, levels: Levels = USUAL) -> list[Finding]:
    """All findings of one segment, errors first. An empty target gets that finding alone.

    `levels`: what the organization set, by names of checks.
    """
    if not pair.source.text.strip():
        wanted: tuple[str, ...] = ("codes", "reference")
    elif CHECKS["empty"].run(pair):
        wanted = ("empty",)
    else:
        wanted = tuple(CHECKS)
    return _found((CHECKS[name] for name in wanted), pair, levels)


def run_document(segments: Sequence[PlacedPair], levels: Levels = USUAL) -> list[Finding]:
    """All findings across a document's segments (in reading order), placed, errors first."""
    return _found(DOCUMENT_CHECKS.values(), segments, levels)


def _found(wanted: Iterable[Check[LookedAt]], given: LookedAt, levels: Levels) -> list[Finding]:
    findings: list[Finding] = []
    for check in wanted:
        if levels.get(check.name) is not Level.OFF:
            findings += levelled(check.run(given), check.name, check.severity, levels)
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


_ORDER = {severity: index for index, severity in enumerate(Severity)}

__all__ = [
    "CHECKS",
    "DOCUMENT_CHECKS",
    "ELSEWHERE",
    "FIXED",
    "NAMES",
    "USUAL",
    "Check",
    "Level",
    "Levels",
    "PlacedPair",
    "SegmentPair",
    "levelled",
    "run",
    "run_document",
]
