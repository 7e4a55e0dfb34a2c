"""Word stems, light ones: enough that a term is found in whatever case, number or gender it stands.

English, French, Russian and Spanish by the Snowball stemmers. Arabic by our own light stemming after light10 (Larkey,
Ballesteros, Connell 2007: article and conjunctions off, endings of number and gender off), because Snowball's gives
different stems for words that differ in a conjunction only (والتوصيات, التوصيات).
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import Any

_ALGORITHMS = {"en": "english", "fr": "french", "es": "spanish", "ru": "russian"}
_MARKS = dict.fromkeys([*range(0x064B, 0x0653), 0x0670, 0x0640])
_LETTERS = str.maketrans("أإآٱىة", "اااايه")
_PREFIXES = ("وبال", "وال", "بال", "كال", "فال", "ولل", "ال", "لل")
_CLITICS = ("وب", "ول", "فب", "و", "ب", "ل", "ف", "ك")
"""What may be written together with a word that has no article; also the first letter of many words."""
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_LEAST = 3
"""Letters that must remain."""

_local = threading.local()
"""Snowball's stemmers keep the word that they work on: one for each thread."""


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """The stem of one word, case-folded; the word itself in a language without stems."""
    folded = unicodedata.normalize("NFC", word).casefold()
    if language == "ar":
        return _arabic(folded)
    name = _ALGORITHMS.get(language)
    if name is None:
        return folded
    found: str = _stemmer(name).stemWord(folded.replace("ё", "е"))
    return found


def _stemmer(name: str) -> Any:
    import snowballstemmer

    made: dict[str, Any] = _local.__dict__.setdefault("stemmers", {})
    if name not in made:
        made[name] = snowballstemmer.stemmer(name)
    return made[name]


def readings(word: str, language: str) -> tuple[str, ...]:
    """The stems that a word of running text may have: in Arabic also those without a conjunction or preposition.

    بيان may be a word, or ب and a word; only a list of terms can tell. A term itself has one stem.
    """
    first = stem(word, language)
    if language != "ar":
        return (first,)
    folded = unicodedata.normalize("NFC", word).translate(_MARKS)
    bare = [folded[len(c) :] for c in _CLITICS if folded.startswith(c) and len(folded) - len(c) >= _LEAST]
    return tuple(dict.fromkeys((first, *(stem(rest, language) for rest in bare))))


def _arabic(word: str) -> str:
    word = word.translate(_MARKS).translate(_LETTERS)
    prefix = next((p for p in _PREFIXES if word.startswith(p) and len(word) - len(p) >= _LEAST), "")
    word = word[len(prefix) :]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _LEAST:
            word = word[: -len(suffix)]
    return word
