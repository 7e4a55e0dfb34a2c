"""The same words twice in a document: translated alike; and what is not the same, not translated alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from langsupport.checks.base import PlacedPair, shortened
from langsupport.checks.contents import entries
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import with_unit

_LEAST_WORDS = 4
"""Shorter texts are labels whose translation depends on their place: for information."""
_HAN_PER_WORD = 1.7
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_EDGE_MARKS = " .,;:!?…。，；：！？؟،؛\u00a0\u202f"


def check(segments: Sequence[PlacedPair]) -> list[Finding]:
    of_contents = entries(segments)
    looked_at = [
        one
        for index, one in enumerate(segments)
        if index not in of_contents and _WORD.search(one.pair.source.text) and one.pair.target.text.strip()
    ]
    return [*_apart(looked_at), *_alike(looked_at)]


def _apart(segments: Sequence[PlacedPair]) -> list[Finding]:
    """The same source, translated otherwise than the most (of as many, than the first)."""
    findings = []
    for group in _groups(segments, lambda one: _plain(one.pair.source.text)):
        usual = Counter(_plain(one.pair.target.text) for one in group).most_common(1)[0][0]
        other = next(one.pair.target.text for one in group if _plain(one.pair.target.text) == usual)
        template = "The same text is translated otherwise elsewhere in the document: “{text}”."
        for one in group:
            if _plain(one.pair.target.text) != usual:
                findings.append(_placed("consistency-source", template, other, one))
    return findings


def _alike(segments: Sequence[PlacedPair]) -> list[Finding]:
    """Another source, translated as one before."""
    findings = []
    for group in _groups(segments, lambda one: _plain(one.pair.target.text)):
        first = group[0].pair.source.text
        template = "Another text of the document has the same translation: “{text}”."
        for one in group[1:]:
            if _plain(one.pair.source.text) != _plain(first):
                findings.append(_placed("consistency-target", template, first, one))
    return findings


def _groups(segments: Sequence[PlacedPair], key: Callable[[PlacedPair], str]) -> list[list[PlacedPair]]:
    """Segments of the same languages and key, where there are several."""
    found: defaultdict[tuple[str, str, str], list[PlacedPair]] = defaultdict(list)
    for one in segments:
        found[one.pair.source_language, one.pair.target_language, key(one)].append(one)
    return [group for group in found.values() if len(group) > 1]


def _placed(code: str, template: str, other: str, one: PlacedPair) -> Finding:
    long = _words(one.pair.source.text) >= _LEAST_WORDS
    severity = Severity.WARNING if long else Severity.INFO
    return with_unit(Finding(code, severity, template, {"text": shortened(other)}), one.unit_id, one.segment_index)


def _words(text: str) -> float:
    han = len(_HAN.findall(text))
    return han / _HAN_PER_WORD + len(_WORD.findall(_HAN.sub(" ", text)))


def _plain(text: str) -> str:
    """A text without what may differ for its place: capitals, spaces, the marks at its edges."""
    return " ".join(text.split()).strip(_EDGE_MARKS).casefold()
