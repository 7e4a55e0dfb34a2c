"""Units of the translation memory as rows: written and read in the transaction of the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from langsupport.domain.matches import MemoryUnit, UnitOrigin
from langsupport.services.codecs import text_from_json, text_to_json
from langsupport.services.database import insert_into, now_ms
from langsupport.services.document_rows import milliseconds, moment
from langsupport.services.schema_accounts import meetings
from langsupport.services.schema_memory import memory_units
from langsupport.services.visibility import Sight, seen
from langsupport.text.similarity import index_keys, normal, tokens

_owners = meetings.alias("owners")
"""By another name, since conditions on who sees what look into `meetings` by themselves."""
_CHUNK = 500
"""Rows in one statement: SQLite allows 32,766 parameters, and plans stay small."""
_REPLACED = ("target", "search", "origin", "document", "document_id", "by", "at_ms")


def text_hash(text: str) -> str:
    """By which the same text is found. 32 hex digits."""
    return _hash(normal(text))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def values_of(unit: MemoryUnit, meeting_id: str | None, document_id: str | None) -> dict[str, Any]:
    """A row for a unit."""
    source = unit.source.renumbered(unit.source.canonical_ids())
    before, after = normal(unit.before), normal(unit.after)
    direction = (unit.source_language, unit.target_language)
    codes = repr(source.shape())
    return {
        "source_language": unit.source_language,
        "target_language": unit.target_language,
        "source": text_to_json(source),
        "target": text_to_json(unit.target),
        "before": before,
        "after": after,
        "text_hash": text_hash(source.text),
        "identity": _hash(*direction, normal(source.text), codes, before, after, meeting_id or ""),
        "keys": index_keys(tokens(source.text, unit.source_language), unit.source_language),
        "search": folded(f"{source.text}\n{unit.target.text}"),
        "origin": unit.origin,
        "document": unit.document[:255],
        "document_id": document_id,
        "by": unit.by[:200],
        "at_ms": milliseconds(unit.at) if unit.at else now_ms(),
        "meeting_id": meeting_id,
    }


def folded(text: str) -> str:
    return normal(text).casefold()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of units that were given. `kept`: there were others in their place, approved here, and they stay."""

    added: int = 0
    replaced: int = 0
    kept: int = 0


def store(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> Stored:
    """Write rows.

    The same source between the same neighbours takes the newer translation; what people approved here gives way only to
    what they approve.
    """
    distinct = list({row["identity"]: row for row in rows}.values())
    if not distinct:
        return Stored()
    if connection.dialect.name == "postgresql":  # so that ids become visible in their order: the index relies on it
        connection.exec_driver_sql("LOCK TABLE memory_units IN SHARE ROW EXCLUSIVE MODE")
    statement = insert_into(memory_units, connection.dialect.name)
    changes = {name: statement.excluded[name] for name in _REPLACED}
    table, approved = memory_units.c, UnitOrigin.APPROVED.value
    gives_way = sa.or_(table.origin != approved, statement.excluded.origin == approved)
    statement = statement.on_conflict_do_update(index_elements=["identity"], set_=changes, where=gives_way)
    replaced = kept = 0
    for start in range(0, len(distinct), _CHUNK):
        part = distinct[start : start + _CHUNK]
        known = table.identity.in_([row["identity"] for row in part])
        origins = {
            row.identity: row.origin for row in connection.execute(sa.select(table.identity, table.origin).where(known))
        }
        new = {row["identity"]: row["origin"] for row in part}
        stay = sum(origin == approved != new[identity] for identity, origin in origins.items())
        kept += stay
        replaced += len(origins) - stay
        connection.execute(statement, part)
    return Stored(len(distinct) - replaced - kept, replaced, kept)


def _query() -> sa.Select[Any]:
    return sa.select(memory_units, _owners.c.code.label("meeting")).outerjoin(
        _owners, _owners.c.id == memory_units.c.meeting_id
    )


def unit(row: sa.RowMapping) -> MemoryUnit:
    return MemoryUnit(
        source=text_from_json(row["source"]),
        target=text_from_json(row["target"]),
        source_language=row["source_language"],
        target_language=row["target_language"],
        before=row["before"],
        after=row["after"],
        origin=UnitOrigin(row["origin"]),
        document=row["document"],
        by=row["by"],
        at=moment(row["at_ms"]),
        meeting=row["meeting"] or "",
        id=row["id"],
    )


def by_ids(connection: sa.Connection, ids: Sequence[int]) -> list[MemoryUnit]:
    """Those that are still there."""
    query = _query().where(memory_units.c.id.in_(ids))
    return [unit(row) for row in connection.execute(query).mappings()] if ids else []


def by_texts(
    connection: sa.Connection, texts: Collection[str], source: str, target: str, scope: sa.ColumnElement[bool]
) -> dict[str, list[MemoryUnit]]:
    """The units with these source texts, by `text_hash`."""
    wanted = list({text_hash(text) for text in texts})
    found: dict[str, list[MemoryUnit]] = {}
    direction = (memory_units.c.source_language == source, memory_units.c.target_language == target)
    for start in range(0, len(wanted), _CHUNK):
        part = memory_units.c.text_hash.in_(wanted[start : start + _CHUNK])
        for row in connection.execute(_query().where(part, *direction, scope)).mappings():
            found.setdefault(row["text_hash"], []).append(unit(row))
    return found


def in_scopes(meeting_id: str | None) -> sa.ColumnElement[bool]:
    """The organization's memory, and that of one meeting."""
    own = memory_units.c.meeting_id.is_(None)
    return own if meeting_id is None else sa.or_(own, memory_units.c.meeting_id == meeting_id)


def containing(
    connection: sa.Connection,
    words: str,
    source: str,
    target: str,
    of: Sight,
    limit: int,
    before: int | None,
) -> list[MemoryUnit]:
    """Units with these words in the source or the target, the newest first."""
    query = (
        _query()
        .where(
            memory_units.c.source_language == source,
            memory_units.c.target_language == target,
            memory_units.c.search.contains(folded(words), autoescape=True),
            seen(memory_units.c.meeting_id, of),
        )
        .order_by(memory_units.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(memory_units.c.id < before)
    return [unit(row) for row in connection.execute(query).mappings()]


def pages(
    connection: sa.Connection, where: Iterable[sa.ColumnElement[bool]], size: int = 2_000
) -> Iterator[MemoryUnit]:
    """All units under these conditions, in the order of their ids."""
    last = 0
    conditions = list(where)
    while True:
        query = _query().where(memory_units.c.id > last, *conditions).order_by(memory_units.c.id).limit(size)
        rows = connection.execute(query).mappings().all()
        yield from map(unit, rows)
        if len(rows) < size:
            return
        last = rows[-1]["id"]
