"""Numbers in running text of the six languages, compared by value and not by spelling.

A translation may write 1,234.5 as 1 234,5 or ١٬٢٣٤٫٥, 300万 as 3 million, 1960s as 60年代, and
10 October as 10月10日. What it may not do is lose, change or invent a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from langsupport.domain.number_words import MONTHS, SCALES, SPELLED

_SPACES = "\u00a0\u2009\u202f"
_DIGITS = {base + digit: str(digit) for base in (0x0660, 0x06F0, 0xFF10) for digit in range(10)}
_TRANSLATION = str.maketrans({**{chr(k): v for k, v in _DIGITS.items()}, "٫": ".", "．": ".", "，": ", "})
_SEPARATED = rf"(?:[.,٬'’](?=\d)|(?<!\d{{4}})[،， {_SPACES}](?=\d{{3}}(?!\d)))\d+"
_NUMBER = re.compile(
    rf"(?<![a-gi-wyzа-я\d])(?<![^\d][xh])(?<![مكس]م)(?<!p\.[ \u00a0])(?<![A-Z](?=\d(?!\d)))\d+(?:{_SEPARATED})*"
)
"""A number with its separators; the digits of km2 and H2O belong to a name, those of CG4684, 36x24 and 10h15 count."""
_ROMAN = re.compile(r"\b(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))(?:e|er|ème)?\b(?!\.[A-Z])")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_ARABIC_PREFIX = re.compile(r"(?<!\w)[وفبلك]?(?:ال|لل)(?=\w{3})")
_ARABIC_DUAL = re.compile(r"\w{3,}(?:ين|ان)(?!\w)")
_ARABIC_TEEN = re.compile(r"(\w+)\s+عشر")
_HAN_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_HAN_NUMERAL = re.compile(f"[{''.join(_HAN_DIGITS)}{''.join(_HAN_POWERS)}]{{2,}}")
_HALVES = {
    "en": re.compile(r"\bhalf\b"),
    "fr": re.compile(r"\bdemie?s?\b"),
    "es": re.compile(r"\bmedi[oa]s?\b"),
    "ru": re.compile(r"половин|\bпол|полутор"),
    "ar": re.compile("نصف"),
    "zh": re.compile("半"),
}
_TENS = frozenset({"20", "30", "40", "50", "60", "70", "80", "90"})
_YEARS = re.compile(r"(?<!\d)([12]\d)\d\d\s?[-–—/]\Z")
_CLOCK = re.compile(r"[:.h]\s?\Z")
_CENTURY = re.compile(r"\s?世纪\s?\d0\s?年代")
_SCALED = frozenset({"10", "12", "100", "1000", "1000000", "1000000000"})
_ANDS = frozenset({"and", "et", "y"})
_PART = re.compile(r"[^\W\d_]+")
_HALF = "half"
"""Among what a text says in words: that it has a half."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class NumberToken:
    """A number as written at [start, end), and every value that its spelling allows.

    "1.234" may be 1234 or 1.234: which one depends on house style more than on the language,
    so both stay open and a comparison accepts any common value.
    """

    start: int
    end: int
    text: str
    values: frozenset[str]


def plain_digits(text: str) -> str:
    """Arabic-Indic, Persian and full-width digits as ASCII; the length may grow by a full-width comma's space."""
    return text.translate(_TRANSLATION)


def numbers_in(text: str, language: str) -> list[NumberToken]:
    """The numbers written with digits, in order. Spans refer to the text given."""
    folded = "".join(_DIGITS.get(ord(c), "." if c in "٫．" else c) for c in text)
    scale = _scale_pattern(language)
    tokens: list[NumberToken] = []
    for match in _NUMBER.finditer(folded):
        values = _values(match.group())
        factor = scale.match(folded, match.end())
        if factor:
            power = _scale_of(factor.group(1).lower(), language)
            values |= {_canonical(Decimal(v) * power) for v in values if v.count(".") < 2}
        year = _YEARS.search(folded, max(0, match.start() - 6), match.start())
        if year and len(match.group()) == 2:  # 1950-53
            values.add(year[1] + match.group())
        tokens.append(NumberToken(match.start(), match.end(), text[match.start() : match.end()], frozenset(values)))
    return tokens


def compare_numbers(
    source: str, source_language: str, target: str, target_language: str
) -> tuple[list[str], list[str]]:
    """The source's numbers that the target lacks, and the target's that the source lacks, as written.

    Numbers are paired by any common value. What stays over is forgiven when the other side says the same
    in words, as a month's name, as a Roman numeral, as a decade or on the other half of the clock.
    """
    given, found = numbers_in(source, source_language), numbers_in(target, target_language)
    missing, extra = _pair(given, found)
    in_source, in_target = _said(source, source_language), _said(target, target_language)
    return (
        [token.text for token in missing if not _said_otherwise(token, source, in_target, found, extra)],
        [token.text for token in extra if not _said_otherwise(token, target, in_source, given, missing)],
    )


def _said_otherwise(
    token: NumberToken, text: str, said: set[str], others: list[NumberToken], unpaired: list[NumberToken]
) -> bool:
    """Whether the other side says a number in another way: in words, or as what its own numbers are near to."""
    if plain_digits(token.text) == "00" and _CLOCK.search(
        text, max(0, token.start - 2), token.start
    ):  # a full hour: 11:00, 11 h 00
        return True
    if _CENTURY.match(text, token.end):  # 20世纪60年代: the sixties
        return True
    parts = _parts(token)
    if parts and parts <= frozenset().union(*(other.values for other in others)):  # 4.40: 4:40
        return True
    if any(token.values & _parts(other) for other in unpaired):
        return True
    if _HALF in said and any(value.endswith(".5") for value in token.values):  # an hour and a half
        return True
    near = said.union(*map(_relatives, others))
    left = said.union(*(other.values for other in unpaired))
    return bool(token.values & near or _relatives(token) & left)


def _parts(token: NumberToken) -> frozenset[str]:
    """The values on both sides of the one mark in a number; none where there is no such mark."""
    parts = re.split(r"[.,،]", plain_digits(token.text))
    return frozenset(_canonical(Decimal(part)) for part in parts if part.strip()) if len(parts) == 2 else frozenset()


def _pair(given: list[NumberToken], found: list[NumberToken]) -> tuple[list[NumberToken], list[NumberToken]]:
    """Match tokens greedily, the least ambiguous first."""
    rest = sorted(found, key=lambda token: len(token.values))
    missing = []
    for token in sorted(given, key=lambda token: len(token.values)):
        digits = re.sub(r"\D", "", token.text)
        partners = [other for other in rest if token.values & other.values]
        partner = min(partners, key=lambda other: re.sub(r"\D", "", other.text) != digits, default=None)
        if partner is None:
            missing.append(token)
        else:
            rest.remove(partner)
    return missing, rest


def _values(written: str) -> set[str]:
    """All readings of one written number as canonical strings."""
    compact = re.sub(rf"[ {_SPACES}'’٬،，]", "", written)
    parts = re.split(r"[.,]", compact)
    if len(parts) == 1:
        return {_canonical(Decimal(compact))}
    marks = re.findall(r"[.,]", compact)
    grouped = all(len(part) == 3 for part in parts[1:]) and 1 <= len(parts[0]) <= 3
    if len(set(marks)) == 2:  # the last mark is the decimal one
        whole = "".join(parts[:-1])
        return {_canonical(Decimal(f"{whole}.{parts[-1]}"))} if marks.count(marks[-1]) == 1 else {".".join(parts)}
    values = set()
    if grouped:
        values.add(_canonical(Decimal("".join(parts))))
    if len(parts) == 2:
        values.add(_canonical(Decimal(".".join(parts))))
    if len(parts) > 2:
        values.add(".".join(parts))  # a clause such as 4.2.3
    return values


def _canonical(value: Decimal) -> str:
    text = format(value.normalize(), "f")
    return "0" if text in {"-0", ""} else text


def _relatives(token: NumberToken) -> set[str]:
    """Other ways to say the same: the decade of 1960, the afternoon hour of 9, 19th century for 1900."""
    related: set[str] = set()
    for value in token.values:
        if not value.isdigit():
            continue
        number = int(value)
        if 1000 <= number <= 2100 and number % 10 == 0:
            related |= {str(number % 100), str(number // 100 + 1)}
        if 1 <= number <= 12:
            related.add(str(number + 12))
        if 13 <= number <= 24:
            related.add(str(number - 12))
    return related


def _said(text: str, language: str) -> set[str]:
    """Values that a text expresses without digits."""
    said = {str(_roman(match.group(1))) for match in _ROMAN.finditer(text)}
    if language in _HALVES and _HALVES[language].search(text.lower()):
        said.add(_HALF)
    if language == "zh":
        said |= {str(_han_value(match.group())) for match in _HAN_NUMERAL.finditer(text)}
        return said | {value for value, forms in SPELLED["zh"].items() if any(form in text for form in forms)}
    words = [_word_values(word, language) for word in _WORD.findall(text.lower())]
    said = said.union(*words)
    for one, other in pairwise(words):  # двадцать первый; الحادي والعشرون
        tens, units = (other, one) if language == "ar" else (one, other)
        said |= {str(int(a) + int(b)) for a in tens & _TENS for b in units if 1 <= int(b) <= 9}
        said |= {str(int(a) * int(b)) for a in one for b in other & _SCALED}  # two million, three decades
    said |= _composed([_word_values(word, language) for word in _PART.findall(text.lower()) if word not in _ANDS])
    return said | (_arabic_pairs(text) if language == "ar" else set())


def _composed(words: list[frozenset[str]]) -> set[str]:
    """What runs of number words add up to: one hundred and fourteen, soixante-quinze, mil novecientos."""
    said: set[str] = set()
    total = section = length = 0
    for values in [*words, frozenset()]:
        if not values:
            if length > 1:
                said.add(str(total + section))
            total = section = length = 0
            continue
        value, length = max(map(int, values)), length + 1
        if value >= 1000:
            total, section = total + max(section, 1) * value, 0
        elif value == 100 or (value == 20 and section == 4):  # quatre-vingt
            section = max(section, 1) * value
        else:
            section += value
        said.add(str(total + section))
    return said


def _word_values(word: str, language: str) -> frozenset[str]:
    exact, stems = _word_index(language)
    forms = {word, *re.split(r"[-'’]", word)}
    if language == "ar":
        forms |= {_ARABIC_PREFIX.sub("", word), re.sub(r"^[وفبلك](?=\w\w)", "", word)}
    values = frozenset().union(*(exact.get(form, frozenset()) for form in forms))
    return values | {value for stem, value in stems for form in forms if form.startswith(stem)}


def _han_value(numeral: str) -> int:
    """二十一 is 21, 三百零五 is 305; a row of digits such as 二〇一六 is 2016."""
    if not set(numeral) & set(_HAN_POWERS):
        return int("".join(str(_HAN_DIGITS[c]) for c in numeral))
    total = section = digit = 0
    for character in numeral:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
            continue
        power = _HAN_POWERS[character]
        if power >= 10_000:
            total, section, digit = total + (section + digit) * power, 0, 0
        else:
            section, digit = section + (digit or 1) * power, 0
    return total + section + digit


def _arabic_pairs(text: str) -> set[str]:
    """Duals (ساعتين: two hours) and the teens, which Arabic writes in two words (الخامس عشر: fifteenth)."""
    units = SPELLED["ar"]
    said = {"2"} if _ARABIC_DUAL.search(text) else set()
    for unit in _ARABIC_TEEN.findall(text):
        plain = _ARABIC_PREFIX.sub("", unit)
        said |= {str(int(v) + 10) for v, forms in units.items() if int(v) < 10 and {unit, plain} & set(forms)}
    return said


def _roman(numeral: str) -> int:
    digits = [_ROMAN_VALUES[c] for c in numeral]
    following = [*digits, 0][1:]
    return sum(-digit if digit < after else digit for digit, after in zip(digits, following, strict=True))


@lru_cache(maxsize=16)
def _word_index(language: str) -> tuple[dict[str, frozenset[str]], tuple[tuple[str, str], ...]]:
    """Whole words and, marked with *, stems that mean a number or a month."""
    exact: dict[str, frozenset[str]] = {}
    stems: list[tuple[str, str]] = []
    named = [*SPELLED.get(language, {}).items(), *((str(i), forms) for i, forms in MONTHS.get(language, {}).items())]
    for value, forms in named:
        for form in forms:
            if form.endswith("*"):
                stems.append((form[:-1], value))
            else:
                exact[form] = exact.get(form, frozenset()) | {value}
    return exact, tuple(stems)


@lru_cache(maxsize=16)
def _scale_pattern(language: str) -> re.Pattern[str]:
    forms = sorted((form for forms in SCALES.get(language, {}).values() for form in forms), key=len, reverse=True)
    if not forms:
        return re.compile(r"(?!)")
    alternatives = "|".join(re.escape(form.rstrip("*")) + (r"\w*" if form.endswith("*") else "") for form in forms)
    edge = "" if language == "zh" else r"\b"
    return re.compile(rf"[\s-]?({alternatives}){edge}", re.IGNORECASE)


def _scale_of(word: str, language: str) -> int:
    for power, forms in SCALES[language].items():
        if any(word.startswith(form[:-1]) if form.endswith("*") else word == form for form in forms):
            return power
    return 1
