"""Meetings: the list, one with what belongs to it, and for coordinators its particulars and its list of people."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES
from langsupport.errors import LangsupportError
from langsupport.services.account_records import Caller, Confidentiality, MeetingRecord
from langsupport.services.meetings import MeetingAsked
from langsupport.services.visibility import sight
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

READ = needs(Permission.MEETINGS_READ)
WRITE = needs(Permission.MEETINGS_WRITE)
FORM = Depends(own_form)
SECTION = "/meetings"
PAGE_SIZE = 50
SHOWN = 200
"""Documents, recordings and sessions of one meeting on its page."""


@router.get("/meetings", dependencies=[READ])
async def meetings(request: Request, context: InContext, caller: InCaller, before: str | None = None) -> Response:
    read = partial(context.services.meetings.list, PAGE_SIZE + 1, before, sight(caller))
    found = await context.threads.quick(read)
    shown = found[:PAGE_SIZE]
    return render(
        request,
        "meetings.html",
        section=SECTION,
        told=told_by(request),
        meetings=shown,
        older=shown[-1].id if len(found) > PAGE_SIZE else None,
    )


@router.get("/meetings/new", dependencies=[WRITE])
async def new(request: Request) -> Response:
    return _form_page(request, None, MeetingAsked("", {}), [])


@router.post("/meetings", dependencies=[WRITE, FORM])
async def create(request: Request, context: InContext, caller: InCaller) -> Response:
    asked = asked_of(await request.form())
    try:
        made = await context.threads.quick(partial(context.services.meetings.create, asked, caller))
    except LangsupportError as error:
        return _form_page(request, None, asked, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse(f"/meetings/{made.id}", 303)


@router.get("/meetings/{id}", dependencies=[READ])
async def meeting(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    return await _page(request, context, caller, id, told_by(request))


async def _page(
    request: Request, context: Context, caller: Caller, id: str, told: list[Told], status: int = 200, login: str = ""
) -> Response:
    services, of = context.services, sight(caller)
    record = await context.threads.quick(partial(services.meetings.get, id, of))

    def belonging() -> dict[str, Any]:
        may = caller.may
        return {
            "documents": services.documents.list(SHOWN, None, of, id) if may(Permission.DOCUMENTS_READ) else [],
            "recordings": services.recordings.list(SHOWN, None, of, id) if may(Permission.RECORDINGS_READ) else [],
            "sessions": services.sessions.list(SHOWN, None, None, caller, id) if may(Permission.CAPTIONS_WATCH) else [],
            "members": services.meetings.members(id, of) if may(Permission.MEETINGS_WRITE) else [],
        }

    found = await context.threads.quick(belonging)
    return render(request, "meeting.html", status, section=SECTION, told=told, meeting=record, login=login, **found)


@router.get("/meetings/{id}/edit", dependencies=[WRITE])
async def edit(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    found = await context.threads.quick(partial(context.services.meetings.get, id, sight(caller)))
    return _form_page(request, found, asked_again(found), [])


@router.post("/meetings/{id}", dependencies=[WRITE, FORM])
async def change(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    given = await request.form()
    asked, version = asked_of(given), str(given.get("version", ""))
    known = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    found = await context.threads.quick(partial(context.services.meetings.get, id, sight(caller)))
    try:
        call = partial(context.services.meetings.change, id, asked, caller, sight(caller), known)
        await context.threads.quick(call)
    except LangsupportError as error:
        return _form_page(request, found, asked, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse(f"/meetings/{id}?told=saved", 303)


@router.post("/meetings/{id}/members", dependencies=[WRITE, FORM])
async def add_member(
    request: Request, context: InContext, caller: InCaller, id: str, login: Annotated[str, Form()] = ""
) -> Response:
    try:
        call = partial(context.services.meetings.add_member, id, login, caller, sight(caller))
        await context.threads.quick(call)
    except LangsupportError as error:
        told = [told_error(request, error)]
        return await _page(request, context, caller, id, told, status_of(type(error)), login)
    return RedirectResponse(f"/meetings/{id}?told=saved#list", 303)


@router.post("/meetings/{id}/members/{person}/remove", dependencies=[WRITE, FORM])
async def remove_member(context: InContext, caller: InCaller, id: str, person: str) -> Response:
    call = partial(context.services.meetings.remove_member, id, person, caller, sight(caller))
    await context.threads.quick(call)
    return RedirectResponse(f"/meetings/{id}?told=saved#list", 303)


@router.post("/meetings/{id}/delete", dependencies=[WRITE, FORM])
async def delete(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    try:
        await context.threads.quick(partial(context.services.meetings.delete, id, caller, sight(caller)))
    except LangsupportError as error:
        return await _page(request, context, caller, id, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse("/meetings?told=deleted", 303)


def _form_page(
    request: Request, meeting: MeetingRecord | None, asked: MeetingAsked, told: list[Told], status: int = 200
) -> Response:
    return render(request, "meeting_form.html", status, section=SECTION, told=told, meeting=meeting, asked=asked)


def asked_of(given: FormData) -> MeetingAsked:
    def one(name: str) -> str:
        return str(given.get(name, ""))

    return MeetingAsked(
        code=one("code"),
        titles={code: one(f"title_{code}") for code in LANGUAGES},
        place=one("place"),
        starts_on=one("starts_on"),
        ends_on=one("ends_on"),
        languages=[str(code) for code in given.getlist("languages")],
        confidentiality=Confidentiality.LIST if given.get("confidential") else Confidentiality.OPEN,
    )


def asked_again(meeting: MeetingRecord) -> MeetingAsked:
    """As the form shows it."""
    return MeetingAsked(
        code=meeting.code,
        titles=meeting.titles,
        place=meeting.place,
        starts_on=meeting.starts_on.isoformat() if meeting.starts_on else "",
        ends_on=meeting.ends_on.isoformat() if meeting.ends_on else "",
        languages=meeting.languages,
        confidentiality=meeting.confidentiality,
    )
