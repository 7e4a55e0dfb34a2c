"""Recordings: the list, and one recording with its player and its captions in six languages."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue
from langsupport.errors import LangsupportError
from langsupport.services.account_records import Caller
from langsupport.services.recordings import RecordingService
from langsupport.services.records import RecordingRecord, RenditionState
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext, file_name, source_code
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.cells import LanguageCell, recording_cells
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.documents import PAGE_SIZE, wanted_targets
from langsupport.web.pages.missing import missing_model
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.telling import Told, told_by, told_error

router = APIRouter(include_in_schema=False)


class Row(NamedTuple):
    record: RecordingRecord
    cells: list[LanguageCell]


class CueRow(NamedTuple):
    """A caption, and what is said at the same time in the language beside it."""

    start_ms: int
    text: str
    beside: str


@router.get("/recordings", dependencies=[needs(Permission.RECORDINGS_READ)])
async def recordings(
    request: Request, context: InContext, caller: InCaller, before: str | None = None, part: str | None = None
) -> Response:
    return await _list(request, context, caller, told_by(request), before=before, part=part is not None)


@router.post("/recordings", dependencies=[needs(Permission.RECORDINGS_WRITE)])
async def upload(
    request: Request,
    context: InContext,
    caller: InCaller,
    files: Annotated[list[UploadFile], File(alias="file")],
    source: Annotated[str, Form()] = "",
    targets: Annotated[list[str], Form()] = [],  # noqa: B006
    meeting: Annotated[str, Form()] = "",
) -> Response:
    """The form without a script, as for documents."""
    languages = (source_code(source), wanted_targets(targets, source))
    meeting_id = await check_meeting(context, caller, meeting)
    taken: list[RecordingRecord] = []
    told: list[Told] = []
    for file in files:
        try:
            call = partial(context.services.recordings.upload, file_name(file), file.file, *languages, meeting_id)
            taken.append(await context.threads.quick(call))
        except LangsupportError as error:
            told.append(told_error(request, error))
    if told:
        return await _list(request, context, caller, told, status=422)
    return RedirectResponse(f"/recordings/{taken[0].id}" if len(taken) == 1 else "/recordings?told=received", 303)


async def _list(
    request: Request,
    context: Context,
    caller: Caller,
    told: list[Told],
    status: int = 200,
    before: str | None = None,
    part: bool = False,
) -> Response:
    services = context.services
    records = await context.threads.quick(partial(services.recordings.list, PAGE_SIZE + 1, before, sight(caller)))
    shown = records[:PAGE_SIZE]
    return render(
        request,
        "recordings_list.html" if part else "recordings.html",
        status,
        section="/recordings",
        told=told,
        missing=await context.threads.quick(partial(missing_model, services, "recognition", strings(request))),
        recordings=[Row(record, recording_cells(record, linked=True)) for record in shown],
        busy=any(not record.finished for record in shown),
        older=shown[-1].id if len(records) > PAGE_SIZE else None,
        meetings=await meeting_choices(context, caller),
        limit=services.settings.max_recording_bytes,
    )


@router.get("/recordings/{id}", dependencies=[needs(Permission.RECORDINGS_READ, of="recording")])
async def recording(
    request: Request,
    context: InContext,
    id: str,
    part: str | None = None,
    captions: str | None = None,
    beside: str | None = None,
) -> Response:
    service = context.services.recordings
    record = await context.threads.quick(partial(service.get, id))
    ready = [found.language for found in record.captions if found.state is RenditionState.DONE]
    first = captions if captions in ready else _first(ready, strings(request).language.code)
    second = beside if beside in ready and beside != first else None
    state: dict[str, Any] = {
        "section": "/recordings",
        "record": record,
        "cells": recording_cells(record),
        "busy": not record.finished,
    }
    if part:
        return render(request, "recording_state.html", **state)
    return render(
        request,
        "recording.html",
        told=told_by(request),
        ready=[code for code in LANGUAGES if code in ready],
        first=first,
        second=second,
        cues=await context.threads.quick(partial(_cue_rows, service, id, first, second)),
        playable=record.media_type.startswith(("audio/", "video/")),
        **state,
    )


def _first(ready: list[str], reader: str) -> str | None:
    """The reader's own language if it is ready, else the spoken one."""
    return reader if reader in ready else next(iter(ready), None)


def _cue_rows(service: RecordingService, id: str, first: str | None, second: str | None) -> list[CueRow]:
    if first is None:
        return []
    cues = service.transcript(id, first).cues
    others = service.transcript(id, second).cues if second else ()
    return [CueRow(cue.start_ms, cue.text, text) for cue, text in zip(cues, beside(cues, others), strict=True)]


def beside(cues: tuple[Cue, ...], others: tuple[Cue, ...]) -> list[str]:
    """For each cue the text of the other language that begins in its time: each other cue stands once.

    An other cue goes to the last cue that starts no later than its own middle, so small shifts don't matter.
    """
    rows: list[list[str]] = [[] for _ in cues]
    index = 0
    for other in others:
        middle = (other.start_ms + other.end_ms) // 2
        while index + 1 < len(cues) and cues[index + 1].start_ms <= middle:
            index += 1
        if rows:
            rows[index].append(other.text)
    return [" ".join(texts) for texts in rows]


@router.get("/recordings/{id}/track/{language}.vtt", dependencies=[needs(Permission.RECORDINGS_READ, of="recording")])
async def track(context: InContext, id: str, language: str) -> Response:
    """Captions for the player's own menu: the same as the download, but shown."""
    transcript = await context.threads.quick(partial(context.services.recordings.transcript, id, language))
    return Response(SUBTITLE_FORMATS["vtt"].write(transcript), media_type="text/vtt; charset=utf-8")


@router.post("/recordings/{id}/retry", dependencies=[needs(Permission.RECORDINGS_WRITE, of="recording")])
async def retry(context: InContext, id: str) -> Response:
    await context.threads.quick(partial(context.services.recordings.retry, id))
    return RedirectResponse(f"/recordings/{id}?told=retried", 303)


@router.post("/recordings/{id}/delete", dependencies=[needs(Permission.RECORDINGS_DELETE, of="recording")])
async def delete(context: InContext, caller: InCaller, id: str) -> Response:
    record = await context.threads.quick(partial(context.services.recordings.get, id))
    await context.threads.quick(partial(context.services.recordings.delete, id))
    await note_deleted(context, caller, "recording", id, record.name)
    return RedirectResponse("/recordings?told=deleted", 303)
