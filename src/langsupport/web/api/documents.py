"""/api/v1/documents: upload, progress, renditions, findings."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from langsupport.domain.accounts import Permission
from langsupport.domain.lineage import Relation
from langsupport.errors import LangsupportError
from langsupport.services.document_register import Following
from langsupport.services.records import DocumentRecord
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_following, check_meeting, note_deleted
from langsupport.web.api.context import Context, InContext, file_name, source_code, target_codes
from langsupport.web.api.events import WATCH_SECONDS, event_stream
from langsupport.web.api.models import DocumentBody, DocumentPage, DocumentUpload, FindingBody, finding_body
from langsupport.web.downloads import attachment
from langsupport.web.needs import InCaller, needs, still_sees
from langsupport.web.problems import ProblemBody, problem_of

router = APIRouter(prefix="/documents", tags=["documents"])

READ = needs(Permission.DOCUMENTS_READ, of="document")
DOWNLOAD = needs(Permission.DOCUMENTS_READ, of="document", download=True)
WRITE = needs(Permission.DOCUMENTS_WRITE, of="document")


def body(record: DocumentRecord) -> DocumentBody:
    return DocumentBody.model_validate(record)


@router.post("", status_code=201, dependencies=[needs(Permission.DOCUMENTS_WRITE)], response_model=list[DocumentUpload])
async def upload(
    context: InContext,
    caller: InCaller,
    files: Annotated[list[UploadFile], File(alias="file", description="one or more files")],
    source: Annotated[str, Form(description="the language, or auto")] = "auto",
    targets: Annotated[list[str], Form(description="codes, repeated or with commas; nothing means all others")] = [],  # noqa: B006
    meeting: Annotated[str, Form(description="the id of the meeting that they belong to")] = "",
    symbol: Annotated[str, Form(description="by which the organization knows it; for one file")] = "",
    relation: Annotated[Relation | None, Form(description="what the file is to `previous`")] = None,
    previous: Annotated[str, Form(description="the id of the document that it follows")] = "",
) -> Response:
    """Upload documents; they are translated at once.

    A bad file among several has its problem in its entry and the others go on. A single bad file is answered with its
    problem alone.
    """
    source_language, target_languages = source_code(source), target_codes(targets)
    meeting_id = await check_meeting(context, caller, meeting)
    following = await check_following(context, caller, Following(symbol, relation, previous or None), len(files))
    entries: list[DocumentUpload] = []
    for file in files:
        try:
            entries.append(await _upload(context, file, source_language, target_languages, meeting_id, following))
        except LangsupportError as error:
            if len(files) == 1:
                raise
            problem = ProblemBody.model_validate(problem_of(error).body())
            entries.append(DocumentUpload(name=file.filename or "", problem=problem))
    taken = any(entry.document for entry in entries)
    return JSONResponse([entry.model_dump(mode="json") for entry in entries], 201 if taken else 422)


async def _upload(
    context: Context,
    file: UploadFile,
    source: str | None,
    targets: tuple[str, ...] | None,
    meeting_id: str | None,
    following: Following,
) -> DocumentUpload:
    name = file_name(file)
    call = partial(context.services.documents.upload, name, file.file, source, targets, meeting_id, following)
    record = await context.threads.quick(call)
    return DocumentUpload(name=name, document=body(record))


@router.get("", dependencies=[needs(Permission.DOCUMENTS_READ)])
async def list_documents(
    context: InContext,
    caller: InCaller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
    meeting: Annotated[str | None, Query(description="those of one meeting")] = None,
) -> DocumentPage:
    """Newest first."""
    read = partial(context.services.documents.list, limit + 1, before, sight(caller), meeting)
    records = await context.threads.quick(read)
    items = [body(record) for record in records[:limit]]
    return DocumentPage(items=items, next=items[-1].id if len(records) > limit else None)


@router.get("/{id}", dependencies=[READ])
async def get_document(context: InContext, id: str) -> DocumentBody:
    return body(await context.threads.quick(partial(context.services.documents.get, id)))


@router.get(
    "/{id}/events",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(request: Request, context: InContext, caller: InCaller, id: str) -> StreamingResponse:
    """Server-sent events `document` with the document after each change; `end` when it is finished."""
    documents = context.services.documents
    record = await context.threads.quick(partial(documents.get, id))

    def wait(version: int) -> DocumentRecord:
        still_sees(context, caller, Permission.DOCUMENTS_READ, "document", id)
        return documents.wait_for_change(id, version, WATCH_SECONDS)

    return event_stream(request, context.threads, "document", record, wait, body)


@router.get("/{id}/source", dependencies=[DOWNLOAD], response_class=FileResponse)
async def get_source(context: InContext, id: str) -> FileResponse:
    """The file as it was uploaded."""
    opened = await context.threads.quick(partial(context.services.documents.open_source, id))
    return attachment(opened.path, opened.name, opened.media_type)


@router.get("/{id}/renditions/{language}", dependencies=[DOWNLOAD], response_class=FileResponse)
async def get_rendition(context: InContext, id: str, language: str) -> FileResponse:
    """The translated file."""
    opened = await context.threads.quick(partial(context.services.documents.open_rendition, id, language))
    return attachment(opened.path, opened.name, opened.media_type)


@router.get("/{id}/renditions/{language}/findings", dependencies=[READ])
async def get_findings(context: InContext, id: str, language: str) -> list[FindingBody]:
    """The fidelity report: what was not translated, what is not certain, and why."""
    found = await context.threads.quick(partial(context.services.documents.findings, id, language))
    return [finding_body(finding) for finding in found]


@router.post("/{id}/retry", dependencies=[WRITE])
async def retry(context: InContext, id: str) -> DocumentBody:
    """Start again what failed."""
    return body(await context.threads.quick(partial(context.services.documents.retry, id)))


@router.post("/{id}/cancel", dependencies=[WRITE])
async def cancel(context: InContext, id: str) -> DocumentBody:
    return body(await context.threads.quick(partial(context.services.documents.cancel, id)))


@router.delete("/{id}", status_code=204, dependencies=[needs(Permission.DOCUMENTS_DELETE, of="document")])
async def delete(context: InContext, caller: InCaller, id: str) -> None:
    """Delete the document, its renditions and their files."""
    record = await context.threads.quick(partial(context.services.documents.get, id))
    await context.threads.quick(partial(context.services.documents.delete, id))
    await note_deleted(context, caller, "document", id, record.name)
