"""Figures of approved work: one's own, and for coordinators those of languages, or of people too, as is set."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from langsupport.domain.accounts import Permission
from langsupport.domain.quality import ErrorCategory
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.rendering import render
from langsupport.web.pages.strings import N_

router = APIRouter(include_in_schema=False, dependencies=[needs(Permission.TASKS_READ)])

PERIODS = (30, 90, 365)
CATEGORIES = {
    ErrorCategory.TERMINOLOGY: N_("Terminology"),
    ErrorCategory.ACCURACY: N_("Accuracy"),
    ErrorCategory.LINGUISTIC: N_("Grammar and spelling"),
    ErrorCategory.STYLE: N_("Style"),
    ErrorCategory.LOCALE: N_("Numbers, dates and other conventions"),
    ErrorCategory.AUDIENCE: N_("Wrong for the readers"),
    ErrorCategory.DESIGN: N_("Formatting"),
    ErrorCategory.OTHER: N_("Something else"),
}


@router.get("/quality")
async def quality(request: Request, context: InContext, caller: InCaller, days: int = 90) -> Response:
    days = days if days in PERIODS else 90
    service = context.services.quality
    own = report = None
    if caller.may(Permission.TASKS_WORK):
        own = await context.threads.convert(partial(service.own, days, caller.person_id or ""))
    if caller.may(Permission.TASKS_MANAGE):
        report = await context.threads.convert(partial(service.report, days, sight(caller)))
    return render(
        request,
        "quality.html",
        section="/queue",
        days=days,
        periods=PERIODS,
        own=own,
        report=report,
        shown=service.shown,
        categories=CATEGORIES,
    )


__all__ = ["CATEGORIES", "router"]
