from __future__ import annotations

from dataclasses import replace

import pytest

from langsupport.domain.confidence import (
    GENERAL,
    Calibration,
    ConfidenceLevel,
    Evidence,
    calibration_from,
    is_good,
    level,
)

EVIDENCE = Evidence(probability=0.8, stretch=0.1, copied=0.0, faults=0.0)


def test_what_speaks_for_a_translation_raises_its_chance() -> None:
    usual = GENERAL.chance(EVIDENCE)
    assert 0 < usual < 1
    assert GENERAL.chance(replace(EVIDENCE, probability=0.9)) > usual
    for name in ("stretch", "copied", "faults"):
        assert GENERAL.chance(replace(EVIDENCE, **{name: 0.5})) < usual, name


@pytest.mark.parametrize(
    ("chance", "said"),
    [(1.0, "sure"), (0.7, "sure"), (0.69, "fair"), (0.3, "fair"), (0.29, "doubtful"), (0.0, "doubtful")],
)
def test_levels(chance: float, said: str) -> None:
    assert level(chance) is ConfidenceLevel(said)


def test_a_chinese_translation_is_good_with_less() -> None:
    assert is_good(40, "zh") and not is_good(40, "fr") and is_good(60, "fr")


def test_a_calibration_is_read_as_it_was_written() -> None:
    made = Calibration(-1.5, {**GENERAL.weights, "probability": 2.0}, "chrF2 | n:100")
    assert calibration_from(made.to_json()) == made


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"intercept": 0, "beauty": 1}, "“beauty” is none of"),
        ({"intercept": "high"}, "intercept must be a number"),
        ({"probability": float("nan")}, "probability must be a number"),
    ],
)
def test_a_calibration_that_is_none(table: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        calibration_from(table)


def test_an_extreme_is_no_error() -> None:
    assert Calibration(1e9, {}).chance(EVIDENCE) == pytest.approx(1)
    assert Calibration(-1e9, {}).chance(EVIDENCE) == pytest.approx(0)
