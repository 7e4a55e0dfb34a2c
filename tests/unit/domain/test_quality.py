from __future__ import annotations

import pytest

from langsupport.domain.quality import Edits, ErrorCategory, ErrorSeverity, Quality


@pytest.mark.parametrize(
    ("before", "after", "language", "rate"),
    [
        ("Le Comité se réunit.", "Le Comité se réunit.", "fr", 0.0),
        ("Le Comité se réunit.", "La Commission se réunit.", "fr", 0.5),
        ("", "La Commission se réunit.", "fr", 1.0),
        ("委员会开会。", "委员会闭会。", "zh", 1 / 6),
        ("", "", "fr", None),
    ],
)
def test_edits_are_related_to_the_longer_text(before: str, after: str, language: str, rate: float | None) -> None:
    edits = Edits()
    edits.count(before, after, language)
    assert edits.rate == (pytest.approx(rate) if rate is not None else None)


def test_penalties_are_counted_for_a_thousand_words() -> None:
    quality = Quality(words=500, seconds=1800, timed_words=250)
    quality.marks.update([(ErrorCategory.STYLE, ErrorSeverity.MINOR)] * 2)
    quality.marks.update(
        [(ErrorCategory.ACCURACY, ErrorSeverity.CRITICAL), (ErrorCategory.STYLE, ErrorSeverity.NEUTRAL)]
    )
    assert quality.penalty == pytest.approx(54)
    assert quality.errors(ErrorCategory.STYLE) == 3
    assert quality.words_per_hour == pytest.approx(500)
    assert (Quality().penalty, Quality().words_per_hour) == (None, None)
