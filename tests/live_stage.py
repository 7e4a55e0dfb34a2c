"""Live sessions over a real database and a real spool, heard by a core that finds words in the sound itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from langsupport.captioning.frames import pack
from langsupport.domain.live import LiveCue
from langsupport.errors import CapacityError
from langsupport.services.assembly import Services, build_services
from langsupport.services.live_runner import Feed
from langsupport.services.live_status import FeedFormat
from langsupport.services.settings import LiveSettings, Settings
from live_inference import LiveInference

PATIENCE_S = 30.0
BY = "the tests"


def until(wanted: Callable[[], Any], what: str = "it") -> Any:
    """What `wanted` gives, as soon as it is true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = wanted()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen; at last: {wanted()!r}")


@dataclass
class Stage:
    """A service with live sessions, and a core of tones."""

    root: Path
    inference: LiveInference = field(default_factory=LiveInference)
    live: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        settings = Settings(
            data_dir=self.root / "data",
            models_dir=self.root / "models",
            min_free_bytes=0,
            live=LiveSettings(**self.live),
        )
        self.services: Services = build_services(settings, self.inference)  # type: ignore[arg-type]

    def reopen(self) -> None:
        """As after a stop of the service."""
        self.services.close()
        self.inference = LiveInference()
        self.open()

    def session(self, **given: Any) -> str:
        """One that is live; English on the floor unless told otherwise."""
        given = {"languages": (), "channels": (("floor", "en"),), "by": BY} | given
        made = self.services.sessions.create("Study Group", **given)
        self.services.sessions.start(made.id, BY)
        return made.id

    def client(self, id: str, channel: str = "floor", **format: Any) -> Client:
        return Client(self, id, channel, FeedFormat(**({"rate": 16_000, "framed": True} | format)))

    def cues(self, id: str, track: str = "floor") -> list[LiveCue]:
        return [cue for _, cue in self.services.sessions.cues(id, track, limit=1000)]

    def words(self, id: str, track: str = "floor") -> list[int]:
        """The numbers of the words that stand in a track, in order of time."""
        text = " ".join(cue.stable for cue in self.cues(id, track))
        return [int(word.rpartition("w")[2]) for word in text.split() if word[-1].isdecimal()]


class Client:
    """As the page that captures: frames of 100 ms, kept until they are acknowledged."""

    def __init__(self, stage: Stage, id: str, channel: str, format: FeedFormat) -> None:
        self.stage, self.id, self.channel, self.format = stage, id, channel, format
        self.seq, self.first = 0, 0
        self.kept: list[tuple[int, int, bytes]] = []
        self.feed: Feed
        self.connect()

    def connect(self) -> None:
        """Connect (again), and send again what was not acknowledged."""
        self.feed = self.stage.services.live.open_feed(self.id, self.channel, self.format)
        ready = self.feed.position().received
        for seq, first, data in self.kept:
            if first + len(data) // 2 > ready:
                self._send(seq, first, data)

    def send(self, samples: np.ndarray, speed: float = 0) -> None:
        """At so many times real time; 0: as fast as it goes."""
        data = (samples * 32767).astype("<i2").tobytes()
        step = self.format.rate // 10 * 2
        for at in range(0, len(data), step):
            part = data[at : at + step]
            self.kept.append((self.seq, self.first, part))
            self._send(self.seq, self.first, part)
            self.seq, self.first = self.seq + 1, self.first + len(part) // 2
            if speed:
                time.sleep(0.1 / speed)
        safe = self.feed.position().position
        self.kept = [one for one in self.kept if one[1] + len(one[2]) // 2 > safe]

    def skip(self, samples: int) -> None:
        """The recorder lost so much."""
        self.first += samples

    def _send(self, seq: int, first: int, data: bytes) -> None:
        message = pack(self.format.epoch, seq, first, data)
        while True:
            try:
                self.feed.message(message)
                return
            except CapacityError:
                time.sleep(0.05)
