"""Budgets: what people's work on documents costs, by meeting and language, and what is left."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from langsupport.domain.budgets import Rate, price_of
from langsupport.domain.languages import LANGUAGES, language
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import TaskKind, TaskState
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services.account_records import Caller
from langsupport.services.audit import note
from langsupport.services.database import Database
from langsupport.services.document_rows import new_id
from langsupport.services.schema import budget_rates, documents, reviews, tasks
from langsupport.services.visibility import Sight, seen

MOST_RATES = 2_000
MOST_MICRO = 10**15
"""A thousand millions of the currency."""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One meeting (None: documents of none) in one target language. Money in millionths of the currency.

    `words` of post-editing, each once; `cost` of all tasks, `spent` of those that are done. `unpriced`: for some of
    the work no price was said. `amount`: what may be spent, where that was said for exactly this meeting and language.
    """

    meeting_id: str | None
    language: str
    words: int = 0
    weighted: float = 0.0
    done_weighted: float = 0.0
    cost: int = 0
    spent: int = 0
    unpriced: bool = False
    amount: int | None = None

    @property
    def over(self) -> bool:
        return self.amount is not None and self.cost > self.amount


@dataclass(frozen=True, slots=True)
class MeetingBudget:
    """All languages of a meeting, and what may be spent on it in all."""

    meeting_id: str | None
    lines: tuple[BudgetLine, ...]
    amount: int | None = None

    @property
    def cost(self) -> int:
        return sum(line.cost for line in self.lines)

    @property
    def spent(self) -> int:
        return sum(line.spent for line in self.lines)

    @property
    def over(self) -> bool:
        return self.amount is not None and self.cost > self.amount


class BudgetService:
    """All methods may be called from any thread. Raises our errors only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rates(self, of: Sight = None) -> builtins.list[Rate]:
        """Those that can be seen; the widest first."""
        query = sa.select(budget_rates).where(seen(budget_rates.c.meeting_id, of))
        with self._database.read() as connection:
            found = [_rate(row) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda rate: (rate.meeting_id or "", rate.language or ""))

    def put(self, rate: Rate, by: Caller) -> Rate:
        """Say what holds for a meeting and a language; takes the place of what was said for exactly these.

        The caller has looked whether the meeting may be seen. Raises UnsupportedLanguage, InvalidRequest (negative,
        too much, too many, or nothing said).
        """
        kept = replace(rate, language=language(rate.language, name="language").code if rate.language else None)
        given = [value for value in (kept.post_edit, kept.revise, kept.amount) if value is not None]
        if not given:
            raise InvalidRequest(detail="Say a price, or what may be spent.")
        if any(not 0 <= value <= MOST_MICRO for value in given):
            raise InvalidRequest(detail="Prices and amounts go from 0 to a thousand millions.")
        with self._database.write() as connection:
            same = sa.and_(
                budget_rates.c.meeting_id.is_not_distinct_from(kept.meeting_id),
                budget_rates.c.language.is_not_distinct_from(kept.language),
            )
            connection.execute(sa.delete(budget_rates).where(same))
            if (connection.scalar(sa.select(sa.func.count()).select_from(budget_rates)) or 0) >= MOST_RATES:
                raise InvalidRequest(detail=f"There are {MOST_RATES:,} rates already.")
            made = replace(kept, id=new_id())
            row = {"id": made.id, "meeting_id": made.meeting_id, "language": made.language}
            money = {"post_edit": made.post_edit, "revise": made.revise, "amount": made.amount}
            connection.execute(sa.insert(budget_rates).values({**row, **money}))
            note(connection, "budget", by, f"meeting {made.meeting_id or '-'}", language=made.language)
        return made

    def delete(self, id: str, by: Caller, of: Sight = None) -> None:
        """Raises NotFound."""
        mine = sa.and_(budget_rates.c.id == id, seen(budget_rates.c.meeting_id, of))
        with self._database.write() as connection:
            if not connection.execute(sa.delete(budget_rates).where(mine)).rowcount:
                raise NotFound(what="rate", id=id)
            note(connection, "budget", by, f"rate {id}", act="delete")

    def report(self, of: Sight = None) -> builtins.list[MeetingBudget]:
        """Every meeting with work for people, the newest first; what belongs to none comes last."""
        rates = self.rates(of)
        lines: dict[tuple[str | None, str], BudgetLine] = {}
        for meeting_id, code, kind, state, words, weighted in self._work(of):
            line = lines.get((meeting_id, code)) or BudgetLine(meeting_id, code)
            lines[meeting_id, code] = _with(line, rates, kind, state, words, weighted)
        return [_meeting(id, lines, rates) for id in sorted({id for id, _ in lines}, key=lambda id: id or "")[::-1]]

    def _work(self, of: Sight) -> builtins.list[tuple[str | None, str, TaskKind, TaskState, int, float]]:
        table = tasks.c
        columns = (documents.c.meeting_id, reviews.c.language, table.kind, table.state)
        query = (
            sa.select(*columns, sa.func.sum(table.words), sa.func.sum(table.weighted))
            .join(reviews, reviews.c.id == table.review_id)
            .join(documents, documents.c.id == reviews.c.document_id)
            .where(
                table.state != TaskState.CANCELLED,
                reviews.c.state != ReviewState.CANCELLED,
                seen(documents.c.meeting_id, of),
            )
            .group_by(*columns)
        )
        with self._database.read() as connection:
            return [
                (meeting_id, code, TaskKind(kind), TaskState(state), int(words), float(weighted))
                for meeting_id, code, kind, state, words, weighted in connection.execute(query)
            ]


def _with(
    line: BudgetLine, rates: Iterable[Rate], kind: TaskKind, state: TaskState, words: int, weighted: float
) -> BudgetLine:
    price = price_of(rates, line.meeting_id, line.language, kind)
    cost, done = round(weighted * (price or 0)), state is TaskState.DONE
    line = replace(
        line,
        cost=line.cost + cost,
        spent=line.spent + (cost if done else 0),
        unpriced=line.unpriced or price is None,
    )
    if kind is TaskKind.REVISE:
        return line
    return replace(
        line,
        words=line.words + words,
        weighted=line.weighted + weighted,
        done_weighted=line.done_weighted + (weighted if done else 0.0),
    )


def _meeting(
    id: str | None, lines: dict[tuple[str | None, str], BudgetLine], rates: builtins.list[Rate]
) -> MeetingBudget:
    amounts = {rate.language: rate.amount for rate in rates if rate.meeting_id == id}
    mine = [lines[id, code] for code in LANGUAGES if (id, code) in lines]
    return MeetingBudget(
        id, tuple(replace(line, amount=amounts.get(line.language)) for line in mine), amounts.get(None)
    )


def _rate(row: sa.RowMapping) -> Rate:
    return Rate(row["id"], row["meeting_id"], row["language"], row["post_edit"], row["revise"], row["amount"])


__all__ = ["BudgetLine", "BudgetService", "MeetingBudget"]
