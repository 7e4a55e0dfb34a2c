"""Markdown (CommonMark with tables and strikethrough): the text is replaced in its place, all else stays untouched.

Code, addresses, front matter, HTML blocks, reference definitions and list marks are never read as text.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.units import CodedText, Document, TranslationUnit, UnitKind
from langsupport.formats.base import Mark, clean, fitted, has_letters
from langsupport.formats.charset import decode
from langsupport.formats.markdown_inline import Inline, Unreadable, read_inline, write_inline

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\r?\n.*?\r?\n\1[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_NAMES = {
    "table_open": "tables", "tr_open": "table rows", "td_open": "table cells", "th_open": "table cells",
    "image": "images", "link_open": "links", "list_item_open": "list items", "heading_open": "headings", "hr": "rules",
    "fence": "code passages", "code_block": "code passages", "code_inline": "code passages",
}  # fmt: skip
_CELL_EDGE = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class _Block:
    """One stretch of inline text. `spans` are (line, start, end) of its lines in the file."""

    id: str
    kind: UnitKind
    spans: list[tuple[int, int, int]]
    inline: Inline

    @property
    def is_cell(self) -> bool:
        return self.kind is UnitKind.CELL


class _Parsed:
    """A Markdown text with the places of its units. `lines` keep their ends."""

    def __init__(self, text: str) -> None:
        front = _FRONT_MATTER.match(text)
        self.front_lines = text[: front.end()].count("\n") if front else 0
        self.lines = text.split("\n")
        body = "\n".join([""] * self.front_lines + [line.removesuffix("\r") for line in self.lines[self.front_lines :]])
        self.reader = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
        environment: dict[str, dict[str, object]] = {}
        self.tokens = self.reader.parse(body, environment)
        self.labels = frozenset(environment.get("references", {}))
        self.unreadable = 0
        self.blocks = list(self._blocks(self.tokens))

    def _blocks(self, tokens: list[Token]) -> Iterator[_Block]:
        cells: dict[int, int] = {}
        for before, token in itertools.pairwise(tokens):
            if token.type != "inline" or token.map is None:
                continue
            first = token.map[0]
            cell = before.type in {"th_open", "td_open"}
            number = cells.get(first, 0)
            cells[first] = number + 1
            if not has_letters(token.content):
                continue
            try:
                spans = self._cell_span(first, number, token.content) if cell else self._spans(token)
                inline = read_inline(token.content, token.children or [], self.labels)
            except Unreadable:
                self.unreadable += 1
                continue
            kind = UnitKind.CELL if cell else UnitKind.HEADING if before.type == "heading_open" else UnitKind.PARAGRAPH
            identity = f"line{first + 1}.{number}" if cell else f"line{first + 1}"
            yield _Block(identity, kind, spans, inline)

    def _spans(self, token: Token) -> list[tuple[int, int, int]]:
        assert token.map is not None
        spans: list[tuple[int, int, int]] = []
        for number, content in enumerate(token.content.split("\n"), start=token.map[0]):
            text = content.strip()
            start = self.lines[number].rfind(text) if number < len(self.lines) else -1
            if start < 0:
                raise Unreadable
            spans.append((number, start, start + len(text)))
        return spans

    def _cell_span(self, line: int, number: int, content: str) -> list[tuple[int, int, int]]:
        text = self.lines[line].removesuffix("\r")
        edges = [-1, *(found.start() for found in _CELL_EDGE.finditer(text)), len(text)]
        cells = [(low + 1, high) for low, high in itertools.pairwise(edges)]
        if not text[: cells[0][1]].strip():
            cells.pop(0)
        if number >= len(cells):
            raise Unreadable
        low, high = cells[number]
        raw = text[low:high]
        start = low + len(raw) - len(raw.lstrip())
        end = low + len(raw.rstrip())
        if text[start:end].replace("\\|", "|") != content.strip():
            raise Unreadable
        return [(line, start, end)]

    def replace(self, replacements: Mapping[str, str]) -> None:
        """Put raw texts in the place of units, the last ones first so that places stay true."""
        for block in reversed(self.blocks):
            if block.id not in replacements:
                continue
            first, start, _ = block.spans[0]
            last, _, end = block.spans[-1]
            follow = self.lines[block.spans[1][0]][: block.spans[1][1]] if len(block.spans) > 1 else " " * start
            line_end = "\r" if self.lines[first].endswith("\r") else ""
            new = replacements[block.id].replace("\n", f"{line_end}\n{follow}")
            joined = self.lines[first][:start] + new + self.lines[last][end:]
            self.lines[first : last + 1] = [joined] + [_GONE] * (last - first)

    def text(self) -> str:
        return "\n".join(line for line in self.lines if line != _GONE)


_GONE = "\x00"
"""Stands for a line that was joined with the one before it."""


class Markdown:
    """Markdown files. Line breaks inside a paragraph go; hard breaks stay."""

    name = "md"
    title = "Markdown"
    extensions = ("md", "markdown")
    media_type = "text/markdown"

    def read(self, data: bytes, name: str) -> Document:
        parsed = _Parsed(decode(data, name).text)
        units: list[TranslationUnit] = []
        for block in parsed.blocks:
            if has_letters(block.inline.source.text):
                units.append(TranslationUnit(block.id, block.inline.source, block.kind))
            units += [
                TranslationUnit(f"{block.id}.alt{number}", CodedText(alt), UnitKind.ALT_TEXT)
                for number, alt in block.inline.pictures()
                if has_letters(alt)
            ]
        return Document(self.name, tuple(units), None, _findings(parsed))

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
        parsed = _Parsed(decoded.text)
        parsed.replace(
            {block.id: raw for block in parsed.blocks if (raw := _new_raw(block, targets, parsed)) is not None}
        )
        text = parsed.text()
        if mark:
            text = _marked(text, parsed.front_lines, mark)
        return data if text == decoded.text else decoded.encode(text)

    def census(self, data: bytes, name: str) -> Counter[str]:
        parsed = _Parsed(decode(data, name).text)
        found = Counter(_NAMES[token.type] for token in parsed.tokens if token.type in _NAMES)
        inner = (token for outer in parsed.tokens for token in outer.children or ())
        return found + Counter(_NAMES[token.type] for token in inner if token.type in _NAMES)


def _new_raw(block: _Block, targets: Mapping[str, CodedText], parsed: _Parsed) -> str | None:
    """The raw text of a unit that changed; None for one that did not."""
    source = block.inline.source
    target = fitted(source, targets.get(block.id, source))
    alts: dict[int, str] = {}
    for number, alt in block.inline.pictures():
        given = targets.get(f"{block.id}.alt{number}")
        if given is not None and given.text != alt:
            alts[number] = clean(given.text)
    if target == source and not alts:
        return None
    return write_inline(block.inline, target, alts, parsed.labels, cell=block.is_cell, reader=parsed.reader)


def _marked(text: str, front_lines: int, mark: Mark) -> str:
    lines = text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    note = [f"> *{clean(mark.text)}*", f"<!-- {clean(mark.state).replace('--', '-')} -->", ""]
    return "\n".join([*lines[:front_lines], *(f"{line}{end}" for line in note), *lines[front_lines:]])


def _findings(parsed: _Parsed) -> tuple[Finding, ...]:
    if not parsed.unreadable:
        return ()
    template = "Passages with unusual markup that were left as they are: {count}."
    return (Finding("markup-kept", Severity.WARNING, template, {"count": parsed.unreadable}),)
