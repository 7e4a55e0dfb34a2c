"""Units and currencies: what a number counts stays the same.

A unit is looked for right beside its number. Only a number that takes another unit on the other side is a finding:
what is left unsaid, or said farther away, is no slip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from langsupport.checks.base import SegmentPair, running_text
from langsupport.checks.unit_names import MONEY, SYMBOLS, WORDS
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.number_words import SCALES
from langsupport.domain.numbers import NumberToken, numbers_in

_MOST_CHARS = 4_000
"""Looked at; a segment is a sentence."""
_CUSTOMARY = frozenset({"mile", "foot", "inch", "lb", "acre", "°F"})
_NONE = "-"
_LOOK_CHARS = 48
"""How far behind a number its unit may end."""
_FRACTION = re.compile(r"\d\s?[/⁄]\Z")
_FRACTION_CHARS = 3
_HAN_PERCENT = re.compile(r"百分之\s?\Z")


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number and the units that stand beside it may mean: several where a form is ambiguous."""

    values: frozenset[str]
    units: frozenset[str]
    text: str


def check(pair: SegmentPair) -> list[Finding]:
    source, target = (text[:_MOST_CHARS] for text in running_text(pair))
    given, found = _quantities(source, pair.source_language), _quantities(target, pair.target_language)
    findings = []
    for one in given:
        same = [other for other in found if one.values & other.values]
        if not same or any((one.units | {_NONE}) & other.units for other in same) or _NONE in one.units:
            continue
        money = bool(one.units & MONEY)
        code = "unit-currency" if money else "unit-changed"
        template = "“{quantity}” of the source is “{found}” in the translation."
        findings.append(Finding(code, Severity.WARNING, template, {"quantity": one.text, "found": same[0].text}))
    return findings


def measured_otherwise(text: str, language: str) -> set[str]:
    """The numbers of a text, as written, that count units of the customary systems: translations may convert them."""
    found = ((token, _quantity(text, token, language)) for token in numbers_in(text[:_MOST_CHARS], language))
    return {token.text for token, quantity in found if quantity is not None and quantity.units & _CUSTOMARY}


def _quantities(text: str, language: str) -> list[_Quantity]:
    whole = (token for token in numbers_in(text, language) if not _is_denominator(text, token))
    found = (_quantity(text, token, language) for token in whole)
    return [quantity for quantity in found if quantity is not None]


def _is_denominator(text: str, token: NumberToken) -> bool:
    return _FRACTION.search(text, max(0, token.start - _FRACTION_CHARS), token.start) is not None


def _quantity(text: str, token: NumberToken, language: str) -> _Quantity | None:
    before, after = _patterns(language)
    behind = after.match(text, token.end, token.end + _LOOK_CHARS)
    ahead = before.search(text[max(0, token.start - 8) : token.start])
    if language == "zh" and _HAN_PERCENT.search(text[max(0, token.start - 5) : token.start]):
        return _Quantity(token.values, frozenset({"percent"}), f"百分之{token.text}")
    if ahead:
        written = text[token.start - len(ahead.group()) : token.end]
        return _Quantity(token.values, _meanings(ahead.group(1), language), written.strip())
    if behind is None:
        return None
    return _Quantity(token.values, _meanings(behind.group(1), language), text[token.start : behind.end()].strip())


@lru_cache(maxsize=512)
def _meanings(written: str, language: str) -> frozenset[str]:
    signs = {unit for unit, forms in SYMBOLS.items() if written in forms}
    words = {
        unit
        for unit, forms in WORDS.get(language, {}).items()
        if any(re.fullmatch(form, written, _flags(language)) for form in forms)
    }
    return frozenset(signs | words)


def _flags(language: str) -> re.RegexFlag:
    return re.IGNORECASE if language in {"en", "fr", "es"} else re.NOFLAG


@lru_cache(maxsize=16)
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands before a number (a sign of money), and what behind it (a scale, a small word, the unit)."""
    signs = sorted((re.escape(form) for forms in SYMBOLS.values() for form in forms), key=len, reverse=True)
    words = sorted((form for forms in WORDS.get(language, {}).values() for form in forms), key=len, reverse=True)
    scales = "|".join(
        re.escape(form.rstrip("*")) + (r"\w*\.?" if form.endswith("*") else r"\.?")
        for forms in SCALES.get(language, {}).values()
        for form in sorted(forms, key=len, reverse=True)
    )
    edge = "" if language == "zh" else r"(?!\w)"
    money = sorted((re.escape(f) for unit in MONEY for f in SYMBOLS[unit]), key=len, reverse=True)
    before = re.compile(rf"(?<!\w)({'|'.join(money)})[\s\u00a0]?\Z")
    case = "(?i:" if _flags(language) else "(?:"
    scaled = rf"(?:[\s\u00a0\u202f-]?(?:{scales}){edge})??(?:\s(?:of|de|d[’'e])(?=\s|\b))??" if scales else ""
    after = re.compile(
        rf"{scaled}[\s\u00a0\u202f-]?((?:{'|'.join(signs)})(?![\w/])|{case}{'|'.join(words or ['(?!)'])}){edge})"
    )
    return before, after
