"""The inline codes of TMX segments: bpt, ept, it, ph, hi, sub, and ut of older files."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import InterchangeText, NativeCode, SubFlow
from langsupport.domain.units import CodeKind, InlineCode
from langsupport.formats.interchange.inline import CodeIds, MixedContent, TextBuilder, nested, partners, put_text, runs
from langsupport.formats.interchange.safe_xml import line_of, local, xml_text

_ROLES = {"link": "link", "image": "image", "fnote": "note", "lb": "break", "x-tab": "tab", "x-field": "field"}
_ROLES |= {"x-code": "code", "x-other": "other", "x-image": "image", "x-break": "break", "x-note": "note"}
_TYPES = {"link": "link", "image": "image", "note": "fnote", "break": "lb", "format": "x-format"}


@dataclass(slots=True)
class SegmentReader:
    """Reads the `seg`s of one unit; `findings` say which codes were broken."""

    unit_id: str | None = None
    ids: CodeIds = field(default_factory=CodeIds)
    findings: list[Finding] = field(default_factory=list)

    def read(self, seg: etree._Element) -> InterchangeText:
        """A `seg` or `sub` as text with codes."""
        builder = TextBuilder()
        state = _Segment()
        self._walk(seg, builder, state)
        for label, line in state.open_pairs.items():
            self._finding(line, "Line {line}: the code that begins with bpt {label} has no end (ept).", label)
        return builder.build()

    def _finding(self, line: int, template: str, label: str) -> None:
        fields = {"line": line, "label": label}
        self.findings.append(Finding("memory-codes", Severity.WARNING, template, fields, self.unit_id))

    def _walk(self, element: etree._Element, builder: TextBuilder, state: _Segment) -> None:
        builder.text(element.text)
        for child in element:
            if name := local(child):
                self._code(child, name, builder, state)
            builder.text(child.tail)

    def _code(self, child: etree._Element, name: str, builder: TextBuilder, state: _Segment) -> None:
        if name == "hi":
            self._highlight(child, builder, state)
        elif name == "bpt":
            self._begin(child, builder, state)
        elif name == "ept":
            self._end(child, builder, state)
        elif name == "it":
            begins = child.get("pos", "begin") in {"begin", "open"}
            id = self._id(child, state)
            self._emit(
                builder, child, InlineCode(id, CodeKind.OPEN if begins else CodeKind.CLOSE, _role(child, "format"))
            )
        elif name in {"ph", "ut"}:
            id = self._id(child, state)
            self._emit(builder, child, InlineCode(id, CodeKind.SINGLE, _role(child, "other")))
        else:
            self._finding(line_of(child), "Line {line}: <{label}> is no code of TMX; its text was kept.", name)
            self._walk(child, builder, state)

    def _id(self, child: etree._Element, state: _Segment) -> int:
        """By `x`, which is the same in every language; else by its place among its kind."""
        label = child.get("x", "")
        key = ("code", label) if label else (local(child), state.count(local(child)))
        return self.ids.number(key, label)

    def _highlight(self, child: etree._Element, builder: TextBuilder, state: _Segment) -> None:
        id = self._id(child, state)
        role = _role(child, "other")
        builder.code(id, CodeKind.OPEN, role, NativeCode("hi", _attributes(child)))
        self._walk(child, builder, state)
        builder.code(id, CodeKind.CLOSE, role, None)

    def _begin(self, child: etree._Element, builder: TextBuilder, state: _Segment) -> None:
        pair = child.get("i", "")
        if pair in state.open_pairs:
            self._finding(line_of(child), "Line {line}: two codes bpt {label} are open at once.", pair)
        label = child.get("x") or pair
        times = state.times("pair", label)
        id = self.ids.number(("code", label) if times == 1 else ("code", label, times), label)
        state.open_pairs[pair] = line_of(child)
        state.pair_ids[pair] = id
        self._emit(builder, child, InlineCode(id, CodeKind.OPEN, _role(child, "format")))

    def _end(self, child: etree._Element, builder: TextBuilder, state: _Segment) -> None:
        pair = child.get("i", "")
        if pair in state.open_pairs:
            del state.open_pairs[pair]
            id = state.pair_ids[pair]
        else:
            self._finding(line_of(child), "Line {line}: the code ept {label} ends nothing.", pair)
            id = self.ids.number(("code", pair), pair)
        self._emit(builder, child, InlineCode(id, CodeKind.CLOSE, builder.role_of(id) or "format"))

    def _emit(self, builder: TextBuilder, child: etree._Element, code: InlineCode) -> None:
        """A code without a native where its element says no more than we would write."""
        native = self._native(child)
        plain = not native.content and dict(native.attributes) == _own_attributes(code, native.element)
        builder.code(code.id, code.kind, code.role, None if plain else native)

    def _native(self, child: etree._Element) -> NativeCode:
        content: list[str | SubFlow] = [child.text] if child.text else []
        for inner in child:
            if local(inner) == "sub":
                content.append(SubFlow(self.read(inner), _attributes(inner)))
            elif local(inner):
                content.append("".join(map(str, inner.itertext())))
            if inner.tail:
                content.append(inner.tail)
        return NativeCode(local(child), _attributes(child), tuple(content))


@dataclass(slots=True)
class _Segment:
    """What is open while one `seg` is read."""

    open_pairs: dict[str, int] = field(default_factory=dict)  # i to line
    pair_ids: dict[str, int] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def times(self, family: str, label: str) -> int:
        key = f"{family}:{label}"
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def count(self, family: str) -> int:
        return self.times(family, "")


def _attributes(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in element.attrib.items())


def _role(element: etree._Element, usual: str) -> str:
    type = element.get("type", "").lower()
    return _ROLES.get(type, usual) if type != "x-format" else "format"


def fill_segment(seg: etree._Element, text: InterchangeText) -> None:
    """Write a text into an empty `seg` or `sub`. Codes of which nothing is known become empty bpt, ept, it and ph."""
    pairs = partners(text.coded)
    natives = [native for _, _, native in text.pairs()]
    marked = {index for index in pairs if (native := natives[index]) is not None and native.element == "hi"}
    whole = nested(text.coded, pairs, marked)
    content = MixedContent(seg)
    for index, (before, code, native) in enumerate(runs(text)):
        content.text(before)
        if code is None:
            break
        if index in whole:
            content.open("hi", native.attributes if native else ())
        elif pairs.get(index) in whole:
            content.close()
        else:
            _write_code(content, code, native, paired=index in pairs)


def _write_code(content: MixedContent, code: InlineCode, native: NativeCode | None, *, paired: bool) -> None:
    element = _element(code, paired)
    if native is None or not _kindred(native.element, element):
        content.add(element, _own_attributes(code, element))
        return
    name = native.element if element == "ph" else element
    child = content.add(name, native.attributes)
    if native.element != name:  # an end of a pair that lost the other end, or found it again
        for stale in ("i", "pos"):
            child.attrib.pop(stale, "")
    for key in {"bpt": ("i",), "ept": ("i",), "it": ("pos",)}.get(name, ()):
        if child.get(key) is None:
            child.set(key, _own_attributes(code, name)[key])
    for part in native.content:
        if isinstance(part, str):
            put_text(child, xml_text(part))
        else:
            sub = etree.SubElement(child, "sub")
            for name, value in part.attributes:
                sub.set(name, xml_text(value))
            fill_segment(sub, part.text)


_PAIRED = frozenset({"bpt", "ept", "it"})
_SINGLE = frozenset({"ph", "ut"})


def _kindred(one: str, other: str) -> bool:
    return {one, other} <= _PAIRED or {one, other} <= _SINGLE


def _element(code: InlineCode, paired: bool) -> str:
    if code.kind is CodeKind.SINGLE:
        return "ph"
    if not paired:
        return "it"
    return "bpt" if code.kind is CodeKind.OPEN else "ept"


def _own_attributes(code: InlineCode, element: str) -> dict[str, str]:
    if element == "ept":
        return {"i": str(code.id)}
    type = _TYPES.get(code.role, f"x-{code.role}")
    named = {"x": str(code.id), "type": type}
    if element == "bpt":
        return {"i": str(code.id), **named}
    if element == "it":
        return {"pos": "begin" if code.kind is CodeKind.OPEN else "end", **named}
    return named
