"""The JSON API, version 1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from langsupport.web.api import (
    account,
    audit,
    budgets,
    catalog,
    corrections,
    documents,
    meetings,
    memory,
    notices,
    people,
    quality,
    recordings,
    register,
    review_files,
    reviews,
    session_captions,
    session_files,
    session_links,
    sessions,
    tasks,
    terms,
    text,
    webhooks,
)
from langsupport.web.live import hls, sound, watching
from langsupport.web.problems import ProblemBody

_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemBody, "description": "What went wrong (application/problem+json)"}
}

router = APIRouter(prefix="/api/v1", responses=_PROBLEM)
_PARTS = (
    documents,
    recordings,
    text,
    catalog,
    account,
    people,
    meetings,
    memory,
    terms,
    audit,
    tasks,
    reviews,
    review_files,
    register,
    notices,
    budgets,
    quality,
    webhooks,
)
# `captions/events` before `captions/{track}`
_LIVE = (sessions, corrections, watching, sound, hls, session_captions, session_files, session_links)
for part in (*_PARTS, *_LIVE):
    router.include_router(part.router)
