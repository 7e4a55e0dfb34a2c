"""Fitting a target to its source: no code is ever lost, doubled or crossed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.codes import same_codes, well_nested
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.formats.base import clean, fitted, has_words

PAIRS = [InlineCode(number, kind) for number in (1, 2) for kind in (CodeKind.OPEN, CodeKind.CLOSE)]
SINGLE = InlineCode(3, CodeKind.SINGLE, "note")
FOREIGN = InlineCode(9, CodeKind.SINGLE, "tab")
SOURCE = CodedText(
    "one two three",
    ((0, PAIRS[0]), (4, PAIRS[2]), (7, PAIRS[3]), (7, SINGLE), (13, PAIRS[1])),
)


@given(st.text(max_size=12), st.lists(st.sampled_from([*PAIRS, SINGLE, FOREIGN]), max_size=12), st.data())
def test_whatever_a_target_looks_like(text, codes, data):
    places = sorted(data.draw(st.integers(0, len(text))) for _ in codes)
    result = fitted(SOURCE, CodedText(text, tuple(zip(places, codes, strict=True))))
    assert same_codes(SOURCE, result)
    assert well_nested(result)
    assert result.text == clean(text)


def test_a_right_target_stays_as_it_is():
    target = CodedText("un deux trois", ((0, SINGLE), (3, PAIRS[0]), (3, PAIRS[2]), (7, PAIRS[3]), (13, PAIRS[1])))
    assert fitted(SOURCE, target) == target
    assert fitted(SOURCE, SOURCE) == SOURCE


def test_positions_move_with_the_text_that_is_dropped():
    target = CodedText("a\x00\x01b", ((3, SINGLE),))
    assert fitted(CodedText("x", ((0, SINGLE),)), target) == CodedText("ab", ((1, SINGLE),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No", True),
        ("第3条", True),
        ("(م)", True),
        ("A.1 x", False),
        ("S8, m12", False),
        ("3GPP", False),
        ("5 – 7 %", False),
    ],
)
def test_words(text, expected):
    assert has_words(text) is expected
