"""Captions for HLS players (RFC 8216): a playlist of WebVTT segments for each track of a session.

A segment appears some seconds after its time, when most of what was said in it is final. It is written anew from the
log whenever it is asked for: corrections are in it from then on, and what went off the record is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends
from starlette.responses import Response

from langsupport.domain.live import LiveCue, Role, SessionState
from langsupport.errors import NotFound
from langsupport.services.session_records import SessionRecord
from langsupport.web.live.access import Entry, allowed
from langsupport.web.live.link_tokens import PARAMETER
from langsupport.web.live.watching import wanted_tracks

router = APIRouter(prefix="/sessions", tags=["live sessions"])

SEGMENT_MS = 6_000
HOLD_MS = 9_000
"""So long after its end a segment is listed: players fetch a segment once, and a clause needs that long."""
WINDOW = 100
"""Segments in a live playlist (ten minutes); the whole of a long session would be fetched again every six seconds."""
LONGEST_CUE_MS = 60_000
"""Cues that began longer before a segment are not looked for."""
MAX_CUES = 200
"""In one segment; six seconds of speech have two or three."""

PLAYLIST = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True)
class Window:
    """The segments from `first` up to before `end`. `ended`: no more will come."""

    first: int
    end: int
    ended: bool


def window(clock_ms: int, *, ended: bool, whole: bool) -> Window:
    """Which segments are listed when the session's clock stands at `clock_ms`."""
    ready_ms = clock_ms if ended else max(0, clock_ms - HOLD_MS)
    end = -(-ready_ms // SEGMENT_MS) if ended else ready_ms // SEGMENT_MS
    return Window(0 if whole else max(0, end - WINDOW), end, ended)


def playlist(shown: Window, began_at: datetime, address: Callable[[int], str], *, whole: bool) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_MS // 1000}"]
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{shown.first}")
    if whole:
        lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
    for number in range(shown.first, shown.end):
        at = began_at + timedelta(milliseconds=number * SEGMENT_MS)
        if number == shown.first or number % 10 == 0:
            stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{stamp}")
        lines += [f"#EXTINF:{SEGMENT_MS / 1000:.3f},", address(number)]
    if shown.ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def segment(cues: list[LiveCue], number: int) -> str:
    """What is said in a segment's six seconds. Times are the session's; a cue that crosses a border is in both."""
    start, end = number * SEGMENT_MS, (number + 1) * SEGMENT_MS
    blocks = ["WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"]
    for cue in cues:
        until = max(cue.end_ms, cue.start_ms + 1)
        if cue.stable.strip() and cue.start_ms < end and until > start:
            blocks.append(f"{cue.id}\n{_stamp(cue.start_ms)} --> {_stamp(until)}\n{escape(_one_line(cue.stable))}")
    return "\n\n".join(blocks) + "\n"


def _one_line(text: str) -> str:
    """A blank line would end the cue."""
    return " ".join(text.split())


def _stamp(at_ms: int) -> str:
    seconds, milliseconds = divmod(at_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"


Watching = Annotated[Entry, Depends(allowed(Role.VIEWER))]


@router.get("/{id}/hls/{track}.m3u8", response_class=Response, responses={200: {"content": {PLAYLIST: {}}}})
async def get_playlist(entry: Watching, track: str, whole: bool = False) -> Response:
    """The live playlist of a track: its last ten minutes, or with `whole` everything from the start."""
    wanted_tracks(entry, [track])
    record = entry.session
    shown = _window(record, whole=whole)
    token = entry.visitor.token
    query = f"?{urlencode({PARAMETER: token})}" if token else ""
    began_at = record.started_at or record.created_at
    text = playlist(shown, began_at, lambda number: f"{track}/{number}.vtt{query}", whole=whole)
    return Response(text, media_type=PLAYLIST, headers={"Cache-Control": "no-store"})


@router.get("/{id}/hls/{track}/{number}.vtt", response_class=Response, responses={200: {"content": {"text/vtt": {}}}})
async def get_segment(entry: Watching, track: str, number: int) -> Response:
    """One segment, as the log has it now."""
    wanted_tracks(entry, [track])
    if not 0 <= number < _window(entry.session, whole=True).end:
        raise NotFound(what="segment", id=f"{track}/{number}")
    read = partial(
        entry.context.services.sessions.cues,
        entry.session.id,
        track,
        after_ms=max(0, number * SEGMENT_MS - LONGEST_CUE_MS),
        before_ms=(number + 1) * SEGMENT_MS,
        limit=MAX_CUES,
    )
    found = await entry.context.threads.quick(read)
    text = segment([cue for _, cue in found], number)
    return Response(text.encode(), media_type="text/vtt", headers={"Cache-Control": "no-store"})


def _window(record: SessionRecord, *, whole: bool) -> Window:
    return window(record.clock_ms, ended=record.state is SessionState.ENDED, whole=whole)


__all__ = ["Window", "playlist", "router", "segment", "window"]
