"""The inline elements of XLIFF 2 (pc, sc, ec, ph, cp; mrk, sm, em) and of XLIFF 1.2 (g, x, bx, ex, bpt, ept, it, ph).

Annotations (mrk) are read through: their text stays, they are no codes. Codes that carry no more than their id and
role read back without a native.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import Attributes, InterchangeText, NativeCode
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.formats.interchange.inline import CodeIds, MixedContent, TextBuilder, nested, partners, put_text, runs
from langsupport.formats.interchange.safe_xml import XML_SPACE, line_of, local, xml_text

PREFIX = "ls"
"""What our values in `subType`, `subState` and `type` begin with."""

_TYPES_2 = {"format": "fmt", "link": "link", "image": "image"}
_ROLES_2 = {"fmt": "format", "link": "link", "image": "image"}
_CTYPES = {"link": "link", "image": "image", "break": "lb"}
_ROLES_12 = {"link": "link", "image": "image", "lb": "break", "bold": "format", "italic": "format"}
_ROLES_12 |= {"underlined": "format", "x-tab": "tab", "x-field": "field", "x-note": "note", "x-code": "code"}
_ROLES_12 |= {"x-format": "format", "x-other": "other"}
_NOT_XML = re.compile("([^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff])")


@dataclass(slots=True)
class InlineReader:
    """Reads the texts of one unit, so that its source and target agree on ids; `findings` say what was no code."""

    version: str  # 1.2 or 2
    unit_id: str = ""
    ids: CodeIds = field(default_factory=CodeIds)
    findings: list[Finding] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    _roles: dict[int, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def read(self, element: etree._Element) -> InterchangeText:
        builder = TextBuilder()
        self._counts.clear()
        self._walk(element, builder, squeeze=self.version != "1.2" and not preserves(element))
        return builder.build()

    def _walk(self, element: etree._Element, builder: TextBuilder, *, squeeze: bool) -> None:
        builder.text(_squeezed(element.text) if squeeze else element.text)
        for child in element:
            if name := local(child):
                if self.version == "1.2":
                    self._code_12(child, name, builder)
                else:
                    self._code_2(child, name, builder, squeeze)
            builder.text(_squeezed(child.tail) if squeeze else child.tail)

    def _code_2(self, child: etree._Element, name: str, builder: TextBuilder, squeeze: bool) -> None:
        if name == "cp":
            builder.text(self._code_point(child))
        elif name in {"mrk", "sm", "em"}:
            if child.get("type") == "comment" and child.get("value"):
                self.comments.append(child.get("value", ""))
            self._walk(child, builder, squeeze=squeeze)
        elif name == "pc":
            id = self._emit(builder, child, CodeKind.OPEN, "id", _role_2(child))
            self._walk(child, builder, squeeze=squeeze)
            builder.code(id, CodeKind.CLOSE, self._roles[id], None)
        elif name == "sc":
            self._emit(builder, child, CodeKind.OPEN, "id", _role_2(child))
        elif name == "ec":
            self._emit(builder, child, CodeKind.CLOSE, "startRef" if child.get("startRef") else "id", None)
        elif name == "ph":
            self._emit(builder, child, CodeKind.SINGLE, "id", _role_2(child))
        else:
            self._unknown(child, name, builder, squeeze)

    def _unknown(self, child: etree._Element, name: str, builder: TextBuilder, squeeze: bool) -> None:
        self._finding(child, "Line {line}: <{label}> is no inline element of XLIFF; its text was kept.", name)
        self._walk(child, builder, squeeze=squeeze)

    def _code_point(self, child: etree._Element) -> str:
        try:
            return chr(int(child.get("hex", ""), 16))
        except (ValueError, OverflowError):
            self._finding(child, "Line {line}: “{label}” is no character; it was left out.", child.get("hex", ""))
            return ""

    def _finding(self, child: etree._Element, template: str, label: str) -> None:
        fields = {"line": line_of(child), "label": label}
        self.findings.append(Finding("package-inline", Severity.WARNING, template, fields, self.unit_id or None))

    def _emit(self, builder: TextBuilder, child: etree._Element, kind: CodeKind, key: str, role: str | None) -> int:
        label = child.get(key, "")
        id = self.ids.number(("code", label), label)
        if role is None:  # the end of a pair, which need not say again what it is
            said = child.get("subType") or child.get("type")
            role = _role_2(child) if said else self._roles.get(id, "format")
        self._roles[id] = role
        code = InlineCode(id, kind, role)
        attributes = _attributes(child)
        plain = all(_is_own(name, value, code) for name, value in attributes)
        builder.code(id, kind, role, None if plain else NativeCode(local(child), attributes))
        return id

    def _code_12(self, child: etree._Element, name: str, builder: TextBuilder) -> None:
        if name == "mrk":
            if child.get("comment"):
                self.comments.append(child.get("comment", ""))
            self._walk(child, builder, squeeze=False)
        elif name == "g":
            id = self._emit_12(builder, child, CodeKind.OPEN, "pair")
            self._walk(child, builder, squeeze=False)
            builder.code(id, CodeKind.CLOSE, self._roles[id], None)
        elif name in {"bx", "bpt"}:
            self._emit_12(builder, child, CodeKind.OPEN, "pair")
        elif name in {"ex", "ept"}:
            self._emit_12(builder, child, CodeKind.CLOSE, "pair")
        elif name == "it":
            opens = child.get("pos", "open") in {"open", "begin"}
            self._emit_12(builder, child, CodeKind.OPEN if opens else CodeKind.CLOSE, "pair")
        elif name in {"x", "ph"}:
            self._emit_12(builder, child, CodeKind.SINGLE, "single")
        else:
            self._unknown(child, name, builder, squeeze=False)

    def _emit_12(self, builder: TextBuilder, child: etree._Element, kind: CodeKind, family: str) -> int:
        label = child.get("rid") or child.get("id") or child.get("i") or ""
        if not label:
            counter = f"{family} {local(child)} {kind}"
            self._counts[counter] = self._counts.get(counter, 0) + 1
            label = f"{counter} {self._counts[counter]}"
        id = self.ids.number(("code", label), label)
        usual = "format" if family == "pair" else "other"
        role = _ROLES_12.get(child.get("ctype", ""), usual)
        if kind is CodeKind.CLOSE and child.get("ctype") is None:
            role = self._roles.get(id, role)
        self._roles[id] = role
        content = "".join(map(str, child.itertext())) if local(child) in {"bpt", "ept", "it", "ph"} else ""
        attributes = _attributes(child)
        plain = not content and dict(attributes) == _own_12(InlineCode(id, kind, role), local(child))
        native = NativeCode(local(child), attributes, (content,) if content else ())
        builder.code(id, kind, role, None if plain else native)
        return id


def preserves(element: etree._Element) -> bool:
    """Whether white space counts: by xml:space of the element or the nearest one round it."""
    here: etree._Element | None = element
    while here is not None:
        space = here.get(XML_SPACE)
        if space:
            return space == "preserve"
        here = here.getparent()
    return False


def _squeezed(text: str | None) -> str | None:
    return re.sub(r"[ \t\r\n]+", " ", text) if text else text


def _attributes(element: etree._Element) -> Attributes:
    return tuple((str(name), str(value)) for name, value in element.attrib.items())


def _role_2(element: etree._Element) -> str:
    own = element.get("subType", "")
    if own.startswith(f"{PREFIX}:"):
        return own.partition(":")[2]
    if own == "xlf:lb":
        return "break"
    usual = "other" if local(element) == "ph" else "format"
    return _ROLES_2.get(element.get("type", ""), usual)


def _own_2(code: InlineCode) -> dict[str, str]:
    """What we say of a code in XLIFF 2, but for its id."""
    own = {"type": _TYPES_2.get(code.role, "other"), "subType": f"{PREFIX}:{code.role}"}
    return {"canCopy": "no", "canDelete": "no", **own}


def _is_own(name: str, value: str, code: InlineCode) -> bool:
    """Whether an attribute says only what we would write anyway."""
    if name in {"id", "startRef"}:
        return value == str(code.id)
    return name == "isolated" or _own_2(code).get(name) == value


def _own_12(code: InlineCode, element: str) -> dict[str, str]:
    type = {"ctype": _CTYPES.get(code.role, f"x-{code.role}")}
    if element == "ex":
        return {"id": f"e{code.id}", "rid": str(code.id)}
    if element == "bx":
        return {"id": str(code.id), "rid": str(code.id), **type}
    if element == "it":
        return {"id": str(code.id), "pos": "open" if code.kind is CodeKind.OPEN else "close", **type}
    return {"id": str(code.id), **type}


@dataclass(frozen=True, slots=True)
class UnitCodes:
    """Ids that open and close anywhere in a unit, to tell which codes stand alone in it."""

    opened: frozenset[int]
    closed: frozenset[int]


def unit_codes(texts: list[CodedText]) -> UnitCodes:
    codes = [code for text in texts for _, code in text.codes]
    return UnitCodes(
        frozenset(code.id for code in codes if code.kind is CodeKind.OPEN),
        frozenset(code.id for code in codes if code.kind is CodeKind.CLOSE),
    )


def fill_2(element: etree._Element, text: InterchangeText, unit: UnitCodes, ns: str) -> None:
    """Write a text into an empty `source` or `target` of XLIFF 2; characters that XML can't hold as `cp`."""
    pairs = partners(text.coded)
    whole = nested(text.coded, pairs)
    content = MixedContent(element)
    for index, (before, code, native) in enumerate(runs(text)):
        for place, piece in enumerate(_NOT_XML.split(before)):
            if place % 2:
                content.add(f"{{{ns}}}cp", {"hex": f"{ord(piece):04X}"})
            else:
                content.text(piece)
        if code is None:
            break
        if index in whole:
            content.open(f"{{{ns}}}pc", _said_2(code, native, "pc"))
        elif pairs.get(index) in whole:
            content.close()
        elif code.kind is CodeKind.SINGLE:
            content.add(f"{{{ns}}}ph", _said_2(code, native, "ph"))
        elif code.kind is CodeKind.OPEN:
            alone = {} if index in pairs or code.id in unit.closed else {"isolated": "yes"}
            content.add(f"{{{ns}}}sc", _said_2(code, native, "sc") | alone)
        elif index in pairs or code.id in unit.opened:
            content.add(f"{{{ns}}}ec", _without(_said_2(code, native, "ec"), "id", "isolated") | _start(code, native))
        else:
            content.add(f"{{{ns}}}ec", _without(_said_2(code, native, "ec"), "startRef") | {"isolated": "yes"})


def _said_2(code: InlineCode, native: NativeCode | None, element: str) -> dict[str, str]:
    if native is None:
        return {"id": str(code.id), **_own_2(code)}
    said = dict(native.attributes)
    if native.element != element:
        kept = {"id", "type", "subType", "canCopy", "canDelete", "canReorder"}
        said = {name: value for name, value in said.items() if name in kept}
        if dataref := dict(native.attributes).get("dataRef" if native.element == "sc" else "dataRefStart"):
            said["dataRefStart" if element == "pc" else "dataRef"] = dataref
    return {"id": str(code.id), **said} if element != "ec" or "startRef" not in said else said


def _start(code: InlineCode, native: NativeCode | None) -> dict[str, str]:
    return {"startRef": dict(native.attributes).get("startRef", str(code.id)) if native else str(code.id)}


def _without(said: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in said.items() if name not in names}


_WITH_CONTENT = frozenset({"bpt", "ept", "it"})


def fill_12(element: etree._Element, text: InterchangeText, ns: str) -> None:
    """Write a text into an empty `source` or `target` of XLIFF 1.2. Characters that XML can't hold are left out."""
    pairs = partners(text.coded)
    natives = [native for _, _, native in text.pairs()]
    heavy = {i for i in pairs if (native := natives[i]) is not None and native.element in _WITH_CONTENT}
    light = {i for i in pairs if i not in heavy and pairs[i] not in heavy}
    whole = nested(text.coded, pairs, light)
    content = MixedContent(element)
    for index, (before, code, native) in enumerate(runs(text)):
        content.text(before)
        if code is None:
            break
        if index in whole:
            content.open(f"{{{ns}}}g", _said_12(code, native, "g"))
        elif pairs.get(index) in whole:
            content.close()
        else:
            name = _element_12(code, native, paired=index in pairs, heavy=index in pairs and index not in light)
            child = content.add(f"{{{ns}}}{name}", _said_12(code, native, name))
            for part in native.content if native else ():
                if isinstance(part, str) and name in {*_WITH_CONTENT, "ph"}:
                    put_text(child, xml_text(part))


def _element_12(code: InlineCode, native: NativeCode | None, *, paired: bool, heavy: bool) -> str:
    if code.kind is CodeKind.SINGLE:
        return native.element if native and native.element in {"x", "ph"} else "x"
    if native and native.element == "it":
        return "it"
    if not paired:
        return "it"
    opens = code.kind is CodeKind.OPEN
    if heavy:
        return "bpt" if opens else "ept"
    return "bx" if opens else "ex"


def _said_12(code: InlineCode, native: NativeCode | None, element: str) -> dict[str, str]:
    if native is None:
        return _own_12(code, element)
    if native.element == element:
        return dict(native.attributes)
    said = {name: value for name, value in native.attributes if name in {"id", "rid", "ctype"}}
    own = {name: value for name, value in _own_12(code, element).items() if name in {"id", "rid", "pos"}}
    return own | said
