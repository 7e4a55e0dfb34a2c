"""Measuring under a time limit: what would not fit is not begun, and every result is written at once."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gpu_shapes
from gpu_shapes import Shape

LEAST_RUNS = 3
MOST_RUNS = 7
ENOUGH_S = 1.0
"""Quick runs are repeated up to MOST_RUNS times until they took this long together."""

FIRST_RUN_S = 1.0
"""What the first run of a model is thought to take."""

CPU_TYPES = {"float16": "float32", "int8_float16": "int8"}
"""What stands for a type of the GPU where there is none; other types are left out there."""

_UNMEASURED_SECONDS_PER_PARAMETER = 8e-9


class OutOfTime(Exception):
    """The next measurement would not fit any more."""


class Budget:
    """Seconds until a deadline, and what the parts that come before a measurement have taken so far."""

    def __init__(self, started: float, seconds: float) -> None:
        """`started`: on the clock of time.monotonic."""
        self._deadline = started + seconds
        self._largest: dict[str, tuple[int, float]] = {}

    @property
    def left_s(self) -> float:
        return self._deadline - time.monotonic()

    def need(self, seconds: float) -> None:
        """Raise OutOfTime unless `seconds` are left."""
        if seconds > self.left_s:
            raise OutOfTime(f"needs about {seconds:.1f} s, {self.left_s:.1f} s are left")

    def prepare(self, kind: str, parameters: int, work: Callable[[], Any]) -> Any:
        """Build or load a model, if it fits. The guess goes by what the largest of this `kind` took."""
        largest, took = self._largest.get(kind, (1, 0.0))
        self.need(
            took * min(1, parameters / largest) + max(0, parameters - largest) * _UNMEASURED_SECONDS_PER_PARAMETER
        )
        started = time.monotonic()
        result = work()
        if parameters >= largest:
            self._largest[kind] = parameters, time.monotonic() - started
        return result


@dataclass(frozen=True)
class Timing:
    """Seconds of each run after the warm-up."""

    warm_up_s: float
    runs_s: list[float]

    @property
    def median_s(self) -> float:
        return statistics.median(self.runs_s)

    def facts(self) -> dict[str, float]:
        """For a result line."""
        return {
            "median_ms": round(1000 * self.median_s, 2),
            "spread_ms": round(1000 * (max(self.runs_s) - min(self.runs_s)), 2),
            "runs": len(self.runs_s),
        }


def timed(run: Callable[[], Any], budget: Budget, guess_s: float) -> Timing:
    """A warm-up, then at least LEAST_RUNS runs. `guess_s`: what one run is thought to take. Raises OutOfTime."""
    budget.need(guess_s * (1 + LEAST_RUNS))
    warm_up = _seconds(run)
    runs: list[float] = []
    while len(runs) < LEAST_RUNS or (len(runs) < MOST_RUNS and sum(runs) < ENOUGH_S):
        budget.need(runs[-1] if runs else warm_up)
        runs.append(_seconds(run))
    return Timing(warm_up, runs)


def _seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


class Results:
    """Lines of JSON, printed and appended to a file as they come. `step`: the place in the plan, told in each line."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.step: int | None = None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")

    def add(self, **facts: Any) -> None:
        line = json.dumps(facts if self.step is None else {"step": self.step, **facts})
        print(line, flush=True)
        if self._path:
            with self._path.open("a") as file:
                file.write(line + "\n")


@dataclass
class Bench:
    """What every measurement needs."""

    device: str
    folder: Path
    budget: Budget
    results: Results
    shapes: dict[str, Shape]
    batches: dict[str, tuple[int, ...]]
    lane_seconds: float
    sessions: tuple[int, ...]
    built: set[str] = field(default_factory=set)

    def compute_type(self, wanted: str) -> str | None:
        return wanted if self.device == "cuda" else CPU_TYPES.get(wanted)

    def engine(self, kind: Callable[..., Any], name: str, compute_type: str) -> Any:
        """The model as a CTranslate2 engine; its files are made when first asked for."""
        shape, folder = self.shapes[name], self.folder / name
        if name not in self.built:
            make = lambda: gpu_shapes.convert(shape, self.device, folder)  # noqa: E731
            self.budget.prepare("build", shape.parameters, make)
            self.built.add(name)
            free(self.device)
        load = lambda: kind(str(folder), device=self.device, compute_type=compute_type)  # noqa: E731
        return self.budget.prepare("load " + compute_type, shape.parameters, load)

    def network(self, name: str, float32: bool = False) -> Any:
        """The same model in transformers: float16, on a CPU float32."""
        shape = self.shapes[name]
        model = self.budget.prepare("network", shape.parameters, lambda: gpu_shapes.network(shape, self.device))
        return model.float() if float32 or self.device == "cpu" else model


def free(device: str) -> None:
    """Give back the memory of models that nobody holds any more."""
    gc.collect()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def sweep(
    bench: Bench, batches: tuple[int, ...], run: Callable[[int], Any], add: Callable[[int, Timing], None]
) -> None:
    """Time `run` at each batch size; a bigger batch is thought to take up to twice what the one before took."""
    guess = FIRST_RUN_S
    for batch in batches:
        timing = timed(lambda batch=batch: run(batch), bench.budget, guess)
        add(batch, timing)
        guess = 2 * timing.median_s
