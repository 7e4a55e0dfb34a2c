"""A text between any two of the six languages."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from langsupport.domain.accounts import Permission
from langsupport.domain.languages import LANGUAGES
from langsupport.errors import LangsupportError
from langsupport.web import texts
from langsupport.web.api.context import Context, InContext, source_code
from langsupport.web.needs import needs
from langsupport.web.pages.missing import missing_model
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.telling import Told, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

_USUAL_TARGET = "fr"


@router.get("/text", dependencies=[needs(Permission.MACHINE_USE)])
async def text(request: Request, context: InContext, source: str = "", target: str = "") -> Response:
    reader = strings(request).language.code
    known = target if target in LANGUAGES else (reader if reader != "en" else _USUAL_TARGET)
    return await _page(request, context, source if source in LANGUAGES else "", known)


@router.post("/text", dependencies=[needs(Permission.MACHINE_USE)])
async def translate(
    request: Request,
    context: InContext,
    text: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    target: Annotated[str, Form()] = _USUAL_TARGET,
    act: Annotated[str, Form()] = "translate",
) -> Response:
    """The form without a script."""
    text = text.replace("\r\n", "\n")
    if act == "swap" and source in LANGUAGES:
        return await _page(request, context, target, source, text=text)
    try:
        wanted = texts.Text((text,), source_code(source), target)
        wanted = texts.checked(wanted, context.services.settings.max_text_characters)
        done = await texts.translate(context.threads, context.services.inference, wanted)
    except LangsupportError as error:
        told = [told_error(request, error)]
        known = target if target in LANGUAGES else _USUAL_TARGET
        return await _page(request, context, source, known, status=status_of(type(error)), told=told, text=text)
    model = None
    if done.source != wanted.target:
        model = context.services.inference.serves(done.source, wanted.target)
    return await _page(
        request,
        context,
        source,
        wanted.target,
        text=text,
        translated=done.texts[0],
        detected=done.source if done.identified else None,
        model=model,
        used=(done.source, wanted.target),
    )


async def _page(
    request: Request,
    context: Context,
    source: str,
    target: str,
    status: int = 200,
    told: list[Told] | None = None,
    used: tuple[str, str] | None = None,
    **state: Any,
) -> Response:
    services = context.services
    drafts = {(row.source, row.target) for row in await context.threads.quick(services.inference.matrix) if row.draft}
    return render(
        request,
        "text.html",
        status,
        section="/text",
        told=told or [],
        missing=await context.threads.quick(partial(missing_model, services, "translation", strings(request))),
        limit=services.settings.max_text_characters,
        source=source,
        target=target,
        drafts=" ".join(sorted("-".join(direction) for direction in drafts)),
        draft=used in drafts,
        **{"text": "", "translated": "", "detected": None, "model": None, **state},
    )
