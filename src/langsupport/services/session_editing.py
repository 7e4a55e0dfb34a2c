"""What people do to the words of a session: correct, retract, take off the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue, MarkKind
from langsupport.errors import Conflict, InvalidRequest
from langsupport.services import session_log as log_rows
from langsupport.services import session_rows as rows
from langsupport.services.schema import session_marks, session_tracks
from langsupport.services.session_input import CUE_CHARS, line
from langsupport.services.session_log import CueEvent, LogEvent, MarkEvent
from langsupport.services.session_records import Change, TrackSource


@dataclass(frozen=True, slots=True)
class Correction:
    """`cues`: the one that was touched, then its twin on the other track, where it has one. Nothing new: no events."""

    cues: tuple[LiveCue, ...]
    events: tuple[CueEvent, ...] = ()
    was_open: bool = False


def correct(
    connection: sa.Connection, id: str, track: str, cue_id: str, revision: int, text: str, by: str
) -> Correction:
    """Write a person's text. The session's row is locked by the caller.

    Raises: NotFound, InvalidRequest, Conflict (with `current`, `current_revision` and `yours`: changed meanwhile).
    """
    text = line(text, "caption", CUE_CHARS)
    if not text:
        raise InvalidRequest(detail="The caption would be empty. To take it away, retract it.")
    versions = log_rows.versions(connection, id, cue_id)
    before = versions.get(track) or log_rows.find(connection, id, track, cue_id)
    if before.state is CueState.RETRACTED:
        raise _stale(before, text, "The caption was retracted meanwhile and can't be changed any more.")
    if text == before.stable and before.state is CueState.CORRECTED:
        return Correction((before,))
    if revision != before.revision and text != before.stable:
        raise _stale(
            before, text, "Somebody or the machine changed the caption meanwhile. Compare both texts and save."
        )
    after = _corrected(before, text)
    pairs: list[tuple[LiveCue | None, LiveCue]] = [(before, after)]
    twin = _twin(connection, id, versions, before, after)
    if twin is not None:
        pairs.append(twin)
    events = log_rows.write(connection, id, [new for _, new in pairs])
    for old, new in pairs:
        _note(connection, id, old, new, by)
    rows.audit(connection, id, by, "correct", track=track, cue=cue_id, revision=after.revision)
    cues = tuple(event.cue for event in events)
    return Correction(cues, tuple(events), any(old is not None and old.state is CueState.OPEN for old, _ in pairs))


def _stale(current: LiveCue, yours: str, detail: str) -> Conflict:
    return Conflict(detail=detail, current=current.stable, current_revision=current.revision, yours=yours)


def _corrected(before: LiveCue, text: str) -> LiveCue:
    same = text == before.stable
    return replace(
        before,
        stable=text,
        tail="",
        state=CueState.CORRECTED,
        revision=before.revision + 1,
        origin=before.origin if same else CueOrigin.HUMAN,
        words=before.words if same else (),
    )


def _twin(
    connection: sa.Connection, id: str, versions: Mapping[str, LiveCue], before: LiveCue, after: LiveCue
) -> tuple[LiveCue | None, LiveCue] | None:
    """(before, after) of the same words on the other track: the floor is copied to the track of the language spoken.

    A twin to which a person gave words of its own keeps them.
    """
    if before.channel != FLOOR or before.track not in (FLOOR, before.language):
        return None
    if before.track == FLOOR:
        old = versions.get(before.language)
        if old is None and not _is_copied(connection, id, before.language):
            return None
        new = replace(after, track=before.language, source=after.reference, words=())
    else:
        old = versions.get(FLOOR)
        if old is None or old.language != before.language or old.stable != before.stable:
            return None  # the floor has words that the copy had not yet
        new = replace(after, track=FLOOR, source=None, words=old.words if old.stable == after.stable else ())
    if old is None:
        return None, new
    if old.state is CueState.RETRACTED or (old.state is CueState.CORRECTED and old.stable != before.stable):
        return None
    return old, replace(new, revision=old.revision + 1)


def _is_copied(connection: sa.Connection, id: str, language: str) -> bool:
    table = session_tracks
    query = sa.select(table.c.source).where(table.c.session_id == id, table.c.track == language)
    return connection.scalar(query) == TrackSource.MACHINE


def _note(connection: sa.Connection, id: str, old: LiveCue | None, new: LiveCue, by: str) -> None:
    before = old.stable if old is not None else ""
    change = Change(new.track, new.id, new.revision, by, datetime.now(UTC), before, new.stable)
    rows.add_change(connection, id, change)


def retract(connection: sa.Connection, id: str, track: str, cue_id: str, by: str) -> list[CueEvent]:
    """Take a cue away: on the track where it was heard, its translations too. Idempotent. Raises NotFound."""
    versions = log_rows.versions(connection, id, cue_id)
    cue = versions.get(track) or log_rows.find(connection, id, track, cue_id)
    if cue.state is CueState.RETRACTED:
        return []
    heard_here = track == cue.channel
    gone = [cue, *(other for key, other in versions.items() if key != track)] if heard_here else [cue]
    events = log_rows.retract(connection, id, gone)
    for old, event in zip([cue for cue in gone if cue.state is not CueState.RETRACTED], events, strict=True):
        change = Change(old.track, old.id, event.cue.revision, by, datetime.now(UTC), old.stable, "")
        rows.add_change(connection, id, change)
    rows.audit(connection, id, by, "retract", track=track, cue=cue_id)
    return events


def erase_words(connection: sa.Connection, id: str, from_ms: int, to_ms: int | None) -> list[LogEvent]:
    """Delete what was said and noted in a stretch: cues of all tracks, their history, notes. Idempotent."""
    said = log_rows.said_in(connection, id, from_ms, to_ms)
    events: list[LogEvent] = list(log_rows.retract(connection, id, said))
    rows.forget_changes(connection, id, sorted({cue.id for cue in said}))
    for row in rows.mark_rows(connection, id, MarkKind.NOTE):
        if row["at_ms"] >= from_ms and (to_ms is None or row["at_ms"] < to_ms):
            seq, mark, removed = rows.change_mark(connection, id, row["mark_id"], text="", removed=True)
            events.append(MarkEvent(seq, mark, removed))
    return events


def open_stretch(connection: sa.Connection, session: sa.RowMapping, from_ms: int, by: str) -> list[LogEvent]:
    """From `from_ms` on nothing is kept; one that lasts already may begin earlier. Gives nothing where all is so."""
    id, mark_id = session["id"], session["off_record"]
    if mark_id is None:
        seq, mark = rows.add_mark(connection, session, MarkKind.OFF_RECORD, from_ms)
        rows.change(connection, id, off_record=mark.id)
    else:
        if from_ms >= rows.mark_row(connection, id, mark_id)["at_ms"]:
            return []
        seq, mark, _ = rows.change_mark(connection, id, mark_id, at_ms=from_ms, erased_ms=None)
        rows.change(connection, id)
    rows.audit(connection, id, by, "off-record", mark=mark.id, from_ms=from_ms)
    return [MarkEvent(seq, mark), *erase_words(connection, id, from_ms, None)]


def close_stretch(connection: sa.Connection, session: sa.RowMapping, by: str) -> list[LogEvent]:
    """Nothing where no stretch lasts."""
    id, mark_id = session["id"], session["off_record"]
    if mark_id is None:
        return []
    end_ms = max(rows.present_ms(connection, session), rows.mark_row(connection, id, mark_id)["at_ms"])
    seq, mark, _ = rows.change_mark(connection, id, mark_id, end_ms=end_ms)
    rows.change(connection, id, off_record=None)
    rows.audit(connection, id, by, "on-record", mark=mark.id, from_ms=mark.at_ms, to_ms=end_ms)
    return [MarkEvent(seq, mark), *erase_words(connection, id, mark.at_ms, end_ms)]


def closed_stretch(
    connection: sa.Connection, session: sa.RowMapping, from_ms: int, to_ms: int, by: str
) -> list[LogEvent]:
    """Delete a stretch of the past."""
    id = session["id"]
    for mark in rows.stretches(connection, id):
        if mark.at_ms <= from_ms and (mark.end_ms is None or mark.end_ms >= to_ms):
            return []
    seq, mark = rows.add_mark(connection, session, MarkKind.OFF_RECORD, from_ms, end_ms=to_ms)
    rows.change(connection, id)
    rows.audit(connection, id, by, "off-record", mark=mark.id, from_ms=from_ms, to_ms=to_ms)
    return [MarkEvent(seq, mark), *erase_words(connection, id, from_ms, to_ms)]


def unerased(connection: sa.Connection, id: str | None) -> list[tuple[str, str, int, int | None]]:
    """(session, mark, from, to) of stretches (of one session, or all) whose sound may still be there.

    One that lasts is erased once; what slipped in meanwhile is erased at its end.
    """
    table = session_marks
    where = sa.or_(table.c.erased_ms.is_(None), table.c.erased_ms < table.c.end_ms)
    where = sa.and_(where, table.c.kind == MarkKind.OFF_RECORD)
    if id is not None:
        where = sa.and_(where, table.c.session_id == id)
    columns = (table.c.session_id, table.c.mark_id, table.c.at_ms, table.c.end_ms)
    found = connection.execute(sa.select(*columns).where(where).order_by(table.c.session_id, table.c.at_ms))
    return [(session, mark, at_ms, end_ms) for session, mark, at_ms, end_ms in found]


def set_erased(connection: sa.Connection, id: str, mark_id: str, from_ms: int, to_ms: int) -> None:
    """The sound of a stretch is gone; not so where it began earlier meanwhile."""
    table = session_marks
    where = sa.and_(table.c.session_id == id, table.c.mark_id == mark_id, table.c.at_ms == from_ms)
    connection.execute(sa.update(table).where(where).values(erased_ms=to_ms))
