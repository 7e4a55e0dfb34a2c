"""What captioners are asked to correct: to take, to work on in the captioner's editor, to finish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.errors import LangsupportError
from langsupport.services.account_records import Caller
from langsupport.services.corrections import CorrectionRecord, CorrectionView
from langsupport.services.review_rows import holder
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.queue import chosen_move
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False, dependencies=[needs(Permission.CAPTIONS_CORRECT)])

FORM = Depends(own_form)


@router.get("/live/corrections")
async def corrections(request: Request, context: InContext, caller: InCaller, view: str = "") -> Response:
    return await _page(request, context, caller, view, told_by(request))


async def _page(
    request: Request, context: Context, caller: Caller, view: str, told: list[Told], status: int = 200
) -> Response:
    chosen = CorrectionView(view) if view in set(CorrectionView) else CorrectionView.OPEN

    def found() -> dict[CorrectionView, list[CorrectionRecord]]:
        return {one: context.services.corrections.list(one, caller) for one in CorrectionView}

    lists = await context.threads.quick(found)
    return render(
        request,
        "corrections.html",
        status,
        section="/live",
        told=told,
        view=chosen,
        counts={one: len(tasks) for one, tasks in lists.items() if one is not CorrectionView.DONE},
        tasks=lists[chosen],
        now=datetime.now(UTC),
        holder=holder(caller),
    )


@router.post("/live/corrections/{id}/moves", dependencies=[FORM])
async def move(
    request: Request,
    context: InContext,
    caller: InCaller,
    id: str,
    to: Annotated[str, Form()] = "",
    view: Annotated[str, Form()] = "",
) -> Response:
    """Take it, hand it back, finish it; for coordinators, call it off."""
    service = context.services.corrections
    moves: dict[str, Callable[[str, Caller], CorrectionRecord]] = {
        "claim": service.claim,
        "hand-back": service.hand_back,
        "complete": service.complete,
    }
    if caller.may(Permission.CAPTIONS_OPERATE):
        moves["call-off"] = service.call_off
    try:
        task = await context.threads.quick(partial(chosen_move(moves, to), id, caller))
    except LangsupportError as error:
        return await _page(request, context, caller, view, [told_error(request, error)], status_of(type(error)))
    if to == "claim":
        return RedirectResponse(f"/live/{task.session_id}/captioner?track={task.track}", 303)
    told = {"hand-back": "handed-back", "complete": "task-done", "call-off": "called-off"}[to]
    return RedirectResponse(f"/live/corrections?told={told}", 303)


__all__ = ["router"]
