"""Live sessions over a real database and a real spool, heard by a core that finds words in the sound itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from live_stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.services.close()


@pytest.fixture
def make_stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(**live: Any) -> Stage:
        made.append(Stage(tmp_path / str(len(made)), live=live))
        return made[-1]

    yield make
    for one in made:
        one.services.close()


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Every thread of a live session ends with its service; other tests' servers may have some of their own."""
    before = set(threading.enumerate())
    yield
    left: Sequence[str] = ["?"]
    end = time.monotonic() + 10
    while left and time.monotonic() < end:
        left = [t.name for t in set(threading.enumerate()) - before if t.name.startswith("langsupport-live")]
        time.sleep(0.02)
    assert not left
