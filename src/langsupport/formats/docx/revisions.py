"""Tracked changes: the final view. Insertions stay, deletions go, old properties go (ECMA-376 part 1, 17.13.5)."""

from __future__ import annotations

from langsupport.formats.docx.ooxml import Element, child, descendants, get, remove, sibling_name, tag, unwrap

_CHANGES = tuple(
    f"w:{name}Change" for name in ("pPr", "rPr", "sectPr", "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "numbering")
)
_RANGES = tuple(
    f"w:{name}{edge}"
    for name in (
        "moveFromRange", "moveToRange", "customXmlInsRange", "customXmlDelRange", "customXmlMoveFromRange",
        "customXmlMoveToRange",
    )
    for edge in ("Start", "End")
)  # fmt: skip
_PROPERTIES = ("w:rPr", "w:trPr", "w:tcPr", "w:pPr", "w:numPr", "w:ctrlPr", "m:ctrlPr")


def drop_go_back(root: Element) -> None:
    """Take out Word's bookmark of the place last edited, which would cut sentences in two."""
    places = [one for one in descendants(root, "w:bookmarkStart") if get(one, "name") == "_GoBack"]
    numbers = {get(one, "id") for one in places}
    if places:
        for one in [*places, *(end for end in descendants(root, "w:bookmarkEnd") if get(end, "id") in numbers)]:
            remove(one)


def accept(root: Element) -> int:
    """Make a part its own final view in place.

    Returns:
        How many insertions, deletions, moves and changes of formatting there were.
    """
    found = sum(
        1 for _ in descendants(root, "w:ins", "w:del", "w:moveFrom", "w:moveTo", "w:cellIns", "w:cellDel", *_CHANGES)
    )
    if not found:
        return 0
    _accept_table_marks(root)
    _join_paragraphs(root)
    for element in descendants(root, "w:del", "w:moveFrom", "w:ins", "w:moveTo", *_CHANGES, *_RANGES):
        parent = element.getparent()
        if parent is None:
            continue
        if tag(element) in {"w:ins", "w:moveTo"} and tag(parent) not in _PROPERTIES:
            unwrap(element)
        else:
            remove(element)
    _refill(root)
    return found


def _accept_table_marks(root: Element) -> None:
    for mark in descendants(root, "w:del", "w:moveFrom", "w:cellDel"):
        parent = mark.getparent()
        if parent is None or tag(parent) not in {"w:trPr", "w:tcPr"}:
            continue
        target = parent.getparent()
        if target is not None and target.getparent() is not None:
            remove(target)
    for mark in descendants(root, "w:cellIns", "w:cellMerge"):
        remove(mark)
    for table in descendants(root, "w:tbl"):
        if child(table, "w:tr") is None and not any(True for _ in descendants(table, "w:tr")):
            remove(table)


def _join_paragraphs(root: Element) -> None:
    """A paragraph whose end was deleted runs on into the next one, whose properties win."""
    for paragraph in reversed(list(descendants(root, "w:p"))):
        marks = child(child(paragraph, "w:pPr"), "w:rPr")
        if child(marks, "w:del") is None and child(marks, "w:moveFrom") is None:
            continue
        following = paragraph.getnext()
        while following is not None and tag(following) in _RANGES:
            following = following.getnext()
        if following is None or tag(following) != "w:p":
            continue
        content = [one for one in paragraph if tag(one) != "w:pPr"]
        start = 0 if child(following, "w:pPr") is None else 1
        following[start:start] = content
        remove(paragraph)


def _refill(root: Element) -> None:
    """Cells, notes and text boxes that lost their last paragraph get an empty one: the schema wants it."""
    for container in descendants(root, "w:tc", "w:footnote", "w:endnote", "w:txbxContent"):
        if not any(tag(one) in {"w:p", "w:tbl", "w:sdt", "w:customXml"} for one in container):
            container.append(container.makeelement(sibling_name(container, "p")))
