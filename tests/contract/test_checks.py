"""Every check of the table in every direction: silent about good translations, loud about the slip it is for."""

from __future__ import annotations

import csv
import os
import re
import string
from pathlib import Path

import pytest

from langsupport import checks
from langsupport.checks import CHECKS, SegmentPair
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import DIRECTIONS, LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, InlineCode
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
