from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.reviews import blocking
from langsupport.domain.tasks import (
    Conditions,
    QueueRule,
    RenditionFacts,
    count_words,
    rule_for,
    shares,
    word_weight,
)

FACTS = RenditionFacts("en", "fr", "docx", 900, "m1", errors=0, warnings=3)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60), st.integers(1, 12))
def test_shares_cover_everything_once_in_order(weights: list[float], parts: int) -> None:
    found = shares(weights, parts)
    assert [number for first, last in found for number in range(first, last + 1)] == list(range(len(weights)))
    assert len(found) == min(parts, len(weights))


def test_shares_are_about_equal() -> None:
    weights = [10.0] * 50 + [1.0] * 500
    found = [sum(weights[first : last + 1]) for first, last in shares(weights, 4)]
    assert max(found) - min(found) <= 10


@pytest.mark.parametrize(
    ("match", "repeated", "copied", "weight"),
    [
        (None, False, False, 1.0),
        (100, False, False, 0.1),
        (96, False, False, 0.3),
        (85, False, False, 0.6),
        (84, False, False, 0.8),
        (60, False, False, 1.0),
        (60, True, False, 0.1),
        (None, False, True, 0.0),
    ],
)
def test_what_a_word_counts_for(match: int | None, repeated: bool, copied: bool, weight: float) -> None:
    assert word_weight(match, repeated=repeated, copied=copied) == weight


def test_chinese_is_counted_by_characters() -> None:
    assert count_words("委员会通过了12项决议。", "zh") == 11
    assert count_words("The Committee adopted 12 resolutions.", "en") == 5


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (Conditions(), True),
        (Conditions(meeting_id="m1"), True),
        (Conditions(meeting_id="m2"), False),
        (Conditions(formats=("pdf",)), False),
        (Conditions(targets=("fr", "es"), sources=("en",)), True),
        (Conditions(sources=("fr",)), False),
        (Conditions(least_words=900, most_words=900), True),
        (Conditions(most_words=899), False),
        (Conditions(least_warnings=4), False),
        (Conditions(least_errors=1), False),
    ],
)
def test_when_conditions_hold(conditions: Conditions, holds: bool) -> None:
    assert conditions.hold(FACTS) is holds


def test_the_first_rule_that_is_on_decides() -> None:
    off = QueueRule("1", "off", enabled=False)
    other = QueueRule("2", "spanish", conditions=Conditions(targets=("es",)))
    first, second = QueueRule("3", "first"), QueueRule("4", "second")
    assert rule_for([off, other, first, second], FACTS) is first
    assert rule_for([off, other], FACTS) is None


def test_what_loses_a_part_of_the_document_blocks_whatever_was_said() -> None:
    found = [
        Finding("codes-missing", Severity.ERROR, ""),
        Finding("number-missing", Severity.ERROR, ""),
        Finding("length", Severity.WARNING, ""),
    ]
    assert [one.code for one in blocking(found)] == ["codes-missing", "number-missing"]
    assert [one.code for one in blocking(found, {"codes-missing", "number-missing"})] == ["codes-missing"]
