"""The queue: what waits for people, what they have, what is late; for coordinators each task and the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.tasks import Conditions, Orders, Priority, QueueRule
from langsupport.errors import InvalidRequest, LangsupportError
from langsupport.services.account_records import Caller
from langsupport.services.review_records import TaskRecord
from langsupport.services.review_rows import holder
from langsupport.services.tasks import TaskOrder, TaskView
from langsupport.services.visibility import sight
from langsupport.web.api.context import Context, InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.choices import meeting_choices
from langsupport.web.pages.rendering import render
from langsupport.web.pages.telling import Told, told_by, told_error
from langsupport.web.problems import status_of

router = APIRouter(include_in_schema=False)

READ = needs(Permission.TASKS_READ)
MANAGE = needs(Permission.TASKS_MANAGE)
OWN = needs(Permission.TASKS_WORK, of="task")
ANY = needs(Permission.TASKS_MANAGE, of="task")
FORM = Depends(own_form)
SECTION = "/queue"
Move = TypeVar("Move")


@router.get("/queue", dependencies=[READ])
async def queue(request: Request, context: InContext, caller: InCaller, view: str = "", order: str = "") -> Response:
    return await _queue_page(request, context, caller, view, told_by(request), order=order)


async def _queue_page(
    request: Request,
    context: Context,
    caller: Caller,
    view: str,
    told: list[Told],
    status: int = 200,
    order: str = "",
) -> Response:
    works = caller.may(Permission.TASKS_WORK)
    usual = TaskView.MINE if works else TaskView.OPEN
    chosen = TaskView(view) if view in set(TaskView) else usual

    by = TaskOrder(order) if order in set(TaskOrder) else TaskOrder.URGENT

    def found() -> dict[TaskView, list[TaskRecord]]:
        look = partial(context.services.tasks.list, caller=caller, of=sight(caller), order=by)
        return {one: look(one) for one in TaskView if works or one not in (TaskView.MINE, TaskView.FREE)}

    lists = await context.threads.quick(found)
    return render(
        request,
        "queue.html",
        status,
        section=SECTION,
        told=told,
        view=chosen,
        order=by,
        counts={one: len(tasks) for one, tasks in lists.items() if one is not TaskView.DONE},
        tasks=lists.get(chosen, []),
        now=datetime.now(UTC),
        holder=holder(caller),
    )


@router.post("/queue/{id}/moves", dependencies=[OWN, FORM])
async def move(
    request: Request,
    context: InContext,
    caller: InCaller,
    id: str,
    to: Annotated[str, Form()] = "",
    view: Annotated[str, Form()] = "",
) -> Response:
    """Take it, hand it back, finish it."""
    service = context.services.tasks
    moves: dict[str, Callable[[str, Caller], TaskRecord]] = {
        "claim": service.claim,
        "hand-back": service.hand_back,
        "complete": service.complete,
    }
    try:
        task = await context.threads.quick(partial(chosen_move(moves, to), id, caller))
    except LangsupportError as error:
        told = [told_error(request, error)]
        return await _queue_page(request, context, caller, view, told, status_of(type(error)))
    if to == "claim":
        return RedirectResponse(f"/reviews/{task.review_id}", 303)
    return RedirectResponse(f"/queue?told={'handed-back' if to == 'hand-back' else 'task-done'}", 303)


@router.get("/queue/rules", dependencies=[MANAGE])
async def rules(request: Request, context: InContext, caller: InCaller) -> Response:
    return await _rules_page(request, context, caller, told_by(request))


async def _rules_page(
    request: Request, context: Context, caller: Caller, told: list[Told], status: int = 200
) -> Response:
    found = await context.threads.quick(partial(context.services.queue_rules.list, sight(caller)))
    meetings = await meeting_choices(context, caller)
    return render(
        request,
        "queue_rules.html",
        status,
        section=SECTION,
        told=told,
        rules=found,
        meetings=meetings,
        codes_of={meeting.id: meeting.code for meeting in meetings},
        priorities=list(Priority),
        accounts=caller.person is not None,
    )


@router.post("/queue/rules", dependencies=[MANAGE, FORM])
async def add_rule(request: Request, context: InContext, caller: InCaller) -> Response:
    given = await request.form()
    try:
        rule = QueueRule("", str(given.get("name", "")), True, _conditions(given), orders_of(given))
        await context.threads.quick(partial(context.services.queue_rules.put, rule, caller, sight(caller)))
    except LangsupportError as error:
        return await _rules_page(request, context, caller, [told_error(request, error)], status_of(type(error)))
    return RedirectResponse("/queue/rules?told=saved", 303)


@router.post("/queue/rules/{rule}/moves", dependencies=[MANAGE, FORM])
async def move_rule(
    request: Request, context: InContext, caller: InCaller, rule: str, to: Annotated[str, Form()] = ""
) -> Response:
    """Up, down, on, off, away."""
    service, of = context.services.queue_rules, sight(caller)

    def moved() -> None:
        found = service.list(of)
        ids = [one.id for one in found]
        if to == "delete" or rule not in ids:
            service.delete(rule, caller, of)
            return
        place = ids.index(rule)
        if to in ("up", "down"):
            ids.insert(max(0, place + (1 if to == "down" else -1)), ids.pop(place))
            service.order(ids, caller, of)
        else:
            one = found[place]
            service.put(QueueRule(one.id, one.name, to == "on", one.conditions, one.orders), caller, of)

    await context.threads.quick(moved)
    return RedirectResponse("/queue/rules?told=saved", 303)


@router.get("/queue/{id}", dependencies=[ANY])
async def task(request: Request, context: InContext, id: str) -> Response:
    return await _task_page(request, context, id, told_by(request))


async def _task_page(
    request: Request, context: Context, id: str, told: list[Told], status: int = 200, login: str = ""
) -> Response:
    record = await context.threads.quick(partial(context.services.tasks.get, id))
    return render(
        request,
        "queue_task.html",
        status,
        section=SECTION,
        told=told,
        task=record,
        login=login,
        now=datetime.now(UTC),
        priorities=list(Priority),
    )


@router.post("/queue/{id}", dependencies=[ANY, FORM])
async def change(request: Request, context: InContext, caller: InCaller, id: str) -> Response:
    """Priority, deadline, instructions; or another person; or in parts: by which button was pressed."""
    given = await request.form()
    service = context.services.tasks
    login = str(given.get("login", ""))

    def done() -> None:
        if given.get("do") == "assign":
            service.assign(id, login, caller)
        elif given.get("do") == "split":
            service.split(id, _number(given, "parts") or 0, caller)
        else:
            service.change(
                id,
                caller,
                priority=_priority(given),
                deadline=_moment(str(given.get("deadline", ""))),
                instructions=str(given.get("instructions", "")),
                version=_number(given, "version"),
            )

    try:
        await context.threads.quick(done)
    except LangsupportError as error:
        return await _task_page(request, context, id, [told_error(request, error)], status_of(type(error)), login)
    return RedirectResponse(f"/queue/{id}?told=saved", 303)


def chosen_move(moves: Mapping[str, Move], to: str) -> Move:
    """Raises InvalidRequest."""
    if to not in moves:
        raise InvalidRequest(detail="A task can be taken, handed back or finished.")
    return moves[to]


def orders_of(given: FormData) -> Orders:
    """Raises InvalidRequest."""
    return Orders(
        second_person=given.get("second_person") is not None,
        priority=_priority(given),
        deadline_hours=_number(given, "deadline_hours"),
        instructions=str(given.get("instructions", "")),
        parts=_number(given, "parts") or 1,
    )


def _conditions(given: FormData) -> Conditions:
    formats = str(given.get("formats", "")).replace(",", " ").split()
    return Conditions(
        meeting_id=str(given.get("meeting", "")) or None,
        formats=tuple(formats),
        sources=tuple(str(code) for code in given.getlist("sources")),
        targets=tuple(str(code) for code in given.getlist("targets")),
        least_words=_number(given, "least_words"),
        most_words=_number(given, "most_words"),
        least_errors=_number(given, "least_errors"),
        least_warnings=_number(given, "least_warnings"),
    )


def _priority(given: FormData) -> Priority:
    number = _number(given, "priority")
    if number is None:
        return Priority.NORMAL
    if number not in set(Priority):
        raise InvalidRequest(detail="The priority is 0 to 3.")
    return Priority(number)


def _number(given: FormData, name: str) -> int | None:
    """Raises InvalidRequest: not a whole number."""
    text = str(given.get(name, "")).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidRequest(detail=f"“{text[:40]}” is not a whole number.")
    return int(text)


def _moment(text: str) -> datetime | None:
    """From a field of date and time, on the server's clock. Raises InvalidRequest."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except ValueError as error:
        raise InvalidRequest(detail=f"“{text[:40]}” is not a date and time.") from error


__all__ = ["chosen_move", "orders_of", "router"]
