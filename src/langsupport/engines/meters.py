"""What the core counts, and what it learns from it: how many tokens make a step of the wished length."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.scheduler import Batch, Budget, Group

CPU_TOKENS = 1_536
"""Padded source tokens in one step on a CPU: beyond about this, bigger batches gain nothing there."""

QUIET_TOKENS = 3_072
"""The same for an engine that can be interrupted, while nobody else has wanted the CPU for QUIET_S: the weights
are read once for more rows. What can't be interrupted of such a step, its start, takes a few seconds."""

QUIET_S = 60.0

CUDA_TOKENS = 16_384
"""The same on a GPU."""

FIRST_TOKENS = 512
"""Budget of a model whose speed is not known yet."""

LEAST_TOKENS = 64
"""No step is cut smaller, however slow the model."""

MOST_ITEMS = 64
"""Items in one step: results should come in portions that people see."""

LISTEN_ITEMS = {"cpu": 1, "cuda": 8}
"""Live windows in one step by the kind of device, where the options leave it open; benchmarks/load/live_sessions.py
compares."""

LIVE_STEP_S = 0.5
"""The longest step that captions may have to wait for."""

SMOOTHING = 0.3
"""Weight of the newest step in the running tokens per second."""


@dataclass(slots=True)
class Meter:
    """Totals since the start."""

    batches: int = 0
    items: int = 0
    tokens: int = 0
    seconds: float = 0.0
    failures: int = 0
    interruptions: int = 0


class Meters:
    """Totals by model and lane, and the speed of each model. Called under the core's lock."""

    def __init__(self, options: InferenceOptions, device: str) -> None:
        self._most = options.token_budget or (CPU_TOKENS if device == "cpu" else CUDA_TOKENS)
        self._quiet = max(self._most, 0 if options.token_budget else QUIET_TOKENS)
        self._step_seconds = options.step_seconds
        self._listen_items = options.live_batch or LISTEN_ITEMS[device.partition(":")[0]]
        self._totals: dict[tuple[str, Lane], Meter] = defaultdict(Meter)
        self._speed: dict[str, float] = {}

    def count(self, batch: Batch, seconds: float, failures: int, interruptions: int) -> None:
        """Note one step."""
        meter = self._totals[batch.group.model, batch.lane]
        meter.batches += 1
        meter.items += len(batch.works)
        meter.tokens += sum(work.cost for work in batch.works)
        meter.seconds += seconds
        meter.failures += failures
        meter.interruptions += interruptions
        if not failures and not interruptions and seconds > 0 and len(batch.works) > 1:
            speed = batch.tokens / seconds
            known = self._speed.get(batch.group.model, speed)
            self._speed[batch.group.model] = known + SMOOTHING * (speed - known)

    def budget(self, group: Group, interruptible: bool, quiet_s: float = 0.0, *, live: bool = False) -> Budget:
        """What the next step of a group may hold. A step that can be interrupted need not be short, least of all
        when nothing more urgent has come for `quiet_s`; one that can't is cut to LIVE_STEP_S while a meeting is
        captioned (`live`), for its captions would wait."""
        if group.kind == "listen":
            return Budget(self._listen_items, self._listen_items)
        if group.kind != "translate":
            return Budget(tokens=1, items=1)
        if interruptible:
            return Budget(self._quiet if quiet_s >= QUIET_S else self._most, MOST_ITEMS)
        speed = self._speed.get(group.model)
        seconds = min(self._step_seconds, LIVE_STEP_S) if live else self._step_seconds
        wished = FIRST_TOKENS if speed is None else round(speed * seconds)
        return Budget(max(LEAST_TOKENS, min(wished, self._most)), MOST_ITEMS)

    def report(self) -> list[dict[str, Any]]:
        """One row per model and lane, for machines."""
        return [
            {
                "model": model,
                "lane": lane.name.lower(),
                "batches": meter.batches,
                "items": meter.items,
                "tokens": meter.tokens,
                "seconds": round(meter.seconds, 3),
                "failures": meter.failures,
                "interruptions": meter.interruptions,
            }
            for (model, lane), meter in sorted(self._totals.items())
        ]
