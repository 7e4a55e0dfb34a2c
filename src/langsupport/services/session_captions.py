"""The captions of a session: what machines write, what people do to it, who watches."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import replace

from langsupport.domain.live import CueState, LiveCue, SessionState
from langsupport.errors import Conflict, InvalidRequest
from langsupport.services import session_editing as editing
from langsupport.services import session_input as given
from langsupport.services import session_log as log_rows
from langsupport.services import session_rows as rows
from langsupport.services.session_course import SessionCourse
from langsupport.services.session_log import CueEvent, LogEvent
from langsupport.services.session_records import Change, EventKind, SessionEvent, SessionRecord

PAGE_LIMIT = 1_000
"""Cues in one answer."""
APPEND_LIMIT = 1_000
"""Cues in one append."""


class SessionCaptions(SessionCourse):
    """A part of the session service."""

    def append(self, id: str, cues: Sequence[LiveCue], settled: Mapping[str, int] | None = None) -> list[LiveCue]:
        """What a machine made of cues: kept with the channels' resume points (`settled`: channel to samples) in one
        transaction, and only then shown.

        Gives the new states that were kept, in order. Not among them, because they were dropped: states of cues that
        a person corrected or that were retracted (a machine that was still writing such a cue goes on in a new one),
        translations of retracted cues, and what was said off the record. Saying the same again does no harm.

        Raises:
            NotFound. Conflict: the session has not begun, or a machine's rule is broken (domain.live); then nothing
            was written. CapacityError, DiskFull: nothing was written; say it again.
        """
        if len(cues) > APPEND_LIMIT:
            raise InvalidRequest(detail=f"{len(cues)} cues at once; the limit is {APPEND_LIMIT}.")
        self._hub.follow(id)
        with self._locked(id) as (connection, row):
            if row["state"] == SessionState.PLANNED:
                raise Conflict(detail="The session has not begun; nothing can be said in it.")
            kept, events = log_rows.append(connection, row, cues)
            rows.settle(connection, id, settled or {})
        self._hub.publish(id, events)
        for cue in kept:
            if cue.tail and cue.state is CueState.OPEN:
                self._hub.tail(id, cue)
        return kept

    def tail(self, id: str, cue: LiveCue) -> None:
        """Show what may still change of an open cue; it is not kept. Nothing is shown of what is off the record."""
        if self._hub.is_watched(id) and not self._off_record(id, cue):
            self._hub.tail(id, replace(cue, tail=given.plain_text(cue.tail)[: given.CUE_CHARS]))

    def _off_record(self, id: str, cue: LiveCue) -> bool:
        with self._database.read() as connection:
            return log_rows.withheld(cue, rows.stretches(connection, id))

    def correct(self, id: str, track: str, cue_id: str, revision: int, text: str, by: str) -> LiveCue:
        """A person's text, for ever: no machine writes this cue of this track again. The same text confirms it.

        `revision` is the one that the person saw. A floor cue and its copy on the track of the language spoken are
        corrected together; listeners are told, so that the other tracks are translated again.

        Raises:
            NotFound, InvalidRequest. Conflict: changed meanwhile; its fields `current`, `current_revision` and
            `yours` have both texts.
        """
        with self._locked(id) as (connection, _):
            done = editing.correct(connection, id, track, cue_id, revision, text, by)
        if done.events:
            self._hub.publish(id, done.events)
            event = SessionEvent(EventKind.CORRECTED, id, self.get(id), done.cues, done.was_open)
            self._telling.tell(event)
        return done.cues[0]

    def retract(self, id: str, track: str, cue_id: str, by: str) -> None:
        """Take a cue away, on the track where it was heard with all its translations. Idempotent. Raises NotFound."""
        with self._locked(id) as (connection, _):
            events = editing.retract(connection, id, track, cue_id, by)
        if events:
            self._hub.publish(id, events)
            cues = tuple(event.cue for event in events)
            self._telling.tell(SessionEvent(EventKind.RETRACTED, id, self.get(id), cues))

    def history(self, id: str, track: str, cue_id: str) -> builtins.list[Change]:
        """What people changed in a cue, oldest first. Raises NotFound."""
        with self._database.read() as connection:
            log_rows.find(connection, id, track, cue_id)
            return rows.changes(connection, id, track, cue_id)

    def off_record(self, id: str, by: str, since_ms: int | None = None, until_ms: int | None = None) -> SessionRecord:
        """From `since_ms` (None: now) on nothing is kept, and what was is deleted: words, history, notes, sound.

        With `until_ms` a stretch of the past is deleted, of a session that has ended too. Idempotent.

        Raises:
            NotFound, InvalidRequest. Conflict: the session is not running. What an eraser raises: the words are gone
            then, the sound is erased at the next try, half a minute later.
        """
        with self._locked(id) as (connection, row):
            present = rows.present_ms(connection, row)
            from_ms = present if since_ms is None else given.clock(min(since_ms, present), "The stretch's begin")
            if until_ms is not None:
                to_ms = given.clock(min(until_ms, present), "The stretch's end")
                if to_ms <= from_ms:
                    raise InvalidRequest(detail="The stretch ends before it begins.")
                events = editing.closed_stretch(connection, row, from_ms, to_ms, by)
            else:
                to_ms = None
                if row["state"] not in (SessionState.LIVE, SessionState.PAUSED):
                    detail = f"The session is {row['state']}; only what runs can go off the record."
                    raise Conflict(detail=detail)
                events = editing.open_stretch(connection, row, from_ms, by)
        self._erased(EventKind.OFF_RECORD, id, events, from_ms, to_ms)
        return self.get(id)

    def on_record(self, id: str, by: str) -> SessionRecord:
        """What is said from now on is kept again. Idempotent. Raises as `off_record`."""
        with self._locked(id) as (connection, row):
            events = editing.close_stretch(connection, row, by)
        if events:
            stretch = events[0].mark if not isinstance(events[0], CueEvent) else None
            from_ms, to_ms = (stretch.at_ms, stretch.end_ms) if stretch else (0, None)
            self._erased(EventKind.ON_RECORD, id, events, from_ms, to_ms)
        return self.get(id)

    def _erased(self, kind: EventKind, id: str, events: Sequence[LogEvent], from_ms: int, to_ms: int | None) -> None:
        """Tell everybody, and erase what is outside of the database."""
        if events:
            self._hub.publish(id, events)
            record = self.get(id)
            self._hub.update(record)
            cues = tuple(event.cue for event in events if isinstance(event, CueEvent))
            self._telling.tell(SessionEvent(kind, id, record, cues, from_ms=from_ms, to_ms=to_ms))
            self._database.scrub()
        self._erase_sound(id)

    def cues(
        self,
        id: str,
        track: str,
        *,
        after_ms: int | None = None,
        before_ms: int | None = None,
        limit: int = 100,
        changed_since: int | None = None,
    ) -> builtins.list[tuple[int, LiveCue]]:
        """(seq, cue) of a track: with `changed_since` what changed after that seq, by seq, retracted ones too; else
        by time, without them: the first that begin at or after `after_ms`, else the last (before `before_ms`).

        Raises: NotFound, InvalidRequest.
        """
        given.track_key(track)
        limit = min(max(limit, 1), PAGE_LIMIT)
        with self._database.read() as connection:
            rows.session_row(connection, id)
            if changed_since is not None:
                found = log_rows.cues_since(connection, id, track, changed_since, limit)
            else:
                found = log_rows.page(connection, id, track, after_ms=after_ms, before_ms=before_ms, limit=limit)
        return [(event.seq, event.cue) for event in found]

    def cue(self, id: str, track: str, cue_id: str) -> LiveCue:
        """Raises NotFound."""
        with self._database.read() as connection:
            return log_rows.find(connection, id, track, cue_id)

    def open_cues(self, id: str) -> builtins.list[LiveCue]:
        """What machines were still writing, of all tracks; after a crash the runner goes on from here."""
        with self._database.read() as connection:
            return log_rows.open_cues(connection, id)

    def next_cue(self, id: str, channel: str) -> int:
        """The number of a channel's next cue."""
        with self._database.read() as connection:
            return log_rows.last_number(connection, id, channel) + 1
