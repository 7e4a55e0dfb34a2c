"""Numbers: the same values on both sides, however they are written.

A number that the other side has nowhere is an error. Warnings: one that stands there, but less often, and may have
become a pronoun; that of a name (COVID-19), which may go with the name; measures in miles or pounds, or made of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from langsupport.checks.base import SegmentPair, running_text
from langsupport.checks.units import measured_otherwise
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.numbers import compare_numbers, numbers_in

_GONE = "The number {number} of the source is missing or different in the translation."
_NEW = "The number {number} stands in the translation but not in the source."


def check(pair: SegmentPair) -> list[Finding]:
    source, target = running_text(pair)
    missing, extra = compare_numbers(source, pair.source_language, target, pair.target_language)
    if not missing and not extra:
        return []
    given, found = _values(source, pair.source_language), _values(target, pair.target_language)
    converted = bool(
        measured_otherwise(source, pair.source_language) & set(missing)
        or measured_otherwise(target, pair.target_language) & set(extra)
    )
    gone = _severity((source, target), given, found, converted)
    new = _severity((target, source), found, given, converted)
    return [
        *(Finding("number-missing", gone(number), _GONE, {"number": number}) for number in missing),
        *(Finding("number-added", new(number), _NEW, {"number": number}) for number in extra),
    ]


def _values(text: str, language: str) -> dict[str, frozenset[str]]:
    """Each number as written, and what it may mean."""
    return {token.text: token.values for token in numbers_in(text, language)}


def _severity(
    texts: tuple[str, str], own: dict[str, frozenset[str]], others: dict[str, frozenset[str]], converted: bool
) -> Callable[[str], Severity]:
    there = frozenset().union(*others.values())

    def severity(number: str) -> Severity:
        named = re.compile(rf"[A-Za-z][-–~]?{re.escape(number)}(?!\d|[.,]\d)")
        doubtful = converted or any(map(named.search, texts)) or own.get(number, frozenset()) & there
        return Severity.WARNING if doubtful else Severity.ERROR

    return severity
