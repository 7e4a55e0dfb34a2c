"""How sure a model's translations are: learned from translations that people have made of the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from langsupport.domain.confidence import FEATURES, Calibration, Evidence, is_good
from langsupport.errors import ExtraMissing, InvalidRequest

try:
    from sacrebleu.metrics.chrf import CHRF
except ImportError as error:
    raise ExtraMissing(feature="Calibration", extra="torch") from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LEAST_EXAMPLES = 100
LEAST_OF_EACH = 10
"""Fewer translations, or fewer good or bad ones among them, say nothing."""
RIDGE = 0.1
ROUNDS = 50
BINS = 5
PARTS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A translation, what was known about it, and its sentence chrF (0 to 100) against a person's."""

    evidence: Evidence
    chrf: float
    target: str

    @property
    def good(self) -> bool:
        return is_good(self.chrf, self.target)


@dataclass(frozen=True, slots=True)
class Reliability:
    """`auc`: the chance that a translation that needs editing is told from one that doesn't. `correlation` (Pearson) of
    the estimate with sentence chrF. `error`: the mean distance between estimate and what came true, over five bins."""

    examples: int
    good: float
    correlation: float
    auc: float
    error: float


def example(evidence: Evidence, said: str, reference: str, target: str) -> Example:
    return Example(evidence, float(CHRF(eps_smoothing=True).sentence_score(said, [reference]).score), target)


def fit(examples: Sequence[Example], signature: str = "") -> Calibration:
    """Logistic regression with a quadratic penalty on the weights, by Newton's method.

    Raises InvalidRequest: too few examples, or too few of either kind, to learn anything from.
    """
    _check(examples, 1 - 1 / PARTS)  # as many as are left to learn from where a part is held out
    inputs = np.array([[1.0, *_features(one.evidence)] for one in examples])
    wanted = np.array([one.good for one in examples], dtype=np.float64)
    penalty = np.diag([1e-6, *[RIDGE] * len(FEATURES)])
    weights = _newton(inputs, wanted, penalty)
    learned = dict(zip(FEATURES, (round(float(weight), 4) for weight in weights[1:]), strict=True))
    return Calibration(round(float(weights[0]), 4), learned, signature)


def levelled(whole: Calibration, examples: Sequence[Example]) -> Calibration:
    """The same weights at the level of one direction: its intercept is moved as far as its examples ask for, with the
    same penalty on the way that it goes."""
    base = np.array([whole.chance(one.evidence) for one in examples])
    values = np.log(base / (1 - base))
    wanted = np.array([one.good for one in examples], dtype=np.float64)
    shift = float(_newton(np.ones((len(values), 1)), wanted, np.array([[RIDGE]]), values)[0])
    return Calibration(round(whole.intercept + shift, 4), whole.weights, whole.signature)


def reliability(examples: Sequence[Example], chances: Sequence[float]) -> Reliability:
    """How far estimates of these examples, made without them, were right."""
    said, good = np.array(chances), np.array([one.good for one in examples])
    return Reliability(
        len(examples),
        float(good.mean()),
        float(np.corrcoef(said, [one.chrf for one in examples])[0, 1]),
        _auc(said, good),
        _calibration_error(said, good),
    )


def across(examples: Sequence[Example]) -> list[float]:
    """The chance of each example, by what was learned from the other parts. Raises InvalidRequest."""
    _check(examples)
    chances = [0.0] * len(examples)
    for part in range(PARTS):
        learned = fit([one for place, one in enumerate(examples) if place % PARTS != part])
        for place in range(part, len(examples), PARTS):
            chances[place] = learned.chance(examples[place].evidence)
    return chances


def _check(examples: Sequence[Example], share: float = 1.0) -> None:
    good = sum(one.good for one in examples)
    if len(examples) < share * LEAST_EXAMPLES or min(good, len(examples) - good) < share * LEAST_OF_EACH:
        detail = (
            f"{len(examples)} translations, {good} of them good, are too few to calibrate with: at least "
            f"{LEAST_EXAMPLES} are needed, and among them {LEAST_OF_EACH} good and {LEAST_OF_EACH} that need editing."
        )
        raise InvalidRequest(detail=detail)


def _features(evidence: Evidence) -> list[float]:
    return [getattr(evidence, name) for name in FEATURES]


def _newton(inputs: Numbers, wanted: Numbers, penalty: Numbers, start: Numbers | float = 0.0) -> Numbers:
    """The weights of a logistic regression with a quadratic penalty; `start` is added to the log odds of each row."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(ROUNDS):
        chances = _logistic(start + inputs @ weights)
        slope = inputs.T @ (wanted - chances) - penalty @ weights
        curve = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + penalty
        step = np.linalg.solve(curve, slope)
        weights += step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights


def _logistic(values: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _auc(said: Numbers, good: NDArray[np.bool_]) -> float:
    """Area under the curve by ranks (Mann and Whitney); ties count half. NaN where all are of one kind."""
    high, low = said[good], said[~good]
    if not len(high) or not len(low):
        return float("nan")
    ranks = (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])
    return float(ranks.mean())


def _calibration_error(said: Numbers, good: NDArray[np.bool_]) -> float:
    """Expected calibration error over bins of equal size, in the order of the estimates."""
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return float(sum(len(part) * abs(said[part].mean() - good[part].mean()) for part in parts) / len(said))
