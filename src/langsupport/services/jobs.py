"""Durable work behind one small port, so that another engine could take the place of the one in dbos_jobs.py.

A job is a function that runs steps. A finished step is not run again after a crash, but a step that was under way
is: steps are idempotent. Arguments are references (ids, codes, counts), never texts: they are kept in the database.
A job decides only by its arguments and by what its steps gave, never by the clock or by reading on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

import sqlalchemy as sa

Reference = str | int | None
T = TypeVar("T", bound="bool | int | str | None")


class JobState(StrEnum):
    """What became of a job, as far as a service needs to know."""

    ALIVE = "alive"  # waits or runs, here or on another worker, or will after recovery
    ENDED = "ended"
    LOST = "lost"  # unknown, cancelled, or of another version of the program: nobody will run it
    POISONED = "poisoned"  # the worker died with it too often; it is not tried again


class Interrupted(BaseException):
    """This process is closing; the step is not recorded and runs again at the next start.

    Not an Exception, so that no handler on the way takes it for a failure of the work.
    """


class Steps(Protocol):
    """Given to a job while it runs."""

    def run(
        self, name: str, function: Callable[..., T], *arguments: Reference, on_error: Callable[[Exception], T]
    ) -> T:
        """Run a step, or give what it gave before. `on_error` records a failure; its result is the step's.

        Passing lack of capacity (a full queue, short memory) is waited out before `on_error` is asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class JobKind:
    """`run(steps, *arguments)`. `workers`: how many of this kind go on at once in one process."""

    name: str
    run: Callable[..., None]
    workers: int


class Jobs(Protocol):
    """The port. Kinds are registered before `launch`; submitting works without launching (another process works)."""

    def register(self, kind: JobKind) -> None: ...

    def submit(self, connection: sa.Connection, kind: str, key: str, *arguments: Reference) -> None:
        """Queue a job in the caller's transaction. The same key again changes nothing."""
        ...

    def cancel(self, keys: Sequence[str]) -> None:
        """No further step is started. Unknown keys are passed over."""
        ...

    def states(self, keys: Sequence[str]) -> dict[str, JobState]: ...

    def purge(self, older_than_ms: int) -> int:
        """Forget jobs that ended before this time (milliseconds since 1970). Gives their number."""
        ...

    def launch(self) -> None:
        """Start working, with what was left unfinished first. Raises Conflict where another process must not join."""
        ...

    def stop(self) -> None:
        """Start no further step; what fails from now on is not recorded as a failure. Idempotent."""
        ...

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Stop, wait so long for the steps under way, and give everything back. Idempotent."""
        ...
