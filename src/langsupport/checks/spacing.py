"""Spaces: none doubled, none at the edges, none before a mark; in French the one that must not break."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

_DOUBLE = re.compile(r"(?<=\S)[ \u00a0\u202f]{2,}(?=\S)")
_BEFORE_MARK = re.compile(r"(?<=[^\W\d_])[ \u00a0\u202f]+([,.;:!?،؛؟](?=\s|$)|[,，。；：！？])(?![.…)\]])")
_FRENCH_BEFORE = re.compile(r"(?<=[^\W_])([ \u00a0\u202f]?)([;:!?»])(?=[\s»)\]]|$)")
_FRENCH_AFTER = re.compile(r"(?<!\w)«([ \u00a0\u202f]?)(?=\w)")
_FRENCH_DOTS = re.compile(r"(?<=[^\W\d_])[ \u00a0\u202f]+([,.])(?=\s|$)(?!\s?\.)")


def check(pair: SegmentPair) -> list[Finding]:
    source, target = running_text(pair)
    findings = [*_edges(pair), *_doubled(source, target)]
    pattern = _FRENCH_DOTS if pair.target_language == "fr" else _BEFORE_MARK
    marks = {match.group(1) for match in pattern.finditer(target)}
    marks -= {match.group(1) for match in pattern.finditer(source)} if pair.source_language != "fr" else set()
    template = "There is a space before {mark}."
    findings += [Finding("spacing-mark", Severity.WARNING, template, {"mark": mark}) for mark in sorted(marks)]
    return findings + (_french(target) if pair.target_language == "fr" else [])


def _edges(pair: SegmentPair) -> list[Finding]:
    """Space at an edge is kept by the document as it is in the source, whatever a segment's translation has."""
    source, target = pair.source.text, pair.target.text
    added = (target[:1].isspace() and not source[:1].isspace()) or (target[-1:].isspace() and not source[-1:].isspace())
    if not added or not target.strip():
        return []
    return [Finding("spacing-edge", Severity.WARNING, "The translation begins or ends with a space.")]


def _doubled(source: str, target: str) -> list[Finding]:
    count = len(_DOUBLE.findall(target))
    if not count or _DOUBLE.search(source):
        return []
    template = "Two spaces stand in a row ({count} in all)."
    return [Finding("spacing-double", Severity.WARNING, template, {"count": count})]


def _french(target: str) -> list[Finding]:
    """No-break space before ; : ! ? » and after «. Many write a plain space there or none: for information."""
    found = [(m.group(1), m.group(2)) for m in _FRENCH_BEFORE.finditer(target)]
    found += [(m.group(1), "«") for m in _FRENCH_AFTER.finditer(target)]
    marks = sorted({mark for space, mark in found if space not in {"\u00a0", "\u202f"}})
    template = "French has a space that doesn’t break before ; : ! ? » and after «; it is missing at {marks}."
    return [Finding("spacing-french", Severity.INFO, template, {"marks": " ".join(marks)})] if marks else []
