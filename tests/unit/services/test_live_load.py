"""The load ladder: cadence, then whole sentences only, then nobody else; up quickly, down slowly, never flapping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from langsupport.services.live_load import DOWN_TICKS, LAST_STEP, UP_TICKS, LoadLadder


def run(ladder: LoadLadder, seconds: int, took_s: float, hearings: int = 5, start: float = 0.0) -> float:
    for second in range(seconds):
        for _ in range(hearings):
            ladder.note(start + second, took_s)
        ladder.tick(start + second)
    return start + seconds


def test_it_climbs_step_by_step_while_hearings_come_late() -> None:
    ladder, at, seen = LoadLadder(1_000), 0.0, []
    for _ in range(LAST_STEP + 2):
        seen.append((ladder.cadence_ms, ladder.partials, ladder.admits))
        at = run(ladder, UP_TICKS, took_s=30.0, start=at)
    assert seen == [
        (1_000, True, True),
        (2_000, True, True),
        (3_000, True, True),
        (3_000, False, True),
        (3_000, False, False),
        (3_000, False, False),
    ]


def test_it_comes_down_when_there_is_room_and_not_before() -> None:
    ladder = LoadLadder(1_000)
    at = run(ladder, 3 * UP_TICKS, took_s=10.0)
    assert ladder.step == 3
    at = run(ladder, 60, took_s=2.0, start=at)  # in time for whole sentences, too late for more
    assert ladder.step == 3
    at = run(ladder, 10 + DOWN_TICKS, took_s=1.0, start=at)  # what came before counts for ten seconds
    assert ladder.step == 2
    at = run(ladder, 60, took_s=1.0, start=at)  # half of what step 1 allows is not quick enough for it
    assert ladder.step == 2
    at = run(ladder, 3 * DOWN_TICKS, took_s=0.2, start=at)
    assert ladder.step == 0


def test_a_steady_load_does_not_make_it_flap() -> None:
    for took_ms in range(100, 4_000, 50):
        ladder = LoadLadder(1_000)
        at = run(ladder, 100, took_ms / 1000)
        settled = ladder.step
        run(ladder, 200, took_ms / 1000, start=at)
        assert ladder.step == settled, took_ms


def test_one_slow_hearing_says_nothing() -> None:
    ladder = LoadLadder(1_000)
    for second in range(30):
        ladder.note(second, 20.0 if second == 3 else 0.3)
        ladder.tick(second)
    assert ladder.step == 0


def test_hearings_that_do_not_come_at_all_count() -> None:
    ladder = LoadLadder(1_000)
    for second in range(20):
        ladder.tick(second, [float(second)] * 4)
    assert ladder.step == LAST_STEP


def test_with_nothing_to_do_it_comes_down() -> None:
    ladder = LoadLadder(1_000)
    run(ladder, 100, took_s=50.0)
    assert not ladder.admits
    for second in range(100, 100 + (LAST_STEP + 2) * DOWN_TICKS):
        ladder.tick(second)
    assert ladder.step == 0


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 10)), max_size=200), st.integers(300, 10_000))
def test_it_stays_on_its_ladder(load: list[tuple[float, int]], cadence_ms: int) -> None:
    ladder, before = LoadLadder(cadence_ms), 0
    for second, (took_s, hearings) in enumerate(load):
        run(ladder, 1, took_s, hearings, start=float(second))
        assert 0 <= ladder.step <= LAST_STEP
        assert abs(ladder.step - before) <= 1
        assert ladder.cadence_ms >= cadence_ms
        before = ladder.step
