"""Text that stayed in the source language: all of it, or a run of words."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text, shortened
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES, Script, script_counts, script_of

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_RUN_WORDS = 5
"""So many words in a row that stand in the source too are residue; shorter runs are names and titles."""
MAX_WORDS = 1_000
"""Looked at; a segment is a sentence."""
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{10,}")
"""The same from Chinese."""


def check(pair: SegmentPair) -> list[Finding]:
    if pair.source_language == pair.target_language:
        return []
    source, target = running_text(pair)
    words = _WORD.findall(source)
    if source.strip() == target.strip():
        translatable = [word for word in words if not word.isupper() and not word[0].isupper()]
        if len(translatable) >= 2 or (_script_of(pair) is not Script.LATIN and words):
            return [Finding("untranslated", Severity.WARNING, "The translation is the same as the source.")]
        return []
    run = _shared_run(source, target, pair)
    if run:
        template = "Part of the translation stayed in the source language: “{text}”."
        return [Finding("untranslated-part", Severity.WARNING, template, {"text": shortened(run)})]
    return []


def _script_of(pair: SegmentPair) -> Script:
    """The source's script; of a language outside the six, the one that most of its letters have."""
    known = LANGUAGES.get(pair.source_language)
    counts = script_counts(pair.source.text)
    return known.script if known else max(counts, key=counts.__getitem__, default=Script.LATIN)


def _shared_run(source: str, target: str, pair: SegmentPair) -> str | None:
    """The longest run of common-noun words that both sides share, if it is long enough."""
    if pair.source_language == "zh":
        return max(_HAN_RUN.findall(target), key=len, default=None)
    own = _script_of(pair)
    if own is not LANGUAGES[pair.target_language].script and own is not Script.LATIN:
        foreign = [w for w in _WORD.findall(target) if script_of(w[0]) is own and not w[0].isupper()]
        return " ".join(foreign) if len(foreign) >= 3 else None
    given = " ".join(_WORD.findall(source)).lower()
    best: list[str] = []
    current: list[str] = []
    for word in _WORD.findall(target)[:MAX_WORDS]:
        candidate = [*current, word]
        current = candidate if f" {' '.join(candidate).lower()} " in f" {given} " else [word]
        if sum(not w[0].isupper() for w in current) > sum(not w[0].isupper() for w in best):
            best = list(current)
    plain = [w for w in best if not w[0].isupper()]
    return " ".join(best) if len(plain) >= _RUN_WORDS else None
