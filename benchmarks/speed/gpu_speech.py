"""Whisper: windows a second, and live windows beside a translation job on the same device."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gpu_shapes
from gpu_bench import FIRST_RUN_S, Bench, Timing, sweep, timed
from gpu_text import SOURCE_TOKENS, TARGET_TOKENS, texts, translate

HEARD_TOKENS = 40
FRAMES = {"30 s": 3000, "10 s": 1000}
JOB_BATCH = 32
LARGEST_STEP = 8
"""Windows heard in one step at most: what the product does on a GPU."""


class Ears:
    """A Whisper engine with random features: encodes a step of windows and writes HEARD_TOKENS for each."""

    def __init__(self, bench: Bench, name: str, compute_type: str) -> None:
        import ctranslate2

        self._shape = bench.shapes[name]
        self._engine = bench.engine(ctranslate2.models.Whisper, name, compute_type)
        self._prompt = gpu_shapes.whisper_prompt(self._shape)

    def features(self, batch: int, frames: int) -> Any:
        """Shape (batch, mels, frames), as log-mel features come: between -1 and 1."""
        import numpy as np

        return np.random.default_rng(1).uniform(-1, 1, (batch, self._shape.mels, frames)).astype(np.float32)

    def hear(self, features: Any) -> list[list[int]]:
        import ctranslate2

        done = self._engine.generate(
            ctranslate2.StorageView.from_array(features),
            [self._prompt] * len(features),
            beam_size=1,
            max_length=2 * HEARD_TOKENS,  # CTranslate2 writes half of it, the rest being kept for the prompt
            suppress_blank=False,
            suppress_tokens=[gpu_shapes.whisper_end()],
        )
        return [result.sequences_ids[0] for result in done]


def windows(bench: Bench, name: str, wanted: str, length: str) -> None:
    """Windows a second, without the computation of features."""
    compute_type = bench.compute_type(wanted)
    if compute_type is None:
        return
    ears = Ears(bench, name, compute_type)
    features = ears.features(max(bench.batches["whisper"]), FRAMES[length])
    lengths = {len(row) for row in ears.hear(features[:1])}
    assert lengths == {HEARD_TOKENS}, f"{name} wrote {lengths} tokens instead of {HEARD_TOKENS}"

    def add(batch: int, timing: Timing) -> None:
        bench.results.add(
            section="whisper", model=name, engine="ctranslate2", type=compute_type, window=length, batch=batch,
            windows_per_s=round(batch / timing.median_s, 2), **timing.facts(),
        )  # fmt: skip

    sweep(bench, bench.batches["whisper"], lambda batch: ears.hear(features[:batch]), add)


class Job:
    """Translates one batch again and again in a thread of its own."""

    def __init__(self, translate: Callable[[], int]) -> None:
        self._translate = translate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._failure: Exception | None = None
        self.batches: list[tuple[float, int]] = []
        """Seconds and target tokens of each batch."""

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                started = time.perf_counter()
                tokens = self._translate()
                self.batches.append((time.perf_counter() - started, tokens))
        except Exception as failure:  # raised again in the measuring thread
            self._failure = failure

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()
        if self._failure:
            raise self._failure

    @property
    def tokens_per_second(self) -> float:
        """Target tokens a second over the batches that ended."""
        seconds = sum(batch[0] for batch in self.batches)
        return sum(batch[1] for batch in self.batches) / seconds if seconds else 0.0


def due_times(sessions: int, seconds: float) -> list[float]:
    """When windows come, in seconds from the start: one a second from each session, sessions spread over the second."""
    rounds = int(seconds)
    return sorted(session / sessions + number for session in range(sessions) for number in range(rounds))


def hear(listen: Callable[[int], Any], due: list[float], limit_s: float) -> list[float]:
    """Seconds from when a window is due until its text is there, queueing included; what is due goes in one step.

    `listen` takes the number of windows of a step. Ends after `limit_s` even if windows are left.
    """
    waits: list[float] = []
    started = time.perf_counter()
    while len(waits) < len(due):
        now = time.perf_counter() - started
        if now > limit_s:
            break
        first = due[len(waits)]
        if first > now:
            time.sleep(first - now)
            now = time.perf_counter() - started
        step = [moment for moment in due[len(waits) : len(waits) + LARGEST_STEP] if moment <= now]
        listen(len(step))
        done = time.perf_counter() - started
        waits.extend(done - moment for moment in step)
    return waits


def percentiles(waits: list[float]) -> dict[str, float]:
    """p50, p95 and the maximum, in milliseconds."""
    ordered = sorted(waits)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p95_ms": round(1000 * p95, 1),
        "max_ms": round(1000 * ordered[-1], 1),
    }


def lanes(bench: Bench) -> None:
    """Live windows of 10 s, one a second from each session, with and without a translation job beside them."""
    import ctranslate2

    compute_type = bench.compute_type("float16") or "default"
    ears = Ears(bench, "whisper-large-v3", compute_type)
    translator = bench.engine(ctranslate2.Translator, "nllb-600m", compute_type)
    features = ears.features(LARGEST_STEP, FRAMES["10 s"])
    rows = texts(gpu_shapes.rows(bench.shapes["nllb-600m"], JOB_BATCH, SOURCE_TOKENS))
    listen = lambda count: ears.hear(features[:count])  # noqa: E731
    job = lambda: sum(map(len, translate(translator, rows)))  # noqa: E731
    for count in range(1, LARGEST_STEP + 1):
        listen(count)
    alone = timed(job, bench.budget, FIRST_RUN_S)
    bench.results.add(
        section="lanes", sessions=0, job="nllb-600m", batch=JOB_BATCH, type=compute_type,
        job_tokens_per_s=round(JOB_BATCH * TARGET_TOKENS / alone.median_s, 1), **alone.facts(),
    )  # fmt: skip
    for sessions in bench.sessions:
        due = due_times(sessions, bench.lane_seconds)
        for busy in (False, True):
            limit = 1.5 * bench.lane_seconds
            bench.budget.need(limit + 1)
            work = Job(job)
            with work.running() if busy else contextlib.nullcontext():
                waits = hear(listen, due, limit)
            bench.results.add(
                section="lanes", model="whisper-large-v3", type=compute_type, window="10 s", sessions=sessions,
                job="nllb-600m" if busy else None, windows=len(waits), windows_left=len(due) - len(waits),
                **percentiles(waits), job_tokens_per_s=round(work.tokens_per_second, 1),
            )  # fmt: skip
