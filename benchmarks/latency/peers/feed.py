"""What every runner shares: the arguments, the clock on which sound arrives, and the log.

A runner is one process that hears one WAV file (16 kHz, mono, 16 bit) in frames of 100 ms and writes JSONL: after each
update `{"audio_ms", "wall_ms", "stable", "tail"}`, `stable` and `tail` being all text so far, and at the end a line
with `"end": true`, CPU seconds from the first frame on and the peak memory of the process. With `--copies N` it hears
the same sound N times at once, staggered, and writes `name-0.jsonl`, `name-1.jsonl` …

Clocks: `real` sends frames as time goes by. `aware` is a virtual clock: computing takes the time that it takes, waiting
takes none. `unaware` is the same with computing for free: what the policy alone makes late.

This file uses numpy and the standard library only, so that it runs in the peers' environment too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
import wave
from pathlib import Path
from typing import IO, Any

import numpy as np

RATE = 16_000
FRAME_MS = 100
FRAME_SAMPLES = RATE * FRAME_MS // 1000
STAGGER_MS = 700
"""Copies begin so far apart."""


def arguments(description: str | None, clocks: tuple[str, ...] = ("real", "aware", "unaware")) -> argparse.Namespace:
    """The options that all runners take."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a folder with Whisper for CTranslate2")
    parser.add_argument("--language", default="auto")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--chunk-ms", type=int, default=1000, help="new sound that the peer waits for, or our cadence")
    parser.add_argument("--clock", choices=clocks, default=clocks[0])
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="the runner's own")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    given.options = dict(pair.split("=", 1) for pair in given.option)
    return given


def read(path: Path) -> np.ndarray:
    """Samples of the file, float32."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            raise SystemExit(f"{path} is not a 16 kHz mono 16-bit WAV file.")
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").astype(np.float32) / 32768


class Clock:
    """Milliseconds since the sound began. `computing()` brackets work; waiting is real or free by kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._began = time.perf_counter()
        self._now_ms = 0.0

    def now_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1000 if self.kind == "real" else self._now_ms

    def wait_until(self, at_ms: float) -> None:
        if self.kind == "real":
            time.sleep(max(0.0, at_ms - self.now_ms()) / 1000)
        else:
            self._now_ms = max(self._now_ms, at_ms)

    def computed(self, seconds: float) -> None:
        """Work has just taken so long."""
        if self.kind == "aware":
            self._now_ms += seconds * 1000


class Source:
    """Sound as it arrives on a clock."""

    def __init__(self, samples: np.ndarray, clock: Clock) -> None:
        self._samples = samples
        self._clock = clock
        self._taken = 0

    @property
    def ended(self) -> bool:
        return self._taken >= len(self._samples)

    @property
    def taken_ms(self) -> int:
        return self._taken * 1000 // RATE

    def take(self, at_least_ms: int) -> np.ndarray:
        """Everything that has arrived, in whole frames; waits until so much has, or the end."""
        wanted = min(len(self._samples), self._taken + at_least_ms * RATE // 1000)
        self._clock.wait_until(wanted * 1000 / RATE)
        there = int(self._clock.now_ms()) // FRAME_MS * FRAME_SAMPLES
        upto = min(len(self._samples), max(wanted, there))
        piece = self._samples[self._taken : upto]
        self._taken = upto
        return piece


class Log:
    """The JSONL file. A state that is as the one before is not written again."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._last: tuple[str, str] = ("", "")
        self._cpu = cpu_seconds()

    def show(self, audio_ms: float, wall_ms: float, stable: str, tail: str) -> None:
        if (stable, tail) != self._last:
            self._last = stable, tail
            self._write({"audio_ms": round(audio_ms), "wall_ms": round(wall_ms, 1), "stable": stable, "tail": tail})

    def end(self, audio_ms: float, wall_ms: float, **more: Any) -> None:
        used = round(cpu_seconds() - self._cpu, 2)
        cost = {"cpu_s": used, "peak_rss_mib": peak_mib()}
        self._write({"end": True, "audio_ms": round(audio_ms), "wall_ms": round(wall_ms, 1), **cost, **more})
        self._file.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def log_path(out: Path, copy: int, copies: int) -> Path:
    return out if copies == 1 else out.with_name(f"{out.stem}-{copy}{out.suffix}")
