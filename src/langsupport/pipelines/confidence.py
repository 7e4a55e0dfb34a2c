"""What a translation shows of its quality: the evidence that its confidence is reckoned from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from langsupport.checks.length import LETTERS_PER_ENGLISH
from langsupport.domain.confidence import Evidence
from langsupport.domain.findings import Finding, Severity

_FAULTS = {Severity.ERROR: 1.0, Severity.WARNING: 0.5, Severity.INFO: 0.0}
_MOST_FAULTS = 2.0
_MOST_STRETCH = 1.0
_WORD = re.compile(r"[㐀-鿿]|[^\W\d_]{4,}")


def evidence(
    source: str, target: str, score: float, languages: tuple[str, str], findings: Iterable[Finding]
) -> Evidence:
    """`score`: mean token log-probability; `languages`: of the source, which may be none of the six, and the target."""
    letters, found = (sum(map(str.isalpha, text)) for text in (source, target))
    faults = sum(_FAULTS[finding.severity] for finding in findings)
    return Evidence(
        probability=math.exp(min(0.0, score)),
        stretch=_stretch(letters, found, languages),
        copied=_copied(source, target),
        faults=min(_MOST_FAULTS, faults) / _MOST_FAULTS,
    )


def _stretch(letters: int, found: int, languages: tuple[str, str]) -> float:
    given, wanted = (LETTERS_PER_ENGLISH.get(language, 1.0) for language in languages)
    return min(_MOST_STRETCH, abs(math.log((found + 1) / (letters / given * wanted + 1))))


def _copied(source: str, target: str) -> float:
    """Of the target's words, the share that the source has too; but for names, which are capital and written alike."""
    known = set(_WORD.findall(source))
    words = [word for word in _WORD.findall(target) if word == word.lower()]
    return sum(word in known for word in words) / len(words) if words else 0.0
