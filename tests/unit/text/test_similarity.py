"""Likeness by tokens, and the keys of the index."""

from __future__ import annotations

import numpy as np
import pytest

from langsupport.text.similarity import index_keys, normal, similarity, tokens


def likeness(one: str, other: str, language: str) -> float:
    return similarity(tokens(one, language), tokens(other, language))


def test_a_word_counts_as_a_word() -> None:
    assert likeness("Resolution 1372", "Resolution 1386", "en") == 0.5
    assert likeness("The Council shall adopt it", "The Council shall not adopt it", "en") == pytest.approx(5 / 6)
    assert likeness("本决议应予通过", "本决议不应予通过", "zh") == pytest.approx(7 / 8)


def test_what_does_not_change_a_text_does_not_count() -> None:
    assert normal("e\u0301t  x\u200f") == "ét x"
    assert likeness("الأعضاءُ", "الاعضاء", "ar") == 1
    assert likeness("The ITU", "the itu", "en") == 1


def keys(text: str, language: str) -> set[int]:
    return set(np.frombuffer(index_keys(tokens(text, language), language), np.uint32).tolist())


def test_numbers_are_one_key_and_repeated_words_several() -> None:
    assert keys("In 2018, 3 of 4", "en") == keys("In 1999; 5 of 6", "en")
    assert len(keys("to be or not to be", "en")) == 6
    assert len(keys("决议决定", "zh")) == 3
    assert keys("…", "en") == set()
