"""HTML pages and fragments: a unit is the inline content of a block; text is replaced in its place.

Elements follow the HTML standard (WHATWG, 2024): `translate="no"` is honoured, scripts, styles and code are never
text. Whatever is not well-formed stays as it is written.
"""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, Document, InlineCode, TranslationUnit, UnitKind
from langsupport.errors import DamagedFile
from langsupport.formats.base import Mark, clean, fitted, has_letters
from langsupport.formats.charset import Decoded, decode

_INLINE_NAMES = """a abbr acronym b bdi bdo big br cite data del dfn em font i img input ins label mark q rp rt ruby s
    small span strike strong sub sup time tt u wbr code kbd samp var math svg"""
_VOID_NAMES = "area base br col embed hr img input link meta source track wbr"
_INLINE = frozenset(_INLINE_NAMES.split())
_VOID = frozenset(_VOID_NAMES.split())
_OPAQUE_INLINE = frozenset({"code", "kbd", "samp", "var", "math", "svg"})
_OPAQUE_BLOCK = frozenset(
    {"script", "style", "pre", "textarea", "template", "iframe", "object", "canvas", "audio", "video"}
)
_NAMES = {
    "table": "tables", "tr": "table rows", "td": "table cells", "th": "table cells",
    "img": "images", "svg": "images", "video": "images", "math": "formulas", "a": "links", "li": "list items",
    "script": "scripts", "style": "style sheets", "code": "code passages", "pre": "code passages",
    "input": "form fields", "select": "form fields", "textarea": "form fields", "button": "form fields",
    "h1": "headings", "h2": "headings", "h3": "headings", "h4": "headings", "h5": "headings", "h6": "headings",
}  # fmt: skip
_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")
_KINDS = {"title": UnitKind.TITLE, "td": UnitKind.CELL, "th": UnitKind.CELL} | {
    f"h{n}": UnitKind.HEADING for n in range(1, 7)
}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


@dataclass(slots=True)
class _Token:
    """A piece of the source. `kind` is text, open, close, void or other; `attributes` are decoded."""

    kind: str
    start: int
    raw: str = ""
    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return _SPACE.sub(" ", html.unescape(self.raw))

    @property
    def is_protected(self) -> bool:
        off = self.attributes.get("translate", "").lower() == "no"
        return off or "notranslate" in self.attributes.get("class", "").split()


class _Scanner(HTMLParser):
    """Tokens with their places; joining their raw texts gives the source."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tokens: list[_Token] = []
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.feed(text)
        self.close()
        ends = [token.start for token in self.tokens[1:]] + [len(text)]
        for token, end in zip(self.tokens, ends, strict=True):
            token.raw = text[token.start : end]

    def _add(self, kind: str, tag: str = "", attributes: Sequence[tuple[str, str | None]] = ()) -> None:
        line, column = self.getpos()
        start = self._line_starts[line - 1] + column
        last = self.tokens[-1] if self.tokens else None
        if kind == "text" and last is not None and last.kind == "text":
            return
        self.tokens.append(_Token(kind, start, "", tag, {key: value or "" for key, value in attributes}))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("void" if tag in _VOID else "open", tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("void", tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._add("close", tag)

    def handle_data(self, data: str) -> None:
        self._add("text")

    def handle_entityref(self, name: str) -> None:
        self._add("text")

    def handle_charref(self, name: str) -> None:
        self._add("text")

    def handle_comment(self, data: str) -> None:
        self._add("other")

    def handle_decl(self, decl: str) -> None:
        self._add("other")

    def handle_pi(self, data: str) -> None:
        self._add("other")

    def unknown_decl(self, data: str) -> None:
        self._add("other")


@dataclass(slots=True)
class _Item:
    """Tokens [first, last] as one thing in a unit; `pair` joins an open with its close."""

    first: int
    last: int
    kind: CodeKind | None  # None for text
    role: str = "format"
    pair: int = -1


@dataclass(slots=True)
class _Block:
    id: str
    kind: UnitKind
    items: list[_Item]
    source: CodedText
    codes: dict[InlineCode, _Item]


class _Page:
    def __init__(self, text: str) -> None:
        self.tokens = _Scanner(text).tokens
        self.blocks = list(self._blocks())

    def _blocks(self) -> Iterator[_Block]:
        items: list[_Item] = []
        kinds = [UnitKind.PARAGRAPH]
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            opaque = token.kind == "open" and (token.is_protected or token.tag in _OPAQUE_INLINE | _OPAQUE_BLOCK)
            last = self._closing(index) if opaque else index
            ends_paragraph = token.tag == "br" and self._is_second_break(items)
            if (token.kind in {"text", "other"} or token.tag in _INLINE) and not ends_paragraph:
                items.append(self._item(index, last, opaque=opaque))
            else:
                yield from self._block(items, kinds[-1])
                items = []
                if token.kind == "open" and token.tag in _KINDS and not opaque:
                    kinds.append(_KINDS[token.tag])
                elif token.kind == "close" and token.tag in _KINDS and len(kinds) > 1:
                    kinds.pop()
            index = last + 1
        yield from self._block(items, kinds[-1])

    def _is_second_break(self, items: list[_Item]) -> bool:
        """Whether a line break follows another one: authors end paragraphs so."""
        shown = [item for item in items if item.kind is not None or self.tokens[item.first].text.strip(" ")]
        return bool(shown) and shown[-1].role == "break"

    def _item(self, first: int, last: int, *, opaque: bool) -> _Item:
        token = self.tokens[first]
        if token.kind == "text":
            return _Item(first, last, None)
        role = {"a": "link", "br": "break", "img": "image"}.get(token.tag, "format")
        if opaque:
            return _Item(first, last, CodeKind.SINGLE, "code")
        kind = {"open": CodeKind.OPEN, "close": CodeKind.CLOSE}.get(token.kind, CodeKind.SINGLE)
        return _Item(first, last, kind, "other" if token.kind == "other" else role)

    def _closing(self, index: int) -> int:
        """The token that closes the element opened at `index`; the last one where nothing does."""
        depth = 0
        name = self.tokens[index].tag
        for place in range(index, len(self.tokens)):
            token = self.tokens[place]
            if token.tag == name:
                depth += {"open": 1, "close": -1}.get(token.kind, 0)
                if depth == 0:
                    return place
        return len(self.tokens) - 1

    def _block(self, items: list[_Item], kind: UnitKind) -> Iterator[_Block]:
        self._pair(items)
        items = self._trimmed(items)
        text = ""
        codes: list[tuple[int, InlineCode]] = []
        table: dict[InlineCode, _Item] = {}
        numbers: dict[int, int] = {}
        after_space = True  # white space runs together, also across tags that show nothing
        for item in items:
            if item.kind is None:
                part = self.tokens[item.first].text
                text += part.lstrip(" ") if after_space else part
                after_space = text.endswith(" ")
                continue
            if item.kind is CodeKind.SINGLE and item.role != "other":
                after_space = item.role == "break"
            number = numbers.setdefault(item.pair if item.pair >= 0 else -item.first - 2, len(numbers) + 1)
            code = InlineCode(number, item.kind, item.role)
            table[code] = item
            codes.append((len(text), code))
        stripped = text.rstrip(" ")
        if has_letters(stripped):
            places = tuple((min(position, len(stripped)), code) for position, code in codes)
            yield _Block(f"t{items[0].first}", kind, items, CodedText(stripped, places), table)

    def _pair(self, items: list[_Item]) -> None:
        stack: list[_Item] = []
        for item in items:
            name = self.tokens[item.first].tag
            if item.kind is CodeKind.OPEN:
                stack.append(item)
            elif item.kind is CodeKind.CLOSE and stack and self.tokens[stack[-1].first].tag == name:
                partner = stack.pop()
                partner.pair = item.pair = partner.first
                item.role = partner.role
        for item in items:
            if item.pair < 0 and item.kind is not None:
                item.kind = CodeKind.SINGLE

    def _trimmed(self, items: list[_Item]) -> list[_Item]:
        """Without what stands at the edges and is no text; pairs go with both ends or stay."""
        low, high = 0, len(items)
        while low < high:
            first, last = items[low], items[high - 1]
            if self._is_bare(first):
                low += 1
            elif self._is_bare(last):
                high -= 1
            elif first.kind is CodeKind.OPEN and first.pair == last.pair:
                low, high = low + 1, high - 1
            else:
                break
        return items[low:high]

    def _is_bare(self, item: _Item) -> bool:
        if item.kind is None:
            return not self.tokens[item.first].text.strip(" ")
        return item.kind is CodeKind.SINGLE

    def attributes(self) -> Iterator[tuple[str, _Token, str]]:
        """(unit id, token, attribute) of texts in attributes."""
        skip_to = -1
        for index, token in enumerate(self.tokens):
            if index <= skip_to:
                continue
            if token.kind == "open" and (token.is_protected or token.tag in _OPAQUE_BLOCK):
                skip_to = self._closing(index)
                continue
            for name in _ATTRIBUTES:
                if (
                    token.kind in {"open", "void"}
                    and not token.is_protected
                    and has_letters(token.attributes.get(name, ""))
                ):
                    yield f"t{index}.{name}", token, name

    def fill(self, block: _Block, target: CodedText) -> None:
        """Put a target in the place of a block's tokens: all of it into the first, the others become empty."""
        parts: list[str] = []
        place = 0
        for position, code in target.codes:
            parts.append(html.escape(target.text[place:position], quote=False))
            place = position
            item = block.codes[code]
            parts += [token.raw for token in self.tokens[item.first : item.last + 1]]
        parts.append(html.escape(target.text[place:], quote=False))
        first, last = block.items[0], block.items[-1]
        before = self._edge(first, "\\A[ \t\r\n\f]+")
        after = self._edge(last, "[ \t\r\n\f]+\\Z")
        for token in self.tokens[first.first : last.last + 1]:
            token.raw = ""
        self.tokens[first.first].raw = before + "".join(parts) + after

    def _edge(self, item: _Item, pattern: str) -> str:
        found = re.search(pattern, self.tokens[item.first].raw) if item.kind is None else None
        return found.group() if found else ""

    def text(self) -> str:
        return "".join(token.raw for token in self.tokens)


class Html:
    """HTML pages (.html, .htm) and fragments of them."""

    name = "html"
    title = "Web page"
    extensions = ("html", "htm")
    media_type = "text/html"

    def read(self, data: bytes, name: str) -> Document:
        page = _Page(_decode(data, name).text)
        units = [TranslationUnit(block.id, block.source, block.kind) for block in page.blocks]
        units += [
            TranslationUnit(identity, CodedText(token.attributes[key].strip()), UnitKind.ALT_TEXT)
            for identity, token, key in page.attributes()
        ]
        root = next((token for token in page.tokens if token.kind == "open" and token.tag == "html"), None)
        return Document(self.name, tuple(units), (root.attributes.get("lang") or None) if root else None)

    def write(
        self,
        data: bytes,
        name: str,
        targets: Mapping[str, CodedText],
        source_language: str,
        target_language: str,
        mark: Mark | None,
    ) -> bytes:
        decoded = _decode(data, name)
        page = _Page(decoded.text)
        for identity, token, key in list(page.attributes()):
            if identity in targets and targets[identity].text != token.attributes[key].strip():
                token.raw = _with_attribute(token.raw, key, clean(targets[identity].text))
        for block in page.blocks:
            target = fitted(block.source, targets.get(block.id, block.source))
            if target != block.source:
                page.fill(block, target)
        if source_language != target_language:
            _declare(page, target_language)
        if mark:
            _put_mark(page, mark, target_language)
        text = page.text()
        if text == decoded.text:
            return data
        encoded = decoded.encode(text)
        return encoded if decoded.encoding.startswith("utf") else _META_CHARSET.sub(_utf8_charset, encoded, count=1)

    def census(self, data: bytes, name: str) -> Counter[str]:
        tokens = _Scanner(_decode(data, name).text).tokens
        return Counter(_NAMES[token.tag] for token in tokens if token.kind != "close" and token.tag in _NAMES)


def _decode(data: bytes, name: str) -> Decoded:
    """By the page's own declaration where it holds, else as any text file."""
    found = _META_CHARSET.search(data[:2048])
    if found and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            encoding = codecs.lookup(found.group(1).decode()).name
            if not encoding.startswith("utf"):
                return Decoded(data.decode(encoding), encoding, b"")
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong declaration: look at the bytes
    if data.startswith(b"PK"):
        raise DamagedFile(name=name, detail="it is a zip file and not a web page")
    return decode(data, name)


def _utf8_charset(found: re.Match[bytes]) -> bytes:
    return found.group()[: found.start(1) - found.start()] + b"utf-8"


def _with_attribute(raw: str, name: str, value: str) -> str:
    """A start tag with an attribute set; added at the end where it is not there."""
    quoted = html.escape(value, quote=True)
    pattern = re.compile(rf"(?<=[\s\"'])({re.escape(name)})\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
    new, count = pattern.subn(lambda found: f'{found.group(1)}="{quoted}"', raw, count=1)
    if count:
        return new
    return re.sub(r"\s*(/?>)\Z", lambda found: f' {name}="{quoted}"{found.group(1)}', raw, count=1)


def _declare(page: _Page, target: str) -> None:
    """The page's language and direction; a fragment has no place for them."""
    root = next((token for token in page.tokens if token.kind == "open" and token.tag == "html"), None)
    if root is None:
        return
    record = LANGUAGES[target]
    root.raw = _with_attribute(root.raw, "lang", record.bcp47)
    if record.direction == "rtl" or "dir" in root.attributes:
        root.raw = _with_attribute(root.raw, "dir", record.direction)


def _put_mark(page: _Page, mark: Mark, target: str) -> None:
    record = LANGUAGES[target]
    text = html.escape(clean(mark.text))
    note = f'<p lang="{record.bcp47}" dir="{record.direction}"><small>{text}</small></p>'
    body = next((token for token in page.tokens if token.kind == "open" and token.tag == "body"), None)
    if body is None:
        page.tokens[0].raw = f"{note}\n{page.tokens[0].raw}"
    else:
        body.raw = f"{body.raw}\n{note}"
    head = next((token for token in page.tokens if token.kind == "open" and token.tag == "head"), None)
    if head is not None:
        head.raw += f'\n<meta name="translation-state" content="{html.escape(clean(mark.state))}">'
