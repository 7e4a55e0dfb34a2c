"""Numbers are compared by value, in every way that the six languages write them."""

from __future__ import annotations

import pytest

from langsupport.domain.numbers import compare_numbers, numbers_in


@pytest.mark.parametrize(
    ("source", "source_language", "target", "target_language"),
    [
        ("1,234.5 km", "en", "1 234,5 km", "fr"),
        ("1,234.5 km", "en", "1.234,5 km", "es"),
        ("1,234.5 km", "en", "١٬٢٣٤٫٥ كم", "ar"),
        ("783,562 km2", "en", "783،562 كيلومتر مربع", "ar"),
        ("12 000 участников", "ru", "12，000名与会者", "zh"),
        ("3.5 million", "en", "350万", "zh"),
        ("1.2亿美元", "zh", "120 millions de dollars", "fr"),
        ("10 billion", "en", "10 mil millones", "es"),
        ("5 млрд", "ru", "5 milliards", "fr"),
        ("on 10 October 2016", "en", "2016年10月10日", "zh"),
        ("in the 1960s", "en", "20世纪60年代", "zh"),
        ("the 19th century", "en", "XIXe siècle", "fr"),
        ("3 delegates", "en", "трое делегатов", "ru"),
        ("2 hours", "en", "لمدة ساعتين", "ar"),
        ("the 15th century", "en", "القرن الخامس عشر", "ar"),
        ("at 5 pm", "en", "à 17 h", "fr"),
        ("at 11:00", "en", "11 点", "zh"),
        ("clause 4.2.3", "en", "пункт 4.2.3", "ru"),
    ],
)
def test_the_same_value(source: str, source_language: str, target: str, target_language: str) -> None:
    assert compare_numbers(source, source_language, target, target_language) == ([], [])
    assert compare_numbers(target, target_language, source, source_language) == ([], [])


@pytest.mark.parametrize(
    ("source", "target", "missing", "extra"),
    [
        ("193 States", "194 États", ["193"], ["194"]),
        ("1.5 m", "15 m", ["1.5"], ["15"]),
        ("pages 3 and 30", "pages 3 et 3", ["30"], ["3"]),
        ("in 2016", "en 2017", ["2016"], ["2017"]),
        ("clause 4.2.3", "article 4.2.4", ["4.2.3"], ["4.2.4"]),
        ("3 million", "3 milliards", [], []),  # 3 stands in both; the words are not this check's
        ("no numbers", "aucun nombre, sauf 42", [], ["42"]),
    ],
)
def test_another_value(source: str, target: str, missing: list[str], extra: list[str]) -> None:
    assert compare_numbers(source, "en", target, "fr") == (missing, extra)


def test_both_readings_of_an_ambiguous_number_stay_open() -> None:
    (token,) = numbers_in("1.234", "es")
    assert token.values == {"1234", "1.234"}


def test_digits_of_a_name_are_no_number() -> None:
    assert [token.text for token in numbers_in("H2O, km2, CG4684 and COVID-19", "en")] == ["4684", "19"]
