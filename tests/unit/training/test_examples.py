"""Tokenized bitext and its batches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from langsupport.training.examples import TokenizedBitext, build, epoch, with_neighbours


@pytest.fixture
def bitext() -> TokenizedBitext:
    """Words are tokens; 300 pairs of 3 to 12 words in both directions."""
    chance = np.random.default_rng(5)
    lines = [
        (" ".join(map(str, chance.integers(10, 900, n))), " ".join(map(str, chance.integers(10, 900, n + 1))), 1.0)
        for n in chance.integers(3, 12, 300)
    ]
    back = [(target, source, 2.0) for source, target, _ in lines]
    return build(
        {("en", "fr"): lines, ("fr", "en"): back},
        lambda texts: [[int(word) for word in text.split()] for text in texts],
        {"fr": 1001, "en": 1002}.__getitem__,
    )


def test_every_text_is_kept_once(bitext: TokenizedBitext, tmp_path: Path) -> None:
    assert len(bitext) == 600
    assert len(bitext.starts) - 1 == 600, "300 texts of each language, shared by both directions"
    bitext.save(tmp_path / "bitext.npz")
    again = TokenizedBitext.load(tmp_path / "bitext.npz")
    for name in ("ids", "starts", "sources", "targets", "tags", "weights"):
        assert np.array_equal(getattr(again, name), getattr(bitext, name)), name


def test_an_epoch_shows_each_example_by_its_weight_within_the_budget(bitext: TokenizedBitext) -> None:
    batches = list(epoch(bitext, budget=64, longest=50, seed=3))
    met = Counter(int(n) for batch in batches for n in batch)
    put_off = 1 - sum(met.values()) / (300 + 2 * 300)
    assert put_off < 0.2, "only scraps of rare lengths are put off"
    assert all(count <= (1 if number < 300 else 2) for number, count in met.items())
    for batch in batches:
        lengths = bitext.lengths(bitext.sources)[batch]
        assert len(set(lengths.tolist())) == 1, "no padding in front of the encoder"
        widest = int(bitext.lengths(bitext.targets)[batch].max()) + 1
        assert len(batch) * max(widest, int(lengths[0]) + 2) <= 64


def test_the_same_seed_gives_the_same_order(bitext: TokenizedBitext) -> None:
    first, second, other = (
        [batch.tolist() for batch in epoch(bitext, budget=64, longest=50, seed=seed)] for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_neighbours_are_joined_on_both_sides(bitext: TokenizedBitext) -> None:
    longer = with_neighbours(bitext, share=1.0, longest=30, seed=1)
    added = range(len(bitext), len(longer))
    assert len(added) > 300
    for number in added:
        source = longer.ids[longer.starts[longer.sources[number]] : longer.starts[longer.sources[number] + 1]].tolist()
        assert len(source) <= 30
    first = len(bitext)
    joined = longer.ids[longer.starts[longer.sources[first]] : longer.starts[longer.sources[first] + 1]].tolist()
    begin = bitext.ids[bitext.starts[bitext.sources[0]] : bitext.starts[bitext.sources[0] + 1]].tolist()
    assert joined[: len(begin)] == begin
