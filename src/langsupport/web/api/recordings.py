"""/api/v1/recordings: upload, progress, captions, media for the player."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.errors import LangsupportError, NotFound
from langsupport.services.records import RecordingRecord
from langsupport.web.api.context import Context, InContext, file_name, source_code, target_codes
from langsupport.web.api.events import WATCH_SECONDS, event_stream
from langsupport.web.api.models import RecordingBody, RecordingPage, RecordingUpload
from langsupport.web.downloads import made_attachment, media
from langsupport.web.problems import ProblemBody, problem_of

router = APIRouter(prefix="/recordings", tags=["recordings"])


def body(record: RecordingRecord) -> RecordingBody:
    return RecordingBody.model_validate(record)


@router.post("", status_code=201, response_model=list[RecordingUpload])
async def upload(
    context: InContext,
    files: Annotated[list[UploadFile], File(alias="file", description="one or more recordings")],
    language: Annotated[str, Form(description="the spoken language, or auto")] = "auto",
    targets: Annotated[list[str], Form(description="codes; nothing means all others, none means no translation")] = [],  # noqa: B006
) -> Response:
    """Upload recordings; they are captioned at once. Bad files are answered as for documents."""
    spoken, target_languages = source_code(language), target_codes(targets)
    entries: list[RecordingUpload] = []
    for file in files:
        try:
            entries.append(await _upload(context, file, spoken, target_languages))
        except LangsupportError as error:
            if len(files) == 1:
                raise
            problem = ProblemBody.model_validate(problem_of(error).body())
            entries.append(RecordingUpload(name=file.filename or "", problem=problem))
    taken = any(entry.recording for entry in entries)
    return JSONResponse([entry.model_dump(mode="json") for entry in entries], 201 if taken else 422)


async def _upload(
    context: Context, file: UploadFile, language: str | None, targets: tuple[str, ...] | None
) -> RecordingUpload:
    name = file_name(file)
    call = partial(context.services.recordings.upload, name, file.file, language, targets)
    return RecordingUpload(name=name, recording=body(await context.threads.quick(call)))


@router.get("")
async def list_recordings(
    context: InContext, limit: Annotated[int, Query(ge=1, le=200)] = 50, before: str | None = None
) -> RecordingPage:
    """Newest first."""
    records = await context.threads.quick(partial(context.services.recordings.list, limit + 1, before))
    items = [body(record) for record in records[:limit]]
    return RecordingPage(items=items, next=items[-1].id if len(records) > limit else None)


@router.get("/{id}")
async def get_recording(context: InContext, id: str) -> RecordingBody:
    return body(await context.threads.quick(partial(context.services.recordings.get, id)))


@router.get("/{id}/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, context: InContext, id: str) -> StreamingResponse:
    """Server-sent events `recording` with the recording after each change; `end` when it is finished."""
    recordings = context.services.recordings
    record = await context.threads.quick(partial(recordings.get, id))

    def wait(version: int) -> RecordingRecord:
        return recordings.wait_for_change(id, version, WATCH_SECONDS)

    return event_stream(request, context.threads, "recording", record, wait, body)


@router.get("/{id}/transcripts/{language}.{extension}", response_class=Response)
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


@router.get("/{id}/media", response_class=FileResponse)
async def get_media(context: InContext, id: str) -> FileResponse:
    """The recording itself, in ranges as a player asks for them."""
    opened = await context.threads.quick(partial(context.services.recordings.open_media, id))
    return media(opened.path, opened.name, opened.media_type)


@router.post("/{id}/retry")
async def retry(context: InContext, id: str) -> RecordingBody:
    """Start again what failed."""
    return body(await context.threads.quick(partial(context.services.recordings.retry, id)))


@router.post("/{id}/cancel")
async def cancel(context: InContext, id: str) -> RecordingBody:
    return body(await context.threads.quick(partial(context.services.recordings.cancel, id)))


@router.delete("/{id}", status_code=204)
async def delete(context: InContext, id: str) -> None:
    """Delete the recording, its captions and its file."""
    await context.threads.quick(partial(context.services.recordings.delete, id))
