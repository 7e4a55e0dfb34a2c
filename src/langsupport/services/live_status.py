"""What the live runner takes and tells: feeds' formats and acknowledgements, and pictures of how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from langsupport.errors import InvalidRequest

PCM_FORMATS = ("pcm_s16le", "pcm_f32le")
CONTAINER_FORMATS = ("webm", "mp4", "ogg")
RATES = range(8_000, 192_001)


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """What a client says in its hello: see docs/live.md.

    `epoch` counts for framed feeds only; a feed without frames is an epoch of its own.
    """

    format: str = "pcm_s16le"
    rate: int = 16_000  # Hz; means nothing for containers
    framed: bool = False
    epoch: int = 1

    def __post_init__(self) -> None:
        """Raises InvalidRequest: names what is allowed."""
        if self.format not in PCM_FORMATS + CONTAINER_FORMATS:
            allowed = ", ".join(PCM_FORMATS + CONTAINER_FORMATS)
            raise InvalidRequest(detail=f"“{self.format}” is no format for a feed; allowed are {allowed}.")
        if not self.container and self.rate not in RATES:
            detail = f"A rate of {self.rate} samples per second is not possible; 8000 to 192000 are."
            raise InvalidRequest(detail=detail)
        if not 0 <= self.epoch < 2**32:
            raise InvalidRequest(detail=f"An epoch is a number from 0 to {2**32 - 1}, not {self.epoch}.")

    @property
    def container(self) -> bool:
        return self.format in CONTAINER_FORMATS


@dataclass(frozen=True, slots=True)
class Ack:
    """`position`: how much of the epoch (samples at the client's rate; bytes for containers) is safe on the disk.

    `received` is how far it was taken at all: from where a client that comes back has to send. `seq` is -1 before
    the first frame.
    """

    epoch: int
    seq: int
    position: int
    received: int


class SpoolState(StrEnum):
    OK = "ok"
    FULL = "spool-full"  # the disk is full: captions go on from memory, nothing more is acknowledged
    OFF = "off"  # paused or off the record: sound is not kept


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong and how long ago it was last seen; `code` as in the error tree."""

    code: str
    message: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """`lag_ms`: how far the newest hearing is behind the sound that has come; `backlog_ms`: sound not looked at yet."""

    key: str
    connected: bool = False  # a feed or a pull is giving sound
    source: str | None = None  # "feed", or the URL that is pulled
    heard: bool = True  # False: sound is kept but not captioned (its track is translated by machine)
    level_dbfs: float = -120.0
    speaking: bool = False
    position_ms: int = 0
    lag_ms: int = 0
    backlog_ms: int = 0
    cadence_ms: int = 1_000
    catching_up: bool = False
    spool: SpoolState = SpoolState.OK
    language: str | None = None  # now believed to be spoken
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class TrackStatus:
    """`lag_ms`: age of the oldest piece that waits for its translation. `served` False: no model for the direction."""

    track: str
    source: str = "machine"
    watchers: int = 0
    recorded: bool = True
    waiting: int = 0  # pieces
    lag_ms: int = 0
    served: bool = True
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """One session. `load` is the ladder's step: 0 is none, see live_load."""

    id: str
    active: bool = False  # runs in this process
    load: int = 0
    channels: Mapping[str, ChannelStatus] = field(default_factory=dict)
    tracks: Mapping[str, TrackStatus] = field(default_factory=dict)
