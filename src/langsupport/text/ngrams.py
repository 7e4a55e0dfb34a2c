"""Character n-grams: the profiles of langdetect (N. Shuyo, 2010), scored by naive Bayes.

langdetect itself draws n-grams at random and answers differently from run to run; here all of them count, so that
the same text always gets the same answer, and short texts are told apart better.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram

_FLOOR = 1e-4
WORD = re.compile(r"[^\W\d_]+")
"""A run of letters."""


@lru_cache(maxsize=1)
def _profiles() -> tuple[dict[str, list[float]], tuple[str, ...]]:
    """langdetect's table of n-gram probabilities and the order of its languages (about half a second, once)."""
    factory: Any = DetectorFactory()  # type: ignore[no-untyped-call]
    factory.load_profile(PROFILES_DIRECTORY)
    return factory.word_lang_prob_map, tuple(factory.langlist)


def _grams(text: str) -> list[str]:
    """n-grams of one to three characters as langdetect's profiles count them."""
    window: Any = NGram()  # type: ignore[no-untyped-call]
    grams: list[str] = []
    for character in text:
        window.add_char(character)
        for size in (1, 2, 3):
            gram = window.get(size)
            if gram:
                grams.append(gram)
    return grams


def ngram_scores(text: str, wanted: frozenset[str]) -> dict[str, float]:
    """Log-likelihood per language: the sum over the distinct n-grams of log P(language | n-gram).

    A repeated n-gram counts with the logarithm of its repetitions: they are mostly the same word again.
    """
    table, order = _profiles()
    indexes = [(code, index) for index, code in enumerate(order) if code in wanted]
    scores = dict.fromkeys((code for code, _ in indexes), 0.0)
    for gram, count in Counter(_grams(text)).items():
        row = table.get(gram)
        if row is not None:
            weight = 1.0 + math.log(count)
            for code, index in indexes:
                scores[code] += weight * math.log(row[index] + _FLOOR)
    return scores


def posterior(scores: Mapping[str, float], temper: float) -> list[tuple[str, float]]:
    """Probabilities from log scores, the likeliest first. The scores are tempered, because n-grams that overlap
    are not independent evidence."""
    top = max(scores.values())
    weights = {code: math.exp(temper * (value - top)) for code, value in scores.items()}
    total = sum(weights.values())
    return sorted(((code, weight / total) for code, weight in weights.items()), key=lambda item: (-item[1], item[0]))
