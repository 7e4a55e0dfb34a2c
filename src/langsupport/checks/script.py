"""The target is written in its language's script, foreign names and acronyms aside."""

from __future__ import annotations

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES, Script, script_counts

_LEAST_LETTERS = 8
_HAN_WEIGHT = 3
"""A Han character carries about as much as three letters."""


def check(pair: SegmentPair) -> list[Finding]:
    source, target = running_text(pair)
    expected = LANGUAGES[pair.target_language].script
    counts = script_counts(target)
    total = sum(counts.values())
    if total < _LEAST_LETTERS or script_counts(source)[LANGUAGES[pair.source_language].script] < 4:
        return []
    own = counts[expected] * (_HAN_WEIGHT if expected is Script.HAN else 1)
    foreign = total - counts[expected]
    if own >= foreign:
        return []
    template = "Most of the translation is not written in the script of {language}."
    return [
        Finding("script-wrong", Severity.WARNING, template, {"language": LANGUAGES[pair.target_language].english_name})
    ]
