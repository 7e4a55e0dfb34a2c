"""/api/v1/sessions: live sessions, their course, their settings, their sound. Each route says who may use it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from langsupport.domain.accounts import Permission, session_role
from langsupport.domain.live import Role
from langsupport.errors import AccessDenied, InvalidRequest, NotFound, SignInRequired
from langsupport.services.session_records import SessionRecord
from langsupport.web.api.belonging import check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext
from langsupport.web.api.live_models import (
    AuditBody,
    ChannelChange,
    ItemsAsked,
    MarkAsked,
    MarkBody,
    MarkChange,
    OffRecordAsked,
    SessionAsked,
    SessionBody,
    SessionChange,
    SessionPage,
    SourceAsked,
    StatusBody,
    TermsAsked,
    TrackChange,
    audit_body,
    mark_body,
    session_body,
)
from langsupport.web.callers import caller_of
from langsupport.web.live.access import Entry, allowed, by_account, linked_sessions, session_access
from langsupport.web.needs import LINKED, InCaller, check, needs

router = APIRouter(prefix="/sessions", tags=["live sessions"])

ForViewers = Annotated[Entry, Depends(allowed(Role.VIEWER))]
ForAll = Annotated[Entry, Depends(allowed(Role.VIEWER, Role.SOURCE))]
ForCaptioners = Annotated[Entry, Depends(allowed(Role.CAPTIONER))]
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]


@router.post("", status_code=201, dependencies=[needs(Permission.CAPTIONS_OPERATE)])
async def create(context: InContext, caller: InCaller, asked: SessionAsked) -> SessionBody:
    """A new session, planned."""
    await check_meeting(context, caller, asked.meeting_id)
    call = partial(
        context.services.sessions.create,
        asked.title,
        code=asked.code,
        languages=asked.languages,
        channels=[(channel.key, channel.language) for channel in asked.channels],
        confidential=asked.confidential,
        starts_at=asked.starts_at,
        glossary=asked.glossary,
        agenda=asked.agenda,
        meeting_id=asked.meeting_id,
        by=caller.name,
    )
    return session_body(await context.threads.quick(call), by_account(caller, Role.OPERATOR))


@router.get("", dependencies=[LINKED])
async def list_sessions(
    request: Request,
    context: InContext,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
    query: Annotated[str | None, Query(description="words of the title or the code")] = None,
    meeting: Annotated[str | None, Query(description="those of one meeting")] = None,
) -> SessionPage:
    """Newest first: what the caller's account sees, or without one the sessions whose links the caller brings."""
    caller = caller_of(request)
    if caller is None:
        return await _of_links(request, context)
    check(caller, Permission.CAPTIONS_WATCH)
    read = partial(context.services.sessions.list, limit + 1, before, query, caller, meeting)
    records = await context.threads.quick(read)
    visitor = by_account(caller, session_role(caller.permissions) or Role.VIEWER)
    items = [session_body(record, visitor) for record in records[:limit]]
    return SessionPage(items=items, next=items[-1].id if len(records) > limit else None)


async def _of_links(request: Request, context: Context) -> SessionPage:
    found: list[SessionBody] = []
    for id in await linked_sessions(request, context):
        try:
            record, visitor = await session_access(request, context, id, Role.VIEWER, Role.SOURCE)
        except (NotFound, AccessDenied):
            continue
        found.append(session_body(record, visitor))
    if not found:
        raise SignInRequired()
    return SessionPage(items=sorted(found, key=lambda body: body.created_at, reverse=True), next=None)


@router.get("/{id}")
async def get_session(entry: ForAll) -> SessionBody:
    return session_body(entry.session, entry.visitor)


@router.patch("/{id}")
async def change_session(entry: ForOperators, asked: SessionChange) -> SessionBody:
    """Title, code, planned start, confidentiality."""
    fields = asked.model_dump(exclude_unset=True)
    if any(value is None for name, value in fields.items() if name != "starts_at"):
        raise InvalidRequest(detail="Only starts_at can be taken away; leave out what is not to change.")
    return await _changed(entry, partial(entry.context.services.sessions.change, **fields))


@router.delete("/{id}", status_code=204, dependencies=[needs(Permission.CAPTIONS_OPERATE)])
async def delete_session(entry: ForOperators, caller: InCaller) -> None:
    """Delete the session with its captions, its sound and its links. By an account, not by a link."""
    sessions = entry.context.services.sessions
    await entry.context.threads.quick(partial(sessions.delete, entry.session.id, by=entry.visitor.by))
    entry.context.attendance.deleted(entry.session.id)
    await note_deleted(entry.context, caller, "session", entry.session.id, entry.session.title)


@router.post("/{id}/start")
async def start(entry: ForOperators) -> SessionBody:
    """The session is live: sound is taken and captioned from now on.

    503 if no recognizer is installed, or this machine has enough to do; 409 if the session has ended.
    """
    return await _changed(entry, entry.context.services.live.start_session)


@router.post("/{id}/pause")
async def pause(entry: ForOperators) -> SessionBody:
    """The clock runs on, sound is not taken."""
    return await _changed(entry, entry.context.services.sessions.pause)


@router.post("/{id}/resume")
async def resume(entry: ForOperators) -> SessionBody:
    return await _changed(entry, entry.context.services.sessions.resume)


@router.post("/{id}/end")
async def end(entry: ForOperators) -> SessionBody:
    """For good."""
    return await _changed(entry, entry.context.services.sessions.end)


@router.post("/{id}/off-record")
async def go_off_record(entry: ForOperators, asked: OffRecordAsked | None = None) -> SessionBody:
    """From now on, or from `since_ms` on, nothing is kept; what was is deleted, for those who watch too.

    With `until_ms` a stretch of the past is deleted, in a session that has ended too.
    """
    asked = asked or OffRecordAsked()
    off_record = entry.context.services.sessions.off_record
    return await _changed(entry, partial(off_record, since_ms=asked.since_ms, until_ms=asked.until_ms))


@router.post("/{id}/on-record")
async def go_on_record(entry: ForOperators) -> SessionBody:
    return await _changed(entry, entry.context.services.sessions.on_record)


@router.put("/{id}/glossary")
async def set_glossary(entry: ForCaptioners, asked: TermsAsked) -> SessionBody:
    """Names and terms that the recognizer is to expect."""
    return await _changed(entry, partial(entry.context.services.sessions.set_glossary, terms=asked.terms))


@router.put("/{id}/agenda")
async def set_agenda(entry: ForOperators, asked: ItemsAsked) -> SessionBody:
    return await _changed(entry, partial(entry.context.services.sessions.set_agenda, items=asked.items))


@router.put("/{id}/channels/{channel}")
async def add_channel(entry: ForOperators, channel: str) -> SessionBody:
    """An interpreter's channel that was not planned; one that is there stays as it is.

    Before the start its language comes from it; once the session runs it stays with the machine until its track's
    `source` is changed. 409 if the session has ended.
    """
    return await _changed(entry, partial(entry.context.services.sessions.add_channel, key=channel))


@router.patch("/{id}/channels/{channel}")
async def change_channel(entry: ForOperators, channel: str, asked: ChannelChange) -> SessionBody:
    """The language that is spoken on a channel."""
    call = partial(entry.context.services.sessions.set_channel, key=channel, language=asked.language)
    return await _changed(entry, call)


@router.patch("/{id}/tracks/{track}")
async def change_track(entry: ForOperators, track: str, asked: TrackChange) -> SessionBody:
    """Where a language comes from (its interpreter's channel or the machine), and whether it is recorded."""
    sessions = entry.context.services.sessions
    if asked.enabled is not None:
        await _changed(entry, partial(sessions.set_recorded, track=track, enabled=asked.enabled))
    if asked.source is not None:
        await _changed(entry, partial(sessions.set_source, track=track, source=asked.source))
    return session_body(await entry.context.threads.quick(partial(sessions.get, entry.session.id)), entry.visitor)


@router.get("/{id}/marks")
async def list_marks(entry: ForViewers) -> list[MarkBody]:
    """Speakers, agenda items, notes, and stretches off the record, by time."""
    marks = await entry.context.threads.quick(partial(entry.context.services.sessions.marks, entry.session.id))
    return [mark_body(mark) for mark in marks]


@router.post("/{id}/marks", status_code=201)
async def set_mark(entry: ForCaptioners, asked: MarkAsked) -> MarkBody:
    mark = entry.context.services.sessions.mark
    call = partial(mark, entry.session.id, asked.kind, asked.at_ms, asked.text, by=entry.visitor.by)
    return mark_body(await entry.context.threads.quick(call))


@router.patch("/{id}/marks/{mark}")
async def change_mark(entry: ForCaptioners, mark: str, asked: MarkChange) -> MarkBody:
    change = entry.context.services.sessions.change_mark
    call = partial(change, entry.session.id, mark, by=entry.visitor.by, at_ms=asked.at_ms, text=asked.text)
    return mark_body(await entry.context.threads.quick(call))


@router.delete("/{id}/marks/{mark}", status_code=204)
async def remove_mark(entry: ForCaptioners, mark: str) -> None:
    sessions = entry.context.services.sessions
    await entry.context.threads.quick(partial(sessions.remove_mark, entry.session.id, mark, by=entry.visitor.by))


@router.get("/{id}/status")
async def status(entry: ForCaptioners) -> StatusBody:
    """How it goes now: each channel's level and lag, each track's lag and viewers, the load of the machine."""
    found = await entry.context.threads.quick(partial(entry.context.services.live.status, entry.session.id))
    return StatusBody.model_validate(found)


@router.put("/{id}/channels/{channel}/source", status_code=202)
async def start_source(entry: ForOperators, channel: str, asked: SourceAsked) -> SessionBody:
    """Fetch a channel's sound from an address, until it ends or is stopped. A feed that sends is taken over from."""
    live = entry.context.services.live
    await entry.context.threads.listen(partial(live.pull, entry.session.id, channel, asked.url))
    return await _now(entry)


@router.delete("/{id}/channels/{channel}/source")
async def stop_source(entry: ForOperators, channel: str) -> SessionBody:
    live = entry.context.services.live
    await entry.context.threads.listen(partial(live.stop_pull, entry.session.id, channel))
    return await _now(entry)


@router.get("/{id}/audit")
async def audit(
    entry: ForOperators,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[int | None, Query(description="the id of the last one of the page before")] = None,
) -> list[AuditBody]:
    """Who did what and when, newest first."""
    read = partial(entry.context.services.sessions.audit, entry.session.id, limit, before)
    found = await entry.context.threads.quick(read)
    return [audit_body(record) for record in found]


async def _now(entry: Entry) -> SessionBody:
    record = await entry.context.threads.quick(partial(entry.context.services.sessions.get, entry.session.id))
    return session_body(record, entry.visitor)


async def _changed(entry: Entry, change: Callable[..., SessionRecord]) -> SessionBody:
    """The session after a change that is made in the visitor's name."""
    record = await entry.context.threads.quick(partial(change, entry.session.id, by=entry.visitor.by))
    return session_body(record, entry.visitor)
