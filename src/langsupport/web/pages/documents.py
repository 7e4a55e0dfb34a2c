"""Documents: the list, one document with its six languages, the fidelity report."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.findings import Finding, Severity
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.lineage import Relation
from langsupport.errors import LangsupportError, NotFound
from langsupport.formats import FORMATS
from langsupport.pipelines.document import prepare
from langsupport.services.account_records import Caller
from langsupport.services.document_register import DocumentAsked, DocumentRegister, stamp
from langsupport.services.documents import DocumentService
from langsupport.services.records import DocumentRecord, RenditionState
from langsupport.services.review_records import ReviewRecord
from langsupport.services.visibility import Sight, sight
from langsupport.web.api.belonging import check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext, file_name, source_code, target_codes
from langsupport.web.needs import SIGNED_IN, InCaller, needs
from langsupport.web.pages.cells import LanguageCell, document_cells
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.missing import missing_model
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.strings import RELATIONS, SEVERITIES
from langsupport.web.pages.telling import Told, told_by, told_error

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 25
MAX_PLACES = 200
"""Places of one kind of finding that a report lists."""
_MAX_PLACE_CHARACTERS = 300


class Row(NamedTuple):
    record: DocumentRecord
    cells: list[LanguageCell]


@router.get("/", dependencies=[needs(Permission.DOCUMENTS_READ)])
async def home(
    request: Request, context: InContext, caller: InCaller, before: str | None = None, part: str | None = None
) -> Response:
    return await _home(request, context, caller, told_by(request), before=before, part=part is not None)


@router.get("/documents", dependencies=[SIGNED_IN])
async def documents() -> Response:
    return RedirectResponse("/", 303)


@router.post("/documents", dependencies=[needs(Permission.DOCUMENTS_WRITE)])
async def upload(
    request: Request,
    context: InContext,
    caller: InCaller,
    files: Annotated[list[UploadFile], File(alias="file")],
    source: Annotated[str, Form()] = "",
    targets: Annotated[list[str], Form()] = [],  # noqa: B006
    meeting: Annotated[str, Form()] = "",
) -> Response:
    """The form without a script. One file leads to its page, several to the list; what was refused is said there."""
    languages = (source_code(source), wanted_targets(targets, source))
    meeting_id = await check_meeting(context, caller, meeting)
    taken: list[DocumentRecord] = []
    told: list[Told] = []
    for file in files:
        try:
            call = partial(context.services.documents.upload, file_name(file), file.file, *languages, meeting_id)
            taken.append(await context.threads.quick(call))
        except LangsupportError as error:
            told.append(told_error(request, error))
    if told:
        return await _home(request, context, caller, told, status=422)
    return RedirectResponse(f"/documents/{taken[0].id}" if len(taken) == 1 else "/?told=received", 303)


def wanted_targets(given: list[str], source: str) -> tuple[str, ...] | None:
    """None, meaning the other five, when all six are ticked; else those that are, less the source."""
    codes = target_codes(given)
    if codes is None or set(codes) == set(LANGUAGES):
        return None
    return tuple(code for code in codes if code != source)


async def _home(
    request: Request,
    context: Context,
    caller: Caller,
    told: list[Told],
    status: int = 200,
    before: str | None = None,
    part: bool = False,
) -> Response:
    services = context.services
    records = await context.threads.quick(partial(services.documents.list, PAGE_SIZE + 1, before, sight(caller)))
    shown = records[:PAGE_SIZE]
    return render(
        request,
        "documents_list.html" if part else "documents.html",
        status,
        section="/",
        told=told,
        missing=await context.threads.quick(partial(missing_model, services, "translation", strings(request))),
        documents=[Row(record, document_cells(record)) for record in shown],
        busy=any(not record.finished for record in shown),
        older=shown[-1].id if len(records) > PAGE_SIZE else None,
        accept=accepted(),
        formats=", ".join(sorted(form.extensions[0].upper() for form in FORMATS.values())),
        meetings=await meeting_choices(context, caller),
        limit=services.settings.max_upload_bytes,
    )


@router.get("/documents/{id}", dependencies=[needs(Permission.DOCUMENTS_READ, of="document")])
async def document(
    request: Request, context: InContext, caller: InCaller, id: str, part: str | None = None
) -> Response:
    if part:
        record = await context.threads.quick(partial(context.services.documents.get, id))
        found = await context.threads.quick(partial(context.services.reviews.of_document, id))
        return render(request, "document_state.html", **_state(record, found))
    return await document_page(request, context, caller, id, told_by(request))


async def document_page(
    request: Request,
    context: Context,
    caller: Caller,
    id: str,
    told: list[Told],
    status: int = 200,
    asked: DocumentAsked | None = None,
) -> Response:
    """`asked`: what somebody wrote of it and could not be kept; the form shows it again."""
    record = await context.threads.quick(partial(context.services.documents.get, id))
    found = await context.threads.quick(partial(context.services.reviews.of_document, id))
    more = await context.threads.quick(partial(_register, context.services.register, record, sight(caller)))
    said = DocumentAsked(record.symbol, record.given_titles)
    return render(
        request,
        "document.html",
        status,
        section="/",
        told=told,
        asked=asked or said,
        asked_again=asked is not None,
        over=stamp(said),
        **_state(record, found),
        **more,
    )


def _state(record: DocumentRecord, found: list[ReviewRecord]) -> dict[str, Any]:
    """What the part of the page shows that changes while the document is worked on."""
    return {
        "record": record,
        "reviews": {review.language: review for review in found},
        "cells": document_cells(record),
        "busy": not record.finished,
    }


def _register(register: DocumentRegister, record: DocumentRecord, of: Sight) -> dict[str, Any]:
    return {
        "previous": register.previous(record.id, of),
        "following": register.following(record.id, of),
        "suggested": {relation: register.suggested(record.id, relation) for relation in Relation},
        "relations": RELATIONS,
        "accept": accepted(),
    }


def accepted() -> str:
    """What a file may be, as the browser's dialog takes it."""
    return ",".join(f".{extension}" for form in FORMATS.values() for extension in form.extensions)


@router.post("/documents/{id}/retry", dependencies=[needs(Permission.DOCUMENTS_WRITE, of="document")])
async def retry(context: InContext, id: str) -> Response:
    await context.threads.quick(partial(context.services.documents.retry, id))
    return RedirectResponse(f"/documents/{id}?told=retried", 303)


@router.post("/documents/{id}/delete", dependencies=[needs(Permission.DOCUMENTS_DELETE, of="document")])
async def delete(context: InContext, caller: InCaller, id: str) -> Response:
    record = await context.threads.quick(partial(context.services.documents.get, id))
    await context.threads.quick(partial(context.services.documents.delete, id))
    await note_deleted(context, caller, "document", id, record.name)
    return RedirectResponse("/?told=deleted", 303)


class Place(NamedTuple):
    finding: Finding
    where: str
    text: str


class Kind(NamedTuple):
    code: str
    places: list[Place]


class SeverityGroup(NamedTuple):
    code: str
    label: str
    total: int


@router.get("/documents/{id}/report/{language}", dependencies=[needs(Permission.DOCUMENTS_READ, of="document")])
async def report(request: Request, context: InContext, id: str, language: str) -> Response:
    services = context.services
    record = await context.threads.quick(partial(services.documents.get, id))
    rendition = record.rendition(language)
    if rendition is None or rendition.state is not RenditionState.DONE:
        raise NotFound(what="translation", id=language)
    findings = await context.threads.quick(partial(services.documents.findings, id, language))
    texts = await context.threads.quick(partial(_source_texts, services.documents, record, findings))
    return render(
        request,
        "report.html",
        section="/",
        record=record,
        language=language,
        source_tag=LANGUAGES[record.source].bcp47 if record.source else "",
        groups=_grouped(findings, texts),
    )


def _source_texts(
    documents: DocumentService, record: DocumentRecord, findings: list[Finding]
) -> dict[tuple[str, int | None], str]:
    """(unit, segment) to source text for the places that findings name; (unit, None) to the unit's beginning.

    The texts are not kept apart: the source is read again, which gives the same units.
    """
    wanted = {finding.unit_id for finding in findings if finding.unit_id}
    if not wanted:
        return {}
    opened = documents.open_source(record.id)
    texts: dict[tuple[str, int | None], str] = {}
    for segment in prepare(opened.path.read_bytes(), record.name, record.source).segments:
        if segment.unit_id in wanted:
            texts[segment.unit_id, segment.index] = segment.source.text
            texts.setdefault((segment.unit_id, None), segment.source.text)
    return texts


def _grouped(
    findings: list[Finding], texts: dict[tuple[str, int | None], str]
) -> list[tuple[SeverityGroup, list[Kind]]]:
    """By severity, the gravest first, then by kind."""
    order = list(Severity)
    ranked = sorted(findings, key=lambda finding: (order.index(finding.severity), finding.code))
    groups: list[tuple[SeverityGroup, list[Kind]]] = []
    for severity, of_severity in groupby(ranked, key=lambda finding: finding.severity):
        members = list(of_severity)
        kinds = [
            Kind(code, [_place(finding, texts) for finding in list(of_kind)[:MAX_PLACES]])
            for code, of_kind in groupby(members, key=lambda finding: finding.code)
        ]
        groups.append((SeverityGroup(severity.value, SEVERITIES[severity.value], len(members)), kinds))
    return groups


def _place(finding: Finding, texts: dict[tuple[str, int | None], Any]) -> Place:
    if finding.unit_id is None:
        return Place(finding, "", "")
    text = texts.get((finding.unit_id, finding.segment_index)) or texts.get((finding.unit_id, None), "")
    where = finding.unit_id if finding.segment_index is None else f"{finding.unit_id} · {finding.segment_index + 1}"
    shortened = text if len(text) <= _MAX_PLACE_CHARACTERS else text[:_MAX_PLACE_CHARACTERS] + "…"
    return Place(finding, where, shortened)
