"""One record per language. To add a language, add a record: everything else is data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from langsupport.errors import UnsupportedLanguage


class Script(StrEnum):
    ARABIC = "Arab"
    CYRILLIC = "Cyrl"
    HAN = "Hans"
    LATIN = "Latn"


@dataclass(frozen=True, slots=True)
class Language:
    """What the product needs to know of one language.

    `code` is ISO 639-1 and our key everywhere; `bcp47` is what files carry. Caption figures follow
    the Netflix timed-text style guides, with the limits that national broadcasters share.
    """

    code: str
    bcp47: str
    english_name: str
    endonym: str
    script: Script
    direction: Literal["ltr", "rtl"]
    sentence_space: str  # what stands between two sentences
    word_spaces: bool
    quotes: tuple[str, str]
    decimal_mark: str
    document_font: str  # named in files; Word and LibreOffice substitute when absent
    caption_line_chars: int  # characters in one line of a cue
    caption_chars_per_second: int  # reading speed for adults


_ROMAN = "Times New Roman"
_RECORDS = (
    Language("ar", "ar", "Arabic", "العربية", Script.ARABIC, "rtl", " ", True, ("«", "»"), "٫", "Arial", 42, 20),
    Language("zh", "zh-CN", "Chinese", "中文", Script.HAN, "ltr", "", False, ("“", "”"), ".", "SimSun", 16, 9),
    Language("en", "en", "English", "English", Script.LATIN, "ltr", " ", True, ("“", "”"), ".", _ROMAN, 42, 20),
    Language("fr", "fr", "French", "Français", Script.LATIN, "ltr", " ", True, ("«\xa0", "\xa0»"), ",", _ROMAN, 42, 17),
    Language("ru", "ru", "Russian", "Русский", Script.CYRILLIC, "ltr", " ", True, ("«", "»"), ",", _ROMAN, 39, 17),
    Language("es", "es", "Spanish", "Español", Script.LATIN, "ltr", " ", True, ("«", "»"), ",", _ROMAN, 42, 17),
)  # fmt: skip

LANGUAGES = MappingProxyType({record.code: record for record in _RECORDS})
"""The six, in the alphabetical order of their English names, as the organizations list them."""

DIRECTIONS: tuple[tuple[str, str], ...] = tuple((s, t) for s in LANGUAGES for t in LANGUAGES if s != t)
"""All 30 translation directions as (source, target) codes."""


def language(code: str, *, name: str = "language") -> Language:
    """The record for a code such as `fr`, `FR`, `fr-CA`, `zh_Hans` or `zh-CN`.

    Raises:
        UnsupportedLanguage: not one of the six (`zh-TW`/`zh-Hant` are not Simplified Chinese).
    """
    normal = code.strip().replace("_", "-").lower()
    base, _, rest = normal.partition("-")
    if base == "zh" and any(tag in {"tw", "hk", "mo", "hant"} for tag in rest.split("-")):
        raise UnsupportedLanguage(name=name, detail=f"“{code}” is Traditional Chinese")
    if base not in LANGUAGES:
        raise UnsupportedLanguage(name=name, detail=f"“{code}” is not one of the six languages")
    return LANGUAGES[base]


_RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x0041, 0x024F, Script.LATIN),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0600, 0x06FF, Script.ARABIC),
    (0x0750, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFF, Script.ARABIC),
    (0x3400, 0x4DBF, Script.HAN),
    (0x4E00, 0x9FFF, Script.HAN),
    (0xF900, 0xFAFF, Script.HAN),
    (0x20000, 0x323AF, Script.HAN),
)


def script_of(character: str) -> Script | None:
    """The script of one letter; None for digits, punctuation, space and other scripts."""
    if not character.isalpha():
        return None
    point = ord(character)
    return next((script for low, high, script in _RANGES if low <= point <= high), None)


def script_counts(text: str) -> Counter[Script]:
    """Letters per script in a text."""
    return Counter(script for script in map(script_of, text) if script is not None)
