"""/docs: the JSON API's description for people, served from here alone."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from langsupport.web.needs import SIGNED_IN
from langsupport.web.pages import assets

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body>
<main id="api-docs" data-openapi="{openapi}"></main>
<noscript><p>This page needs JavaScript. The description itself is at <a href="{openapi}">{openapi}</a>.</p></noscript>
<script src="{bundle}"></script>
<script src="{start}"></script>
</body>
</html>
"""


OPENAPI = "/openapi.json"


@router.get(OPENAPI, dependencies=[SIGNED_IN])
async def openapi(request: Request) -> JSONResponse:
    """The description for programs."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", response_class=HTMLResponse, dependencies=[SIGNED_IN])
async def docs(request: Request) -> HTMLResponse:
    page = _PAGE.format(
        title=escape(f"{request.app.title} {request.app.version}: API"),
        icon=assets.address("img/mark.svg"),
        style=assets.address("vendor/swagger-ui/swagger-ui.css"),
        openapi=OPENAPI,
        bundle=assets.address("vendor/swagger-ui/swagger-ui-bundle.js"),
        start=assets.address("js/api-docs.js"),
    )
    return HTMLResponse(page)
