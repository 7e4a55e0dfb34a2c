"""Cues as machines make them, for tests of what keeps them."""

from __future__ import annotations

from typing import Any

from langsupport.domain.live import CueOrigin, CueState, LiveCue


def heard(number: int, text: str, revision: int = 1, *, final: bool = False, **others: Any) -> LiveCue:
    """A floor cue: number n is said from n to n + 1 seconds."""
    given: dict[str, Any] = {"start_ms": number * 1000, "end_ms": number * 1000 + 1000, "language": "en"} | others
    state = CueState.FINAL if final else CueState.OPEN
    return LiveCue(f"c{number}", "floor", "floor", stable=text, state=state, revision=revision, **given)


def translated(source: LiveCue, track: str, text: str, revision: int = 1, *, final: bool = False) -> LiveCue:
    return LiveCue(
        source.id,
        track,
        source.channel,
        track,
        source.start_ms,
        source.end_ms,
        text,
        state=CueState.FINAL if final else CueState.OPEN,
        revision=revision,
        origin=CueOrigin.TRANSLATED,
        source=source.reference,
    )
