"""Tasks: pieces of work for people, what they count for, and the rules by which documents come to people.

A review is a document in one language that people work on. Its post-edit tasks cover its segments without gap or
overlap; a revise task, where a second person is wanted, covers all of them and waits for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from langsupport.domain.languages import LANGUAGES


class TaskKind(StrEnum):
    POST_EDIT = "post-edit"
    REVISE = "revise"


class TaskState(StrEnum):
    WAITING = "waiting"  # for other tasks of the review
    FREE = "free"
    TAKEN = "taken"
    DONE = "done"
    CANCELLED = "cancelled"


TASK_MOVES: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.WAITING: frozenset({TaskState.FREE, TaskState.TAKEN, TaskState.CANCELLED}),
    TaskState.FREE: frozenset({TaskState.TAKEN, TaskState.WAITING, TaskState.CANCELLED}),
    TaskState.TAKEN: frozenset({TaskState.FREE, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.DONE: frozenset({TaskState.TAKEN, TaskState.FREE, TaskState.CANCELLED}),
    TaskState.CANCELLED: frozenset(),
}
"""Allowed moves. A task that is done goes back to its person when a reviser sends a segment back."""

OPEN_STATES = (TaskState.WAITING, TaskState.FREE, TaskState.TAKEN)


class Priority(IntEnum):
    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """What somebody takes from a list, has for a time, and finishes by a deadline.

    `held_by`: the id of the person who has it, "" where accounts are off, None where nobody has it.
    """

    id: str
    state: TaskState
    priority: Priority
    version: int
    created_at: datetime
    instructions: str = ""
    held_by: str | None = None
    person: str = ""
    deadline: datetime | None = None
    expires_at: datetime | None = None
    done_at: datetime | None = None

    def late(self, now: datetime) -> bool:
        return self.deadline is not None and self.deadline < now and self.state in OPEN_STATES

    def expired(self, now: datetime) -> bool:
        return self.state is TaskState.TAKEN and self.expires_at is not None and self.expires_at < now

    def is_of(self, holder: str) -> bool:
        """Whether a person has it now."""
        return self.state is TaskState.TAKEN and self.held_by == holder


MATCH_WEIGHTS = ((100, 0.1), (95, 0.3), (85, 0.6), (75, 0.8), (0, 1.0))
"""(least score, weight) of a word: what agencies commonly pay for a match of the memory. Machine text counts whole."""
REPETITION_WEIGHT = 0.1
_HOUR_MS = 3_600_000


def count_words(text: str, language: str) -> int:
    """Words between spaces; letters and digits where the language writes no spaces."""
    if language in LANGUAGES and not LANGUAGES[language].word_spaces:
        return sum(map(str.isalnum, text))
    return len(text.split())


def word_weight(match: int | None, *, repeated: bool, copied: bool) -> float:
    """What a segment's words count for. `match`: the memory's score; `copied`: nothing in it is to be translated."""
    if copied:
        return 0.0
    weight = next((weight for least, weight in MATCH_WEIGHTS if match is not None and match >= least), 1.0)
    return min(weight, REPETITION_WEIGHT) if repeated else weight


def shares(weights: Sequence[float], parts: int) -> list[tuple[int, int]]:
    """Cut a row of segments into runs of about equal weight: [(first, last)], counted from 0; at most `parts`."""
    count = max(1, min(parts, len(weights)))
    total, done, start = sum(weights), 0.0, 0
    found: list[tuple[int, int]] = []
    for index, weight in enumerate(weights):
        done += weight
        left = len(weights) - index - 1
        open_parts = count - len(found) - 1
        if open_parts and (left == open_parts or done >= total * (len(found) + 1) / count) and left >= open_parts:
            found.append((start, index))
            start = index + 1
    return [*found, (start, len(weights) - 1)]


@dataclass(frozen=True, slots=True)
class RenditionFacts:
    """What a rule looks at. `words` of the source; `errors` and `warnings`: findings of the rendition."""

    source: str
    target: str
    format: str
    words: int
    meeting_id: str | None = None
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """All must hold; what is empty or None holds always."""

    meeting_id: str | None = None
    formats: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    least_words: int | None = None
    most_words: int | None = None
    least_errors: int | None = None
    least_warnings: int | None = None

    def hold(self, facts: RenditionFacts) -> bool:
        return (
            self.meeting_id in (None, facts.meeting_id)
            and (not self.formats or facts.format in self.formats)
            and (not self.sources or facts.source in self.sources)
            and (not self.targets or facts.target in self.targets)
            and _within(facts.words, self.least_words, self.most_words)
            and _within(facts.errors, self.least_errors, None)
            and _within(facts.warnings, self.least_warnings, None)
        )


def _within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


@dataclass(frozen=True, slots=True)
class Orders:
    """What people are asked for. `parts`: among so many translators; `deadline_hours` from when it is sent."""

    second_person: bool = True
    priority: Priority = Priority.NORMAL
    deadline_hours: int | None = None
    instructions: str = ""
    parts: int = 1

    def deadline_ms(self, now_ms: int) -> int | None:
        """UTC, of what is sent now."""
        return now_ms + self.deadline_hours * _HOUR_MS if self.deadline_hours else None


@dataclass(frozen=True, slots=True)
class QueueRule:
    """The first rule that is enabled and whose conditions hold sends a rendition to people; without one none goes."""

    id: str
    name: str
    enabled: bool = True
    conditions: Conditions = field(default_factory=Conditions)
    orders: Orders = field(default_factory=Orders)


def rule_for(rules: Iterable[QueueRule], facts: RenditionFacts) -> QueueRule | None:
    return next((rule for rule in rules if rule.enabled and rule.conditions.hold(facts)), None)


__all__ = [
    "MATCH_WEIGHTS",
    "OPEN_STATES",
    "REPETITION_WEIGHT",
    "TASK_MOVES",
    "Conditions",
    "Orders",
    "Priority",
    "QueueRule",
    "RenditionFacts",
    "TaskKind",
    "TaskState",
    "count_words",
    "rule_for",
    "shares",
    "word_weight",
]
