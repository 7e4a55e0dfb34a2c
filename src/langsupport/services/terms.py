"""The organization's terms: kept by concept, found in texts, exchanged as tables."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from langsupport.domain.languages import language
from langsupport.domain.terms import Concept, PartOfSpeech, Term, TermHit, TermStatus
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.memory import Imported
from langsupport.services.memory_rows import folded
from langsupport.services.memory_sheets import MOST_CHARS
from langsupport.services.schema_memory import term_concepts, terms
from langsupport.services.term_exchange import concepts_of, write_tbx
from langsupport.services.term_sheets import write_concepts
from langsupport.text.term_matcher import TermMatcher

_CHUNK = 500
_Stamp = tuple[int, int]


class TermService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._matchers: dict[str, tuple[_Stamp, TermMatcher]] = {}

    def add(self, concepts: Iterable[Concept], by: Caller | str, file_name: str) -> Imported:
        """Take over concepts; one whose key is there already is replaced as a whole."""
        given = {concept.key: concept for concept in concepts}
        who = by.name if isinstance(by, Caller) else by
        with self._database.write() as connection:
            replaced = _remove(connection, list(given))
            for concept in given.values():
                _insert(connection, concept, who)
            done = Imported(len(given) - replaced, replaced)
            note(connection, "terms-import", by, file_name, added=done.added, replaced=done.replaced)
        return done

    def import_file(self, data: bytes, name: str, by: Caller | str) -> Imported:
        """Take over a CSV, XLSX or TBX file, whole or not at all.

        Raises: InvalidRequest (naming the rows), UnsupportedFormat, EmptyInput, DamagedFile, HostileFile,
        InputTooLarge.
        """
        return self.add(concepts_of(data, name), by, name)

    def export(self, extension: str, by: Caller | str) -> bytes:
        """All terms as CSV, XLSX or TBX. Raises UnsupportedFormat."""
        data = write_tbx(self.all()) if extension == "tbx" else write_concepts(extension, self.all())
        with self._database.write() as connection:
            note(connection, "terms-export", by, f"terms.{extension}")
        return data

    def all(self) -> builtins.list[Concept]:
        with self._database.read() as connection:
            return _concepts(connection, sa.select(term_concepts).order_by(term_concepts.c.key))

    def list(
        self, words: str = "", code: str | None = None, limit: int = 50, after: str | None = None
    ) -> builtins.list[Concept]:
        """Concepts by key, those with a term that holds the words; `after` is the key of the last one shown."""
        query = sa.select(term_concepts).order_by(term_concepts.c.key).limit(limit)
        if after is not None:
            query = query.where(term_concepts.c.key > after.replace("\0", ""))
        conditions: builtins.list[sa.ColumnElement[bool]] = []
        if words.strip():
            conditions.append(terms.c.search.contains(folded(words), autoescape=True))
        if code:
            conditions.append(terms.c.language == language(code, name="language").code)
        if conditions:
            query = query.where(term_concepts.c.id.in_(sa.select(terms.c.concept_id).where(*conditions)))
        with self._database.read() as connection:
            return _concepts(connection, query)

    def delete(self, id: int, by: Caller | str) -> None:
        """Delete a concept and its terms. Raises NotFound."""
        with self._database.write() as connection:
            key = connection.scalar(sa.select(term_concepts.c.key).where(term_concepts.c.id == id))
            if key is None:
                raise NotFound(what="concept", id=str(id))
            connection.execute(sa.delete(term_concepts).where(term_concepts.c.id == id))
            note(connection, "term-deleted", by, f"concept {id}", key=key)

    def lookup(self, text: str, code: str) -> builtins.list[TermHit]:
        """The terms in a text, in order, forbidden ones too. Raises UnsupportedLanguage, InvalidRequest (too long)."""
        own = language(code, name="source").code
        if len(text) > MOST_CHARS:
            raise InvalidRequest(detail=f"The text is too long. The limit is {MOST_CHARS:,} characters.")
        return self.matcher(own).find(text)

    def matcher(self, code: str) -> TermMatcher:
        """Finds the terms of one language; made anew when any term has changed, by whatever process."""
        with self._lock, self._database.read() as connection:
            stamp = _stamp(connection)
            known = self._matchers.get(code)
            if known is None or known[0] != stamp:
                mine = sa.select(terms.c.concept_id).where(terms.c.language == code)
                concepts = _concepts(connection, sa.select(term_concepts).where(term_concepts.c.id.in_(mine)))
                known = self._matchers[code] = (stamp, TermMatcher(concepts, code))
            return known[1]


def _stamp(connection: sa.Connection) -> _Stamp:
    """Differs after any change: a changed concept has a new id."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(term_concepts.c.id), 0)).select_from(term_concepts)
    count, last = connection.execute(query).one()
    return count, last


def _remove(connection: sa.Connection, keys: Sequence[str]) -> int:
    removed = 0
    for start in range(0, len(keys), _CHUNK):
        part = term_concepts.c.key.in_(keys[start : start + _CHUNK])
        removed += connection.execute(sa.delete(term_concepts).where(part)).rowcount
    return removed


def _insert(connection: sa.Connection, concept: Concept, by: str) -> None:
    values = {
        "key": concept.key,
        "subject": concept.subject,
        "definition": concept.definition,
        "note": concept.note,
        "by": by[:200],
        "at_ms": now_ms(),
    }
    (id,) = connection.execute(sa.insert(term_concepts).values(values)).inserted_primary_key or (None,)
    made = [
        {
            "concept_id": id,
            "language": term.language,
            "text": term.text,
            "search": folded(term.text),
            "status": term.status,
            "part_of_speech": term.part_of_speech,
            "note": term.note,
            "position": position,
        }
        for position, term in enumerate(concept.terms)
    ]
    if made:
        connection.execute(sa.insert(terms), made)


def _concepts(connection: sa.Connection, query: sa.Select[Any]) -> builtins.list[Concept]:
    found = connection.execute(query).mappings().all()
    by_concept: dict[int, builtins.list[Term]] = {row["id"]: [] for row in found}
    ids = builtins.list(by_concept)
    for start in range(0, len(ids), _CHUNK):
        mine = terms.c.concept_id.in_(ids[start : start + _CHUNK])
        for row in connection.execute(sa.select(terms).where(mine).order_by(terms.c.position)).mappings():
            part = PartOfSpeech(row["part_of_speech"]) if row["part_of_speech"] else None
            term = Term(row["language"], row["text"], TermStatus(row["status"]), part, row["note"])
            by_concept[row["concept_id"]].append(term)
    return [
        Concept(row["key"], tuple(by_concept[row["id"]]), row["subject"], row["definition"], row["note"], row["id"])
        for row in found
    ]


__all__ = ["TermService"]
