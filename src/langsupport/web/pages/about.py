"""What this service is, what a reader chose, and the sentences that scripts need for errors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from langsupport.web.needs import ANYBODY, SIGNED_IN
from langsupport.web.pages.preferences import THEME_COOKIE, THEMES, local_path, remember
from langsupport.web.pages.rendering import render, strings

router = APIRouter(include_in_schema=False)


@router.get("/about", dependencies=[SIGNED_IN])
async def about(request: Request) -> Response:
    return render(request, "about.html", section="/about")


@router.post("/preferences", dependencies=[ANYBODY])
async def choose(request: Request, theme: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """The theme without a script; the language is chosen by links."""
    response = RedirectResponse(local_path(back), 303)
    if theme in THEMES:
        remember(response, request, THEME_COOKIE, theme)
    return response


class Unexplained(BaseModel):
    """A problem as the JSON API gives it: its template and fields."""

    template: str = Field(max_length=2000)
    fields: dict[str, str | int | float | bool | None] = Field(default_factory=dict, max_length=20)


@router.post("/explain", dependencies=[ANYBODY])
async def explain(request: Request, problem: Unexplained) -> Response:
    """A problem's sentence in the reader's language, for scripts that got it from the JSON API."""
    return PlainTextResponse(strings(request).explain(problem.template, problem.fields))
