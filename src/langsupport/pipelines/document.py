"""A document in, renditions and findings out.

`prepare` and `render` read the same bytes and give the same segments, so that a job can stop after any step
and go on in another process: between them only segment translations need to be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from langsupport import checks, formats
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.units import (
    CodedText,
    Document,
    Origin,
    Segment,
    SegmentTranslation,
    TranslationUnit,
    with_unit,
)
from langsupport.engines.protocols import Inference, Lane, Progress
from langsupport.errors import EmptyInput, UnsupportedLanguage
from langsupport.formats.written import export_findings
from langsupport.pipelines.marks import machine_mark
from langsupport.pipelines.segmentation import Piece, joined, pieces, unit_language
from langsupport.pipelines.translation import translate_segments
from langsupport.text.identify import Identification, identify_document

_SURE = 0.5
"""Below this confidence a document's language is not taken from its text."""


Place = tuple[str, int]
"""A segment's place: the id of its unit, and its index in it."""
TranslationOf = Callable[[Segment], SegmentTranslation | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document read and cut into segments. `source` is the code of its language.

    `cuts`: of units that people cut otherwise than the rules do (recutting.py), by their ids.
    """

    document: Document
    source: str
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...] = ()
    cuts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def foreign(self) -> dict[str, str]:
        """The languages of units in another one than the document's, by their ids."""
        return {segment.unit_id: segment.language for segment in self.segments if segment.language}

    def pieces(self, unit: TranslationUnit, language: str) -> list[Piece]:
        """A unit as it is cut: by people, else by the rules of its language."""
        return pieces(unit, language, self.cuts.get(unit.id))

    @property
    def words(self) -> int:
        """Words to translate; characters where the language writes no spaces."""
        texts = [unit.source.text for unit in self.document.units]
        if LANGUAGES[self.source].word_spaces:
            return sum(len(text.split()) for text in texts)
        return sum(character.isalnum() for text in texts for character in text)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One language's rendition: the file's bytes and everything a person should know of it."""

    data: bytes
    findings: tuple[Finding, ...]
    segments: int
    words: int


def prepare(data: bytes, name: str, source: str | None = None) -> Prepared:
    """Read a file and cut it into segments.

    Args:
        data: the file's bytes.
        name: its name, for the kind of file and for messages.
        source: the language's code, or None to tell it from the text.
    Raises:
        InputError: whatever is wrong with the file (see errors.py).
        UnsupportedLanguage: the text is in none of the six.
    """
    document = formats.for_name(name, data).read(data, name)
    if not document.units:
        raise EmptyInput(name=name)
    code, findings = _source_language(document, name, source)
    segments = tuple(segment for unit in document.units for segment in _segments(unit, code))
    return Prepared(document, code, segments, (*document.findings, *findings))


def _source_language(document: Document, name: str, source: str | None) -> tuple[str, tuple[Finding, ...]]:
    if source:
        return language(source, name=name).code, ()
    found = identify_document(unit.source.text for unit in document.units)
    if found.language and found.confidence >= _SURE:
        return found.language, _others(found)
    if found.reported:
        raise UnsupportedLanguage(name=name, detail=f"the text looks like another language ({found.reported})")
    if found.language or _declared(document):
        code = found.language or _declared(document) or ""
        template = "The language was hard to tell; {language} was assumed. Say which it is if that is wrong."
        return code, (Finding("language-uncertain", Severity.WARNING, template, {"language": code}),)
    detail = "its language can't be told from so little text; say which it is"
    raise UnsupportedLanguage(name=name, detail=detail)


def _declared(document: Document) -> str | None:
    code = (document.language or "").partition("-")[0].lower()
    return code if code in LANGUAGES else None


def _others(found: Identification) -> tuple[Finding, ...]:
    """A finding for each other language with a noticeable share of the text."""
    template = "Part of the text ({percent} %) is in another language ({language})."
    return tuple(
        Finding("mixed-language", Severity.INFO, template, {"language": code, "percent": round(100 * share)})
        for code, share in found.shares.items()
        if code != found.language and share >= 0.05
    )


def _segments(unit: TranslationUnit, source: str) -> Iterator[Segment]:
    own = unit_language(unit, source)
    parts = (part.text for part in pieces(unit, own) if part.is_segment)
    for index, text in enumerate(parts):
        yield Segment(unit.id, index, text, language=own if own != source else None)


def render(
    data: bytes,
    name: str,
    prepared: Prepared,
    target: str,
    translations: Mapping[str, SegmentTranslation],
    *,
    mark: bool = True,
    levels: checks.Levels = checks.USUAL,
    own: Mapping[Place, SegmentTranslation] | None = None,
) -> Rendered:
    """Write the rendition in one language.

    `translations` maps segment keys to their translations, `own` places to what stands there alone and goes first; a
    segment without either stays in the source language, with a finding. With `mark` the file says that it is an
    unreviewed machine translation. `levels`: how loud the checks across segments and of the written file are.
    """
    findings = list(prepared.findings)
    placed: list[checks.PlacedPair] = []
    own = own or {}

    def translation_of(segment: Segment) -> SegmentTranslation | None:
        return own.get((segment.unit_id, segment.index)) or translations.get(segment.key)

    targets = _targets(prepared, target, translation_of, findings, placed)
    findings += checks.run_document(placed, levels)
    findings += _from_memory(prepared, translations)
    note = machine_mark(prepared.source, target) if mark else None
    written = formats.for_name(name, data).write(data, name, targets, prepared.source, target, note)
    findings += written_findings(data, written, name, levels)
    return Rendered(written, tuple(findings), len(prepared.segments), prepared.words)


def written_findings(data: bytes, written: bytes, name: str, levels: checks.Levels = checks.USUAL) -> list[Finding]:
    """What a written file has lost or gained beside its source file, as the check `export` is set."""
    if levels.get("export") is checks.Level.OFF:
        return []
    return checks.levelled(export_findings(data, written, name), "export", Severity.ERROR, levels)


def _from_memory(prepared: Prepared, translations: Mapping[str, SegmentTranslation]) -> Iterator[Finding]:
    """A finding that says how much of a rendition comes from the memory, if anything."""
    found = (translations.get(segment.key) for segment in prepared.segments)
    origins = Counter(translation.origin for translation in found if translation is not None)
    exact, context = origins[Origin.EXACT], origins[Origin.CONTEXT]
    if exact or context:
        template = (
            "{count} of {total} segments come from the translation memory; {context} of them stood between the same "
            "sentences."
        )
        fields = {"count": exact + context, "total": len(prepared.segments), "context": context}
        yield Finding("from-memory", Severity.INFO, template, fields)


def _targets(
    prepared: Prepared,
    target: str,
    translation_of: TranslationOf,
    findings: list[Finding],
    placed: list[checks.PlacedPair],
) -> dict[str, CodedText]:
    """By unit id. What is to be said of them is added to `findings`, what is translated to `placed`."""
    foreign = prepared.foreign()
    return {
        unit.id: _unit_target(
            prepared, unit, foreign.get(unit.id, prepared.source), target, translation_of, findings, placed
        )
        for unit in prepared.document.units
    }


def _unit_target(
    prepared: Prepared,
    unit: TranslationUnit,
    own: str,
    target: str,
    translation_of: TranslationOf,
    findings: list[Finding],
    placed: list[checks.PlacedPair],
) -> CodedText:
    """`own` is the unit's language, as `prepare` told it. What is translated is added to `placed`."""
    parts = prepared.pieces(unit, own)
    segments = [part.text for part in parts if part.is_segment]

    def target_of(index: int) -> CodedText:
        segment = Segment(unit.id, index, segments[index])
        translation = translation_of(segment)
        if translation is None:
            template = "This segment was not translated; the source text was kept."
            findings.append(Finding("not-translated", Severity.ERROR, template, {}, unit.id, index))
            return segment.source
        findings.extend(with_unit(finding, unit.id, index) for finding in translation.findings)
        ids = {canonical: own_id for own_id, canonical in segment.source.canonical_ids().items()}
        made = translation.target.renumbered(ids)
        placed.append(
            checks.PlacedPair(checks.SegmentPair(segment.source, made, own, target), unit.id, index, unit.kind)
        )
        return made

    return joined(parts, target_of, own, target)


def translate_document(
    inference: Inference,
    data: bytes,
    name: str,
    prepared: Prepared,
    target: str,
    lane: Lane = Lane.BATCH,
    progress: Progress | None = None,
    *,
    mark: bool = True,
) -> Rendered:
    """Translate and render in one go, keeping nothing: what the command line does."""
    done = translate_segments(inference, prepared.segments, prepared.source, target, lane, progress)
    return render(data, name, prepared, target, {translation.key: translation for translation in done}, mark=mark)


def translate_text(inference: Inference, text: str, source: str, target: str, lane: Lane = Lane.INTERACTIVE) -> str:
    """Translate plain text; lines and the space around them stay."""
    return _translated(inference, text, "text.txt", source, target, lane)


def translate_html(inference: Inference, html: str, source: str, target: str, lane: Lane = Lane.INTERACTIVE) -> str:
    """Translate an HTML fragment or page; tags and attributes stay."""
    return _translated(inference, html, "text.html", source, target, lane)


def _translated(inference: Inference, text: str, name: str, source: str, target: str, lane: Lane) -> str:
    if not text.strip():
        return text
    data = text.encode()
    form = formats.for_name(name, data)
    document = form.read(data, name)
    if not document.units:
        return text
    code = language(source, name="source").code
    segments = tuple(segment for unit in document.units for segment in _segments(unit, code))
    prepared = Prepared(document, code, segments)
    done = translate_segments(inference, segments, code, target, lane)
    by_key = {translation.key: translation for translation in done}
    targets = _targets(prepared, target, lambda segment: by_key.get(segment.key), [], [])
    return form.write(data, name, targets, code, target, None).decode()


__all__ = [
    "Place",
    "Prepared",
    "Rendered",
    "prepare",
    "render",
    "translate_document",
    "translate_html",
    "translate_segments",
    "translate_text",
    "written_findings",
]
