"""XLIFF packages: a translated document to any translation program, and what came back.

`read_package` tells the version; `write_package` writes 1.2 or 2.1; `fill_package` puts targets into a file that
another program made and leaves everything else of it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from lxml import etree

from langsupport.domain.interchange import InterchangeText, Package, PackagedSegment
from langsupport.domain.units import CodedText
from langsupport.errors import DamagedFile, UnsupportedFormat
from langsupport.formats.interchange import xliff2, xliff12
from langsupport.formats.interchange.safe_xml import line_of, local, namespace, parse_tree
from langsupport.formats.interchange.xliff_codes import fill_2, fill_12, unit_codes
from langsupport.formats.interchange.xliff_parts import child, children

Version = Literal["1.2", "2.1"]


def read_package(data: bytes, name: str) -> Package:
    """A package as data; `findings` name the inline elements that could not be understood.

    Raises:
        UnsupportedFormat: XML, but no XLIFF, or a version that is not known.
        DamagedFile: no file in it, a unit without an id; broken XML, with the line.
        EmptyInput, HostileFile, InputTooLarge: as `safe_xml.parse_tree`.
    """
    root = parse_tree(data, name)
    version = _version(root, name)
    if not children(root, "file"):
        raise DamagedFile(name=name, detail=f"line {line_of(root)}: this XLIFF holds no <file>")
    if version == "1.2":
        return xliff12.read_12(root, name)
    for unit in xliff2.units_2(root):
        if not unit.get("id"):
            raise DamagedFile(name=name, detail=f"line {line_of(unit)}: this unit has no id")
    return xliff2.read_2(root, name)


def _version(root: etree._Element, name: str) -> Version:
    said = root.get("version", "")
    known = f"{namespace(root)} {said}"
    if local(root) == "xliff":
        if "document:2." in known or said.startswith("2."):
            return "2.1"
        if "document:1." in known or said.startswith("1."):
            return "1.2"
    found = f"XLIFF {said}".strip() if local(root) == "xliff" else f"<{local(root)}>"
    raise UnsupportedFormat(name=f"{name} (it is {found})", supported="XLIFF 1.0 to 1.2 and 2.0 to 2.2")


def write_package(package: Package, version: Version) -> bytes:
    """The package as UTF-8. 1.2 has no place for gaps (left out) and glossary entries (written as notes)."""
    root = xliff12.write_12(package) if version == "1.2" else xliff2.write_2(package)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def fill_package(data: bytes, name: str, edited: Mapping[tuple[str, str], PackagedSegment]) -> bytes:
    """The same file with targets and states put in by (unit id, segment id); everything else stays as it is.

    With nothing edited the result is canonically identical. Segments that the file does not hold are passed over.
    Raises: as `read_package`.
    """
    package = read_package(data, name)
    root = parse_tree(data, name)
    before = package.by_segment()
    changed = {key: segment for key, segment in edited.items() if key in before and segment != before[key]}
    if _version(root, name) == "1.2":
        for place in xliff12.places_12(root):
            segment = changed.get((place.unit_id, place.segment_id))
            if segment is not None:
                _fill_12(place, segment, before[place.unit_id, place.segment_id])
    else:
        for spot in xliff2.places_2(root):
            segment = changed.get((spot.unit_id, spot.segment_id))
            if segment is not None:
                _fill_2(spot.element, segment, before[spot.unit_id, spot.segment_id], package)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")


def _dressed(segment: PackagedSegment, before: PackagedSegment) -> InterchangeText | None:
    target = segment.target
    return target if target is None or target.natives else before.source.dressed(target.coded)


def _emptied(parent: etree._Element, found: etree._Element | None, after: etree._Element | None) -> etree._Element:
    """The target element, without content; made after the source where there is none."""
    if found is None:
        source = after if after is not None else parent[0]
        found = etree.Element(etree.QName(namespace(parent) or None, "target"))
        found.tail, source.tail = source.tail, "\n"
        source.addnext(found)
    for inner in list(found):
        found.remove(inner)
    found.text = None
    return found


def _fill_12(place: xliff12.Place, segment: PackagedSegment, before: PackagedSegment) -> None:
    text = _dressed(segment, before)
    if text is None:
        return
    ns = namespace(place.element)
    source, found = xliff12.texts_12(place)
    if place.part is not None and found is None:
        found = _new_mark(place, ns)
    target = _emptied(place.element, found, source)
    fill_12(target, text, ns)
    holder = child(place.element, "target")
    assert holder is not None
    xliff12.put_state_12(place.element, holder, segment)


def _new_mark(place: xliff12.Place, ns: str) -> etree._Element:
    holder = child(place.element, "target")
    if holder is None:
        holder = _emptied(place.element, None, child(place.element, "seg-source"))
    return etree.SubElement(holder, etree.QName(ns or None, "mrk"), mtype="seg", mid=place.part or "")


def _fill_2(element: etree._Element, segment: PackagedSegment, before: PackagedSegment, package: Package) -> None:
    text = _dressed(segment, before)
    xliff2.put_state_2(element, segment)
    if text is None:
        return
    unit = element.getparent()
    unit_id = "" if unit is None else unit.get("id", "")
    sources: list[CodedText] = [p.source.coded for one in package.units if one.id == unit_id for p in one.parts]
    fill_2(
        _emptied(element, child(element, "target"), child(element, "source")),
        text,
        unit_codes(sources),
        namespace(element),
    )
