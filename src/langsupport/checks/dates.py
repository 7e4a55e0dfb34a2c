"""Dates: the same day, month, year and day of the week, however they are written.

What numbers alone show (a day or a year that is lost) the check of numbers finds. This one finds another month,
two dates that changed places, and another day of the week.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from langsupport.checks.base import SegmentPair, running_text
from langsupport.checks.day_names import MONTHS, WEEKDAYS, WORDS_ALIKE
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.numbers import compare_numbers

_MOST_CHARS = 4_000
"""Looked at; a segment is a sentence."""
_HAN = {character: value for value, character in enumerate("〇一二三四五六七八九十")} | {"零": 0}
_HAN_DATE = re.compile(
    r"(?:(?P<year>\d{4}|[〇零一二三四五六七八九]{4})\s?年\s?)?"
    r"(?<![\d一二三四五六七八九十两几数.．第])(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})\s?月(?![龄球光亮经饼薪票])份?"
    r"(?:\s?(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})\s?(?:日|号))?"
)
_ISO = re.compile(r"(?<![\d-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d-])")
_FIGURES = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d-]|[./]\d)")
_DAY_BEFORE = re.compile(
    r"(?<![\d.,:/])(\d{1,2})(?:\s?(?:st|nd|rd|th|er|ère|º|°|ª|-?е|-?го|-?ое))?(?:,?\s+(?:day\s+)?(?:of|de|del|du|d[’']|من))?"
    r"[\s\u00a0]*(?:(?:شهر|месяца|mes\s+de|mois\s+d[e’'])\s*)?\Z",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\b(?:in|since|until|early|late|last|next|mid|en|d[ée]but|fin|mi|depuis|في|شهر|منذ|بحلول|حتى)[ \u00a0-]*\Z",
    re.IGNORECASE,
)
"""Before a month that might be another word."""
_DAY_AFTER = re.compile(
    r"\.?\s+(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?(?![\d.:/]\d|\d|\s?(?:%|percent))(?:,?\s+(\d{4})(?!\d))?"
)
_YEAR_AFTER = re.compile(r"\.?,?\s*(?:of|de|del|من|عام|سنة|لعام|لسنة|en)?\s*(?:عام\s*|سنة\s*)?(\d{4})(?!\d|[.,]\d)")


@dataclass(frozen=True, slots=True)
class _Date:
    """`readings` are the (day, month) that the spelling allows, day 0 where there is none; year 0 likewise."""

    text: str
    readings: frozenset[tuple[int, int]]
    year: int = 0

    @property
    def months(self) -> frozenset[int]:
        return frozenset(month for _, month in self.readings)

    def may_be(self, other: _Date) -> bool:
        years = not self.year or not other.year or self.year % 100 == other.year % 100
        same = (m == n and (not d or not e or d == e) for d, m in self.readings for e, n in other.readings)
        return years and any(same)


def check(pair: SegmentPair) -> list[Finding]:
    source, target = (text[:_MOST_CHARS] for text in running_text(pair))
    given, found = _dates(source, pair.source_language), _dates(target, pair.target_language)
    changed = list(zip(*_unpaired(given, found), strict=False))
    several = len(frozenset().union(*(one.months for one in given))) > 1
    if changed and (not several or any(compare_numbers(source, pair.source_language, target, pair.target_language))):
        # within a month nothing can have changed places, and what else may be wrong the numbers say
        changed = [(one, other) for one, other in changed if not one.months & other.months]
    template = "The date “{date}” of the source is “{found}” in the translation."
    findings = [
        Finding("date-changed", Severity.WARNING, template, {"date": one.text, "found": other.text})
        for one, other in changed
    ]
    days, others = _weekdays(source, pair.source_language), _weekdays(target, pair.target_language)
    gone = [text for day, text in days.items() if day not in others]
    new = [text for day, text in others.items() if day not in days]
    template = "The day of the week “{date}” of the source is “{found}” in the translation."
    return findings + [
        Finding("date-weekday", Severity.WARNING, template, {"date": one, "found": other})
        for one, other in zip(gone, new, strict=False)
    ]


def _unpaired(given: list[_Date], found: list[_Date]) -> tuple[list[_Date], list[_Date]]:
    """What is left when dates that may be the same are paired, those that say most first."""
    rest, left = list(found), []
    for one in sorted(given, key=lambda date: -_told(date)):
        same = [other for other in rest if one.may_be(other)]
        if not same:
            left.append(one)
        else:
            rest.remove(max(same, key=_told))
    # a date that stands once more, as for "5 to 7 May", is no other date
    left = [one for one in left if not any(one.may_be(other) for other in found)]
    return left, [other for other in rest if not any(other.may_be(one) for one in given)]


def _told(date: _Date) -> int:
    return bool(date.year) + all(day for day, _ in date.readings)


def _dates(text: str, language: str) -> list[_Date]:
    found = [*_in_figures(text)]
    if language == "zh":
        return found + [date for match in _HAN_DATE.finditer(text) if (date := _han_date(match))]
    if language in MONTHS:
        found += _in_words(text, language)
    return found


def _in_figures(text: str) -> Iterator[_Date]:
    for match in _ISO.finditer(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        if _is_day(day, month):
            yield _Date(match.group(), frozenset({(day, month)}), year)
    for match in _FIGURES.finditer(text):
        one, other = int(match[1]), int(match[3])
        readings = frozenset((d, m) for d, m in ((one, other), (other, one)) if _is_day(d, m))
        if readings and (match[2] != "." or len(match[4]) == 4):  # 1.2.10 is a clause
            yield _Date(match.group(), readings, int(match[4]))


def _is_day(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _han_date(match: re.Match[str]) -> _Date | None:
    month, day = _han_number(match["month"]), _han_number(match["day"] or "0")
    year = _han_number(match["year"] or "0")
    if not 1 <= month <= 12 or day > 31:
        return None
    return _Date(match.group().strip(), frozenset({(day, month)}), year)


def _han_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if "十" in text and len(text) <= 3:
        tens, _, ones = text.partition("十")
        return 10 * (_HAN[tens] if tens else 1) + (_HAN[ones] if ones else 0)
    return int("".join(str(_HAN[character]) for character in text))


def _in_words(text: str, language: str) -> Iterator[_Date]:
    last_end, last_month = -1, 0
    for match in _month_pattern(language).finditer(text):
        month, name = _month_of(match)
        joint = text[last_end : match.start()].strip() if last_end >= 0 else " "
        twin = month == last_month and joint in {"/", "(", "-", "–"}  # تشرين الأول/أكتوبر
        last_end, last_month = match.end(), month
        if twin:
            continue
        before = _DAY_BEFORE.search(text, max(0, match.start() - 30), match.start())
        tail = _twin_end(text, match.end(), month, language)
        after = _DAY_AFTER.match(text, tail) if language == "en" and not before else None
        day = int((before or after or ("", "0"))[1])
        year = _YEAR_AFTER.match(text, tail)
        stated = int((after[2] or 0) if after else year[1] if year else 0)
        if after and not stated and not 1 <= day <= 31:
            day = 0
        alone = not day and not stated
        doubtful = name.lower().rstrip(".") in WORDS_ALIKE.get(language, ())
        if day > 31 or (alone and doubtful and not _LEAD.search(text[max(0, match.start() - 12) : match.start()])):
            continue
        start = before.start() if before else match.start()
        end = after.end() if after and day else year.end() if year else match.end()
        yield _Date(text[start:end].strip(), frozenset({(day, month)}), stated)


def _twin_end(text: str, end: int, month: int, language: str) -> int:
    """Where a month ends that is named twice, in both sets of names: تشرين الأول/أكتوبر."""
    if text[end : end + 1] not in {"/", "("} and text[end : end + 2] not in {" /", " ("}:
        return end
    match = _month_pattern(language).search(text, end, end + 20)
    if match is None or _month_of(match)[0] != month:
        return end
    return match.end() + (text[match.end() : match.end() + 1] == ")")


@lru_cache(maxsize=16)
def _month_pattern(language: str) -> re.Pattern[str]:
    groups = [f"(?P<m{month}>{forms})" for month, forms in sorted(MONTHS[language].items(), reverse=True)]
    prefix = "[وفبلك]?" if language == "ar" else ""
    flags = re.IGNORECASE if language in {"fr", "es"} else re.NOFLAG
    return re.compile(rf"(?<![\w]){prefix}(?:{'|'.join(groups)})(?![\w])", flags)


def _month_of(match: re.Match[str]) -> tuple[int, str]:
    """The number and the name."""
    group = str(match.lastgroup)
    return int(group[1:]), match[group]


def _weekdays(text: str, language: str) -> dict[int, str]:
    """Days of the week from Monday as 1, each with how it is written first."""
    found: dict[int, str] = {}
    for match in _weekday_pattern(language).finditer(text) if language in WEEKDAYS else ():
        found.setdefault(int(str(match.lastgroup)[1:]), match.group())
    return found


@lru_cache(maxsize=16)
def _weekday_pattern(language: str) -> re.Pattern[str]:
    groups = "|".join(f"(?P<d{day}>{forms})" for day, forms in enumerate(WEEKDAYS[language], start=1))
    if language == "zh":
        return re.compile(rf"(?:星期|礼拜|(?<![一二三四五六七八九十\d每两几数本上下])周)(?:{groups})")
    prefix = r"(?:[وفبلك]|يوم\s)?" if language == "ar" else ""
    flags = re.NOFLAG if language == "en" else re.IGNORECASE
    return re.compile(rf"(?<!\w){prefix}(?:{groups})(?!\w)", flags)
