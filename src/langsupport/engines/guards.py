"""What can go wrong in a machine's output, and how it is told without reference to any model.

Codes of problems are those of `Translation.problems`: loop, truncated, chatter, residue, empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from langsupport.domain.languages import LANGUAGES, Script, script_counts, script_of

LOOP_REPEATS = 4
"""The same stretch of tokens so many times in a row is a loop …"""

LOOP_TOKENS = 16
"""… if it covers at least so many tokens; “ha ha ha ha” is not one."""

LOOP_PERIOD = 32
"""Longest stretch looked at."""

FOREIGN_SHARE = 0.4
"""More letters of another script than this, beyond names taken over from the source, is residue."""

LENGTH_RATIO = 4.0
"""Longer than so many times the source (weighted by script) is not a translation of it any more."""

SHORT_RATIO = 0.3
SHORT_FROM = 30.0
"""Shorter than so much of a source of at least this weight, the translation stopped early."""

SCRIPT_WEIGHT = {Script.HAN: 3.0, Script.ARABIC: 1.2, Script.CYRILLIC: 1.0, Script.LATIN: 1.0}
"""Letters of a script in terms of Latin ones, by the parallel texts of FLORES-200."""

_LABELS = (
    r"here(?:'s| is)(?: the| your| a)?(?: \w+){0,4} translation(?: [^:\n]{0,40})?|"
    r"(?:the )?(?:\w+ )?translation(?: (?:in|into|to) \w+)?(?: is)?|"
    r"(?:voici la )?traduction(?: (?:en|au) \w+)?|(?:aquí está la )?traducción(?: al \w+)?|"
    r"(?:вот )?перевод(?: на \w+)?|الترجمة|ترجمة|翻译|译文|以下是翻译|"
    r"english|french|spanish|russian|chinese|arabic|français|español|русский|中文|العربية"
)
_LABEL = re.compile(rf"^\s*(?:sure[,!.]?\s*)?(?:{_LABELS})\s*[:：]\s*", re.IGNORECASE)
_NOTE = re.compile(r"\n\s*\(?\s*(?:note|explanation|remarque|nota|примечание|ملاحظة|注)\s*[:：].*$", re.I | re.S)
_REFUSAL = re.compile(
    r"^(?:i'?m sorry|i cannot|i can't|as an ai|sorry,|je suis désolé|lo siento|"
    r"извините|к сожалению, я|对不起|抱歉|عذرًا|آسف)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "«": "»", "「": "」", "'": "'", "‘": "’"}
_FENCE = re.compile(r"^```\w*\n(.*?)\n?```.*$", re.S)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def looping(tokens: Sequence[object]) -> bool:
    """Whether the tokens end in one stretch repeated at least LOOP_REPEATS times over LOOP_TOKENS or more."""
    for period in range(1, min(LOOP_PERIOD, len(tokens) // LOOP_REPEATS) + 1):
        span = max(LOOP_REPEATS * period, -(-LOOP_TOKENS // period) * period)
        tail = list(tokens[-span:])
        if len(tail) == span and tail == tail[-period:] * (span // period):
            return True
    return False


SHORT_AFTER_PREFIX = 0.5
"""A prefix to which nothing was added, shorter than so much of the source, was not gone on with."""


def loops(text: str, source: str) -> bool:
    """Whether a text repeats itself where its source does not: words, or characters of Chinese."""
    return _repeats(text) and not _repeats(source)


def _repeats(text: str) -> bool:
    pieces = re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", text)
    return any(looping(pieces[:end]) for end in range(LOOP_TOKENS, len(pieces) + 1))


def without_chatter(text: str, source: str) -> str:
    """The translation itself: no fence, label, note or added quotes round it, no second try below it."""
    text = text.strip()
    if "```" not in source:
        fenced = _FENCE.match(text)
        text = fenced[1].strip() if fenced else text
    if not _LABEL.match(source):
        bare = _LABEL.sub("", text, count=1)
        text = bare if bare.strip() else text
    if "\n" not in source.strip():
        text = _NOTE.sub("", text).strip()
        text = text.split("\n", 1)[0].strip()
    return _without_quotes(text.strip(), source.strip())


def behind(prefix: str, text: str, source: str) -> str:
    """The prefix and what a model wrote behind it: no note, no second try below that. Its leading space stays, unless
    the prefix ends with one. Without a prefix as `without_chatter`."""
    if not prefix:
        return without_chatter(text, source)
    added = text.rstrip() if "\n" in source.strip() else _NOTE.sub("", text).split("\n", 1)[0].rstrip()
    return prefix + (added.lstrip() if prefix[-1].isspace() else added)


def _without_quotes(text: str, source: str) -> str:
    """Quotes round the whole are dropped if the source does not start with a quote."""
    closing = _QUOTES.get(text[:1])
    quoted = closing is not None and len(text) > 2 and text.endswith(closing) and text[1:-1].count(closing) == 0
    if quoted and source[:1] not in _QUOTES:
        return text[1:-1].strip()
    return text


def problems(source: str, text: str, source_language: str, target_language: str, prefix: str = "") -> tuple[str, ...]:
    """The codes of what is wrong with a cleaned translation, worst first; () when nothing is.

    A `prefix` that the text had to begin with is not held against it, and nothing behind it is no fault where the
    source holds nothing more.
    """
    if prefix.strip():
        return _problems_behind(prefix, source, text, source_language, target_language)
    if not text.strip():
        return ("empty",) if source.strip() else ()
    found = []
    if loops(text, source):
        found.append("loop")
    if _chatty(text, source):
        found.append("chatter")
    if weight(source) >= SHORT_FROM and weight(text) < weight(source) * SHORT_RATIO:
        found.append("truncated")
    if residue(source, text, source_language, target_language):
        found.append("residue")
    return tuple(found)


def _problems_behind(
    prefix: str, source: str, text: str, source_language: str, target_language: str
) -> tuple[str, ...]:
    added = text[len(prefix) :]
    found = []
    if loops(added, source) or (loops(text, source) and not loops(prefix, source)):
        found.append("loop")
    if added.strip() and _chatty(added, source):
        found.append("chatter")
    least = SHORT_RATIO if added.strip() else SHORT_AFTER_PREFIX
    if weight(source) >= SHORT_FROM and weight(text) < weight(source) * least:
        found.append("truncated")
    if added.strip() and residue(source, added, source_language, target_language):
        found.append("residue")
    return tuple(found)


def _chatty(text: str, source: str) -> bool:
    if "```" in text and "```" not in source:
        return True
    if _REFUSAL.match(text) and len(text) > len(source) * 1.5:
        return True
    if text.startswith("[") and "[" not in source:  # our own line about what to keep, echoed
        return True
    return weight(text) > max(weight(source), 12.0) * LENGTH_RATIO


def lost(protected: Sequence[str], text: str) -> list[str]:
    """The protected strings that a text lacks; full-width forms and spaces are forgiven, as they can be mended."""
    plain = _squeezed(text)
    return [string for string in protected if _squeezed(string) not in plain]


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("‑", "-")


def weight(text: str) -> float:
    """Length in Latin letters: what is comparable between scripts. Digits and punctuation count as one."""
    return sum(SCRIPT_WEIGHT.get(script_of(char) or Script.LATIN, 1.0) for char in text if not char.isspace())


def residue(source: str, text: str, source_language: str, target_language: str) -> bool:
    """Whether the text is (largely) still in another language than the target.

    Words that stand in the source too (names, symbols) are not held against it when the rest is in the
    target's script; a text that is word for word its source is residue if it has four ordinary words or more.
    """
    script = LANGUAGES[target_language].script
    if _same_words(source, text):
        ordinary = [word for word in _WORD.findall(text) if word[1:].islower() and word[:1].islower()]
        return len(ordinary) >= 4 or _untranslated_script(text, script)
    kept = set(_WORD.findall(source))
    rest = _WORD.sub(lambda match: "" if match[0] in kept else match[0], text)
    counts = script_counts(rest)
    total = sum(counts.values())
    if total == 0:
        return LANGUAGES[source_language].script is not script and _untranslated_script(text, script)
    return bool(total >= 4 and 1 - counts[script] / total > FOREIGN_SHARE)


def _untranslated_script(text: str, script: Script) -> bool:
    """Only ordinary words of another script: not acronyms, symbols or capitalized names."""
    counts = script_counts(text)
    if counts[script] or not counts:
        return False
    if counts[Script.HAN] or counts[Script.ARABIC]:
        return True
    ordinary = [word for word in _WORD.findall(text) if word.islower() and len(word) > 2]
    return len(ordinary) >= 2


def _same_words(source: str, text: str) -> bool:
    return [word.casefold() for word in _WORD.findall(source)] == [word.casefold() for word in _WORD.findall(text)]
