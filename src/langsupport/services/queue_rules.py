"""The rules of the queue: kept in an order, the first that fits decides."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from langsupport.domain.languages import language
from langsupport.domain.tasks import Conditions, Orders, Priority, QueueRule, RenditionFacts, rule_for
from langsupport.errors import Conflict, InvalidRequest, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.database import Database, now_ms
from langsupport.services.document_rows import new_id
from langsupport.services.meetings import meeting_row
from langsupport.services.schema import queue_rules
from langsupport.services.session_input import line
from langsupport.services.visibility import Sight, seen

MOST_RULES = 200
MOST_PARTS = 50
MOST_HOURS = 24 * 366
INSTRUCTION_CHARS = 4_000
_NAME_CHARS = 200


class QueueRules:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, of: Sight = None) -> builtins.list[QueueRule]:
        """In order, those for meetings that `of` sees."""
        query = sa.select(queue_rules).where(seen(queue_rules.c.meeting_id, of))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(queue_rules.c.position, queue_rules.c.id)).mappings()
            return [_rule(row) for row in rows]

    def rule_for(self, facts: RenditionFacts) -> QueueRule | None:
        return rule_for(self.list(), facts)

    def put(self, rule: QueueRule, by: Caller, of: Sight = None) -> QueueRule:
        """Add a rule at the end (its `id` is ""), or change one. Raises InvalidRequest, UnsupportedLanguage, NotFound,
        Conflict (too many)."""
        checked = replace(
            rule,
            name=line(rule.name, "name", _NAME_CHARS, required=True),
            conditions=_checked_conditions(rule.conditions),
            orders=checked_orders(rule.orders),
        )
        values: dict[str, Any] = {
            "name": checked.name,
            "enabled": checked.enabled,
            "meeting_id": checked.conditions.meeting_id,
            "conditions": asdict(checked.conditions),
            "orders": {**asdict(checked.orders), "priority": int(checked.orders.priority)},
        }
        with self._database.write() as connection:
            if checked.conditions.meeting_id is not None:
                meeting_row(connection, checked.conditions.meeting_id, of)
            if rule.id:
                _own(connection, rule.id, of)
                connection.execute(sa.update(queue_rules).where(queue_rules.c.id == rule.id).values(values))
            else:
                count = connection.scalar(sa.select(sa.func.count()).select_from(queue_rules)) or 0
                if count >= MOST_RULES:
                    raise Conflict(detail=f"There are {MOST_RULES} rules already. Delete one first.")
                last = connection.scalar(sa.select(sa.func.max(queue_rules.c.position))) or 0
                checked = replace(checked, id=new_id())
                values |= {"id": checked.id, "position": last + 1, "created_by": by.name, "created_ms": now_ms()}
                connection.execute(sa.insert(queue_rules).values(values))
            note(connection, "queue-rule", by, checked.name)
        return checked

    def delete(self, id: str, by: Caller, of: Sight = None) -> None:
        """Raises NotFound."""
        with self._database.write() as connection:
            row = _own(connection, id, of)
            connection.execute(sa.delete(queue_rules).where(queue_rules.c.id == id))
            note(connection, "queue-rule-deleted", by, row["name"])

    def order(self, ids: Sequence[str], by: Caller, of: Sight = None) -> builtins.list[QueueRule]:
        """Put the rules into this order; those that aren't named come after them. Raises NotFound."""
        with self._database.write() as connection:
            for id in ids:
                _own(connection, id, of)
            rest = connection.scalars(
                sa.select(queue_rules.c.id).order_by(queue_rules.c.position, queue_rules.c.id)
            ).all()
            for position, id in enumerate(dict.fromkeys((*ids, *rest)), 1):
                connection.execute(sa.update(queue_rules).where(queue_rules.c.id == id).values(position=position))
            note(connection, "queue-rule", by, "order")
        return self.list(of)


def _own(connection: sa.Connection, id: str, of: Sight) -> sa.RowMapping:
    query = sa.select(queue_rules).where(queue_rules.c.id == id, seen(queue_rules.c.meeting_id, of))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(what="rule", id=id)
    return row


def _rule(row: sa.RowMapping) -> QueueRule:
    conditions: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["conditions"].items()
    }
    return QueueRule(row["id"], row["name"], row["enabled"], Conditions(**conditions), _orders(row["orders"]))


def _orders(value: Mapping[str, Any]) -> Orders:
    return Orders(**{**value, "priority": Priority(value["priority"])})


def _checked_conditions(given: Conditions) -> Conditions:
    formats = tuple(dict.fromkeys(name.strip().lower().removeprefix(".") for name in given.formats))
    for least in (given.least_words, given.most_words, given.least_errors, given.least_warnings):
        if least is not None and least < 0:
            raise InvalidRequest(detail="A number of words or findings can't be below 0.")
    return replace(
        given,
        formats=tuple(line(name, "kind of file", 16, required=True) for name in formats),
        sources=tuple(dict.fromkeys(language(code, name="sources").code for code in given.sources)),
        targets=tuple(dict.fromkeys(language(code, name="targets").code for code in given.targets)),
    )


def checked_orders(given: Orders) -> Orders:
    """Raises InvalidRequest."""
    if not 1 <= given.parts <= MOST_PARTS:
        raise InvalidRequest(detail=f"The parts of a document can be 1 to {MOST_PARTS}.")
    if given.deadline_hours is not None and not 1 <= given.deadline_hours <= MOST_HOURS:
        raise InvalidRequest(detail=f"A deadline can be 1 to {MOST_HOURS:,} hours away.")
    return replace(given, instructions=instructions(given.instructions))


def instructions(text: str) -> str:
    """Raises InvalidRequest: too long."""
    return line(text, "instructions", INSTRUCTION_CHARS)


__all__ = ["MOST_PARTS", "QueueRules", "checked_orders", "instructions"]
