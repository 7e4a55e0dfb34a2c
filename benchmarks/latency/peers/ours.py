"""langsupport: LiveChannel on the inference core, one process and one model for all copies. In the product's own
environment; the same frames, files, beam and threads as the peers.

Options: any field of LiveOptions (`cadence_ms` comes from `--chunk-ms`); `batch`: windows heard in one step (0: by
device).
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from feed import FRAME_MS, FRAME_SAMPLES, STAGGER_MS, Clock, Log, Source, arguments, log_path, read

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from common.board import Board
from langsupport.captioning.live_options import LiveOptions
from langsupport.engines.core import InferenceCore
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import AudioWindow, HearingRequest
from langsupport.engines.store import ModelStore
from langsupport.pipelines.live import LiveChannel


class Session:
    """One channel, its board and its log."""

    def __init__(self, given: Any, core: InferenceCore, number: int) -> None:
        wanted = {"cadence_ms": str(given.chunk_ms), **given.options}
        numbers = {f.name: float(wanted[f.name]) for f in fields(LiveOptions) if f.name in wanted}
        options = LiveOptions(**{key: int(value) if value.is_integer() else value for key, value in numbers.items()})  # type: ignore[arg-type]
        self.language = None if given.language == "auto" else given.language
        self._core = core
        self.channel = LiveChannel("floor", core.voice(), options, language=self.language)
        self.board = Board()
        self.log = Log(log_path(given.out, number, given.copies))

    def show(self, cues: Any, clock: Clock) -> None:
        for cue in cues:
            self.board.take(cue, clock.now_ms())
        if cues:
            self.log.show(self.channel.position * 1000 // 16_000, clock.now_ms(), self.board.stable, self.board.tail)

    def hear(self, ask: Any) -> Any:
        """One turn of the core; None if the window was no longer wanted."""
        deadline = time.monotonic() + ask.wait_ms / 1000
        language = self.language or self.channel.spoken
        return self._core.listen(self.channel.request, language=language, final=ask.final, deadline=deadline).wait()[0]

    def end(self, clock: Clock) -> None:
        pieces = [asdict(piece) for piece in self.board.pieces]
        now = self.channel.position * 1000 // 16_000
        self.log.end(now, clock.now_ms(), rewritten=self.board.rewritten, pieces=pieces)


def main() -> None:
    given = arguments(__doc__)
    if given.beam != 1:
        raise SystemExit("Live windows are heard greedily.")
    samples = read(given.audio)
    manifests = Path(__file__).resolve().parents[3] / "models"
    batch = int(given.options.get("batch", 0))
    options = InferenceOptions(
        device="cpu", compute_type="int8", threads=given.threads, recognizers=(given.model.name,), live_batch=batch
    )
    core = InferenceCore(ModelStore(given.model.parent, manifests), options)
    try:
        warm = HearingRequest(AudioWindow(samples[:16_000]), "en")
        core.listen(lambda: warm, language="en", final=False, deadline=time.monotonic()).wait()
        sessions = [Session(given, core, number) for number in range(given.copies)]
        if given.clock == "real":
            run_real(sessions, samples)
        elif given.copies == 1:
            run_virtual(sessions[0], samples, Clock(given.clock))
        else:
            raise SystemExit("Copies need the real clock.")
    finally:
        core.close()


def run_virtual(session: Session, samples: Any, clock: Clock) -> None:
    channel, source = session.channel, Source(samples, clock)
    finished = False
    while True:
        ask = channel.due()
        if ask is not None:
            began = time.perf_counter()
            hearing = session.hear(ask)
            clock.computed(time.perf_counter() - began)
            while channel.hungry and not source.ended and source.taken_ms + FRAME_MS <= clock.now_ms():
                channel.feed(source.take(FRAME_MS))
            session.show(channel.take(hearing), clock)
        elif not source.ended:
            channel.feed(source.take(FRAME_MS))
        elif not finished:
            channel.finish()
            finished = True
        else:
            break
    session.end(clock)


def run_real(sessions: list[Session], samples: Any) -> None:
    threads = []
    for number, session in enumerate(sessions):
        threads.append(threading.Thread(target=_live, args=(session, samples, number * STAGGER_MS / 1000)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _live(session: Session, samples: Any, wait_seconds: float) -> None:
    time.sleep(wait_seconds)
    clock, ended = Clock("real"), threading.Event()

    def feed() -> None:
        for start in range(0, len(samples), FRAME_SAMPLES):
            clock.wait_until(start * FRAME_MS / FRAME_SAMPLES + FRAME_MS)
            while not session.channel.hungry:  # hearings come too late: the sound waits here
                time.sleep(0.02)
            session.channel.feed(samples[start : start + FRAME_SAMPLES])
        session.channel.finish()
        ended.set()

    feeder = threading.Thread(target=feed)
    feeder.start()
    while True:
        over = ended.is_set()
        ask = session.channel.due()
        if ask is not None:
            session.show(session.channel.take(session.hear(ask)), clock)
        elif over:
            break
        else:
            time.sleep(0.01)
    feeder.join()
    session.end(clock)


if __name__ == "__main__":
    main()
