"""Clauses of a text that is still growing: where they end, how long they are, how a translation goes on.

Length is counted in words; in Chinese in characters.
"""

from __future__ import annotations

import re

from langsupport.domain.languages import LANGUAGES, Script, script_of
from langsupport.text.abbreviations import ABBREVIATIONS, ANYWHERE

_CLOSERS = re.escape("\"'”’»›)]}』」》】〉）］｝")
_CLAUSE_END = re.compile(rf"[.!?…,;:،؛؟۔]+(?:[ \u00a0\u202f]?[»›])?[{_CLOSERS}]*(?=\s|\Z)|[，。；：！？]+[{_CLOSERS}]*")
"""A full-width mark needs no space after it; the others do, or 1,000 were two clauses."""
_SENTENCE_MARKS = ".!?…。！？؟۔"
_STOPS = ".。۔…"
_AFTER_SENTENCE = re.compile(rf"[{re.escape(_SENTENCE_MARKS)}][{_CLOSERS}]*\Z")
_AFTER_MARK = re.compile(rf"[.!?…,;:،؛؟۔][{_CLOSERS}]*\Z")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_WIDE = "\u2e80-\u2fdf\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’"
_WIDE_SPACE = re.compile(rf"(?<=[{_WIDE}])\s+(?=[{_WIDE}])")


def length(text: str, language: str) -> int:
    """Words with a letter or digit in them; in Chinese letters and digits."""
    if LANGUAGES[language].word_spaces:
        return sum(any(map(str.isalnum, word)) for word in text.split())
    return sum(map(str.isalnum, text))


def last_clause_end(text: str, start: int, language: str) -> int:
    """Where the last clause of text[start:] that is complete ends, closing quotes included; `start` if none is."""
    end = start
    for match in _CLAUSE_END.finditer(text, start):
        if not (match[0].startswith(".") and _abbreviated(text[: match.start()], language)):
            end = match.end()
    return end


def ends_sentence(text: str) -> bool:
    """Whether the text ends with a mark that ends a sentence, closed by quotes or not."""
    return _AFTER_SENTENCE.search(text.rstrip()) is not None


def gone_on(prefix: str, text: str, language: str, *, complete: bool) -> str:
    """A translation that begins with `prefix`, tidied behind it; the prefix itself is left as it is.

    Spaces are those that the language writes: none between Chinese characters, one between two sentences of the others.
    Where the source's sentence is not `complete`, the full stop that a machine likes to end with is taken away.
    """
    addition = re.sub(r"\s+", " ", text[len(prefix) :]).rstrip()
    addition = addition if prefix else addition.lstrip()
    if not complete:
        addition = _without_stop(addition)
    if not LANGUAGES[language].word_spaces:
        return prefix[:-1] + _WIDE_SPACE.sub("", prefix[-1:] + addition)
    if addition[:1].isalnum() and _AFTER_MARK.search(prefix):
        addition = " " + addition
    return prefix + addition


def hidden(prefix: str, text: str, count: int, language: str) -> str:
    """What shows of a preview: the text behind `prefix` without its last `count` words (characters of Chinese)."""
    addition = text[len(prefix) :].rstrip()
    if not LANGUAGES[language].word_spaces:
        return addition[: max(0, len(addition) - count)]
    places = [match.start() for match in re.finditer(r"\s*\S+", addition)]
    return addition[: places[max(0, len(places) - count)]] if count and places else addition


def _without_stop(text: str) -> str:
    bare = text.rstrip(_STOPS).rstrip()
    dotted = text.endswith(".") and "." in bare.split(" ")[-1]  # U.S., т. д.
    return text if dotted else bare


def _abbreviated(before: str, language: str) -> bool:
    found = _LAST_WORD.search(before)
    if not found:
        return False
    word, rules = found[0].lower(), ABBREVIATIONS[language]
    known = rules.before_anything | rules.before_name | rules.before_number | ANYWHERE
    return (len(word) == 1 and script_of(word) is not Script.HAN) or word in known
