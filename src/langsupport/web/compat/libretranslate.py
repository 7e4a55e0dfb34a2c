"""LibreTranslate's API (version 1.6): /translate, /detect, /languages, /translate_file, /frontend/settings.

Chinese is `zh-Hans` there; `zh` is understood too. An API token may come as `api_key` in the body or
the query, as LibreTranslate has it, or as a bearer token. One hypothesis is made: `alternatives` is answered with [].
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from langsupport import formats
from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES, language
from langsupport.errors import AccessDenied, InvalidRequest
from langsupport.text.identify import Identification, identify
from langsupport.web import texts
from langsupport.web.api.context import Context, InContext, file_name
from langsupport.web.callers import caller_of
from langsupport.web.compat.handout import Handout, translate_upload
from langsupport.web.downloads import attachment
from langsupport.web.needs import InBody, check
from langsupport.web.problems import Problem, wants_page

PATHS = ("/translate", "/detect", "/languages", "/translate_file", "/download_file/", "/frontend/settings")
_STATUS = {401: 403, 413: 400, 415: 400, 422: 400, 503: 500, 507: 500}
"""LibreTranslate's clients know 400, 403, 429 and 500."""
_FORMATS = ("text", "html")
_TIMEOUT_MS = 500
"""How long LibreTranslate's own page waits after a key before it translates."""


class ProgramRoute(APIRoute):
    """Leaves /languages to our own page where a browser asks for it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and not owns(Request(scope)):
            return Match.NONE, {}
        return super().matches(scope)


def owns(request: Request) -> bool:
    """Whether a request is for LibreTranslate's API. /languages is a page of ours as well: for browsers."""
    path = request.url.path
    if path == "/languages" and wants_page(request):
        return False
    return any(path == own or (own.endswith("/") and path.startswith(own)) for own in PATHS)


def error_response(request: Request, problem: Problem) -> Response:
    status = 429 if problem.code == "queue-full" else _STATUS.get(problem.status, problem.status)
    return JSONResponse({"error": problem.detail}, status, dict(problem.headers))


def theirs(code: str) -> str:
    """Our code as LibreTranslate writes it."""
    return "zh-Hans" if code == "zh" else code


class Arguments:
    """The arguments of a request, whether they come as JSON, as a form or in the query."""

    def __init__(self, given: dict[str, Any], is_json: bool) -> None:
        self._given = given
        self._is_json = is_json

    @classmethod
    async def of(cls, request: Request) -> Arguments:
        """Raises InvalidRequest for a body that is not what its Content-Type says."""
        given: dict[str, Any] = dict(request.query_params)
        is_json = request.headers.get("content-type", "").partition(";")[0].strip().endswith("json")
        if is_json:
            try:
                body = json.loads(await request.body())
            except ValueError as error:
                raise InvalidRequest(detail="Invalid JSON format") from error
            if not isinstance(body, dict):
                raise InvalidRequest(detail="Invalid JSON format")
            given |= body
        else:
            given |= dict(await request.form(max_files=1))
        return cls(given, is_json)

    def text(self, name: str) -> str:
        """A required argument. Raises InvalidRequest."""
        value = self._given.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidRequest(detail=f"Invalid request: missing {name} parameter")
        return value

    def optional(self, name: str, default: str) -> str:
        value = self._given.get(name)
        return value if isinstance(value, str) and value else default

    def queries(self) -> tuple[list[str], bool]:
        """`q` as a list, and whether it came as one."""
        value = self._given.get("q")
        if isinstance(value, list):
            if not value or not all(isinstance(item, str) for item in value):
                raise InvalidRequest(detail="Invalid request: q must be a text or a list of texts")
            return value, True
        text = self.text("q")
        return [text if self._is_json else "\n".join(text.splitlines())], False

    def number(self, name: str) -> int:
        try:
            return max(0, int(self._given.get(name) or 0))
        except (TypeError, ValueError) as error:
            raise InvalidRequest(detail=f"Invalid request: {name} parameter is not a number") from error

    def file(self) -> UploadFile:
        value = self._given.get("file")
        if not isinstance(value, UploadFile):
            raise InvalidRequest(detail="Invalid request: missing file parameter")
        return value


async def check_access(context: Context, request: Request, given_key: str) -> None:
    """Raises AccessDenied: accounts are on here, and the request has no API token or one that may not."""
    caller = caller_of(request) or (await context.callers.by_token(request, given_key) if given_key else None)
    if caller is None:
        raise AccessDenied(
            detail="Please contact the server operator to get an API key" if not given_key else "Invalid API key"
        )
    check(caller, Permission.MACHINE_USE)


async def _arguments(context: Context, request: Request) -> Arguments:
    arguments = await Arguments.of(request)
    await check_access(context, request, arguments.optional("api_key", ""))
    return arguments


IN_BODY = Depends(InBody(Permission.MACHINE_USE))

router = APIRouter(tags=["LibreTranslate"], route_class=ProgramRoute, dependencies=[IN_BODY])


@router.post("/translate", response_class=JSONResponse)
async def translate(request: Request, context: InContext) -> JSONResponse:
    """Translate a text or a list of texts."""
    arguments = await _arguments(context, request)
    queries, is_list = arguments.queries()
    source, target = arguments.text("source"), arguments.text("target")
    form = arguments.optional("format", "text")
    if form not in _FORMATS:
        raise InvalidRequest(detail=f"{form} format is not supported")
    alternatives = arguments.number("alternatives")
    services = context.services
    wanted = texts.Text(tuple(queries), None if source == "auto" else source, target, form == "html")
    wanted = texts.checked(wanted, services.settings.max_text_characters)
    done = await texts.translate(context.threads, services.inference, wanted)
    answer: dict[str, Any] = {"translatedText": list(done.texts) if is_list else done.texts[0]}
    if done.identified:
        detected = _detection(done.identified)
        answer["detectedLanguage"] = [detected] * len(queries) if is_list else detected
    if alternatives:
        answer["alternatives"] = [[] for _ in queries] if is_list else []
    return JSONResponse(answer)


def _detection(found: Identification) -> dict[str, Any]:
    """Confidence in percent, as LibreTranslate has it; English with none when nothing can be told."""
    code = found.language or found.reported
    if not code:
        return {"confidence": 0.0, "language": "en"}
    return {"confidence": round(100 * found.confidence, 1), "language": theirs(code)}


@router.post("/detect", response_class=JSONResponse)
async def detect(request: Request, context: InContext) -> JSONResponse:
    """Tell the language of a text; another than the six is named, too."""
    arguments = await _arguments(context, request)
    queries, _ = arguments.queries()
    text = "\n".join(queries)
    texts.checked(texts.Text((text,), None, "en"), context.services.settings.max_text_characters)
    return JSONResponse([_detection(await context.threads.quick(partial(identify, text)))])


@router.get("/languages", response_class=JSONResponse)
async def languages(request: Request, context: InContext) -> Response:
    """The languages and, for each, what it can be translated into."""
    await check_access(context, request, request.query_params.get("api_key", ""))
    served = [row for row in await context.threads.quick(context.services.inference.matrix) if row.model]
    return JSONResponse(
        [
            {
                "code": theirs(record.code),
                "name": record.english_name,
                "targets": [theirs(record.code), *(theirs(row.target) for row in served if row.source == record.code)],
            }
            for record in LANGUAGES.values()
        ]
    )


@router.get("/frontend/settings", response_class=JSONResponse)
async def frontend_settings(request: Request, context: InContext) -> JSONResponse:
    """What LibreTranslate's own clients ask before anything else."""
    await check_access(context, request, request.query_params.get("api_key", ""))
    extensions = sorted({f".{extension}" for form in formats.FORMATS.values() for extension in form.extensions})
    return JSONResponse(
        {
            "charLimit": context.services.settings.max_text_characters,
            "frontendTimeout": _TIMEOUT_MS,
            "apiKeys": context.callers.on,
            "keyRequired": context.callers.on,
            "suggestions": False,
            "filesTranslation": True,
            "supportedFilesFormat": extensions,
            "language": {
                "source": {"code": "auto", "name": "Auto Detect"},
                "target": {"code": "en", "name": LANGUAGES["en"].english_name},
            },
        }
    )


@router.post("/translate_file", response_class=JSONResponse)
async def translate_file(request: Request, context: InContext) -> JSONResponse:
    """Translate a file; the answer says where it is for the next hour."""
    arguments = await _arguments(context, request)
    file = arguments.file()
    source, target = arguments.text("source"), arguments.text("target")
    source_code = None if source == "auto" else language(source, name="source").code
    target_code = language(target, name="target").code
    settings = context.services.settings
    call = partial(
        translate_upload,
        context.services.inference,
        file.file,
        file_name(file),
        source_code,
        target_code,
        settings.max_upload_bytes,
    )
    rendered = await context.threads.work(call)
    token = await context.threads.quick(partial(_handout(request).put, rendered))
    return JSONResponse({"translatedFileUrl": str(request.url_for("download_file", token=token, name=rendered.name))})


@router.get("/download_file/{token}/{name}", name="download_file", response_class=FileResponse)
async def download_file(request: Request, context: InContext, token: str, name: str) -> FileResponse:
    """A file made by /translate_file."""
    await check_access(context, request, request.query_params.get("api_key", ""))
    handed = _handout(request).get(token)
    return attachment(handed.path, handed.name, handed.media_type)


def _handout(request: Request) -> Handout:
    found = request.app.state.handout
    assert isinstance(found, Handout)
    return found


__all__ = ["PATHS", "error_response", "owns", "router"]
