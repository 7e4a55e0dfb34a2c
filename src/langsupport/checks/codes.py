"""Inline codes: none lost, none doubled, pairs nested."""

from __future__ import annotations

from collections import Counter

from langsupport.checks.base import SegmentPair
from langsupport.domain.codes import nesting_kept
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import InlineCode

_NAMES = {
    "format": "formatting",
    "link": "link",
    "note": "note reference",
    "field": "field",
    "break": "line break",
    "tab": "tab",
    "image": "image",
    "code": "code",
}


def check(pair: SegmentPair) -> list[Finding]:
    source, target = pair.source.code_counts(), pair.target.code_counts()
    findings = [
        _finding("codes-missing", "{count} × {role} of the source is missing in the translation.", lost)
        for lost in _by_role(source - target)
    ]
    findings += [
        _finding("codes-added", "{count} × {role} stands in the translation but not in the source.", new)
        for new in _by_role(target - source)
    ]
    if not findings and not nesting_kept(pair.source, pair.target):
        findings.append(
            Finding("codes-nesting", Severity.ERROR, "Formatting or links overlap wrongly in the translation.")
        )
    return findings


def _by_role(codes: Counter[InlineCode]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for code, count in codes.items():
        name = _NAMES.get(code.role, "inline element")
        counts[name] = counts.get(name, 0) + count
    return sorted(counts.items())


def _finding(code: str, template: str, what: tuple[str, int]) -> Finding:
    return Finding(code, Severity.ERROR, template, {"role": what[0], "count": what[1]})
