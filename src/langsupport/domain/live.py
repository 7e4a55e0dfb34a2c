"""Live captions: sessions, channels, tracks and the cues that grow on them. Times are ms on the session's clock.

A *channel* is a sound that comes in: the floor, or an interpreter's voice in one of the six languages. A *track* is
what viewers read: the floor as it is spoken, or one of the six languages, which is heard on its interpreter's channel
where that is its source, and else copied or translated from the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Word
from langsupport.errors import Conflict

FLOOR = "floor"
TRACKS: tuple[str, ...] = (FLOOR, *LANGUAGES)
"""Keys of tracks and of channels alike."""


class SessionState(StrEnum):
    PLANNED = "planned"
    LIVE = "live"
    PAUSED = "paused"  # the clock runs on, sound is not taken
    ENDED = "ended"


SESSION_MOVES: dict[SessionState, frozenset[SessionState]] = {
    SessionState.PLANNED: frozenset({SessionState.LIVE}),
    SessionState.LIVE: frozenset({SessionState.PAUSED, SessionState.ENDED}),
    SessionState.PAUSED: frozenset({SessionState.LIVE, SessionState.ENDED}),
    SessionState.ENDED: frozenset(),
}


class CueState(StrEnum):
    OPEN = "open"  # grows by machine
    FINAL = "final"  # complete; no machine changes it any more
    CORRECTED = "corrected"  # a person wrote it; only persons change it
    RETRACTED = "retracted"  # taken back or off the record: its text is gone


CUE_MOVES: dict[CueState, frozenset[CueState]] = {
    CueState.OPEN: frozenset({CueState.FINAL, CueState.CORRECTED, CueState.RETRACTED}),
    CueState.FINAL: frozenset({CueState.CORRECTED, CueState.RETRACTED}),
    CueState.CORRECTED: frozenset({CueState.RETRACTED}),
    CueState.RETRACTED: frozenset(),
}
"""Staying is no move; a machine translation that is final follows a correction of its source by a new revision."""


class CueOrigin(StrEnum):
    """How a cue's text arose."""

    HEARD = "heard"  # recognized on a channel
    TRANSLATED = "translated"  # by machine, from `source`
    HUMAN = "human"  # written by a person


@dataclass(frozen=True, slots=True)
class LiveCue:
    """One caption of a track: a sentence or a stretch of one, at most some 200 characters.

    `id` is stable over revisions and the same in all tracks that come from one channel. `stable` never changes by
    machine but by growing at its end while the cue is open; `tail` is what may still change, and is never kept.
    `words` (heard cues only) have the times of `stable`. `source` names what it was made from: `c77@floor#9`.
    """

    id: str
    track: str
    channel: str
    language: str
    start_ms: int
    end_ms: int
    stable: str
    tail: str = ""
    state: CueState = CueState.OPEN
    revision: int = 1
    origin: CueOrigin = CueOrigin.HEARD
    source: str | None = None
    words: tuple[Word, ...] = field(default=())

    @property
    def reference(self) -> str:
        """How other cues name this one: `c77@floor#9`."""
        return f"{self.id}@{self.track}#{self.revision}"


class MarkKind(StrEnum):
    SPEAKER = "speaker"
    ITEM = "item"  # an agenda item
    NOTE = "note"
    OFF_RECORD = "off-record"  # a stretch that was deleted: `at_ms` to `end_ms`


@dataclass(frozen=True, slots=True)
class Mark:
    """Holds from `at_ms` until the next of its kind (an off-record mark: until `end_ms`, None while it lasts)."""

    id: str
    kind: MarkKind
    at_ms: int
    text: str = ""
    end_ms: int | None = None


class Role(StrEnum):
    """What a person may do in a session. Each role may do what those after it may, but for speaking into a channel."""

    OPERATOR = "operator"  # start, pause, off the record, languages, links
    CAPTIONER = "captioner"  # correct and retract cues, set marks, change the glossary
    VIEWER = "viewer"
    SOURCE = "source"  # send sound into a channel, and nothing else


ALLOWS: dict[Role, frozenset[Role]] = {
    Role.OPERATOR: frozenset(Role),
    Role.CAPTIONER: frozenset({Role.CAPTIONER, Role.VIEWER}),
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.SOURCE: frozenset({Role.SOURCE}),
}


def check_move(before: LiveCue | None, after: LiveCue) -> None:
    """A cue's state stays, or goes where CUE_MOVES lets it.

    Raises:
        Conflict: it would go back, as from final to open.
    """
    if before is not None and after.state is not before.state and after.state not in CUE_MOVES[before.state]:
        raise Conflict(detail=f"Cue {before.id} of {before.track} is {before.state} and can't be {after.state} again.")


def check_machine_change(before: LiveCue | None, after: LiveCue) -> None:
    """A change that a machine makes to a cue on the track where it was heard keeps the promises.

    Raises:
        Conflict: it would shorten or rewrite stable text, touch a finished cue, or go back in revision.
    """
    if before is None:
        return
    if before.state is not CueState.OPEN:
        raise Conflict(detail=f"Cue {before.id} of {before.track} is {before.state} and only a person may change it.")
    if not after.stable.startswith(before.stable) or after.revision <= before.revision:
        raise Conflict(detail=f"Cue {before.id} of {before.track} may only grow.")
