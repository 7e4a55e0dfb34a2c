"""Exit codes: one table from our errors to what a shell sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from langsupport import errors

OK = 0
UNEXPECTED = 1
USAGE = 2
REFUSED = 7
INTERRUPTED = 130
TERMINATED = 143


class Terminated(BaseException):
    """SIGTERM: everything that is open is closed on the way out, as with Ctrl-C."""


EXIT_CODES: Mapping[type[errors.LangsupportError], int] = {
    errors.LangsupportError: UNEXPECTED,
    errors.InputError: 3,
    errors.NotFound: 3,
    errors.Conflict: 3,
    errors.ModelError: 4,
    errors.CapacityError: 5,
    errors.ConfigurationError: 6,
    errors.AccessDenied: 6,
    errors.Cancelled: INTERRUPTED,
}
"""Error class to exit code; a class that isn't here has the code of its nearest ancestor."""

MEANINGS: Mapping[int, str] = {
    OK: "everything was done",
    UNEXPECTED: "something unexpected happened",
    USAGE: "the command line is wrong",
    3: "a file or an argument can't be used",
    4: "a model is missing or damaged",
    5: "not enough memory, disk or room in the queue",
    6: "a setting is wrong",
    REFUSED: "an adaptation was not better and was not taken",
    INTERRUPTED: "interrupted (Ctrl-C)",
    TERMINATED: "ended by a signal",
}


def exit_code(error: errors.LangsupportError) -> int:
    return next(EXIT_CODES[base] for base in type(error).__mro__ if base in EXIT_CODES)


def first_exit_code(failures: Iterable[errors.LangsupportError]) -> int:
    """The code of the first failure; OK when there is none."""
    return next(map(exit_code, failures), OK)


def table() -> str:
    """For --help and the documentation."""
    return "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items())
