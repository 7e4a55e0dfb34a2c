"""Figures of CTranslate2's engines on a GPU (or CPU), with random weights of the published shapes.

Needs ctranslate2, numpy, torch and transformers, nothing of langsupport. On a GPU CTranslate2 also needs CUDA 12's
cuBLAS, or a newer one under its name. Every text is given a fixed number of tokens, with beam 1. One line of JSON for
each result, the most important first; what does not fit into the budget any more is named in a line of its own.

    python benchmarks/speed/gpu_figures.py --budget 170 --out figures.jsonl
    python benchmarks/speed/gpu_figures.py --tiny --device cpu
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gpu_shapes
from gpu_bench import Bench, Budget, OutOfTime, Results, free
from gpu_speech import lanes, windows
from gpu_text import same_tokens, written, written_by_transformers

STARTED = time.monotonic()
"""The libraries that take long to import are imported later."""

BATCHES: dict[str, tuple[int, ...]] = {
    "translation": (1, 8, 32, 128),
    "causal": (1, 8, 32, 128),
    "whisper": (1, 4, 8, 16, 32),
}
TINY_BATCHES: dict[str, tuple[int, ...]] = {"translation": (1, 8), "causal": (1, 8), "whisper": (1, 2)}

Step = tuple[str, Callable[[Bench], None]]


def plan() -> list[Step]:
    """Sections and their measurements, the most important first."""
    speed = lambda section, name, kind: (section, lambda bench: written(bench, section, name, kind))  # noqa: E731
    check = lambda section, name: (section, lambda bench: same_tokens(bench, section, name))  # noqa: E731
    heard = lambda name, kind, length: ("whisper", lambda bench: windows(bench, name, kind, length))  # noqa: E731

    def peer(section: str, name: str, batches: tuple[int, ...]) -> Step:
        return section, lambda bench: written_by_transformers(bench, section, name, batches)

    return [
        speed("translation", "nllb-600m", "float16"),
        heard("whisper-large-v3", "float16", "30 s"),
        heard("whisper-large-v3", "float16", "10 s"),
        ("lanes", lanes),
        speed("causal", "qwen2.5-1.5b", "float16"),
        speed("translation", "opus-mt-base", "float16"),
        peer("translation", "nllb-600m", (1, 32, 128)),
        check("translation", "nllb-600m"),
        peer("causal", "qwen2.5-1.5b", (1, 32)),
        check("causal", "qwen2.5-1.5b"),
        peer("translation", "opus-mt-base", (1, 32, 128)),
        check("translation", "opus-mt-base"),
        speed("translation", "nllb-600m", "int8_float16"),
        heard("whisper-large-v3", "int8_float16", "30 s"),
        heard("whisper-large-v3", "int8_float16", "10 s"),
        speed("causal", "qwen2.5-1.5b", "int8_float16"),
        speed("translation", "nllb-600m", "bfloat16"),
        speed("translation", "opus-mt-base", "int8_float16"),
        speed("translation", "opus-mt-base", "bfloat16"),
        speed("translation", "nllb-1.3b", "float16"),
        speed("translation", "nllb-1.3b", "int8_float16"),
        speed("translation", "opus-mt-big", "float16"),
        speed("translation", "opus-mt-big", "int8_float16"),
        heard("whisper-base", "float16", "30 s"),
        heard("whisper-base", "int8_float16", "30 s"),
        heard("whisper-base", "float16", "10 s"),
        speed("translation", "nllb-1.3b", "bfloat16"),
        speed("translation", "opus-mt-big", "bfloat16"),
    ]


def signature(device: str) -> str:
    """Versions and hardware as `key:value`, joined by `|`; never the machine's name."""
    packages = ("ctranslate2", "torch", "transformers", "numpy")
    facts: dict[str, object] = {"python": platform.python_version()}
    facts |= {name: importlib.metadata.version(name) for name in packages}
    facts |= {"device": device, "machine": platform.machine()}
    if device == "cuda":
        import torch

        command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        with contextlib.suppress(OSError):
            facts["driver"] = subprocess.run(command, capture_output=True, text=True).stdout.strip().split("\n")[0]
        facts |= {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
    return "|".join(f"{key}:{value}" for key, value in facts.items())


def main() -> None:
    import ctranslate2

    sections = sorted({section for section, _ in plan()})
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=170, help="seconds for everything, imports included")
    parser.add_argument(
        "--device", choices=["cuda", "cpu"], default="cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    )
    parser.add_argument("--out", type=Path, help="file for the lines of JSON; begun anew")
    parser.add_argument("--only", nargs="+", choices=sections, default=sections, help="sections to measure")
    parser.add_argument("--lane-seconds", type=float, default=6, help="how long each session of the lanes speaks")
    parser.add_argument(
        "--steps", type=int, nargs="+", help="measurements to make, by their place in the plan (from 0)"
    )
    parser.add_argument("--tiny", action="store_true", help="small models and batches: shows that the script works")
    given = parser.parse_args()
    shapes = gpu_shapes.SHAPES
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            given.device, Path(folder), Budget(STARTED, given.budget), Results(given.out),
            {name: gpu_shapes.tiny(shape) for name, shape in shapes.items()} if given.tiny else shapes,
            TINY_BATCHES if given.tiny else BATCHES, 2 if given.tiny else given.lane_seconds,
            (1, 4) if given.tiny else (1, 4, 16),
        )  # fmt: skip
        bench.results.add(signature=signature(given.device), tiny=given.tiny)
        for number, (section, measure) in enumerate(plan()):
            if section in given.only and number in (given.steps or range(len(plan()))):
                begin(bench, number, section, measure)
        bench.results.step = None
        bench.results.add(seconds=round(time.monotonic() - STARTED, 1), budget=given.budget)


def begin(bench: Bench, number: int, section: str, measure: Callable[[Bench], None]) -> None:
    """One measurement of the plan. What fails or does not fit is a line too, and the next one is tried."""
    bench.results.step = number
    try:
        measure(bench)
    except OutOfTime as late:
        bench.results.add(left_out=True, section=section, why=str(late))
    except Exception as failure:
        bench.results.add(failed=True, section=section, why=f"{type(failure).__name__}: {failure}"[:500])
    free(bench.device)


if __name__ == "__main__":
    main()
