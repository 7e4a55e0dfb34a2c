"""How likely a machine translation is to be left largely as it is, told before anybody has read it.

A logistic regression over what is known for nothing: how probable its own words were to the engine, which is the best
single sign that needs no reference (Fomicheva et al., 2020, aclanthology.org/2020.tacl-1.35), the lengths of both
texts, what was left untranslated, what the checks found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SURE = 0.7
DOUBTFUL = 0.3
"""From the first on a translation counts as sure, below the second as doubtful."""

GOOD_CHRF = 60.0
GOOD_CHRF_HAN = 35.0
"""Sentence chrF from which a translation counts as one that needs little editing; in Chinese, where a character more or
less is a word, a translation of the same worth has far less."""


class ConfidenceLevel(StrEnum):
    SURE = "sure"
    FAIR = "fair"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one translation, each about between 0 and 1.

    `probability`: of a token to the engine, the geometric mean. `stretch`: how far the target's length is from what is
    usual, as the absolute logarithm of the quotient. `copied`: the share of the target's words that stand in the
    source. `faults`: what the checks and the engine found.
    """

    probability: float
    stretch: float
    copied: float
    faults: float


FEATURES = ("probability", "stretch", "copied", "faults")


@dataclass(frozen=True, slots=True)
class Calibration:
    """`weights` of FEATURES; `signature` says on what they were learned."""

    intercept: float
    weights: Mapping[str, float]
    signature: str = ""

    def chance(self, evidence: Evidence) -> float:
        """0 to 1."""
        value = self.intercept + sum(weight * getattr(evidence, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))

    def to_json(self) -> dict[str, float | str]:
        return {"intercept": self.intercept, **self.weights, "signature": self.signature}


GENERAL = Calibration(-5.0908, {"probability": 7.0867, "stretch": -1.605, "copied": -0.4057, "faults": -0.2509})
"""For directions that nobody has measured: what benchmarks/quality/confidence.py learns of the embedded translator over
all its directions. It puts translations in order; its level is a guess."""


def calibration_from(table: Mapping[str, object]) -> Calibration:
    """As `to_json` writes it. Raises ValueError, which says what is wrong."""
    unknown = set(table) - {*FEATURES, "intercept", "signature"}
    if unknown:
        raise ValueError(f"“{min(unknown)}” is none of {', '.join(FEATURES)}, intercept, signature")
    numbers: dict[str, float] = {}
    for name in ("intercept", *FEATURES):
        value = table.get(name, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} must be a number")
        numbers[name] = float(value)
    return Calibration(numbers.pop("intercept"), numbers, str(table.get("signature", "")))


def level(chance: float) -> ConfidenceLevel:
    if chance >= SURE:
        return ConfidenceLevel.SURE
    return ConfidenceLevel.DOUBTFUL if chance < DOUBTFUL else ConfidenceLevel.FAIR


def is_good(chrf: float, target: str) -> bool:
    """Whether a translation into `target` with this sentence chrF (0 to 100) needs little editing."""
    return chrf >= (GOOD_CHRF_HAN if target == "zh" else GOOD_CHRF)
