"""The stretches of a session that are off the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langsupport.domain.live import LiveCue, Mark, MarkKind

WORD_EDGE_MS = 300
"""A word that reaches no further than this into a stretch was said beside it: times are that coarse."""
CUE_EDGE_MS = 1_000
"""A cue that begins so shortly before the end of a stretch and goes on after it was said after it: the sound of the
stretch itself never reached the recognizer."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """`id` is the mark's."""

    id: str
    start_ms: int
    end_ms: int

    def covers(self, start_ms: int, end_ms: int) -> bool:
        """Whether a word that is said then was said in the stretch."""
        if end_ms <= start_ms:
            return self.start_ms <= start_ms < self.end_ms
        common = min(end_ms, self.end_ms) - max(start_ms, self.start_ms)
        return common > min(WORD_EDGE_MS, (end_ms - start_ms) // 2)

    def precedes(self, cue: LiveCue) -> bool:
        """Whether a cue was said right after the stretch, even if it seems to begin within."""
        return cue.start_ms >= max(self.start_ms, self.end_ms - CUE_EDGE_MS) and cue.end_ms > self.end_ms


def stretches(marks: Sequence[Mark], clock_ms: int) -> list[Stretch]:
    """In time order; those that overlap or touch are one. One that lasts goes on until `clock_ms`."""
    result: list[Stretch] = []
    for mark in sorted((mark for mark in marks if mark.kind is MarkKind.OFF_RECORD), key=lambda mark: mark.at_ms):
        end_ms = max(mark.at_ms, clock_ms) if mark.end_ms is None else mark.end_ms
        if result and mark.at_ms <= result[-1].end_ms:
            result[-1] = replace(result[-1], end_ms=max(result[-1].end_ms, end_ms))
        elif end_ms > mark.at_ms:
            result.append(Stretch(mark.id, mark.at_ms, end_ms))
    return result
