"""OpenAI's audio API: /v1/audio/transcriptions, /v1/audio/translations, /v1/models.

`whisper-1` stands for the best installed recognizer; the ids of installed ones are understood too. The formats are
json, text, srt, vtt and verbose_json. `temperature` is checked and otherwise left alone: decoding falls back by itself.
Translations go through the translation models, not through the recognizer's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from langsupport.captioning.subtitles import SUBTITLE_FORMATS
from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.speech import Cue, Transcript, Utterance
from langsupport.engines.protocols import Lane
from langsupport.errors import InvalidRequest, NotFound
from langsupport.pipelines import recording
from langsupport.web.api.context import Context, InContext, file_name
from langsupport.web.needs import SIGNED_IN, needs
from langsupport.web.problems import Problem

router = APIRouter(prefix="/v1", tags=["OpenAI audio"])

DEFAULT_MODEL = "whisper-1"
OWNER = "langsupport"
Granularity = Literal["word", "segment"]

_ERROR_CODES = {"sign-in-required": "invalid_api_key", "too-large": "file_too_large"}


def owns(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def error_response(request: Request, problem: Problem) -> Response:
    """OpenAI's error object; its client makes its exceptions from status and message."""
    status = {415: 400, 422: 400, 507: 503}.get(problem.status, problem.status)
    body = {
        "message": problem.detail,
        "type": "invalid_request_error" if status < 500 else "server_error",
        "param": problem.fields.get("param"),
        "code": problem.fields.get("error_code") or _ERROR_CODES.get(problem.code, problem.code.replace("-", "_")),
    }
    return JSONResponse({"error": body}, status, dict(problem.headers))


@dataclass(frozen=True, slots=True)
class _Answer:
    """How the caller wants a transcript."""

    form: str
    task: Literal["transcribe", "translate"]
    granularities: frozenset[str] = frozenset({"segment"})


@router.get("/models", dependencies=[SIGNED_IN])
async def models(context: InContext) -> JSONResponse:
    """What `model` may be."""
    names = await context.threads.quick(partial(_models, context))
    return JSONResponse({"object": "list", "data": [_model(name) for name in names]})


@router.get("/models/{model}", dependencies=[SIGNED_IN])
async def model(context: InContext, model: str) -> JSONResponse:
    await _known_model(context, model)
    return JSONResponse(_model(model))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}


def _models(context: Context) -> list[str]:
    store = context.services.store
    known = store.manifests()
    return [DEFAULT_MODEL, *(name for name in store.installed() if known[name].task == "recognition")]


async def _known_model(context: Context, name: str) -> None:
    known = await context.threads.quick(partial(_models, context))
    if name not in known:
        raise NotFound(
            what="model", id=f"{name}; there are {', '.join(known)}", param="model", error_code="model_not_found"
        )


@router.post("/audio/transcriptions", dependencies=[needs(Permission.MACHINE_USE)], response_class=Response)
async def transcriptions(
    context: InContext,
    file: Annotated[UploadFile, File()],
    model: Annotated[str, Form()],
    language: Annotated[str, Form()] = "",
    prompt: Annotated[str, Form()] = "",
    response_format: Annotated[str, Form()] = "json",
    temperature: Annotated[float, Form(ge=0, le=1)] = 0.0,
    timestamp_granularities: Annotated[list[Granularity], Form(alias="timestamp_granularities[]")] = ["segment"],  # noqa: B006
) -> Response:
    """Write down what is said in a recording, in its own language."""
    answer = _Answer(_format(response_format), "transcribe", frozenset(timestamp_granularities))
    await _known_model(context, model)
    spoken = _spoken(language)
    transcript = await _recognize(context, file, spoken, prompt)
    return _response(transcript, transcript, answer)


@router.post("/audio/translations", dependencies=[needs(Permission.MACHINE_USE)], response_class=Response)
async def translations(
    context: InContext,
    file: Annotated[UploadFile, File()],
    model: Annotated[str, Form()],
    prompt: Annotated[str, Form()] = "",
    response_format: Annotated[str, Form()] = "json",
    temperature: Annotated[float, Form(ge=0, le=1)] = 0.0,
) -> Response:
    """Write down in English what is said in a recording."""
    answer = _Answer(_format(response_format), "translate")
    await _known_model(context, model)
    spoken = await _recognize(context, file, None, prompt)
    english = spoken
    if spoken.language != "en" and spoken.cues:
        call = partial(recording.translate, spoken, "en", context.services.inference, Lane.INTERACTIVE)
        english = await context.threads.work(call)
    return _response(english, spoken, answer)


async def _recognize(context: Context, file: UploadFile, spoken: str | None, prompt: str) -> Transcript:
    inference = context.services.inference
    call = partial(recording.recognize, file.file, file_name(file), inference, spoken, Lane.INTERACTIVE, prompt=prompt)
    return await context.threads.work(call)


def _format(name: str) -> str:
    known = ("json", "text", "srt", "verbose_json", "vtt")
    if name not in known:
        raise InvalidRequest(
            detail=f"response_format is “{name}”; it may be {', '.join(known)}.", param="response_format"
        )
    return name


def _spoken(given: str) -> str | None:
    """A code, or a name in English as Whisper's own tools take it."""
    given = given.strip()
    by_name = {record.english_name.lower(): record.code for record in LANGUAGES.values()}
    return language(by_name.get(given.lower(), given), name="language").code if given else None


def _response(transcript: Transcript, spoken: Transcript, answer: _Answer) -> Response:
    if answer.form in ("srt", "vtt"):
        form = SUBTITLE_FORMATS[answer.form]
        return PlainTextResponse(form.write(transcript), media_type=form.media_type)
    text = _text(transcript)
    if answer.form == "text":
        return PlainTextResponse(f"{text}\n")
    if answer.form == "json":
        return JSONResponse({"text": text, "usage": _usage(transcript)})
    return JSONResponse(_verbose(transcript, spoken, text, answer))


def _usage(transcript: Transcript) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(transcript.duration_ms / 1000)}


def _verbose(transcript: Transcript, spoken: Transcript, text: str, answer: _Answer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "task": answer.task,
        "language": LANGUAGES[transcript.language].english_name.lower(),
        "duration": transcript.duration_ms / 1000,
        "text": text,
        "usage": _usage(transcript),
    }
    if "segment" in answer.granularities:
        body["segments"] = _segments(transcript)
    if "word" in answer.granularities:
        words = [word for utterance in spoken.utterances for word in utterance.words]
        body["words"] = [{"word": w.text.strip(), "start": w.start_ms / 1000, "end": w.end_ms / 1000} for w in words]
    return body


def _text(transcript: Transcript) -> str:
    """Running text: utterances where it is the spoken language, else the cues."""
    pieces: Sequence[Utterance | Cue] = transcript.utterances or transcript.cues
    space = LANGUAGES[transcript.language].sentence_space
    return space.join(piece.text.strip() for piece in pieces)


def _segments(transcript: Transcript) -> list[dict[str, Any]]:
    pieces: Sequence[Utterance | Cue] = transcript.utterances or transcript.cues
    return [_segment(index, piece) for index, piece in enumerate(pieces)]


def _segment(index: int, piece: Utterance | Cue) -> dict[str, Any]:
    """Whisper's figures where they are known; a translated cue has none."""
    known = piece if isinstance(piece, Utterance) else None
    return {
        "id": index,
        "seek": piece.start_ms // 10,
        "start": piece.start_ms / 1000,
        "end": piece.end_ms / 1000,
        "text": piece.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": known.log_probability if known else 0.0,
        "compression_ratio": known.compression_ratio if known else 1.0,
        "no_speech_prob": known.no_speech_probability if known else 0.0,
    }
