"""Live sessions for the people who run them: the list, a new one, its links, its console, sending sound, correcting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission, session_role
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, TRACKS, Role, SessionState
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.services.account_records import Caller
from langsupport.services.session_records import Grant, SessionRecord
from langsupport.web.api.belonging import check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext
from langsupport.web.live.access import Entry, Visitor, allowed
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.invitations import join_address, qr_code
from langsupport.web.pages.live_words import console_messages
from langsupport.web.pages.missing import missing_model
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.strings import N_
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]
ForCaptioners = Annotated[Entry, Depends(allowed(Role.CAPTIONER))]
ForSources = Annotated[Entry, Depends(allowed(Role.SOURCE))]

PAGE_SIZE = 50
SECTION = "/live"

LASTING: Mapping[str, tuple[str, timedelta | None]] = {
    "hours": (N_("12 hours"), timedelta(hours=12)),
    "day": (N_("24 hours"), timedelta(days=1)),
    "week": (N_("7 days"), timedelta(days=7)),
    "month": (N_("30 days"), timedelta(days=30)),
    "always": (N_("As long as the session exists"), None),
}
"""How long a link holds."""


class Group(NamedTuple):
    key: str
    records: list[SessionRecord]


@dataclass(frozen=True, slots=True)
class NewSession:
    """The form for a new session, as it was filled in."""

    title: str = ""
    code: str = ""
    starts_at: str = ""
    floor: str = ""
    channels: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=lambda: list(LANGUAGES))
    confidential: bool = False
    glossary: str = ""
    agenda: str = ""
    meeting: str = ""

    def wanted(self) -> dict[str, Any]:
        """What the service is asked for. Raises InvalidRequest: the start time can't be read."""
        channels = [(FLOOR, self.floor or None), *((code, code) for code in LANGUAGES if code in self.channels)]
        return {
            "code": self.code,
            "languages": tuple(code for code in LANGUAGES if code in self.languages),
            "channels": tuple(channels),
            "confidential": self.confidential,
            "starts_at": _moment(self.starts_at),
            "glossary": tuple(self.glossary.splitlines()),
            "agenda": tuple(self.agenda.splitlines()),
        }


def _moment(given: str) -> datetime | None:
    """A time of the server's clock, as forms give it. Raises InvalidRequest."""
    if not given.strip():
        return None
    try:
        return datetime.fromisoformat(given.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidRequest(detail="The start time can't be read. Give it as 2026-11-25T09:30.") from None


@router.get("/live", dependencies=[needs(Permission.CAPTIONS_WATCH)])
async def sessions(
    request: Request, context: InContext, caller: InCaller, before: str | None = None, q: str = ""
) -> Response:
    call = partial(context.services.sessions.list, PAGE_SIZE + 1, before, q.strip() or None, caller)
    records = await context.threads.quick(call)
    shown = records[:PAGE_SIZE]
    return render(
        request,
        "sessions.html",
        section=SECTION,
        told=told_by(request),
        missing=await context.threads.quick(partial(missing_model, context.services, "recognition", strings(request))),
        groups=grouped(shown) if shown else [],
        older=shown[-1].id if len(records) > PAGE_SIZE else None,
        query=q,
        role=session_role(caller.permissions),
    )


def grouped(records: list[SessionRecord]) -> list[Group]:
    """What runs now, what is to come (the next first), what is over."""
    planned = [record for record in records if record.state is SessionState.PLANNED]
    planned.sort(key=lambda record: record.starts_at or record.created_at)
    groups = (
        Group("running", [record for record in records if record.running]),
        Group("planned", planned),
        Group("past", [record for record in records if record.state is SessionState.ENDED]),
    )
    return [group for group in groups if group.records]


@router.get("/live/new", dependencies=[needs(Permission.CAPTIONS_OPERATE)])
async def new(request: Request, context: InContext, caller: InCaller, meeting: str = "") -> Response:
    return await _new(request, context, caller, NewSession(meeting=meeting))


@router.post("/live/new", dependencies=[needs(Permission.CAPTIONS_OPERATE)])
async def create(request: Request, context: InContext, caller: InCaller) -> Response:
    """What was wrong is said above the form, which keeps what was written."""
    form = await _form(request)
    try:
        meeting_id = await check_meeting(context, caller, form.meeting)
        call = partial(context.services.sessions.create, form.title, by=caller.name, **form.wanted())
        record = await context.threads.quick(partial(call, meeting_id=meeting_id))
    except LangsupportError as error:
        return await _new(request, context, caller, form, error)
    return RedirectResponse(f"/live/{record.id}/console", 303)


async def _new(
    request: Request, context: Context, caller: Caller, form: NewSession, error: LangsupportError | None = None
) -> Response:
    return render(
        request,
        "session_new.html",
        200 if error is None else status_of(type(error)),
        section=SECTION,
        told=[] if error is None else [told_error(request, error)],
        form=form,
        meetings=await meeting_choices(context, caller),
    )


async def _form(request: Request) -> NewSession:
    given = await request.form()

    def one(name: str) -> str:
        return str(given.get(name, ""))

    return NewSession(
        title=one("title"),
        code=one("code"),
        starts_at=one("starts_at"),
        floor=one("floor") if one("floor") in LANGUAGES else "",
        channels=[str(code) for code in given.getlist("channels")],
        languages=[str(code) for code in given.getlist("languages")],
        confidential=bool(given.get("confidential")),
        glossary=one("glossary").replace("\r\n", "\n"),
        agenda=one("agenda").replace("\r\n", "\n"),
        meeting=one("meeting"),
    )


@dataclass(frozen=True, slots=True)
class NewLink:
    """The form for a link, as it was filled in."""

    role: str = Role.CAPTIONER.value
    name: str = ""
    track: str = ""
    lasts: str = "day"


class MadeLink(NamedTuple):
    """A link that was just made: the only time that its address is known."""

    grant: Grant
    address: str
    token: str

    @property
    def code(self) -> Markup | None:
        """For those who are to read captions on their own devices."""
        return qr_code(self.address) if self.grant.role is Role.VIEWER else None


@router.get("/live/{id}/links")
async def links(request: Request, context: InContext, entry: ForOperators) -> Response:
    record = entry.session
    return await _links(request, context, record, told_by(request))


@router.post("/live/{id}/links")
async def make_link(
    request: Request,
    context: InContext,
    entry: ForOperators,
    role: Annotated[str, Form()] = Role.CAPTIONER.value,
    name: Annotated[str, Form()] = "",
    track: Annotated[str, Form()] = "",
    lasts: Annotated[str, Form()] = "day",
    public: Annotated[str, Form()] = "",
) -> Response:
    record, visitor = entry.session, entry.visitor
    form = NewLink(role, name, track, lasts)
    try:
        made = await _make(request, context, record, visitor, form, public=bool(public))
    except LangsupportError as error:
        return await _links(request, context, record, [told_error(request, error)], form, status=status_of(type(error)))
    return await _links(request, context, record, [], made=made)


async def _make(
    request: Request, context: Context, record: SessionRecord, visitor: Visitor, form: NewLink, *, public: bool
) -> MadeLink:
    if form.role not in list(Role) or form.lasts not in LASTING:
        raise InvalidRequest(detail="Choose a role and how long the link is valid.")
    lasting = LASTING[form.lasts][1]
    call = partial(
        context.services.sessions.grant,
        record.id,
        Role(form.role),
        form.name,
        visitor.by,
        expires_at=None if lasting is None else datetime.now(UTC) + lasting,
        tracks=(form.track,) if form.track in TRACKS else None,
        public=public,
    )
    grant, token = await context.threads.quick(call)
    return MadeLink(grant, join_address(request, token), token)


async def _links(
    request: Request,
    context: Context,
    record: SessionRecord,
    told: list[Told],
    form: NewLink | None = None,
    made: MadeLink | None = None,
    status: int = 200,
) -> Response:
    grants = await context.threads.quick(partial(context.services.sessions.grants, record.id))
    return render(
        request,
        "session_links.html",
        status,
        section=SECTION,
        told=told,
        record=record,
        form=form or NewLink(),
        made=made,
        grants=sorted(grants, key=lambda grant: (not grant.valid(), -grant.created_at.timestamp())),
        public_grant=next((grant for grant in grants if grant.public and grant.valid()), None),
        roles=[Role.OPERATOR, Role.CAPTIONER, Role.SOURCE, Role.VIEWER],
        tracks=TRACKS,
        lasting=[(key, label) for key, (label, _) in LASTING.items()],
        page_strings=console_messages(strings(request)),
    )


@router.post("/live/{id}/links/{grant}/revoke")
async def revoke(request: Request, context: InContext, entry: ForOperators, grant: str) -> Response:
    record, visitor = entry.session, entry.visitor
    await context.threads.quick(partial(context.services.sessions.revoke, record.id, grant, visitor.by))
    context.attendance.revoked(grant)
    return RedirectResponse(f"/live/{record.id}/links?told=revoked", 303)


@router.get("/live/{id}/console")
async def console(request: Request, context: InContext, entry: ForOperators) -> Response:
    record, visitor = entry.session, entry.visitor
    return _desk(request, "session_console.html", record, visitor)


@router.post("/live/{id}/moves")
async def move(request: Request, context: InContext, entry: ForOperators, to: Annotated[str, Form()]) -> Response:
    """Start, pause, resume and end without a script; why it can't be done stands above the console."""
    record, visitor = entry.session, entry.visitor
    service = context.services.sessions
    moves = {
        "start": context.services.live.start_session,
        "pause": service.pause,
        "resume": service.resume,
        "end": service.end,
    }
    if to not in moves:
        raise InvalidRequest(detail=f"A session can be started, paused, resumed and ended, not “{to[:20]}”.")
    try:
        await context.threads.quick(partial(moves[to], record.id, visitor.by))
    except LangsupportError as error:
        record = await context.threads.quick(partial(service.get, record.id))
        told = [told_error(request, error)]
        return _desk(request, "session_console.html", record, visitor, told=told, status=status_of(type(error)))
    return RedirectResponse(f"/live/{record.id}/console", 303)


@router.post("/live/{id}/delete", dependencies=[needs(Permission.CAPTIONS_OPERATE)])
async def delete(context: InContext, caller: InCaller, entry: ForOperators) -> Response:
    record, visitor = entry.session, entry.visitor
    await context.threads.quick(partial(context.services.sessions.delete, record.id, visitor.by))
    context.attendance.deleted(record.id)
    await note_deleted(context, caller, "session", record.id, record.title)
    return RedirectResponse("/live?told=deleted", 303)


@router.get("/live/{id}/speak")
async def speak(request: Request, context: InContext, entry: ForSources, channel: str = "") -> Response:
    """For interpreters and rooms: sends sound into the channels that the link is for."""
    record, visitor = entry.session, entry.visitor
    mine = visitor.grant.tracks if visitor.grant is not None else None
    channels = [found.key for found in record.channels if mine is None or found.key in mine]
    channels.sort(key=lambda key: key != channel)
    return _desk(request, "session_speak.html", record, visitor, channels=channels)


@router.get("/live/{id}/captioner")
async def captioner(request: Request, context: InContext, entry: ForCaptioners, track: str = "") -> Response:
    record, visitor = entry.session, entry.visitor
    mine = visitor.grant.tracks if visitor.grant is not None else None
    tracks = [found.track for found in record.tracks if mine is None or found.track in mine]
    tracks.sort(key=TRACKS.index)
    first = track if track in tracks else next(iter(tracks), FLOOR)
    return _desk(request, "session_captioner.html", record, visitor, tracks=tracks, track=first)


def _desk(
    request: Request, template: str, record: SessionRecord, visitor: Visitor, *, status: int = 200, **more: Any
) -> Response:
    """A page on which somebody works during the meeting."""
    more.setdefault("told", told_by(request))
    return render(
        request,
        template,
        status,
        section=SECTION,
        record=record,
        visitor=visitor,
        may_operate=visitor.may(Role.OPERATOR),
        may_caption=visitor.may(Role.CAPTIONER),
        page_strings=console_messages(strings(request)),
        **more,
    )
