"""End marks, brackets and quotation marks, marks that stand twice, and the marks that open a Spanish question."""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

_STATEMENT, _QUESTION, _EXCLAMATION = "statement", "question", "exclamation"
_END_MARKS = {
    ".": _STATEMENT, "。": _STATEMENT, "．": _STATEMENT, "۔": _STATEMENT, "…": _STATEMENT,
    "?": _QUESTION, "？": _QUESTION, "؟": _QUESTION, "!": _EXCLAMATION, "！": _EXCLAMATION,
}  # fmt: skip
_WANTED = {"ar": {"?": "؟"}, "zh": {".": "。", "?": "？", "!": "！"}}
_PAIRS = {
    "(": ")",
    "（": "）",
    "[": "]",
    "［": "］",
    "«": "»",
    "“": "”",
    "「": "」",
    "『": "』",
    "《": "》",
    "【": "】",
    "{": "}",
}
_LABEL = re.compile(r"(?:^|[\s(\[)«“,;])(?:[^\W\d_]|[ivxIVX]{1,5}|\d{1,3}(?:\.\d{1,2})*[a-z]?|[^\W\d_]\.\d{1,2})\Z")
_QUOTES = "«»“”「」『』"
"""Without a partner they are for information: a quotation may run over several segments."""
_SAME = {"（": "(", "）": ")", "［": "[", "］": "]"}
_DOUBLED = re.compile(r"(?<![.,;:!?，。；：！？،؛؟])([,;:，。；：！？،؛]|\.(?!\.\.))\1(?![.,;:!?，。；：！？،؛؟])")
_SPANISH = {"?": "¿", "!": "¡"}
_CLOSERS = "\"'”’»)）]］』」》】 \u00a0\u202f"


def check(pair: SegmentPair) -> list[Finding]:
    source, target = running_text(pair)
    return [
        *_end_marks(source, target, pair.target_language),
        *_brackets(source, target),
        *_doubled(source, target),
        *(_openers(target) if pair.target_language == "es" else ()),
    ]


def _end_marks(source: str, target: str, language: str) -> list[Finding]:
    given, found = _last_mark(source), _last_mark(target)
    if found and found in _WANTED.get(language, {}) and _is_sentence(target):
        wanted = _WANTED[language][found]
        template = "The sentence ends with {found}; in the target language it is {wanted}."
        return [Finding("punctuation-mark", Severity.WARNING, template, {"found": found, "wanted": wanted})]
    if _END_MARKS.get(given) == _QUESTION and _END_MARKS.get(found) != _QUESTION and _is_sentence(source):
        return [
            Finding(
                "punctuation-question",
                Severity.WARNING,
                "The source asks a question and the translation does not end as one.",
            )
        ]
    if (
        _END_MARKS.get(given)
        and not _END_MARKS.get(found)
        and found not in {":", "：", ";", "；", "؛", ","}
        and _is_sentence(source)
    ):
        return [
            Finding("punctuation-end", Severity.INFO, "The source ends with a full stop and the translation does not.")
        ]
    return []


def _last_mark(text: str) -> str:
    stripped = text.rstrip(_CLOSERS)
    return stripped[-1:] if stripped and not stripped[-1].isalnum() else ""


def _is_sentence(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= 8


def _doubled(source: str, target: str) -> list[Finding]:
    doubled = _DOUBLED.search(target)
    if doubled is None or _DOUBLED.search(source):
        return []
    template = "The mark {mark} stands twice in a row."
    return [Finding("punctuation-double", Severity.WARNING, template, {"mark": doubled.group(1)})]


def _openers(target: str) -> list[Finding]:
    """In Spanish a question and an exclamation begin with their mark too."""
    template = "Spanish opens what ends with {closing} with {opening}."
    return [
        Finding("punctuation-opening", Severity.WARNING, template, {"closing": closing, "opening": opening})
        for closing, opening in _SPANISH.items()
        if re.search(rf"[^\W_]{re.escape(closing)}+(?=[\s\"”»)]|$)", target) and opening not in target
    ]


def _brackets(source: str, target: str) -> list[Finding]:
    if _unbalanced(source) or source.count('"') % 2:
        return []
    lost = _unbalanced(target)
    if not lost:
        return []
    template = "The bracket or quotation mark {mark} has no partner in the translation."
    severity = Severity.INFO if lost in _QUOTES else Severity.WARNING
    return [Finding("punctuation-brackets", severity, template, {"mark": lost})]


def _unbalanced(text: str) -> str | None:
    """The first bracket without its partner. The label of a clause, "a)" or "(2)b)", needs none."""
    stack: list[str] = []
    for index, character in enumerate(text):
        plain = _SAME.get(character, character)
        if plain in _PAIRS:
            stack.append(plain)
        elif plain in _PAIRS.values():
            if stack and _PAIRS[stack[-1]] == plain:
                stack.pop()
            elif not (plain in ")]" and _LABEL.search(text[:index])):
                return character
    return stack[0] if stack else None
