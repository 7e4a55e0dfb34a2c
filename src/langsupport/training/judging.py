"""Whether one set of translations is better than another: scores, the paired bootstrap, and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from langsupport.domain.terms import Concept
from langsupport.errors import ExtraMissing
from langsupport.text.entities import find_entities
from langsupport.text.protection import missing
from langsupport.text.term_matcher import TermMatcher
from langsupport.training.bitext import Pair

try:
    import sacrebleu
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
except ImportError as error:
    raise ExtraMissing(feature="Adaptation", extra="torch") from error

RESAMPLES = 1000
SEED = 12345
COVERED = 0.95


@dataclass(frozen=True, slots=True)
class Scores:
    """chrF and BLEU from 0 to 100; `terms` and `entities` are the shares kept, None where the set has none."""

    chrf: float
    bleu: float
    terms: float | None
    entities: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Of chrF, after less before, with the bounds of its interval."""

    chrf: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.chrf:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


@dataclass(frozen=True, slots=True)
class Judged:
    """One set, before and after. `signature` says how it was measured."""

    before: Scores
    after: Scores
    difference: Difference
    signature: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` say in sentences what was not enough; empty where it passes."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons


def judge(
    pairs: Sequence[Pair], before: Sequence[str], after: Sequence[str], source: str, target: str,
    concepts: Sequence[Concept] = (), resamples: int = RESAMPLES,
) -> Judged:  # fmt: skip
    """Compares translations of the pairs' sources; both lists are in their order."""
    references = [pair.target for pair in pairs]
    signature = (
        f"chrF2|nrefs:1|case:mixed|nc:6|nw:0|v:{sacrebleu.__version__}|"
        f"BLEU tok:{_tokens(target)}|paired bootstrap n:{len(pairs)} rs:{resamples} seed:{SEED} ci:{COVERED:.0%}"
    )
    old, new = (_scores(pairs, said, source, target, concepts) for said in (before, after))
    return Judged(old, new, bootstrap(references, before, after, resamples), signature)


def bootstrap(
    references: Sequence[str], before: Sequence[str], after: Sequence[str], resamples: int = RESAMPLES
) -> Difference:
    """The difference of corpus chrF with its interval by paired resampling (Koehn, 2004, aclanthology.org/W04-3250)."""
    metric: Any = CHRF()
    statistics = [
        np.array(metric._extract_corpus_statistics(list(said), [list(references)]), dtype=np.int64)
        for said in (before, after)
    ]

    def gain(counts: Any) -> float:
        own, other = (metric._compute_score_from_stats((counts @ part).tolist()).score for part in statistics)
        return float(other - own)

    count, random = len(references), np.random.default_rng(SEED)
    draws = (np.bincount(random.integers(0, count, count), minlength=count) for _ in range(resamples))
    gains = [gain(draw) for draw in draws]
    edge = 100 * (1 - COVERED) / 2
    low, high = np.percentile(gains, [edge, 100 - edge])
    return Difference(gain(np.ones(count, dtype=np.int64)), float(low), float(high))


def gate(own: Judged, general: Judged, margin: float) -> Verdict:
    """Better on the organization's text beyond the interval, and on general text at most `margin` chrF worse."""
    reasons = []
    if own.difference.low <= 0:
        reasons.append(f"On the organization's text it is not surely better: {_said(own)}.")
    if general.difference.chrf < -margin:
        reasons.append(f"On general text it is worse by more than {margin:g}: {_said(general)}.")
    return Verdict(tuple(reasons))


def _said(judged: Judged) -> str:
    scores = f"chrF {judged.before.chrf:.1f} before and {judged.after.chrf:.1f} after"
    return f"{scores}, difference {judged.difference}"


def _scores(
    pairs: Sequence[Pair], said: Sequence[str], source: str, target: str, concepts: Sequence[Concept]
) -> Scores:
    references = [[pair.target for pair in pairs]]
    return Scores(
        CHRF().corpus_score(said, references).score,
        BLEU(tokenize=_tokens(target)).corpus_score(said, references).score,
        _terms(pairs, said, source, target, concepts),
        _entities(pairs, said, source, target),
    )


def _tokens(target: str) -> str:
    return "zh" if target == "zh" else "13a"


def _terms(
    pairs: Sequence[Pair], said: Sequence[str], source: str, target: str, concepts: Sequence[Concept]
) -> float | None:
    """Of the terms that a source has and its reference renders, the share that the translation renders."""
    sources, targets = TermMatcher(concepts, source), TermMatcher(concepts, target)
    wanted = kept = 0
    for pair, text in zip(pairs, said, strict=True):
        asked = {hit.concept.key for hit in sources.find(pair.source)}
        asked &= {hit.concept.key for hit in targets.find(pair.target)}
        wanted += len(asked)
        kept += len(asked & {hit.concept.key for hit in targets.find(text)})
    return kept / wanted if wanted else None


def _entities(pairs: Sequence[Pair], said: Sequence[str], source: str, target: str) -> float | None:
    """Of what must come out as it went in, and does in the reference, the share that the translation has."""
    wanted = lost = 0
    for pair, text in zip(pairs, said, strict=True):
        entities = find_entities(pair.source, source)
        absent = missing(entities, pair.target, target)
        asked = [entity for entity in entities if entity not in absent]
        wanted += len(asked)
        lost += len(missing(asked, text, target))
    return 1 - lost / wanted if wanted else None
