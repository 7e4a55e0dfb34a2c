"""What memory and terms do for a document: before the machine, for the machine, and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from langsupport.checks import USUAL, Levels
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import Segment, SegmentTranslation
from langsupport.pipelines.leverage import hints, term_findings
from langsupport.services.memory import MemoryService
from langsupport.services.terms import TermService
from langsupport.text.term_matcher import TermMatcher

_TERM_FINDINGS = frozenset({"term-missing", "term-forbidden"})

Terms = dict[str, tuple[tuple[str, str], ...]]
Done = dict[str, SegmentTranslation]


class DocumentLeverage:
    """`segments` are all of a document's, in order; `keys` those that are asked about. May be used from any thread."""

    def __init__(self, memory: MemoryService, terms: TermService, levels: Levels = USUAL) -> None:
        self._memory = memory
        self._terms = terms
        self._levels = levels

    def known(
        self, segments: Sequence[Segment], keys: Collection[str], source: str, target: str, meeting_id: str | None
    ) -> Done:
        """What comes before the machine: exact and context matches."""
        return self._memory.known(segments, keys, source, target, meeting_id)

    def hints(
        self, segments: Sequence[Segment], keys: Collection[str], source: str, target: str, meeting_id: str | None
    ) -> Terms:
        """What an engine that can be told is told: terms and close matches, by segment key."""
        close = self._memory.close(segments, keys, source, target, meeting_id)
        matchers = self._matchers(segments, source)
        found: Terms = {}
        for segment in segments:
            if segment.key in keys and segment.key not in found:
                matcher = matchers.get(segment.language or source)
                found[segment.key] = hints(segment.source.text, target, close.get(segment.key, ()), matcher)
        return {key: pairs for key, pairs in found.items() if pairs}

    def checked(
        self, segments: Iterable[Segment], done: Mapping[str, SegmentTranslation], source: str, target: str
    ) -> Done:
        """The same translations with what is to be said of their terms."""
        mine = [segment for segment in segments if segment.key in done]
        matchers, there = self._matchers(mine, source), self._terms.matcher(target)
        result = dict(done)
        for segment in mine:
            item, matcher = done[segment.key], matchers.get(segment.language or source)
            others = tuple(finding for finding in item.findings if finding.code not in _TERM_FINDINGS)
            if matcher is not None and (matcher.count or there.count):
                texts = segment.source.text, item.target.text
                terms = term_findings(*texts, matcher, there, target, self._levels)
                result[segment.key] = replace(item, findings=(*others, *terms))
            elif len(others) != len(item.findings):
                result[segment.key] = replace(item, findings=others)
        return result

    def _matchers(self, segments: Iterable[Segment], source: str) -> dict[str, TermMatcher]:
        codes = {segment.language or source for segment in segments} & set(LANGUAGES)
        return {code: self._terms.matcher(code) for code in codes}


def lacks_terms(item: SegmentTranslation) -> bool:
    return any(finding.code in _TERM_FINDINGS for finding in item.findings)


__all__ = ["DocumentLeverage", "lacks_terms"]
