"""The JSON API, version 1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from langsupport.web.api import catalog, documents, recordings, text
from langsupport.web.problems import ProblemBody

_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemBody, "description": "What went wrong (application/problem+json)"}
}

router = APIRouter(prefix="/api/v1", responses=_PROBLEM)
for part in (documents, recordings, text, catalog):
    router.include_router(part.router)
