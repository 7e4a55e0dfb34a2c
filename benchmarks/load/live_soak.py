"""Three hours of captions, or one hour against a real server: does memory grow, does it get slower?

    python benchmarks/load/live_soak.py --kind plumbing          # 3 h of sound, no model: ring, log, database
    python benchmarks/load/live_soak.py --kind accelerated       # 3 h of speech through Whisper, as fast as it goes
    python benchmarks/load/live_soak.py --kind real              # one hour in real time: server, feeder, viewer
    python benchmarks/load/live_soak.py --kind plumbing --quick  # ten minutes of sound; real: two minutes

`plumbing` and `accelerated` run one channel on a virtual clock (computing takes the time that it takes, waiting none):
LiveChannel, the session's log in SQLite, and a viewer that takes every message. In `plumbing` a recognizer that needs
no time says one word every 400 ms and is silent for two seconds in fifteen. `real` is `langsupport serve` in a process
of its own, fed and watched through WebSockets as docs/live.md says.

Memory is the resident set of the process (for `real` the server's alone), sampled evenly; its slope is a straight line
fitted after the first sixth. Latency is from a word's end to its commitment (`real`: from a cue's end to its arrival);
the last quarter is held against the first. To pass: under 1 MB an hour and p95 within 10 %.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import meeting as meetings
from common.corpora import data_folder
from common.live_client import RATE, Feeder, Watcher
from common.live_server import Server
from common.meeting import repeated
from common.scoring import percentile
from common.signature import machine, model_hash, signature, versions
from langsupport.captioning.live_options import LiveOptions
from langsupport.domain.live import LiveCue
from langsupport.domain.speech import Utterance, Word
from langsupport.engines.core import InferenceCore
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Hearing, HearingRequest
from langsupport.engines.store import ModelStore
from langsupport.pipelines.live import LiveChannel
from langsupport.services.database import Database
from langsupport.services.sessions import SessionService

Samples = NDArray[np.float32]

FRAME_MS = 100
SAMPLES_OF_MEMORY = 180
"""Evenly over the run."""
MAX_SLOPE_MB = 1.0
MAX_SLOWER = 0.10
WORD_MS, PERIOD_MS, SPEECH_MS = 400, 15_000, 13_000


@dataclass(slots=True)
class Course:
    """Memory over time, and latencies by quarter. Its own size is set from the start."""

    seconds: float
    hours: array[float] = field(default_factory=lambda: array("d"))
    mib: array[float] = field(default_factory=lambda: array("d"))
    late: tuple[array[float], ...] = field(default_factory=lambda: tuple(array("f") for _ in range(4)))
    words: int = 0

    def memory(self, at_seconds: float, mib: float) -> None:
        if at_seconds >= len(self.mib) * self.seconds / SAMPLES_OF_MEMORY:
            self.hours.append(at_seconds / 3600)
            self.mib.append(mib)

    def word(self, at_seconds: float, late_ms: float) -> None:
        self.words += 1
        self.late[min(3, int(4 * at_seconds / self.seconds))].append(late_ms)

    def slope_mb(self) -> float:
        """MB an hour after the first sixth."""
        skip = len(self.mib) // 6
        if len(self.mib) - skip < 3:
            return math.nan
        return float(np.polyfit(self.hours[skip:], self.mib[skip:], 1)[0]) * 1.048576

    def p95(self, quarter: int) -> float:
        return percentile(list(self.late[quarter]), 95)

    def print(self) -> bool:
        first, last = self.p95(0), self.p95(3)
        skip = len(self.mib) // 6
        print("| hours | units | MiB after warm-up | MiB at the end | MB an hour | p95 s by quarter | last to first |")
        print("|---|---|---|---|---|---|---|")
        quarters = " ".join(f"{self.p95(number) / 1000:.2f}" for number in range(4))
        memory = f"{self.mib[skip]:.1f} | {self.mib[-1]:.1f} | {self.slope_mb():+.2f}"
        print(f"| {self.seconds / 3600:.2f} | {self.words} | {memory} | {quarters} | {last / first - 1:+.1%} |")
        return self.slope_mb() < MAX_SLOPE_MB and last <= first * (1 + MAX_SLOWER)


def own_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# On a virtual clock


class Instant:
    """In place of the inference core: one word every WORD_MS while it is said to be speech, at once."""

    def voice(self) -> InstantVoice:
        return InstantVoice()

    def hear(self, channel: LiveChannel, _final: bool, _deadline: float) -> Hearing | None:
        request = channel.request()
        return self._heard(request) if request else None

    def _heard(self, request: HearingRequest) -> Hearing:
        start, end = request.window.start_ms, request.window.start_ms + len(request.window.samples) * 1000 // RATE
        words = []
        for number in range(-(-start // WORD_MS), end // WORD_MS):
            if number * WORD_MS % PERIOD_MS < SPEECH_MS - WORD_MS:
                text = f" word{number % 997}" + ("." if number % 12 == 11 else "")
                words.append(Word(number * WORD_MS, (number + 1) * WORD_MS, text, 0.9))
        if not words:
            return Hearing((), "en")
        text = "".join(word.text for word in words).strip()
        spoken = Utterance(words[0].start_ms, words[-1].end_ms, text, "en", tuple(words), -0.2, 0.01, 1.2, len(words))
        return Hearing((spoken,), "en")

    def close(self) -> None:
        pass


class InstantVoice:
    def __init__(self) -> None:
        self._frames = 0

    def feed(self, samples: Samples) -> list[float]:
        count = -(-len(samples) // 512)
        first, self._frames = self._frames, self._frames + count
        return [0.9 if (first + i) * 32 % PERIOD_MS < SPEECH_MS else 0.02 for i in range(count)]


class Real:
    """The inference core with Whisper."""

    def __init__(self, models: Path, model: str) -> None:
        manifests = Path(__file__).resolve().parents[2] / "models"
        options = InferenceOptions(device="cpu", compute_type="int8", recognizers=(model,))
        self._core = InferenceCore(ModelStore(models, manifests), options)

    def voice(self) -> Any:
        return self._core.voice()

    def hear(self, channel: LiveChannel, final: bool, deadline: float) -> Hearing | None:
        ticket = self._core.listen(channel.request, language="en", final=final, deadline=deadline)
        return ticket.wait()[0]

    def close(self) -> None:
        self._core.close()


class Virtual:
    """One channel, one log, one viewer; the clock goes on by sound and by computing."""

    def __init__(self, folder: Path, ears: Instant | Real, seconds: float) -> None:
        self.course = Course(seconds)
        self._ears = ears
        self._database = Database.open(f"sqlite:///{folder / 'soak.sqlite'}")
        self._service = SessionService(self._database)
        record = self._service.create("Soak", channels=[("floor", "en")], languages=(), by="benchmark")
        self._id = record.id
        self._service.start(self._id, by="benchmark")
        self._channel = LiveChannel("floor", ears.voice(), LiveOptions(), language="en")
        self._viewer = self._service.watch(self._id, ("floor",), None, lambda: None)
        self._counted: tuple[str, int] = ("", 0)
        self._now_ms = 0.0
        self.messages = 0

    def run(self, sound: Iterator[Samples]) -> None:
        fed_ms = 0
        for samples in sound:
            fed_ms += FRAME_MS
            self._now_ms = max(self._now_ms, fed_ms)
            self._channel.feed(samples)
            if self._now_ms < fed_ms + FRAME_MS:  # the clock has not gone past this frame while computing
                self._hear()
            self.course.memory(fed_ms / 1000, own_mib())
        self._channel.finish()
        self._hear()

    def _hear(self) -> None:
        while (ask := self._channel.due()) is not None:
            began = time.perf_counter()
            hearing = self._ears.hear(self._channel, ask.final, time.monotonic() + ask.wait_ms / 1000)
            self._now_ms += (time.perf_counter() - began) * 1000
            self._keep(self._channel.take(hearing))

    def _keep(self, cues: list[LiveCue]) -> None:
        if not cues:
            return
        kept = self._service.append(self._id, cues, {"floor": self._channel.settled})
        for cue in cues:
            if cue.tail:
                self._service.tail(self._id, cue)
        for cue in kept:
            key, count = self._counted
            count = count if key == cue.id else 0
            for word in cue.words[count:]:
                self.course.word(self._now_ms / 1000, self._now_ms - word.end_ms)
            self._counted = cue.id, len(cue.words)
        while messages := self._viewer.take():
            self.messages += len(messages)

    def close(self) -> None:
        self._viewer.close()
        self._service.close()
        self._database.close()
        self._ears.close()


# In real time


def run_real(folder: Path, given: argparse.Namespace, meeting: meetings.Meeting, seconds: float) -> Course:
    server = Server(folder, Path(given.models), given.model)
    course = Course(seconds)
    server.start()
    session = server.new_session("Soak", meeting.language)
    watcher = Watcher(server.address, session, keep=False)
    feeder = Feeder(server.address, session, (meetings.pcm(piece) for piece in repeated(meeting, seconds)))
    feeder.sent = _Nowhere()
    origin_ms: list[float] = []
    ends: dict[str, tuple[int, str]] = {}  # of the few newest cues

    def note(message: dict[str, Any]) -> None:
        if message["type"] != "cue" or not message["stable"] or ends.get(message["id"]) == _end_of(message):
            return
        ends[message["id"]] = _end_of(message)
        if len(ends) > 50:
            del ends[next(iter(ends))]
        if origin_ms:
            said = feeder.began + (message["t1_ms"] - origin_ms[0]) / 1000
            course.word(time.monotonic() - feeder.began, (time.monotonic() - said) * 1000)

    watcher.listener = note
    watcher.start()
    feeder.start()
    try:
        while (at := time.monotonic() - (feeder.began or time.monotonic())) < seconds:
            course.memory(at, server.memory_mib())
            place = server.data / "live" / session / "floor.epoch"
            if not origin_ms and place.is_file():
                origin_ms.append(json.loads(place.read_text())["origin"] * 1000 / RATE)
            time.sleep(1)
        feeder.wait_acknowledged(60)
        print(f"connections: feeder {feeder.connections}, viewer {watcher.connections}; broken: {watcher.broken}")
    finally:
        feeder.close()
        watcher.close()
        server.stop()
    return course


def _end_of(message: dict[str, Any]) -> tuple[int, str]:
    return message["t1_ms"], message["stable"]


class _Nowhere(bytearray):
    """An hour of sound is not kept to be compared."""

    def __iadd__(self, _: Any) -> _Nowhere:
        return self


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=("plumbing", "accelerated", "real"), default="plumbing")
    parser.add_argument("--hours", type=float, help="default: 3, real: 1")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--model", default="whisper-tiny-en")
    parser.add_argument("--models", type=Path, default=os.environ.get("LANGSUPPORT_MODELS"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--curve", type=Path, help="write memory over time here, tab-separated")
    given = parser.parse_args()
    if given.models is None and given.kind != "plumbing":
        raise SystemExit("Name the folder of installed models with --models or LANGSUPPORT_MODELS.")
    hours = given.hours or ((1 / 30 if given.kind == "real" else 1 / 6) if given.quick else 0) or None
    seconds = 3600 * (hours or (1 if given.kind == "real" else 3))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        if given.kind == "plumbing":
            silence = np.zeros(RATE * FRAME_MS // 1000, dtype=np.float32)
            virtual = Virtual(Path(made), Instant(), seconds)
            virtual.run(silence for _ in range(int(seconds * 1000 / FRAME_MS)))
            course = virtual.course
            virtual.close()
        else:
            meeting = meetings.one_language(data_folder(given.data), "en", given.seed)
            if given.kind == "real":
                course = run_real(Path(made), given, meeting, seconds)
            else:
                virtual = Virtual(Path(made), Real(Path(given.models), given.model), seconds)
                virtual.run(repeated(meeting, seconds))
                course = virtual.course
                virtual.close()
    good = course.print()
    if given.curve:
        lines = [f"{hours:.4f}\t{mib:.2f}" for hours, mib in zip(course.hours, course.mib, strict=True)]
        given.curve.write_text("hours\tMiB\n" + "\n".join(lines) + "\n")
    facts: dict[str, object] = {"kind": given.kind, "took_s": round(time.monotonic() - began), "seed": given.seed}
    if given.kind != "plumbing":
        facts |= {"model": given.model, "hash": model_hash(Path(given.models) / given.model)}
    print("\n" + signature(**facts, machine=machine(), **versions("faster-whisper", "ctranslate2", "sqlalchemy")))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
