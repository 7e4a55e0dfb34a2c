"""Inline Markdown as text with codes, and back.

markdown-it-py says what is emphasis, link or code, but not where: its tokens are laid along the raw text here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from langsupport.domain.units import CodedText, CodeKind, InlineCode

_PAIRS = {"strong": "strong", "em": "em", "s": "del"}
_OPAQUE_TEXT = re.compile(
    r"(?P<note>\[\^[^\]\s]+\]:?)"
    r"|(?P<math>\$\$[^$]+\$\$|\$(?=\S)[^$\n]*?[^\s$]\$(?!\d))"
    r"|(?P<task>\A\[[ xX]\](?=\s))"
    r"|(?P<other>\{[%{][^}]*[%}]\})"
)
"""Markup of wide-spread extensions that CommonMark reads as text: notes, formulas, task boxes, templates."""
_HTML_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)[^>]*?(/?)>")
_VOID = frozenset({"br", "img", "hr", "wbr", "input", "area", "col", "embed", "source", "track"})
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(
    r"(?P<sign>#{1,6}(?=\s|$)|[-+](?=\s)|>|=+\s*$|-+\s*$|~~~|:::)|(?P<number>\d{1,9})(?P<dot>[.)])(?=\s|$)"
)


class Unreadable(Exception):
    """The tokens could not be laid along the raw text."""


@dataclass(slots=True)
class Piece:
    """A stretch of raw Markdown: `text` for people, or None for markup. `kind` and `role` are those of its code."""

    raw: str
    text: str | None = None
    kind: CodeKind = CodeKind.SINGLE
    role: str = "other"
    tag: str = ""  # HTML name to use where Markdown's own marks would not be seen
    alt: str | None = None  # of a picture


@dataclass(slots=True)
class Inline:
    """`codes` maps a code id to its raw opening (or only) and closing piece."""

    source: CodedText
    codes: dict[int, list[Piece]] = field(default_factory=dict)

    def pictures(self) -> Iterator[tuple[int, str]]:
        """(code id, alternative text) of the pictures."""
        for number, pieces in self.codes.items():
            if pieces[0].alt:
                yield number, pieces[0].alt


def read_inline(raw: str, tokens: Sequence[Token], labels: frozenset[str]) -> Inline:
    """Lay tokens along raw text. `labels` are the normalized reference labels of the document.

    Raises:
        Unreadable: they don't fit.
    """
    pieces = _opaque_text(_merged(_Layer(raw, labels).pieces(tokens)))
    _pair_html(pieces)
    return _coded(pieces)


class _Layer:
    def __init__(self, raw: str, labels: frozenset[str]) -> None:
        self.raw, self.labels = raw, labels
        self.place = 0
        self.link_starts: list[int] = []

    def pieces(self, tokens: Sequence[Token]) -> list[Piece]:
        result: list[Piece] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "link_open" and token.markup == "autolink":
                end = self._find(">", self.place) + 1
                result.append(Piece(self._take(end), role="link"))
                index += 3
                continue
            if piece := self._piece(token):
                result.append(piece)
            index += 1
        if self.raw[self.place :].strip():
            raise Unreadable
        return result

    def _piece(self, token: Token) -> Piece | None:
        kind, _, edge = token.type.rpartition("_")
        if token.type == "text":
            return self._exact(token.content, token.content) if token.content else None
        if token.type == "text_special":
            return self._exact(token.markup, token.content)
        if token.type == "softbreak":
            return Piece(self._match(r"[ \t]*\n[ \t]*"), " ")
        if token.type == "hardbreak":
            return Piece(self._match(r"(?:\\|[ \t]*)\n[ \t]*").rstrip(" \t"), role="break")
        if token.type == "code_inline":
            return Piece(self._code(token.markup), role="code")
        if token.type == "html_inline":
            return self._exact(token.content, None)
        if token.type == "image":
            return self._image(token)
        if token.type == "link_open":
            self.link_starts.append(self.place + 1)
            return Piece(self._match(r"\["), kind=CodeKind.OPEN, role="link")
        if token.type == "link_close":
            return Piece(self._link_end(self.link_starts.pop()), kind=CodeKind.CLOSE, role="link")
        if kind in _PAIRS:
            piece = self._exact(token.markup, None)
            piece.kind = CodeKind.OPEN if edge == "open" else CodeKind.CLOSE
            piece.role, piece.tag = "format", _PAIRS[kind]
            return piece
        raise Unreadable

    def _take(self, end: int) -> str:
        raw = self.raw[self.place : end]
        self.place = end
        return raw

    def _exact(self, raw: str, text: str | None) -> Piece:
        if not self.raw.startswith(raw, self.place):
            raise Unreadable
        return Piece(self._take(self.place + len(raw)), text)

    def _match(self, pattern: str) -> str:
        found = re.compile(pattern).match(self.raw, self.place)
        if not found:
            raise Unreadable
        return self._take(found.end())

    def _find(self, text: str, start: int) -> int:
        found = self.raw.find(text, start)
        if found < 0:
            raise Unreadable
        return found

    def _code(self, markup: str) -> str:
        pattern = re.compile(rf"(?<!`){re.escape(markup)}(?!`)")
        start = self.place + len(markup)
        found = pattern.search(self.raw, start)
        if not self.raw.startswith(markup, self.place) or not found:
            raise Unreadable
        return self._take(found.end())

    def _image(self, token: Token) -> Piece:
        start = self.place + 2
        if not self.raw.startswith(f"![{token.content}]", self.place):
            raise Unreadable
        self._take(start + len(token.content))
        tail = self._link_end(start)
        return Piece(tail, role="image", alt=token.content)

    def _link_end(self, start: int) -> str:
        """From the closing bracket on: an address, a reference, or nothing, which becomes a full reference."""
        label = self.raw[start : self.place]
        self._match(r"\]")
        if self.raw.startswith("(", self.place) and (end := _address_end(self.raw, self.place)):
            return f"]{self._take(end)}"
        found = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]").match(self.raw, self.place)
        if found and (not found.group(1) or _normal(found.group(1)) in self.labels):
            self._take(found.end())
            return f"][{found.group(1) or label}]"
        return f"][{label}]"


def _normal(label: str) -> str:
    return " ".join(label.split()).upper()


def _address_end(raw: str, start: int) -> int:
    """Behind the parenthesis that closes a link's address and title; 0 if there is none."""
    pattern = re.compile(
        r"\(\s*(?:<[^<>\n]*>|(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()]*\))*\))*)"
        r"(?:\s+(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?\s*\)",
        re.DOTALL,
    )
    found = pattern.match(raw, start)
    return found.end() if found else 0


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring texts as one, so that markup inside them can be seen."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if piece.text is not None and last is not None and last.text is not None:
            result[-1] = Piece(last.raw + piece.raw, last.text + piece.text)
        else:
            result.append(piece)
    return result


def _opaque_text(pieces: list[Piece]) -> list[Piece]:
    result: list[Piece] = []
    for index, piece in enumerate(pieces):
        if piece.text is None:
            result.append(piece)
            continue
        place = 0
        for found in _OPAQUE_TEXT.finditer(piece.text):
            if found.lastgroup == "task" and index:
                continue
            if found.start() > place:
                result.append(Piece("", piece.text[place : found.start()]))
            result.append(Piece(found.group(), role="note" if found.lastgroup == "note" else "other"))
            place = found.end()
        if place < len(piece.text):
            result.append(Piece("", piece.text[place:]))
    return result


def _pair_html(pieces: list[Piece]) -> None:
    """Give tags that open and close each other the two kinds of one pair."""
    open_pieces: list[Piece] = []
    for piece in pieces:
        if piece.text is not None:
            continue
        found = _HTML_TAG.fullmatch(piece.raw)
        if piece.kind is CodeKind.OPEN:
            open_pieces.append(piece)
        elif piece.kind is CodeKind.CLOSE:
            while open_pieces and open_pieces.pop().kind is not CodeKind.OPEN:
                pass
        elif found and not found.group(1) and not found.group(3) and found.group(2).lower() not in _VOID:
            open_pieces.append(piece)
        elif found and found.group(1) and open_pieces:
            partner = _HTML_TAG.fullmatch(open_pieces[-1].raw)
            if partner and partner.group(2).lower() == found.group(2).lower():
                open_pieces.pop().kind = CodeKind.OPEN
                piece.kind = CodeKind.CLOSE


def _coded(pieces: list[Piece]) -> Inline:
    inline = Inline(CodedText())
    text = ""
    codes: list[tuple[int, InlineCode]] = []
    stack: list[int] = []
    for piece in pieces:
        if piece.text is not None:
            text += piece.text
            continue
        if piece.kind is CodeKind.CLOSE:
            number = stack.pop()
            inline.codes[number].append(piece)
        else:
            number = len(inline.codes) + 1
            inline.codes[number] = [piece]
            if piece.kind is CodeKind.OPEN:
                stack.append(number)
        role = inline.codes[number][0].role
        codes.append((len(text), InlineCode(number, piece.kind, role)))
    inline.source = CodedText(text, tuple(codes))
    return inline


def write_inline(
    inline: Inline, target: CodedText, alts: dict[int, str], labels: frozenset[str], *, cell: bool, reader: MarkdownIt
) -> str:
    """Raw Markdown of a target. Where emphasis marks would not be seen as such (they lean on spaces and
    punctuation, which Chinese and Arabic set differently), HTML tags stand for them."""
    wanted = sum(len(inline.codes[code.id]) == 2 and bool(inline.codes[code.id][0].tag) for _, code in target.codes)
    raw = _composed(inline, target, alts, labels, cell=cell, html=False)
    parsed = reader.parseInline(raw.replace("\\|", "|") if cell else raw)[0].children or []
    seen = sum(token.type.rpartition("_")[0] in _PAIRS for token in parsed)
    return raw if seen == wanted else _composed(inline, target, alts, labels, cell=cell, html=True)


def _composed(
    inline: Inline, target: CodedText, alts: dict[int, str], labels: frozenset[str], *, cell: bool, html: bool
) -> str:
    parts: list[str] = []
    place = 0
    for position, code in (*target.codes, (len(target.text), None)):
        parts.append(_escaped(target.text[place:position], labels, at_start=not parts, cell=cell))
        place = position
        if code is None:
            break
        piece = inline.codes[code.id][1 if code.kind is CodeKind.CLOSE else 0]
        parts.append(_raw(piece, alts.get(code.id), labels, html=html))
    return "".join(parts)


def _raw(piece: Piece, alt: str | None, labels: frozenset[str], *, html: bool) -> str:
    if piece.alt is not None:
        text = piece.alt if alt is None else _escaped(alt, labels, at_start=False, cell=False)
        return f"![{text}{piece.raw}"
    if html and piece.tag:
        return f"</{piece.tag}>" if piece.kind is CodeKind.CLOSE else f"<{piece.tag}>"
    return piece.raw


def _escaped(text: str, labels: frozenset[str], *, at_start: bool, cell: bool) -> str:
    """Plain text such that Markdown reads it as it stands."""
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~])", r"\\\\", text)
    text = re.sub(r"([`*]|~(?=~))", r"\\\1", text)
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
    text = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)
    text = _ENTITY.sub("&amp;", text)
    text = re.sub(r"\[(?=([^\[\]]*)\](.?))", lambda found: _bracket(found, labels), text)
    if cell:
        text = text.replace("|", "\\|")
    if at_start and (found := _LINE_START.match(text)):
        at = found.start("dot") if found.group("number") else 0
        text = f"{text[:at]}\\{text[at:]}"
    return text


def _bracket(found: re.Match[str], labels: frozenset[str]) -> str:
    is_link = found.group(2) in {"(", "[", ":"} or _normal(found.group(1)) in labels
    return "\\[" if is_link else "["
