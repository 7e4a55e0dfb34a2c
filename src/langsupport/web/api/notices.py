"""/api/v1/notices: what the caller is told of work that concerns them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.accounts import Permission
from langsupport.domain.notices import Mail, NoticeKind
from langsupport.domain.tasks import TaskKind
from langsupport.services.notices import MOST_LISTED
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/notices", tags=["notices"], dependencies=[needs(Permission.TASKS_READ)])


class NoticeBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: NoticeKind
    at: datetime
    document_id: str
    document: str
    source: str
    target: str
    review_id: str
    task_id: str | None
    task_kind: TaskKind | None
    number: int | None = Field(description="the segment that it is about")
    by: str = Field(description="who did it; empty where nobody did")
    text: str = Field(description="a comment or a reason")
    read: bool


class UnreadBody(BaseModel):
    unread: int


class ReadAsked(BaseModel):
    ids: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] | None = Field(
        None, max_length=1_000, description="these; all without it"
    )


class MailBody(BaseModel):
    """How the caller wants notices by e-mail."""

    mail: Mail


@router.get("")
async def list_notices(
    context: InContext,
    caller: InCaller,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> list[NoticeBody]:
    """The newest first."""
    if caller.person is None:
        return []
    look = partial(context.services.notices.list, caller.person.id, sight(caller), limit, unread=unread)
    return [NoticeBody.model_validate(one) for one in await context.threads.quick(look)]


@router.get("/unread")
async def count_unread(context: InContext, caller: InCaller) -> UnreadBody:
    if caller.person is None:
        return UnreadBody(unread=0)
    count = partial(context.services.notices.unread, caller.person.id, sight(caller))
    return UnreadBody(unread=await context.threads.quick(count))


@router.post("/read")
async def mark_read(context: InContext, caller: InCaller, asked: ReadAsked) -> UnreadBody:
    """Those that were read. They are not sent by e-mail any more."""
    if caller.person is not None:
        await context.threads.quick(partial(context.services.notices.mark_read, caller.person.id, asked.ids))
    return await count_unread(context, caller)


@router.get("/mail")
async def get_mail(context: InContext, caller: InCaller) -> MailBody:
    if caller.person is None:
        return MailBody(mail=Mail.OFF)
    return MailBody(mail=await context.threads.quick(partial(context.services.notices.mail_of, caller.person.id)))


@router.put("/mail")
async def set_mail(context: InContext, caller: InCaller, asked: MailBody) -> MailBody:
    if caller.person is not None:
        await context.threads.quick(partial(context.services.notices.set_mail, caller.person.id, asked.mail))
    return await get_mail(context, caller)


__all__ = ["router"]
