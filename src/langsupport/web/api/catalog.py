"""/api/v1/languages and /api/v1/models: what is there, and how good it is."""

from __future__ import annotations

from fastapi import APIRouter

from langsupport.domain.languages import LANGUAGES
from langsupport.web.api.context import InContext
from langsupport.web.api.models import DirectionBody, LanguageBody, LanguagesBody, ModelBody
from langsupport.web.needs import SIGNED_IN

router = APIRouter(tags=["languages and models"])


@router.get("/languages", dependencies=[SIGNED_IN])
async def languages(context: InContext) -> LanguagesBody:
    """The six languages, and what serves each of the 30 directions."""
    matrix = await context.threads.quick(context.services.inference.matrix)
    return LanguagesBody(
        languages=[
            LanguageBody(
                code=record.code,
                bcp47=record.bcp47,
                name=record.english_name,
                endonym=record.endonym,
                direction=record.direction,
            )
            for record in LANGUAGES.values()
        ],
        directions=[
            DirectionBody(source=row.source, target=row.target, model=row.model, quality=row.score, draft=row.draft)
            for row in matrix
        ],
    )


@router.get("/models", dependencies=[SIGNED_IN])
async def models(context: InContext) -> list[ModelBody]:
    """The models that are known, and which of them are installed."""
    store = context.services.store
    installed = await context.threads.quick(store.installed)
    known = await context.threads.quick(store.manifests)
    return [
        ModelBody(
            id=manifest.id,
            title=manifest.title,
            family=manifest.family,
            task=manifest.task,
            licence=manifest.licence,
            commercial_use=manifest.commercial_use,
            installed=manifest.id in installed,
            disk_bytes=manifest.disk_bytes,
            memory_bytes=manifest.memory_bytes,
        )
        for manifest in known.values()
    ]
