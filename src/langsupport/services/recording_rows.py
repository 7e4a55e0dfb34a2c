"""Queries on recordings and their transcripts, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from langsupport.domain.speech import Transcript
from langsupport.errors import NotFound
from langsupport.services import playable
from langsupport.services.codecs import error_from_json, transcript_from_json, transcript_to_json
from langsupport.services.document_rows import ACTIVE, moment, move
from langsupport.services.records import (
    RECORDING_MOVES,
    RENDITION_MOVES,
    CaptionsRecord,
    RecordingRecord,
    RecordingState,
    RenditionState,
)
from langsupport.services.schema import recordings, transcripts
from langsupport.services.visibility import Sight, seen

_LISTED = [column for column in transcripts.c if column.name != "transcript"]
"""All but the transcript itself, which may be large."""


def find_recording(connection: sa.Connection, id: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(recordings).where(recordings.c.id == id)).mappings().first()


def recording_row(connection: sa.Connection, id: str) -> sa.RowMapping:
    """Raises NotFound."""
    row = find_recording(connection, id)
    if row is None:
        raise NotFound(what="recording", id=id)
    return row


def change(connection: sa.Connection, id: str, **values: Any) -> None:
    """Update a recording and count its version up. Raises Conflict if its state does not allow the move."""
    values["version"] = recordings.c.version + 1
    query = sa.update(recordings).where(recordings.c.id == id).values(values)
    move(connection, query, recordings.c.state, RECORDING_MOVES, values.get("state"))


def captions_row(connection: sa.Connection, id: str, language: str) -> sa.RowMapping | None:
    query = sa.select(*_LISTED).where(transcripts.c.recording_id == id, transcripts.c.language == language)
    return connection.execute(query).mappings().first()


def change_captions(connection: sa.Connection, id: str, language: str, **values: Any) -> None:
    """Raises Conflict if the state does not allow the move."""
    where = sa.and_(transcripts.c.recording_id == id, transcripts.c.language == language)
    query = sa.update(transcripts).where(where).values(values)
    move(connection, query, transcripts.c.state, RENDITION_MOVES, values.get("state"))


def finished(transcript: Transcript) -> dict[str, Any]:
    """The values of a row whose transcript is there."""
    return {
        "state": RenditionState.DONE,
        "transcript": transcript_to_json(transcript),
        "cues": len(transcript.cues),
        "findings_count": len(transcript.findings),
    }


def read_transcript(connection: sa.Connection, id: str, language: str | None) -> Transcript:
    """Of one language, or of the spoken one. Raises NotFound when it is not there (yet)."""
    which = transcripts.c.spoken if language is None else transcripts.c.language == language
    query = sa.select(transcripts.c.transcript).where(transcripts.c.recording_id == id, which)
    found = connection.scalar(query)
    if found is None:
        raise NotFound(what="transcript", id=f"{id}/{language or 'spoken'}")
    return transcript_from_json(found)


def settle(connection: sa.Connection, id: str) -> bool:
    """Give a recording the state that follows from its captions; whether it is an end. Locks it first, as documents."""
    connection.execute(sa.select(recordings.c.id).where(recordings.c.id == id).with_for_update())
    query = sa.select(transcripts.c.state, transcripts.c.error).where(transcripts.c.recording_id == id)
    found = connection.execute(query.order_by(transcripts.c.language)).all()
    if any(state in ACTIVE for state, _ in found):
        change(connection, id)
        return False
    failed = [error for state, error in found if state == RenditionState.FAILED]
    state = RecordingState.FAILED if failed else RecordingState.DONE
    change(connection, id, state=state, error=failed[0] if failed else None)
    return True


def records(
    connection: sa.Connection, limit: int, before: str | None, of: Sight = None, meeting: str | None = None
) -> list[RecordingRecord]:
    """Newest first, of what `of` sees; those of one meeting."""
    query = sa.select(recordings).where(seen(recordings.c.meeting_id, of)).order_by(recordings.c.id.desc()).limit(limit)
    if meeting is not None:
        query = query.where(recordings.c.meeting_id == meeting)
    if before is not None:
        query = query.where(recordings.c.id < before)
    return _with_captions(connection, connection.execute(query).mappings().all())


def record(connection: sa.Connection, id: str) -> RecordingRecord:
    """Raises NotFound."""
    return _with_captions(connection, [recording_row(connection, id)])[0]


def _with_captions(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[RecordingRecord]:
    ids = [row["id"] for row in rows]
    query = sa.select(*_LISTED).where(transcripts.c.recording_id.in_(ids))
    query = query.order_by(transcripts.c.spoken.desc(), transcripts.c.position)
    grouped: dict[str, list[CaptionsRecord]] = {id_: [] for id_ in ids}
    for row in connection.execute(query).mappings():
        grouped[row["recording_id"]].append(_captions(row))
    return [_recording(row, tuple(grouped[row["id"]])) for row in rows]


def _captions(row: sa.RowMapping) -> CaptionsRecord:
    return CaptionsRecord(
        language=row["language"],
        state=RenditionState(row["state"]),
        spoken=row["spoken"],
        done=row["done"],
        total=row["total"],
        cues=row["cues"],
        error=error_from_json(row["error"]),
        findings_count=row["findings_count"],
    )


def _recording(row: sa.RowMapping, captions: tuple[CaptionsRecord, ...]) -> RecordingRecord:
    return RecordingRecord(
        id=row["id"],
        name=row["name"],
        size=row["size"],
        state=RecordingState(row["state"]),
        created_at=moment(row["created_ms"]),
        version=row["version"],
        media_type=playable.MEDIA_TYPE if row["player_file"] else row["media_type"],
        language=row["language"] or row["requested_language"],
        duration_ms=row["duration_ms"],
        heard_ms=row["heard_ms"],
        error=error_from_json(row["error"]),
        captions=captions,
        meeting_id=row["meeting_id"],
    )
