"""/api/v1/sessions/{id}/audio: a session's sound for players, in ranges; and the documents that it became."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from langsupport.domain.live import Role
from langsupport.errors import NotFound
from langsupport.services.playable import EXTENSION, MEDIA_TYPE
from langsupport.services.session_sound import WaveSound
from langsupport.web.downloads import content_disposition, media
from langsupport.web.live.access import Entry, allowed
from langsupport.web.threads import Threads

router = APIRouter(prefix="/sessions", tags=["live sessions"])

ForDownloads = Annotated[Entry, Depends(allowed(Role.VIEWER, download=True))]
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_HEADERS = {"Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox", "Accept-Ranges": "bytes"}


class SessionDocumentBody(BaseModel):
    """A document that a transcript became."""

    document_id: str
    track: str
    sent_at: str
    by: str


@router.get("/{id}/audio/{channel}", response_class=Response)
async def get_audio(
    request: Request,
    entry: ForDownloads,
    channel: str,
    from_ms: Annotated[int, Query(ge=0, description="only a part, on the session's clock")] = 0,
    to_ms: Annotated[int | None, Query(ge=0)] = None,
    form: Annotated[Literal["wav", "webm"], Query(description="webm: small, the whole, once it has ended")] = "wav",
) -> Response:
    """A channel's sound, as a WAV file in ranges as a player asks for them; or as Opus in WebM for slow networks."""
    entry.visitor.check_track(channel)
    sound = entry.context.services.session_sound
    name = f"{entry.session.code or entry.session.title}.{channel}"
    if form == "webm":
        path = await entry.context.threads.work(partial(sound.small, entry.session.id, channel))
        answer: FileResponse = media(path, name + EXTENSION, MEDIA_TYPE)
        return answer
    wave = await entry.context.threads.quick(partial(sound.wave, entry.session.id, channel, from_ms, to_ms))
    return _wave_answer(request, wave, f"{name}.wav", entry.context.threads)


@router.get("/{id}/documents")
async def list_documents(entry: ForOperators) -> list[SessionDocumentBody]:
    """The documents that transcripts of this session became, newest first."""
    call = partial(entry.context.services.session_exports.documents, entry.session.id)
    found = await entry.context.threads.quick(call)
    return [SessionDocumentBody(**one._asdict() | {"sent_at": one.sent_at.isoformat()}) for one in found]


def _wave_answer(request: Request, wave: WaveSound, name: str, threads: Threads) -> Response:
    headers = {**_HEADERS, "Content-Disposition": content_disposition(name, "inline")}
    wanted = wanted_range(request.headers.get("range"), wave.size)
    if wanted is None:
        first, last, status = 0, wave.size, 200
    elif wanted[0] >= wanted[1]:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{wave.size}"})
    else:
        (first, last), status = wanted, 206
        headers["Content-Range"] = f"bytes {first}-{last - 1}/{wave.size}"
    headers["Content-Length"] = str(last - first)
    body = _blocks(wave.read(first, last), threads)
    return StreamingResponse(body, status, headers, "audio/wav")


async def _blocks(blocks: Iterator[bytes], threads: Threads) -> AsyncIterator[bytes]:
    """Read one block at a time, in a thread, as the client takes them."""
    while True:
        try:
            block = await threads.quick(partial(next, blocks, None))
        except NotFound:  # deleted while it was played
            return
        if block is None:
            return
        yield block


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """[first, last) that a Range header asks for; None: all. Several ranges at once are answered with all.

    What can't be satisfied comes back empty.
    """
    found = _RANGE.fullmatch((header or "").replace(" ", ""))
    if found is None or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    end = min(int(last) + 1, size) if last else size
    return (int(first), end) if int(first) <= (int(last) if last else size) else None
