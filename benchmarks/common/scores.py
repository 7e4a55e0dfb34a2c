"""chrF and BLEU by sacreBLEU (Post, 2018), with its own signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics import BLEU, CHRF


@dataclass(frozen=True)
class Scores:
    chrf: float
    bleu: float
    chrf_signature: str
    bleu_signature: str


def score(hypotheses: Sequence[str], references: Sequence[str], target: str) -> Scores:
    """Corpus scores; Chinese by sacreBLEU's `zh` tokenizer (characters), the others by `13a`."""
    chrf, bleu = CHRF(), BLEU(tokenize="zh" if target == "zh" else "13a")
    return Scores(
        chrf.corpus_score(hypotheses, [references]).score,
        bleu.corpus_score(hypotheses, [references]).score,
        str(chrf.get_signature()),
        str(bleu.get_signature()),
    )
