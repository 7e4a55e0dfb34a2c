"""/api/v1/sessions/{id}/captions and what is made of them: corrections, transcripts, the second pass, documents."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from langsupport.domain.live import Role
from langsupport.errors import InvalidRequest
from langsupport.web.api.documents import body as document_body
from langsupport.web.api.live_models import (
    CaptionPage,
    ChangeBody,
    CorrectedBody,
    CorrectionAsked,
    DocumentsAsked,
    SessionBody,
    caption_body,
    change_body,
    session_body,
)
from langsupport.web.api.models import DocumentBody
from langsupport.web.downloads import content_disposition
from langsupport.web.live.access import Entry, allowed
from langsupport.web.live.watching import wanted_tracks

router = APIRouter(prefix="/sessions", tags=["live sessions"])

ForViewers = Annotated[Entry, Depends(allowed(Role.VIEWER))]
ForDownloads = Annotated[Entry, Depends(allowed(Role.VIEWER, download=True))]
ForCaptioners = Annotated[Entry, Depends(allowed(Role.CAPTIONER))]
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]


@router.get("/{id}/captions/{track}")
async def list_captions(
    entry: ForViewers,
    track: str,
    before_ms: Annotated[int | None, Query(ge=0, description="the last ones that begin before")] = None,
    after_ms: Annotated[int | None, Query(ge=0, description="the first ones that begin then or later")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    words: Annotated[bool, Query(description="with the times of the words, where they are known")] = False,
) -> CaptionPage:
    """Captions of a track by time, page by page; without a bound the latest. Retracted ones are left out."""
    wanted_tracks(entry, [track])
    sessions = entry.context.services.sessions
    read = partial(sessions.cues, entry.session.id, track, after_ms=after_ms, before_ms=before_ms, limit=limit + 1)
    found = await entry.context.threads.quick(read)
    more = len(found) > limit
    kept = found[:limit] if after_ms is not None else found[-limit:]
    return CaptionPage(items=[caption_body(seq, cue, words=words) for seq, cue in kept], more=more)


@router.put("/{id}/captions/{track}/{cue}")
async def correct(
    entry: ForCaptioners,
    track: str,
    cue: str,
    asked: CorrectionAsked,
    if_match: Annotated[str | None, Header(description="the revision that was edited, in quotes")] = None,
) -> CorrectedBody:
    """Write a caption's text. It wins over the machine for ever, and the other languages follow.

    409 if somebody changed it meanwhile: the problem's `fields` hold the text now (`current`), its `current_revision`,
    and what was sent (`yours`).
    """
    wanted_tracks(entry, [track])
    revision = _revision(asked.revision, if_match)
    sessions = entry.context.services.sessions
    call = partial(sessions.correct, entry.session.id, track, cue, revision, asked.text, by=entry.visitor.by)
    made = await entry.context.threads.quick(call)
    return CorrectedBody(track=made.track, id=made.id, rev=made.revision, stable=made.stable, state=made.state)


def _revision(in_body: int | None, if_match: str | None) -> int:
    if in_body is not None:
        return in_body
    said = (if_match or "").strip().removeprefix("W/").strip('"')
    if not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise InvalidRequest(detail="Say which revision was edited: `revision` in the body, or the header If-Match.")
    return int(said)


@router.delete("/{id}/captions/{track}/{cue}", status_code=204)
async def retract(entry: ForCaptioners, track: str, cue: str) -> None:
    """Take a caption back. What was made from it in other languages goes too."""
    wanted_tracks(entry, [track])
    sessions = entry.context.services.sessions
    await entry.context.threads.quick(partial(sessions.retract, entry.session.id, track, cue, by=entry.visitor.by))


@router.get("/{id}/captions/{track}/{cue}/history")
async def history(entry: ForCaptioners, track: str, cue: str) -> list[ChangeBody]:
    """What people changed in a caption, oldest first."""
    wanted_tracks(entry, [track])
    found = await entry.context.threads.quick(
        partial(entry.context.services.sessions.history, entry.session.id, track, cue)
    )
    return [change_body(change) for change in found]


@router.get("/{id}/transcripts/{track}.{extension}", response_class=Response)
async def get_transcript(entry: ForDownloads, track: str, extension: str) -> Response:
    """Everything said so far in one language as vtt, srt, ttml, txt, json or docx."""
    wanted_tracks(entry, [track])
    exports = entry.context.services.session_exports
    call = partial(exports.export, entry.session.id, track, extension)
    name, media_type, data = await entry.context.threads.work(call)
    headers = {
        "Content-Disposition": content_disposition(name),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(data, media_type=media_type, headers=headers)


@router.post("/{id}/second-pass", status_code=202)
async def second_pass(entry: ForOperators) -> SessionBody:
    """Recognize the whole recording again, more finely. What people corrected stays as they wrote it."""
    start = partial(entry.context.services.second_pass.start, entry.session.id, by=entry.visitor.by)
    return session_body(await entry.context.threads.quick(start), entry.visitor)


@router.post("/{id}/documents", status_code=201)
async def send_to_documents(entry: ForOperators, asked: DocumentsAsked) -> DocumentBody:
    """The transcript of a track as a document, to be translated like any other."""
    exports = entry.context.services.session_exports
    call = partial(exports.send_to_documents, entry.session.id, asked.track, asked.targets, by=entry.visitor.by)
    return document_body(await entry.context.threads.quick(call))
