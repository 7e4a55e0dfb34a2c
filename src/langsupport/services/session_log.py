"""The log of a session's cues and marks, in the transaction of the caller: what machines may write, and reading it.

The log is compacted: of each cue and mark the last state is kept, with the `seq` of its last change. Whoever has
seen everything up to some `seq` is brought up to date by what has a higher one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from langsupport.domain.live import CueOrigin, CueState, LiveCue, Mark, check_machine_change, check_move
from langsupport.domain.speech import Word
from langsupport.errors import Conflict, NotFound
from langsupport.services import session_rows as rows
from langsupport.services.database import insert_into
from langsupport.services.schema import session_cues, session_marks
from langsupport.services.session_input import machine_cue

Key = tuple[str, str]
"""(track, cue id)"""

HUMAN = (CueState.CORRECTED, CueState.RETRACTED)
"""No machine touches a cue in these states."""
_EDGE_MS = 1_000
"""Recognized times are not exact: a cue that begins so shortly before the end of a stretch off the record and goes on
after it was said after it, for the sound of the stretch itself never reaches the recognizer."""
_IN_LIMIT = 500
_CUES = sa.select(session_cues).where(
    session_cues.c.session_id == sa.bindparam("of"), session_cues.c.cue_id.in_(sa.bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class CueEvent:
    seq: int
    cue: LiveCue  # without its tail

    @property
    def key(self) -> Key:
        return (self.cue.track, self.cue.id)


@dataclass(frozen=True, slots=True)
class MarkEvent:
    seq: int
    mark: Mark
    removed: bool = False

    @property
    def key(self) -> Key:
        return ("", self.mark.id)


LogEvent = CueEvent | MarkEvent


def append(
    connection: sa.Connection, session: sa.RowMapping, cues: Sequence[LiveCue]
) -> tuple[list[LiveCue], list[CueEvent]]:
    """Write what a machine made of cues; gives (those kept, what changed in the log).

    Not kept: cues that a person corrected or that were retracted, translations of retracted cues, and what was said
    off the record. `session` is its row, locked.

    Raises:
        Conflict: a machine's rule is broken; then nothing may be written.
    """
    id = session["id"]
    latest = _states(connection, id, {cue.id for cue in cues})
    off_record = rows.stretches(connection, id)
    kept: list[LiveCue] = []
    changed: dict[Key, LiveCue] = {}
    for cue in map(machine_cue, cues):
        key = (cue.track, cue.id)
        written = _decide(latest.get(key), cue, _source(latest, cue), off_record)
        if written is None:
            continue
        kept.append(replace(written, tail=cue.tail if written.stable == cue.stable else ""))
        if written is not latest.get(key):
            latest[key] = changed[key] = written
    return kept, write(connection, id, list(changed.values()))


def _decide(
    before: LiveCue | None, after: LiveCue, source: LiveCue | None, off_record: Sequence[Mark]
) -> LiveCue | None:
    """What is to be kept of a machine's new state: it, the state before (nothing new), or None (it is dropped).

    Raises Conflict.
    """
    if before is not None and before.state in HUMAN:
        return None
    if source is not None and source.state is CueState.RETRACTED and after.state is not CueState.RETRACTED:
        return None
    after = replace(after, tail="", state=CueState.FINAL if after.state is CueState.CORRECTED else after.state)
    if before is not None and _same(before, after):
        return before
    if withheld(after, off_record):
        if before is None or before.state is not CueState.OPEN or after.state is not CueState.FINAL:
            return None
        return replace(before, state=CueState.FINAL, revision=max(after.revision, before.revision + 1))
    if after.source is None:
        check_machine_change(before, after)
    else:
        _check_follow_up(before, after, source)
    check_move(before, after)
    if after.state is CueState.RETRACTED:
        return replace(after, stable="", words=())
    return after


def _same(before: LiveCue, after: LiveCue) -> bool:
    """Written already: the writer does not know whether it was, or only the tail is new."""
    return (before.revision, before.stable, before.state, before.language) == (
        after.revision,
        after.stable,
        after.state,
        after.language,
    )


def _check_follow_up(before: LiveCue | None, after: LiveCue, source: LiveCue | None) -> None:
    """A translation or copy may grow while it is open, and follows what a person did to its source.

    Raises Conflict.
    """
    if before is None:
        return
    if after.revision <= before.revision:
        raise Conflict(detail=f"Cue {before.id} of {before.track} is at revision {before.revision} already.")
    if source is not None and source.state in HUMAN and _revision(after) > _revision(before):
        return
    if before.state is not CueState.OPEN:
        raise Conflict(detail=f"Cue {before.id} of {before.track} is {before.state}; it follows only a correction.")
    if not after.stable.startswith(before.stable):
        raise Conflict(detail=f"Cue {before.id} of {before.track} may only grow.")


def withheld(cue: LiveCue, off_record: Sequence[Mark]) -> bool:
    """Whether a cue was said in a stretch off the record."""
    for stretch in off_record:
        if stretch.end_ms is None:
            if overlaps(cue, stretch.at_ms, None):
                return True
        elif overlaps(cue, stretch.at_ms, stretch.end_ms):
            at_edge = cue.start_ms >= max(stretch.at_ms, stretch.end_ms - _EDGE_MS) and cue.end_ms > stretch.end_ms
            if not at_edge:
                return True
    return False


def overlaps(cue: LiveCue, from_ms: int, to_ms: int | None) -> bool:
    """Whether something of a cue was said in a stretch."""
    begins_before = to_ms is None or cue.start_ms < to_ms
    return begins_before and (cue.end_ms > from_ms or cue.start_ms >= from_ms)


def _source(latest: Mapping[Key, LiveCue], cue: LiveCue) -> LiveCue | None:
    if cue.source is None:
        return None
    id, _, rest = cue.source.partition("@")
    return latest.get((rest.partition("#")[0], id))


def _revision(cue: LiveCue) -> int:
    """Of its source."""
    revision = (cue.source or "").rpartition("#")[2]
    return int(revision) if revision.isascii() and revision.isdecimal() else 0


def _states(connection: sa.Connection, id: str, cue_ids: Iterable[str]) -> dict[Key, LiveCue]:
    """In all tracks: the sources are among them, for a cue and its source have the same id."""
    found: dict[Key, LiveCue] = {}
    ids = list(cue_ids)
    for start in range(0, len(ids), _IN_LIMIT):
        given = {"of": id, "ids": ids[start : start + _IN_LIMIT]}
        for row in connection.execute(_CUES, given).mappings():
            found[row["track"], row["cue_id"]] = cue_of(row)
    return found


def versions(connection: sa.Connection, id: str, cue_id: str) -> dict[str, LiveCue]:
    """A cue in each track that has it."""
    return {track: cue for (track, _), cue in _states(connection, id, [cue_id]).items()}


def write(connection: sa.Connection, id: str, cues: Sequence[LiveCue]) -> list[CueEvent]:
    """Keep new states, each under a number of its own, in order. The session's row is locked by the caller."""
    if not cues:
        return []
    first = rows.advance(connection, id, len(cues))
    events = [CueEvent(first + place, replace(cue, tail="")) for place, cue in enumerate(cues)]
    connection.execute(_upsert(connection.dialect.name), [_values(id, event) for event in events])
    return events


@cache
def _upsert(dialect: str) -> sa.Executable:
    query = insert_into(session_cues, dialect)
    keys = {column.name for column in session_cues.primary_key}
    update = {column.name: query.excluded[column.name] for column in session_cues.c if column.name not in keys}
    upsert: sa.Executable = query.on_conflict_do_update(index_elements=sorted(keys), set_=update)
    return upsert


def _values(id: str, event: CueEvent) -> dict[str, Any]:
    cue = event.cue
    return {
        "session_id": id,
        "track": cue.track,
        "cue_id": cue.id,
        "seq": event.seq,
        "channel": cue.channel,
        "language": cue.language,
        "start_ms": cue.start_ms,
        "end_ms": cue.end_ms,
        "stable": cue.stable,
        "words": [[word.start_ms, word.end_ms, word.text, round(word.probability, 3)] for word in cue.words] or None,
        "state": cue.state,
        "revision": cue.revision,
        "origin": cue.origin,
        "source": cue.source,
    }


def cue_of(row: sa.RowMapping) -> LiveCue:
    return LiveCue(
        id=row["cue_id"],
        track=row["track"],
        channel=row["channel"],
        language=row["language"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        stable=row["stable"],
        state=CueState(row["state"]),
        revision=row["revision"],
        origin=CueOrigin(row["origin"]),
        source=row["source"],
        words=tuple(Word(*word) for word in row["words"] or ()),
    )


def _event(row: sa.RowMapping) -> CueEvent:
    return CueEvent(row["seq"], cue_of(row))


def find(connection: sa.Connection, id: str, track: str, cue_id: str) -> LiveCue:
    """Raises NotFound."""
    table = session_cues
    where = sa.and_(table.c.session_id == id, table.c.track == track, table.c.cue_id == cue_id)
    row = connection.execute(sa.select(table).where(where)).mappings().first()
    if row is None:
        raise NotFound(what="cue", id=f"{cue_id}@{track}")
    return cue_of(row)


def changed_since(connection: sa.Connection, id: str, tracks: Sequence[str], since: int, limit: int) -> list[LogEvent]:
    """The next `limit` changes of cues of these tracks and of marks after `since`, by seq."""
    table = session_cues
    where = sa.and_(table.c.session_id == id, table.c.seq > since, table.c.track.in_(tracks))
    query = sa.select(table).where(where).order_by(table.c.seq).limit(limit)
    found: list[LogEvent] = [_event(row) for row in connection.execute(query).mappings()]
    where = sa.and_(session_marks.c.session_id == id, session_marks.c.seq > since)
    query = sa.select(session_marks).where(where).order_by(session_marks.c.seq).limit(limit)
    for row in connection.execute(query).mappings():
        found.append(MarkEvent(row["seq"], rows.mark_of(row), row["removed"]))
    return sorted(found, key=lambda event: event.seq)[:limit]


def cues_since(connection: sa.Connection, id: str, track: str, since: int, limit: int) -> list[CueEvent]:
    """The next changes of a track after `since`, by seq."""
    table = session_cues
    where = sa.and_(table.c.session_id == id, table.c.track == track, table.c.seq > since)
    query = sa.select(table).where(where).order_by(table.c.seq).limit(limit)
    return [_event(row) for row in connection.execute(query).mappings()]


def page(
    connection: sa.Connection,
    id: str,
    track: str,
    *,
    after_ms: int | None = None,
    before_ms: int | None = None,
    limit: int,
) -> list[CueEvent]:
    """At most `limit` cues by time, retracted ones left out: the first that begin at or after `after_ms`, else the
    last that begin before `before_ms`."""
    table = session_cues
    query = sa.select(table).where(table.c.session_id == id, table.c.track == track)
    query = query.where(table.c.state != CueState.RETRACTED)
    if before_ms is not None:
        query = query.where(table.c.start_ms < before_ms)
    if after_ms is not None:
        query = query.where(table.c.start_ms >= after_ms)
        query = query.order_by(table.c.start_ms, table.c.end_ms, table.c.cue_id)
    else:
        query = query.order_by(table.c.start_ms.desc(), table.c.end_ms.desc(), table.c.cue_id.desc())
    found = [_event(row) for row in connection.execute(query.limit(limit)).mappings()]
    return found if after_ms is not None else found[::-1]


def open_cues(connection: sa.Connection, id: str) -> list[LiveCue]:
    table = session_cues
    query = sa.select(table).where(table.c.session_id == id, table.c.state == CueState.OPEN).order_by(table.c.seq)
    return [cue_of(row) for row in connection.execute(query).mappings()]


def last_number(connection: sa.Connection, id: str, channel: str) -> int:
    """The highest number that a cue of a channel has (`c77`, `fr-12`); 0 where there is none."""
    query = sa.select(session_cues.c.cue_id).where(session_cues.c.session_id == id, session_cues.c.channel == channel)
    digits = (cue_id.lstrip("abcdefghijklmnopqrstuvwxyz-") for cue_id in connection.scalars(query.distinct()))
    return max((int(number) for number in digits if number.isascii() and number.isdecimal()), default=0)


def retract(connection: sa.Connection, id: str, cues: Sequence[LiveCue]) -> list[CueEvent]:
    """Take the texts away, for good."""
    gone = [
        replace(cue, stable="", tail="", words=(), state=CueState.RETRACTED, revision=cue.revision + 1)
        for cue in cues
        if cue.state is not CueState.RETRACTED
    ]
    return write(connection, id, gone)


def said_in(connection: sa.Connection, id: str, from_ms: int, to_ms: int | None) -> list[LiveCue]:
    """The cues of all tracks of which something was said in a stretch, and their translations, whatever their times."""
    table = session_cues
    query = sa.select(table).where(table.c.session_id == id)
    during = sa.or_(table.c.end_ms > from_ms, table.c.start_ms >= from_ms)
    if to_ms is not None:
        during = sa.and_(during, table.c.start_ms < to_ms)
    ids = sa.select(table.c.cue_id).where(table.c.session_id == id, during)
    found = connection.execute(query.where(table.c.cue_id.in_(ids)).order_by(table.c.seq)).mappings()
    return [cue_of(row) for row in found]
