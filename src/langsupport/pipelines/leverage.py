"""What memory and terms make of a segment, before the machine does and for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langsupport.checks import USUAL, Levels, levelled
from langsupport.domain.entities import EntityKind
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.matches import (
    LEAST_FOR_MACHINE,
    LEAST_SHOWN,
    SUBSTITUTED_SCORE,
    TRUSTED,
    Differences,
    Match,
    MatchKind,
    MemoryUnit,
    fuzzy_score,
    negations,
    penalized,
    ranked,
    with_numbers_of,
)
from langsupport.domain.numbers import numbers_in, plain_digits
from langsupport.domain.terms import forbidden_terms, missing_terms, pairs_for
from langsupport.domain.units import CodedText, Origin, Segment, SegmentTranslation, State, segment_key
from langsupport.text import projection
from langsupport.text.entities import find_entities
from langsupport.text.similarity import normal, similarity, tokens
from langsupport.text.term_matcher import TermMatcher

_SYMBOLS = frozenset({EntityKind.DOCUMENT_SYMBOL, EntityKind.RECOMMENDATION, EntityKind.QUESTION})
MOST_HINTS = 8
"""Pairs that an engine is told for one segment: more crowd out the text."""
_MOST_WORDS = 60
"""A close match that is longer is no hint: a small model would go on from it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A segment on which the memory is asked. `before` and `after`: the source texts of its neighbours, or ""."""

    source: CodedText
    source_language: str
    target_language: str
    before: str = ""
    after: str = ""


class _Text:
    """A source text and what is compared of it, worked out once."""

    def __init__(self, text: str, language: str) -> None:
        self.text = normal(text)
        self.tokens = tokens(text, language)
        self.numbers = sorted(plain_digits(token.text) for token in numbers_in(self.text, language))
        found = find_entities(self.text, language)
        self.symbols = sorted(entity.text for entity in found if entity.kind in _SYMBOLS)
        self.negations = negations(self.tokens, language)


def matches(asked: Asked, units: Iterable[MemoryUnit], least: int = LEAST_SHOWN, meeting: str = "") -> list[Match]:
    """Those of the units that fit, the best first. `meeting`: the code of the meeting that the text belongs to."""
    now = _Text(asked.source.text, asked.source_language)
    found = (_match(asked, now, unit, least) for unit in units)
    return ranked([match for match in found if match is not None and match.score >= least], meeting)


def _match(asked: Asked, now: _Text, unit: MemoryUnit, least: int) -> Match | None:
    then = normal(unit.source.text)
    if then == now.text:
        context = (normal(asked.before), normal(asked.after))
        theirs = (normal(unit.before), normal(unit.after))
        kind = MatchKind.CONTEXT if any(context) and context == theirs else MatchKind.EXACT
        return Match(unit, kind, penalized(100, unit.origin), unit.target)
    words = tokens(unit.source.text, asked.source_language)
    measure = similarity(now.tokens, words)
    made = None
    if not unit.target.codes and len(words) == len(now.tokens):
        made = with_numbers_of(now.text, then, unit.target.text, asked.source_language, asked.target_language)
    if made is not None:
        score = penalized(SUBSTITUTED_SCORE, unit.origin)
        return Match(unit, MatchKind.FUZZY, score, CodedText(made[0]), made[1])
    if int(100 * measure) < least:
        return None
    other = _Text(unit.source.text, asked.source_language)
    score = fuzzy_score(measure, differences(now, other))
    return Match(unit, MatchKind.FUZZY, penalized(score, unit.origin), unit.target)


def differences(one: _Text, other: _Text) -> Differences:
    return Differences(
        numbers=one.numbers != other.numbers,
        symbols=one.symbols != other.symbols,
        negation=one.negations != other.negations,
    )


def from_memory(segment: Segment, found: Sequence[Match], language: str, target: str) -> SegmentTranslation | None:
    """What comes before the machine: the best exact or context match, if it can be trusted. `found` as ranked.

    Codes are the unit's where both texts have the same; else they are put where they seem to belong, with a finding.
    """
    sure = [match for match in found if match.kind is not MatchKind.FUZZY and match.score >= TRUSTED]
    if not sure:
        return None
    same = [match for match in sure if segment_key(match.unit.source) == segment.key and match.kind is sure[0].kind]
    best = same[0] if same else sure[0]
    source = segment.source.renumbered(segment.source.canonical_ids())
    findings: list[Finding] = []
    made = best.target
    if source.shape() != best.unit.source.shape() or source.text != best.unit.source.text:
        placed = projection.project(source, best.target.text, None, language, target)
        made = placed.target
        if not placed.certain:
            template = "The place of formatting, links or notes inside this sentence was estimated."
            findings.append(Finding("codes-estimated", Severity.INFO, template))
    others = {normal(match.target.text) for match in sure if match.kind is best.kind}
    if len(others) > 1:
        template = "The memory has {count} different translations of this sentence; the newest was taken."
        findings.append(Finding("memory-ambiguous", Severity.INFO, template, {"count": len(others)}))
    origin = Origin.CONTEXT if best.kind is MatchKind.CONTEXT else Origin.EXACT
    return SegmentTranslation(segment.key, made, origin, State.TRANSLATED, findings=tuple(findings))


def hints(text: str, target: str, found: Sequence[Match], matcher: TermMatcher | None) -> tuple[tuple[str, str], ...]:
    """What an engine that can be told is told: terms in the text, then the closest match. `found` as ranked."""
    pairs = pairs_for(matcher.find(text), target)[: MOST_HINTS - 1] if matcher else ()
    close = next((match for match in found if match.score >= LEAST_FOR_MACHINE and _short(match)), None)
    if close is None:
        return pairs
    source = text if close.substituted else close.unit.source.text
    return (*pairs, (source, close.target.text))


def _short(match: Match) -> bool:
    return len(tokens(match.unit.source.text, match.unit.source_language)) <= _MOST_WORDS


def term_findings(
    source: str, translation: str, matcher: TermMatcher, there: TermMatcher, target: str, levels: Levels = USUAL
) -> list[Finding]:
    """What a translation makes of the terms: those that it lacks (check `terms`), and forbidden ones that it uses
    (check `forbidden`)."""
    hits, found = matcher.find(source), there.find(translation)
    missing = "The translation has no approved term for “{text}”, such as “{term}”."
    forbidden = "The term “{text}” is forbidden."
    instead = "The term “{text}” is forbidden. Say “{term}” instead."
    lacking = [
        Finding("term-missing", Severity.WARNING, missing, {"text": hit.text, "term": term.text})
        for hit, term in missing_terms(hits, found, target)
    ]
    used = []
    for hit in forbidden_terms(found):
        better = hit.concept.preferred(target)
        if better is None:
            used.append(Finding("term-forbidden", Severity.ERROR, forbidden, {"text": hit.text}))
        else:
            fields = {"text": hit.text, "term": better.text}
            used.append(Finding("term-forbidden", Severity.ERROR, instead, fields))
    return [
        *levelled(lacking, "terms", Severity.WARNING, levels),
        *levelled(used, "forbidden", Severity.ERROR, levels),
    ]


__all__ = ["Asked", "differences", "from_memory", "hints", "matches", "term_findings"]
