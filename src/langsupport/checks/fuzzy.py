"""A close match of the memory, confirmed as the memory has it: the text that it translates was another one."""

from __future__ import annotations

from langsupport.checks.base import SegmentPair
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import Origin


def check(pair: SegmentPair) -> list[Finding]:
    if pair.origin is not Origin.FUZZY or pair.match is None:
        return []
    if " ".join(pair.target.text.split()) != " ".join(pair.match.text.split()):
        return []
    template = "The close match of the memory was taken over without a change, but the source text is another one."
    return [Finding("fuzzy-unedited", Severity.ERROR, template)]
