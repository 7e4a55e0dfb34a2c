"""What a viewer of one track has before their eyes, put together from cues as they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.scoring import Piece
from langsupport.domain.live import LiveCue


@dataclass(slots=True)
class _Line:
    language: str = ""
    start_ms: int = 0
    end_ms: int = 0
    stable: str = ""
    tail: str = ""


@dataclass(slots=True)
class Board:
    """Takes LiveCues or the wire's `cue` and `tail` messages. Lines stand in the order in which they came.

    `pieces` are what was committed, when: as long as the meeting, so for benchmarks only.
    """

    pieces: list[Piece] = field(default_factory=list)
    rewritten: int = 0
    """Times that stable text did anything but grow while no person touched it: must stay 0."""
    _lines: dict[str, _Line] = field(default_factory=dict)

    def take(self, cue: LiveCue, wall_ms: float) -> None:
        line = self._line(cue.id, cue.language, cue.start_ms, cue.end_ms)
        self._commit(line, cue.stable, str(cue.state), wall_ms)
        line.tail = cue.tail

    def message(self, message: Mapping[str, Any], wall_ms: float) -> None:
        """Other messages of the wire are passed over; a snapshot is its cues."""
        if message["type"] == "snapshot":
            for cue in message["cues"]:
                self.message({"type": "cue", **cue}, wall_ms)
        elif message["type"] in ("cue", "tail"):
            line = self._line(message["id"], message["lang"], message["t0_ms"], message["t1_ms"])
            if message["type"] == "tail":
                line.tail = message["tail"]
            else:
                self._commit(line, message["stable"], message["state"], wall_ms)
                line.tail = ""

    @property
    def stable(self) -> str:
        return " ".join(line.stable.strip() for line in self._lines.values() if line.stable.strip())

    @property
    def tail(self) -> str:
        return " ".join(line.tail for line in self._lines.values() if line.tail)

    def _line(self, key: str, language: str, start_ms: int, end_ms: int) -> _Line:
        line = self._lines.setdefault(key, _Line())
        line.language, line.start_ms, line.end_ms = language, start_ms, end_ms
        return line

    def _commit(self, line: _Line, stable: str, state: str, wall_ms: float) -> None:
        grown = stable.startswith(line.stable)
        self.rewritten += not grown and state in ("open", "final")
        more = stable[len(line.stable) :] if grown else ""
        if more.strip():
            self.pieces.append(Piece(line.language, line.start_ms, line.end_ms, more, wall_ms))
        line.stable = stable
