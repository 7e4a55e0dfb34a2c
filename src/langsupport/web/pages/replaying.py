"""A meeting read and heard again: its text in any language beside its sound, its transcripts, its second pass."""

from __future__ import annotations

from functools import partial
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, Mark, MarkKind, Role
from langsupport.errors import LangsupportError
from langsupport.services.queue_rules import checked_orders
from langsupport.services.session_records import PassState, SessionRecord
from langsupport.web.api.context import Context, InContext
from langsupport.web.live.access import Entry, Visitor, allowed
from langsupport.web.pages.queue import orders_of
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.strings import N_
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.pages.watching import lines_of, page_state
from langsupport.web.pages.watching_words import Reading, chosen_tracks, reading
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

ForViewers = Annotated[Entry, Depends(allowed(Role.VIEWER))]
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]

FIRST_CUES = 100
"""In the first paint; the script fetches the rest, without one there are pages."""
FORMATS = ("docx", "txt", "vtt", "srt", "ttml", "json")

PASS_STATES = {
    PassState.QUEUED: N_("The finer pass over the recording waits for its turn."),
    PassState.RUNNING: N_("The finer pass over the recording is being made."),
    PassState.DONE: N_("The recording was gone over again, more finely."),
    PassState.FAILED: N_("The finer pass over the recording failed."),
}


class Chapter(NamedTuple):
    kind: str
    at_ms: int
    text: str


@router.get("/live/{id}/replay")
async def replay(request: Request, context: InContext, entry: ForViewers, from_ms: int = 0) -> Response:
    session, visitor = entry.session, entry.visitor
    return await _page(request, context, session, visitor, told_by(request), from_ms=from_ms)


async def _page(
    request: Request,
    context: Context,
    session: SessionRecord,
    visitor: Visitor,
    told: list[Told],
    status: int = 200,
    from_ms: int = 0,
) -> Response:
    state = await page_state(request, context, session, visitor)
    kept = reading(request)
    first, _ = chosen_tracks(request, state["offered"], kept, strings(request).language.code)
    service = context.services.sessions
    read = partial(service.cues, session.id, first, after_ms=max(0, from_ms), limit=FIRST_CUES + 1)
    cues = [cue for _, cue in await context.threads.quick(read)]
    marks = await context.threads.quick(partial(service.marks, session.id))
    may_operate = visitor.may(Role.OPERATOR)
    made = partial(context.services.session_exports.documents, session.id)
    asked = partial(context.services.corrections.of_session, session.id)
    return render(
        request,
        "replay.html",
        status,
        view="replay",
        reading=Reading(first, "", kept.size, kept.look, kept.font, kept.spaced),
        told=told,
        first=first,
        lines=lines_of(cues[:FIRST_CUES], [], marks),
        next_ms=cues[FIRST_CUES].start_ms if len(cues) > FIRST_CUES else None,
        chapters=chapters_of(marks),
        sounds=[channel.key for channel in session.channels if channel.position],
        formats=FORMATS,
        may_operate=may_operate,
        documents=await context.threads.quick(made) if may_operate else [],
        corrections=await context.threads.quick(asked) if may_operate else [],
        correctable=[found.track for found in session.tracks],
        pass_label=PASS_STATES.get(session.second_pass) if session.second_pass else None,
        pass_busy=session.second_pass in (PassState.QUEUED, PassState.RUNNING),
        **state,
    )


def chapters_of(marks: list[Mark]) -> list[Chapter]:
    """Agenda items and speakers, by time."""
    shown = (MarkKind.ITEM, MarkKind.SPEAKER)
    return [Chapter(mark.kind.value, mark.at_ms, mark.text) for mark in marks if mark.kind in shown]


@router.post("/live/{id}/second-pass")
async def second_pass(request: Request, context: InContext, entry: ForOperators) -> Response:
    """The button, which needs no script."""
    session, visitor = entry.session, entry.visitor
    try:
        await context.threads.quick(partial(context.services.second_pass.start, session.id, by=visitor.by))
    except LangsupportError as error:
        return await _refused(request, context, session, visitor, error)
    return RedirectResponse(f"/live/{session.id}/replay", 303)


@router.post("/live/{id}/documents")
async def send_to_translation(
    request: Request,
    context: InContext,
    entry: ForOperators,
    track: Annotated[str, Form()] = FLOOR,
    targets: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """The transcript becomes a document like any other; the page for it is shown."""
    session, visitor = entry.session, entry.visitor
    visitor.check_track(track)
    wanted = [code for code in LANGUAGES if code in targets] or None
    exports = context.services.session_exports
    try:
        call = partial(exports.send_to_documents, session.id, track, wanted, by=visitor.by)
        record = await context.threads.quick(call)
    except LangsupportError as error:
        return await _refused(request, context, session, visitor, error)
    return RedirectResponse(f"/documents/{record.id}", 303)


@router.post("/live/{id}/corrections")
async def ask_for_corrections(request: Request, context: InContext, entry: ForOperators) -> Response:
    """Captioners find it in their list."""
    session, visitor, given = entry.session, entry.visitor, await request.form()
    tracks = [str(track) for track in given.getlist("tracks")]
    try:
        orders = checked_orders(orders_of(given))
        call = partial(context.services.corrections.ask_for, session.id, tracks, orders, visitor.by)
        await context.threads.quick(call)
    except LangsupportError as error:
        return await _refused(request, context, session, visitor, error)
    return RedirectResponse(f"/live/{session.id}/replay?told=captioners", 303)


async def _refused(
    request: Request, context: Context, session: SessionRecord, visitor: Visitor, error: LangsupportError
) -> Response:
    return await _page(request, context, session, visitor, [told_error(request, error)], status_of(type(error)))
