"""Targets that are far shorter or longer than translations between two languages are, or in fewer or more sentences."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

LETTERS_PER_ENGLISH = {"ar": 0.90, "en": 1.0, "es": 1.185, "fr": 1.185, "ru": 1.14, "zh": 0.366}
"""Letters of a text per letter of its English version, measured on FLORES-200 dev and NTREX-128 (2,994 sentences)."""
_SHORTEST, _LONGEST = 0.5, 2.1
_SHORTEST_HAN, _LONGEST_HAN = 0.45, 2.6
"""Bounds of target length / expected length: about 2 in 1,000 human translations lie beyond each. With Chinese on one
side they spread more, because names are spelt out in sounds."""
_SLACK_LETTERS = 8
"""Short segments get this much more room, in English letters."""


_SENTENCE_END = re.compile(
    r"(?<=[^\W\d_]{3})[.!?…؟]+[\"'”’»)\]]*[ \u00a0\u202f]+(?=[\"'“‘«(¿¡]*(?:[A-ZÀ-ÖØ-ÞА-ЯЁ]|[\u0621-\u064a]))"
    r"|[。！？]+[”’」』）]*(?=[^\s”’」』），、])"
)
"""Between two sentences, as far as their marks tell. Abbreviations are short; to miss an end is the lesser fault."""


def check(pair: SegmentPair) -> list[Finding]:
    return _letters(pair) or _sentences(pair)


def _sentences(pair: SegmentPair) -> list[Finding]:
    """Translators join and part sentences: one more or less says nothing."""
    given, found = (len(_SENTENCE_END.findall(text)) + 1 for text in running_text(pair))
    if abs(given - found) < 2:
        return []
    template = "The source has {given} sentences and the translation {found}."
    return [Finding("length-sentences", Severity.INFO, template, {"given": given, "found": found})]


def _letters(pair: SegmentPair) -> list[Finding]:
    if pair.source_language not in LETTERS_PER_ENGLISH:
        return []
    source, target = (sum(map(str.isalpha, text)) for text in running_text(pair))
    given = source / LETTERS_PER_ENGLISH[pair.source_language]
    found = target / LETTERS_PER_ENGLISH[pair.target_language]
    shortest, longest = (_SHORTEST_HAN, _LONGEST_HAN) if "zh" in _pair_of(pair) else (_SHORTEST, _LONGEST)
    fields = {"percent": round(100 * found / given) if given else 0}
    if found + _SLACK_LETTERS < given * shortest:
        template = "The translation has only {percent} % of the length to be expected; something may be missing."
        return [Finding("length-short", Severity.WARNING, template, fields)]
    if given and found > given * longest + _SLACK_LETTERS:
        template = "The translation has {percent} % of the length to be expected."
        return [Finding("length-long", Severity.WARNING, template, fields)]
    return []


def _pair_of(pair: SegmentPair) -> tuple[str, str]:
    return pair.source_language, pair.target_language
