"""Errors as answers: one table from our errors to HTTP, one shape for problems (RFC 9457).

Programs get `application/problem+json`, browsers a page, and the compatible APIs the shapes that their clients
expect. Which of them a request gets is decided here and nowhere else. Of an unexpected error
nothing goes out but an id; the log has it with the traceback.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.websockets import WebSocket

from langsupport import errors
from langsupport.web.live.farewell import Bye, take_leave

log = logging.getLogger(__name__)

STATUS: Mapping[type[errors.LangsupportError], int] = {
    errors.LangsupportError: 500,
    errors.InputError: 422,
    errors.UnsupportedFormat: 415,
    errors.InputTooLarge: 413,
    errors.InvalidRequest: 400,
    errors.ModelError: 503,
    errors.ProgramMissing: 501,
    errors.EngineFailure: 500,
    errors.CapacityError: 503,
    errors.DiskFull: 507,
    errors.TooManyTries: 429,
    errors.ConfigurationError: 500,
    errors.Cancelled: 409,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.AccessDenied: 403,
    errors.SignInRequired: 401,
}
"""Error class to status; a class that isn't here has the status of its nearest ancestor."""

HEADERS: Mapping[type[errors.LangsupportError], Mapping[str, str]] = {
    errors.QueueFull: {"Retry-After": "5"},
    errors.KeyInUse: {"Retry-After": "5"},
    errors.MemoryShort: {"Retry-After": "60"},
    errors.SignInRequired: {"WWW-Authenticate": "Bearer"},
}
"""What the answer carries besides."""

_UNEXPECTED = "Something went wrong here. It is in the log under {id}; tell the administrator this number."
_CODES = {404: "not-found", 405: "method-not-allowed"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, ready to be shown: `template` filled with `fields` is the sentence, as in errors.py."""

    status: int
    code: str
    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    @property
    def detail(self) -> str:
        return self.template.format_map(self.fields)

    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, and `code`, `template` and `fields` as extensions."""
        return {
            "type": f"urn:langsupport:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "template": self.template,
            "fields": {name: _plain(value) for name, value in self.fields.items()},
        }


class ProblemBody(BaseModel):
    """What a failed request answers (RFC 9457)."""

    type: str = Field(examples=["urn:langsupport:problem:unsupported-format"])
    title: str = Field(description="The HTTP status in words")
    status: int
    detail: str = Field(description="One sentence for people")
    code: str = Field(description="Stable, for programs", examples=["unsupported-format"])
    template: str = Field(description="`detail` before its fields are filled in, to be shown in another language")
    fields: dict[str, Any]


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def problem_of(error: errors.LangsupportError, status: int | None = None) -> Problem:
    """The problem that one of our errors is. `status` replaces the table's."""
    kind = type(error)
    return Problem(status or status_of(kind), error.code, error.template, error.fields, HEADERS.get(kind, {}))


def status_of(kind: type[errors.LangsupportError]) -> int:
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def problem_of_http(error: HTTPException) -> Problem:
    """The problem that the framework's own error is: no such page, wrong method, a body that can't be parsed."""
    if isinstance(error.__cause__, errors.LangsupportError):  # ours, raised while the body was read
        return problem_of(error.__cause__)
    code = _CODES.get(error.status_code, "invalid" if error.status_code < 500 else "error")
    return Problem(error.status_code, code, "{detail}", {"detail": _sentence(error.detail)}, error.headers or {})


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def problem_of_validation(error: RequestValidationError) -> Problem:
    """The problem that a missing or wrong argument is: the first one, by name."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "header"))
    detail = f"{place or 'The body'}: {first['msg'][0].lower()}{first['msg'][1:]}."
    return Problem(400, errors.InvalidRequest.code, "{detail}", {"detail": detail})


def problem_of_unexpected(error: Exception, request: Request) -> Problem:
    """Log the error with an id, and give a problem with nothing but the id."""
    id = secrets.token_hex(4)
    log.error("unexpected error %s in %s %s", id, request.method, request.url.path, exc_info=error)
    return Problem(500, "unexpected", _UNEXPECTED, {"id": id})


def bye_of(error: errors.LangsupportError) -> Bye:
    """What a socket is told before it closes."""
    problem = problem_of(error)
    return Bye(problem.code, problem.detail, problem.status >= 500)


def problem_response(problem: Problem) -> Response:
    return JSONResponse(problem.body(), problem.status, dict(problem.headers), "application/problem+json")


class Shape(Protocol):
    """How one face answers a problem."""

    def __call__(self, request: Request, problem: Problem) -> Response: ...


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shape of a request's problems: that of the face that owns it, else a page for browsers, else problem JSON."""

    by_owner: tuple[tuple[Callable[[Request], bool], Shape], ...]
    page: Shape

    def answer(self, request: Request, problem: Problem) -> Response:
        for owns, shape in self.by_owner:
            if owns(request):
                return shape(request, problem)
        if wants_page(request):
            return self.page(request, problem)
        return problem_response(problem)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, rather than a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


Handler = Callable[[Request, Exception], Awaitable[Response | None]]
"""Sockets come here too: they are told in their own way, and get no answer."""


def handlers(shapes: Shapes) -> dict[type[Exception], Handler]:
    """Exception handlers for FastAPI, one for each kind of error that may reach it."""

    async def ours(request: Request, error: Exception) -> Response | None:
        assert isinstance(error, errors.LangsupportError)
        if isinstance(request, WebSocket):
            await take_leave(request, bye_of(error))
            return None
        conditional = isinstance(error, errors.Outdated) and "if-match" in request.headers
        problem = problem_of(error, 412 if conditional else None)  # RFC 9110, 13.1.1
        if problem.status >= 500:
            log.warning("%s %s: %s", request.method, request.url.path, error, exc_info=error.__cause__)
        return shapes.answer(request, problem)

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return shapes.answer(request, problem_of_http(error))

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return shapes.answer(request, problem_of_validation(error))

    return {errors.LangsupportError: ours, HTTPException: framework, RequestValidationError: validation}
