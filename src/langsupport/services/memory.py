"""The translation memory: approved texts and their translations, of the organization and of each meeting.

Only approved text enters: final translations by `enter`, in the transaction of whoever approves, and imports, which are
a coordinator's act. A text is looked up in the organization's memory, and in that of the meeting that it belongs to; a
meeting's memory is seen by those who see the meeting.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.matches import LEAST_SHOWN, Match, MemoryUnit, UnitOrigin
from langsupport.domain.units import CodedText, Segment, SegmentTranslation, State
from langsupport.errors import InvalidRequest, NotFound
from langsupport.formats.sheets import extension_of
from langsupport.pipelines.leverage import Asked, from_memory, matches
from langsupport.services import memory_rows as rows
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.database import Database
from langsupport.services.meetings import meeting_row
from langsupport.services.memory_exchange import MEMORY_FORMATS, read_tmx, write_tmx
from langsupport.services.memory_index import IndexRow, MemoryIndex
from langsupport.services.memory_sheets import MOST_CHARS, read_units, write_units
from langsupport.services.schema_accounts import meetings
from langsupport.services.schema_memory import memory_units
from langsupport.services.visibility import Sight, seen
from langsupport.text.similarity import index_keys, tokens

_CANDIDATES = 60
"""Units that are compared with a text word by word."""
_TRIES = 20
"""So often candidates are asked for again because some of them were deleted."""
_FETCH = 100_000
"""Rows that the index reads at a time."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A segment whose translation is final. `before` and `after`: the source texts of its neighbours."""

    segment: Segment
    translation: SegmentTranslation
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where approved text comes from."""

    document: str
    document_id: str | None
    meeting_id: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. What was there already took the newer text, or was kept because it had been approved here."""

    added: int
    replaced: int
    kept: int = 0


class MemoryService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = MemoryIndex()
        self._last = 0
        self._lock = threading.Lock()

    def enter(
        self,
        connection: sa.Connection,
        approved: Iterable[Approved],
        source: str,
        target: str,
        provenance: Provenance,
    ) -> int:
        """Keep approved translations, in the transaction that approves them. Gives how many units are new.

        Raises InvalidRequest: one of them is not final.
        """
        made = []
        for item in approved:
            if item.translation.state is not State.FINAL:
                raise InvalidRequest(detail="Only approved translations enter the memory.")
            unit = MemoryUnit(
                item.segment.source,
                item.translation.target,
                item.segment.language or source,
                target,
                item.before,
                item.after,
                UnitOrigin.APPROVED,
                provenance.document,
                provenance.by,
            )
            if unit.source_language in LANGUAGES and unit.source_language != target and unit.source.text.strip():
                made.append(rows.values_of(unit, provenance.meeting_id, provenance.document_id))
        return rows.store(connection, made).added

    def add(self, units: Iterable[MemoryUnit], by: Caller | str, file_name: str, meeting_id: str | None) -> Imported:
        """Take over units of another memory. Raises NotFound: no such meeting."""
        made = [rows.values_of(unit, meeting_id, None) for unit in units]
        with self._database.write() as connection:
            if meeting_id is not None:
                meeting_row(connection, meeting_id)
            done = rows.store(connection, made)
            counts = {"meeting_id": meeting_id, "added": done.added, "replaced": done.replaced, "kept": done.kept}
            note(connection, "memory-import", by, file_name, address="", **counts)
        return Imported(done.added, done.replaced, done.kept)

    def import_file(
        self,
        data: bytes,
        name: str,
        by: Caller | str,
        source: str | None = None,
        target: str | None = None,
        meeting_id: str | None = None,
        origin: UnitOrigin = UnitOrigin.IMPORTED,
    ) -> Imported:
        """Take over a CSV, XLSX or TMX file, whole or not at all. `source` and `target` are for tables.

        Raises: InvalidRequest (naming the rows), UnsupportedFormat, EmptyInput, DamagedFile, HostileFile,
        InputTooLarge, UnsupportedLanguage, NotFound (the meeting).
        """
        own = language(source, name="source").code if source else None
        other = language(target, name="target").code if target else None
        if origin is UnitOrigin.APPROVED:
            raise InvalidRequest(detail="What is imported was not approved here. Its origin is imported or aligned.")
        who = by.name if isinstance(by, Caller) else by
        if extension_of(name, MEMORY_FORMATS) == "tmx":
            return self.add(read_tmx(data, name, origin, who), by, name, meeting_id)
        return self.add(read_units(data, name, own, other, origin, who), by, name, meeting_id)

    def export(
        self,
        extension: str,
        by: Caller | str,
        of: Sight = None,
        source: str | None = None,
        target: str | None = None,
        meeting_id: str | None = None,
    ) -> bytes:
        """What `of` sees as CSV, XLSX or TMX; of one direction, of one meeting. Raises UnsupportedFormat."""
        units = self.units(of, source, target, meeting_id)
        data = write_tmx(units) if extension == "tmx" else write_units(extension, units)
        with self._database.write() as connection:
            note(connection, "memory-export", by, f"memory.{extension}", meeting_id=meeting_id)
        return data

    def units(
        self, of: Sight = None, source: str | None = None, target: str | None = None, meeting_id: str | None = None
    ) -> Iterator[MemoryUnit]:
        """Everything that `of` sees, page by page; of one direction, of one meeting."""
        table = memory_units.c
        where: builtins.list[sa.ColumnElement[bool]] = [seen(table.meeting_id, of)]
        for column, value in (
            (table.source_language, source),
            (table.target_language, target),
            (table.meeting_id, meeting_id),
        ):
            if value:
                where.append(column == value)
        with self._database.read() as connection:
            yield from rows.pages(connection, where)

    def delete(self, id: int, by: Caller | str, of: Sight = None) -> None:
        """Raises NotFound."""
        mine = sa.and_(memory_units.c.id == id, seen(memory_units.c.meeting_id, of))
        with self._database.write() as connection:
            found = connection.execute(sa.select(memory_units).where(mine)).mappings().first()
            if found is None:
                raise NotFound(what="memory unit", id=str(id))
            connection.execute(sa.delete(memory_units).where(memory_units.c.id == id))
            direction = f"{found['source_language']}-{found['target_language']}"
            note(connection, "memory-deleted", by, f"unit {id}", languages=direction, document=found["document"])

    def clear(self, meeting_id: str, by: Caller | str, of: Sight = None) -> int:
        """Delete a meeting's memory. Gives how many units there were. Raises NotFound: no meeting that `of` sees."""
        with self._database.write() as connection:
            meeting_row(connection, meeting_id, of)
            done = connection.execute(sa.delete(memory_units).where(memory_units.c.meeting_id == meeting_id)).rowcount
            note(connection, "memory-deleted", by, f"meeting {meeting_id}", units=done)
        return done

    def search(
        self, asked: Asked, meeting_id: str | None = None, least: int = LEAST_SHOWN, limit: int = 10
    ) -> builtins.list[Match]:
        """Exact, context and fuzzy matches, the best first, from the organization's memory and one meeting's.

        The caller has looked whether the meeting may be seen.
        """
        _check(asked)
        with self._database.read() as connection:
            self._refresh(connection)
            return self._matches(connection, asked, meeting_id, _code(connection, meeting_id), least)[:limit]

    def _matches(
        self, connection: sa.Connection, asked: Asked, meeting_id: str | None, code: str, least: int
    ) -> builtins.list[Match]:
        """`code` is the meeting's. The index has been brought up to date."""
        direction = (asked.source_language, asked.target_language)
        scope = rows.in_scopes(meeting_id)
        same = rows.by_texts(connection, [asked.source.text], *direction, scope)
        units = {unit.id: unit for found in same.values() for unit in found}
        keys = index_keys(tokens(asked.source.text, asked.source_language), asked.source_language)
        scopes = (None,) if meeting_id is None else (None, meeting_id)
        for _ in range(_TRIES):
            ids = self._index.candidates(*direction, keys, scopes, least / 100, _CANDIDATES)
            units |= {unit.id: unit for unit in rows.by_ids(connection, [id for id in ids if id not in units])}
            gone = [id for id in ids if id not in units]
            if not self._forgotten(connection, *direction, gone):
                break
        return matches(asked, units.values(), least, code)

    def _forgotten(self, connection: sa.Connection, source: str, target: str, gone: Collection[int]) -> bool:
        """Take deleted units out of the index. Not those that are newer than what this connection sees."""
        if not gone:
            return False
        last = connection.scalar(sa.select(sa.func.max(memory_units.c.id))) or 0
        deleted = [id for id in gone if id <= last]
        self._index.forget(source, target, deleted)
        return bool(deleted)

    def unit(self, id: int, meeting_id: str | None) -> MemoryUnit | None:
        """One unit of the organization's memory or of a meeting's, if it is there."""
        with self._database.read() as connection:
            where = [memory_units.c.id == id, rows.in_scopes(meeting_id)]
            return next(iter(rows.pages(connection, where)), None)

    def concordance(
        self,
        words: str,
        source: str,
        target: str,
        of: Sight = None,
        limit: int = 50,
        before: int | None = None,
    ) -> builtins.list[MemoryUnit]:
        """Units with these words in either text, the newest first; `before` is the id of the last one shown.

        Raises InvalidRequest, UnsupportedLanguage.
        """
        if not words.strip():
            raise InvalidRequest(detail="Say which words to look for.")
        codes = (language(source, name="source").code, language(target, name="target").code)
        with self._database.read() as connection:
            return rows.containing(connection, words[:MOST_CHARS], *codes, of, limit, before)

    def known(
        self, segments: Sequence[Segment], keys: Collection[str], source: str, target: str, meeting_id: str | None
    ) -> dict[str, SegmentTranslation]:
        """Of a document's segments with these keys, what comes before the machine: exact and context matches."""
        asked = asked_of(segments, keys, source, target)
        result: dict[str, SegmentTranslation] = {}
        with self._database.read() as connection:
            code = _code(connection, meeting_id)
            for own in {item.source_language for item in asked.values()} & set(LANGUAGES) - {target}:
                mine = {key: item for key, item in asked.items() if item.source_language == own}
                texts = [item.source.text for item in mine.values()]
                found = rows.by_texts(connection, texts, own, target, rows.in_scopes(meeting_id))
                for key, item in mine.items():
                    units = found.get(rows.text_hash(item.source.text), [])
                    best = matches(item, units, meeting=code)
                    made = from_memory(Segment("", 0, item.source), best, own, target)
                    if made is not None:
                        result[key] = made
        return result

    def close(
        self, segments: Sequence[Segment], keys: Collection[str], source: str, target: str, meeting_id: str | None
    ) -> dict[str, builtins.list[Match]]:
        """Of a document's segments with these keys, the fuzzy matches."""
        asked = asked_of(segments, keys, source, target)
        found: dict[str, builtins.list[Match]] = {}
        with self._database.read() as connection:
            self._refresh(connection)
            code = _code(connection, meeting_id)
            for key, item in asked.items():
                if self._index.count(item.source_language, target):
                    found[key] = self._matches(connection, item, meeting_id, code, LEAST_SHOWN)
        return found

    def _refresh(self, connection: sa.Connection) -> None:
        """Read what came since the last time. The first time that is everything."""
        table = memory_units.c
        with self._lock:
            while True:
                query = (
                    sa.select(table.id, table.source_language, table.target_language, table.meeting_id, table["keys"])
                    .where(table.id > self._last)
                    .order_by(table.id)
                    .limit(_FETCH)
                )
                found = connection.execute(query).all()
                by_direction: dict[tuple[str, str], builtins.list[IndexRow]] = {}
                for id, own, other, scope, keys in found:
                    by_direction.setdefault((own, other), []).append(IndexRow(id, bytes(keys), scope))
                for direction, new in by_direction.items():
                    self._index.add(*direction, new)
                if found:
                    self._last = found[-1][0]
                if len(found) < _FETCH:
                    return


def asked_of(segments: Sequence[Segment], keys: Collection[str], source: str, target: str) -> dict[str, Asked]:
    """What is asked of the memory for the segments with these keys: each once, where it stands first in the text."""
    wanted, found = set(keys), dict[str, Asked]()
    for index, segment in enumerate(segments):
        if segment.key not in wanted or segment.key in found:
            continue
        before = segments[index - 1].source.text if index else ""
        after = segments[index + 1].source.text if index + 1 < len(segments) else ""
        found[segment.key] = Asked(segment.source, segment.language or source, target, before, after)
    return found


def asked(text: str, source: str, target: str, before: str = "", after: str = "") -> Asked:
    """A plain text to look up. Raises UnsupportedLanguage."""
    codes = (language(source, name="source").code, language(target, name="target").code)
    return Asked(CodedText(text), *codes, before, after)


def _check(asked: Asked) -> None:
    if not asked.source.text.strip():
        raise InvalidRequest(detail="There is no text to look up.")
    if len(asked.source.text) > MOST_CHARS:
        raise InvalidRequest(detail=f"The text is too long. The limit is {MOST_CHARS:,} characters.")
    if asked.source_language == asked.target_language:
        raise InvalidRequest(detail="The two languages are the same.")


def _code(connection: sa.Connection, meeting_id: str | None) -> str:
    if meeting_id is None:
        return ""
    return connection.scalar(sa.select(meetings.c.code).where(meetings.c.id == meeting_id)) or ""


__all__ = ["Approved", "Imported", "MemoryService", "Provenance", "asked", "asked_of"]
