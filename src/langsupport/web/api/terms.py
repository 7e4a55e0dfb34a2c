"""/api/v1/terms: the organization's terms."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from starlette.responses import Response

from langsupport.domain.accounts import Permission
from langsupport.formats.sheets import extension_of
from langsupport.services.term_exchange import TERM_FORMATS
from langsupport.web.api.context import InContext, file_name, whole_file
from langsupport.web.api.memory_models import (
    ConceptPage,
    ImportBody,
    RowId,
    TermHitBody,
    TermLookup,
    concept_body,
    hit_body,
)
from langsupport.web.downloads import made_attachment
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/terms", tags=["terms"])

READ = needs(Permission.TERMS_READ)
WRITE = needs(Permission.TERMS_WRITE)


@router.get("", dependencies=[READ])
async def list_terms(
    context: InContext,
    q: Annotated[str, Query(max_length=500, description="words of a term")] = "",
    language: Annotated[str | None, Query(description="with a term in this language")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> ConceptPage:
    """Concepts by key, each with its terms in all languages."""
    found = await context.threads.quick(partial(context.services.terms.list, q, language, limit + 1, after))
    items = [concept_body(concept) for concept in found[:limit]]
    return ConceptPage(items=items, next=items[-1].key if len(found) > limit else None)


@router.post("/lookup", dependencies=[READ])
async def lookup(context: InContext, wanted: TermLookup) -> list[TermHitBody]:
    """The terms in a text, in order, inflected ones and forbidden ones too."""
    hits = await context.threads.quick(partial(context.services.terms.lookup, wanted.text, wanted.language))
    return [hit_body(hit) for hit in hits]


@router.post("/import", status_code=201, dependencies=[WRITE])
async def import_file(
    context: InContext, caller: InCaller, file: Annotated[UploadFile, File(description="CSV, XLSX or TBX")]
) -> ImportBody:
    """Take over a file, whole or not at all; a concept that is there already is replaced."""
    name = file_name(file)
    extension_of(name, TERM_FORMATS)
    data = await whole_file(context, file, name)
    done = await context.threads.quick(partial(context.services.terms.import_file, data, name, caller))
    return ImportBody.model_validate(done)


@router.get("/export.{extension}", dependencies=[READ], response_class=Response)
async def export(context: InContext, caller: InCaller, extension: str) -> Response:
    """All terms as CSV, XLSX or TBX."""
    kind = extension_of(f"terms.{extension}", TERM_FORMATS)
    data = await context.threads.quick(partial(context.services.terms.export, kind, caller))
    return made_attachment(data, f"terms.{kind}", TERM_FORMATS[kind])


@router.delete("/{concept}", status_code=204, dependencies=[WRITE])
async def delete(context: InContext, caller: InCaller, concept: RowId) -> None:
    """Delete a concept with its terms."""
    await context.threads.quick(partial(context.services.terms.delete, concept, caller))
