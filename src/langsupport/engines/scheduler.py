"""Which work goes next: lanes, fair turns, batches of similar length. A plain object with no threads, clocks or models.

The driver in core.py calls it under a lock. A batch is all of one group (same model, same direction), since
that is what an engine takes at a time; it is cut by padded tokens (longest item times items), so that one step
has a bounded length whatever the text.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from langsupport.engines.protocols import Lane
from langsupport.errors import QueueFull

MODEL_STREAK = 4
"""Batches of one model in a row before another model of the same lane must get its turn."""

SMALL_BATCH = 8
"""Below so many items a batch also takes much shorter ones: a step costs about the same with them."""

SIMILAR = 0.5
"""In a bigger batch the shortest item has at least this share of the longest one's tokens."""


Urgency = tuple[int, float]
LEAST_URGENT: Urgency = (9, math.inf)


@dataclass(frozen=True, slots=True)
class Group:
    """What may share a batch. `kind` is the verb (translate, recognize, detect); a number in `alone` is given to
    one item that must not share (0: it may)."""

    kind: str
    model: str
    source: str = ""
    target: str = ""
    alone: int = 0


@dataclass(slots=True, eq=False)
class Work:
    """One item. `cost` is in source tokens; `payload` and `state` are the driver's and the engine's business.

    `urgency` counts in the live lane only, the smallest goes first: (class, deadline in seconds).
    """

    owner: Hashable
    lane: Lane
    group: Group
    cost: int
    payload: object
    state: object = None
    urgency: Urgency = LEAST_URGENT


@dataclass(frozen=True, slots=True)
class Budget:
    """The most a batch may hold: padded tokens and items."""

    tokens: int
    items: int


@dataclass(frozen=True, slots=True)
class Batch:
    lane: Lane
    group: Group
    works: tuple[Work, ...]

    @property
    def tokens(self) -> int:
        """Padded: longest times items."""
        return max(work.cost for work in self.works) * len(self.works)


Waiting = dict[Group, list[Work]]
"""One owner's work by group; each list runs from the longest item to the shortest and is never empty."""


@dataclass(slots=True)
class _LaneQueue:
    owners: OrderedDict[Hashable, Waiting] = field(default_factory=OrderedDict)
    size: int = 0


class Scheduler:
    """Lanes in strict order; in the live lane the most urgent goes first, in the others the owners take turns."""

    def __init__(self, limits: Mapping[Lane, int]) -> None:
        self._limits = dict(limits)
        self._lanes = {lane: _LaneQueue() for lane in Lane}
        self._model = ""
        self._streak = 0

    def submit(self, lane: Lane, works: Iterable[Work]) -> None:
        """Queue new work of one owner.

        An empty lane takes any amount from one owner (the caller holds those texts in memory anyway).

        Raises:
            QueueFull: the lane already holds work and would hold more than its limit. Nothing is queued then.
        """
        fresh = list(works)
        queue = self._lanes[lane]
        if queue.size and queue.size + len(fresh) > self._limits[lane]:
            raise QueueFull(lane=lane.name.lower(), limit=self._limits[lane])
        for work in fresh:
            self._insert(work)

    def put_back(self, works: Iterable[Work]) -> None:
        """Queue work that was admitted before: interrupted, or on to its next leg. Its owner goes first."""
        for work in works:
            self._insert(work)
            self._lanes[work.lane].owners.move_to_end(work.owner, last=False)

    def next_batch(self, budget: Callable[[Group, Lane], Budget]) -> Batch | None:
        """Take the next batch out of the queue; None when nothing waits."""
        for lane in Lane:
            queue = self._lanes[lane]
            if queue.size:
                owner, group = self._most_urgent(queue) if lane is Lane.LIVE else self._turn(queue)
                works = self._cut(queue, owner, group, budget(group, lane))
                queue.size -= len(works)
                self._streak = self._streak + 1 if group.model == self._model else 1
                self._model = group.model
                return Batch(lane, group, tuple(works))
        return None

    def urgent(self, lane: Lane) -> bool:
        """Whether work of a higher lane waits."""
        return any(self._lanes[higher].size for higher in Lane if higher < lane)

    def drop(self, owner: Hashable) -> int:
        """Forget what an owner still has waiting; how many items that was."""
        dropped = 0
        for queue in self._lanes.values():
            mine = sum(map(len, queue.owners.pop(owner, {}).values()))
            queue.size -= mine
            dropped += mine
        return dropped

    def waiting(self) -> dict[Lane, int]:
        return {lane: queue.size for lane, queue in self._lanes.items()}

    def owners(self) -> list[Hashable]:
        """Everyone who has work waiting."""
        return list(dict.fromkeys(owner for queue in self._lanes.values() for owner in queue.owners))

    def _insert(self, work: Work) -> None:
        queue = self._lanes[work.lane]
        groups = queue.owners.setdefault(work.owner, {})
        insort(groups.setdefault(work.group, []), work, key=lambda item: -item.cost)
        queue.size += 1

    def _turn(self, queue: _LaneQueue) -> tuple[Hashable, Group]:
        """The owner whose turn it is and the group to start with; the last model stays on for a short streak."""
        stay = self._streak < MODEL_STREAK
        for owner, groups in queue.owners.items():
            for group in groups:
                if (group.model == self._model) is stay:
                    return owner, group
        owner, groups = next(iter(queue.owners.items()))
        return owner, next(iter(groups))

    def _most_urgent(self, queue: _LaneQueue) -> tuple[Hashable, Group]:
        waiting = ((owner, group, works) for owner, groups in queue.owners.items() for group, works in groups.items())
        owner, group, _ = min(waiting, key=lambda item: min(work.urgency for work in item[2]))
        return owner, group

    def _cut(self, queue: _LaneQueue, first: Hashable, group: Group, budget: Budget) -> list[Work]:
        works: list[Work] = []
        others = [owner for owner, groups in queue.owners.items() if owner != first and group in groups]
        others.sort(key=lambda owner: min(work.urgency for work in queue.owners[owner][group]))
        for owner in [first, *others]:
            groups = queue.owners[owner]
            rest = _take(works, groups[group], budget)
            if rest:
                groups[group] = rest
            else:
                del groups[group]
            if groups:
                queue.owners.move_to_end(owner)
            else:
                del queue.owners[owner]
            if len(works) >= budget.items:
                break
        return works


def _take(works: list[Work], waiting: list[Work], budget: Budget) -> list[Work]:
    """Move what fits from `waiting` (longest first) into `works`; what stays."""
    stays: list[Work] = []
    for work in waiting:
        if _fits(works, work, budget):
            works.append(work)
        else:
            stays.append(work)
    return stays


def _fits(works: list[Work], work: Work, budget: Budget) -> bool:
    if not works:
        return True
    longest, count = works[0].cost, len(works)
    if count >= budget.items or work.cost > longest or longest * (count + 1) > budget.tokens:
        return False
    return count < SMALL_BATCH or work.cost >= longest * SIMILAR
