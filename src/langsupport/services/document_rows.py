"""Queries on documents, renditions, segment translations and findings, in the transaction of the caller."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.lineage import Relation
from langsupport.domain.units import Origin, SegmentTranslation, State
from langsupport.errors import Conflict, NotFound
from langsupport.services.codecs import (
    error_from_json,
    finding_from_json,
    finding_to_json,
    plain,
    text_from_json,
    text_to_json,
)
from langsupport.services.database import insert_into
from langsupport.services.records import (
    DOCUMENT_MOVES,
    RENDITION_MOVES,
    DocumentRecord,
    DocumentState,
    RenditionRecord,
    RenditionState,
)
from langsupport.services.schema import documents, findings, renditions, segment_translations
from langsupport.services.visibility import Sight, seen

ACTIVE = (RenditionState.QUEUED, RenditionState.TRANSLATING)
_IN_LIMIT = 500
"""Values in one IN (…): SQLite allows 32,766 parameters, and plans stay small."""


def new_id() -> str:
    """32 hex digits that sort by time; 80 of the bits are random, so ids can't be guessed."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """The other way round. A moment without a zone is UTC."""
    return int((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp() * 1000)


def find_document(connection: sa.Connection, id: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(documents).where(documents.c.id == id)).mappings().first()


def document_row(connection: sa.Connection, id: str) -> sa.RowMapping:
    """Raises NotFound."""
    row = find_document(connection, id)
    if row is None:
        raise NotFound(what="document", id=id)
    return row


def change(connection: sa.Connection, id: str, **values: Any) -> None:
    """Update a document and count its version up. Raises Conflict if its state does not allow the move."""
    values["version"] = documents.c.version + 1
    query = sa.update(documents).where(documents.c.id == id).values(values)
    move(connection, query, documents.c.state, DOCUMENT_MOVES, values.get("state"))


def move(
    connection: sa.Connection,
    query: sa.Update,
    column: sa.Column[Any],
    moves: Mapping[Any, Collection[Any]],
    state: StrEnum | None,
) -> Any:
    """Run an update of one row; where it sets a state, only from one that may move there (or is it already).

    Gives what the update returns, if anything. Raises Conflict.
    """
    if state is not None:
        query = query.where(column.in_([old for old, new in moves.items() if state in new or old == state]))
    done = connection.execute(query)
    found = done.first() if done.returns_rows else None
    if not (found if done.returns_rows else done.rowcount):
        raise Conflict(detail="It was changed or deleted meanwhile.")
    return found[0] if found else None


def records(
    connection: sa.Connection, limit: int, before: str | None, of: Sight = None, meeting: str | None = None
) -> list[DocumentRecord]:
    """Newest first, of what `of` sees; those of one meeting."""
    query = sa.select(documents).where(seen(documents.c.meeting_id, of)).order_by(documents.c.id.desc()).limit(limit)
    if meeting is not None:
        query = query.where(documents.c.meeting_id == meeting)
    if before is not None:
        query = query.where(documents.c.id < before)
    return _with_renditions(connection, connection.execute(query).mappings().all())


def record(connection: sa.Connection, id: str) -> DocumentRecord:
    """Raises NotFound."""
    return _with_renditions(connection, [document_row(connection, id)])[0]


def _with_renditions(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[DocumentRecord]:
    ids = [row["id"] for row in rows]
    query = sa.select(renditions).where(renditions.c.document_id.in_(ids)).order_by(renditions.c.id)
    counted = sa.select(findings.c.document_id, findings.c.language, sa.func.count()).group_by(
        findings.c.document_id, findings.c.language
    )
    counts = {(id_, lang): n for id_, lang, n in connection.execute(counted.where(findings.c.document_id.in_(ids)))}
    grouped: dict[str, list[RenditionRecord]] = {id_: [] for id_ in ids}
    for row in connection.execute(query).mappings():
        grouped[row["document_id"]].append(_rendition(row, counts.get((row["document_id"], row["language"]), 0)))
    return [_document(row, tuple(grouped[row["id"]])) for row in rows]


def _document(row: sa.RowMapping, parts: tuple[RenditionRecord, ...]) -> DocumentRecord:
    return DocumentRecord(
        id=row["id"],
        name=row["name"],
        size=row["size"],
        state=DocumentState(row["state"]),
        created_at=moment(row["created_ms"]),
        version=row["version"],
        source=row["source"] or row["requested_source"],
        words=row["words"],
        segments=row["segments"],
        error=error_from_json(row["error"]),
        renditions=parts,
        meeting_id=row["meeting_id"],
        symbol=row["symbol"] or "",
        given_titles=row["titles"] or {},
        found_titles=row["found_titles"] or {},
        relation=Relation(row["relation"]) if row["relation"] else None,
        previous_id=row["previous_id"],
    )


def _rendition(row: sa.RowMapping, findings_count: int) -> RenditionRecord:
    return RenditionRecord(
        language=row["language"],
        state=RenditionState(row["state"]),
        done_segments=row["done_segments"],
        total_segments=row["total_segments"],
        error=error_from_json(row["error"]),
        findings_count=findings_count,
        file_name=row["file_name"],
        size=row["size"],
        model=row["model"],
        finished_at=moment(row["finished_ms"]) if row["finished_ms"] else None,
    )


def rendition_row(connection: sa.Connection, id: str, language: str) -> sa.RowMapping | None:
    query = sa.select(renditions).where(renditions.c.document_id == id, renditions.c.language == language)
    return connection.execute(query).mappings().first()


def change_rendition(connection: sa.Connection, rendition_id: int, **values: Any) -> None:
    """Raises Conflict if its state does not allow the move."""
    query = sa.update(renditions).where(renditions.c.id == rendition_id).values(values)
    move(connection, query, renditions.c.state, RENDITION_MOVES, values.get("state"))


def settle(connection: sa.Connection, id: str) -> bool:
    """Give a document that is being translated the state that follows from its renditions; whether it is an end.

    Locks the document first (PostgreSQL): of two renditions that end together the second sees both.
    """
    connection.execute(sa.select(documents.c.id).where(documents.c.id == id).with_for_update())
    query = sa.select(renditions.c.state, renditions.c.error).where(renditions.c.document_id == id)
    found = connection.execute(query.order_by(renditions.c.id)).all()
    if any(state in ACTIVE for state, _ in found):
        change(connection, id)
        return False
    failed = [error for state, error in found if state == RenditionState.FAILED]
    state = DocumentState.FAILED if failed else DocumentState.DONE
    change(connection, id, state=state, error=failed[0] if failed else None)
    return True


def stored_keys(connection: sa.Connection, rendition_id: int, keys: Sequence[str]) -> set[str]:
    """Which of these segments are translated already."""
    table = segment_translations
    found: set[str] = set()
    for part in _parts(keys):
        query = sa.select(table.c.key).where(table.c.rendition_id == rendition_id, table.c.key.in_(part))
        found |= set(connection.scalars(query))
    return found


def count_translations(connection: sa.Connection, rendition_id: int) -> int:
    table = segment_translations
    return connection.scalar(sa.select(sa.func.count()).where(table.c.rendition_id == rendition_id)) or 0


def translations(connection: sa.Connection, rendition_id: int) -> dict[str, SegmentTranslation]:
    """All of a rendition, by segment key."""
    query = sa.select(segment_translations).where(segment_translations.c.rendition_id == rendition_id)
    return {row["key"]: _translation(row) for row in connection.execute(query).mappings()}


def reusable(
    connection: sa.Connection, keys: Sequence[str], source: str, language: str, model: str
) -> dict[str, SegmentTranslation]:
    """What the same model made of the same segments in other documents, where the checks found nothing wrong."""
    table, found = segment_translations, {}
    for part in _parts(keys):
        query = sa.select(table).where(
            table.c.key.in_(part),
            table.c.source == source,
            table.c.language == language,
            table.c.model == model,
            table.c.origin == Origin.MACHINE,
        )
        for row in connection.execute(query).mappings():
            if not row["findings"]:
                found[row["key"]] = _translation(row)
    return found


def _translation(row: sa.RowMapping) -> SegmentTranslation:
    return SegmentTranslation(
        key=row["key"],
        target=text_from_json(row["target"]),
        origin=Origin(row["origin"]),
        state=State(row["state"]),
        model=row["model"],
        score=row["score"],
        confidence=row["confidence"],
        findings=tuple(finding_from_json(value) for value in row["findings"]),
    )


def store_translations(
    connection: sa.Connection,
    rendition_id: int,
    language: str,
    sources: Mapping[str, str],
    done: Iterable[SegmentTranslation],
) -> None:
    """Write translations; those that are there already stay as they are. `sources`: segment key to its language."""
    rows = [
        {
            "rendition_id": rendition_id,
            "key": item.key,
            "source": sources[item.key],
            "language": language,
            "target": text_to_json(item.target),
            "origin": item.origin,
            "state": item.state,
            "model": item.model,
            "score": item.score,
            "confidence": item.confidence,
            "findings": [finding_to_json(finding) for finding in item.findings],
        }
        for item in done
    ]
    if rows:
        insert = insert_into(segment_translations, connection.dialect.name)
        connection.execute(insert.on_conflict_do_nothing(), rows)


def models(connection: sa.Connection, rendition_id: int) -> str | None:
    """What translated a rendition, the one that did most first."""
    table = segment_translations
    query = (
        sa.select(table.c.model)
        .where(table.c.rendition_id == rendition_id, table.c.model != "")
        .group_by(table.c.model)
        .order_by(sa.func.count().desc(), table.c.model)
    )
    return ", ".join(connection.scalars(query))[:255] or None


def store_findings(connection: sa.Connection, id: str, language: str | None, found: Iterable[Finding]) -> None:
    """Replace the findings of a document's reading (language None) or of one rendition."""
    where = findings.c.language.is_(None) if language is None else findings.c.language == language
    connection.execute(sa.delete(findings).where(findings.c.document_id == id, where))
    rows = [
        {
            "document_id": id,
            "language": language,
            "code": finding.code,
            "severity": finding.severity,
            "template": finding.template,
            "fields": plain(finding.fields),
            "unit_id": finding.unit_id,
            "segment_index": finding.segment_index,
        }
        for finding in found
    ]
    if rows:
        connection.execute(sa.insert(findings), rows)


def read_findings(connection: sa.Connection, id: str, language: str | None) -> list[Finding]:
    where = findings.c.language.is_(None) if language is None else findings.c.language == language
    query = sa.select(findings).where(findings.c.document_id == id, where).order_by(findings.c.id)
    return [
        Finding(
            row["code"],
            Severity(row["severity"]),
            row["template"],
            row["fields"],
            row["unit_id"],
            row["segment_index"],
        )
        for row in connection.execute(query).mappings()
    ]


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _IN_LIMIT] for start in range(0, len(values), _IN_LIMIT))
