"""/sign-in and /sign-out: the access key once, a ticket after that."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.errors import QueueFull
from langsupport.web import pages
from langsupport.web.access import COOKIE
from langsupport.web.api.context import InContext

router = APIRouter(include_in_schema=False)

WRONG_KEY_SECONDS = 1.0
"""A wrong key is answered so late, and MAX_TRIES may wait at once: guessing is slow for everybody together."""
MAX_TRIES = 20

_tries = anyio.CapacityLimiter(MAX_TRIES)


@router.get("/sign-in")
async def ask(request: Request, context: InContext, next: str = "/") -> Response:
    if context.access.allows(request.headers):
        return RedirectResponse(local_path(next), 303)
    return pages.sign_in_page(request, next=local_path(next), wrong=False)


@router.post("/sign-in")
async def sign_in(
    request: Request, context: InContext, key: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    if not context.access.allows_key(key):
        if _tries.available_tokens <= 0:
            raise QueueFull(lane="sign-in", limit=MAX_TRIES)
        async with _tries:
            await anyio.sleep(WRONG_KEY_SECONDS)
        return pages.sign_in_page(request, next=local_path(next), wrong=True)
    response = RedirectResponse(local_path(next), 303)
    context.access.sign_in(response, secure=request.url.scheme == "https")
    return response


@router.post("/sign-out")
async def sign_out() -> Response:
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def local_path(given: str) -> str:
    """The address if it is a path of this service, else the first page: nobody is sent elsewhere."""
    fine = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if fine else "/"
