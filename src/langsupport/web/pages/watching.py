"""What those who read a meeting use: the page for phones, the projector, the overlay for broadcasts, the widget for
other sites' pages. The first paint is complete without a script; then the script takes over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from langsupport.domain.live import FLOOR, CueState, LiveCue, Mark, MarkKind, Role
from langsupport.errors import LangsupportError
from langsupport.services.session_records import SessionRecord, TrackSource
from langsupport.web.api.context import Context, InContext
from langsupport.web.live.access import Entry, Visitor, allowed, session_access
from langsupport.web.needs import ANYBODY, LINKED
from langsupport.web.pages import assets
from langsupport.web.pages.invitations import join_address, qr_code
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.telling import told_error
from langsupport.web.pages.watching_words import Reading, chosen_tracks, in_usual_order, messages, reading
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

ForViewers = Annotated[Entry, Depends(allowed(Role.VIEWER))]

FIRST_CUES = 30
"""In the first paint: some screens of a phone."""
EMBED_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors *",
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""For the one page that other sites may show inside theirs; nothing can be changed there by a click."""

View = Literal["page", "embed", "projector", "overlay"]


class CueLine(NamedTuple):
    """A caption in the first paint."""

    cue: LiveCue
    corrected: bool
    seconds: list[LiveCue]


class MarkLine(NamedTuple):
    mark: Mark


@router.get("/live/widget.js", dependencies=[ANYBODY])
async def widget(request: Request) -> Response:
    """The one script that another site's page needs."""
    data = (assets.STATIC_DIR / "js" / "widget.js").read_bytes()
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=300"}
    return Response(data, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/live/{id}")
async def watch(request: Request, context: InContext, entry: ForViewers) -> Response:
    return await _viewer(request, context, entry.session, entry.visitor, "page")


@router.get("/live/{id}/embed", dependencies=[LINKED])
async def embed(request: Request, context: InContext, id: str) -> Response:
    """Refusals, too, are shown inside the other page: the usual page for errors may not be."""
    try:
        session, visitor = await session_access(request, context, id, Role.VIEWER)
        response = await _viewer(request, context, session, visitor, "embed")
    except LangsupportError as error:
        told = told_error(request, error).text
        response = render(
            request, "watch_refused.html", status_of(type(error)), view="embed", reading=Reading(), told=told
        )
    response.headers.update(EMBED_HEADERS)
    return response


@router.get("/live/{id}/projector")
async def projector(request: Request, context: InContext, entry: ForViewers) -> Response:
    return await _screen(request, context, entry.session, entry.visitor, "projector")


@router.get("/live/{id}/overlay")
async def overlay(request: Request, context: InContext, entry: ForViewers) -> Response:
    return await _screen(request, context, entry.session, entry.visitor, "overlay")


async def _viewer(request: Request, context: Context, session: SessionRecord, visitor: Visitor, view: View) -> Response:
    kept = reading(request)
    offered = offered_tracks(session, visitor)
    first, second = chosen_tracks(request, offered, kept, strings(request).language.code)
    lines = await context.threads.quick(partial(_first_paint, context, session, first, second))
    state = await page_state(request, context, session, visitor)
    state["making"] = making_of(session, first, state["spoken"], state["drafts"])
    return render(request, "watch.html", view=view, reading=kept, first=first, second=second, lines=lines, **state)


async def _screen(request: Request, context: Context, session: SessionRecord, visitor: Visitor, view: View) -> Response:
    offered = offered_tracks(session, visitor)
    first, second = chosen_tracks(request, offered, Reading(), strings(request).language.code)
    state = await page_state(request, context, session, visitor)
    state["code"] = _code(request, visitor) if view == "projector" else None
    return render(
        request, "watch_screen.html", view=view, reading=Reading(font="noto"), first=first, second=second, **state
    )


def _code(request: Request, visitor: Visitor) -> Markup | None:
    """Only of the public link by which this page was opened: a person's own link is not for a whole room."""
    public = visitor.grant is not None and visitor.grant.public
    return qr_code(join_address(request, visitor.token)) if public and visitor.token else None


async def page_state(request: Request, context: Context, session: SessionRecord, visitor: Visitor) -> dict[str, Any]:
    """What all pages for readers of a session are handed."""
    matrix = await context.threads.quick(context.services.inference.matrix)
    floor = session.channel(FLOOR)
    return {
        "session": session,
        "visitor": visitor,
        "offered": offered_tracks(session, visitor),
        "drafts": " ".join(sorted(f"{row.source}-{row.target}" for row in matrix if row.draft)),
        "spoken": (floor.language if floor else None) or "",
        "page_strings": messages(strings(request)),
    }


def offered_tracks(session: SessionRecord, visitor: Visitor) -> list[str]:
    """The session's tracks that the visitor's link is for."""
    mine = visitor.grant.tracks if visitor.grant is not None else None
    tracks = [record.track for record in session.tracks]
    return in_usual_order([track for track in tracks if mine is None or track in mine])


def making_of(session: SessionRecord, track: str, spoken: str, drafts: str) -> str:
    """How a track's text comes about: heard, interpreted, translated, or by a draft model; as the script tells it."""
    record = session.track(track)
    if track == FLOOR:
        return "heard"
    if record is not None and record.source is TrackSource.CHANNEL:
        return "interpreted"
    directions = drafts.split()
    draft = f"{spoken}-{track}" in directions if spoken else any(one.endswith(f"-{track}") for one in directions)
    return "draft" if draft else "translated"


def _first_paint(context: Context, session: SessionRecord, first: str, second: str) -> list[CueLine | MarkLine]:
    service = context.services.sessions
    cues = [cue for _, cue in service.cues(session.id, first, limit=FIRST_CUES)]
    others = [cue for _, cue in service.cues(session.id, second, limit=2 * FIRST_CUES)] if second else []
    return lines_of(cues, others, service.marks(session.id))


def lines_of(cues: Sequence[LiveCue], others: Sequence[LiveCue], marks: Sequence[Mark]) -> list[CueLine | MarkLine]:
    """Captions with those of the second language beside them and the marks between them, as the script puts them."""
    shown = [cue for cue in cues if cue.stable]
    found: list[CueLine | MarkLine] = []
    between = [mark for mark in marks if mark.kind is not MarkKind.NOTE and shown and mark.at_ms >= shown[0].start_ms]
    beside = _beside(shown, others)
    for place, cue in enumerate(shown):
        middle = (cue.start_ms + cue.end_ms) / 2
        while between and between[0].at_ms <= middle:
            found.append(MarkLine(between.pop(0)))
        found.append(CueLine(cue, cue.state is CueState.CORRECTED, beside[place]))
    return found + [MarkLine(mark) for mark in between]


def _beside(cues: Sequence[LiveCue], others: Sequence[LiveCue]) -> list[list[LiveCue]]:
    """The same caption by its id, else the one in whose time it is said."""
    rows: list[list[LiveCue]] = [[] for _ in cues]
    places = {cue.id: place for place, cue in enumerate(cues)}
    for other in others:
        middle = (other.start_ms + other.end_ms) / 2
        before = [place for place, cue in enumerate(cues) if cue.start_ms <= middle]
        place = places.get(other.id, before[-1] if before else None)
        if place is not None and other.stable:
            rows[place].append(other)
    return rows
