"""/api/v1/budget: what people's work costs, by meeting and language."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from langsupport.domain.accounts import Permission
from langsupport.domain.budgets import Rate, from_micro, to_micro
from langsupport.services.budgets import BudgetLine, MeetingBudget
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_meeting
from langsupport.web.api.context import InContext
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/budget", tags=["tasks"], dependencies=[needs(Permission.TASKS_MANAGE)])

Money = Annotated[Decimal, Field(ge=0, le=1_000_000_000, max_digits=16, decimal_places=6)]


class RateAsked(BaseModel):
    """Prices are of one weighted word. Without a meeting or a language it holds for all of them."""

    meeting_id: str | None = None
    language: str | None = Field(None, description="the target")
    post_edit: Money | None = None
    revise: Money | None = None
    amount: Money | None = Field(None, description="what may be spent")


class RateBody(BaseModel):
    id: str
    meeting_id: str | None
    language: str | None
    post_edit: Decimal | None
    revise: Decimal | None
    amount: Decimal | None


class LineBody(BaseModel):
    language: str
    words: int
    weighted: float
    done_weighted: float
    cost: Decimal = Field(description="of all tasks")
    spent: Decimal = Field(description="of those that are done")
    unpriced: bool = Field(description="for some of the work no price was said")
    amount: Decimal | None
    over: bool


class MeetingBody(BaseModel):
    meeting_id: str | None = Field(description="null: documents that belong to no meeting")
    lines: list[LineBody]
    cost: Decimal
    spent: Decimal
    amount: Decimal | None
    over: bool


class BudgetBody(BaseModel):
    currency: str
    meetings: list[MeetingBody]


@router.get("")
async def report(context: InContext, caller: InCaller) -> BudgetBody:
    """Words and money of all that was sent to people, but for what was called off."""
    found = await context.threads.quick(partial(context.services.budgets.report, sight(caller)))
    return BudgetBody(currency=context.services.settings.currency, meetings=[_meeting(one) for one in found])


@router.get("/rates")
async def list_rates(context: InContext, caller: InCaller) -> list[RateBody]:
    found = await context.threads.quick(partial(context.services.budgets.rates, sight(caller)))
    return [_rate(one) for one in found]


@router.put("/rates")
async def put_rate(context: InContext, caller: InCaller, asked: RateAsked) -> RateBody:
    """Takes the place of what was said for exactly this meeting and language."""
    meeting_id = await check_meeting(context, caller, asked.meeting_id)
    money = (asked.post_edit, asked.revise, asked.amount)
    rate = Rate("", meeting_id, asked.language or None, *(to_micro(one) if one is not None else None for one in money))
    return _rate(await context.threads.quick(partial(context.services.budgets.put, rate, caller)))


@router.delete("/rates/{rate}", status_code=204)
async def delete_rate(context: InContext, caller: InCaller, rate: str) -> None:
    await context.threads.quick(partial(context.services.budgets.delete, rate, caller, sight(caller)))


def _money(amount: int | None) -> Decimal | None:
    return from_micro(amount) if amount is not None else None


def _rate(rate: Rate) -> RateBody:
    return RateBody(
        id=rate.id,
        meeting_id=rate.meeting_id,
        language=rate.language,
        post_edit=_money(rate.post_edit),
        revise=_money(rate.revise),
        amount=_money(rate.amount),
    )


def _meeting(found: MeetingBudget) -> MeetingBody:
    return MeetingBody(
        meeting_id=found.meeting_id,
        lines=[_line(line) for line in found.lines],
        cost=from_micro(found.cost),
        spent=from_micro(found.spent),
        amount=_money(found.amount),
        over=found.over,
    )


def _line(line: BudgetLine) -> LineBody:
    return LineBody(
        language=line.language,
        words=line.words,
        weighted=round(line.weighted, 2),
        done_weighted=round(line.done_weighted, 2),
        cost=from_micro(line.cost),
        spent=from_micro(line.spent),
        unpriced=line.unpriced,
        amount=_money(line.amount),
        over=line.over,
    )


__all__ = ["router"]
