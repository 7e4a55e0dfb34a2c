"""The edges of a segment: list labels that go before it, marks that end it, spaces round what stands in it."""

from __future__ import annotations

import re
from bisect import bisect_left

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, InlineCode

_LABEL = re.compile(
    r"""\s*(?:
        (?:\d{1,3}(?:\.\d{1,3})+[.)]?      # 1.2.3  1.2.3.
        |  \d{1,3}[.)]                     # 1.  1)
        |  \(\d{1,3}\)                     # (1)
        |  [a-zA-Zа-яА-Я][)]               # a)
        |  \([a-zA-Zа-яА-Я]\)              # (a)
        |  \(?(?:x{0,3}(?:ix|iv|v?i{1,3}|v)|x{1,3})\)   # ii)  (iv)
        |  [•‣▪●○◦–—-]
        )[ \t\u00a0]+
    )+(?=\S)""",
    re.VERBOSE,
)
_MARKS = {":": ":：", ";": ";；؛"}
_LOCAL = {("zh", ":"): "：", ("zh", ";"): "；", ("ar", ";"): "؛", ("fr", ":"): "\u00a0:", ("fr", ";"): "\u00a0;"}
_CLOSING = ".。,،;；؛:： \u00a0"
_STRAY = re.compile(r"(?<=[^\s.,]) (?=[.,،。，](?:\s|$))")
_VISIBLE_ROLES = frozenset({"field", "image", "other", "code"})


def label_length(text: str) -> int:
    """Characters of a list label at the start (`1.2.1 `, `(a) `, `– `), which is copied; 0 without one."""
    found = _LABEL.match(text)
    if not found or (found[0].rstrip()[-1].isdigit() and text[found.end()].islower()):  # “3.5 million” is no label
        return 0
    return found.end()


def with_end_mark(source: str, target: str, target_language: str) -> str:
    """A target that ends with the colon or semicolon its source ends with.

    These tie a line to what follows it; machines like to drop them or to make full stops of them.
    """
    given = source.rstrip()[-1:]
    mark = next((mark for mark, forms in _MARKS.items() if given and given in forms), None)
    text = target.rstrip()
    if mark is None or not text or text[-1] in _MARKS[mark]:
        return target
    return text.rstrip(_CLOSING) + _LOCAL.get((target_language, mark), mark)


def spaced_like(source: CodedText, target: CodedText, target_language: str) -> CodedText:
    """Keep the spaces that a field or a picture has beside it: page number and word must not run together."""
    if not LANGUAGES[target_language].word_spaces:
        return target
    wanted = {code: _spaces(source, position) for position, code in source.codes if _shows(code)}
    text, codes, shift = target.text, [], 0
    for position, code in target.codes:
        here = position + shift
        before, after = wanted.get(code, (False, False))
        if before and here > 0 and not text[here - 1].isspace():
            text, here, shift = text[:here] + " " + text[here:], here + 1, shift + 1
        codes.append((here, code))
        if after and here < len(text) and not text[here].isspace():
            text = text[:here] + " " + text[here:]
            shift += 1
    return CodedText(text, tuple(codes)) if _rising(codes) else target


def without_stray_spaces(source: str, target: CodedText) -> CodedText:
    """No space before a full stop or comma, where markers round a word left one; unless the source writes it so."""
    if _STRAY.search(source):
        return target
    gone = [match.start() for match in _STRAY.finditer(target.text)]
    text = _STRAY.sub("", target.text)
    return CodedText(text, tuple((place - bisect_left(gone, place), code) for place, code in target.codes))


def _shows(code: InlineCode) -> bool:
    return code.kind is CodeKind.SINGLE and code.role in _VISIBLE_ROLES


def _spaces(source: CodedText, position: int) -> tuple[bool, bool]:
    text = source.text
    return position > 0 and text[position - 1].isspace(), position < len(text) and text[position].isspace()


def _rising(codes: list[tuple[int, InlineCode]]) -> bool:
    positions = [position for position, _ in codes]
    return positions == sorted(positions)
