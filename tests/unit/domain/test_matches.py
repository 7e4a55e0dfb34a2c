"""The rules of matches: caps, penalties, order, numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from langsupport.domain.matches import (
    NEGATION_MOST,
    NUMBERS_MOST,
    SYMBOLS_MOST,
    Differences,
    Match,
    MatchKind,
    MemoryUnit,
    UnitOrigin,
    fuzzy_score,
    penalized,
    ranked,
    with_numbers_of,
)
from langsupport.domain.units import CodedText


@pytest.mark.parametrize(
    "differences, most",
    [
        (Differences(), 99),
        (Differences(numbers=True), NUMBERS_MOST),
        (Differences(symbols=True), SYMBOLS_MOST),
        (Differences(negation=True), NEGATION_MOST),
        (Differences(numbers=True, symbols=True, negation=True), NEGATION_MOST),
    ],
)
def test_what_matters_caps_the_score_however_alike_the_texts(differences: Differences, most: int) -> None:
    assert fuzzy_score(1.0, differences) == most
    assert fuzzy_score(0.5, differences) == 50


def test_sources_cost_points() -> None:
    assert [penalized(100, origin) for origin in UnitOrigin] == [100, 99, 96]
    assert penalized(1, UnitOrigin.ALIGNED) == 0


@pytest.mark.parametrize(
    "now, then, target, languages, made",
    [
        ("In 2019.", "In 2018.", "En 2018.", "en-fr", "En 2019."),
        ("Adopted in 2019.", "Adopted in 2018.", "اعتمد في ٢٠١٨.", "en-ar", "اعتمد في ٢٠١٩."),
        ("1,386 items", "1,372 items", "1\u202f372 points", "en-fr", "1\u202f386 points"),
        ("第5条和第7条", "第4条和第6条", "Articles 4 and 6", "zh-en", "Articles 5 and 7"),
        ("From 2 to 9", "From 2 to 4", "De 2 à 4", "en-fr", "De 2 à 9"),
    ],
)
def test_numbers_are_put_in_as_the_target_writes_them(
    now: str, then: str, target: str, languages: str, made: str
) -> None:
    source, _, other = languages.partition("-")
    found = with_numbers_of(now, then, target, source, other)
    assert found is not None and found[0] == made and found[1]


@pytest.mark.parametrize(
    "now, then, target",
    [
        ("12 of 30", "12 of 12", "12 sur 12"),  # which of the two it is can't be told
        ("In 2019 and 3 more.", "In 2018 and 3 more.", "En deux mille dix-huit, plus 3."),  # in words
        ("The 4 members met.", "The 3 people met.", "Les 3 personnes."),  # words differ too
        ("1.5 m", "1,500 m", "1 500 m"),  # another kind of number
        ("The same 3.", "The same 3.", "Le même 3."),
    ],
)
def test_numbers_are_left_alone_where_that_is_in_doubt(now: str, then: str, target: str) -> None:
    assert with_numbers_of(now, then, target, "en", "fr") is None


def match(score: int, kind: MatchKind, meeting: str = "", year: int = 2020) -> Match:
    at = datetime(year, 1, 1, tzinfo=UTC)
    text = CodedText("A")
    return Match(MemoryUnit(text, text, "en", "fr", at=at, meeting=meeting), kind, score, text)


def test_the_best_comes_first() -> None:
    fuzzy, exact = match(99, MatchKind.FUZZY, year=2025), match(96, MatchKind.EXACT)
    context, own = match(100, MatchKind.CONTEXT), match(100, MatchKind.EXACT, "C26")
    newer, older = match(100, MatchKind.EXACT, year=2022), match(100, MatchKind.EXACT)
    given = [fuzzy, older, exact, newer, own, context]
    assert ranked(given, "C26") == [context, own, newer, older, exact, fuzzy]
