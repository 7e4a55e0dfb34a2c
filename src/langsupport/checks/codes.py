"""Inline codes: none lost, none doubled, pairs nested. Notes and cross-references have their own check."""

from __future__ import annotations

from collections import Counter

from langsupport.checks.base import SegmentPair
from langsupport.domain.codes import nesting_kept
from langsupport.domain.findings import Finding, Severity

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
REFERENCES = frozenset({"note", "field"})
"""Roles of codes that point elsewhere: to a note, a figure's number, a page."""


def check(pair: SegmentPair) -> list[Finding]:
    findings = counted(pair, "codes", references=False)
    same = pair.source.code_counts() == pair.target.code_counts()
    if same and not nesting_kept(pair.source, pair.target):
        findings.append(
            Finding("codes-nesting", Severity.ERROR, "Formatting or links overlap wrongly in the translation.")
        )
    return findings


def counted(pair: SegmentPair, name: str, *, references: bool) -> list[Finding]:
    """`name`-missing and `name`-added by role, for the codes that are references or for those that aren't."""
    source, target = pair.source.code_counts(), pair.target.code_counts()
    findings: list[Finding] = []
    for code, codes, template in (
        ("missing", source - target, "{count} × {role} of the source is missing in the translation."),
        ("added", target - source, "{count} × {role} stands in the translation but not in the source."),
    ):
        roles: Counter[str] = Counter()
        for one, count in codes.items():
            if (one.role in REFERENCES) is references:
                roles[_NAMES.get(one.role, "inline element")] += count
        fields = [{"role": role, "count": count} for role, count in sorted(roles.items())]
        findings += [Finding(f"{name}-{code}", Severity.ERROR, template, one) for one in fields]
    return findings
