"""Sentence boundaries in the six languages.

The model is that of SRX 2.0 (LISA/ETSI): places where a sentence may end, and exceptions that forbid it.
Protected entities are never split. The exceptions are tables of the abbreviations that meeting documents use
(text/abbreviations.py); this file holds the rules that all languages share.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right, insort

from langsupport.domain.entities import EntityKind, ProtectedEntity
from langsupport.text.abbreviations import ABBREVIATIONS, ANYWHERE, Abbreviations
from langsupport.text.entities import find_entities

_CLOSERS = "\"'”’»›)]}』」》】〉）］｝\u2069\u200f\u200e"
_OPENERS = "\"'“‘«‹([{『「《【〈（［｛¿¡\u2066\u2067\u2068\u200f\u200e—–-"
_HARD = "。！？｡؟۔"
"""Marks that always end a sentence, space or not."""
_STOP = re.compile(rf"([.!?…‼⁇⁈⁉{_HARD}]+)((?:[ \u00a0\u202f]{{0,2}}[»›])?[{re.escape(_CLOSERS)}]*)")
_BLANK_LINE = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v]*\n\s*|\u2029\s*")
_LIST_LINE = re.compile(r"\n\s*(?=(?:[-–—•◦▪*·]|\(?[a-zа-я0-9]{1,3}[.)])\s)")
_NUMBERING = re.compile(r"\s*[(\[]?(?:\d{1,4}(?:\.\d{1,3})*|[A-Za-zА-Яа-яأ-ي]|[ivxIVX]{1,6})\Z")
_NUMBER_FOLLOWS = re.compile(r"[(\[]?(?:[A-Z]{1,4}[-.\s]?)?[\d٠-٩]|[IVXLC]+\b|[A-Z]\b")
_NUMBER_PRECEDES = re.compile(r"[\d٠-٩IVX]\s*\Z")
_FIRST_WORD = re.compile(r"[^\w]*([^\W\d_]+)(?!\.[\s\u00a0]?[^\W\d_])")
_LOWER_START = re.compile(r"[a-z][A-Z]|[(\[]?[a-zа-я]{1,2}[)\]]\s")
"""iPhone, eBay, b): lower-case letters that begin a sentence after all."""
_DATE_ONLY = re.compile(r"\s*(?:[Вв]|[Кк]|[Сс]|[Дд]о)\s+[\d–—-]+\s*г{1,2}\Z")
"""«В 2016 г. Ассамблея …»: after so little, the sentence goes on."""
_AHEAD_CHARS, _BEHIND_CHARS = 80, 60
"""How far a rule looks around a stop."""
_INNER_LETTER = re.compile(r"[^\W\d_]{1,2}\.")
_REPORTING = re.compile(r"[^\s，。“”]{0,5}?(?:说|问|道|表示|指出|补充|称|回答|写道)")
_LAST_WORD = re.compile(r"(?:[^\W\d_]+(?:[’'][^\W\d_]+)?|[^\W_]+)\Z")
_DOTTED = re.compile(r"(?:(?<![^\W\d_])[^\W\d_]\.[ \u00a0\u202f]?)+[^\W\d_]{1,3}\Z")
_INITIAL = re.compile(r"(?<![^\W_])(?<!°)(?<!° )[A-ZÀ-ÖØ-ÞА-ЯЁ](?:[’h]|-[A-Z])?\Z")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans [start, end) of the sentences in order; white space between and around them is left out.

    Every character that is not white space lies in exactly one span. A single line break is white space, as in
    wrapped plain text; a blank line or a line that begins a list item ends a sentence.
    """
    rules = ABBREVIATIONS[language if language in ABBREVIATIONS else "en"]
    symbols = [entity for entity in find_entities(text, language) if entity.kind is not EntityKind.NUMBER]
    cuts = _Cuts(text, language, rules, symbols).all()
    spans: list[tuple[int, int]] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        body = piece.strip()
        if body:
            offset = start + len(piece) - len(piece.lstrip())
            spans.append((offset, offset + len(body)))
    return spans


class _Cuts:
    """The places where sentences end in one text."""

    def __init__(self, text: str, language: str, rules: Abbreviations, symbols: list[ProtectedEntity]) -> None:
        self._text, self._language, self._rules = text, language, rules
        self._inner = {position for s in symbols for position in range(s.start + 1, s.end)}
        self._symbol_starts = {symbol.start for symbol in symbols}
        self._paragraphs = sorted(m.end() for pattern in (_BLANK_LINE, _LIST_LINE) for m in pattern.finditer(text))

    def all(self) -> list[int]:
        cuts = sorted(set(self._paragraphs) - self._inner)
        for match in _STOP.finditer(self._text):
            end = match.end()
            if end >= len(self._text) or end in self._inner:
                continue
            passed = bisect_right(cuts, match.start())
            head = cuts[passed - 1] if passed else 0
            if self._ends(head, match.start(), match.group(1), end):
                insort(cuts, end)
        return cuts

    def _ends(self, head: int, start: int, stop: str, end: int) -> bool:
        """Whether the stop at `start`, closed by quotes and brackets up to `end`, ends the sentence begun at `head`."""
        text = self._text
        following = text[end : end + _AHEAD_CHARS].lstrip()
        if not following:
            return False
        if stop[-1] in _HARD:
            return stop[-1] in "؟۔" or not _quote_goes_on(text[start:end], following)
        if not text[end].isspace() and not _glued(text, end, self._language):
            return False
        first = following.lstrip(_OPENERS + " \u00a0\u202f")[:1]
        if first.islower() and not _LOWER_START.match(following):
            return False
        if stop.startswith("...") or "…" in stop or stop[-1] in "!?‼⁇⁈⁉":
            return first.isupper() or not _cased(first)
        if stop == ".":
            return not self._excepted(head, start, end, following)
        return True

    def _excepted(self, head: int, start: int, end: int, following: str) -> bool:
        """Whether a single full stop belongs to an abbreviation, an initial or a number."""
        low = max(head, start - _BEHIND_CHARS)
        before, rules = self._text[low:start], self._rules
        if end == start + 1 and start - head < _BEHIND_CHARS and _NUMBERING.fullmatch(before):
            return True  # "4." or "a." at the head of a sentence is the number of what follows
        dotted = _DOTTED.search(before)
        if dotted:
            return _dotted_goes_on(dotted.group(), following, rules)
        word_match = _LAST_WORD.search(before)
        if not word_match:
            return False
        word = re.split(r"[’']", word_match.group().lower())[-1]  # l'art., d'env.
        if len(word) == 1 and _INNER_LETTER.match(following):
            return True  # the first of "a. C.", "т. д."
        if word in rules.before_anything or word in ANYWHERE:
            return True
        if word in rules.before_name:
            return not _begins(following, rules)
        initial = _INITIAL.search(before)
        if initial and not _named_by_letter(before[: initial.start()], rules):
            return word in rules.before_number or (following[:1].isupper() and not _begins(following, rules))
        if word in rules.before_number:
            symbol = self._first_after(end) in self._symbol_starts
            return symbol or _NUMBER_FOLLOWS.match(following) is not None
        if word in rules.after_number:
            if _NUMBER_PRECEDES.search(before[: word_match.start()]):
                return (
                    _DATE_ONLY.fullmatch(self._text[head:start]) is not None
                    or not following.lstrip(_OPENERS)[:1].isupper()
                )
            return len(word) == 1  # "г. Москва"; longer ones are whole words where no number precedes
        return False

    def _first_after(self, place: int) -> int:
        while place < len(self._text) and self._text[place].isspace():
            place += 1
        return place


def _quote_goes_on(stop: str, following: str) -> bool:
    """“……。”，他说 and “……？”他问: after a quotation the sentence may go on."""
    if stop[-1] not in _CLOSERS:
        return False
    return following[0] in "，,、；;：:。" or (stop[0] in "？！" and _REPORTING.match(following) is not None)


def _glued(text: str, end: int, language: str) -> bool:
    """Whether a stop without a space after it counts: where the script needs none, and in Arabic after a word."""
    after = text[end]
    if language == "zh" and not after.isascii() and after.isalpha():
        return True
    before = text[max(0, end - 12) : end].rstrip(_CLOSERS + ".!?…")
    return language == "ar" and after.isalpha() and not after.isascii() and len(before) > 1 and before[-2:].isalpha()


def _cased(character: str) -> bool:
    return unicodedata.category(character) in {"Lu", "Ll", "Lt"} if character else False


def _dotted_goes_on(dotted: str, following: str, rules: Abbreviations) -> bool:
    """U.S. President, J. R. Smith, т. е. это: goes on unless a word that begins sentences follows."""
    compact = re.sub(r"[\s.]", "", dotted).lower()
    if compact in rules.dotted_final:
        return False
    return compact in rules.dotted_inner or not _begins(following, rules)


def _begins(following: str, rules: Abbreviations) -> bool:
    """Whether what follows begins with a word that begins sentences, and not with its like as an initial."""
    word = _FIRST_WORD.match(following)
    return word is not None and word.group(1).lower() in rules.starters and word.group(1)[0].isupper()


def _named_by_letter(before: str, rules: Abbreviations) -> bool:
    """Annex A. The …, vitamin C. It …: the letter is a name and the stop a stop."""
    word = _LAST_WORD.search(before.rstrip())
    return word is not None and word.group().lower() in rules.letter_nouns
