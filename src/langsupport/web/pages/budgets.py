"""The budget: words and money by meeting and language, and the prices behind them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.budgets import Rate, to_micro
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.services.account_records import Caller, MeetingRecord
from langsupport.services.visibility import sight
from langsupport.web.api.belonging import check_meeting
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False, dependencies=[needs(Permission.TASKS_MANAGE)])
FORM = Depends(own_form)


@router.get("/budget")
async def budget(request: Request, context: InContext, caller: InCaller) -> Response:
    return await _page(request, context, caller, told_by(request))


async def _page(request: Request, context: Context, caller: Caller, told: list[Told], status: int = 200) -> Response:
    services, of = context.services, sight(caller)
    report = await context.threads.quick(partial(services.budgets.report, of))
    rates = await context.threads.quick(partial(services.budgets.rates, of))
    named = {id for id in [*(one.meeting_id for one in report), *(rate.meeting_id for rate in rates)] if id}

    def known() -> dict[str, MeetingRecord]:
        return {id: services.meetings.get(id, of) for id in named}

    return render(
        request,
        "budget.html",
        status,
        section="/queue",
        told=told,
        report=report,
        rates=rates,
        known=await context.threads.quick(known),
        meetings=await meeting_choices(context, caller),
        currency=services.settings.currency,
    )


@router.post("/budget/rates", dependencies=[FORM])
async def put_rate(request: Request, context: InContext, caller: InCaller) -> Response:
    given = await request.form()
    try:
        meeting_id = await check_meeting(context, caller, str(given.get("meeting", "")))
        money = (_money(given, name) for name in ("post_edit", "revise", "amount"))
        rate = Rate("", meeting_id, str(given.get("language", "")) or None, *money)
        await context.threads.quick(partial(context.services.budgets.put, rate, caller))
    except LangsupportError as error:
        return await _page(request, context, caller, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse("/budget?told=saved#rates", 303)


@router.post("/budget/rates/{rate}/delete", dependencies=[FORM])
async def delete_rate(context: InContext, caller: InCaller, rate: str) -> Response:
    await context.threads.quick(partial(context.services.budgets.delete, rate, caller, sight(caller)))
    return RedirectResponse("/budget?told=deleted#rates", 303)


def _money(given: FormData, name: str) -> int | None:
    """A decimal comma is taken as well. Raises InvalidRequest."""
    text = "".join(str(given.get(name, "")).split()).replace(",", ".")
    if not text:
        return None
    try:
        amount = Decimal(text)
        if not amount.is_finite() or abs(amount) > 10**9:
            raise InvalidOperation
    except InvalidOperation:
        raise InvalidRequest(detail="Write prices and amounts as plain numbers, such as 0.12 or 4000.") from None
    return to_micro(amount)


__all__ = ["router"]
