"""Plain text. A unit is a paragraph: a line, or lines that were broken to fill a column."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from langsupport.domain.languages import LANGUAGES, Script, script_of
from langsupport.domain.units import CodedText, Document, TranslationUnit
from langsupport.formats.base import Mark, clean, has_letters
from langsupport.formats.charset import decode

_COLUMN = range(50, 100)
"""Widths (characters) at which people and programs break lines of plain text."""
_FULL_SHARE = 0.7
"""A broken line fills at least this much of the column."""
_STOPS = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "؟", "؛")
_LIST_SIGNS = ("-", "*", "•", "–", "—", "+", ">", "#", "|")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines [first, last] of the file; `width` is the column they were broken at, 0 for a line of its own."""

    first: int
    last: int
    width: int


class PlainText:
    """Text files in UTF-8, UTF-16 or a legacy encoding of the six languages."""

    name = "txt"
    title = "Plain text"
    extensions = ("txt", "text")
    media_type = "text/plain"

    def read(self, data: bytes, name: str) -> Document:
        lines = decode(data, name).text.splitlines(keepends=True)
        units = [
            TranslationUnit(_unit_id(paragraph), CodedText(_source(lines, paragraph)))
            for paragraph in _paragraphs(lines)
        ]
        return Document(self.name, tuple(units))

    def write(
        self,
        data: bytes,
        name: str,
        targets: Mapping[str, CodedText],
        source_language: str,
        target_language: str,
        mark: Mark | None,
    ) -> bytes:
        decoded = decode(data, name)
        lines = decoded.text.splitlines(keepends=True)
        end = _line_end(lines)
        for paragraph in _paragraphs(lines):
            target = targets.get(_unit_id(paragraph))
            if target is not None and target.text != _source(lines, paragraph):
                _replace(lines, paragraph, clean(target.text), LANGUAGES[target_language].word_spaces, end)
        text = "".join(lines)
        if mark:
            text = f"[{clean(mark.text)}]{end}{end}{text}"
        return data if text == decoded.text else decoded.encode(text)

    def census(self, data: bytes, name: str) -> Counter[str]:
        """Nothing in it is anything but text."""
        decode(data, name)
        return Counter()


def _unit_id(paragraph: _Paragraph) -> str:
    return f"line{paragraph.first + 1}"


def _line_end(lines: list[str]) -> str:
    first = lines[0]
    return first[len(first.rstrip("\r\n")) :] or "\n"


def _paragraphs(lines: list[str]) -> Iterator[_Paragraph]:
    start = 0
    while start < len(lines):
        stop = start
        while stop < len(lines) and lines[stop].strip():
            stop += 1
        yield from _block(lines, start, stop)
        start = stop + 1


def _block(lines: list[str], start: int, stop: int) -> Iterator[_Paragraph]:
    """Paragraphs of a run of lines without a blank one."""
    while start < stop:
        last = start
        width = max(len(line.strip()) for line in lines[start:stop])
        while width in _COLUMN and last + 1 < stop and _runs_on(lines[last], lines[last + 1], width):
            last += 1
        if has_letters("".join(lines[start : last + 1])):
            yield _Paragraph(start, last, width if last > start else 0)
        start = last + 1


def _runs_on(line: str, following: str, width: int) -> bool:
    """Whether a line was broken because the next word did not fit."""
    text, after = line.strip(), following.strip()
    if len(text) < _FULL_SHARE * width or after.startswith(_LIST_SIGNS) or after[0].isdigit():
        return False
    if text.endswith(_STOPS):  # a sentence ends here anyway
        return False
    return len(text) + 1 + len(after.split()[0]) > width or script_of(text[-1]) is Script.HAN


def _source(lines: list[str], paragraph: _Paragraph) -> str:
    parts = [line.strip() for line in lines[paragraph.first : paragraph.last + 1]]
    text = parts[0]
    for part in parts[1:]:
        both_han = script_of(text[-1]) is Script.HAN and script_of(part[0]) is Script.HAN
        text += part if both_han else f" {part}"
    return text


def _replace(lines: list[str], paragraph: _Paragraph, text: str, word_spaces: bool, end: str) -> None:
    """Put a text in the place of a paragraph's lines, broken at its old width; indents and line ends stay."""
    first, last = lines[paragraph.first], lines[paragraph.last]
    indent = first[: len(first) - len(first.lstrip())]
    tail = last[len(last.rstrip()) :]
    broken = [text]
    if paragraph.width and word_spaces:
        broken = textwrap.wrap(text, paragraph.width, break_long_words=False, break_on_hyphens=False) or [""]
    inner = lines[paragraph.first + 1] if paragraph.last > paragraph.first else first
    inner_indent = inner[: len(inner) - len(inner.lstrip())]
    lines[paragraph.first] = indent + f"{end}{inner_indent}".join(broken) + tail
    for index in range(paragraph.first + 1, paragraph.last + 1):
        lines[index] = ""
