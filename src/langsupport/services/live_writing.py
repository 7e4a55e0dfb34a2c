"""A channel's cues on their way into the log: kept until they are written, told again until they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from langsupport.domain.live import CueState, LiveCue

PENDING_LIMIT = 200
"""Cues that could not be written yet: no more is heard then."""
SETTLE_S = 5.0
"""How often the resume point is kept where nothing is said."""


class Publisher(Protocol):
    """What a session does with cues; see live_session."""

    def publish(self, cues: Sequence[LiveCue], settled: Mapping[str, int]) -> list[LiveCue]:
        """Raises LangsupportError: nothing was kept, it has to be said again."""
        ...

    def show(self, cue: LiveCue) -> None:
        """A cue of which only the tail is new."""
        ...


class CueWriter:
    """Not thread-safe. `on_taken_over` is called with the id of a cue that a person wrote meanwhile."""

    def __init__(self, key: str, publisher: Publisher, settled: int, on_taken_over: Callable[[str], None]) -> None:
        self.next_number = 1
        """Of the channel's next cue."""
        self._key = key
        self._publisher = publisher
        self._on_taken_over = on_taken_over
        self._pending: dict[str, LiveCue] = {}  # newest states that are not written yet: PENDING_LIMIT
        self._written: dict[str, LiveCue] = {}  # newest written states of open cues: one or two
        self._settled = settled
        self._settled_s = 0.0

    @property
    def empty(self) -> bool:
        return not self._pending

    @property
    def full(self) -> bool:
        return len(self._pending) >= PENDING_LIMIT

    def take(self, cues: Sequence[LiveCue]) -> None:
        """New states, in order. One of which only the tail is new is shown at once and not written."""
        for cue in cues:
            self.next_number = max(self.next_number, _number(cue.id) + 1)
            before = self._pending.get(cue.id) or self._written.get(cue.id)
            if (before is None and not cue.stable) or (before is not None and cue.revision <= before.revision):
                self._publisher.show(cue)
            else:
                self._pending[cue.id] = cue

    def write(self, settled: int, *, now: bool = False) -> None:
        """Write what is pending, with the channel's resume point. Raises LangsupportError: it stays pending."""
        at = time.monotonic()
        due = settled > self._settled and (now or at - self._settled_s >= SETTLE_S)
        if not self._pending and not due:
            return
        cues = list(self._pending.values())
        kept = {cue.id for cue in self._publisher.publish(cues, {self._key: settled})}
        self._pending.clear()
        self._settled, self._settled_s = max(settled, self._settled), at
        for cue in cues:
            before = self._written.pop(cue.id, None)
            if cue.id not in kept:
                self._on_taken_over(cue.id)
                self._rescue(before, cue)
            elif cue.state is CueState.OPEN:
                self._written[cue.id] = cue

    def _rescue(self, before: LiveCue | None, cue: LiveCue) -> None:
        """A person wrote the cue in the moment in which it grew: what it grew by goes into a cue of its own.

        What is off the record is not kept so either.
        """
        if before is None:
            return
        text, words = cue.stable[len(before.stable) :].strip(), cue.words[len(before.words) :]
        if text and words:
            begin = words[0].start_ms
            rest = replace(cue, id=f"{cue.id}b", start_ms=begin, stable=text, tail="", words=words, revision=1)
            self._publisher.publish([replace(rest, state=CueState.FINAL)], {})


def _number(cue_id: str) -> int:
    digits = cue_id.lstrip("abcdefghijklmnopqrstuvwxyz-")
    return int(digits) if digits.isdecimal() else 0
