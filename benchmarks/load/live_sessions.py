"""How many sessions one process captions at once: latency, errors and lag of N sessions in real time.

    python benchmarks/load/live_sessions.py                                    # base and tiny.en, batching on and off
    python benchmarks/load/live_sessions.py --models-to-run whisper-base --sessions 1 2 3 4 6 --batch 0
    python benchmarks/load/live_sessions.py --quick                            # tiny.en, 1 and 2 sessions, 45 seconds

The services of a server in this process: spool, runner, log, one inference core. N sessions are fed the same recording
in real time in frames of 100 ms, their beginnings spread over six seconds, and each has a viewer. Each N begins with
an empty data folder.

Latency is from a word's end to its arrival at the viewer, over all sessions (scoring.py; a word's end by the offline
recognition of the same model). The error rate is of the committed text against the reference. Lag and cadence are what
the runner tells, sampled once a second. `--batch 1` hears one window at a time, 8 up to eight in one step, 0 leaves it
to the device. N holds if the 95th percentile is under 4 s and the error rate within 0.5 points of one session's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import meeting as meetings
from common import scoring
from common.board import Board
from common.corpora import data_folder
from common.meeting import Meeting
from common.signature import machine, model_hash, signature, versions
from langsupport.captioning.frames import pack
from langsupport.engines.core import InferenceCore
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.store import ModelStore
from langsupport.errors import CapacityError
from langsupport.pipelines.recording import recognize
from langsupport.services.assembly import Services, build_services
from langsupport.services.live_runner import Feed
from langsupport.services.live_status import FeedFormat
from langsupport.services.settings import load_settings

RATE = 16_000
FRAME_SAMPLES = RATE // 10
SPREAD_SECONDS = 6.0
MAX_P95_MS = 4_000
MAX_WORSE_POINTS = 0.5
DRAIN_SECONDS = 120.0
FULL_SECONDS = 0.2
BY = "benchmark"


@dataclass(frozen=True, slots=True)
class Row:
    model: str
    batch: int
    sessions: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    error: float
    worst_error: float
    lag_p95_ms: float
    cadence_ms: int  # the slowest that the ladder went to
    cpu_cores: float
    rss_mib: float
    rewritten: int

    def cells(self) -> str:
        late = [f"{value / 1000:.2f}" for value in (self.p50_ms, self.p95_ms, self.p99_ms)]
        rates = [f"{self.error:.1f}", f"{self.worst_error:.1f}", f"{self.lag_p95_ms / 1000:.1f}"]
        cost = [f"{self.cadence_ms / 1000:.1f}", f"{self.cpu_cores:.2f}", f"{self.rss_mib:.0f}", str(self.rewritten)]
        return "| " + " | ".join([self.model, str(self.batch), str(self.sessions), *late, *rates, *cost]) + " |"


HEAD = """| model | batch | sessions | p50 s | p95 s | p99 s | error % | worst | lag p95 s | cadence s | cores | MiB \
| rewritten |
|---|---|---|---|---|---|---|---|---|---|---|---|---|"""


class Speaker:
    """One session: its feed, its viewer, and what that viewer saw."""

    def __init__(self, services: Services, meeting: Meeting, number: int) -> None:
        self._services = services
        self._meeting = meeting
        language = meeting.language
        record = services.sessions.create(f"Session {number}", channels=[("floor", language)], languages=(), by=BY)
        self.id = record.id
        services.sessions.start(self.id, by=BY)
        self._news = threading.Event()
        self._watching = services.sessions.watch(self.id, ("floor",), None, self._news.set)
        self.board = Board()
        self.shown: list[scoring.Shown] = []
        self._began = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._watch), threading.Thread(target=self._feed)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        self._threads[1].join()

    def close(self) -> None:
        self._services.sessions.end(self.id, by=BY)
        time.sleep(0.5)
        self._over.set()
        self._news.set()
        self._threads[0].join()
        self._watching.close()

    def _feed(self) -> None:
        feed = self._services.live.open_feed(self.id, "floor", FeedFormat(framed=True))
        sound = np.frombuffer(meetings.pcm(self._meeting.samples), dtype="<i2")
        self._began = time.monotonic()
        for number, first in enumerate(range(0, len(sound), FRAME_SAMPLES)):
            piece = sound[first : first + FRAME_SAMPLES]
            time.sleep(max(0.0, self._began + (first + len(piece)) / RATE - time.monotonic()))
            self._put(feed, pack(1, number, first, piece.tobytes()))
        feed.close()

    def _put(self, feed: Feed, message: bytes) -> None:
        """As the socket does: when the backlog is full, the sender waits."""
        while True:
            try:
                feed.message(message)
                return
            except CapacityError:
                time.sleep(FULL_SECONDS)

    def _watch(self) -> None:
        while not self._over.is_set():
            self._news.wait(1.0)
            self._news.clear()
            while messages := self._watching.take():
                now_ms = (time.monotonic() - self._began) * 1000
                for message in messages:
                    self.board.message(message, now_ms)
                state = scoring.Shown(round(now_ms), now_ms, self.board.stable, self.board.tail)
                self.shown.append(state)


class Trial:
    """One model, one way of batching."""

    def __init__(self, given: argparse.Namespace, model: str, batch: int, meeting: Meeting) -> None:
        self._given = given
        self._model = model
        self._batch = batch
        self._meeting = meeting
        self._words = self._offline()

    def _core(self) -> InferenceCore:
        manifests = Path(__file__).resolve().parents[2] / "models"
        store = ModelStore(Path(self._given.models), manifests)
        options = InferenceOptions(
            device=self._given.device, threads=self._given.threads, recognizers=(self._model,), live_batch=self._batch
        )
        return InferenceCore(store, options)

    def _offline(self) -> list[scoring.Spoken]:
        core = self._core()
        try:
            with tempfile.NamedTemporaryFile(suffix=".wav") as file:
                meetings.write_wav(Path(file.name), self._meeting.samples)
                found = recognize(Path(file.name), "meeting.wav", core, self._meeting.language, Lane.BATCH).utterances
        finally:
            core.close()
        return [scoring.Spoken(word.text, word.end_ms) for utterance in found for word in utterance.words]

    def run(self, count: int) -> Row:
        with tempfile.TemporaryDirectory() as folder:
            environ = {"LANGSUPPORT_DATA": folder, "LANGSUPPORT_MODELS": str(self._given.models)}
            settings = load_settings(None, {**environ, "LANGSUPPORT_MIN_FREE_BYTES": "0"})
            with build_services(settings, self._core()) as services:
                return self._measured(services, count)

    def _measured(self, services: Services, count: int) -> Row:
        speakers = [Speaker(services, self._meeting, number) for number in range(count)]
        cpu, began = time.process_time(), time.monotonic()
        over = threading.Event()
        told: list[tuple[float, int]] = []
        sampler = threading.Thread(target=_sample, args=(services, speakers, over, told))
        sampler.start()
        for number, speaker in enumerate(speakers):
            time.sleep(SPREAD_SECONDS / count if number else 0)
            speaker.start()
        for speaker in speakers:
            speaker.join()
        cores = (time.process_time() - cpu) / (time.monotonic() - began)
        _drain(services, speakers)
        over.set()
        sampler.join()
        for speaker in speakers:
            speaker.close()
        return self._row(speakers, told, cores)

    def _row(self, speakers: Sequence[Speaker], told: Sequence[tuple[float, int]], cores: float) -> Row:
        language = self._meeting.language
        late = [v for s in speakers for v in scoring.latencies(s.shown, self._words, language)]
        errors = [scoring.unit_error_rate(self._meeting.reference, s.board.stable, language) for s in speakers]
        return Row(
            self._model,
            self._batch,
            len(speakers),
            scoring.percentile(late, 50),
            scoring.percentile(late, 95),
            scoring.percentile(late, 99),
            statistics.mean(errors),
            max(errors),
            scoring.percentile([lag for lag, _ in told], 95),
            max((cadence for _, cadence in told), default=0),
            cores,
            _resident_mib(),
            sum(s.board.rewritten for s in speakers),
        )


def _sample(services: Services, speakers: Sequence[Speaker], over: threading.Event, told: list[Any]) -> None:
    while not over.wait(1.0):
        for speaker in speakers:
            for channel in services.live.status(speaker.id).channels.values():
                told.append((channel.lag_ms, channel.cadence_ms))


def _drain(services: Services, speakers: Sequence[Speaker]) -> None:
    """Wait until everything that came has been heard."""
    until = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < until:
        waiting = [c.backlog_ms for s in speakers for c in services.live.status(s.id).channels.values()]
        if not any(waiting):
            break
        time.sleep(0.2)
    time.sleep(1.0)


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def verdict(rows: Sequence[Row]) -> str:
    """The largest N that holds."""
    alone = next((row.error for row in rows if row.sessions == 1), rows[0].error)
    good = [r.sessions for r in rows if r.p95_ms < MAX_P95_MS and r.error <= alone + MAX_WORSE_POINTS]
    first = rows[0]
    return f"{first.model}, batch {first.batch}: {max(good, default=0)} sessions at once hold the limits."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models-to-run", nargs="+", default=["whisper-base", "whisper-tiny-en"])
    parser.add_argument("--sessions", nargs="+", type=int, default=[1, 2, 3, 4, 6, 8, 12])
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--all", action="store_true", help="go on with more sessions after the limits were missed")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--models", type=Path, default=os.environ.get("LANGSUPPORT_MODELS"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.models is None:
        raise SystemExit("Name the folder of installed models with --models or LANGSUPPORT_MODELS.")
    if given.quick:
        given.models_to_run, given.sessions, given.batch, given.seconds = ["whisper-tiny-en"], [1, 2], [0], 45
    meeting = meetings.one_language(data_folder(given.data), "en", given.seed).cut(given.seconds)
    print(HEAD)
    said: list[str] = []
    for model in given.models_to_run:
        for batch in given.batch:
            trial, rows = Trial(given, model, batch, meeting), list[Row]()
            for count in sorted(given.sessions):
                rows.append(trial.run(count))
                print(rows[-1].cells(), flush=True)
                if rows[-1].p95_ms > 2 * MAX_P95_MS and not given.all:
                    break
            said.append(verdict(rows))
    print("\n" + "\n".join(said))
    hashes = {f"hash-{name}": model_hash(Path(given.models) / name) for name in given.models_to_run}
    facts = {"seconds": meeting.duration_ms // 1000, "device": given.device, "threads": given.threads}
    packages = versions("faster-whisper", "ctranslate2", "rapidfuzz")
    print("\n" + signature(**hashes, **facts, seed=given.seed, machine=machine(), **packages))


if __name__ == "__main__":
    main()
