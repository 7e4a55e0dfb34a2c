"""/api/v1/corrections: captions that captioners are asked to correct."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.accounts import Permission
from langsupport.domain.live import Role
from langsupport.domain.tasks import Orders, Priority, TaskState
from langsupport.services.account_records import Caller
from langsupport.services.corrections import CorrectionRecord, CorrectionView
from langsupport.services.queue_rules import checked_orders
from langsupport.services.review_rows import holder
from langsupport.web.api.context import Context, InContext
from langsupport.web.live.access import Entry, allowed
from langsupport.web.needs import InCaller, needs

router = APIRouter(tags=["live sessions"])

CORRECT = needs(Permission.CAPTIONS_CORRECT)
OPERATE = needs(Permission.CAPTIONS_OPERATE)
ForOperators = Annotated[Entry, Depends(allowed(Role.OPERATOR))]


class CorrectionsAsked(BaseModel):
    tracks: list[str] = Field(max_length=16, description="languages, or floor")
    priority: Priority = Priority.NORMAL
    deadline_hours: int | None = Field(None, description="from now")
    instructions: str = ""


class CorrectionBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    session_id: str
    title: str
    track: str
    state: TaskState
    priority: Priority
    deadline: datetime | None
    instructions: str
    person: str
    expires_at: datetime | None
    done_at: datetime | None
    created_by: str
    created_at: datetime
    version: int
    mine: bool = False


@router.post("/sessions/{id}/corrections", status_code=201)
async def ask_for(context: InContext, entry: ForOperators, asked: CorrectionsAsked) -> list[CorrectionBody]:
    """Let captioners correct the captions in these languages."""
    given = Orders(priority=asked.priority, deadline_hours=asked.deadline_hours, instructions=asked.instructions)
    service, by = context.services.corrections, entry.visitor.by
    call = partial(service.ask_for, entry.session.id, asked.tracks, checked_orders(given), by)
    made = await context.threads.quick(call)
    return [_body(one, entry.visitor.caller) for one in made]


@router.get("/sessions/{id}/corrections")
async def of_session(context: InContext, entry: ForOperators) -> list[CorrectionBody]:
    found = await context.threads.quick(partial(context.services.corrections.of_session, entry.session.id))
    return [_body(one, entry.visitor.caller) for one in found]


@router.get("/corrections", dependencies=[CORRECT])
async def list_corrections(
    context: InContext, caller: InCaller, view: CorrectionView = CorrectionView.OPEN
) -> list[CorrectionBody]:
    """The most urgent first; of `done` the latest."""
    found = await context.threads.quick(partial(context.services.corrections.list, view, caller))
    return [_body(one, caller) for one in found]


@router.post("/corrections/{id}/claim", dependencies=[CORRECT])
async def claim(context: InContext, caller: InCaller, id: str) -> CorrectionBody:
    """Take it, or take it over once its time is up. 409 while somebody has it."""
    return await _moved(context, caller, id, context.services.corrections.claim)


@router.post("/corrections/{id}/hand-back", dependencies=[CORRECT])
async def hand_back(context: InContext, caller: InCaller, id: str) -> CorrectionBody:
    """What was corrected stays."""
    return await _moved(context, caller, id, context.services.corrections.hand_back)


@router.post("/corrections/{id}/complete", dependencies=[CORRECT])
async def complete(context: InContext, caller: InCaller, id: str) -> CorrectionBody:
    return await _moved(context, caller, id, context.services.corrections.complete)


@router.post("/corrections/{id}/call-off", dependencies=[OPERATE])
async def call_off(context: InContext, caller: InCaller, id: str) -> CorrectionBody:
    """What was corrected stays."""
    return await _moved(context, caller, id, context.services.corrections.call_off)


async def _moved(
    context: Context, caller: Caller, id: str, move: Callable[[str, Caller], CorrectionRecord]
) -> CorrectionBody:
    return _body(await context.threads.quick(partial(move, id, caller)), caller)


def _body(record: CorrectionRecord, caller: Caller | None) -> CorrectionBody:
    mine = caller is not None and record.is_of(holder(caller))
    return CorrectionBody.model_validate(record).model_copy(update={"mine": mine})


__all__ = ["router"]
