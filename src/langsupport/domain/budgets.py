"""What people's work costs: prices of weighted words, and budgets for meetings and languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from langsupport.domain.tasks import TaskKind

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What holds for a meeting and a target language; None: for all of them.

    Prices are of one weighted word, `amount` is what may be spent; all in millionths of the currency. None: not said.
    """

    id: str
    meeting_id: str | None = None
    language: str | None = None
    post_edit: int | None = None
    revise: int | None = None
    amount: int | None = None

    def price(self, kind: TaskKind) -> int | None:
        return self.revise if kind is TaskKind.REVISE else self.post_edit


def price_of(rates: Iterable[Rate], meeting_id: str | None, language: str, kind: TaskKind) -> int | None:
    """The price that fits closest: meeting and language, the meeting, the language, everything. None: not said."""
    fitting = [
        rate
        for rate in rates
        if rate.meeting_id in (None, meeting_id) and rate.language in (None, language) and rate.price(kind) is not None
    ]
    closest = max(fitting, key=lambda rate: (rate.meeting_id is not None, rate.language is not None), default=None)
    return closest.price(kind) if closest is not None else None


def to_micro(amount: Decimal) -> int:
    return int((amount * MICRO).to_integral_value())


def from_micro(amount: int) -> Decimal:
    return Decimal(amount) / MICRO


__all__ = ["MICRO", "Rate", "from_micro", "price_of", "to_micro"]
