"""Every check of the table in every direction: silent about good translations, loud about the slip it is for."""

from __future__ import annotations

import csv
import os
import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from langsupport import checks
from langsupport.checks import CHECKS, DOCUMENT_CHECKS, ELSEWHERE, FIXED, NAMES, Level, PlacedPair, SegmentPair
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, UnitKind
from langsupport.text.entities import find_entities

DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

GOOD = {
    "ar": "لا يجوز للمجموعة أن تغيّر الوثيقة TD 123 (PLEN) قبل 15 يوماً من الاجتماع.",
    "zh": "工作组不得在会议召开前15天修改TD 123 (PLEN)号文件。",
    "en": "The group shall not change document TD 123 (PLEN) before 15 days of the meeting.",
    "fr": "Le groupe ne doit pas modifier le document TD 123 (PLEN) dans les 15 jours précédant la réunion.",
    "ru": "Группа не должна изменять документ TD 123 (PLEN) за 15 дней до собрания.",
    "es": "El grupo no deberá modificar el documento TD 123 (PLEN) en los 15 días anteriores a la reunión.",
}
WITHOUT_NEGATION = {
    "ar": "يجوز للمجموعة أن تغيّر الوثيقة TD 123 (PLEN) قبل 15 يوماً من الاجتماع.",
    "zh": "工作组应在会议召开前15天修改TD 123 (PLEN)号文件。",
    "en": "The group shall change document TD 123 (PLEN) before 15 days of the meeting.",
    "fr": "Le groupe doit modifier le document TD 123 (PLEN) dans les 15 jours avant la réunion.",
    "ru": "Группа должна изменить документ TD 123 (PLEN) за 15 дней до собрания.",
    "es": "El grupo deberá modificar el documento TD 123 (PLEN) en los 15 días de la reunión.",
}
DATED = {
    "ar": "تجتمع اللجنة يوم الخميس 5 آذار/مارس 2026 وتنفق 300 دولار على مسافة 40 كيلومتراً.",
    "zh": "委员会将于2026年3月5日星期四开会，花费300美元，行程40公里。",
    "en": "The committee meets on Thursday, 5 March 2026, and spends 300 dollars on 40 kilometres.",
    "fr": "Le comité se réunit le jeudi 5 mars 2026 et dépense 300 dollars pour 40 kilomètres.",
    "ru": "Комитет соберётся в четверг, 5 марта 2026 года, и потратит 300 долларов на 40 километров.",
    "es": "El comité se reúne el jueves 5 de marzo de 2026 y gasta 300 dólares en 40 kilómetros.",
}
ANOTHER = {  # month, day of the week, currency, unit
    "ar": (("آذار/مارس", "أيار/مايو"), ("الخميس", "السبت"), ("دولار", "يورو"), ("كيلومتراً", "متراً")),
    "zh": (("3月", "5月"), ("星期四", "星期六"), ("美元", "欧元"), ("公里", "米")),
    "en": (("March", "May"), ("Thursday", "Saturday"), ("dollars", "euros"), ("kilometres", "metres")),
    "fr": (("mars", "mai"), ("jeudi", "samedi"), ("dollars", "euros"), ("kilomètres", "mètres")),
    "ru": (("марта", "мая"), ("четверг", "субботу"), ("долларов", "евро"), ("километров", "метров")),
    "es": (("marzo", "mayo"), ("jueves", "sábado"), ("dólares", "euros"), ("kilómetros", "metros")),
}
BOLD = (InlineCode(0, CodeKind.OPEN), InlineCode(0, CodeKind.CLOSE))


def pair(source: str, target: str, direction: tuple[str, str], coded: bool = False) -> SegmentPair:
    codes = {text: ((0, BOLD[0]), (len(text), BOLD[1])) if coded else () for text in (source, target)}
    found = tuple(find_entities(source, direction[0]))
    return SegmentPair(CodedText(source, codes[source]), CodedText(target, codes[target]), *direction, found)


def slips(check: str, target: str, direction: tuple[str, str]) -> SegmentPair | None:
    """A good pair with the one slip that a check is for; None where the slip can't happen."""
    source_language, target_language = direction
    source, words = GOOD[source_language], target.split(" ")
    wrong = {
        "empty": "  ",
        "protected": target.replace("TD 123 (PLEN)", "TD 132 (PLEN)"),
        "numbers": target.replace("15", "51"),
        "untranslated": source,
        "repetition": target[:-1] + (" " + target.split("TD")[0]) * 4 + target[-1],
        "length": target * 5,
        "negation": WITHOUT_NEGATION[target_language],
        "punctuation": target[:-1] + " (" + target[-1],
    }
    if check in wrong:
        return pair(source, wrong[check], direction)
    if check in ("dates", "units"):
        old, new = ANOTHER[target_language][0 if check == "dates" else 3]
        return pair(DATED[source_language], DATED[target_language].replace(old, new), direction)
    if check == "spacing":
        return pair(source, target.replace("TD 123", "  TD 123"), direction)
    if check == "reference":
        note = CodedText(source, ((len(source), InlineCode(0, CodeKind.SINGLE, "note")),))
        return replace(pair(source, target, direction), source=note)
    if check == "fuzzy":
        return replace(pair(source, target, direction), origin=Origin.FUZZY, match=CodedText(target))
    if check == "fit":
        return replace(pair(source, target, direction), most_characters=20)
    if check == "codes":
        good = pair(source, target, direction, coded=True)
        return SegmentPair(good.source, CodedText(target), *direction, good.entities)
    if check == "script":
        other = "ru" if LANGUAGES[target_language].script.value != "Cyrl" else "ar"
        return pair(source, GOOD[other], direction)
    if check == "arabic":
        return pair(source, " ".join([words[0] + ",", *words[1:]]), direction) if target_language == "ar" else None
    if check == "chinese":
        return pair(source, target.replace("不得", "不得,"), direction) if target_language == "zh" else None
    raise AssertionError(f"Say here what slip {check} is for.")


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_its_slip_in_every_direction_and_nothing_in_good_text(name: str) -> None:
    check = CHECKS[name]
    assert check.name == name
    assert check.promise.endswith(".")
    for direction in DIRECTIONS:
        good = pair(GOOD[direction[0]], GOOD[direction[1]], direction, coded=True)
        assert check.run(good) == [], direction
        wrong = slips(name, GOOD[direction[1]], direction)
        if wrong is not None:
            findings = check.run(wrong)
            assert findings, f"{name} saw nothing in {wrong.target.text} ({direction})"
            _sound(findings, check.severity)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_dates_and_quantities_are_the_same_in_every_direction(direction: tuple[str, str]) -> None:
    source, good = DATED[direction[0]], DATED[direction[1]]
    assert checks.run(pair(source, good, direction)) == []
    codes = ("date-changed", "date-weekday", "unit-currency", "unit-changed")
    for code, (old, new) in zip(codes, ANOTHER[direction[1]], strict=True):
        wrong = good.replace(old, new)
        found = {finding.code for finding in checks.run(pair(source, wrong, direction))}
        assert code in found, (wrong, found)


def in_document(texts: list[tuple[str, str]], direction: tuple[str, str], *kinds: UnitKind) -> list[PlacedPair]:
    return [
        PlacedPair(pair(source, target, direction), f"u{number}", 0, kind)
        for number, ((source, target), kind) in enumerate(zip(texts, kinds, strict=True))
    ]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_checks_across_a_document_find_their_slips_in_every_direction(direction: tuple[str, str]) -> None:
    one, other = GOOD[direction[0]], DATED[direction[0]]
    right, wrong = GOOD[direction[1]], DATED[direction[1]]
    text, heading = UnitKind.PARAGRAPH, UnitKind.HEADING
    assert (
        checks.run_document(in_document([(one, right), (other, wrong), (one, right)], direction, text, text, text))
        == []
    )

    apart = checks.run_document(in_document([(one, right), (one, right), (one, wrong)], direction, text, text, text))
    assert [(f.code, f.unit_id) for f in apart] == [("consistency-source", "u2")]
    alike = checks.run_document(in_document([(one, right), (other, right)], direction, text, text))
    assert [(f.code, f.unit_id) for f in alike] == [("consistency-target", "u1")]
    contents = checks.run_document(in_document([(f"1.2 {one}", wrong), (one, right)], direction, text, heading))
    assert [(f.code, f.unit_id) for f in contents] == [("contents-differ", "u0")]
    for findings, name in ((apart, "consistency"), (alike, "consistency"), (contents, "contents")):
        _sound(findings, DOCUMENT_CHECKS[name].severity)


def test_every_check_has_one_name_and_a_promise() -> None:
    assert len(set(NAMES)) == len(NAMES)
    promises = [check.promise for check in (*CHECKS.values(), *DOCUMENT_CHECKS.values())]
    promises += [promise for _, promise in ELSEWHERE.values()]
    assert all(promise.endswith(".") for promise in promises)
    assert set(NAMES) >= FIXED


def test_the_guide_has_a_row_for_every_check_with_its_severity() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+)` \| .*? \| (error|warning)(?:, fixed)? \|", guide, re.MULTILINE))
    severities = {name: check.severity for name, check in (CHECKS | DOCUMENT_CHECKS).items()}
    severities |= {name: severity for name, (severity, _) in ELSEWHERE.items()}
    assert rows == {name: severity.value for name, severity in severities.items()}


def test_an_organization_raises_lowers_and_silences_checks_by_name() -> None:
    direction = ("en", "fr")
    wrong = pair("See TD 123 (PLEN) on 3 pages?", "Voir TD 124 (PLEN) sur 4 pages.", direction)
    usual = {finding.code: finding.severity for finding in checks.run(wrong)}
    assert usual["number-missing"] is Severity.ERROR
    assert usual["punctuation-question"] is Severity.WARNING

    levels = {"numbers": Level.INFO, "protected": Level.OFF, "punctuation": Level.ERROR}
    changed = {finding.code: finding.severity for finding in checks.run(wrong, levels)}
    assert changed["number-missing"] is Severity.INFO
    assert changed["punctuation-question"] is Severity.ERROR
    assert "protected-missing" not in changed
    assert next(iter(changed)) == "punctuation-question"  # errors first, as they are now


def test_what_a_check_gives_less_weight_stays_below_its_level() -> None:
    statement = pair("The meeting is adopted now.", "La réunion est adoptée maintenant", ("en", "fr"))
    assert [finding.severity for finding in checks.run(statement)] == [Severity.INFO]
    raised = checks.run(statement, {"punctuation": Level.ERROR})
    assert [finding.severity for finding in raised] == [Severity.INFO]


@pytest.mark.parametrize("name", CHECKS)
def test_a_source_in_another_language_raises_nothing(name: str) -> None:
    for target_language, target in GOOD.items():
        source = "O grupo não deve alterar o documento antes de 15 dias, reunião de 5 de março?"
        for text in (target, source, "", "  15"):
            CHECKS[name].run(pair(source, text, ("pt", target_language)))
            CHECKS[name].run(pair("Группа не повинна змінювати документ.", text, ("uk", target_language)))


def _sound(findings: list[Finding], highest: Severity) -> None:
    order = list(Severity)
    for finding in findings:
        assert order.index(finding.severity) >= order.index(highest)
        assert finding.message.endswith(".")
        assert {field for _, field, _, _ in string.Formatter().parse(finding.template) if field} == set(finding.fields)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", finding.code)


def test_run_puts_errors_first_and_says_empty_alone() -> None:
    direction = ("en", "fr")
    broken = pair("See TD 123 (PLEN) on 3 pages?", "Voir TD 124 (PLEN) sur 4 pages.", direction)
    severities = [finding.severity for finding in checks.run(broken)]
    assert severities == sorted(severities, key=list(Severity).index)
    assert Severity.ERROR in severities
    assert [finding.code for finding in checks.run(pair("Text.", "", direction))] == ["empty"]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_official_translations_of_the_declaration_pass(direction: tuple[str, str]) -> None:
    table = DATA / "text" / "udhr" / "udhr.sixway.tsv"
    if not table.is_file():
        pytest.skip("the Universal Declaration of Human Rights is not in the test data")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    source, target = direction
    errors = [
        f for row in rows for f in checks.run(pair(row[source], row[target], direction)) if f.severity is Severity.ERROR
    ]
    assert len(errors) <= 0.04 * len(rows), [error.message for error in errors]


def test_edge_texts_raise_nothing() -> None:
    for direction in DIRECTIONS[::6]:
        for source in ("", " ", "1", "—", "ITU-T", "\u2066A\u2069", "a" * 5000, "ا" * 3000, "(((", "?"):
            for target in ("", "—", "1", "(((", "\u2069", "好" * 3000, "a b " * 2000):
                checks.run(pair(source, target, direction))
