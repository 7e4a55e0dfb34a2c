"""The note that says what a rendition is: a small line at the top of the first page, and the file's properties."""

from __future__ import annotations

from lxml import etree

from langsupport.domain.languages import LANGUAGES
from langsupport.formats.base import Mark, clean
from langsupport.formats.docx.ooxml import XML_SPACE, Element, child, descendants, sibling_name, tag
from langsupport.formats.docx.package import Package

_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_CORE_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_HALF_POINTS = "16"
_FROM_TOP_TWIPS = "200"
_HAIRLINE_TWIPS = "20"
_GREY = "595959"
CORE_KINDS = ("core-properties", "coreProperties")


def put_mark(package: Package, mark: Mark, target: str) -> None:
    """Write the mark's text before everything else in the body and its state into the properties."""
    body = child(package.root(package.main), "w:body")
    if body is not None:
        rtl = LANGUAGES[target].direction == "rtl"
        if _begins_with_table(body):
            body.insert(0, _hairline(body, rtl=rtl))
        body.insert(0, _line(body, clean(mark.text), rtl=rtl))
    parts = package.related("", *CORE_KINDS)
    if parts:
        _set_state(package.root(parts[0]), clean(mark.state))
    else:
        core = etree.Element(f"{{{_CORE}}}coreProperties", nsmap={"cp": _CORE})
        _set_state(core, clean(mark.state))
        data = etree.tostring(core, xml_declaration=True, encoding="UTF-8", standalone=True)
        package.add("docProps/core.xml", data, _CORE_TYPE, _CORE_RELATION)


def _begins_with_table(body: Element) -> bool:
    first = next(descendants(body, "w:p", "w:tbl"), None)
    return first is not None and tag(first) == "w:tbl"


def _line(body: Element, text: str, *, rtl: bool) -> Element:
    """A paragraph with the text, small and grey, in a frame in the top margin: no line of the page moves."""
    paragraph = body.makeelement(sibling_name(body, "p"))
    properties = _make(paragraph, "pPr")
    edge = "right" if rtl else "left"
    _make(properties, "framePr", wrap="around", vAnchor="page", hAnchor="margin", xAlign=edge, y=_FROM_TOP_TWIPS)
    if rtl:
        _make(properties, "bidi")
    _make(properties, "spacing", before="0", after="0", line="240", lineRule="auto")
    _make(properties, "ind", left="0", firstLine="0")
    run = _make(paragraph, "r")
    look = _make(run, "rPr")
    _make(look, "color", val=_GREY)
    _make(look, "sz", val=_HALF_POINTS)
    _make(look, "szCs", val=_HALF_POINTS)
    if rtl:
        _make(look, "rtl")
    element = _make(run, "t")
    element.text = text
    element.set(XML_SPACE, "preserve")
    return paragraph


def _hairline(body: Element, *, rtl: bool) -> Element:
    """An empty paragraph one point high. LibreOffice loses a frame that has only a table to hold on to."""
    paragraph = body.makeelement(sibling_name(body, "p"))
    properties = _make(paragraph, "pPr")
    if rtl:
        _make(properties, "bidi")
    _make(properties, "spacing", before="0", after="0", line=_HAIRLINE_TWIPS, lineRule="exact")
    _make(_make(properties, "rPr"), "sz", val="2")
    return paragraph


def _make(parent: Element, local: str, **attributes: str) -> Element:
    element = etree.SubElement(parent, sibling_name(parent, local))
    for key, value in attributes.items():
        element.set(sibling_name(parent, key), value)
    return element


def _set_state(core: Element, state: str) -> None:
    status = f"{{{_CORE}}}contentStatus"
    keywords = f"{{{_CORE}}}keywords"
    for name, joined in ((status, False), (keywords, True)):
        element = next((one for one in core if one.tag == name), None)
        if element is None:
            element = etree.SubElement(core, name)
        old = (element.text or "").strip()
        element.text = f"{old}; {state}" if joined and old else state
