"""What the sessions' API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue, Mark, MarkKind, Role, SessionState
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.services.live_status import SpoolState
from langsupport.services.session_records import (
    AuditRecord,
    Change,
    ChannelRecord,
    Grant,
    PassState,
    SessionRecord,
    TrackSource,
)
from langsupport.web.api.models import ErrorBody
from langsupport.web.live.access import Visitor

_SAMPLES_PER_MS = SAMPLE_RATE // 1000


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _in_order(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("say the time zone, as in 2026-01-31T09:30:00Z")
    return moment


class ChannelBody(BaseModel):
    key: str
    language: str | None = Field(description="null: told from the sound")
    connected: bool
    position_ms: int = Field(description="how much sound has come")
    source_url: str | None = Field(description="where the sound is fetched from; told to operators only")


class TrackBody(_Read):
    track: str
    enabled: bool = Field(description="recorded even when nobody watches")
    source: TrackSource


class SessionBody(BaseModel):
    """A session. `version` grows with every change but those of captions and marks, which have `seq`.

    `role` and `name` are the caller's own here; the glossary and the agenda are told to captioners and operators.
    """

    id: str
    title: str
    code: str
    state: SessionState
    role: Role
    name: str
    created_at: datetime
    version: int
    seq: int
    clock_ms: int
    off_record: bool
    confidential: bool = Field(description="of itself, or because its meeting is")
    meeting_id: str | None
    starts_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    channels: list[ChannelBody]
    tracks: list[TrackBody]
    glossary: list[str]
    agenda: list[str]
    second_pass: PassState | None
    second_pass_done: int = Field(description="percent")
    second_pass_error: ErrorBody | None


def session_body(record: SessionRecord, visitor: Visitor) -> SessionBody:
    staff, operator = visitor.may(Role.CAPTIONER), visitor.may(Role.OPERATOR)
    error = record.second_pass_error
    return SessionBody(
        id=record.id,
        title=record.title,
        code=record.code,
        state=record.state,
        role=visitor.role,
        name=visitor.name,
        created_at=record.created_at,
        version=record.version,
        seq=record.seq,
        clock_ms=record.clock_ms,
        off_record=record.off_record,
        confidential=record.confidential,
        meeting_id=record.meeting_id if visitor.caller is not None else None,
        starts_at=record.starts_at,
        started_at=record.started_at,
        ended_at=record.ended_at,
        channels=[_channel_body(channel, operator) for channel in record.channels],
        tracks=[TrackBody.model_validate(track) for track in record.tracks],
        glossary=list(record.glossary) if staff else [],
        agenda=list(record.agenda) if staff else [],
        second_pass=record.second_pass,
        second_pass_done=record.second_pass_done,
        second_pass_error=ErrorBody.model_validate(error) if staff and error is not None else None,
    )


def _channel_body(channel: ChannelRecord, operator: bool) -> ChannelBody:
    return ChannelBody(
        key=channel.key,
        language=channel.language,
        connected=channel.connected,
        position_ms=channel.position // _SAMPLES_PER_MS,
        source_url=channel.source_url if operator else None,
    )


class SessionPage(BaseModel):
    """Newest first. `next` is the `before` of the next page, null on the last."""

    items: list[SessionBody]
    next: str | None


class ChannelAsked(_Asked):
    key: str = Field(description="floor, or an interpreter's language")
    language: str | None = Field(default=None, description="null: told from the sound (the floor only)")


class SessionAsked(_Asked):
    """A new session."""

    title: str
    code: str = Field(default="", description="a meeting's symbol or number")
    languages: list[str] = Field(default_factory=lambda: list(LANGUAGES), description="the languages to record")
    channels: list[ChannelAsked] = Field(default_factory=lambda: [ChannelAsked(key=FLOOR, language=None)], max_length=7)
    confidential: bool = False
    starts_at: datetime | None = None
    glossary: list[str] = []
    agenda: list[str] = []
    meeting_id: str | None = Field(default=None, description="the meeting that it belongs to")

    _zoned = field_validator("starts_at")(_in_order)


class SessionChange(_Asked):
    """What is given is changed, the rest stays."""

    title: str | None = None
    code: str | None = None
    confidential: bool | None = None
    starts_at: datetime | None = None

    _zoned = field_validator("starts_at")(_in_order)


class OffRecordAsked(_Asked):
    since_ms: int | None = Field(
        default=None,
        ge=0,
        description="on the session's clock: what was said since is deleted; null: from now",
    )
    until_ms: int | None = Field(
        default=None, ge=0, description="a stretch of the past; null: it lasts until it is ended"
    )


class MarkAsked(_Asked):
    kind: Literal[MarkKind.SPEAKER, MarkKind.ITEM, MarkKind.NOTE]
    at_ms: int | None = Field(default=None, ge=0, description="on the session's clock; null: now")
    text: str = Field(default="", description="the speaker's or the item's name, the note")


class MarkChange(_Asked):
    """What is given is changed, the rest stays."""

    at_ms: int | None = Field(default=None, ge=0)
    text: str | None = None


class MarkBody(_Read):
    id: str
    kind: MarkKind
    at_ms: int
    end_ms: int | None
    text: str


class ChannelChange(_Asked):
    language: str | None = Field(description="null: told from the sound")


class TrackChange(_Asked):
    source: TrackSource | None = None
    enabled: bool | None = None


class SourceAsked(_Asked):
    url: str = Field(
        description="anything that can be opened: RTMP, HLS, SRT, RTSP, HTTP; files and devices by setting"
    )


class TermsAsked(_Asked):
    terms: list[str]


class ItemsAsked(_Asked):
    items: list[str]


class WordBody(_Read):
    start_ms: int
    end_ms: int
    text: str


class CaptionBody(BaseModel):
    """A caption, named as in the events (docs/live.md). `words` only where they were asked for and known."""

    seq: int
    track: str
    id: str
    rev: int
    lang: str
    channel: str
    t0_ms: int
    t1_ms: int
    stable: str
    state: CueState
    origin: CueOrigin
    src: str | None
    words: list[WordBody] | None = None


def caption_body(seq: int, cue: LiveCue, *, words: bool = False) -> CaptionBody:
    return CaptionBody(
        seq=seq,
        track=cue.track,
        id=cue.id,
        rev=cue.revision,
        lang=cue.language,
        channel=cue.channel,
        t0_ms=cue.start_ms,
        t1_ms=cue.end_ms,
        stable=cue.stable,
        state=cue.state,
        origin=cue.origin,
        src=cue.source,
        words=[WordBody.model_validate(word) for word in cue.words] if words and cue.words else None,
    )


class CaptionPage(BaseModel):
    """In the order of time. `more`: there are others beyond the page, on the side away from the bound."""

    items: list[CaptionBody]
    more: bool


class CorrectionAsked(_Asked):
    """`revision` is the one that was edited; the header If-Match says the same."""

    text: str
    revision: int | None = Field(default=None, ge=0)


class CorrectedBody(BaseModel):
    track: str
    id: str
    rev: int
    stable: str
    state: CueState


class ChangeBody(_Read):
    revision: int
    by: str
    at: datetime
    before: str | None = Field(description="null: it went off the record")
    after: str | None


class TroubleBody(_Read):
    code: str
    message: str
    seconds_ago: float


class ChannelStatusBody(_Read):
    key: str
    connected: bool
    source: str | None
    heard: bool
    level_dbfs: float
    speaking: bool
    position_ms: int
    lag_ms: int
    backlog_ms: int
    cadence_ms: int
    catching_up: bool
    spool: SpoolState
    language: str | None
    trouble: TroubleBody | None


class TrackStatusBody(_Read):
    track: str
    source: str
    watchers: int
    recorded: bool
    waiting: int
    lag_ms: int
    served: bool
    trouble: TroubleBody | None


class StatusBody(_Read):
    """How a session goes now. `load` is a step of the ladder: 0 is none."""

    id: str
    active: bool
    load: int
    channels: dict[str, ChannelStatusBody]
    tracks: dict[str, TrackStatusBody]


class GrantAsked(_Asked):
    role: Role
    name: str = Field(default="", description="who it is for; the audit names them so")
    expires_at: datetime | None = None
    tracks: list[str] | None = Field(
        default=None, description="null: all; for a source, the channels it may speak into"
    )
    public: bool = Field(default=False, description="for everybody who has it, rather than for one person")

    _zoned = field_validator("expires_at")(_in_order)


class GrantBody(_Read):
    id: str
    role: Role
    name: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    tracks: list[str] | None
    public: bool


class GrantMade(BaseModel):
    """`token` is told this once and kept nowhere. `link` is the address to hand out, without this service's own."""

    grant: GrantBody
    token: str
    link: str


class AuditBody(_Read):
    id: int
    at: datetime
    by: str
    action: str
    detail: dict[str, Any]


class DocumentsAsked(_Asked):
    track: str
    targets: list[str] | None = Field(default=None, description="codes; null: all others")


def grant_body(grant: Grant) -> GrantBody:
    return GrantBody.model_validate(grant)


def mark_body(mark: Mark) -> MarkBody:
    return MarkBody.model_validate(mark)


def change_body(change: Change) -> ChangeBody:
    return ChangeBody.model_validate(change)


def audit_body(record: AuditRecord) -> AuditBody:
    return AuditBody.model_validate(record)
