"""Errors that revisers mark, and figures of what people changed.

Dimensions and severities are those of MQM (Multidimensional Quality Metrics, themqm.org, the core of 2021); penalties
are counted per thousand words as its linear scoring model does. Edit rates are Levenshtein distances over tokens
(characters where the language writes no spaces), related to the longer text, so that they lie between 0 and 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from langsupport.domain.languages import LANGUAGES


class ErrorCategory(StrEnum):
    TERMINOLOGY = "terminology"
    ACCURACY = "accuracy"
    LINGUISTIC = "linguistic"
    STYLE = "style"
    LOCALE = "locale"
    AUDIENCE = "audience"
    DESIGN = "design"
    OTHER = "other"


class ErrorSeverity(StrEnum):
    NEUTRAL = "neutral"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


PENALTIES: Mapping[ErrorSeverity, int] = {
    ErrorSeverity.NEUTRAL: 0,
    ErrorSeverity.MINOR: 1,
    ErrorSeverity.MAJOR: 5,
    ErrorSeverity.CRITICAL: 25,
}


class Figures(StrEnum):
    """Whose figures coordinators see. Everybody sees their own."""

    OFF = "off"
    LANGUAGES = "languages"
    PEOPLE = "people"


@dataclass
class Edits:
    """Edits that were made, and tokens of the texts that they were made in."""

    edits: int = 0
    tokens: int = 0

    def count(self, before: str, after: str, language: str) -> None:
        old, new = _tokens(before, language), _tokens(after, language)
        self.edits += Levenshtein.distance(old, new)
        self.tokens += max(len(old), len(new))

    @property
    def rate(self) -> float | None:
        """From 0, nothing was changed, to 1; None where there is nothing."""
        return self.edits / self.tokens if self.tokens else None


def _tokens(text: str, language: str) -> list[str]:
    if language in LANGUAGES and not LANGUAGES[language].word_spaces:
        return [character for character in text if not character.isspace()]
    return text.split()


@dataclass
class Quality:
    """What became of approved segments. `words` of their source; `timed_words` of those on which `seconds` were spent.

    `machine`: what translators changed of what the machine proposed; `revised`: what revisers changed of what
    translators wrote. `marks`: errors by category and severity.
    """

    segments: int = 0
    words: int = 0
    seconds: int = 0
    timed_words: int = 0
    machine: Edits = field(default_factory=Edits)
    revised: Edits = field(default_factory=Edits)
    marks: Counter[tuple[ErrorCategory, ErrorSeverity]] = field(default_factory=Counter)

    @property
    def words_per_hour(self) -> float | None:
        return self.timed_words * 3600 / self.seconds if self.seconds else None

    @property
    def penalty(self) -> float | None:
        """Penalty points per thousand words."""
        total = sum(PENALTIES[severity] * count for (_, severity), count in self.marks.items())
        return 1000 * total / self.words if self.words else None

    def errors(self, category: ErrorCategory) -> int:
        return sum(count for (one, _), count in self.marks.items() if one is category)


__all__ = ["PENALTIES", "Edits", "ErrorCategory", "ErrorSeverity", "Figures", "Quality"]
