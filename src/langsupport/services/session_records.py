"""What the session service hands out: plain frozen records. Times `_ms` are on the session's clock; moments are UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from langsupport.domain.live import LiveCue, Role, SessionState
from langsupport.services.records import ErrorRecord


class TrackSource(StrEnum):
    """Where a language's track comes from."""

    CHANNEL = "channel"  # its interpreter's
    MACHINE = "machine"  # copied or translated from the floor


class PassState(StrEnum):
    """The finer second pass over the recording."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


PASS_MOVES: dict[PassState | None, frozenset[PassState]] = {
    None: frozenset({PassState.QUEUED}),
    PassState.QUEUED: frozenset({PassState.RUNNING, PassState.FAILED}),
    PassState.RUNNING: frozenset({PassState.DONE, PassState.FAILED, PassState.QUEUED}),
    PassState.DONE: frozenset({PassState.QUEUED}),
    PassState.FAILED: frozenset({PassState.QUEUED}),
}


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """`position` and `settled` are samples at 16 kHz: received, and never needed again (where a restart goes on)."""

    key: str
    language: str | None = None  # None: told from the sound
    connected: bool = False
    position: int = 0
    settled: int = 0
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """`enabled`: recorded even when nobody watches."""

    track: str
    enabled: bool
    source: TrackSource


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A picture of one moment; `version` grows with every change but those of cues and marks, which have `seq`.

    `clock_ms` is the session's present when the record was read: since the start, and never behind a channel.
    """

    id: str
    title: str
    code: str
    state: SessionState
    created_at: datetime
    version: int
    seq: int
    clock_ms: int = 0
    off_record: bool = False
    confidential: bool = False
    starts_at: datetime | None = None  # planned
    started_at: datetime | None = None
    ended_at: datetime | None = None
    channels: tuple[ChannelRecord, ...] = ()
    tracks: tuple[TrackRecord, ...] = ()
    glossary: tuple[str, ...] = ()
    agenda: tuple[str, ...] = ()
    second_pass: PassState | None = None
    second_pass_done: int = 0  # percent
    second_pass_error: ErrorRecord | None = None
    created_by: str = ""
    meeting_id: str | None = None
    by_list: bool = False  # its meeting is confidential, and so is the session then: the meeting's list sees it

    def channel(self, key: str) -> ChannelRecord | None:
        return next((channel for channel in self.channels if channel.key == key), None)

    def track(self, key: str) -> TrackRecord | None:
        return next((track for track in self.tracks if track.track == key), None)

    @property
    def running(self) -> bool:
        return self.state in (SessionState.LIVE, SessionState.PAUSED)


@dataclass(frozen=True, slots=True)
class Change:
    """A person's change of a cue's text; the texts are None where they went off the record."""

    track: str
    cue_id: str
    revision: int  # that it made
    by: str
    at: datetime
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    id: int
    at: datetime
    by: str
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """A person's (or, `public`, everybody's) right in one session, held by a token."""

    id: str
    session_id: str
    role: Role
    name: str
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    tracks: tuple[str, ...] | None = None  # None: all; for a source: the channels it may speak into
    public: bool = False

    def valid(self, now: datetime | None = None) -> bool:
        """Neither revoked nor expired."""
        now = now or datetime.now(UTC)
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class EventKind(StrEnum):
    STATE = "state"  # started, paused, resumed, ended
    SETTINGS = "settings"  # title, channels, languages, sources, glossary, agenda
    OFF_RECORD = "off-record"
    ON_RECORD = "on-record"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """What listeners are told, after it was committed.

    `record` is the session after it (None: deleted). `cues` are the new states of the cues that changed (corrected
    or retracted), the one that a person touched first. Where `was_open`, the machine was still writing the corrected
    cue: its further words belong into a new one. `from_ms` to `to_ms` is the stretch off the record.
    """

    kind: EventKind
    session_id: str
    record: SessionRecord | None = None
    cues: tuple[LiveCue, ...] = ()
    was_open: bool = False
    from_ms: int = 0
    to_ms: int | None = None
