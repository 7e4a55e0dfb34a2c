"""/api/v1/recordings: upload, progress, captions, media for the player."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.domain.accounts import Permission
from langsupport.errors import LangsupportError, NotFound
from langsupport.services.records import RecordingRecord
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext, file_name, source_code, target_codes
from langsupport.web.api.events import WATCH_SECONDS, event_stream
from langsupport.web.api.models import RecordingBody, RecordingPage, RecordingUpload
from langsupport.web.downloads import made_attachment, media
from langsupport.web.needs import InCaller, needs, still_sees
from langsupport.web.problems import ProblemBody, problem_of

router = APIRouter(prefix="/recordings", tags=["recordings"])

READ = needs(Permission.RECORDINGS_READ, of="recording")
DOWNLOAD = needs(Permission.RECORDINGS_READ, of="recording", download=True)
WRITE = needs(Permission.RECORDINGS_WRITE, of="recording")


def body(record: RecordingRecord) -> RecordingBody:
    return RecordingBody.model_validate(record)


@router.post(
    "", status_code=201, dependencies=[needs(Permission.RECORDINGS_WRITE)], response_model=list[RecordingUpload]
)
async def upload(
    context: InContext,
    caller: InCaller,
    files: Annotated[list[UploadFile], File(alias="file", description="one or more recordings")],
    language: Annotated[str, Form(description="the spoken language, or auto")] = "auto",
    targets: Annotated[list[str], Form(description="codes; nothing means all others, none means no translation")] = [],  # noqa: B006
    meeting: Annotated[str, Form(description="the id of the meeting that they belong to")] = "",
) -> Response:
    """Upload recordings; they are captioned at once. Bad files are answered as for documents."""
    spoken, target_languages = source_code(language), target_codes(targets)
    meeting_id = await check_meeting(context, caller, meeting)
    entries: list[RecordingUpload] = []
    for file in files:
        try:
            entries.append(await _upload(context, file, spoken, target_languages, meeting_id))
        except LangsupportError as error:
            if len(files) == 1:
                raise
            problem = ProblemBody.model_validate(problem_of(error).body())
            entries.append(RecordingUpload(name=file.filename or "", problem=problem))
    taken = any(entry.recording for entry in entries)
    return JSONResponse([entry.model_dump(mode="json") for entry in entries], 201 if taken else 422)


async def _upload(
    context: Context,
    file: UploadFile,
    language: str | None,
    targets: tuple[str, ...] | None,
    meeting_id: str | None,
) -> RecordingUpload:
    name = file_name(file)
    call = partial(context.services.recordings.upload, name, file.file, language, targets, meeting_id)
    return RecordingUpload(name=name, recording=body(await context.threads.quick(call)))


@router.get("", dependencies=[needs(Permission.RECORDINGS_READ)])
async def list_recordings(
    context: InContext,
    caller: InCaller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
    meeting: Annotated[str | None, Query(description="those of one meeting")] = None,
) -> RecordingPage:
    """Newest first."""
    read = partial(context.services.recordings.list, limit + 1, before, sight(caller), meeting)
    records = await context.threads.quick(read)
    items = [body(record) for record in records[:limit]]
    return RecordingPage(items=items, next=items[-1].id if len(records) > limit else None)


@router.get("/{id}", dependencies=[READ])
async def get_recording(context: InContext, id: str) -> RecordingBody:
    return body(await context.threads.quick(partial(context.services.recordings.get, id)))


@router.get(
    "/{id}/events",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(request: Request, context: InContext, caller: InCaller, id: str) -> StreamingResponse:
    """Server-sent events `recording` with the recording after each change; `end` when it is finished."""
    recordings = context.services.recordings
    record = await context.threads.quick(partial(recordings.get, id))

    def wait(version: int) -> RecordingRecord:
        still_sees(context, caller, Permission.RECORDINGS_READ, "recording", id)
        return recordings.wait_for_change(id, version, WATCH_SECONDS)

    return event_stream(request, context.threads, "recording", record, wait, body)


@router.get("/{id}/transcripts/{language}.{extension}", dependencies=[DOWNLOAD], response_class=Response)
async def get_transcript(context: InContext, id: str, language: str, extension: str) -> Response:
    """Captions in one language as vtt, srt, ttml, json, txt or docx."""
    known = {found.extension.lstrip("."): found for found in SUBTITLE_FORMATS.values()}
    form = known.get(extension)
    if form is None:
        raise NotFound(what="caption format", id=extension)
    record = await context.threads.quick(partial(context.services.recordings.get, id))
    transcript = await context.threads.quick(partial(context.services.recordings.transcript, id, language))
    name = f"{PurePath(record.name).stem}.{transcript.language}.{extension}"
    return made_attachment(form.write(transcript), name, form.media_type)


@router.get("/{id}/media", dependencies=[DOWNLOAD], response_class=FileResponse)
async def get_media(context: InContext, id: str) -> FileResponse:
    """The recording itself, in ranges as a player asks for them."""
    opened = await context.threads.quick(partial(context.services.recordings.open_media, id))
    return media(opened.path, opened.name, opened.media_type)


@router.post("/{id}/retry", dependencies=[WRITE])
async def retry(context: InContext, id: str) -> RecordingBody:
    """Start again what failed."""
    return body(await context.threads.quick(partial(context.services.recordings.retry, id)))


@router.post("/{id}/cancel", dependencies=[WRITE])
async def cancel(context: InContext, id: str) -> RecordingBody:
    return body(await context.threads.quick(partial(context.services.recordings.cancel, id)))


@router.delete("/{id}", status_code=204, dependencies=[needs(Permission.RECORDINGS_DELETE, of="recording")])
async def delete(context: InContext, caller: InCaller, id: str) -> None:
    """Delete the recording, its captions and its file."""
    record = await context.threads.quick(partial(context.services.recordings.get, id))
    await context.threads.quick(partial(context.services.recordings.delete, id))
    await note_deleted(context, caller, "recording", id, record.name)
