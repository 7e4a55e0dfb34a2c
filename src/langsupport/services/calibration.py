"""Calibrating a model: how sure of its translations it may be, learned from people's translations of the same text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from langsupport.domain.units import CodedText, Segment, SegmentTranslation
from langsupport.engines.core import InferenceCore
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Progress
from langsupport.engines.store import ModelStore
from langsupport.errors import InvalidRequest
from langsupport.pipelines.confidence import evidence
from langsupport.pipelines.translation import translate_segments
from langsupport.training.bitext import Pair
from langsupport.training.calibrating import Example, Reliability, across, example, fit, reliability

SEED = 7


@dataclass(frozen=True, slots=True)
class Calibrated:
    """`model` is the version that translates: an adapted one where there is one. `reliability` by cross-validation."""

    model: str
    reliability: Reliability


def calibrate(
    store: ModelStore, model: str, source: str, target: str, pairs: Sequence[Pair], most: int,
    progress: Progress | None = None,
) -> Calibrated:  # fmt: skip
    """Translates up to `most` of the pairs, drawn by chance, and keeps what was learned with the installed model.

    Raises NotFound, ModelMissing, InvalidRequest (too few pairs, or not this direction).
    """
    by = store.serving(model, (source, target))
    distinct = {pair.source: pair for pair in pairs if pair.source.strip() and pair.target.strip()}
    drawn = random.Random(SEED).sample(list(distinct.values()), min(most, len(distinct)))  # noqa: S311
    if not drawn:
        raise InvalidRequest(detail="There is no text to calibrate with.")
    made = _translations(store, model, source, target, drawn, progress)
    examples = [
        _example(pair, one, one.score, source, target)
        for pair, one in zip(drawn, made, strict=True)
        if one.model == by and one.score is not None
    ]
    told = reliability(examples, across(examples))
    signature = f"sentence chrF2 | {source}-{target} | n:{len(examples)} | auc:{told.auc:.2f}"
    store.calibrate(by, (source, target), fit(examples, signature))
    return Calibrated(by, told)


def _translations(
    store: ModelStore, model: str, source: str, target: str, pairs: Sequence[Pair], progress: Progress | None
) -> list[SegmentTranslation]:
    segments = [Segment("pairs", place, CodedText(pair.source)) for place, pair in enumerate(pairs)]
    core = InferenceCore(store, InferenceOptions(preferences={"*": (model,)}))
    try:
        return translate_segments(core, segments, source, target, progress=progress)
    finally:
        core.close()


def _example(pair: Pair, made: SegmentTranslation, score: float, source: str, target: str) -> Example:
    shown = evidence(pair.source, made.target.text, score, (source, target), made.findings)
    return example(shown, made.target.text, pair.target, target)
