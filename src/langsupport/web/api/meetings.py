"""/api/v1/meetings: meetings, their lists, and what belongs to them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query

from langsupport.domain.accounts import Permission
from langsupport.services.visibility import sight
from langsupport.web.api.account_models import (
    BelongingAsked,
    MeetingAsked,
    MeetingBody,
    MeetingPage,
    MemberAsked,
    MemberBody,
    meeting_body,
    member_body,
)
from langsupport.web.api.context import InContext
from langsupport.web.entity_tags import Expected, agreed
from langsupport.web.needs import InCaller, Kind, needs

router = APIRouter()
meetings = APIRouter(prefix="/meetings", tags=["meetings"])

READ = needs(Permission.MEETINGS_READ)
WRITE = needs(Permission.MEETINGS_WRITE)


@meetings.get("", dependencies=[READ])
async def list_meetings(
    context: InContext,
    caller: InCaller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> MeetingPage:
    """Newest first; confidential ones to their lists and to administrators only."""
    found = await context.threads.quick(partial(context.services.meetings.list, limit + 1, before, sight(caller)))
    items = [meeting_body(meeting) for meeting in found[:limit]]
    return MeetingPage(items=items, next=items[-1].id if len(found) > limit else None)


@meetings.post("", status_code=201, dependencies=[WRITE])
async def create_meeting(context: InContext, caller: InCaller, asked: MeetingAsked) -> MeetingBody:
    """Whoever makes a meeting is on its list."""
    return meeting_body(await context.threads.quick(partial(context.services.meetings.create, asked.meeting(), caller)))


@meetings.get("/{id}", dependencies=[READ])
async def get_meeting(context: InContext, caller: InCaller, id: str) -> MeetingBody:
    return meeting_body(await context.threads.quick(partial(context.services.meetings.get, id, sight(caller))))


@meetings.put("/{id}", dependencies=[WRITE])
async def change_meeting(
    context: InContext, caller: InCaller, expected: Expected, id: str, asked: MeetingAsked
) -> MeetingBody:
    change = partial(
        context.services.meetings.change, id, asked.meeting(), caller, sight(caller), agreed(asked.version, expected)
    )
    return meeting_body(await context.threads.quick(change))


@meetings.delete("/{id}", status_code=204, dependencies=[WRITE])
async def delete_meeting(context: InContext, caller: InCaller, id: str) -> None:
    """409 while anything belongs to it."""
    await context.threads.quick(partial(context.services.meetings.delete, id, caller, sight(caller)))


@meetings.get("/{id}/members", dependencies=[WRITE])
async def list_members(context: InContext, caller: InCaller, id: str) -> list[MemberBody]:
    """Its list: who sees it where it is confidential."""
    found = await context.threads.quick(partial(context.services.meetings.members, id, sight(caller)))
    return [member_body(person) for person in found]


@meetings.post("/{id}/members", status_code=201, dependencies=[WRITE])
async def add_member(context: InContext, caller: InCaller, id: str, asked: MemberAsked) -> MemberBody:
    add = partial(context.services.meetings.add_member, id, asked.login, caller, sight(caller))
    return member_body(await context.threads.quick(add))


@meetings.delete("/{id}/members/{person}", status_code=204, dependencies=[WRITE])
async def remove_member(context: InContext, caller: InCaller, id: str, person: str) -> None:
    """Who is connected to a live session of the meeting goes within seconds."""
    await context.threads.quick(partial(context.services.meetings.remove_member, id, person, caller, sight(caller)))


async def _move(context: InContext, caller: InCaller, kind: Kind, id: str, asked: BelongingAsked) -> None:
    move = partial(context.services.meetings.move, kind, id, asked.meeting_id, caller, sight(caller))
    await context.threads.quick(move)


@router.put("/documents/{id}/meeting", tags=["documents"], status_code=204, dependencies=[WRITE])
async def move_document(context: InContext, caller: InCaller, id: str, asked: BelongingAsked) -> None:
    """The meeting that a document belongs to; who sees it follows from that."""
    await _move(context, caller, "document", id, asked)


@router.put("/recordings/{id}/meeting", tags=["recordings"], status_code=204, dependencies=[WRITE])
async def move_recording(context: InContext, caller: InCaller, id: str, asked: BelongingAsked) -> None:
    await _move(context, caller, "recording", id, asked)


@router.put("/sessions/{id}/meeting", tags=["live sessions"], status_code=204, dependencies=[WRITE])
async def move_session(context: InContext, caller: InCaller, id: str, asked: BelongingAsked) -> None:
    """A public link that the session has ends where the meeting is confidential."""
    await _move(context, caller, "session", id, asked)


router.include_router(meetings)
