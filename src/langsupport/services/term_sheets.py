"""Terms as tables of text, of two shapes.

    long   a row is a term: concept, language, term, status, part_of_speech, note, subject, definition
    wide   a row is a concept: a column for each language, named by its code; several terms of one language in a cell
           are separated by semicolons, the preferred one first. `concept`, `subject`, `definition` may stand beside

Export is long, since only that holds everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.terms import Concept, PartOfSpeech, Term, TermStatus
from langsupport.formats.sheets import Row, read_rows, write_rows
from langsupport.services.memory_sheets import RowProblems, check_columns

COLUMNS = ("concept", "language", "term", "status", "part_of_speech", "note", "subject", "definition")
KEY_CHARS = 200
TERM_CHARS = 500
NOTE_CHARS = 5_000
_LIMITS = {"concept": KEY_CHARS, "subject": KEY_CHARS, "definition": NOTE_CHARS, "note": NOTE_CHARS}


@dataclass(slots=True)
class _Open:
    """A concept while its rows are read."""

    subject: str = ""
    definition: str = ""
    terms: list[Term] = field(default_factory=list)


def read_concepts(data: bytes, name: str) -> list[Concept]:
    """Raises: what `read_rows` raises; InvalidRequest, naming the rows."""
    header, rows = read_rows(data, name)
    problems = RowProblems(name)
    if "term" not in header and any(code in header for code in LANGUAGES):
        found = _wide(rows, problems)
    else:
        check_columns(header, ("concept", "language", "term"), name)
        found = _long(rows, problems)
    problems.check()
    return [Concept(key, tuple(dict.fromkeys(c.terms)), c.subject, c.definition) for key, c in found.items()]


def _long(rows: Sequence[Row], problems: RowProblems) -> dict[str, _Open]:
    found: dict[str, _Open] = {}
    for row in rows:
        term = _term(row, problems)
        key = row.cells.get("concept", "")
        if not key:
            problems.add(row, "the concept is empty")
        elif term is not None and _fits(row, problems):
            concept = found.setdefault(key, _Open())
            concept.terms.append(term)
            concept.subject = concept.subject or row.cells.get("subject", "")
            concept.definition = concept.definition or row.cells.get("definition", "")
    return found


def _term(row: Row, problems: RowProblems) -> Term | None:
    cells = row.cells
    code, text = cells.get("language", "").lower(), cells.get("term", "")
    status, part = cells.get("status", TermStatus.PREFERRED).lower(), cells.get("part_of_speech", "").lower()
    if code not in LANGUAGES:
        problems.add(row, f"language is “{code[:20]}”; it can be {', '.join(LANGUAGES)}")
    elif not _sized(row, text, problems):
        pass
    elif status not in set(TermStatus):
        problems.add(row, f"status is “{status[:20]}”; it can be {', '.join(TermStatus)}")
    elif part and part not in set(PartOfSpeech):
        problems.add(row, f"part_of_speech is “{part[:20]}”; it can be {', '.join(PartOfSpeech)}")
    else:
        return Term(code, text, TermStatus(status), PartOfSpeech(part) if part else None, cells.get("note", ""))
    return None


def _sized(row: Row, text: str, problems: RowProblems) -> bool:
    if not any(map(str.isalnum, text)):
        problems.add(row, "the term is empty")
        return False
    if len(text) > TERM_CHARS:
        problems.add(row, f"the term has {len(text):,} characters, and the limit is {TERM_CHARS:,}")
        return False
    return True


def _fits(row: Row, problems: RowProblems) -> bool:
    for column, limit in _LIMITS.items():
        if len(row.cells.get(column, "")) > limit:
            problems.add(row, f"{column} has more than {limit:,} characters")
            return False
    return True


def _wide(rows: Sequence[Row], problems: RowProblems) -> dict[str, _Open]:
    found: dict[str, _Open] = {}
    for row in rows:
        terms = list(_wide_terms(row, problems))
        if not terms:
            problems.add(row, "there is no term in any language")
        elif _fits(row, problems):
            key = row.cells.get("concept", "") or terms[0].text[:KEY_CHARS]
            concept = found.setdefault(key, _Open(row.cells.get("subject", ""), row.cells.get("definition", "")))
            concept.terms += terms
    return found


def _wide_terms(row: Row, problems: RowProblems) -> Iterator[Term]:
    for code in ("en", *(code for code in LANGUAGES if code != "en")):
        texts = [text.strip() for text in row.cells.get(code, "").split(";") if text.strip()]
        for index, text in enumerate(texts):
            if _sized(row, text, problems):
                yield Term(code, text, TermStatus.ADMITTED if index else TermStatus.PREFERRED)


def write_concepts(extension: str, concepts: Iterable[Concept]) -> bytes:
    return write_rows(extension, COLUMNS, _cells(concepts))


def _cells(concepts: Iterable[Concept]) -> Iterator[tuple[str, ...]]:
    for concept in concepts:
        for term in concept.terms:
            part = term.part_of_speech.value if term.part_of_speech else ""
            own = (concept.key, term.language, term.text, term.status.value, part, term.note)
            yield (*own, concept.subject, concept.definition)


__all__ = ["COLUMNS", "read_concepts", "write_concepts"]
