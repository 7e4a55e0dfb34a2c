"""/api/v1/webhooks: other systems that are told of documents and tasks."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from langsupport.domain.accounts import Permission
from langsupport.domain.hooks import CHOSEN, DeliveryState, HookEvent
from langsupport.services.webhooks import MOST_DELIVERIES, EndpointAsked
from langsupport.web.api.context import InContext
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/webhooks", tags=["webhooks"], dependencies=[needs(Permission.WEBHOOKS_MANAGE)])


class WebhookAsked(BaseModel):
    url: str = Field(max_length=4_000)
    events: list[HookEvent] = Field(default_factory=lambda: list(CHOSEN), max_length=50)
    description: str = Field("", max_length=1_000)
    confidential: bool = Field(False, description="tell of documents of confidential meetings too")
    enabled: bool = True

    def asked(self) -> EndpointAsked:
        return EndpointAsked(self.url, tuple(self.events), self.description, self.confidential, self.enabled)


class WebhookBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    url: str
    events: list[HookEvent]
    description: str
    confidential: bool
    enabled: bool
    created_at: datetime
    created_by: str
    failing_since: datetime | None


class WebhookMade(BaseModel):
    webhook: WebhookBody
    secret: str = Field(description="signs its messages (Standard Webhooks); shown this once")


class DeliveryBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    event: HookEvent
    state: DeliveryState
    at: datetime
    tries: int
    status: int | None = Field(description="of the last answer")
    error: str
    next_at: datetime


@router.get("")
async def list_webhooks(context: InContext) -> list[WebhookBody]:
    found = await context.threads.quick(context.services.webhooks.list)
    return [WebhookBody.model_validate(one) for one in found]


@router.post("", status_code=201)
async def create_webhook(context: InContext, caller: InCaller, asked: WebhookAsked) -> WebhookMade:
    """Messages hold ids and states, never texts or names."""
    call = partial(context.services.webhooks.create, asked.asked(), caller)
    record, secret = await context.threads.quick(call)
    return WebhookMade(webhook=WebhookBody.model_validate(record), secret=secret)


@router.put("/{webhook}")
async def change_webhook(context: InContext, caller: InCaller, webhook: str, asked: WebhookAsked) -> WebhookBody:
    """Its secret stays."""
    call = partial(context.services.webhooks.change, webhook, asked.asked(), caller)
    return WebhookBody.model_validate(await context.threads.quick(call))


@router.delete("/{webhook}", status_code=204)
async def delete_webhook(context: InContext, caller: InCaller, webhook: str) -> None:
    await context.threads.quick(partial(context.services.webhooks.delete, webhook, caller))


@router.post("/{webhook}/test", status_code=204)
async def test_webhook(context: InContext, webhook: str) -> None:
    """Send it a message that tells nothing, within a minute."""
    await context.threads.quick(partial(context.services.webhooks.test, webhook))


@router.get("/{webhook}/deliveries")
async def list_deliveries(
    context: InContext, webhook: str, limit: Annotated[int, Query(ge=1, le=MOST_DELIVERIES)] = 50
) -> list[DeliveryBody]:
    """What was sent to it, the newest first."""
    found = await context.threads.quick(partial(context.services.webhooks.deliveries, webhook, limit))
    return [DeliveryBody.model_validate(one) for one in found]


__all__ = ["router"]
