"""How alike two texts of one language are, and by which keys an index finds the like of a text.

By tokens: words, numbers and marks; characters in Chinese. Characters would be too kind to texts that differ in the
words that matter ("shall", "shall not"; "Resolution 1372", "Resolution 1386").
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from array import array
from collections import Counter
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from langsupport.domain.languages import LANGUAGES

_TOKEN = re.compile(r"\d+(?:[.,٫٬]\d+)*|[^\W\d_]+|[^\w\s]|_")
_HAN_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|[^\s]")
_NO_LETTERS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u064b-\u0652\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Arabic vowel signs and kashida, and what is invisible: they tell no texts apart."""
_ALEFS = str.maketrans("أإآٱ", "اااا")
_SPACE = re.compile(r"\s+")
_NUMBER = "0"
"""What all numbers are to the index, so that texts which differ in numbers only are found."""


def normal(text: str) -> str:
    """The text by which "the same" is judged: composed, without what is invisible, with plain single spaces."""
    return _SPACE.sub(" ", _NO_LETTERS.sub("", unicodedata.normalize("NFC", text))).strip()


def tokens(text: str, language: str) -> list[str]:
    """Case-folded words, numbers and marks; in Chinese characters, with numbers and Latin words whole."""
    folded = normal(text).casefold().translate(_ALEFS)
    spaced = language not in LANGUAGES or LANGUAGES[language].word_spaces
    return (_TOKEN if spaced else _HAN_TOKEN).findall(folded)


def similarity(one: list[str], other: list[str]) -> float:
    """1 - edits / length of the longer one; from 0 to 1."""
    return Levenshtein.normalized_similarity(one, other)


def index_keys(words: list[str], language: str) -> bytes:
    """The distinct keys of a text's tokens as 32-bit numbers, in the machine's order of bytes.

    A token that stands there twice has two keys, so that counting common keys counts common tokens. In Chinese keys are
    pairs of neighbours: single characters are too common to tell texts apart.
    """
    plain = [_NUMBER if word[0].isdigit() else word for word in words if word[0].isalnum()]
    if language in LANGUAGES and not LANGUAGES[language].word_spaces and len(plain) > 1:
        plain = [one + other for one, other in pairwise(plain)]
    seen: Counter[str] = Counter()
    keys = set()
    for word in plain:
        keys.add(zlib.crc32(f"{word}\x00{seen[word]}".encode()))
        seen[word] += 1
    return array("I", sorted(keys)).tobytes()
