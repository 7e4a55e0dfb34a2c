"""What an operator sets in a session, before and while it runs: channels, tracks, glossary, agenda, marks."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from langsupport.domain.live import FLOOR, Mark, MarkKind, SessionState
from langsupport.errors import Conflict, InvalidRequest
from langsupport.services import session_input as given
from langsupport.services import session_rows as rows
from langsupport.services.session_log import MarkEvent
from langsupport.services.session_part import SessionPart
from langsupport.services.session_records import EventKind, SessionRecord, TrackSource


class SessionSettings(SessionPart):
    """A part of the session service."""

    @contextmanager
    def _changing(self, id: str, by: str, action: str, **detail: Any) -> Iterator[sa.Connection]:
        """A transaction on one session that is audited and counts its version up."""
        with self._locked(id) as (connection, _):
            yield connection
            rows.change(connection, id)
            rows.audit(connection, id, by, action, **detail)

    def set_channel(self, id: str, key: str, by: str, language: str | None = None) -> SessionRecord:
        """Set a channel's language (None or "auto": told from the sound); a channel that is not there is made.

        Raises: InvalidRequest, UnsupportedLanguage.
        """
        code = given.channel_language(key, language)
        with self._changing(id, by, "channel", channel=key, language=code) as connection:
            rows.put_channel(connection, id, key, code)
        return self._tell(EventKind.SETTINGS, id)

    def add_channel(self, id: str, key: str, by: str) -> SessionRecord:
        """Make a channel, for interpreters who were not planned; one that is there stays as it is.

        Before the start its track comes from it, as in a session that was planned with it. Once the session runs the
        track stays with the machine until somebody says otherwise (`set_source`): an interpreter who has not begun yet
        takes nobody's captions away.

        Raises: InvalidRequest, Conflict (the session has ended).
        """
        given.track_key(key, "channel")
        with self._locked(id) as (connection, row):
            if row["state"] == SessionState.ENDED:
                raise Conflict(detail="The session has ended; it takes no more channels.")
            if rows.record(connection, id).channel(key) is None:
                rows.put_channel(connection, id, key, key)
                if row["state"] == SessionState.PLANNED:
                    rows.change_track(connection, id, key, source=TrackSource.CHANNEL)
                rows.change(connection, id)
                rows.audit(connection, id, by, "add-channel", channel=key)
        return self._tell(EventKind.SETTINGS, id)

    def note_channel(
        self,
        id: str,
        key: str,
        *,
        connected: bool | None = None,
        position: int | None = None,
        source_url: str | None = None,
    ) -> None:
        """For the runner: what is None stays; an empty `source_url`: none. `position` in samples. Raises NotFound."""
        values: dict[str, Any] = {}
        if connected is not None:
            values["connected"] = connected
        if position is not None:
            values["position"] = position
        if source_url is not None:
            values["source_url"] = given.line(source_url, "address", given.URL_CHARS) or None
        if not values:
            return
        with self._database.write() as connection:
            rows.change_channel(connection, id, key, **values)
            if connected is not None or source_url is not None:
                rows.change(connection, id)
        if connected:
            self._hub.follow(id)
        if connected is not None or source_url is not None:
            self._hub.update(self.get(id))

    def set_source(self, id: str, track: str, source: TrackSource | str, by: str) -> SessionRecord:
        """Whether a language's track comes from its interpreter's channel (made where it is not there) or the machine.

        Raises InvalidRequest.
        """
        chosen = _source(track, source)
        with self._changing(id, by, "source", track=track, source=chosen) as connection:
            if chosen is TrackSource.CHANNEL:
                rows.put_channel(connection, id, track, track)
            rows.change_track(connection, id, track, source=chosen)
        return self._tell(EventKind.SETTINGS, id)

    def set_recorded(self, id: str, track: str, enabled: bool, by: str) -> SessionRecord:
        """Whether a track is written even when nobody watches. Raises InvalidRequest."""
        if given.track_key(track) == FLOOR and not enabled:
            raise InvalidRequest(detail="The floor is always recorded; to keep a stretch out, go off the record.")
        with self._changing(id, by, "recorded", track=track, enabled=enabled) as connection:
            rows.change_track(connection, id, track, enabled=enabled)
        return self._tell(EventKind.SETTINGS, id)

    def set_glossary(self, id: str, terms: Sequence[str], by: str) -> SessionRecord:
        """What the recognizer listens for, from now on."""
        kept = given.glossary_terms(terms)
        with self._changing(id, by, "glossary", terms=len(kept)) as connection:
            rows.change(connection, id, glossary=kept)
        return self._tell(EventKind.SETTINGS, id)

    def set_agenda(self, id: str, items: Sequence[str], by: str) -> SessionRecord:
        kept = given.agenda_items(items)
        with self._changing(id, by, "agenda", items=len(kept)) as connection:
            rows.change(connection, id, agenda=kept)
        return self._tell(EventKind.SETTINGS, id)

    def mark(self, id: str, kind: MarkKind | str, at_ms: int | None = None, text: str = "", *, by: str) -> Mark:
        """Set a mark; `at_ms` None: now. Raises InvalidRequest, Conflict (a note on what is off the record)."""
        kind = _kind(kind)
        text = given.line(text, "mark", given.MARK_CHARS, required=kind is not MarkKind.ITEM)
        with self._locked(id) as (connection, row):
            at_ms = rows.present_ms(connection, row) if at_ms is None else given.clock(at_ms, "The mark's time")
            if row["marks"] >= given.MARKS:
                raise InvalidRequest(detail=f"The session has {given.MARKS:,} marks already, and no more can be set.")
            if kind is MarkKind.NOTE:
                self._check_on_record(connection, id, at_ms)
            seq, mark = rows.add_mark(connection, row, kind, at_ms, text)
            rows.audit(connection, id, by, "mark", mark=mark.id, kind=kind, at_ms=at_ms)
        self._hub.publish(id, [MarkEvent(seq, mark)])
        return mark

    def change_mark(self, id: str, mark_id: str, by: str, *, at_ms: int | None = None, text: str | None = None) -> Mark:
        """What is None stays. Raises what `mark` raises, and NotFound."""
        with self._locked(id) as (connection, _):
            row = self._own_mark(connection, id, mark_id)
            values: dict[str, Any] = {}
            if at_ms is not None:
                values["at_ms"] = given.clock(at_ms, "The mark's time")
            if text is not None:
                values["text"] = given.line(text, "mark", given.MARK_CHARS, required=row["kind"] != MarkKind.ITEM)
            if row["kind"] == MarkKind.NOTE:
                self._check_on_record(connection, id, values.get("at_ms", row["at_ms"]))
            seq, mark, _ = rows.change_mark(connection, id, mark_id, **values)
            rows.audit(connection, id, by, "change-mark", mark=mark_id, at_ms=mark.at_ms)
        self._hub.publish(id, [MarkEvent(seq, mark)])
        return mark

    def remove_mark(self, id: str, mark_id: str, by: str) -> None:
        """Raises NotFound, Conflict (a stretch off the record stays marked)."""
        with self._locked(id) as (connection, _):
            self._own_mark(connection, id, mark_id)
            seq, mark, removed = rows.change_mark(connection, id, mark_id, text="", removed=True)
            rows.audit(connection, id, by, "remove-mark", mark=mark_id)
        self._hub.publish(id, [MarkEvent(seq, mark, removed)])

    def marks(self, id: str) -> builtins.list[Mark]:
        """By time. Raises NotFound."""
        with self._database.read() as connection:
            rows.session_row(connection, id)
            return [rows.mark_of(row) for row in rows.mark_rows(connection, id)]

    def _own_mark(self, connection: sa.Connection, id: str, mark_id: str) -> sa.RowMapping:
        """One that people set and may change."""
        row = rows.mark_row(connection, id, mark_id)
        if row["kind"] == MarkKind.OFF_RECORD:
            raise Conflict(detail="A stretch off the record stays marked: what was said in it is gone.")
        return row

    def _check_on_record(self, connection: sa.Connection, id: str, at_ms: int) -> None:
        for stretch in rows.stretches(connection, id):
            if stretch.at_ms <= at_ms and (stretch.end_ms is None or at_ms < stretch.end_ms):
                raise Conflict(detail="That stretch is off the record: no note is kept of it.")


def _kind(kind: MarkKind | str) -> MarkKind:
    kinds = [one for one in MarkKind if one is not MarkKind.OFF_RECORD]
    if kind not in kinds:
        raise InvalidRequest(detail=f"There is no such kind of mark. The kinds are: {', '.join(kinds)}.")
    return MarkKind(kind)


def _source(track: str, source: TrackSource | str) -> TrackSource:
    if given.track_key(track) == FLOOR:
        raise InvalidRequest(detail="The floor is what is heard on it; only the languages have a choice of source.")
    if source not in list(TrackSource):
        raise InvalidRequest(detail=f"There is no such source. The sources are: {', '.join(TrackSource)}.")
    return TrackSource(source)
