"""What an operator may set about inference. Read once at start; the services' settings fill it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from langsupport.engines.protocols import Lane

QUEUE_LIMITS: Mapping[Lane, int] = MappingProxyType({Lane.LIVE: 2_048, Lane.INTERACTIVE: 4_000, Lane.BATCH: 100_000})
"""Segments or audio windows that may wait in each lane."""


@dataclass(frozen=True, slots=True)
class InferenceOptions:
    """`device` is auto, cpu, cuda or cuda:N; auto takes every CUDA device (one replica each), else the CPU.

    `compute_type` is a CTranslate2 type; auto means int8 on a CPU and float16 on CUDA. `threads` 0 means all cores.
    A batch step aims at `step_seconds` and never holds more than `token_budget` padded source tokens (0: by device).
    `preferences` lists model ids, best first, per direction (`en-fr`) or for all (`*`); `recognizers` for speech.
    `live_recognizers` are preferred for live captions, before `recognizers`: a smaller model may be wanted there.
    `live_batch` live windows at most are heard in one step (0: by device).
    `memory_reserve_bytes` stay free for everybody else: idle models are unloaded when less is available.
    """

    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    beam_size: int = 4
    token_budget: int = 0
    step_seconds: float = 5.0
    queue_limits: Mapping[Lane, int] = field(default_factory=lambda: QUEUE_LIMITS)
    preferences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recognizers: tuple[str, ...] = ()
    live_recognizers: tuple[str, ...] = ()
    live_batch: int = 0
    memory_reserve_bytes: int = 512 * 2**20


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How one engine is opened: `device` cpu or cuda:N, `compute_type` of CTranslate2, `threads` 0 for all cores."""

    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = 0
    beam_size: int = 4

    @property
    def device_kind(self) -> str:
        return self.device.partition(":")[0]

    @property
    def device_index(self) -> int:
        return int(self.device.partition(":")[2] or 0)
