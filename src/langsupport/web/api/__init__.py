"""The JSON API, version 1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from langsupport.web.api import catalog, documents, recordings, session_captions, session_links, sessions, text
from langsupport.web.live import hls, watching
from langsupport.web.problems import ProblemBody

_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemBody, "description": "What went wrong (application/problem+json)"}
}

router = APIRouter(prefix="/api/v1", responses=_PROBLEM)
for part in (documents, recordings, text, catalog):
    router.include_router(part.router)
for live_part in (
    sessions,
    watching,
    hls,
    session_captions,
    session_links,
):  # `captions/events` before `captions/{track}`
    router.include_router(live_part.router)
