"""Names of WordprocessingML: one spelling for the Transitional and the Strict namespaces, and the order of children.

Elements are spoken of as `w:p` whatever namespace the file uses (ECMA-376 part 1 is Strict, part 4 Transitional).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

Element = etree._Element

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
}

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@lru_cache(maxsize=4096)
def _spell(tag: str) -> str:
    namespace, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    prefix = _PREFIXES.get(namespace, "?" if namespace else "")
    return f"{prefix}:{local}" if prefix else local


def tag(element: Element | None) -> str:
    """`w:p` for a paragraph; `?:x` for unknown namespaces, `` for comments, processing instructions and None."""
    name = None if element is None else element.tag
    return _spell(name) if isinstance(name, str) else ""


def namespace(element: Element) -> str:
    return etree.QName(element).namespace or ""


def sibling_name(element: Element, local: str) -> str:
    """The full name of `local` in the element's own namespace."""
    return f"{{{namespace(element)}}}{local}"


def get(element: Element, local: str) -> str | None:
    """An attribute of the element's own namespace: `val` for w:val."""
    value = element.get(sibling_name(element, local))
    return None if value is None else str(value)


def put(element: Element, local: str, value: str) -> None:
    element.set(sibling_name(element, local), value)


def drop(element: Element, local: str) -> None:
    name = sibling_name(element, local)
    if name in element.attrib:
        del element.attrib[name]


def child(element: Element | None, name: str) -> Element | None:
    """The first child called `w:pPr`."""
    if element is None:
        return None
    return next((one for one in element if tag(one) == name), None)


def children(element: Element, name: str) -> list[Element]:
    return [one for one in element if tag(one) == name]


def descendants(root: Element, *names: str) -> Iterator[Element]:
    """All elements in the tree called one of `names`, in document order. The tree may be changed while going on."""
    wanted = set(names)
    return iter([one for one in root.iter(etree.Element) if tag(one) in wanted])


def ancestor(element: Element, *names: str) -> Element | None:
    return next((one for one in element.iterancestors() if tag(one) in names), None)


def is_on(element: Element | None) -> bool:
    """A toggle such as w:b: present and not switched off."""
    return element is not None and (get(element, "val") or "true") not in {"0", "false", "off", "none"}


def remove(element: Element) -> None:
    """Take an element out; text behind it is white space in these files and goes too."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def unwrap(element: Element) -> None:
    """Put an element's children in its place."""
    parent = element.getparent()
    assert parent is not None
    index = parent.index(element)
    parent[index : index + 1] = list(element)


_ORDER_OF = {
    "w:pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs
        suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd
        snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment
        textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange""",
    "w:rPr": """ins del moveFrom moveTo rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss
        imprint noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd
        fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath""",
    "w:tblPr": """tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing
        tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange""",
    "w:sectPr": """headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType
        pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings
        sectPrChange""",
}
ORDERS = {name: tuple(order.split()) for name, order in _ORDER_OF.items()}
"""Order of children: CT_PPr, CT_RPr, CT_TblPr, CT_SectPr (ECMA-376 part 1, 17.3 and 17.4, 17.6)."""


def ensure(parent: Element, local: str) -> Element:
    """The child w:`local` of a property element, made at the place that the schema wants if it isn't there."""
    existing = child(parent, f"w:{local}")
    if existing is not None:
        return existing
    order = ORDERS[tag(parent)]
    new = etree.Element(sibling_name(parent, local))
    rank = order.index(local)
    for index, one in enumerate(parent):
        prefix, _, other = tag(one).partition(":")
        if prefix != "w" or (other in order and order.index(other) > rank):
            parent.insert(index, new)
            return new
    parent.append(new)
    return new


def ensure_first(parent: Element, local: str) -> Element:
    """The properties child (pPr, rPr, tblPr), which stands first."""
    existing = child(parent, f"w:{local}")
    if existing is not None:
        return existing
    new = etree.Element(sibling_name(parent, local))
    parent.insert(0, new)
    return new
