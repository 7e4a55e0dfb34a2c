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
    own = LANGUAGES.get(pair.source_language)
    given = script_counts(source)
    if total < _LEAST_LETTERS or (given[own.script] if own else given.total()) < 4:
        return []
    fitting = counts[expected] * (_HAN_WEIGHT if expected is Script.HAN else 1)
    if fitting >= total - counts[expected]:
        return []
    template = "Most of the translation is not written in the script of {language}."
    return [
        Finding("script-wrong", Severity.WARNING, template, {"language": LANGUAGES[pair.target_language].english_name})
    ]
