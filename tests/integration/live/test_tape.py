"""The tape: the disk where there is room, memory where there is none, and nothing lost between them."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from langsupport.captioning.frames import EpochPlace
from langsupport.services.live_tape import OVERHANG_SAMPLES, Tape
from langsupport.services.spool import Epoch, Spool
from langsupport.services.spool_files import from_s16, to_s16


def noise(count: int, seed: int = 1) -> np.ndarray:
    return from_s16(to_s16(np.random.default_rng(seed).uniform(-1, 1, count).astype(np.float32)).tobytes())


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """As on a full disk: a file can't grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path)
    yield made
    made.close()


def test_a_full_disk_is_bridged_in_memory_and_made_up_for(spool: Spool) -> None:
    tape = Tape(spool, "s1", "floor")
    whole = noise(100_000)
    tape.append(0, whole[:40_000])
    with no_file_over(90_000):
        tape.append(40_000, whole[40_000:60_000])
        assert (tape.full, tape.safe, tape.end) == (True, 40_000, 60_000)
        assert not tape.retry()
        tape.append(70_000, whole[70_000:80_000])
        np.testing.assert_array_equal(tape.read(30_000, 20_000), whole[30_000:50_000])
        assert not tape.read(60_000, 10_000).any()
        tape.skip(90_000)
        assert tape.end == 90_000
    assert tape.retry()
    assert (tape.full, tape.safe) == (False, 90_000)
    tape.append(90_000, whole[90_000:])
    expected = whole.copy()
    expected[60_000:70_000] = expected[80_000:90_000] = 0
    np.testing.assert_array_equal(spool.read("s1", "floor", 0, 200_000), expected)


def test_memory_is_bounded_and_what_was_not_heard_is_held(spool: Spool) -> None:
    tape = Tape(spool, "s1", "floor")
    block = noise(16_000)
    with no_file_over(0):
        while tape.room:
            tape.append(tape.end, block)
        assert OVERHANG_SAMPLES <= tape.end <= OVERHANG_SAMPLES + len(block)
        np.testing.assert_array_equal(tape.read(0, 16_000), block)
        for _ in range(300):  # heard as it comes: the oldest goes
            tape.heard = tape.end
            assert tape.room
            tape.append(tape.end, block)
        assert sum(len(part) for _, part in tape._over) <= OVERHANG_SAMPLES
    end = tape.end
    assert tape.retry()
    assert spool.length("s1", "floor") == end
    np.testing.assert_array_equal(spool.read("s1", "floor", end - 16_000, 16_000), block)


def test_what_waits_in_memory_is_erased_too(spool: Spool) -> None:
    tape = Tape(spool, "s1", "floor")
    with no_file_over(0):
        tape.append(0, noise(30_000))
        tape.erase(10_000, 20_000)
        assert not tape.read(10_000, 10_000).any()
        tape.erase(25_000, None)
    assert tape.retry()
    kept = spool.read("s1", "floor", 0, 30_000)
    assert not kept[10_000:20_000].any()
    assert not kept[25_000:].any()
    np.testing.assert_array_equal(kept[:10_000], noise(30_000)[:10_000])


def test_an_epoch_is_kept_as_soon_as_there_is_room(spool: Spool) -> None:
    tape = Tape(spool, "s1", "floor")
    epoch = Epoch(EpochPlace(4, 48_000, 0, 16_000), "pcm_s16le")
    with no_file_over(0):
        tape.begin(epoch)
        assert tape.full
        assert not tape.retry()
    assert tape.retry()
    assert spool.epoch("s1", "floor") == epoch
