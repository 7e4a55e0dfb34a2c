"""The token budget follows the measured speed of each model."""

from langsupport.engines.meters import CPU_TOKENS, FIRST_TOKENS, LEAST_TOKENS, Meters
from langsupport.engines.options import InferenceOptions
from langsupport.engines.protocols import Lane
from langsupport.engines.scheduler import Batch, Group, Work

GROUP = Group("translate", "m", "en", "fr")


def step(items: int = 10, cost: int = 20) -> Batch:
    return Batch(Lane.BATCH, GROUP, tuple(Work("o", Lane.BATCH, GROUP, cost, None) for _ in range(items)))


def test_a_slow_model_gets_small_steps_and_a_fast_one_big_ones() -> None:
    meters = Meters(InferenceOptions(step_seconds=4.0), "cpu")
    assert meters.budget(GROUP, interruptible=False).tokens == FIRST_TOKENS
    meters.count(step(), seconds=5.0, failures=0, interruptions=0)  # 40 tokens a second
    assert meters.budget(GROUP, interruptible=False).tokens == 160
    fast = Meters(InferenceOptions(step_seconds=4.0), "cpu")
    fast.count(step(), seconds=0.01, failures=0, interruptions=0)
    assert fast.budget(GROUP, interruptible=False).tokens == CPU_TOKENS


def test_no_step_is_smaller_than_useful() -> None:
    meters = Meters(InferenceOptions(), "cpu")
    meters.count(step(), seconds=1_000.0, failures=0, interruptions=0)
    assert meters.budget(GROUP, interruptible=False).tokens == LEAST_TOKENS


def test_failures_and_interruptions_teach_nothing_about_speed() -> None:
    meters = Meters(InferenceOptions(), "cpu")
    meters.count(step(), seconds=0.001, failures=1, interruptions=0)
    meters.count(step(), seconds=0.001, failures=0, interruptions=9)
    assert meters.budget(GROUP, interruptible=False).tokens == FIRST_TOKENS


def test_recognition_goes_window_by_window() -> None:
    assert Meters(InferenceOptions(), "cpu").budget(Group("recognize", "w"), interruptible=False).items == 1


def test_the_report_adds_up() -> None:
    meters = Meters(InferenceOptions(), "cpu")
    for _ in range(3):
        meters.count(step(items=4, cost=5), seconds=0.5, failures=1, interruptions=0)
    (row,) = meters.report()
    assert (row["model"], row["lane"]) == ("m", "batch")
    assert (row["batches"], row["items"], row["tokens"], row["seconds"], row["failures"]) == (3, 12, 60, 1.5, 3)
