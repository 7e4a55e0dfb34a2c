"""A translated document as a package for translators, and the document made of a package that came back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from langsupport import checks, formats
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import (
    InterchangeText,
    Package,
    PackagedGap,
    PackagedMatch,
    PackagedSegment,
    PackagedTerm,
    PackagedUnit,
    PackageNote,
    six_language,
)
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, SegmentTranslation, State, TranslationUnit, segment_key, with_unit
from langsupport.errors import EmptyInput, UnsupportedLanguage
from langsupport.formats.interchange.comparison import Returned, compare
from langsupport.pipelines.document import Place, Prepared, Rendered, written_findings
from langsupport.pipelines.marks import machine_mark
from langsupport.pipelines.segmentation import joined
from langsupport.text.entities import find_entities

_AUTHOR = "langsupport"
_DONE = frozenset({State.REVIEWED, State.FINAL})
_OF_CODES = frozenset({"codes-missing", "codes-added", "reference-missing", "reference-added"})
"""The comparison with what was sent has counted codes already."""


def package_of(
    data: bytes,
    name: str,
    prepared: Prepared,
    target: str,
    translations: Mapping[str, SegmentTranslation],
    matches: Mapping[str, tuple[PackagedMatch, ...]] | None = None,
    terms: Mapping[str, tuple[PackagedTerm, ...]] | None = None,
    own: Mapping[Place, SegmentTranslation] | None = None,
    notes: Mapping[Place, tuple[PackageNote, ...]] | None = None,
) -> Package:
    """All units of a document with their translations.

    `translations` and `matches` by segment key, `terms` by unit id; `own` by place, which goes before `translations`,
    and so do `notes`. What the checks found goes along as notes.
    """
    foreign = prepared.foreign()
    units = []
    for number, unit in enumerate(prepared.document.units, 1):
        parts: list[PackagedSegment | PackagedGap] = []
        for part in prepared.pieces(unit, foreign.get(unit.id, prepared.source)):
            if not part.is_segment:
                if part.text.text or part.text.codes:
                    parts.append(PackagedGap(InterchangeText(part.text)))
                continue
            index = sum(isinstance(one, PackagedSegment) for one in parts)
            key, place = segment_key(part.text), (unit.id, index)
            translation = (own or {}).get(place) or translations.get(key)
            known = (matches or {}).get(key, ())
            parts.append(_packaged(f"s{index + 1}", part.text, translation, known, (notes or {}).get(place, ())))
        if any(isinstance(part, PackagedSegment) for part in parts):
            found = (terms or {}).get(unit.id, ())
            units.append(PackagedUnit(f"u{number}", tuple(parts), unit.id, unit.kind.value, found, name))
    source_tag, target_tag = LANGUAGES[prepared.source].bcp47, LANGUAGES[target].bcp47
    return Package(name, source_tag, target_tag, tuple(units), fingerprint(data))


def fingerprint(data: bytes) -> str:
    """What tells one state of a source file from another (32 hexadecimal digits)."""
    return hashlib.sha256(data).hexdigest()[:32]


def _packaged(
    id: str,
    source: CodedText,
    translation: SegmentTranslation | None,
    matches: tuple[PackagedMatch, ...],
    said: tuple[PackageNote, ...] = (),
) -> PackagedSegment:
    if translation is None:
        return PackagedSegment(id, InterchangeText(source), matches=matches, notes=said)
    own = {canonical: number for number, canonical in source.canonical_ids().items()}
    notes = said + tuple(PackageNote(finding.message, _AUTHOR, "finding") for finding in translation.findings)
    target = InterchangeText(translation.target.renumbered(own))
    return PackagedSegment(id, InterchangeText(source), target, translation.state, translation.origin, notes, matches)


@dataclass(frozen=True, slots=True)
class Applied:
    """The document made of a package, and what came back in it. `reviewed`: every segment is; the file has no mark."""

    rendered: Rendered
    returned: Returned
    target: str
    reviewed: bool


def package_languages(package: Package, name: str) -> tuple[str, str]:
    """The codes of the six that a package translates from and into.

    Raises: EmptyInput: it holds no segment. UnsupportedLanguage: another language, the same twice, or none said.
    """
    if not any(unit.segments for unit in package.units):
        raise EmptyInput(name=name)
    found = []
    for tag in (package.source_language, package.target_language):
        code = six_language(tag)
        if code is None:
            detail = f"the package says “{tag}” for its source or target language"
            raise UnsupportedLanguage(name=name, detail=detail)
        found.append(code)
    if found[0] == found[1]:
        raise UnsupportedLanguage(name=name, detail=f"the package translates from “{found[0]}” into itself")
    return found[0], found[1]


def apply_package(
    data: bytes,
    name: str,
    prepared: Prepared,
    package: Package,
    target: str,
    levels: checks.Levels = checks.USUAL,
) -> Applied:
    """The finished document: the source file's bytes with the targets of a package that came back.

    The mark of machine translation goes once every segment is reviewed or final. A segment without a target stays in
    the source language, with a finding; codes that a target lost are put at its end. `levels`: how loud each check is.
    """
    sent = package_of(data, name, prepared, target, {})
    returned = compare(sent, package)
    findings = [*prepared.findings, *_other_source(sent, package), *returned.findings]
    foreign = prepared.foreign()
    by_name = {unit.name: unit for unit in sent.units}
    placed: list[checks.PlacedPair] = []
    targets: dict[str, CodedText] = {}
    for unit in prepared.document.units:
        own = foreign.get(unit.id, prepared.source)
        if unit.id in by_name:
            packaged = by_name[unit.id]
            targets[unit.id] = _unit_target(prepared, unit, own, target, packaged, returned, placed, findings)
    for one in placed:
        if one.pair.source_language in LANGUAGES:
            found = (finding for finding in checks.run(one.pair, levels) if finding.code not in _OF_CODES)
            findings += (with_unit(finding, one.unit_id, one.segment_index) for finding in found)
    findings += checks.run_document(placed, levels)
    reviewed = all(segment.state in _DONE for segment in returned.segments.values())
    mark = None if reviewed else machine_mark(prepared.source, target)
    written = formats.for_name(name, data).write(data, name, targets, prepared.source, target, mark)
    findings += written_findings(data, written, name, levels)
    named = tuple(_named(finding, {unit.id: unit.name for unit in sent.units}) for finding in findings)
    rendered = Rendered(written, named, len(returned.segments), prepared.words)
    return Applied(rendered, returned, target, reviewed)


def _other_source(sent: Package, package: Package) -> list[Finding]:
    if not package.fingerprint or package.fingerprint.partition(".")[0] == sent.fingerprint:
        return []
    template = "The package was made from another state of this document ({original})."
    return [Finding("package-other-source", Severity.WARNING, template, {"original": package.original})]


def _named(finding: Finding, names: Mapping[str, str]) -> Finding:
    """A finding about a package's unit, placed on the document's."""
    name = names.get(finding.unit_id or "")
    return finding if name is None else with_unit(finding, name, finding.segment_index)


def _unit_target(
    prepared: Prepared,
    unit: TranslationUnit,
    own: str,
    target: str,
    packaged: PackagedUnit,
    returned: Returned,
    placed: list[checks.PlacedPair],
    findings: list[Finding],
) -> CodedText:
    """What is translated is added to `placed`, what isn't to `findings`."""
    parts = prepared.pieces(unit, own)
    sources = [part.text for part in parts if part.is_segment]

    def target_of(index: int) -> CodedText:
        source = sources[index]
        translated = returned.segments[packaged.id, packaged.segments[index].id].target
        if translated is None:
            template = "This segment was not translated; the source text was kept."
            findings.append(Finding("not-translated", Severity.ERROR, template, {}, unit.id, index))
            return source
        entities = tuple(find_entities(source.text, own))
        pair = checks.SegmentPair(source, translated.coded, own, target, entities)
        placed.append(checks.PlacedPair(pair, unit.id, index, unit.kind))
        return translated.coded

    return joined(parts, target_of, own, target)
