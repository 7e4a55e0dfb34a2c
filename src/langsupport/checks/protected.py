"""Protected entities: verbatim, as often as in the source. Numbers have their own check."""

from __future__ import annotations

from langsupport.checks.base import SegmentPair
from langsupport.domain.entities import EntityKind, missing_entities
from langsupport.domain.findings import Finding, Severity

_NAMES = {
    EntityKind.DOCUMENT_SYMBOL: "document symbol",
    EntityKind.RECOMMENDATION: "Recommendation or standard",
    EntityKind.QUESTION: "Question",
    EntityKind.URL: "web address",
    EntityKind.EMAIL: "e-mail address",
    EntityKind.IDENTIFIER: "identifier",
    EntityKind.NAME: "name",
}


def check(pair: SegmentPair) -> list[Finding]:
    strict = [entity for entity in pair.entities if entity.kind is not EntityKind.NUMBER]
    template = "The {kind} “{text}” is not in the translation as it stands in the source."
    return [
        Finding("protected-missing", Severity.ERROR, template, {"kind": _NAMES[entity.kind], "text": entity.text})
        for entity in missing_entities(strict, pair.target.text, pair.target_language)
    ]
