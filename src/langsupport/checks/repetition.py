"""Doubled words and loops, as machines produce them."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text, shortened
from langsupport.domain.findings import Finding, Severity

_DOUBLED = re.compile(r"\b([^\W\d_]{2,})\s+\1\b", re.IGNORECASE)
_LOOP = re.compile(r"(.{2,60}?)(?:[\s,，、.;；]*\1){2,}", re.DOTALL)
_LEAST_LOOP_CHARS = 9
_HARMLESS = frozenset(
    {"nous", "vous", "чуть", "еле", "bla", "ha", "had", "that", "que", "tout", "очень", "едва", "so", "very", "long"}
)
"""Words that good sentences double: "nous nous sommes", "had had"."""
MAX_CHARS = 4_000
"""Looked at; a segment is a sentence."""


def check(pair: SegmentPair) -> list[Finding]:
    source, target = (text[:MAX_CHARS] for text in running_text(pair))
    loop = _loop(target)
    if loop and not _loop(source):
        return [
            Finding(
                "repetition-loop",
                Severity.WARNING,
                "The translation repeats itself: “{text}”.",
                {"text": shortened(loop)},
            )
        ]
    given = {match.group(1).lower() for match in _DOUBLED.finditer(source)}
    doubled = [m.group(1) for m in _DOUBLED.finditer(target) if m.group(1).lower() not in _HARMLESS]
    if doubled and not given:
        return [
            Finding(
                "repetition-word", Severity.WARNING, "The word “{word}” stands twice in a row.", {"word": doubled[0]}
            )
        ]
    return []


def _loop(text: str) -> str | None:
    for match in _LOOP.finditer(text):
        if len(match.group()) >= _LEAST_LOOP_CHARS and sum(map(str.isalpha, match.group(1))) >= 2:
            return match.group(1).strip()
    return None
