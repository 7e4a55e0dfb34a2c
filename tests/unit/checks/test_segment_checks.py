"""Each check of a segment: what it says of bad translations, and that it is silent about good ones."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from langsupport.checks import CHECKS, SegmentPair
from langsupport.domain.findings import Severity
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin
from langsupport.text.entities import find_entities


def found(check: str, source: str, target: str, languages: str, **more: object) -> dict[str, Severity]:
    """Codes and severities of what a check finds. `languages` such as `en-fr`."""
    one, other = languages.split("-")
    entities = tuple(find_entities(source, one))
    pair = SegmentPair(CodedText(source), CodedText(target), one, other, entities, **more)  # type: ignore[arg-type]
    return {finding.code: finding.severity for finding in CHECKS[check].run(pair)}


DATES_ALIKE = [
    ("en-ar", "From 5 to 7 October 2016.", "من 5 إلى 7 تشرين الأول/أكتوبر 2016."),
    ("en-ar", "On 5 January 2017.", "في 5 كانون الثاني 2017."),
    ("ar-fr", "في 5 كانون الأول/ديسمبر 2017.", "Le 5 décembre 2017."),
    ("ar-en", "في ٣ آب ٢٠١٠.", "On August 3rd, 2010."),
    ("fr-ar", "le 9 août 2019", "9 أوت 2019"),
    ("zh-en", "2016年10月5日至7日。", "From October 5 to 7, 2016."),
    ("zh-ru", "二〇一六年十二月三十一日", "31 декабря 2016 года"),
    ("en-zh", "Since March 2020.", "2020年3月以来。"),
    ("en-es", "2016-10-05", "5 de octubre de 2016"),
    ("en-fr", "10/05/2016", "le 5 octobre 2016"),
    ("en-fr", "5/10/2016", "10.05.2016"),
    ("fr-en", "les 20 et 27 mars 1993", "on March 20th and 27th, 1993"),
    ("es-ru", "el martes 3 de mayo", "во вторник, 3 мая"),
    ("en-fr", "You may go in May.", "Vous pouvez partir en mai."),
    ("en-fr", "It may rain; march on.", "Il pleuvra peut-être ; en avant."),
    ("ru-en", "за три месяца", "in three months"),
    ("zh-en", "三个月，每周一次", "three months, once a week"),
    ("ar-en", "مارس الرياضة مع اثنين من أصدقائه.", "He did sports with two of his friends."),
    ("en-fr", "The contract of 1 April and 2 May.", "Le contrat du 1er avril et du 2 mai."),
]
DATES_CHANGED = [
    ("en-fr", "On 5 October 2016.", "Le 5 novembre 2016.", "date-changed"),
    ("en-ar", "On 5 October 2016.", "في 5 تشرين الثاني/نوفمبر 2016.", "date-changed"),
    ("ar-es", "في 5 كانون الثاني 2017", "el 5 de diciembre de 2017", "date-changed"),
    ("zh-en", "2016年10月5日", "5 November 2016", "date-changed"),
    ("ru-zh", "5 октября 2016 года", "2016年11月5日", "date-changed"),
    ("es-en", "el 5 de octubre y el 6 de mayo", "6 October and 5 May", "date-changed"),
    ("en-ru", "2016-10-05", "5 мая 2016 года", "date-changed"),
    ("en-fr", "in March", "en avril", "date-changed"),
    ("en-fr", "on Monday", "mardi", "date-weekday"),
    ("ru-ar", "в понедельник", "يوم الأربعاء", "date-weekday"),
    ("zh-es", "星期日", "el sábado", "date-weekday"),
]


@pytest.mark.parametrize(("languages", "source", "target"), DATES_ALIKE)
def test_the_same_date_may_be_written_in_many_ways(languages: str, source: str, target: str) -> None:
    assert found("dates", source, target, languages) == {}


@pytest.mark.parametrize(("languages", "source", "target", "code"), DATES_CHANGED)
def test_another_month_or_day_of_the_week_is_a_warning(languages: str, source: str, target: str, code: str) -> None:
    assert found("dates", source, target, languages) == {code: Severity.WARNING}


def test_what_numbers_tell_dates_do_not_tell_again() -> None:
    assert found("dates", "On 5 October 2016.", "Le 6 octobre 2017.", "en-fr") == {}
    assert "number-missing" in found("numbers", "On 5 October 2016.", "Le 6 octobre 2017.", "en-fr")


UNITS_ALIKE = [
    ("en-fr", "5 km and 3%", "5 kilomètres et 3 %"),
    ("en-ru", "within 30 days", "в течение 30 дней"),
    ("en-ar", "within 30 days at 80 km/h", "في غضون 30 يوماً بسرعة 80 كم/ساعة"),
    ("zh-en", "百分之5，2-3千米", "5 per cent, 2-3 kilometres"),
    ("zh-fr", "每小时160公里", "160 km/h"),
    ("en-zh", "$5 million in 3 months", "3个月500万美元"),
    ("en-es", "US$ 300 and €40", "300 dólares y 40 euros"),
    ("ru-es", "5 млн долларов за 2016 г.", "5 millones de dólares en 2016"),
    ("fr-zh", "15 jours en 2016", "2016年15日内"),
    ("en-ar", "20 per cent", "20 في المائة"),
    ("en-ru", "100 MHz, 20 kg", "100 МГц, 20 кг"),
    ("en-fr", "5 mm (1/5 in)", "5 mm (1/5 de pouce)"),
    ("en-fr", "5 members and 7 others", "5 membres et 7 autres"),
]
UNITS_CHANGED = [
    ("en-fr", "5 km", "5 m", "unit-changed"),
    ("en-ru", "within 30 days", "в течение 30 месяцев", "unit-changed"),
    ("ar-en", "خلال 30 يوماً", "within 30 weeks", "unit-changed"),
    ("zh-es", "3个月", "3 años", "unit-changed"),
    ("es-zh", "300 dólares", "300欧元", "unit-currency"),
    ("fr-ar", "5 millions d’euros", "5 ملايين دولار", "unit-currency"),
    ("en-fr", "$300", "300 euros", "unit-currency"),
    ("ru-en", "20 процентов", "20 euros", "unit-changed"),
    ("en-es", "100 MHz", "100 GHz", "unit-changed"),
]


@pytest.mark.parametrize(("languages", "source", "target"), UNITS_ALIKE)
def test_the_same_unit_may_be_written_in_many_ways(languages: str, source: str, target: str) -> None:
    assert found("units", source, target, languages) == {}


@pytest.mark.parametrize(("languages", "source", "target", "code"), UNITS_CHANGED)
def test_a_number_that_counts_something_else_is_a_warning(languages: str, source: str, target: str, code: str) -> None:
    assert found("units", source, target, languages) == {code: Severity.WARNING}


NUMBERS: list[tuple[str, str, str, Mapping[str, Severity]]] = [
    ("en-fr", "75 members and 114 others, 120 in all", "soixante-quinze membres, cent quatorze autres, cent vingt", {}),
    ("en-es", "1972 and the 11th", "mil novecientos setenta y dos y los undécimos", {}),
    ("fr-en", "10h15, 1,5 heure", "10:15, an hour and a half", {}),
    ("en-ru", "from 1950-53", "в 1950-1953 годах", {}),
    ("ar-zh", "منذ عقدين وفي 3 كانون الثاني", "20年来，1月3日", {}),
    ("en-zh", "two million years, a 36 by 24 mm film", "200万年，36x24mm胶片", {}),
    ("en-fr", "15 per cent", "15 p. 100", {}),
    ("en-es", "the 2008 400 Richest list", "los 400 más ricos de 2008", {}),
    ("en-fr", "12 reports", "13 rapports", {"number-missing": Severity.ERROR, "number-added": Severity.ERROR}),
    ("en-fr", "40 to 50, and 40 again", "40 à 50, puis autant", {"number-missing": Severity.WARNING}),
    ("en-zh", "concerns regarding COVID-19.", "对新冠疫情的担忧。", {"number-missing": Severity.WARNING}),
    (
        "en-fr",
        "winds of 40 miles per hour",
        "des vents de 64 km/h",
        {"number-missing": Severity.WARNING, "number-added": Severity.WARNING},
    ),
]


@pytest.mark.parametrize(("languages", "source", "target", "expected"), NUMBERS)
def test_numbers_are_errors_where_nothing_explains_them(
    languages: str, source: str, target: str, expected: Mapping[str, Severity]
) -> None:
    assert found("numbers", source, target, languages) == expected


NEGATIONS_LOST = [
    ("en-fr", "The Secretary shall not publish the report.", "Le Secrétaire publie le rapport international."),
    ("fr-en", "Le rapport ne doit pas être publié.", "The international report includes information under the rule."),
    ("es-ru", "El informe no deberá publicarse.", "Доклад необходимо опубликовать для них."),
    ("ru-es", "Доклад не должен публиковаться.", "El informe se publicará después de su desarrollo."),
    ("ar-zh", "لا يجوز نشر التقرير.", "报告应不断公布，至少每年一次。"),
    ("zh-ar", "不得公布报告。", "يجب نشر التقرير بما فيه الكفاية."),
]
NEGATIONS_KEPT = [
    ("en-zh", "Members shall not vote unless all are present.", "只有全体到会，委员才可表决。"),
    ("en-fr", "It must not be published.", "Sa publication est interdite."),
    ("en-ru", "No one shall be held guilty.", "Никто не может быть осуждён."),
    ("en-ar", "It cannot be changed.", "يتعذر تغييره."),
    ("fr-es", "Le délai ne peut excéder un an.", "El plazo no podrá superar un año."),
]


@pytest.mark.parametrize(("languages", "source", "target"), NEGATIONS_LOST)
def test_a_prohibition_that_is_gone_is_a_warning(languages: str, source: str, target: str) -> None:
    assert found("negation", source, target, languages) == {"negation-lost": Severity.WARNING}


@pytest.mark.parametrize(("languages", "source", "target"), NEGATIONS_KEPT)
def test_a_prohibition_may_be_said_in_another_way(languages: str, source: str, target: str) -> None:
    assert found("negation", source, target, languages) == {}


SPACING = [
    ("en-fr", "Why? Yes: it is.", "Pourquoi\u202f? Oui\u00a0: c’est «\u00a0cela\u00a0».", {}),
    ("en-fr", "Why? Yes: it is.", "Pourquoi ? Oui : c'est cela.", {"spacing-french": Severity.INFO}),
    ("en-fr", "Why?", "Pourquoi?", {"spacing-french": Severity.INFO}),
    ("en-fr", "See http://a.int at 10:15", "Voir http://a.int à 10:15", {}),
    ("fr-en", "Pourquoi ?", "Why ?", {"spacing-mark": Severity.WARNING}),
    ("en-ar", "In the past, it was.", "في الماضي ، كان.", {"spacing-mark": Severity.WARNING}),
    ("en-zh", "Yes, it is.", "是 ，没错。", {"spacing-mark": Severity.WARNING}),
    ("en-es", "Yes, it is.", "Sí , lo es.", {"spacing-mark": Severity.WARNING}),
    ("en-fr", "Yes, it is.", "Oui , en effet.", {"spacing-mark": Severity.WARNING}),
    ("en-ru", "Yes, it is.", "Да,  это так.", {"spacing-double": Severity.WARNING}),
    ("en-ru", "Name:  value", "Имя:  значение", {}),
    ("en-ru", "Yes, it is.", " Да, это так.", {"spacing-edge": Severity.WARNING}),
    ("en-ru", " Yes, it is.", " Да, это так.", {}),
    ("en-es", "Wait . . . now", "Espera . . . ahora", {}),
]


@pytest.mark.parametrize(("languages", "source", "target", "expected"), SPACING)
def test_spaces(languages: str, source: str, target: str, expected: Mapping[str, Severity]) -> None:
    assert found("spacing", source, target, languages) == expected


PUNCTUATION = [
    ("en-es", "Who decides on this?", "Quién decide sobre esto?", {"punctuation-opening": Severity.WARNING}),
    ("en-es", "Who decides on this?", "¿Quién decide sobre esto?", {}),
    ("en-ru", "Yes, it is decided.", "Да,, это решено.", {"punctuation-double": Severity.WARNING}),
    ("en-zh", "Yes, it is decided.", "是的，，这已经决定了。", {"punctuation-double": Severity.WARNING}),
    ("en-fr", "And so on ...", "Et ainsi de suite...", {}),
    ("en-fr", "under paragraph (e) or (2)(b)(vi) of it", "visé à l’alinéa e) ou au sous-alinéa (2)b)(vi)", {}),
    ("en-fr", "the Council (the body)", "le Conseil (l’organe", {"punctuation-brackets": Severity.WARNING}),
    ("en-fr", "“Yes” he said", "«\u00a0Oui, dit-il", {"punctuation-brackets": Severity.INFO}),
]


@pytest.mark.parametrize(("languages", "source", "target", "expected"), PUNCTUATION)
def test_punctuation(languages: str, source: str, target: str, expected: Mapping[str, Severity]) -> None:
    assert found("punctuation", source, target, languages) == expected


def test_sentences_more_or_fewer_by_two_are_for_information() -> None:
    source = "The Council met. It adopted the report. It thanked the Chair. It then closed the meeting."
    joined = "Le Conseil s’est réuni, il a adopté le rapport, il a remercié le Président et il a clos la réunion."
    assert found("length", source, joined, "en-fr") == {"length-sentences": Severity.INFO}
    parted = "Le Conseil s’est réuni. Il a adopté le rapport. Il a remercié le Président et clos la réunion."
    assert found("length", source, parted, "en-fr") == {}


def test_chinese_spaces_between_words_are_a_warning_and_around_a_name_for_information() -> None:
    words = "在 位置 类型 字段 中 输入 一个 值。"
    assert found("chinese", "Enter it.", words, "en-zh") == {"chinese-space": Severity.WARNING}
    label = "在库位类型的字段中，请选择 准备数据以测试供应商对电子付款的处理 测试用例。"
    assert found("chinese", "Select it.", label, "en-zh") == {"chinese-space": Severity.INFO}


NOTE, OTHER_NOTE = (InlineCode(number, CodeKind.SINGLE, "note") for number in (1, 2))
FIELD, BOLD = InlineCode(3, CodeKind.SINGLE, "field"), InlineCode(4, CodeKind.SINGLE, "format")


def coded(text: str, *codes: InlineCode) -> CodedText:
    return CodedText(text, tuple((len(text), code) for code in codes))


def test_references_have_their_own_findings_and_are_not_told_twice() -> None:
    def both(target: CodedText) -> list[tuple[str, str]]:
        pair = SegmentPair(coded("Text", NOTE, FIELD, BOLD), target, "en", "fr")
        return [(f.code, f.message) for name in ("codes", "reference") for f in CHECKS[name].run(pair)]

    assert both(coded("Texte", NOTE, FIELD, BOLD)) == []
    lost = "1 × note reference of the source is missing in the translation."
    assert both(coded("Texte", FIELD, BOLD)) == [("reference-missing", lost)]
    twice = "1 × note reference stands in the translation but not in the source."
    assert both(coded("Texte", NOTE, NOTE, FIELD, BOLD)) == [("reference-added", twice)]
    assert {code for code, _ in both(coded("Texte", OTHER_NOTE, FIELD, BOLD))} == {
        "reference-missing",
        "reference-added",
    }
    assert [code for code, _ in both(coded("Texte", NOTE, FIELD))] == ["codes-missing"]
    assert [code for code, _ in both(coded("Texte", NOTE, BOLD))] == ["reference-missing"]


def test_marks_of_notes_in_plain_text_are_references_and_units_are_not() -> None:
    error = Severity.ERROR
    assert found("reference", "The Council¹ met.", "Le Conseil¹ s’est réuni.", "en-fr") == {}
    assert found("reference", "The Council¹ met.", "Le Conseil s’est réuni.", "en-fr") == {"reference-missing": error}
    assert found("reference", "The Council† met.", "理事会†开会†。", "en-zh") == {"reference-added": error}
    assert found("reference", "5 m², 3 km² and 10³", "5 metres carrés, 3 km carrés et 1000", "en-fr") == {}


def test_a_close_match_confirmed_as_it_was_is_an_error() -> None:
    match = CodedText("Le Conseil a adopté le rapport de 2018.")
    taken = "Le Conseil a adopté le  rapport de 2018."
    source = "The Council adopted the report of 2019."
    assert found("fuzzy", source, taken, "en-fr", origin=Origin.FUZZY, match=match) == {
        "fuzzy-unedited": Severity.ERROR
    }
    changed = "Le Conseil a adopté le rapport de 2019."
    assert found("fuzzy", source, changed, "en-fr", origin=Origin.FUZZY, match=match) == {}
    assert found("fuzzy", source, taken, "en-fr", origin=Origin.EXACT, match=match) == {}
    assert found("fuzzy", source, taken, "en-fr", origin=Origin.FUZZY) == {}


def test_text_that_does_not_fit_its_place_or_its_time() -> None:
    assert found("fit", "Report", "Rapport final", "en-fr", most_characters=13) == {}
    assert found("fit", "Report", "Rapport finals", "en-fr", most_characters=13) == {"fit-long": Severity.WARNING}
    isolated = "\u2067تقرير\u2069"
    assert found("fit", "Report", isolated, "en-ar", most_characters=5) == {}
    assert found("fit", "Yes", "x" * 34, "en-fr", duration_ms=2000) == {}
    assert found("fit", "Yes", "x" * 35, "en-fr", duration_ms=2000) == {"fit-speed": Severity.INFO}
    assert found("fit", "Yes", "x" * 58, "en-fr", duration_ms=2000) == {"fit-speed": Severity.WARNING}
    assert found("fit", "Yes", "好" * 19, "en-zh", duration_ms=2000) == {"fit-speed": Severity.INFO}
