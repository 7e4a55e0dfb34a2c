"""/api/v1/tasks and /api/v1/queue-rules: the queue, and what decides what comes into it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query

from langsupport.domain.accounts import Permission
from langsupport.domain.languages import language
from langsupport.domain.tasks import QueueRule
from langsupport.services.account_records import Caller
from langsupport.services.queue_rules import checked_orders
from langsupport.services.review_records import TaskRecord
from langsupport.services.review_rows import holder
from langsupport.services.tasks import MOST_LISTED, TaskOrder, TaskView
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext
from langsupport.web.api.review_models import (
    AssignAsked,
    OrdersBody,
    ReviewBody,
    RuleAsked,
    RuleBody,
    RuleOrder,
    SendAsked,
    SplitAsked,
    TaskBody,
    TaskChange,
    review_body,
    task_body,
)
from langsupport.web.entity_tags import Expected, agreed
from langsupport.web.needs import InCaller, needs

router = APIRouter()
tasks = APIRouter(prefix="/tasks", tags=["tasks"])
rules = APIRouter(prefix="/queue-rules", tags=["tasks"])
documents = APIRouter(prefix="/documents/{id}/reviews", tags=["reviews"])

READ = needs(Permission.TASKS_READ)
MANAGE = needs(Permission.TASKS_MANAGE)
OWN = needs(Permission.TASKS_WORK, of="task")
ANY = needs(Permission.TASKS_MANAGE, of="task")


def _bodies(found: list[TaskRecord], caller: Caller) -> list[TaskBody]:
    return [task_body(record, holder(caller)) for record in found]


@tasks.get("", dependencies=[READ])
async def list_tasks(
    context: InContext,
    caller: InCaller,
    view: Annotated[TaskView, Query(description="mine, free (in one's languages), late, open or done")] = TaskView.OPEN,
    meeting: Annotated[str | None, Query(description="those of one meeting")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    order: Annotated[TaskOrder, Query(description="urgent first, or doubtful: where the machine is least sure")] = (
        TaskOrder.URGENT
    ),
) -> list[TaskBody]:
    """The most urgent first; what is done, the latest first."""
    look = partial(context.services.tasks.list, view, caller, sight(caller), meeting, limit, order)
    return _bodies(await context.threads.quick(look), caller)


@tasks.get("/{id}", dependencies=[needs(Permission.TASKS_READ, of="task")])
async def get_task(context: InContext, caller: InCaller, id: str) -> TaskBody:
    return task_body(await context.threads.quick(partial(context.services.tasks.get, id)), holder(caller))


@tasks.patch("/{id}", dependencies=[ANY])
async def change_task(context: InContext, caller: InCaller, expected: Expected, id: str, asked: TaskChange) -> TaskBody:
    given: dict[str, Any] = {name: getattr(asked, name) for name in asked.model_fields_set}
    given["version"] = agreed(asked.version, expected)
    change = partial(context.services.tasks.change, id, caller, **given)
    return task_body(await context.threads.quick(change), holder(caller))


@tasks.post("/{id}/claim", dependencies=[OWN])
async def claim(context: InContext, caller: InCaller, id: str) -> TaskBody:
    """Take it, or take it over once its time is up. 409 while somebody has it."""
    return task_body(await context.threads.quick(partial(context.services.tasks.claim, id, caller)), holder(caller))


@tasks.post("/{id}/hand-back", dependencies=[OWN])
async def hand_back(context: InContext, caller: InCaller, id: str) -> TaskBody:
    """Let others take it; what was written stays."""
    call = partial(context.services.tasks.hand_back, id, caller)
    return task_body(await context.threads.quick(call), holder(caller))


@tasks.post("/{id}/complete", dependencies=[OWN])
async def complete(context: InContext, caller: InCaller, id: str) -> TaskBody:
    """Finish it. After a document's last task it is approved."""
    return task_body(await context.threads.quick(partial(context.services.tasks.complete, id, caller)), holder(caller))


@tasks.post("/{id}/assign", dependencies=[ANY])
async def assign(context: InContext, caller: InCaller, id: str, asked: AssignAsked) -> TaskBody:
    """Give it to somebody, whoever has it now."""
    call = partial(context.services.tasks.assign, id, asked.login, caller)
    return task_body(await context.threads.quick(call), holder(caller))


@tasks.post("/{id}/split", dependencies=[ANY])
async def split(context: InContext, caller: InCaller, id: str, asked: SplitAsked) -> list[TaskBody]:
    """Into parts of about equal weight. Whoever has it keeps the first."""
    return _bodies(await context.threads.quick(partial(context.services.tasks.split, id, asked.parts, caller)), caller)


@documents.get("", dependencies=[needs(Permission.TASKS_READ, of="document")])
async def list_reviews(context: InContext, caller: InCaller, id: str) -> list[ReviewBody]:
    """A document's languages that people work on or have approved."""
    found = await context.threads.quick(partial(context.services.reviews.of_document, id))
    return [review_body(record, holder(caller)) for record in found]


@documents.post("", status_code=201, dependencies=[needs(Permission.TASKS_MANAGE, of="document")])
async def send(context: InContext, caller: InCaller, id: str, asked: SendAsked) -> list[ReviewBody]:
    """Send it to people in these languages."""
    orders = checked_orders(OrdersBody.model_validate(asked.model_dump()).orders())
    made = []
    for code in dict.fromkeys(language(code, name="languages").code for code in asked.languages):
        call = partial(context.services.review_opening.send, id, code, orders, caller)
        made.append(review_body(await context.threads.quick(call), holder(caller)))
    return made


def _rule_body(rule: QueueRule) -> RuleBody:
    return RuleBody.model_validate(rule)


@rules.get("", dependencies=[MANAGE])
async def list_rules(context: InContext, caller: InCaller) -> list[RuleBody]:
    """In the order in which they are asked; the first that fits decides."""
    found = await context.threads.quick(partial(context.services.queue_rules.list, sight(caller)))
    return [_rule_body(rule) for rule in found]


@rules.post("", status_code=201, dependencies=[MANAGE])
async def add_rule(context: InContext, caller: InCaller, asked: RuleAsked) -> RuleBody:
    """At the end."""
    put = partial(context.services.queue_rules.put, asked.rule(), caller, sight(caller))
    return _rule_body(await context.threads.quick(put))


@rules.put("/order", dependencies=[MANAGE])
async def order_rules(context: InContext, caller: InCaller, asked: RuleOrder) -> list[RuleBody]:
    order = partial(context.services.queue_rules.order, asked.ids, caller, sight(caller))
    return [_rule_body(rule) for rule in await context.threads.quick(order)]


@rules.put("/{rule}", dependencies=[MANAGE])
async def change_rule(context: InContext, caller: InCaller, rule: str, asked: RuleAsked) -> RuleBody:
    put = partial(context.services.queue_rules.put, asked.rule(rule), caller, sight(caller))
    return _rule_body(await context.threads.quick(put))


@rules.delete("/{rule}", status_code=204, dependencies=[MANAGE])
async def delete_rule(context: InContext, caller: InCaller, rule: str) -> None:
    await context.threads.quick(partial(context.services.queue_rules.delete, rule, caller, sight(caller)))


for part in (tasks, rules, documents):
    router.include_router(part)
