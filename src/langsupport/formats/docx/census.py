"""What a Word document holds that a translation must not lose, counted; and faults that programs refuse a file for."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from langsupport.formats.docx.mark import CORE_KINDS
from langsupport.formats.docx.ooxml import ORDERS, Element, descendants, get, tag
from langsupport.formats.docx.package import Package
from langsupport.formats.docx.revisions import accept
from langsupport.formats.docx.units import text_parts

_NAMES = {
    "w:tbl": "tables",
    "w:tr": "table rows",
    "w:tc": "table cells",
    "w:drawing": "images",
    "w:pict": "images",
    "w:object": "images",
    "w:footnoteReference": "note references",
    "w:endnoteReference": "note references",
    "w:footnote": "notes",
    "w:endnote": "notes",
    "w:fldSimple": "fields",
    "w:hyperlink": "links",
    "w:sectPr": "sections",
    "w:commentReference": "comments",
    "m:oMath": "formulas",
    "fields": "fields",
    "parts": "parts",
    "misplaced": "misplaced elements",
}


def census(package: Package) -> Counter[str]:
    """Parts and things in them in the document's final view, and elements that stand where the schema forbids it.

    Raises: DamagedFile: a part is missing or not well-formed.
    """
    found: Counter[str] = Counter()
    core = set(package.related("", *CORE_KINDS))
    for part in package:
        if part not in core:
            found[_NAMES["parts"]] += 1
        if part.endswith((".xml", ".rels")):
            package.root(part)
    for part in text_parts(package):
        root = package.root(part)
        accept(root)
        for element in root.iter("{*}*"):
            if (name := tag(element)) in _NAMES:
                found[_NAMES[name]] += 1
        begins = (one for one in descendants(root, "w:fldChar") if get(one, "fldCharType") == "begin")
        found[_NAMES["fields"]] += sum(1 for _ in begins)
        found[_NAMES["misplaced"]] += sum(map(_out_of_order, descendants(root, *ORDERS)))
    return +found


def _out_of_order(properties: Element) -> int:
    """How often a child of a property element stands behind one that the schema wants after it."""
    order = ORDERS[tag(properties)]
    names = [tag(child).removeprefix("w:") for child in properties]
    ranks = [order.index(name) for name in names if name in order]
    return sum(later < earlier for earlier, later in pairwise(ranks))
