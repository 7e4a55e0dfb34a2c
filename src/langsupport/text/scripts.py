"""Families of scripts, and the languages that share Han characters."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from functools import lru_cache


class Family(Enum):
    """A script, or a group that is read as one. For scripts of one language the value is its code."""

    LATIN = "Latn"
    CYRILLIC = "Cyrl"
    ARABIC = "Arab"
    HAN = "Han"
    KANA = "Kana"
    HANGUL = "ko"
    GREEK = "el"
    HEBREW = "he"
    ARMENIAN = "hy"
    GEORGIAN = "ka"
    DEVANAGARI = "hi"
    BENGALI = "bn"
    GURMUKHI = "pa"
    GUJARATI = "gu"
    TAMIL = "ta"
    TELUGU = "te"
    KANNADA = "kn"
    MALAYALAM = "ml"
    SINHALA = "si"
    THAI = "th"
    LAO = "lo"
    TIBETAN = "bo"
    BURMESE = "my"
    KHMER = "km"
    ETHIOPIC = "am"
    MONGOLIAN = "mn-Mong"


_RANGES: tuple[tuple[int, int, Family], ...] = (
    (0x0041, 0x024F, Family.LATIN), (0x1E00, 0x1EFF, Family.LATIN), (0xFF21, 0xFF5A, Family.LATIN),
    (0x0370, 0x03FF, Family.GREEK), (0x1F00, 0x1FFF, Family.GREEK), (0x0400, 0x052F, Family.CYRILLIC),
    (0x0530, 0x058F, Family.ARMENIAN), (0x0590, 0x05FF, Family.HEBREW), (0x0600, 0x06FF, Family.ARABIC),
    (0x0750, 0x077F, Family.ARABIC), (0x08A0, 0x08FF, Family.ARABIC), (0xFB50, 0xFDFF, Family.ARABIC),
    (0xFE70, 0xFEFF, Family.ARABIC), (0x0900, 0x097F, Family.DEVANAGARI), (0x0980, 0x09FF, Family.BENGALI),
    (0x0A00, 0x0A7F, Family.GURMUKHI), (0x0A80, 0x0AFF, Family.GUJARATI), (0x0B80, 0x0BFF, Family.TAMIL),
    (0x0C00, 0x0C7F, Family.TELUGU), (0x0C80, 0x0CFF, Family.KANNADA), (0x0D00, 0x0D7F, Family.MALAYALAM),
    (0x0D80, 0x0DFF, Family.SINHALA), (0x0E00, 0x0E7F, Family.THAI), (0x0E80, 0x0EFF, Family.LAO),
    (0x0F00, 0x0FFF, Family.TIBETAN), (0x1000, 0x109F, Family.BURMESE), (0x10A0, 0x10FF, Family.GEORGIAN),
    (0x1100, 0x11FF, Family.HANGUL), (0xAC00, 0xD7AF, Family.HANGUL), (0x1200, 0x137F, Family.ETHIOPIC),
    (0x1780, 0x17FF, Family.KHMER), (0x1800, 0x18AF, Family.MONGOLIAN), (0x3041, 0x30FF, Family.KANA),
    (0x31F0, 0x31FF, Family.KANA), (0xFF66, 0xFF9D, Family.KANA), (0x3400, 0x4DBF, Family.HAN),
    (0x4E00, 0x9FFF, Family.HAN), (0xF900, 0xFAFF, Family.HAN), (0x20000, 0x323AF, Family.HAN),
)  # fmt: skip


@lru_cache(maxsize=8192)
def family_of(character: str) -> Family | None:
    """The family of a letter; None for digits, punctuation and what stands in no known script."""
    if not character.isalpha():
        return None
    point = ord(character)
    return next((family for low, high, family in _RANGES if low <= point <= high), None)


def family_counts(text: str) -> Counter[Family]:
    """Letters per family."""
    return Counter(family for family in map(family_of, text) if family is not None)


def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=8192)
def han_form(character: str) -> str:
    """`s`: only in simplified Chinese; `t`: only in traditional; `j`: only in Japanese; else ``.

    The national standards say it: GB 2312 (1980) lists the simplified forms in use, Big5 (1984) the traditional,
    JIS X 0208 the Japanese; Python carries all three as codecs.
    """
    simplified, traditional = _encodes(character, "gb2312"), _encodes(character, "big5")
    if simplified == traditional:
        return "" if simplified or not _encodes(character, "shift_jis") else "j"
    return "s" if simplified else "t"


def han_language(text: str, families: Counter[Family]) -> list[tuple[str, float]]:
    """`zh`, `zh-Hant` or `ja` with a probability, for a text in Han characters and kana."""
    kana, han = families[Family.KANA], families[Family.HAN]
    forms = Counter(han_form(character) for character in text if family_of(character) is Family.HAN)
    if kana and (kana >= 0.15 * (kana + han) or forms["j"]):
        return [("ja", min(0.99, 0.8 + 0.02 * kana))]
    simplified, traditional, japanese = forms["s"], forms["t"], forms["j"]
    if japanese > max(1, simplified):
        return [("ja", 0.8)]
    marked = simplified + traditional
    if not marked:  # characters that all share: simplified is the far commoner, the shorter the less sure
        return [("zh", min(0.9, 0.6 + 0.05 * han))]
    share = (simplified + 0.5) / (marked + 1)
    ranked = [("zh", share), ("zh-Hant", 1 - share)]
    return sorted(ranked, key=lambda item: -item[1])
