"""The web application: JSON API, compatible APIs, pages, and what surrounds them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from langsupport import __version__
from langsupport.services.assembly import Services
from langsupport.services.settings import Settings
from langsupport.web import api, docs, pages
from langsupport.web.api.context import Context
from langsupport.web.callers import Callers
from langsupport.web.compat import libretranslate, openai_audio
from langsupport.web.compat.handout import Handout
from langsupport.web.entity_tags import EntityTags
from langsupport.web.idempotency import Idempotency
from langsupport.web.live import joining, link_tokens
from langsupport.web.live.attendance import Attendance
from langsupport.web.needs import ANYBODY, check_declared
from langsupport.web.pages.notice_words import letters
from langsupport.web.problems import Problem, Shapes, handlers
from langsupport.web.security import STATIC, Answers, BodyLimit, CallerCheck, CrossSiteCheck, HostCheck
from langsupport.web.threads import Threads

OPEN_PATHS = (STATIC, "/healthz", "/sign-in", "/sign-in/", "/sign-out", "/welcome", "/preferences", "/explain")
"""What is there for people who have not signed in."""

FAREWELL_SECONDS = 3.0
"""How long saying goodbye to everybody may take when the service stops."""
SMALL_BODY_BYTES = 1024**2
FORM_BYTES = 1024**2
"""What the form around an uploaded file may take."""
BYTES_PER_CHARACTER = 12
"""JSON may write one character as two escapes of six bytes."""

DESCRIPTION = (
    "Documents translated and recordings captioned in Arabic, Chinese, English, French, Russian and Spanish. "
    "Errors are problem details (RFC 9457) with a stable `code`. Where accounts are on, send an API token as a bearer "
    "token."
)


def create_app(services: Services) -> FastAPI:
    """The application over wired services; closing it closes them."""
    attendance = Attendance(services.settings.live.max_viewers)
    threads = Threads()
    callers = Callers(services.accounts, services.settings.accounts, threads)
    context = Context(services, threads, callers, attendance)
    handout = Handout()
    services.mail.compose_with(letters(services.settings.accounts.public_url))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        attendance.follow(services.sessions)
        checking = asyncio.create_task(attendance.keep_checking(context.threads, services))
        try:
            yield
        finally:
            checking.cancel()
            handout.close()
            await anyio.to_thread.run_sync(services.close)

    app = FastAPI(
        title="langsupport",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # docs.py has a route for it, which says what it needs
    )
    app.state.context = context
    app.state.handout = handout
    shapes = Shapes(
        by_owner=(
            (libretranslate.owns, libretranslate.error_response),
            (openai_audio.owns, openai_audio.error_response),
        ),
        page=_page,
    )
    for kind, handler in handlers(shapes).items():
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]  # sockets get no answer
    _add_routes(app, services)
    check_declared(app)
    app.add_middleware(EntityTags)
    app.add_middleware(Idempotency, keys=services.idempotency, threads=threads)
    _add_guards(app, services.settings, callers, shapes)
    return app


async def let_go(app: FastAPI) -> None:
    """The server ends: who watches, listens or speaks is told, and let go before the connections are cut."""
    context: Context = app.state.context
    context.threads.stop()
    await context.attendance.stop(FAREWELL_SECONDS)


def _page(request: Request, problem: Problem) -> Response:
    """For browsers: the sign-in form where that is what's missing, else the page for errors."""
    if problem.code == "sign-in-required" and request.method in ("GET", "HEAD"):
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': where})}", 303)
    response: Response = pages.error_response(request, problem)
    return response


def _add_routes(app: FastAPI, services: Services) -> None:
    @app.get("/healthz", tags=["service"], dependencies=[ANYBODY])
    async def healthz() -> JSONResponse:
        """Whether the service is up, and its version."""
        return JSONResponse({"status": "ok", "version": __version__})

    app.include_router(api.router)
    app.include_router(libretranslate.router)
    app.include_router(openai_audio.router)
    app.include_router(docs.router)
    app.include_router(joining.router)
    pages.install(app, services)


def _add_guards(app: FastAPI, settings: Settings, callers: Callers, shapes: Shapes) -> None:
    """The last one added is the first that a request meets."""
    hosts = (*settings.allowed_hosts, settings.host)
    app.add_middleware(
        CallerCheck, callers=callers, open_paths=OPEN_PATHS, own_check=libretranslate.owns, own_paths=link_tokens.owns
    )
    app.add_middleware(CrossSiteCheck, allowed=settings.allowed_hosts)
    app.add_middleware(HostCheck, allowed=hosts)
    app.add_middleware(Answers, shapes=shapes)
    app.add_middleware(BodyLimit, limits=body_limits(settings), otherwise=SMALL_BODY_BYTES)
    app.add_middleware(link_tokens.LinkTokens)


def body_limits(settings: Settings) -> tuple[tuple[str, int], ...]:
    """(path prefix, bytes): a request is refused beyond that, before its body is kept anywhere."""
    document = settings.max_upload_bytes + FORM_BYTES
    recording = settings.max_recording_bytes + FORM_BYTES
    text = settings.max_text_characters * BYTES_PER_CHARACTER + SMALL_BODY_BYTES
    return (
        ("/api/v1/documents", document),
        ("/documents", document),
        ("/translate_file", document),
        ("/api/v1/recordings", recording),
        ("/recordings", recording),
        ("/v1/audio/", recording),
        ("/api/v1/memory/import", document),
        ("/api/v1/terms/import", document),
        ("/api/v1/", text),
        ("/translate", text),
        ("/detect", text),
        ("/text", text),
    )
