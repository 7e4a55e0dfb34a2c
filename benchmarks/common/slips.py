"""Slips that translators and machines make, put into good translations: what the checks should find."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from langsupport.checks import SegmentPair
from langsupport.checks.day_names import MONTHS, WEEKDAYS
from langsupport.domain.languages import LANGUAGES, Script
from langsupport.domain.units import CodedText, CodeKind, InlineCode

Make = Callable[[SegmentPair, random.Random], SegmentPair | None]


@dataclass(frozen=True)
class Slip:
    """`make` gives the pair with the slip in it, or None where it can't happen; `codes` are findings that tell it."""

    make: Make
    codes: frozenset[str]


def _words(text: str) -> list[str]:
    return text.split()


_NEGATIONS = {
    "ar": r"(?<!\w)[وف]?(?:لا|لم|لن|ليس|ليست)\s",
    "zh": r"不得|不应|不能|不可|没有|未|不",
    "en": r"\s(?:not|never)\b|(?<=can)not\b|n[’']t\b",
    "es": r"(?<!\w)[Nn]o\s",
    "fr": r"(?<!\w)(?:ne\s|n[’'])|\s(?:pas|jamais)\b",
    "ru": r"(?<!\w)[Нн]е\s",
}
_MONTH_NAMES = {
    "en": _words("January February March April May June July August September October November December"),
    "fr": _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "ru": _words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
    "ar": _words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
}
_DAY_NAMES = {
    "en": _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "fr": _words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    "es": _words("lunes martes miércoles jueves viernes sábado domingo"),
    "ru": _words("понедельник вторник среду четверг пятницу субботу воскресенье"),
    "ar": _words("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
    "zh": _words("一 二 三 四 五 六 日"),
}
_UNITS = {
    "en": ("kilometres", "miles", "kilograms", "hours", "days", "weeks", "months", "dollars", "euros"),
    "fr": ("kilomètres", "milles", "kilogrammes", "heures", "jours", "semaines", "mois", "dollars", "euros"),
    "es": ("kilómetros", "millas", "kilogramos", "horas", "días", "semanas", "meses", "dólares", "euros"),
    "ru": ("километров", "миль", "килограммов", "часов", "дней", "недель", "месяцев", "долларов", "евро"),
    "ar": ("كيلومترا", "ميلا", "كيلوغراما", "ساعة", "يوما", "أسبوعا", "شهرا", "دولار", "يورو"),
    "zh": ("公里", "英里", "公斤", "小时", "天", "周", "个月", "美元", "欧元"),
}
_UNIT_FORMS = {
    "en": r"kilomet\w+|km\b|miles?\b|kilogram\w*|kg\b|hours?\b|days?\b|weeks?\b|months?\b|dollars?\b|euros?\b",
    "fr": r"kilomètres?\b|km\b|milles?\b|kilogrammes?\b|kg\b|heures?\b|jours?\b|semaines?\b|mois\b|dollars?\b|euros?\b",
    "es": r"kilómetros?\b|km\b|millas?\b|kilogramos?\b|kg\b|horas?\b|días?\b|semanas?\b|mes(?:es)?\b|dólares\b"
    r"|euros?\b",
    "ru": r"километр\w*|км\b|мил[яьие]\w*|килограмм\w*|кг\b|час\w*|дн\w+|недел\w+|месяц\w*|доллар\w*|евро\b",
    "ar": r"كيلومتر\w*|كم\b|ميل\w*|كيلوغرام\w*|ساع\w+|يوم\w*|أيام|أسبوع\w*|أسابيع|شهر\w*|أشهر|دولار\w*|يورو",
    "zh": r"公里|千米|英里|公斤|千克|小时|天|周|个月|美元|欧元",
}


def _text(pair: SegmentPair, text: str) -> SegmentPair | None:
    return replace(pair, target=CodedText(text)) if text != pair.target.text and text.strip() else None


def _number(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    """One digit of a number is another one."""
    places = [m.start() for m in re.finditer(r"(?<![A-Za-z])\d", pair.target.text)]
    if not places:
        return None
    place = chance.choice(places)
    new = str((int(pair.target.text[place]) + chance.randint(1, 8)) % 10)
    return _text(pair, pair.target.text[:place] + new + pair.target.text[place + 1 :])


def _number_lost(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    found = list(re.finditer(r"(?<![\w.,/-])\d[\d.,]*(?![\w/-])", pair.target.text))
    if not found:
        return None
    one = chance.choice(found)
    return _text(pair, pair.target.text[: one.start()] + pair.target.text[one.end() :])


def _negation(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    """A strong prohibition, with every negation taken out of the translation."""
    wanted = re.search(_STRONG[pair.source_language], pair.source.text, re.IGNORECASE)
    text = re.sub(_NEGATIONS[pair.target_language], " ", pair.target.text) if wanted else pair.target.text
    return _text(pair, text)


_STRONG = {
    "en": r"\b(?:shall|must|may|should|cannot|can|is|are|do|does) ?not\b",
    "fr": r"\bn(?:e |[’'])(?:\w+ )?(?:doi|peu|do|pas|est|sont)\w*",
    "es": r"\bno (?:deb|pod|pued|es |son )",
    "ru": r"\bне (?:долж|мо[жг]|следует|явл)",
    "ar": r"(?<!\w)(?:لا (?:يجوز|يمكن|ينبغي|يجب)|لم|لن|ليس)",
    "zh": r"不得|不应|不能|不可",
}


def _month(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    text, language = pair.target.text, pair.target_language
    if language == "zh":
        found = re.search(r"(?<!\d)(1?\d)月", text)
        return (
            _text(pair, text[: found.start()] + f"{int(found[1]) % 12 + 1}月" + text[found.end() :]) if found else None
        )
    forms = "|".join(f"(?P<m{month}>{form})" for month, form in sorted(MONTHS[language].items(), reverse=True))
    found = re.search(rf"(?<!\w)(?:{forms})(?=\s\d|\s(?:de|of))", text)
    if not found:
        return None
    other = _MONTH_NAMES[language][int(str(found.lastgroup)[1:]) % 12]
    return _text(pair, text[: found.start()] + other + text[found.end() :])


def _weekday(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    text, language = pair.target.text, pair.target_language
    forms = "|".join(f"(?P<d{day}>{form})" for day, form in enumerate(WEEKDAYS[language], 1))
    lead, edge = ("(?<=星期)", "") if language == "zh" else (r"(?<!\w)", r"(?!\w)")
    found = re.search(rf"{lead}(?:{forms}){edge}", text)
    if not found or (language == "ar" and not re.search(r"يوم|أيام", text)):
        return None
    other = _DAY_NAMES[language][int(str(found.lastgroup)[1:]) % 7]
    return _text(pair, text[: found.start()] + other + text[found.end() :])


def _unit(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    text, language = pair.target.text, pair.target_language
    space = r"\s?" if language == "zh" else r"[\s\u00a0]"
    found = re.search(rf"(?<=\d)({space})({_UNIT_FORMS[language]})", text)
    if not found:
        return None
    others = [unit for unit in _UNITS[language] if unit[:3] != found[2][:3]]
    return _text(pair, text[: found.start(2)] + chance.choice(others) + text[found.end() :])


def _coded(pair: SegmentPair, role: str = "format") -> tuple[SegmentPair, tuple[InlineCode, ...]]:
    """The pair with a pair of codes round both texts, or a single code of a role at their ends."""
    if role == "format":
        codes = (InlineCode(0, CodeKind.OPEN), InlineCode(0, CodeKind.CLOSE))
        texts = [CodedText(t.text, ((0, codes[0]), (len(t.text), codes[1]))) for t in (pair.source, pair.target)]
    else:
        codes = (InlineCode(0, CodeKind.SINGLE, role),)
        texts = [CodedText(t.text, ((len(t.text), codes[0]),)) for t in (pair.source, pair.target)]
    return replace(pair, source=texts[0], target=texts[1]), codes


def _code_lost(role: str) -> Make:
    def make(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
        coded, _ = _coded(pair, role)
        return replace(coded, target=CodedText(pair.target.text))

    return make


def _code_doubled(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    coded, codes = _coded(pair, "note")
    return replace(coded, target=CodedText(pair.target.text, ((0, codes[0]), (len(pair.target.text), codes[0]))))


def _crossed(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    coded, codes = _coded(pair)
    return replace(coded, target=CodedText(pair.target.text, ((0, codes[1]), (len(pair.target.text), codes[0]))))


def _symbol(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    strict = [e for e in pair.entities if e.kind.value != "number" and e.text in pair.target.text]
    if not strict:
        return None
    text = strict[0].text
    places = [i for i, c in enumerate(text) if c.isalnum()]
    place = chance.choice(places)
    other = str((int(text[place]) + 1) % 10) if text[place].isdigit() else "X" if text[place] != "X" else "Y"
    return _text(pair, pair.target.text.replace(text, text[:place] + other + text[place + 1 :]))


def _half(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    """The translation stops after a third."""
    text = pair.target.text
    return _text(pair, text[: len(text) // 3]) if sum(map(str.isalpha, text)) > 40 else None


def _source(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    return _text(pair, pair.source.text)


def _residue(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    """The second half stayed in the source language."""
    source, target = pair.source.text, pair.target.text
    if min(len(source.split()), len(target.split())) < 14 and "zh" not in (pair.source_language, pair.target_language):
        return None
    return _text(pair, target[: len(target) // 2] + " " + source[len(source) // 2 :])


def _word_doubled(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    if not LANGUAGES[pair.target_language].word_spaces:
        return None
    words = list(re.finditer(r"(?<!\S)[^\W\d_]{4,}(?!\S)", pair.target.text))
    if not words:
        return None
    one = chance.choice(words)
    return _text(pair, pair.target.text[: one.end()] + " " + pair.target.text[one.start() :])


def _loop(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    text = pair.target.text
    piece = text[len(text) // 3 : len(text) // 3 + 12]
    return _text(pair, text + piece * 5) if sum(map(str.isalpha, piece)) > 5 else None


def _replaced(old: str, new: str, *languages: str) -> Make:
    def make(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
        if languages and pair.target_language not in languages:
            return None
        return _text(pair, re.sub(old, new, pair.target.text, count=1))

    return make


def _other_script(pair: SegmentPair, chance: random.Random) -> SegmentPair | None:
    """Another language's script than the target's, where the source has the other."""
    one, other = (LANGUAGES[code].script for code in (pair.source_language, pair.target_language))
    return _text(pair, pair.source.text) if one is not other and Script.LATIN not in (one,) else None


def _slip(make: Make, *codes: str) -> Slip:
    return Slip(make, frozenset(codes))


SLIPS: Mapping[str, Slip] = {
    "a digit changed": _slip(_number, "number-missing", "number-added", "protected-missing", "date-changed"),
    "a number lost": _slip(_number_lost, "number-missing", "protected-missing"),
    "a symbol changed": _slip(_symbol, "protected-missing"),
    "formatting lost": _slip(_code_lost("format"), "codes-missing"),
    "codes crossed": _slip(_crossed, "codes-nesting"),
    "a note lost": _slip(_code_lost("note"), "reference-missing"),
    "a note doubled": _slip(_code_doubled, "reference-added"),
    "a month changed": _slip(_month, "date-changed", "number-missing", "number-added"),
    "a weekday changed": _slip(_weekday, "date-weekday"),
    "a unit changed": _slip(_unit, "unit-changed", "unit-currency"),
    "a prohibition allowed": _slip(_negation, "negation-lost"),
    "two thirds missing": _slip(_half, "length-short"),
    "not translated": _slip(_source, "untranslated", "untranslated-part", "script-wrong"),
    "half not translated": _slip(_residue, "untranslated-part", "script-wrong"),
    "another script": _slip(_other_script, "script-wrong"),
    "a word doubled": _slip(_word_doubled, "repetition-word"),
    "a loop": _slip(_loop, "repetition-loop"),
    "a bracket lost": _slip(_replaced(r"[)）»”]", ""), "punctuation-brackets"),
    "a question stated": _slip(_replaced(r"[?？؟]$", "."), "punctuation-question", "punctuation-mark"),
    "an end mark lost": _slip(_replaced(r"[.。]$", ""), "punctuation-end"),
    "a mark doubled": _slip(_replaced(r"([,，،])", r"\1\1"), "punctuation-double"),
    "¿ or ¡ lost": _slip(_replaced(r"[¿¡]", "", "es"), "punctuation-opening"),
    "a space doubled": _slip(_replaced(r"(?<=\w) (?=\w)", "  "), "spacing-double"),
    "a space before a comma": _slip(_replaced(r"(?<=\w)([,，،])", r" \1"), "spacing-mark"),
    "an Arabic comma Latin": _slip(_replaced("،", ",", "ar"), "arabic-punctuation"),
    "a Chinese comma narrow": _slip(
        _replaced(r"(?<=[\u4e00-\u9fff])，(?=[\u4e00-\u9fff])", ",", "zh"), "chinese-punctuation"
    ),
    "a Chinese space": _slip(_replaced(r"([\u4e00-\u9fff]{6})([\u4e00-\u9fff]{6})", r"\1 \2", "zh"), "chinese-space"),
}
