"""TMX 1.4b, read and written unit by unit: a gigabyte of memory needs no more room than its largest unit.

Reading takes what older versions and careless programs write too (`lang` for `xml:lang`, `ut`, no DOCTYPE, tags in
any case). Comments and the order of notes among properties are not kept; everything else is.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Literal

from lxml import etree

from langsupport.domain.interchange import (
    Attributes,
    CharacterMap,
    MemoryHeader,
    MemoryUnit,
    MemoryVariant,
    Provenance,
    Remark,
)
from langsupport.errors import DamagedFile, UnsupportedFormat
from langsupport.formats.interchange.safe_xml import XML_LANG, line_of, local, opened, stream, xml_text
from langsupport.formats.interchange.tmx_codes import SegmentReader, fill_segment

_DATE = "%Y%m%dT%H%M%SZ"
_PEOPLE = {"creationid": "created_by", "changeid": "changed_by"}
_PEOPLE |= {"creationtool": "tool", "creationtoolversion": "tool_version"}
_DATES = {"creationdate": "created", "changedate": "changed", "lastusagedate": "last_used"}
_HEADER = {
    "srclang": "source_language",
    "adminlang": "admin_language",
    "segtype": "segmentation",
    "datatype": "data_type",
    "o-tmf": "memory_format",
}


def read_memory(data: bytes | BinaryIO, name: str) -> tuple[MemoryHeader, Iterator[MemoryUnit]]:
    """The header at once, the units as they are asked for; the file has to stay open meanwhile.

    A unit says in `findings` which of its codes were broken. Errors may come with any unit: those before it are good.

    Raises:
        UnsupportedFormat: XML, but no TMX. DamagedFile: a text without a language or a `seg`; what `safe_xml` says.
        EmptyInput, HostileFile, InputTooLarge: as `safe_xml.stream`.
    """
    elements = stream(opened(data), name, ("header", "tu"))
    first = next(elements)
    if local(first) != "header":
        if local(first) == "tu":
            raise DamagedFile(name=name, detail=f"line {line_of(first)}: its first unit comes before any header")
        _check_root(first, name)
        return MemoryHeader(), iter(())
    root = first.getparent()
    _check_root(first if root is None else root, name)
    return _header(first), _units(elements, name)


def _check_root(root: etree._Element, name: str) -> None:
    if local(root) != "tmx":
        raise UnsupportedFormat(name=f"{name} (its first element is <{local(root)}>, not <tmx>)", supported="TMX 1.4b")


def _units(elements: Iterator[etree._Element], name: str) -> Iterator[MemoryUnit]:
    for element in elements:
        if local(element) == "tu":
            yield _unit(element, name)


def _header(element: etree._Element) -> MemoryHeader:
    provenance, rest = _provenance(element)
    named = {field: element.get(attribute, "") for attribute, field in _HEADER.items()}
    notes, properties = _remarks(element)
    encodings = tuple(
        CharacterMap(_attributes(ude), tuple(_attributes(map) for map in ude if local(map) == "map"))
        for ude in element
        if local(ude) == "ude"
    )
    others = tuple(pair for pair in rest if pair[0] not in _HEADER)
    return MemoryHeader(
        **named, provenance=provenance, notes=notes, properties=properties, encodings=encodings, attributes=others
    )


def _unit(element: etree._Element, name: str) -> MemoryUnit:
    reader = SegmentReader(element.get("tuid"))
    provenance, rest = _provenance(element)
    variants = tuple(_variant(child, reader, name) for child in element if local(child) == "tuv")
    if not variants:
        raise DamagedFile(name=name, detail=f"line {line_of(element)}: this unit (tu) holds no text (tuv)")
    notes, properties = _remarks(element)
    return MemoryUnit(
        variants,
        element.get("tuid", ""),
        element.get("srclang", ""),
        provenance,
        notes,
        properties,
        tuple(pair for pair in rest if pair[0] not in {"tuid", "srclang"}),
        tuple(reader.findings),
    )


def _variant(element: etree._Element, reader: SegmentReader, name: str) -> MemoryVariant:
    language = element.get(XML_LANG) or element.get("lang") or ""
    if not language.strip():
        detail = f"line {line_of(element)}: this text (tuv) does not say its language (xml:lang)"
        raise DamagedFile(name=name, detail=detail)
    seg = next((child for child in element if local(child) == "seg"), None)
    if seg is None:
        raise DamagedFile(name=name, detail=f"line {line_of(element)}: this text (tuv) has no seg")
    provenance, rest = _provenance(element)
    notes, properties = _remarks(element)
    others = tuple(pair for pair in rest if pair[0] not in {XML_LANG, "lang"})
    return MemoryVariant(language.strip(), reader.read(seg), provenance, notes, properties, others)


def _attributes(element: etree._Element) -> Attributes:
    return tuple((str(name), str(value)) for name, value in element.attrib.items())


def _remarks(element: etree._Element) -> tuple[tuple[Remark, ...], tuple[Remark, ...]]:
    """The notes and the properties that stand directly in an element."""
    notes = [Remark(child.text or "", "", _attributes(child)) for child in element if local(child) == "note"]
    properties = [
        Remark(
            child.text or "",
            child.get("type", ""),
            tuple(pair for pair in _attributes(child) if pair[0] != "type"),
        )
        for child in element
        if local(child) == "prop"
    ]
    return tuple(notes), tuple(properties)


def _provenance(element: etree._Element) -> tuple[Provenance, Attributes]:
    """What its attributes say of its making, and the attributes that say other things (or nothing readable)."""
    texts: dict[str, str] = {}
    dates: dict[str, datetime] = {}
    used: int | None = None
    rest: list[tuple[str, str]] = []
    for name, value in _attributes(element):
        date = _date(value) if name in _DATES else None
        if name in _PEOPLE:
            texts[_PEOPLE[name]] = value
        elif date is not None:
            dates[_DATES[name]] = date
        elif name == "usagecount" and value.isascii() and value.isdecimal() and str(int(value[:9])) == value:
            used = int(value)
        else:
            rest.append((name, value))
    made = Provenance(
        dates.get("created"),
        texts.get("created_by", ""),
        dates.get("changed"),
        texts.get("changed_by", ""),
        dates.get("last_used"),
        used,
        texts.get("tool", ""),
        texts.get("tool_version", ""),
    )
    return made, tuple(rest)


def _date(value: str) -> datetime | None:
    """None where it is not written exactly as we would write it: such a value is kept as it is."""
    try:
        date = datetime.strptime(value, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
    return date if _date_text(date) == value else None


def _date_text(date: datetime) -> str:
    utc = date.astimezone(UTC)
    return f"{utc.year:04}{utc:%m%dT%H%M%SZ}"


def write_memory(
    target: BinaryIO,
    header: MemoryHeader,
    units: Iterable[MemoryUnit],
    encoding: Literal["utf-8", "utf-16"] = "utf-8",
) -> int:
    """Write a TMX 1.4b file, unit by unit. Returns how many units were written.

    Characters that XML cannot hold (controls) are left out. Dates without a zone are taken as local time.
    """
    encoder = codecs.getincrementalencoder(encoding)()

    def put(text: str) -> None:
        target.write(encoder.encode(text))

    put(f'<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n')
    put(_written(_header_element(header)) + "\n<body>\n")
    count = 0
    for unit in units:
        put(_written(_unit_element(unit)) + "\n")
        count += 1
    put("</body>\n</tmx>\n")
    return count


def _written(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")


def _header_element(header: MemoryHeader) -> etree._Element:
    element = etree.Element("header")
    _put_provenance(element, header.provenance)
    for attribute, field in _HEADER.items():
        if value := getattr(header, field):
            element.set(attribute, xml_text(value))
    _put(element, header.attributes)
    _put_remarks(element, header.notes, header.properties)
    for ude in header.encodings:
        child = etree.SubElement(element, "ude")
        _put(child, ude.attributes)
        for map in ude.maps:
            _put(etree.SubElement(child, "map"), map)
    return element


def _unit_element(unit: MemoryUnit) -> etree._Element:
    element = etree.Element("tu")
    for name, value in (("tuid", unit.id), ("srclang", unit.source_language)):
        if value:
            element.set(name, xml_text(value))
    _put_provenance(element, unit.provenance)
    _put(element, unit.attributes)
    _put_remarks(element, unit.notes, unit.properties)
    for variant in unit.variants:
        child = etree.SubElement(element, "tuv")
        child.set(XML_LANG, xml_text(variant.language))
        _put_provenance(child, variant.provenance)
        _put(child, variant.attributes)
        _put_remarks(child, variant.notes, variant.properties)
        fill_segment(etree.SubElement(child, "seg"), variant.text)
        child.tail = "\n"
    return element


def _put(element: etree._Element, attributes: Attributes) -> None:
    for name, value in attributes:
        element.set(name, xml_text(value))


def _put_provenance(element: etree._Element, made: Provenance) -> None:
    for attribute, field in _PEOPLE.items():
        if value := getattr(made, field):
            element.set(attribute, xml_text(value))
    for attribute, field in _DATES.items():
        date: datetime | None = getattr(made, field)
        if date is not None:
            element.set(attribute, _date_text(date))
    if made.used is not None:
        element.set("usagecount", str(made.used))


def _put_remarks(element: etree._Element, notes: Iterable[Remark], properties: Iterable[Remark]) -> None:
    for remark in (*notes, *properties):
        child = etree.SubElement(element, "prop" if remark.name else "note")
        if remark.name:
            child.set("type", xml_text(remark.name))
        _put(child, remark.attributes)
        child.text = xml_text(remark.text)
