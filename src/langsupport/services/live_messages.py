"""What viewers are sent, as docs/live.md says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from langsupport.domain.live import FLOOR, LiveCue
from langsupport.services.session_log import CueEvent, LogEvent, MarkEvent
from langsupport.services.session_records import SessionRecord

Message = dict[str, Any]

VERSION = 1


def cue_message(seq: int, cue: LiveCue) -> Message:
    return {
        "v": VERSION,
        "type": "cue",
        "seq": seq,
        "track": cue.track,
        "id": cue.id,
        "rev": cue.revision,
        "lang": cue.language,
        "channel": cue.channel,
        "t0_ms": cue.start_ms,
        "t1_ms": cue.end_ms,
        "stable": cue.stable,
        "state": cue.state.value,
        "origin": cue.origin.value,
        "src": cue.source,
    }


def tail_message(cue: LiveCue) -> Message:
    return {
        "v": VERSION,
        "type": "tail",
        "track": cue.track,
        "id": cue.id,
        "rev": cue.revision,
        "lang": cue.language,
        "t0_ms": cue.start_ms,
        "t1_ms": cue.end_ms,
        "tail": cue.tail,
    }


def mark_message(event: MarkEvent) -> Message:
    mark = event.mark
    return {
        "v": VERSION,
        "type": "mark",
        "seq": event.seq,
        "id": mark.id,
        "kind": mark.kind.value,
        "at_ms": mark.at_ms,
        "end_ms": mark.end_ms,
        "text": mark.text,
        "removed": event.removed,
    }


def event_message(event: LogEvent) -> Message:
    return cue_message(event.seq, event.cue) if isinstance(event, CueEvent) else mark_message(event)


def snapshot_message(
    seq: int, tracks: Sequence[str], cues: Sequence[CueEvent], marks: Sequence[MarkEvent], more: bool
) -> Message:
    """`more`: there are earlier cues, to be had page by page."""
    return {
        "v": VERSION,
        "type": "snapshot",
        "seq": seq,
        "tracks": list(tracks),
        "cues": [cue_message(event.seq, event.cue) for event in cues],
        "marks": [mark_message(event) for event in marks],
        "more": more,
    }


def session_message(record: SessionRecord, seq: int, clock_ms: int, watched: Collection[str]) -> Message:
    """`watched`: tracks that somebody watches; those that are recorded count as such."""
    return {
        "v": VERSION,
        "type": "session",
        "seq": seq,
        "id": record.id,
        "title": record.title,
        "state": record.state.value,
        "off_record": record.off_record,
        "tracks": [
            {
                "track": track.track,
                "language": None if track.track == FLOOR else track.track,
                "source": track.source.value,
                "watched": track.enabled or track.track in watched,
            }
            for track in record.tracks
        ],
        "clock_ms": clock_ms,
    }


def bye_message(code: str, text: str, *, retry: bool) -> Message:
    return {"v": VERSION, "type": "bye", "code": code, "message": text, "retry": retry}


def without_cues(snapshot: Message, gone: Collection[tuple[str, str]]) -> Message:
    """A snapshot without some (track, id)."""
    return snapshot | {"cues": [cue for cue in snapshot["cues"] if (cue["track"], cue["id"]) not in gone]}
