"""XLIFF 1.2 (OASIS, 2008): one `trans-unit` for a segment, in a `group` for its unit.

States: `approved` and `state` become XLIFF 2's four. `new` and `needs-…` (translation, adaptation, l10n) are initial;
`translated` and `needs-review-…` translated; `signed-off` reviewed; `final` final, and so is what is approved unless
its state is one of the initial ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from langsupport.domain.findings import Finding
from langsupport.domain.interchange import (
    InterchangeText,
    Package,
    PackagedMatch,
    PackagedSegment,
    PackagedUnit,
    PackageNote,
)
from langsupport.domain.units import Origin, State
from langsupport.formats.interchange.safe_xml import XML_LANG, XML_SPACE, line_of, local, xml_text
from langsupport.formats.interchange.xliff_codes import InlineReader, fill_12
from langsupport.formats.interchange.xliff_parts import (
    NOTE_CATEGORIES,
    child,
    children,
    number,
    number_text,
    said_target,
)

NS = "urn:oasis:names:tc:xliff:document:1.2"
_NSMAP: dict[str, str] = {None: NS}  # type: ignore[dict-item]  # lxml takes None for the default namespace
_UNIT = "langsupport-unit"
_FINGERPRINT = "fingerprint"

_STATES = {
    "new": State.INITIAL,
    "needs-translation": State.INITIAL,
    "needs-adaptation": State.INITIAL,
    "needs-l10n": State.INITIAL,
    "translated": State.TRANSLATED,
    "needs-review-translation": State.TRANSLATED,
    "needs-review-adaptation": State.TRANSLATED,
    "needs-review-l10n": State.TRANSLATED,
    "signed-off": State.REVIEWED,
    "final": State.FINAL,
}
_WRITTEN = {
    State.INITIAL: "needs-translation",
    State.TRANSLATED: "translated",
    State.REVIEWED: "signed-off",
    State.FINAL: "final",
}
_ORIGINS = {
    "mt-suggestion": Origin.MACHINE,
    "leveraged-mt": Origin.MACHINE,
    "exact-match": Origin.EXACT,
    "leveraged-tm": Origin.EXACT,
    "leveraged-inherited": Origin.EXACT,
    "id-match": Origin.CONTEXT,
    "fuzzy-match": Origin.FUZZY,
    "x-human": Origin.HUMAN,
    "x-source": Origin.SOURCE,
}
_QUALIFIERS = {origin: name for name, origin in reversed(_ORIGINS.items())}


@dataclass(frozen=True, slots=True)
class Place:
    """A segment of a file and where it stands: its unit's id, the `trans-unit`, its `mrk` if it is a part of one."""

    unit_id: str
    segment_id: str
    element: etree._Element
    part: str | None = None  # the mid of mrk mtype="seg"


@dataclass(slots=True)
class _Unit:
    id: str
    name: str
    kind: str
    file: str
    translatable: bool
    segments: list[PackagedSegment] = field(default_factory=list)

    def finished(self) -> PackagedUnit:
        return PackagedUnit(self.id, tuple(self.segments), self.name, self.kind, (), self.file, self.translatable)


def read_12(root: etree._Element, name: str) -> Package:
    files = children(root, "file")
    findings: list[Finding] = []
    units: dict[tuple[str, str], _Unit] = {}
    for place in places_12(root):
        file = next(one for one in place.element.iterancestors() if local(one) == "file")
        group = _own_group(place.element)
        holder = place.element if group is None else group
        unit = units.setdefault(
            (file.get("original", ""), place.unit_id),
            _Unit(
                place.unit_id,
                holder.get("resname", ""),
                holder.get("restype", "").removeprefix("x-"),
                file.get("original", ""),
                _translatable(place.element),
            ),
        )
        unit.segments.append(_segment(place, findings))
    first = files[0]
    return Package(
        first.get("original", ""),
        first.get("source-language", ""),
        first.get("target-language", ""),
        tuple(unit.finished() for unit in units.values()),
        _fingerprint(first),
        tuple(findings),
    )


def places_12(root: etree._Element) -> Iterator[Place]:
    """All segments in order. A `trans-unit` without an id gets its number."""
    for count, element in enumerate((one for one in root.iter() if local(one) == "trans-unit"), 1):
        group = _own_group(element)
        own = element.get("id") or f"#{count}"
        if group is not None:
            unit_id = group.get("id", "")
            yield Place(unit_id, own.removeprefix(f"{unit_id}."), element)
        elif parts := _marks(child(element, "seg-source")):
            yield from (Place(own, mid, element, mid) for mid in parts)
        else:
            yield Place(own, "1", element)


def _own_group(element: etree._Element) -> etree._Element | None:
    parent = element.getparent()
    ours = parent is not None and local(parent) == "group" and parent.get("extradata") == _UNIT
    return parent if ours else None


def _marks(element: etree._Element | None) -> dict[str, etree._Element]:
    """The mrk elements that cut a segmented text, by mid."""
    if element is None:
        return {}
    marks = [one for one in element.iter() if local(one) == "mrk" and one.get("mtype") == "seg"]
    return {mark.get("mid") or str(count): mark for count, mark in enumerate(marks, 1)}


def _translatable(element: etree._Element) -> bool:
    return not any(one.get("translate") == "no" for one in (element, *element.iterancestors()))


def texts_12(place: Place) -> tuple[etree._Element | None, etree._Element | None]:
    """The elements that hold a segment's source and target."""
    source, target = child(place.element, "source"), child(place.element, "target")
    if place.part is None:
        return source, target
    marked = _marks(child(place.element, "seg-source")).get(place.part)
    return marked, _marks(target).get(place.part)


def _segment(place: Place, findings: list[Finding]) -> PackagedSegment:
    reader = InlineReader("1.2", place.unit_id)
    source_element, target_element = texts_12(place)
    source = InterchangeText() if source_element is None else reader.read(source_element)
    target = said_target(source, None if target_element is None else reader.read(target_element))
    holder = child(place.element, "target")
    state, origin = _state(place.element, holder, target)
    notes = [_note(one) for one in children(place.element, "note")]
    notes += [PackageNote(text, "", "comment") for text in reader.comments]
    matches = tuple(_match(one) for one in children(place.element, "alt-trans") if child(one, "target") is not None)
    findings += reader.findings
    return PackagedSegment(
        place.segment_id, source, target, state, origin, tuple(notes), matches, line_of(place.element)
    )


def _state(
    element: etree._Element, holder: etree._Element | None, target: InterchangeText | None
) -> tuple[State, Origin | None]:
    if target is None or holder is None:
        return State.INITIAL, None
    origin = _ORIGINS.get(holder.get("state-qualifier", ""))
    said = holder.get("state", "")
    state = _STATES.get(said, State.TRANSLATED)
    if element.get("approved") == "yes" and state is not State.INITIAL:
        state = State.FINAL
    return state, origin


def _note(element: etree._Element) -> PackageNote:
    author = element.get("from", "")
    category, separator, rest = author.partition(": ")
    text = "".join(map(str, element.itertext()))
    if separator and category in NOTE_CATEGORIES:
        return PackageNote(text, rest, category)
    return PackageNote(text, author)


def _match(element: etree._Element) -> PackagedMatch:
    reader = InlineReader("1.2")
    source, target = child(element, "source"), child(element, "target")
    assert target is not None
    return PackagedMatch(
        InterchangeText() if source is None else reader.read(source),
        reader.read(target),
        number(element.get("match-quality", "").strip().removesuffix("%")),
        element.get("origin", ""),
        _ORIGINS.get(target.get("state-qualifier", "")),
    )


def _fingerprint(file: etree._Element) -> str:
    header = child(file, "header")
    notes = [] if header is None else children(header, "note")
    return next((note.text or "" for note in notes if note.get("from") == _FINGERPRINT), "")


def write_12(package: Package) -> etree._Element:
    """Gaps and glossary terms have no place in XLIFF 1.2: gaps are left out, terms become notes."""
    root = etree.Element(f"{{{NS}}}xliff", nsmap=_NSMAP, version="1.2")
    file = _sub(root, "file")
    attributes = {"original": package.original, "source-language": package.source_language}
    if package.target_language:
        attributes["target-language"] = package.target_language
    for name, value in {**attributes, "datatype": "x-document"}.items():
        file.set(name, xml_text(value))
    file.set(XML_SPACE, "preserve")
    header = _sub(file, "header")
    if package.fingerprint:
        _put_note(header, package.fingerprint, _FINGERPRINT)
    body = _sub(file, "body")
    for unit in package.units:
        group = _sub(body, "group")
        group.set("id", xml_text(unit.id))
        group.set("extradata", _UNIT)
        for name, value in (("resname", unit.name), ("restype", f"x-{unit.kind}" if unit.kind else "")):
            if value:
                group.set(name, xml_text(value))
        if not unit.translatable:
            group.set("translate", "no")
        for segment in unit.segments:
            _write_segment(group, unit, segment, package)
    return root


def _sub(parent: etree._Element, name: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NS}}}{name}")
    element.tail = "\n"
    return element


def _write_segment(group: etree._Element, unit: PackagedUnit, segment: PackagedSegment, package: Package) -> None:
    element = _sub(group, "trans-unit")
    element.set("id", f"{unit.id}.{segment.id}")
    source = _sub(element, "source")
    source.set(XML_LANG, package.source_language)
    fill_12(source, segment.source, NS)
    if segment.target is not None:
        target = _sub(element, "target")
        if package.target_language:
            target.set(XML_LANG, package.target_language)
        put_state_12(element, target, segment)
        fill_12(target, segment.target, NS)
    for match in segment.matches:
        _write_match(element, match)
    for note in segment.notes:
        _put_note(element, note.text, f"{note.category}: {note.author}" if note.category else note.author)
    for term in unit.terms if segment is unit.segments[0] else ():
        _put_note(element, f"{term.term} → {'; '.join(term.translations)}", "instruction: glossary")


def put_state_12(element: etree._Element, target: etree._Element, segment: PackagedSegment) -> None:
    """Say a segment's state and origin on its `trans-unit` and `target`."""
    machine = segment.origin is Origin.MACHINE and segment.state is State.TRANSLATED
    target.set("state", "needs-review-translation" if machine else _WRITTEN[segment.state])
    if segment.origin is not None:
        target.set("state-qualifier", _QUALIFIERS[segment.origin])
    if segment.state is State.FINAL:
        element.set("approved", "yes")
    elif element.get("approved") is not None:
        element.set("approved", "no")


def _put_note(parent: etree._Element, text: str, author: str) -> None:
    note = _sub(parent, "note")
    if author:
        note.set("from", xml_text(author))
    note.text = xml_text(text)


def _write_match(parent: etree._Element, match: PackagedMatch) -> None:
    element = _sub(parent, "alt-trans")
    if match.similarity is not None:
        element.set("match-quality", f"{number_text(match.similarity)}%")
    if match.provider:
        element.set("origin", xml_text(match.provider))
    fill_12(_sub(element, "source"), match.source, NS)
    target = _sub(element, "target")
    if match.origin is not None:
        target.set("state-qualifier", _QUALIFIERS[match.origin])
    fill_12(target, match.target, NS)
