"""Terms as TBX: `domain.interchange` on one side, `domain.terms` on the other. Other languages than the six are left
aside, and so is what a term base of ours has no place for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from langsupport.domain import interchange
from langsupport.domain.interchange import ConceptLanguage, ConceptTerm, TermConcept, category_values
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.terms import Concept, PartOfSpeech, Term, TermStatus
from langsupport.errors import InvalidRequest
from langsupport.formats.interchange.tbx import category, read_terms, status_category, write_terms
from langsupport.formats.sheets import MEDIA_TYPES, extension_of
from langsupport.services.term_sheets import KEY_CHARS, NOTE_CHARS, TERM_CHARS, read_concepts

TERM_FORMATS: Mapping[str, str] = MEDIA_TYPES | {"tbx": "application/x-tbx+xml"}
"""Extension -> media type: what terms are imported from and exported to."""
_PARTS = MappingProxyType({"properNoun": PartOfSpeech.PROPER_NOUN})
_PART_NAMES = MappingProxyType({part: name for name, part in _PARTS.items()})


def concepts_of(data: bytes, name: str) -> list[Concept]:
    """Of a CSV, XLSX or TBX file, by its name. Raises what is wrong with it, and UnsupportedFormat."""
    read = read_tbx if extension_of(name, TERM_FORMATS) == "tbx" else read_concepts
    return read(data, name)


def read_tbx(data: bytes, name: str) -> list[Concept]:
    """Raises: what `read_terms` raises; InvalidRequest where no concept has a term in one of the six languages."""
    found = [made for concept in read_terms(data, name).concepts if (made := _concept(concept)).terms]
    if not found:
        names = ", ".join(LANGUAGES)
        detail = f"{name}: no concept has a term in one of the languages {names}. Nothing was taken over."
        raise InvalidRequest(detail=detail)
    return found


def _concept(concept: TermConcept) -> Concept:
    definitions = [*concept.definitions(), *(text for code in ("en", *LANGUAGES) for text in concept.definitions(code))]
    return Concept(
        concept.id[:KEY_CHARS],
        tuple(dict.fromkeys(_terms(concept))),
        "; ".join(concept.subjects)[:KEY_CHARS],
        next(iter(definitions), "")[:NOTE_CHARS],
    )


def _terms(concept: TermConcept) -> Iterator[Term]:
    for code in LANGUAGES:
        for number, term in enumerate(concept.terms(code)):
            text = " ".join(term.text.split())
            if not any(map(str.isalnum, text)) or len(text) > TERM_CHARS:
                continue
            unsaid = TermStatus.ADMITTED if number else TermStatus.PREFERRED
            status = term.status or unsaid
            note = "; ".join((*category_values(term.data, "note"), *category_values(term.data, "usageNote")))
            yield Term(code, text, status, _part(term.part_of_speech), note[:NOTE_CHARS])


def _part(name: str) -> PartOfSpeech | None:
    if not name:
        return None
    if name in _PARTS:
        return _PARTS[name]
    return PartOfSpeech(name) if name in set(PartOfSpeech) else PartOfSpeech.OTHER


def write_tbx(concepts: Iterable[Concept]) -> bytes:
    return write_terms(interchange.TermBase(tuple(map(_tbx_concept, concepts))))


def _tbx_concept(concept: Concept) -> TermConcept:
    named = {"subjectField": concept.subject, "definition": concept.definition}
    sections = tuple(
        ConceptLanguage(code, tuple(map(_tbx_term, concept.in_language(code))))
        for code in LANGUAGES
        if concept.in_language(code)
    )
    return TermConcept(concept.key, sections, tuple(category(name, text) for name, text in named.items() if text))


def _tbx_term(term: Term) -> ConceptTerm:
    data = [status_category(term.status)]
    if term.part_of_speech is not None:
        data.append(category("partOfSpeech", _PART_NAMES.get(term.part_of_speech, term.part_of_speech.value)))
    if term.note:
        data.append(category("usageNote", term.note))
    return ConceptTerm(term.text, tuple(data))


__all__ = ["TERM_FORMATS", "read_tbx", "write_tbx"]
