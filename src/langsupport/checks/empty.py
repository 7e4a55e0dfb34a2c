"""A source with text needs a target with text."""

from __future__ import annotations

from langsupport.checks.base import SegmentPair
from langsupport.domain.findings import Finding, Severity


def check(pair: SegmentPair) -> list[Finding]:
    if pair.source.text.strip() and not pair.target.text.strip():
        return [Finding("empty", Severity.ERROR, "The translation is empty.")]
    return []
