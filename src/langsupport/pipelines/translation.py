"""Segments in, targets out.

Whole sentences go to the machine; codes are put back, entities verified, targets checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from langsupport import checks
from langsupport.domain.entities import EntityKind, ProtectedEntity
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, Origin, Segment, SegmentTranslation
from langsupport.engines.protocols import Inference, Lane, Progress, Translation, TranslationRequest
from langsupport.pipelines.confidence import evidence
from langsupport.text import entities as grammar
from langsupport.text import projection, protection
from langsupport.text.edges import spaced_like, with_end_mark, without_stray_spaces
from langsupport.text.stand_ins import StandIns, stand_ins

_PROBLEMS = {
    "loop": "The machine repeated itself in this segment; the text needs a person.",
    "truncated": "The machine stopped before the end of this segment.",
    "chatter": "The machine added remarks of its own to this segment.",
    "residue": "Part of this segment may have stayed in the source language.",
    "empty": "The machine gave no translation; the source text was kept.",
}
_LOCALIZED = frozenset({EntityKind.NUMBER})
"""Kinds that may be written differently in the target; the checks compare them, masking would freeze them."""

Terms = Mapping[str, tuple[tuple[str, str], ...]]
NO_TERMS: Terms = {}


@dataclass(slots=True)
class _Work:
    """One segment on its way through the machine."""

    segment: Segment
    source: CodedText  # what is sent: canonical code ids, spaces where only a code separated words
    language: str
    entities: tuple[ProtectedEntity, ...]
    fields: StandIns | None = None
    terms: tuple[tuple[str, str], ...] = ()
    answer: Translation | None = None
    target: CodedText | None = None
    findings: list[Finding] = field(default_factory=list)


def translate_segments(
    inference: Inference,
    segments: Sequence[Segment],
    source: str,
    target: str,
    lane: Lane = Lane.BATCH,
    progress: Progress | None = None,
    terms: Terms = NO_TERMS,
    levels: checks.Levels = checks.USUAL,
) -> list[SegmentTranslation]:
    """Translate each distinct segment key once, in the order of first appearance.

    `source` is the document's language; a segment's own `language` comes before it. `terms` maps segment keys to what
    an engine that can use it is told: pairs of a source text and what it is in the target language. `levels`: how loud
    each check is.
    Raises what the core raises: ModelMissing, QueueFull, Cancelled, EngineFailure.
    """
    distinct = {segment.key: segment for segment in reversed(segments)}
    ordered = [distinct[key] for key in dict.fromkeys(segment.key for segment in segments)]
    result: dict[str, SegmentTranslation] = {}
    work: list[_Work] = []
    for segment in ordered:
        kept = _kept(segment, source, target)
        if kept:
            result[segment.key] = kept
        else:
            work.append(_prepared(segment, segment.language or source, terms.get(segment.key, ())))
    _translate(inference, work, target, lane, progress, len(result), len(ordered))
    _restore_codes(inference, work, target, lane)
    _restore_entities(inference, work, target, lane)
    for item in work:
        result[item.segment.key] = _finished(inference, item, target, levels)
    return [result[segment.key] for segment in ordered]


def _kept(segment: Segment, source: str, target: str) -> SegmentTranslation | None:
    """The source text itself where there is nothing to translate, or no engine for its language."""
    text = segment.source.text
    language = segment.language or source
    findings: tuple[Finding, ...] = ()
    if language == target or not _has_words(text, language):
        pass
    elif language not in LANGUAGES:
        template = "This segment is not in one of the six languages ({language}) and was left as it is."
        findings = (Finding("foreign-language", Severity.WARNING, template, {"language": language}),)
    else:
        return None
    canonical = segment.source.renumbered(segment.source.canonical_ids())
    return SegmentTranslation(segment.key, canonical, origin=Origin.SOURCE, findings=findings)


def _has_words(text: str, language: str) -> bool:
    """Whether letters remain once the protected entities are taken out."""
    rest = list(text)
    for entity in grammar.find_entities(text, language):
        rest[entity.start : entity.end] = " " * (entity.end - entity.start)
    return any(map(str.isalpha, rest))


def _prepared(segment: Segment, language: str, terms: tuple[tuple[str, str], ...]) -> _Work:
    source = segment.source.renumbered(segment.source.canonical_ids())
    source = _spaced(source)
    found = grammar.find_entities(source.text, language)
    return _Work(segment, source, language, tuple(found), stand_ins(source), terms)


def _spaced(source: CodedText) -> CodedText:
    """A space where a line break or tab alone keeps two words apart, so that the machine doesn't see one word."""
    text, codes, shift = source.text, [], 0
    for position, code in source.codes:
        here = position + shift
        if (
            code.role in {"break", "tab"}
            and 0 < here < len(text)
            and not (text[here - 1].isspace() or text[here].isspace())
        ):
            text = text[:here] + " " + text[here:]
            shift += 1
        codes.append((here, code))
    return CodedText(text, tuple(codes))


def _request(item: _Work, text: str, target: str, protected: Iterable[str]) -> TranslationRequest:
    aligned = _inner_codes(item.source)
    return TranslationRequest(text, item.language, target, tuple(protected), item.terms, want_alignment=aligned)


def _verbatim(item: _Work) -> list[str]:
    return [entity.text for entity in item.entities if entity.kind not in _LOCALIZED]


def _inner_codes(source: CodedText) -> bool:
    return any(0 < position < len(source.text) for position, _ in source.codes)


def _translate(
    inference: Inference, work: list[_Work], target: str, lane: Lane, progress: Progress | None, done: int, total: int
) -> None:
    texts = [item.fields.text if item.fields else item.source.text for item in work]
    requests = [_request(item, text, target, _verbatim(item)) for item, text in zip(work, texts, strict=True)]
    ticket = inference.translate(requests, lane)
    for index, answer in ticket.results():
        work[index].answer = answer
        done += 1
        if progress:
            progress(done, total)


def _restore_codes(inference: Inference, work: list[_Work], target: str, lane: Lane) -> None:
    """Project codes; where that is a guess, ask the machine once more with markers in the text."""
    doubtful: list[_Work] = []
    for item in work:
        placed = _placed(item, target)
        item.target = placed.target
        if not placed.certain:
            doubtful.append(item)
    if not doubtful:
        return
    requests = [
        replace(_request(i, projection.with_markers(i.source), target, _verbatim(i)), want_alignment=False)
        for i in doubtful
    ]
    for item, answer in zip(doubtful, inference.translate(requests, lane).wait(), strict=True):
        marked = None if answer.problems else projection.from_markers(item.source, answer.text)
        if marked is not None and not _missing(item, marked.text, target):
            item.answer, item.target = answer, without_stray_spaces(item.source.text, marked)
        else:
            template = "The place of formatting, links or notes inside this sentence was estimated."
            item.findings.append(Finding("codes-estimated", Severity.INFO, template))


def _placed(item: _Work, target: str) -> projection.Projection:
    """The answer with the codes in it: by the numbers that stood in for fields, else by alignment or anchors."""
    assert item.answer is not None
    text = with_end_mark(item.source.text, item.answer.text, target) or item.source.text
    text = protection.mend(item.entities, text)
    spans = [(s.source_start, s.source_end, s.target_start, s.target_end) for s in item.answer.alignment or ()]
    if item.fields:
        restored = item.fields.restore(text)
        if restored is not None:
            return projection.Projection(restored, certain=True)
        text, spans = item.fields.without(text) or item.source.text, []
    return projection.project(item.source, text, spans or None, item.language, target)


def _missing(item: _Work, text: str, target: str) -> list[ProtectedEntity]:
    strict = [entity for entity in item.entities if entity.kind not in _LOCALIZED]
    return protection.missing(strict, text, target)


def _restore_entities(inference: Inference, work: list[_Work], target: str, lane: Lane) -> None:
    """Where a protected entity did not come back verbatim, translate again with the entities masked, then in parts."""
    broken = [item for item in work if item.target and _missing(item, item.target.text, target)]
    if not broken:
        return
    masks = [protection.mask(i.source.text, [e for e in i.entities if e.kind not in _LOCALIZED]) for i in broken]
    requests = [_request(item, mask.text, target, mask.tokens) for item, mask in zip(broken, masks, strict=True)]
    answers = inference.translate([replace(r, want_alignment=False) for r in requests], lane).wait()
    for item, mask, answer in zip(broken, masks, answers, strict=True):
        text = protection.unmask(mask, answer.text)
        if text is None or answer.problems or _missing(item, text, target):
            _translate_in_parts(inference, item, target, lane)
        else:
            _replace_answer(item, replace(answer, text=text), target)


def _translate_in_parts(inference: Inference, item: _Work, target: str, lane: Lane) -> None:
    """The last resort: what stands between the entities is translated by itself, the entities are copied.

    It costs fluency, which a finding says; a symbol that is wrong costs more.
    """
    assert item.answer is not None
    parts, position = [], 0
    for entity in (entity for entity in item.entities if entity.kind not in _LOCALIZED):
        parts += [item.source.text[position : entity.start], entity.text]
        position = entity.end
    parts.append(item.source.text[position:])
    texts = [part.strip() for part in parts[::2] if any(map(str.isalpha, part))]
    requests = [TranslationRequest(text, item.language, target) for text in texts]
    answers = iter(inference.translate(requests, lane).wait())
    made = list(parts)
    for index in range(0, len(parts), 2):
        if any(map(str.isalpha, parts[index])):
            bare = parts[index].strip()
            made[index] = parts[index].replace(bare, next(answers).text.strip() or bare)
    template = "To keep its symbols, this sentence was translated in parts; it may not read well."
    item.findings.append(Finding("translated-in-parts", Severity.WARNING, template))
    _replace_answer(item, replace(item.answer, text="".join(made)), target)


def _replace_answer(item: _Work, answer: Translation, target: str) -> None:
    placed = projection.project(item.source, answer.text, None, item.language, target)
    item.answer, item.target = answer, placed.target


def _finished(inference: Inference, item: _Work, target: str, levels: checks.Levels) -> SegmentTranslation:
    assert item.answer is not None and item.target is not None
    item.target = spaced_like(item.source, item.target, target)
    pair = checks.SegmentPair(item.source, item.target, item.language, target, item.entities)
    found = [
        Finding(f"machine-{code}", Severity.WARNING, _PROBLEMS[code])
        for code in item.answer.problems
        if code in _PROBLEMS
    ]
    findings = (*found, *item.findings, *checks.run(pair, levels))
    return SegmentTranslation(
        item.segment.key,
        _isolated(item.target, item.entities, target),
        model=item.answer.model,
        score=item.answer.score,
        confidence=_confidence(inference, item, target, findings),
        findings=findings,
    )


def _confidence(inference: Inference, item: _Work, target: str, findings: Iterable[Finding]) -> float | None:
    """None where the engine doesn't tell how probable its words are."""
    assert item.answer is not None and item.target is not None
    if item.answer.score is None:
        return None
    shown = evidence(item.source.text, item.target.text, item.answer.score, (item.language, target), findings)
    return round(inference.calibration(item.answer.model, item.language, target).chance(shown), 3)


def _isolated(target: CodedText, entities: Sequence[ProtectedEntity], language: str) -> CodedText:
    """Isolate left-to-right entities in a right-to-left text; codes keep their places."""
    text = protection.isolate(target.text, entities, language)
    if text == target.text:
        return target
    places, old = [0] * (len(target.text) + 1), 0
    for new, character in enumerate(text):
        if old < len(target.text) and character == target.text[old]:
            places[old] = new
            old += 1
    places[len(target.text)] = len(text)
    return CodedText(text, tuple((places[position], code) for position, code in target.codes))
