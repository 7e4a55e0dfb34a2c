"""/api/v1/reviews: documents with people, segment by segment."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from langsupport.domain.accounts import Permission
from langsupport.domain.units import State
from langsupport.errors import NotFound, QueueFull
from langsupport.services.account_records import Caller
from langsupport.services.queue_rules import checked_orders
from langsupport.services.review_rows import holder
from langsupport.services.visibility import sight
from langsupport.web.api.context import Context, InContext
from langsupport.web.api.events import HEADERS, HEARTBEAT_SECONDS, RECONNECT_MS, WATCH_SECONDS
from langsupport.web.api.memory_models import MatchBody, TermHitBody, hit_body, match_body
from langsupport.web.api.review_models import (
    AcrossBody,
    ChangesBody,
    CheckAsked,
    CheckedBody,
    CommentAsked,
    ConfirmAsked,
    DismissAsked,
    DraftAsked,
    DraftBody,
    MarkAsked,
    Number,
    OrdersBody,
    ReviewBody,
    SavedBody,
    SegmentBody,
    SegmentPage,
    SegmentSplitAsked,
    SendBackAsked,
    VersionAsked,
    VersionBody,
    checked_body,
    review_body,
    segment_body,
    text_body,
    version_body,
)
from langsupport.web.entity_tags import Expected, agreed
from langsupport.web.needs import InCaller, needs, still_sees

router = APIRouter(prefix="/reviews/{id}", tags=["reviews"])

READ = needs(Permission.TASKS_READ, of="review")
WORK = needs(Permission.TASKS_WORK, of="review")
MANAGE = needs(Permission.TASKS_MANAGE, of="review")
PAGE = 500


@router.get("", dependencies=[READ])
async def get_review(context: InContext, caller: InCaller, id: str) -> ReviewBody:
    found = await context.threads.quick(partial(context.services.reviews.get, id, sight(caller)))
    return review_body(found, holder(caller))


@router.get("/segments", dependencies=[READ])
async def list_segments(
    context: InContext,
    caller: InCaller,
    id: str,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="the number of the last one of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 200,
    since: Annotated[
        int | None, Query(ge=0, le=2**53, description="only what changed after this count, what was joined too")
    ] = None,
    state: Annotated[list[State] | None, Query(description="only those in these states")] = None,
) -> SegmentPage:
    """In reading order, with the caller's drafts."""
    reviews = context.services.reviews

    def read() -> SegmentPage:
        seq = reviews.get(id).seq
        found = reviews.segments(id, caller, after, limit + 1, since, state or ())
        items = [segment_body(record) for record in found[:limit]]
        return SegmentPage(items=items, next=items[-1].number if len(found) > limit else None, seq=seq)

    return await context.threads.quick(read)


@router.get("/findings", dependencies=[READ])
async def findings_across(context: InContext, caller: InCaller, id: str) -> list[AcrossBody]:
    """What the checks say of the segments beside each other, with the caller's drafts: the same translated otherwise,
    other things alike."""
    found = await context.threads.convert(partial(context.services.reviews.across, id, caller))
    return [AcrossBody(number=one.number, label=one.label, finding=checked_body(finding)) for one, finding in found]


@router.get("/segments/{number}", dependencies=[READ])
async def get_segment(context: InContext, caller: InCaller, id: str, number: Number) -> SegmentBody:
    return segment_body(await context.threads.quick(partial(context.services.reviews.segment, id, number, caller)))


@router.put("/segments/{number}/draft", dependencies=[WORK])
async def save_draft(context: InContext, caller: InCaller, id: str, number: Number, asked: DraftAsked) -> DraftBody:
    """Keep what the caller has written so far, whoever has the task."""
    save = context.services.reviews.save_draft
    draft = await context.threads.quick(partial(save, id, number, caller, asked.target.coded(), asked.base_version))
    return DraftBody(
        target=text_body(draft.target), base_version=draft.base_version, version=draft.version, saved_at=draft.saved_at
    )


@router.delete("/segments/{number}/draft", status_code=204, dependencies=[WORK])
async def drop_draft(context: InContext, caller: InCaller, id: str, number: Number) -> None:
    await context.threads.quick(partial(context.services.reviews.drop_draft, id, number, caller))


@router.post("/segments/{number}/confirm", dependencies=[WORK])
async def confirm(
    context: InContext, caller: InCaller, expected: Expected, id: str, number: Number, asked: ConfirmAsked
) -> SavedBody:
    """Translate or revise a segment, by the task that the caller has.

    409 where somebody changed it meanwhile (`stale-save`) or has the task now (`task-lost`): the text is kept as a
    draft. The same request again changes nothing.
    """
    agreed(asked.version, expected)
    save = partial(
        context.services.reviews.confirm,
        id,
        number,
        caller,
        asked.target.coded(),
        asked.version,
        seconds=asked.seconds,
        propagate=asked.propagate,
        match=asked.match,
    )
    saved = await context.threads.quick(save)
    return SavedBody(
        segment=segment_body(saved.segment),
        refused=[checked_body(finding) for finding in saved.refused],
        propagated=list(saved.propagated),
    )


@router.post("/segments/{number}/check", dependencies=[WORK])
async def check(context: InContext, caller: InCaller, id: str, number: Number, asked: CheckAsked) -> list[CheckedBody]:
    """What the checks say of a text, before it is confirmed."""
    look = partial(context.services.reviews.check, id, number, caller, asked.target.coded(), asked.match)
    return [checked_body(finding) for finding in await context.threads.quick(look)]


@router.post("/segments/{number}/reopen", dependencies=[WORK])
async def reopen(
    context: InContext, caller: InCaller, expected: Expected, id: str, number: Number, asked: VersionAsked
) -> SegmentBody:
    """Take back a confirmation."""
    agreed(asked.version, expected)
    call = partial(context.services.reviews.reopen, id, number, caller, asked.version)
    return segment_body(await context.threads.quick(call))


@router.post("/segments/{number}/send-back", dependencies=[WORK])
async def send_back(
    context: InContext, caller: InCaller, expected: Expected, id: str, number: Number, asked: SendBackAsked
) -> SegmentBody:
    """A reviser asks the translator to do it again."""
    agreed(asked.version, expected)
    call = partial(context.services.reviews.send_back, id, number, caller, asked.version, asked.reason)
    return segment_body(await context.threads.quick(call))


@router.post("/segments/{number}/join", dependencies=[WORK])
async def join(
    context: InContext, caller: InCaller, expected: Expected, id: str, number: Number, asked: VersionAsked
) -> list[SegmentBody]:
    """Make one segment of this one and the next of its paragraph, and give both as they are now: the other one has
    `joined_into`. What the caller wrote in them and did not confirm is joined too."""
    agreed(asked.version, expected)
    call = partial(context.services.review_cutting.join, id, number, caller, asked.version)
    return [segment_body(record) for record in await context.threads.convert(call)]


@router.post("/segments/{number}/split", dependencies=[WORK])
async def split(
    context: InContext, caller: InCaller, expected: Expected, id: str, number: Number, asked: SegmentSplitAsked
) -> list[SegmentBody]:
    """Make two segments of one, and give both. The translation is cut where one of its sentences ends, if one does."""
    agreed(asked.version, expected)
    call = partial(context.services.review_cutting.split, id, number, caller, asked.version, asked.at)
    return [segment_body(record) for record in await context.threads.convert(call)]


@router.post("/segments/{number}/dismiss", dependencies=[WORK])
async def dismiss(context: InContext, caller: InCaller, id: str, number: Number, asked: DismissAsked) -> SegmentBody:
    """Let a finding pass, with a reason."""
    call = partial(context.services.reviews.dismiss, id, number, caller, asked.code, asked.reason)
    return segment_body(await context.threads.quick(call))


@router.post("/segments/{number}/marks", status_code=201, dependencies=[WORK])
async def mark(context: InContext, caller: InCaller, id: str, number: Number, asked: MarkAsked) -> SegmentBody:
    """Mark an error in a segment that the caller revises."""
    call = context.services.review_marks.mark
    made = partial(call, id, number, caller, asked.category, asked.severity, asked.text)
    return segment_body(await context.threads.quick(made))


@router.delete("/segments/{number}/marks/{mark}", dependencies=[WORK])
async def unmark(context: InContext, caller: InCaller, id: str, number: Number, mark: str) -> SegmentBody:
    """Take a mark of the caller's own away."""
    return segment_body(
        await context.threads.quick(partial(context.services.review_marks.unmark, id, number, mark, caller))
    )


@router.post("/segments/{number}/comments", status_code=201, dependencies=[READ])
async def comment(context: InContext, caller: InCaller, id: str, number: Number, asked: CommentAsked) -> VersionBody:
    call = partial(context.services.reviews.comment, id, number, caller, asked.text)
    return version_body(await context.threads.quick(call))


@router.get("/segments/{number}/history", dependencies=[READ])
async def history(context: InContext, id: str, number: Number) -> list[VersionBody]:
    """Everything that became of it, comments too, oldest first."""
    found = await context.threads.quick(partial(context.services.reviews.history, id, number))
    return [version_body(record) for record in found]


@router.get("/segments/{number}/matches", dependencies=[READ, needs(Permission.MEMORY_READ)])
async def matches(context: InContext, id: str, number: Number) -> list[MatchBody]:
    """What the translation memory has for it, the best first."""
    found = await context.threads.quick(partial(context.services.reviews.matches, id, number))
    return [match_body(match) for match in found]


@router.get("/segments/{number}/terms", dependencies=[READ, needs(Permission.TERMS_READ)])
async def terms(context: InContext, id: str, number: Number) -> list[TermHitBody]:
    """The organization's terms in its source."""
    found = await context.threads.quick(partial(context.services.reviews.terms, id, number))
    return [hit_body(hit) for hit in found]


@router.post("/call-off", dependencies=[MANAGE])
async def call_off(context: InContext, caller: InCaller, id: str) -> ReviewBody:
    """End the work; everything that was written stays, and sending it again goes on from there."""
    await context.threads.quick(partial(context.services.tasks.call_off, id, caller))
    return await get_review(context, caller, id)


@router.post("/reopen", dependencies=[MANAGE])
async def reopen_review(context: InContext, caller: InCaller, id: str, asked: OrdersBody) -> ReviewBody:
    """Let people change what was approved; the approved document stays until the next one takes its place."""
    reopen = partial(context.services.review_opening.reopen, id, checked_orders(asked.orders()), caller)
    return review_body(await context.threads.quick(reopen), holder(caller))


@router.post("/approve", dependencies=[MANAGE])
async def approve_again(context: InContext, caller: InCaller, id: str) -> ReviewBody:
    """Make the approved document once more where that failed."""
    await context.threads.quick(partial(context.services.review_work.again, id, caller))
    return await get_review(context, caller, id)


@router.get(
    "/events",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(request: Request, context: InContext, caller: InCaller, id: str) -> StreamingResponse:
    """Server-sent events `changes`: which segments changed, and who writes where. The id of each is the review's count
    of changes, by which a client that lost the connection goes on without a gap."""
    said = request.headers.get("last-event-id", "")
    known = int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None
    return StreamingResponse(_changes(context, caller, id, known), 200, HEADERS, "text/event-stream")


async def _changes(context: Context, caller: Caller, id: str, known: int | None) -> AsyncIterator[str]:
    reviews = context.services.reviews

    def look(seq: int) -> ChangesBody:
        still_sees(context, caller, Permission.TASKS_READ, "review", id)
        now = reviews.wait_for_change(id, seq, WATCH_SECONDS)
        numbers = [one.number for one in reviews.segments(id, caller, 0, PAGE, since=seq)] if now != seq else []
        return ChangesBody(seq=now, numbers=numbers, writers=reviews.writers(id, caller))

    yield f"retry: {RECONNECT_MS}\n\n"
    seq = known if known is not None else (await context.threads.quick(partial(reviews.get, id))).seq
    told, writers = time.monotonic(), None
    while not context.threads.stopping:
        try:
            found = await context.threads.watch(partial(look, seq))
        except NotFound:
            yield "event: gone\ndata:\n\n"
            return
        except QueueFull:  # the client comes back by itself
            return
        if found.seq != seq or found.writers != writers:
            seq, writers, told = found.seq, found.writers, time.monotonic()
            yield f"event: changes\nid: {seq}\ndata: {found.model_dump_json()}\n\n"
        elif time.monotonic() - told >= HEARTBEAT_SECONDS:
            told = time.monotonic()
            yield ": still here\n\n"
