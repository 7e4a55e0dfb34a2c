"""Sentence boundaries in the six languages.

The model is that of SRX 2.0 (LISA/ETSI): places where a sentence may end, and exceptions that forbid it.
Protected entities are never split. The exceptions are tables of the abbreviations that meeting documents use
(text/abbreviations.py); this file holds the rules that all languages share.
"""

from __future__ import annotations

import re
import unicodedata

from langsupport.domain.entities import EntityKind
from langsupport.text.abbreviations import ABBREVIATIONS, Abbreviations
from langsupport.text.entities import find_entities

_CLOSERS = "\"'”’»›)]}』」》】〉）］｝\u2069\u200f\u200e"
_OPENERS = "\"'“‘«‹([{『「《【〈（［｛¿¡\u2066\u2067\u2068\u200f\u200e—–-"
_HARD = "。！？｡؟۔"
"""Marks that always end a sentence, space or not."""
_STOP = re.compile(rf"([.!?…‼⁇⁈⁉{_HARD}]+)((?:[ \u00a0\u202f]?[»›])?[{re.escape(_CLOSERS)}]*)")
_BLANK_LINE = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v]*\n\s*|\u2029\s*")
_LIST_LINE = re.compile(r"\n\s*(?=(?:[-–—•◦▪*·]|\(?[a-zа-я0-9]{1,3}[.)])\s)")
_NUMBERING = re.compile(r"\s*[(\[]?(?:\d{1,4}(?:\.\d{1,3})*|[A-Za-zА-Яа-яأ-ي]|[ivxIVX]{1,6})\Z")
_LAST_WORD = re.compile(r"(?:[^\W\d_]+(?:[’'][^\W\d_]+)?|[^\W_]+)\Z")
_DOTTED = re.compile(r"(?:(?<![^\W\d_])[^\W\d_]\.[ \u00a0\u202f]?)+[^\W\d_]{1,3}\Z")
_INITIAL = re.compile(r"(?<![^\W_])(?<!°)(?<!° )[A-ZÀ-ÖØ-ÞА-ЯЁ](?:[’h]|-[A-Z])?\Z")


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Spans [start, end) of the sentences in order; white space between and around them is left out.

    Every character that is not white space lies in exactly one span. A single line break is white space, as in
    wrapped plain text; a blank line or a line that begins a list item ends a sentence.
    """
    rules = ABBREVIATIONS[language if language in ABBREVIATIONS else "en"]
    inner = _inner_positions(text, language)
    cuts = sorted({cut for cut in _cuts(text, language, rules) if cut not in inner} | _paragraph_cuts(text))
    spans: list[tuple[int, int]] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        body = piece.strip()
        if body:
            offset = start + len(piece) - len(piece.lstrip())
            spans.append((offset, offset + len(body)))
    return spans


def _paragraph_cuts(text: str) -> set[int]:
    return {match.end() for pattern in (_BLANK_LINE, _LIST_LINE) for match in pattern.finditer(text)}


def _inner_positions(text: str, language: str) -> set[int]:
    """Positions strictly inside protected entities."""
    return {
        position
        for entity in find_entities(text, language)
        if entity.kind is not EntityKind.NUMBER or not entity.text.endswith(".")
        for position in range(entity.start + 1, entity.end)
    }


def _cuts(text: str, language: str, rules: Abbreviations) -> list[int]:
    cuts = []
    for match in _STOP.finditer(text):
        stop, end = match.group(1), match.end()
        if end < len(text) and _ends_sentence(text, match.start(), stop, end, language, rules):
            cuts.append(end)
    return cuts


def _ends_sentence(text: str, start: int, stop: str, end: int, language: str, rules: Abbreviations) -> bool:
    """Whether the stop at `start`, closed by quotes and brackets up to `end`, ends its sentence."""
    following = text[end:].lstrip()
    spaced = text[end].isspace()
    if not following:
        return False
    if stop[-1] in _HARD:
        return stop[-1] in "؟۔" or not _goes_on_in_quotes(text, end)
    if not spaced and not _glued(text, end, language):
        return False
    first = following.lstrip(_OPENERS + " \u00a0\u202f")[:1]
    if first.islower() and not _brand(following):
        return False
    if stop.startswith("...") or "…" in stop or stop[-1] in "!?‼⁇⁈⁉":
        return first.isupper() or not _cased(first)
    if stop == ".":
        return not _excepted(text, start, end, following, rules)
    return True


def _goes_on_in_quotes(text: str, end: int) -> bool:
    """“……。”，他说: a comma after the closing quote goes on with the sentence."""
    return end < len(text) and text[end] in "，,、；;：:。"


def _glued(text: str, end: int, language: str) -> bool:
    """A stop without a space after it counts where the script needs none, or a capital word follows a lower-case "
    "one."""
    after = text[end]
    if language == "zh" and not after.isascii() and after.isalpha():
        return True
    before = text[:end].rstrip(_CLOSERS + ".!?…")
    return language == "ar" and after.isalpha() and not after.isascii() and len(before) > 1 and before[-2:].isalpha()


def _cased(character: str) -> bool:
    return unicodedata.category(character) in {"Lu", "Ll", "Lt"} if character else False


def _brand(following: str) -> bool:
    """iPhone, eBay: a lower-case letter that begins a sentence after all."""
    return re.match(r"[a-z][A-Z]", following) is not None


def _excepted(text: str, start: int, end: int, following: str, rules: Abbreviations) -> bool:
    """Whether a single full stop belongs to an abbreviation, an initial or a number."""
    before = text[:start]
    if _NUMBERING.fullmatch(before.rsplit("\n", 1)[-1]) and end == start + 1:
        return True  # "4." or "a." at the head of a line is the number of what follows
    dotted = _DOTTED.search(before)
    if dotted:
        return _dotted_goes_on(dotted.group(), before[: dotted.start()], following, rules)
    word_match = _LAST_WORD.search(before)
    if not word_match:
        return False
    word = word_match.group().lower()
    if word in rules.before_anything:
        return True
    if word in rules.before_number:
        return re.match(r"[(\[]?(?:[A-Z]{1,4}[-.\s]?)?[\d٠-٩]|[IVXLC]+\b|[A-Z]\b", following) is not None
    if word in rules.after_number:
        if re.search(r"[\d٠-٩IVX]\s*\Z", before[: word_match.start()]):
            return not following.lstrip(_OPENERS)[:1].isupper()
        return len(word) == 1  # "г. Москва"; longer ones are whole words where no number precedes
    initial = _INITIAL.search(before)
    if initial and not _named_by_letter(before[: initial.start()], rules):
        return following[:1].isupper() and not _begins(following, rules)
    return False


def _dotted_goes_on(dotted: str, before: str, following: str, rules: Abbreviations) -> bool:
    """U.S. President, J. R. Smith, т. е. это: goes on unless a word that begins sentences follows."""
    compact = re.sub(r"[\s.]", "", dotted).lower()
    if compact in rules.dotted_final:
        return False
    if compact in rules.dotted_inner:
        return True
    return not _begins(following, rules)


def _begins(following: str, rules: Abbreviations) -> bool:
    word = re.match(r"[^\w]*([^\W\d_]+)", following)
    return word is not None and word.group(1).lower() in rules.starters and word.group(1)[0].isupper()


def _named_by_letter(before: str, rules: Abbreviations) -> bool:
    """Annex A. The …, vitamin C. It …: the letter is a name and the stop a stop."""
    word = _LAST_WORD.search(before.rstrip())
    return word is not None and word.group().lower() in rules.letter_nouns
