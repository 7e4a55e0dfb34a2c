"""The register of documents: their symbols, their titles in six languages, and what follows what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.lineage import SYMBOL_CHARS, Relation, next_symbol
from langsupport.errors import Conflict, InvalidRequest, NotFound, Outdated
from langsupport.pipelines.titles import TITLE_CHARS
from langsupport.services import document_rows as rows
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.changes import Changes
from langsupport.services.database import Database
from langsupport.services.records import DocumentRecord
from langsupport.services.schema import documents
from langsupport.services.secrets_at_rest import sha256
from langsupport.services.session_input import line
from langsupport.services.visibility import Sight, seen

MOST_FOLLOWING = 100


@dataclass(frozen=True, slots=True)
class Following:
    """What a new document says of itself. `previous_id` and `relation` go together."""

    symbol: str = ""
    relation: Relation | None = None
    previous_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentAsked:
    """What people say of a document. `titles` by language; an empty one gives way to what the document itself says."""

    symbol: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)


class DocumentRegister:
    """All methods may be called from any thread. Raises our errors only. The caller has looked whether the document
    may be seen; `of` is what may be seen of the others."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def describe(
        self, id: str, asked: DocumentAsked, by: Caller, version: int | None = None, over: str | None = None
    ) -> DocumentRecord:
        """`version`: of the whole document, which a translation that goes on counts up; `over`: the `stamp` of what
        people had said of it, where only that counts.

        Raises NotFound, InvalidRequest, UnsupportedLanguage, Conflict (its symbol is taken; changed meanwhile).
        """
        titles = {
            language(code, name="titles").code: kept
            for code, title in asked.titles.items()
            if (kept := line(title, "title", TITLE_CHARS))
        }
        with self._database.write() as connection:
            row = rows.document_row(connection, id)
            said = stamp(DocumentAsked(row["symbol"] or "", row["titles"] or {}))
            if version not in (None, row["version"]) or over not in (None, said):
                raise Outdated(detail="Somebody else changed this document meanwhile. Look at it again.")
            symbol = own_symbol(connection, asked.symbol, row["meeting_id"], id)
            rows.change(connection, id, symbol=symbol or None, titles=titles or None)
            note(connection, "document-described", by, f"document {id}", symbol=symbol)
        self._changes.notify(id)
        with self._database.read() as connection:
            return rows.record(connection, id)

    def suggested(self, id: str, relation: Relation) -> str:
        """The symbol of what would follow a document; "" where it has none. Raises NotFound."""
        with self._database.read() as connection:
            row = rows.document_row(connection, id)
            beside = sa.and_(documents.c.symbol.is_not(None), _same_meeting(row["meeting_id"]))
            taken = connection.scalars(sa.select(documents.c.symbol).where(beside)).all()
        return next_symbol(row["symbol"] or "", relation, taken)

    def previous(self, id: str, of: Sight = None) -> DocumentRecord | None:
        """What a document follows, where that is still there and may be seen. Raises NotFound."""
        with self._database.read() as connection:
            row = rows.document_row(connection, id)
            mine = sa.and_(documents.c.id == row["previous_id"], seen(documents.c.meeting_id, of))
            found = connection.scalar(sa.select(documents.c.id).where(mine)) if row["previous_id"] else None
            return rows.record(connection, found) if found else None

    def following(self, id: str, of: Sight = None) -> list[DocumentRecord]:
        """What follows a document directly, the oldest first."""
        after = sa.and_(documents.c.previous_id == id, seen(documents.c.meeting_id, of))
        query = sa.select(documents.c.id).where(after).order_by(documents.c.id).limit(MOST_FOLLOWING)
        with self._database.read() as connection:
            return [rows.record(connection, found) for found in connection.scalars(query).all()]


def stamp(said: DocumentAsked) -> str:
    """Tells one state of what people say of a document from another."""
    titles = sorted((code, title) for code, title in said.titles.items() if title)
    return sha256(json.dumps([said.symbol, titles]))[:16]


def following_values(connection: sa.Connection, asked: Following, meeting_id: str | None) -> dict[str, Any]:
    """What a new row holds of it. Raises NotFound (no such document before), InvalidRequest, Conflict."""
    if (asked.relation is None) != (asked.previous_id is None):
        raise InvalidRequest(detail="Name both: the document before, and what the new one is to it.")
    if asked.previous_id is not None and rows.find_document(connection, asked.previous_id) is None:
        raise NotFound(what="document", id=asked.previous_id)
    symbol = own_symbol(connection, asked.symbol, meeting_id)
    return {"symbol": symbol or None, "relation": asked.relation, "previous_id": asked.previous_id}


def own_symbol(connection: sa.Connection, symbol: str, meeting_id: str | None, but: str | None = None) -> str:
    """A symbol that no other document of the same meeting has. Raises InvalidRequest, Conflict."""
    kept = line(symbol, "symbol", SYMBOL_CHARS)
    if kept:
        same = sa.and_(documents.c.symbol == kept, _same_meeting(meeting_id), documents.c.id != (but or ""))
        other = connection.scalar(sa.select(documents.c.name).where(same).limit(1))
        if other is not None:
            raise Conflict(detail=f"“{other}” has the symbol {kept} already. Choose another one.")
    return kept


def _same_meeting(meeting_id: str | None) -> sa.ColumnElement[bool]:
    """Only there: what belongs to other meetings may be confidential, and its symbols with it."""
    return documents.c.meeting_id.is_(None) if meeting_id is None else documents.c.meeting_id == meeting_id


def put_found_title(connection: sa.Connection, id: str, code: str, title: str) -> None:
    """Keep what a document, or its translation, calls itself in one language. Languages may end at the same time."""
    if not title or code not in LANGUAGES:
        return
    query = sa.select(documents.c.found_titles).where(documents.c.id == id).with_for_update()
    found = connection.scalar(query) or {}
    mine = sa.update(documents).where(documents.c.id == id)
    connection.execute(mine.values(found_titles={**found, code: title}))


__all__ = [
    "DocumentAsked",
    "DocumentRegister",
    "Following",
    "following_values",
    "own_symbol",
    "put_found_title",
    "stamp",
]
