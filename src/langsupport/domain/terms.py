"""Terms: concepts and what they are called in each language (the words of ISO 30042, TBX)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class TermStatus(StrEnum):
    PREFERRED = "preferred"
    ADMITTED = "admitted"
    FORBIDDEN = "forbidden"


class PartOfSpeech(StrEnum):
    NOUN = "noun"
    PROPER_NOUN = "proper noun"
    VERB = "verb"
    ADJECTIVE = "adjective"
    ADVERB = "adverb"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or group of words for a concept in one language."""

    language: str
    text: str
    status: TermStatus = TermStatus.PREFERRED
    part_of_speech: PartOfSpeech | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept and its terms. `key` is its own name in the organization's term base, unique there.

    Formats of interchange read and write these.
    """

    key: str
    terms: tuple[Term, ...]
    subject: str = ""
    definition: str = ""
    note: str = ""
    id: int | None = None

    def in_language(self, language: str) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.language == language)

    def preferred(self, language: str) -> Term | None:
        """What to say: a preferred term, else an admitted one; None where there is none."""
        allowed = [term for term in self.in_language(language) if term.status is not TermStatus.FORBIDDEN]
        return min(allowed, key=lambda term: term.status is not TermStatus.PREFERRED, default=None)


@dataclass(frozen=True, slots=True)
class TermHit:
    """A term found at [start, end) of a text; `text` is as it stands there."""

    start: int
    end: int
    text: str
    term: Term
    concept: Concept


def pairs_for(hits: Iterable[TermHit], target: str) -> tuple[tuple[str, str], ...]:
    """(term as it stands in the text, what to call it in the target language), each once, in the text's order."""
    found: dict[str, str] = {}
    for hit in hits:
        wanted = hit.concept.preferred(target)
        if wanted is not None:
            found.setdefault(hit.text, wanted.text)
    return tuple(found.items())


def missing_terms(hits: Iterable[TermHit], there: Iterable[TermHit], target: str) -> tuple[tuple[TermHit, Term], ...]:
    """The source's terms of which the translation holds no allowed form, with what it should be called.

    `there` are the hits in the translation.
    """
    said = {hit.concept.key for hit in there if hit.term.status is not TermStatus.FORBIDDEN}
    absent: dict[str, tuple[TermHit, Term]] = {}
    for hit in hits:
        wanted = hit.concept.preferred(target)
        if wanted is not None and hit.concept.key not in said:
            absent.setdefault(hit.concept.key, (hit, wanted))
    return tuple(absent.values())


def forbidden_terms(there: Iterable[TermHit]) -> tuple[TermHit, ...]:
    return tuple(hit for hit in there if hit.term.status is TermStatus.FORBIDDEN)
