"""Queries on sessions, their channels, tracks, marks, history and audit, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from langsupport.domain.live import SESSION_MOVES, TRACKS, Mark, MarkKind, SessionState
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.errors import Conflict, NotFound
from langsupport.services.account_records import Confidentiality
from langsupport.services.codecs import error_from_json, plain
from langsupport.services.database import now_ms
from langsupport.services.document_rows import moment, move
from langsupport.services.schema import (
    session_audit,
    session_changes,
    session_channels,
    session_marks,
    session_tracks,
    sessions,
)
from langsupport.services.schema_accounts import meetings
from langsupport.services.session_records import (
    PASS_MOVES,
    AuditRecord,
    Change,
    ChannelRecord,
    PassState,
    SessionRecord,
    TrackRecord,
    TrackSource,
)

_PER_MS = SAMPLE_RATE // 1000
_PLACE = {key: place for place, key in enumerate(TRACKS)}


# Built once, for they run with every caption; building costs more than running.
_SESSION = sa.select(sessions).where(sessions.c.id == sa.bindparam("of"))
_LOCKED = _SESSION.with_for_update()
_ADVANCE = (
    sa.update(sessions).where(sessions.c.id == sa.bindparam("of")).values(seq=sessions.c.seq + sa.bindparam("more"))
)
_SEQ = sa.select(sessions.c.seq).where(sessions.c.id == sa.bindparam("of"))
_SETTLE = (
    sa.update(session_channels)
    .where(
        session_channels.c.session_id == sa.bindparam("of"),
        session_channels.c.key == sa.bindparam("channel"),
        session_channels.c.settled < sa.bindparam("samples"),
    )
    .values(
        settled=sa.bindparam("samples"),
        position=sa.case(
            (session_channels.c.position < sa.bindparam("samples"), sa.bindparam("samples")),
            else_=session_channels.c.position,
        ),
    )
)
_MARKS = (
    sa.select(session_marks)
    .where(session_marks.c.session_id == sa.bindparam("of"), session_marks.c.removed.is_(sa.false()))
    .order_by(session_marks.c.at_ms, session_marks.c.seq)
)
_MARKS_OF_KIND = _MARKS.where(session_marks.c.kind == sa.bindparam("which"))


def session_row(connection: sa.Connection, id: str, *, lock: bool = False) -> sa.RowMapping:
    """`lock`: other writers of this session wait until this transaction ends. Raises NotFound."""
    row = connection.execute(_LOCKED if lock else _SESSION, {"of": id}).mappings().first()
    if row is None:
        raise NotFound(what="session", id=id)
    return row


def change(connection: sa.Connection, id: str, **values: Any) -> None:
    """Update a session and count its version up. Raises Conflict if its state does not allow the move."""
    values["version"] = sessions.c.version + 1
    query = sa.update(sessions).where(sessions.c.id == id).values(values)
    move(connection, query, sessions.c.state, SESSION_MOVES, values.get("state"))


def change_second_pass(connection: sa.Connection, id: str, before: str | None, state: PassState, **values: Any) -> None:
    """Raises Conflict: not a move that a second pass makes."""
    old = None if before is None else PassState(before)
    if old is not state and state not in PASS_MOVES[old]:
        raise Conflict(detail=f"The second pass is {old or 'not asked for'} and can't become {state}.")
    change(connection, id, second_pass=state, **values)


def advance(connection: sa.Connection, id: str, count: int) -> int:
    """Take `count` numbers from a session's log; gives the first. What other processes take comes before or after."""
    connection.execute(_ADVANCE, {"of": id, "more": count})
    last: int = connection.execute(_SEQ, {"of": id}).scalar_one()
    return last - count + 1


def search_text(title: str, code: str) -> str:
    """What a search looks in."""
    return f"{title}\n{code}".casefold()[:600]


def records(
    connection: sa.Connection,
    limit: int,
    before: str | None,
    query: str | None,
    where: sa.ColumnElement[bool] | None = None,
) -> list[SessionRecord]:
    """Newest first; `query` is looked for in title and code; `where`: a condition on sessions."""
    select = sa.select(sessions).order_by(sessions.c.id.desc()).limit(limit)
    if where is not None:
        select = select.where(where)
    if before is not None:
        select = select.where(sessions.c.id < before)
    if query:
        select = select.where(sessions.c.search.contains(query.casefold(), autoescape=True))
    return _with_parts(connection, connection.execute(select).mappings().all())


def record(connection: sa.Connection, id: str) -> SessionRecord:
    """Raises NotFound."""
    return _with_parts(connection, [session_row(connection, id)])[0]


def running(connection: sa.Connection) -> list[SessionRecord]:
    """Those that are live or paused, oldest first."""
    query = sa.select(sessions).where(sessions.c.state.in_([SessionState.LIVE, SessionState.PAUSED]))
    return _with_parts(connection, connection.execute(query.order_by(sessions.c.id)).mappings().all())


def _with_parts(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[SessionRecord]:
    ids = [row["id"] for row in rows]
    channels: dict[str, list[ChannelRecord]] = {id: [] for id in ids}
    tracks: dict[str, list[TrackRecord]] = {id: [] for id in ids}
    of_channels = sa.select(session_channels).where(session_channels.c.session_id.in_(ids))
    for row in connection.execute(of_channels).mappings():
        channels[row["session_id"]].append(_channel(row))
    of_tracks = sa.select(session_tracks).where(session_tracks.c.session_id.in_(ids))
    for row in connection.execute(of_tracks).mappings():
        track = TrackRecord(row["track"], row["enabled"], TrackSource(row["source"]))
        tracks[row["session_id"]].append(track)
    listed = confidential_meetings(connection, {row["meeting_id"] for row in rows} - {None})
    return [_session(row, channels[row["id"]], tracks[row["id"]], row["meeting_id"] in listed) for row in rows]


def confidential_meetings(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of these meetings that are."""
    if not ids:
        return set()
    where = sa.and_(meetings.c.id.in_(ids), meetings.c.confidentiality == Confidentiality.LIST)
    return set(connection.scalars(sa.select(meetings.c.id).where(where)))


def _channel(row: sa.RowMapping) -> ChannelRecord:
    return ChannelRecord(
        row["key"], row["language"], row["connected"], row["position"], row["settled"], row["source_url"]
    )


def _session(
    row: sa.RowMapping, channels: list[ChannelRecord], tracks: list[TrackRecord], by_list: bool
) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        title=row["title"],
        code=row["code"],
        state=SessionState(row["state"]),
        created_at=moment(row["created_ms"]),
        version=row["version"],
        seq=row["seq"],
        clock_ms=clock_ms(row, max((channel.position for channel in channels), default=0)),
        off_record=row["off_record"] is not None,
        confidential=row["confidential"] or by_list,
        starts_at=moment(row["starts_ms"]) if row["starts_ms"] is not None else None,
        started_at=moment(row["started_ms"]) if row["started_ms"] is not None else None,
        ended_at=moment(row["ended_ms"]) if row["ended_ms"] is not None else None,
        channels=tuple(sorted(channels, key=lambda channel: _PLACE[channel.key])),
        tracks=tuple(sorted(tracks, key=lambda track: _PLACE[track.track])),
        glossary=tuple(row["glossary"]),
        agenda=tuple(row["agenda"]),
        second_pass=PassState(row["second_pass"]) if row["second_pass"] else None,
        second_pass_done=row["second_pass_done"],
        second_pass_error=error_from_json(row["second_pass_error"]),
        created_by=row["created_by"],
        meeting_id=row["meeting_id"],
        by_list=by_list,
    )


def clock_ms(row: sa.RowMapping, furthest_samples: int) -> int:
    """A session's present on its own clock: time since the start, and never behind the channel that is furthest."""
    if row["started_ms"] is None:
        return 0
    end: int = row["ended_ms"] if row["ended_ms"] is not None else now_ms()
    started: int = row["started_ms"]
    return max(end - started, furthest_samples // _PER_MS, 0)


def present_ms(connection: sa.Connection, row: sa.RowMapping) -> int:
    """As `clock_ms`, looking up the channels."""
    furthest = sa.select(sa.func.max(session_channels.c.position)).where(session_channels.c.session_id == row["id"])
    position: int | None = connection.scalar(furthest)
    return clock_ms(row, position or 0)


def put_channel(connection: sa.Connection, id: str, key: str, language: str | None) -> None:
    """Set a channel's language; a channel that is not there is made."""
    where = sa.and_(session_channels.c.session_id == id, session_channels.c.key == key)
    if not connection.execute(sa.update(session_channels).where(where).values(language=language)).rowcount:
        row = {"session_id": id, "key": key, "language": language, "connected": False}
        connection.execute(sa.insert(session_channels).values(row))


def change_channel(connection: sa.Connection, id: str, key: str, **values: Any) -> None:
    """Raises NotFound."""
    where = sa.and_(session_channels.c.session_id == id, session_channels.c.key == key)
    if not connection.execute(sa.update(session_channels).where(where).values(values)).rowcount:
        raise NotFound(what="channel", id=f"{id}/{key}")


def settle(connection: sa.Connection, id: str, settled: Mapping[str, int]) -> None:
    """Move channels' resume points forward, never back. `settled`: channel to samples."""
    for key, samples in settled.items():
        connection.execute(_SETTLE, {"of": id, "channel": key, "samples": samples})


def change_track(connection: sa.Connection, id: str, track: str, **values: Any) -> None:
    where = sa.and_(session_tracks.c.session_id == id, session_tracks.c.track == track)
    connection.execute(sa.update(session_tracks).where(where).values(values))


def add_mark(
    connection: sa.Connection,
    row: sa.RowMapping,
    kind: MarkKind,
    at_ms: int,
    text: str = "",
    end_ms: int | None = None,
) -> tuple[int, Mark]:
    """(seq, mark). `row` is the session's, locked; its count of marks goes up."""
    seq, number = advance(connection, row["id"], 1), row["marks"] + 1
    mark = Mark(f"m{number}", kind, at_ms, text, end_ms)
    connection.execute(sa.update(sessions).where(sessions.c.id == row["id"]).values(marks=number))
    values = {
        "session_id": row["id"],
        "mark_id": mark.id,
        "seq": seq,
        "kind": kind,
        "at_ms": at_ms,
        "end_ms": end_ms,
        "text": text,
        "removed": False,
    }
    connection.execute(sa.insert(session_marks).values(values))
    return seq, mark


def change_mark(connection: sa.Connection, id: str, mark_id: str, **values: Any) -> tuple[int, Mark, bool]:
    """(seq, the mark as it is now, whether it is removed)."""
    where = sa.and_(session_marks.c.session_id == id, session_marks.c.mark_id == mark_id)
    seq = advance(connection, id, 1)
    connection.execute(sa.update(session_marks).where(where).values(values | {"seq": seq}))
    row = connection.execute(sa.select(session_marks).where(where)).mappings().one()
    return seq, mark_of(row), row["removed"]


def mark_row(connection: sa.Connection, id: str, mark_id: str) -> sa.RowMapping:
    """Raises NotFound: no such mark, or it was removed."""
    where = sa.and_(session_marks.c.session_id == id, session_marks.c.mark_id == mark_id)
    row = connection.execute(sa.select(session_marks).where(where)).mappings().first()
    if row is None or row["removed"]:
        raise NotFound(what="mark", id=mark_id)
    return row


def mark_rows(connection: sa.Connection, id: str, kind: MarkKind | None = None) -> Sequence[sa.RowMapping]:
    """Those that were not removed, by time."""
    if kind is None:
        return connection.execute(_MARKS, {"of": id}).mappings().all()
    return connection.execute(_MARKS_OF_KIND, {"of": id, "which": kind}).mappings().all()


def mark_of(row: sa.RowMapping) -> Mark:
    return Mark(row["mark_id"], MarkKind(row["kind"]), row["at_ms"], row["text"], row["end_ms"])


def stretches(connection: sa.Connection, id: str) -> list[Mark]:
    """What is off the record."""
    return [mark_of(row) for row in mark_rows(connection, id, MarkKind.OFF_RECORD)]


def audit(connection: sa.Connection, id: str, by: str, action: str, **detail: Any) -> None:
    """Note who did what. Never pass texts: what is said off the record must be gone from here too."""
    row = {"session_id": id, "at_ms": now_ms(), "by": by, "action": action, "detail": plain(detail)}
    connection.execute(sa.insert(session_audit).values(row))


def audit_records(connection: sa.Connection, id: str, limit: int, before: int | None) -> list[AuditRecord]:
    """Newest first; `before` is the id of the last one of the page before."""
    query = sa.select(session_audit).where(session_audit.c.session_id == id)
    if before is not None:
        query = query.where(session_audit.c.id < before)
    return [
        AuditRecord(row["id"], moment(row["at_ms"]), row["by"], row["action"], row["detail"])
        for row in connection.execute(query.order_by(session_audit.c.id.desc()).limit(limit)).mappings()
    ]


def add_change(connection: sa.Connection, id: str, change: Change) -> None:
    row = {
        "session_id": id,
        "track": change.track,
        "cue_id": change.cue_id,
        "revision": change.revision,
        "by": change.by,
        "at_ms": int(change.at.timestamp() * 1000),
        "before": change.before,
        "after": change.after,
    }
    connection.execute(sa.insert(session_changes).values(row))


def changes(connection: sa.Connection, id: str, track: str, cue_id: str) -> list[Change]:
    """Oldest first."""
    table = session_changes
    where = sa.and_(table.c.session_id == id, table.c.track == track, table.c.cue_id == cue_id)
    return [
        Change(
            row["track"],
            row["cue_id"],
            row["revision"],
            row["by"],
            moment(row["at_ms"]),
            row["before"],
            row["after"],
        )
        for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).mappings()
    ]


def forget_changes(connection: sa.Connection, id: str, cue_ids: Sequence[str]) -> None:
    """Take the texts out of the history of cues, in all tracks."""
    table = session_changes
    where = sa.and_(table.c.session_id == id, table.c.cue_id.in_(cue_ids))
    connection.execute(sa.update(table).where(where).values(before=None, after=None))
