"""Twenty kills at random moments of a translation of ten documents (about two minutes)."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.acceptance
def test_twenty_kills_of_ten_documents(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("kill_bench", ROOT / "benchmarks" / "load" / "kill.py")
    assert spec and spec.loader
    bench = importlib.util.module_from_spec(spec)
    sys.modules["kill_bench"] = bench
    spec.loader.exec_module(bench)
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    report = bench.run(tmp_path, kills=20, documents=10, sentences=60, seed=seed, max_life_seconds=3.0)
    print(report)
    assert (report.lost, report.repeated_stored, report.wrong_files) == (0, 0, 0)
    assert report.renditions_done == 50
    assert report.kills_at_work >= 10, "too few kills met the worker at work"
    assert report.repeated_in_flight <= report.kills * 10 * 5  # ten workers, chunks of five segments
