"""A feeder and a viewer as docs/live.md wants them: they come back by themselves and lose nothing.

Each has a thread of its own. `drop()` breaks the connection as a bad network does: without a word.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

HEAD = struct.Struct("<IIQ")
RATE = 16_000
FRAME_SAMPLES = RATE // 10
KEPT_SECONDS = 30
"""What is not acknowledged is kept so long and sent again; then the oldest goes."""
RECENT = 1_000
"""Cues whose promises a viewer that does not keep them can still check."""
BACKOFF_SECONDS = (0.2, 1.0)
_GONE = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)


@dataclass(slots=True)
class _Frame:
    seq: int
    first: int
    data: bytes

    @property
    def end(self) -> int:
        return self.first + len(self.data) // 2


class Feeder:
    """Records from `source` (pieces of s16le) at real speed whatever the network does, and sends.

    The recorder never stops: frames that are too old to be kept are lost, and `lost` says which samples.
    """

    def __init__(self, address: str, session: str, source: Iterable[bytes], *, channel: str = "floor") -> None:
        self._url = f"ws://{address}/api/v1/sessions/{session}/channels/{channel}/audio"
        self._source = iter(source)
        self._frames: deque[_Frame] = deque()
        self._lock = threading.Condition()
        self._socket: ClientConnection | None = None
        self._next = 0
        self._stop = threading.Event()
        self._done = threading.Event()
        self.sent = bytearray()
        """Everything recorded, from the epoch's first sample."""
        self.began = 0.0  # time.monotonic() of the first sample
        self.position = 0  # acknowledged
        self.lost: list[tuple[int, int]] = []
        self.connections = 0
        self.drops = 0
        self.byes: list[str] = []
        self.error: str | None = None
        self._threads = [threading.Thread(target=self._record), threading.Thread(target=self._run)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop_recording(self) -> None:
        """No more sound; what is there is still sent."""
        self._stop.set()

    def wait_acknowledged(self, seconds: float) -> bool:
        """Until the server has everything. Ends the connection."""
        self._threads[0].join()
        until = time.monotonic() + seconds
        with self._lock:
            while self._frames and self.error is None and time.monotonic() < until:
                self._lock.wait(0.1)
            good = not self._frames
        self._done.set()
        self.drop(count=False)
        self._threads[1].join()
        return good

    def drop(self, *, count: bool = True) -> None:
        if (open_ := self._socket) is not None:
            self.drops += count
            with suppress(OSError):
                open_.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._stop.set()
        self._done.set()
        self.drop(count=False)

    def _record(self) -> None:
        self.began = time.monotonic()
        recorded, seq = 0, 0
        for data in self._source:
            due = self.began + (recorded + len(data) // 2) / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            if self._stop.is_set():
                break
            with self._lock:
                self._frames.append(_Frame(seq, recorded, data))
                self.sent += data
                while self._frames[-1].end - self._frames[0].first > KEPT_SECONDS * RATE:
                    old = self._frames.popleft()
                    self.lost.append((old.first, old.end))
                self._lock.notify_all()
            recorded, seq = recorded + len(data) // 2, seq + 1

    def _run(self) -> None:
        while not self._done.is_set() and self.error is None:
            try:
                with connect(self._url, open_timeout=10, close_timeout=1, compression=None, max_size=2**20) as line:
                    self._socket = line
                    self._talk(line)
            except _GONE:
                pass
            finally:
                self._socket = None
            self._done.wait(random.uniform(*BACKOFF_SECONDS))

    def _talk(self, line: ClientConnection) -> None:
        hello = {"type": "hello", "format": "pcm_s16le", "rate": RATE, "framed": True, "epoch": 1}
        line.send(json.dumps(hello))
        ready = json.loads(line.recv(timeout=20))
        if ready["type"] != "ready":
            return self._bye(ready)
        self.connections += 1
        self._acknowledge(ready["position"])
        with self._lock:
            self._next = self._frames[0].seq if self._frames else self._next
        listener = threading.Thread(target=self._listen, args=(line,))
        listener.start()
        try:
            while not self._done.is_set() and listener.is_alive():
                for frame in self._to_send():
                    line.send(HEAD.pack(1, frame.seq, frame.first) + frame.data)
        finally:
            with suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)
            listener.join()
        return None

    def _to_send(self) -> list[_Frame]:
        with self._lock:
            fresh = [frame for frame in self._frames if frame.seq >= self._next]
            if not fresh:
                self._lock.wait(0.2)
                return []
            self._next = fresh[-1].seq + 1
            return fresh

    def _listen(self, line: ClientConnection) -> None:
        with suppress(*_GONE):
            while True:
                said = json.loads(line.recv())
                if said["type"] == "ack":
                    self._acknowledge(said["position"])
                elif said["type"] == "bye":
                    self._bye(said)
                    return

    def _acknowledge(self, position: int) -> None:
        with self._lock:
            self.position = max(self.position, position)
            while self._frames and self._frames[0].end <= position:
                self._frames.popleft()
            self._lock.notify_all()

    def _bye(self, said: dict[str, Any]) -> None:
        self.byes.append(f"{said.get('code')}: {said.get('message')}")
        if said.get("retry") is False:
            self.error = self.byes[-1]


@dataclass(frozen=True, slots=True)
class Seen:
    """A committed state as a viewer got it."""

    wall: float  # time.monotonic()
    seq: int
    id: str
    revision: int
    stable: str
    state: str
    language: str
    start_ms: int
    end_ms: int


@dataclass(slots=True)
class Broken:
    """Promises that a viewer saw broken, counted."""

    order: int = 0  # a seq that was not later than the one before
    shrunk: int = 0  # stable text that did anything but grow
    back: int = 0  # a revision that went back
    examples: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        if len(self.examples) < 10:
            self.examples.append(what)


class Watcher:
    """Watches one track and comes back with the last `seq`. `keep` False: only counts, for long runs."""

    def __init__(self, address: str, session: str, track: str = "floor", *, keep: bool = True) -> None:
        self._url = f"ws://{address}/api/v1/sessions/{session}/captions"
        self._track = track
        self._keep = keep
        self._socket: ClientConnection | None = None
        self._done = threading.Event()
        self._last: dict[str, tuple[int, str]] = {}
        self.last_seq: int | None = None
        self.seen: list[Seen] = []
        self.tails = 0
        self.messages: list[tuple[float, dict[str, Any]]] = []
        """Cue and tail messages with time.monotonic(), where they are kept."""
        self.listener: Callable[[dict[str, Any]], None] | None = None
        """Told of each of them."""
        self.broken = Broken()
        self.connections = 0
        self.drops = 0
        self.byes: list[str] = []
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def drop(self, *, count: bool = True) -> None:
        if (open_ := self._socket) is not None:
            self.drops += count
            with suppress(OSError):
                open_.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._done.set()
        self.drop(count=False)
        self._thread.join()

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                with connect(self._url, open_timeout=10, close_timeout=1, compression=None) as line:
                    self._socket = line
                    self._watch(line)
            except _GONE:
                pass
            finally:
                self._socket = None
            self._done.wait(random.uniform(*BACKOFF_SECONDS))

    def _watch(self, line: ClientConnection) -> None:
        line.send(json.dumps({"type": "hello", "tracks": [self._track], "last_seq": self.last_seq, "tails": True}))
        self.connections += 1
        while True:
            said = json.loads(line.recv())
            if said["type"] == "ping":
                line.send('{"type": "pong"}')
            elif said["type"] == "snapshot":
                for cue in sorted(said["cues"], key=lambda cue: cue["seq"]):
                    self._cue(cue)
                self.last_seq = max(self.last_seq or 0, said["seq"])
            elif said["type"] == "cue":
                if self.last_seq is not None and said["seq"] <= self.last_seq:
                    self.broken.order += 1
                    self.broken.note(f"seq {said['seq']} after {self.last_seq}")
                self.last_seq = said["seq"]
                self._cue(said)
            elif said["type"] == "tail":
                self.tails += 1
                self._note(said)
            elif said["type"] == "bye":
                self.byes.append(f"{said['code']}: {said['message']}")
                return

    def _cue(self, cue: dict[str, Any]) -> None:
        revision, stable = self._last.get(cue["id"], (0, ""))
        if cue["state"] in ("open", "final"):
            if not cue["stable"].startswith(stable):
                self.broken.shrunk += 1
                self.broken.note(f"{cue['id']}: {stable!r} became {cue['stable']!r}")
            if cue["rev"] < revision:
                self.broken.back += 1
                self.broken.note(f"{cue['id']}: revision {revision} became {cue['rev']}")
        self._last[cue["id"]] = cue["rev"], cue["stable"]
        if not self._keep and len(self._last) > RECENT:
            del self._last[next(iter(self._last))]
        self._note({"type": "cue", **cue})
        if self._keep:
            times = cue["t0_ms"], cue["t1_ms"]
            now = time.monotonic()
            state = Seen(
                now, cue["seq"], cue["id"], cue["rev"], cue["stable"], cue["state"], cue["lang"], times[0], times[1]
            )
            self.seen.append(state)

    def _note(self, message: dict[str, Any]) -> None:
        if self._keep:
            self.messages.append((time.monotonic(), message))
        if self.listener is not None:
            self.listener(message)
