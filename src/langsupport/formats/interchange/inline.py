"""Inline codes between XML and text with positions: what TMX and both XLIFFs share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from langsupport.domain.interchange import Attributes, InterchangeText, NativeCode
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.formats.interchange.safe_xml import xml_text

_MAX_ID = 10**9


@dataclass(slots=True)
class CodeIds:
    """Numbers for what a file calls its codes; one for a unit, so that source and target agree.

    A name that is a number is kept where no other code has taken it.
    """

    _ids: dict[Hashable, int] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)

    def number(self, key: Hashable, label: str) -> int:
        """The id of the code that `key` identifies in this unit; `label` is what the file calls it."""
        if key not in self._ids:
            wanted = int(label) if label.isascii() and label.isdecimal() and len(label) < 10 else -1
            if wanted < 0 or wanted in self._taken:
                wanted = self._free()
            self._ids[key] = wanted
            self._taken.add(wanted)
        return self._ids[key]

    def _free(self) -> int:
        number = len(self._taken) + 1
        while number in self._taken:
            number += 1
        return number


@dataclass(slots=True)
class TextBuilder:
    """Collects text and codes in reading order."""

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _codes: list[tuple[int, InlineCode]] = field(default_factory=list)
    _natives: list[NativeCode | None] = field(default_factory=list)

    def text(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)

    def code(self, id: int, kind: CodeKind, role: str, native: NativeCode | None) -> None:
        self._codes.append((self._length, InlineCode(id, kind, role)))
        self._natives.append(native)

    def role_of(self, id: int) -> str | None:
        """The role of the code that opened with this id."""
        return next((c.role for _, c in reversed(self._codes) if c.id == id and c.kind is CodeKind.OPEN), None)

    def build(self) -> InterchangeText:
        coded = CodedText("".join(self._parts), tuple(self._codes))
        known = any(native is not None for native in self._natives)
        return InterchangeText(coded, tuple(self._natives) if known else ())


class MixedContent:
    """Writes text and elements into an element, in reading order, with elements that stay open.

    `open` makes later content go inside the new element until `close`.
    """

    def __init__(self, root: etree._Element) -> None:
        self._stack = [root]

    @property
    def depth(self) -> int:
        return len(self._stack) - 1

    @property
    def top(self) -> etree._Element:
        return self._stack[-1]

    def text(self, text: str) -> None:
        put_text(self._stack[-1], xml_text(text))

    def add(self, name: str, attributes: Attributes | dict[str, str] = ()) -> etree._Element:
        child = etree.SubElement(self._stack[-1], name)
        for key, value in dict(attributes).items():
            child.set(key, xml_text(value))
        return child

    def open(self, name: str, attributes: Attributes | dict[str, str] = ()) -> etree._Element:
        child = self.add(name, attributes)
        self._stack.append(child)
        return child

    def close(self) -> None:
        if self.depth:
            self._stack.pop()


def put_text(element: etree._Element, text: str) -> None:
    """Append text to what an element holds already."""
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def runs(text: InterchangeText) -> Iterator[tuple[str, InlineCode | None, NativeCode | None]]:
    """(text before, code, native) for each code, and last the rest of the text with no code."""
    place = 0
    for position, code, native in text.pairs():
        yield text.plain[place:position], code, native
        place = position
    yield text.plain[place:], None, None


def partners(coded: CodedText) -> dict[int, int]:
    """Index of each OPEN to the index of the CLOSE that follows it, and back; without those that stand alone."""
    waiting: dict[int, list[int]] = {}
    found: dict[int, int] = {}
    for index, (_, code) in enumerate(coded.codes):
        if code.kind is CodeKind.OPEN:
            waiting.setdefault(code.id, []).append(index)
        elif code.kind is CodeKind.CLOSE and waiting.get(code.id):
            opened = waiting[code.id].pop()
            found[opened], found[index] = index, opened
    return found


def nested(coded: CodedText, pairs: dict[int, int], wanted: set[int] | None = None) -> set[int]:
    """Indices of the OPENs (of `wanted`, or all) whose pair can be one element: it crosses no other such pair."""
    spans = [(a, b) for a, b in pairs.items() if a < b and (wanted is None or a in wanted)]
    crossing: set[int] = set()
    stack: list[tuple[int, int]] = []
    for span in sorted(spans):
        while stack and stack[-1][1] < span[0]:
            stack.pop()
        if stack and stack[-1][1] < span[1]:
            crossing.add(span[0])
        else:
            stack.append(span)
    return {a for a, _ in spans} - crossing
