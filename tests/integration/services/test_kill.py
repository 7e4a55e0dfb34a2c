"""The worker is killed at random moments; all finishes, nothing is lost, nothing that was stored is done again.

The long version is tests/acceptance/test_kill_twenty.py.
"""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType


def test_four_kills_of_three_documents(kill_bench: ModuleType, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    report = kill_bench.run(tmp_path, kills=4, documents=3, sentences=24, seed=seed, max_life_seconds=1.0)
    print(report)
    assert (report.lost, report.repeated_stored, report.wrong_files) == (0, 0, 0)
    assert (report.renditions_done, report.segments) == (15, 360)
    # At most the steps under way: ten workers, chunks of four segments.
    assert report.repeated_in_flight <= report.kills * 10 * 4
