"""The thirty directions: what serves each and how well; models that are installed and that can be."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from langsupport.engines.manifest import Manifest
from langsupport.services.assembly import Services
from langsupport.web.api.context import InContext
from langsupport.web.needs import SIGNED_IN
from langsupport.web.pages.missing import missing_model
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.strings import TASKS

router = APIRouter(include_in_schema=False)


class Model(NamedTuple):
    id: str
    title: str
    task: str
    licence: str
    commercial_use: bool
    draft: bool
    disk_bytes: int


@router.get("/languages", dependencies=[SIGNED_IN])
async def languages(request: Request, context: InContext) -> Response:
    services = context.services
    matrix = await context.threads.quick(services.inference.matrix)
    installed, available = await context.threads.quick(lambda: _models(services))
    missing = await context.threads.quick(lambda: missing_model(services, "translation", strings(request)))
    return render(
        request,
        "languages.html",
        section="/languages",
        missing=missing,
        matrix={(row.source, row.target): row for row in matrix},
        installed=installed,
        available=available,
    )


def _models(services: Services) -> tuple[list[Model], list[Model]]:
    """(installed, not yet installed), each by title."""
    there = services.store.installed()
    manifests = sorted(services.store.manifests().values(), key=lambda manifest: (manifest.task, manifest.title))
    installed = [_model(manifest) for manifest in manifests if manifest.id in there]
    return installed, [_model(manifest) for manifest in manifests if manifest.id not in there]


def _model(manifest: Manifest) -> Model:
    return Model(
        manifest.id,
        manifest.title,
        TASKS[manifest.task],
        manifest.licence,
        manifest.commercial_use,
        manifest.draft,
        manifest.disk_bytes,
    )
