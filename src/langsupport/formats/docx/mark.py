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
_GREY = "595959"
CORE_KINDS = ("core-properties", "coreProperties")


def put_mark(package: Package, mark: Mark, target: str) -> None:
    """Write the mark's text before everything else in the body and its state into the properties."""
    body = child(package.root(package.main), "w:body")
    if body is not None:
        rtl = LANGUAGES[target].direction == "rtl"
        body.insert(0, _line(body, clean(mark.text), rtl=rtl, framed=not _begins_with_table(body)))
    parts = package.related("", *CORE_KINDS)
    if parts:
        _set_state(package.root(parts[0]), clean(mark.state))
    else:
        core = etree.Element(f"{{{_CORE}}}coreProperties", nsmap={"cp": _CORE})
        _set_state(core, clean(mark.state))
        data = etree.tostring(core, xml_declaration=True, encoding="UTF-8", standalone=True)
        package.add("docProps/core.xml", data, _CORE_TYPE, _CORE_RELATION)


def _begins_with_table(body: Element) -> bool:
    """LibreOffice loses a framed paragraph that is followed by a table."""
    first = next(descendants(body, "w:p", "w:tbl"), None)
    return first is not None and tag(first) == "w:tbl"


def _line(body: Element, text: str, *, rtl: bool, framed: bool) -> Element:
    """A paragraph with the text, small and grey. `framed` in the top margin, so that no line of the page moves."""

    def make(parent: Element, local: str, **attributes: str) -> Element:
        element = etree.SubElement(parent, sibling_name(body, local))
        for key, value in attributes.items():
            element.set(sibling_name(body, key), value)
        return element

    paragraph = body.makeelement(sibling_name(body, "p"))
    properties = make(paragraph, "pPr")
    if framed:
        edge = "right" if rtl else "left"
        make(properties, "framePr", wrap="around", vAnchor="page", hAnchor="margin", xAlign=edge, y=_FROM_TOP_TWIPS)
    if rtl:
        make(properties, "bidi")
    make(properties, "spacing", before="0", after="0", line="240", lineRule="auto")
    make(properties, "ind", left="0", firstLine="0")
    run = make(paragraph, "r")
    look = make(run, "rPr")
    make(look, "color", val=_GREY)
    make(look, "sz", val=_HALF_POINTS)
    make(look, "szCs", val=_HALF_POINTS)
    if rtl:
        make(look, "rtl")
    element = make(run, "t")
    element.text = text
    element.set(XML_SPACE, "preserve")
    return paragraph


def _set_state(core: Element, state: str) -> None:
    status = f"{{{_CORE}}}contentStatus"
    keywords = f"{{{_CORE}}}keywords"
    for name, joined in ((status, False), (keywords, True)):
        element = next((one for one in core if one.tag == name), None)
        if element is None:
            element = etree.SubElement(core, name)
        old = (element.text or "").strip()
        element.text = f"{old}; {state}" if joined and old else state
