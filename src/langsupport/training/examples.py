"""Tokenized bitext, and the order in which training meets it.

A batch holds source texts of exactly one length, so that the encoder needs no mask and no padding; the target texts
are padded at their end, where a causal decoder can't see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from langsupport.training.texts import Ids, Ints, Texts, from_arrays, save_whole, starts_of

LEAST_FILLED = 0.25
"""A batch of rare length with less than this share of its budget is put off: it would cost a step for few words."""


@dataclass(frozen=True, slots=True)
class TokenizedBitext(Texts):
    """Sentences, each once, and the examples made of them.

    Example n translates sentence `sources[n]` into sentence `targets[n]`; `tags[n]` is the token number that names the
    target language, `weights[n]` how often an epoch shows it.
    """

    sources: Ints
    targets: Ints
    tags: Ints
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.sources)

    def save(self, path: Path) -> None:
        examples: dict[str, NDArray[Any]] = {
            "sources": self.sources.astype(np.uint32),
            "targets": self.targets.astype(np.uint32),
            "tags": self.tags.astype(np.uint16),
            "weights": self.weights.astype(np.float16),
        }
        save_whole(path, self.arrays() | examples)

    @classmethod
    def load(cls, path: Path) -> TokenizedBitext:
        found = np.load(path)
        sources, targets, tags = (found[name].astype(np.int64) for name in ("sources", "targets", "tags"))
        return cls(*from_arrays(found), sources, targets, tags, found["weights"].astype(np.float32))


def epoch(bitext: TokenizedBitext, budget: int, longest: int, seed: int) -> Iterator[Ints]:
    """The batches of one epoch in random order: numbers of examples, the same for the same seed.

    A batch has at most `budget` tokens on its longer side, padding counted. An example of weight 1.5 is met once or
    twice. Texts longer than `longest` tokens are left out.
    """
    chance = np.random.default_rng(seed)
    times = np.floor(bitext.weights + chance.random(len(bitext), dtype=np.float32)).astype(np.int64)
    chosen = np.repeat(np.arange(len(bitext)), times)
    source_lengths = bitext.lengths(bitext.sources)[chosen]
    target_lengths = bitext.lengths(bitext.targets)[chosen]
    fits = (source_lengths <= longest) & (target_lengths <= longest) & (source_lengths > 0) & (target_lengths > 0)
    chosen, source_lengths, target_lengths = chosen[fits], source_lengths[fits], target_lengths[fits]
    order = np.lexsort((target_lengths + chance.random(len(chosen)) * 4, source_lengths))
    chosen, source_lengths, target_lengths = chosen[order], source_lengths[order], target_lengths[order]
    batches = list(_cut(source_lengths, target_lengths, budget))
    for number in chance.permutation(len(batches)):
        start, end = batches[number]
        yield chosen[start:end]


def _cut(source_lengths: Ints, target_lengths: Ints, budget: int) -> Iterator[tuple[int, int]]:
    """Start and end of each batch in examples sorted by source length, then roughly by target length."""
    start, count = 0, len(source_lengths)
    while start < count:
        length = int(source_lengths[start])
        last = int(np.searchsorted(source_lengths, length, side="right"))
        end = min(last, start + max(1, budget // (length + 2)))
        widest = int(target_lengths[start:end].max()) + 1
        end = min(end, start + max(1, budget // max(widest, length + 2)))
        if end < last or (end - start) * (length + 2) >= LEAST_FILLED * budget:
            yield start, end
        start = end


def build(
    pairs: dict[tuple[str, str], list[tuple[str, str, float]]],
    encode: Callable[[Sequence[str]], list[list[int]]],
    tag: Callable[[str], int],
) -> TokenizedBitext:
    """Tokenizes pairs by (source, target) language: (source text, target text, weight); every text is kept once.

    A pair makes an example in each direction that is asked for: name both (en, fr) and (fr, en) for both.
    """
    places: dict[str, int] = {}
    sources, targets, tags, weights = [], [], [], []
    for (_, target_language), lines in pairs.items():
        number = tag(target_language)
        for source, target, share in lines:
            sources.append(places.setdefault(source, len(places)))
            targets.append(places.setdefault(target, len(places)))
            tags.append(number)
            weights.append(share)
    tokens = encode(list(places))
    starts = starts_of([len(ids) for ids in tokens])
    ids = np.fromiter((i for sentence in tokens for i in sentence), np.uint16, int(starts[-1]))
    known, said, told = (np.array(values, np.int64) for values in (sources, targets, tags))
    return TokenizedBitext(ids, starts, known, said, told, np.array(weights, np.float32))


def with_neighbours(bitext: TokenizedBitext, share: float, longest: int, seed: int) -> TokenizedBitext:
    """Adds examples that join two or three neighbours into one longer text: bitext of short lines teaches short texts.

    `share` of the examples begin one; neighbours are examples in a row with the same target language. What would be
    longer than `longest` tokens on either side is not joined.
    """
    chance = np.random.default_rng(seed)
    source_lengths, target_lengths = bitext.lengths(bitext.sources), bitext.lengths(bitext.targets)
    parts: list[Ids] = []
    lengths: list[int] = []
    tags, weights = [], []
    begins = np.flatnonzero(chance.random(len(bitext) - 2) < share)
    counts = chance.integers(2, 4, len(begins))
    for begin, count in zip(begins.tolist(), counts.tolist(), strict=True):
        members = range(begin, begin + count)
        same = all(bitext.tags[n] == bitext.tags[begin] for n in members)
        source_length, target_length = (int(x[begin : begin + count].sum()) for x in (source_lengths, target_lengths))
        if not same or max(source_length, target_length) > longest:
            continue
        for sentences in (bitext.sources, bitext.targets):
            parts += [bitext.ids[bitext.starts[s] : bitext.starts[s + 1]] for s in sentences[begin : begin + count]]
        lengths += [source_length, target_length]
        tags.append(bitext.tags[begin])
        weights.append(bitext.weights[begin])
    first = len(bitext.starts) - 1
    new = np.arange(first, first + len(lengths))
    return TokenizedBitext(
        np.concatenate([bitext.ids, *parts]),
        np.concatenate([bitext.starts[:-1], bitext.starts[-1] + starts_of(lengths)]),
        np.concatenate([bitext.sources, new[0::2]]),
        np.concatenate([bitext.targets, new[1::2]]),
        np.concatenate([bitext.tags, np.array(tags, np.int64)]),
        np.concatenate([bitext.weights, np.array(weights, np.float32)]),
    )
