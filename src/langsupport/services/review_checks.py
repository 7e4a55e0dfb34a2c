"""The checks of what people write: those of texts, with the organization's levels, and those of terms."""

from __future__ import annotations

from collections.abc import Sequence

from langsupport import checks
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, Origin
from langsupport.pipelines.leverage import term_findings
from langsupport.services.review_records import SegmentRecord
from langsupport.services.terms import TermService
from langsupport.text.entities import find_entities


class ReviewChecks:
    """May be used from any thread."""

    def __init__(self, terms: TermService, levels: checks.Levels = checks.USUAL) -> None:
        self._terms = terms
        self._levels = levels

    def run(
        self, source: CodedText, target: CodedText, languages: tuple[str, str], match: CodedText | None = None
    ) -> list[Finding]:
        """Errors first. `match`: what the memory proposed, where `target` came from a close match."""
        own, other = languages
        pair = checks.SegmentPair(
            source,
            target,
            own,
            other,
            entities=tuple(find_entities(source.text, own if own in LANGUAGES else "en")),
            origin=Origin.FUZZY if match is not None else Origin.HUMAN,
            match=match,
        )
        found = checks.run(pair, self._levels)
        if own in LANGUAGES and target.text.strip():
            matcher, there = self._terms.matcher(own), self._terms.matcher(other)
            if matcher.count or there.count:
                found += term_findings(source.text, target.text, matcher, there, other, self._levels)
        order = list(Severity)
        return sorted(found, key=lambda finding: order.index(finding.severity))

    def across(self, segments: Sequence[SegmentRecord], target: str) -> list[tuple[SegmentRecord, Finding]]:
        """What segments say beside each other: the same translated otherwise, other things alike. In reading order."""
        placed = [
            checks.PlacedPair(
                checks.SegmentPair(one.source, one.target, one.language, target), str(one.number), 0, one.unit_kind
            )
            for one in segments
        ]
        found: dict[str, list[Finding]] = {}
        for finding in checks.run_document(placed, self._levels):
            found.setdefault(finding.unit_id or "", []).append(finding)
        return [(one, finding) for one in segments for finding in found.get(str(one.number), ())]


__all__ = ["ReviewChecks"]
