"""XLIFF 2.1 (OASIS, 2018) written; 2.0, 2.1 and 2.2 read: core, candidates (mtc), glossary (gls).

Where a target came from (machine, memory, person) stands in `subState`, as `ls:mt`. Whatever else a file's modules
hold is not read, and `xliff.fill_package` leaves it where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from langsupport.domain.findings import Finding
from langsupport.domain.interchange import (
    InterchangeText,
    Package,
    PackagedGap,
    PackagedMatch,
    PackagedSegment,
    PackagedTerm,
    PackagedUnit,
    PackageNote,
)
from langsupport.domain.units import Origin, State
from langsupport.formats.interchange.safe_xml import XML_SPACE, line_of, local, xml_text
from langsupport.formats.interchange.xliff_codes import PREFIX, InlineReader, UnitCodes, fill_2, unit_codes
from langsupport.formats.interchange.xliff_parts import (
    child,
    children,
    number,
    number_text,
    said_target,
)

NS = "urn:oasis:names:tc:xliff:document:2.0"
MTC = "urn:oasis:names:tc:xliff:matches:2.0"
GLS = "urn:oasis:names:tc:xliff:glossary:2.0"
OURS = "urn:langsupport:interchange"
"""Of our one attribute: the segment that a note is about, for which XLIFF 2.1 has none (2.2 has `ref`)."""
_NSMAP: dict[str, str] = {None: NS, "mtc": MTC, "gls": GLS, PREFIX: OURS}  # type: ignore[dict-item]
_SEGMENT = f"{{{OURS}}}segment"
_FINGERPRINT = "fingerprint"
_MATCH_TYPES = {Origin.MACHINE: "mt", Origin.EXACT: "tm", Origin.FUZZY: "tm", Origin.CONTEXT: "icm"}
_MATCH_ORIGINS = {"mt": Origin.MACHINE, "icm": Origin.CONTEXT, "idm": Origin.CONTEXT}


@dataclass(frozen=True, slots=True)
class Place:
    """A segment of a file and where it stands."""

    unit_id: str
    segment_id: str
    element: etree._Element


def units_2(root: etree._Element) -> Iterator[etree._Element]:
    return (one for one in root.iter() if local(one) == "unit")


def places_2(root: etree._Element) -> Iterator[Place]:
    """All segments in order; one without an id gets its number in the unit."""
    for unit in units_2(root):
        for count, segment in enumerate(children(unit, "segment"), 1):
            yield Place(unit.get("id", ""), segment.get("id") or f"s{count}", segment)


def read_2(root: etree._Element, name: str) -> Package:
    findings: list[Finding] = []
    units = tuple(_unit(element, findings) for element in units_2(root))
    file = children(root, "file")[0]
    notes = child(file, "notes")
    said = [] if notes is None else children(notes, "note")
    fingerprint = next((note.text or "" for note in said if note.get("category") == _FINGERPRINT), "")
    return Package(
        file.get("original", ""),
        root.get("srcLang", ""),
        root.get("trgLang", ""),
        units,
        fingerprint,
        tuple(findings),
    )


def _unit(element: etree._Element, findings: list[Finding]) -> PackagedUnit:
    id = element.get("id", "")
    reader = InlineReader("2", id)
    ids = iter([place.segment_id for place in places_2(element)])
    notes, matches = _notes(element), _matches(element)
    parts: list[PackagedSegment | PackagedGap] = []
    for part in element:
        if local(part) == "segment":
            segment_id = next(ids)
            first = not any(isinstance(one, PackagedSegment) for one in parts)
            parts.append(_segment(part, segment_id, reader, notes, matches, first=first))
        elif local(part) == "ignorable":
            source = child(part, "source")
            parts.append(PackagedGap(InterchangeText() if source is None else reader.read(source)))
    findings += reader.findings
    file = next((one for one in element.iterancestors() if local(one) == "file"), element)
    kind = element.get("type", "").removeprefix(f"{PREFIX}:")
    return PackagedUnit(
        id,
        tuple(parts),
        element.get("name", ""),
        kind,
        _terms(element),
        file.get("original", ""),
        _translatable(element),
    )


def _translatable(element: etree._Element) -> bool:
    """The nearest `translate` decides."""
    said = (one.get("translate") for one in (element, *element.iterancestors()))
    return next((value for value in said if value), "yes") != "no"


def _segment(
    element: etree._Element,
    id: str,
    reader: InlineReader,
    notes: list[tuple[str, PackageNote]],
    matches: list[tuple[str, PackagedMatch]],
    *,
    first: bool,
) -> PackagedSegment:
    reader.comments.clear()
    source_element, target_element = child(element, "source"), child(element, "target")
    source = InterchangeText() if source_element is None else reader.read(source_element)
    target = said_target(source, None if target_element is None else reader.read(target_element))
    comments = [PackageNote(text, "", "comment") for text in reader.comments]
    refs = {id, ""} if first else {id}
    return PackagedSegment(
        id,
        source,
        target,
        _state(element) if target is not None else State.INITIAL,
        _origin(element.get("subState", "")) if target is not None else None,
        (*(note for ref, note in notes if ref in refs), *comments),
        tuple(match for ref, match in matches if ref in refs),
        line_of(element),
    )


def _state(element: etree._Element) -> State:
    said = element.get("state", "")
    return State(said) if said in set(State) else State.INITIAL


def _origin(said: str) -> Origin | None:
    value = said.removeprefix(f"{PREFIX}:")
    return Origin(value) if said != value and value in set(Origin) else None


def _ref(element: etree._Element) -> str:
    """The id in the unit that a note or match is about; empty: the whole unit."""
    return element.get("ref", "").rpartition("#")[2].rpartition("/")[2]


def _notes(unit: etree._Element) -> list[tuple[str, PackageNote]]:
    holder = child(unit, "notes")
    ids = {one.get("id") for one in children(unit, "segment")}
    result = []
    for note in [] if holder is None else children(holder, "note"):
        ref = note.get(_SEGMENT) or _ref(note)
        category, _, author = note.get("category", "").partition(":")
        text = "".join(map(str, note.itertext()))
        result.append((ref if ref in ids else "", PackageNote(text, author, category)))
    return result


def _matches(unit: etree._Element) -> list[tuple[str, PackagedMatch]]:
    holder = child(unit, "matches")
    ids = {one.get("id") for one in children(unit, "segment")}
    result = []
    for match in [] if holder is None else children(holder, "match"):
        reader = InlineReader("2")
        source, target = child(match, "source"), child(match, "target")
        ref = _ref(match)
        found = PackagedMatch(
            InterchangeText() if source is None else reader.read(source),
            InterchangeText() if target is None else reader.read(target),
            number(match.get("similarity") or match.get("matchQuality")),
            match.get("origin", ""),
            _origin(match.get("subType", "")) or _MATCH_ORIGINS.get(match.get("type", "")),
        )
        result.append((ref if ref in ids else "", found))
    return result


def _terms(unit: etree._Element) -> tuple[PackagedTerm, ...]:
    holder = child(unit, "glossary")
    result = []
    for entry in [] if holder is None else children(holder, "glossEntry"):
        term, definition = child(entry, "term"), child(entry, "definition")
        result.append(
            PackagedTerm(
                "" if term is None else term.text or "",
                tuple(one.text or "" for one in children(entry, "translation")),
                "" if definition is None else definition.text or "",
                "" if term is None else term.get("source", ""),
            )
        )
    return tuple(result)


def write_2(package: Package) -> etree._Element:
    root = etree.Element(f"{{{NS}}}xliff", nsmap=_NSMAP, version="2.1")
    root.set("srcLang", xml_text(package.source_language))
    if package.target_language:
        root.set("trgLang", xml_text(package.target_language))
    root.set(XML_SPACE, "preserve")
    file = _sub(root, "file")
    for name, value in (("id", "f1"), ("original", package.original), ("canResegment", "no")):
        file.set(name, xml_text(value))
    if package.fingerprint:
        note = _sub(_sub(file, "notes"), "note")
        note.set("category", _FINGERPRINT)
        note.text = xml_text(package.fingerprint)
    for unit in package.units:
        _write_unit(file, unit)
    return root


def _sub(parent: etree._Element, name: str, ns: str = NS) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ns}}}{name}")
    element.tail = "\n"
    return element


def _write_unit(file: etree._Element, unit: PackagedUnit) -> None:
    element = _sub(file, "unit")
    element.set("id", xml_text(unit.id))
    for name, value in (("name", unit.name), ("type", f"{PREFIX}:{unit.kind}" if unit.kind else "")):
        if value:
            element.set(name, xml_text(value))
    if not unit.translatable:
        element.set("translate", "no")
    codes = unit_codes([part.source.coded for part in unit.parts])
    _write_matches(element, unit, codes)
    _write_terms(element, unit)
    _write_notes(element, unit)
    for part in unit.parts:
        if isinstance(part, PackagedGap):
            fill_2(_sub(_sub(element, "ignorable"), "source"), part.source, codes, NS)
        else:
            _write_segment(element, part, codes)


def _write_segment(unit: etree._Element, segment: PackagedSegment, codes: UnitCodes) -> None:
    element = _sub(unit, "segment")
    element.set("id", xml_text(segment.id))
    put_state_2(element, segment)
    fill_2(_sub(element, "source"), segment.source, codes, NS)
    if segment.target is not None:
        fill_2(_sub(element, "target"), segment.target, codes, NS)


def put_state_2(element: etree._Element, segment: PackagedSegment) -> None:
    """Say a segment's state and origin on its element."""
    element.set("state", segment.state.value)
    element.attrib.pop("subState", "")
    if segment.origin is not None:
        element.set("subState", f"{PREFIX}:{segment.origin.value}")


def _write_matches(unit: etree._Element, packaged: PackagedUnit, codes: UnitCodes) -> None:
    found = [(segment, match) for segment in packaged.segments for match in segment.matches]
    if not found:
        return
    holder = _sub(unit, "matches", MTC)
    for segment, match in found:
        element = _sub(holder, "match", MTC)
        element.set("ref", f"#{segment.id}")
        if match.similarity is not None:
            element.set("similarity", number_text(match.similarity))
        if match.provider:
            element.set("origin", xml_text(match.provider))
        if match.origin is not None:
            element.set("type", _MATCH_TYPES.get(match.origin, "other"))
            element.set("subType", f"{PREFIX}:{match.origin.value}")
        fill_2(_sub(element, "source"), match.source, codes, NS)
        fill_2(_sub(element, "target"), match.target, codes, NS)


def _write_terms(unit: etree._Element, packaged: PackagedUnit) -> None:
    if not packaged.terms:
        return
    holder = _sub(unit, "glossary", GLS)
    for term in packaged.terms:
        entry = _sub(holder, "glossEntry", GLS)
        element = _sub(entry, "term", GLS)
        element.text = xml_text(term.term)
        if term.source:
            element.set("source", xml_text(term.source))
        for translation in term.translations:
            _sub(entry, "translation", GLS).text = xml_text(translation)
        if term.definition:
            _sub(entry, "definition", GLS).text = xml_text(term.definition)


def _write_notes(unit: etree._Element, packaged: PackagedUnit) -> None:
    found = [(segment, note) for segment in packaged.segments for note in segment.notes]
    if not found:
        return
    holder = _sub(unit, "notes")
    for segment, note in found:
        element = _sub(holder, "note")
        element.set(_SEGMENT, xml_text(segment.id))
        if note.category or note.author:
            element.set("category", xml_text(f"{note.category}:{note.author}" if note.author else note.category))
        element.text = xml_text(note.text)
