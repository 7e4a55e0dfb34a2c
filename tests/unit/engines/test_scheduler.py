"""The scheduler: lanes, turns, batches. No threads, no models, no clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.engines.protocols import Lane
from langsupport.engines.scheduler import MODEL_STREAK, Batch, Budget, Group, Scheduler, Work
from langsupport.errors import QueueFull

FRENCH = Group("translate", "m", "en", "fr")
RUSSIAN = Group("translate", "m", "en", "ru")
OTHER = Group("translate", "other", "en", "fr")
LIMITS = dict.fromkeys(Lane, 1_000)


def work(owner: str, cost: int = 10, group: Group = FRENCH, lane: Lane = Lane.BATCH) -> Work:
    return Work(owner, lane, group, cost, payload=None)


def take(scheduler: Scheduler, tokens: int = 100, items: int = 64) -> Batch | None:
    return scheduler.next_batch(lambda group, lane: Budget(tokens, items))


def drain(scheduler: Scheduler, **budget: int) -> list[Batch]:
    batches = []
    while (batch := take(scheduler, **budget)) is not None:
        batches.append(batch)
    return batches


def test_a_live_request_goes_before_everything_that_waits() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("document") for _ in range(50)])
    scheduler.submit(Lane.INTERACTIVE, [work("page", lane=Lane.INTERACTIVE)])
    first = take(scheduler)
    scheduler.submit(Lane.LIVE, [work("caption", lane=Lane.LIVE)])
    assert [first.lane, take(scheduler).lane, take(scheduler).lane] == [Lane.INTERACTIVE, Lane.LIVE, Lane.BATCH]


def test_a_running_batch_learns_that_something_more_urgent_waits() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.INTERACTIVE, [work("page", lane=Lane.INTERACTIVE)])
    assert scheduler.urgent(Lane.BATCH)
    assert not scheduler.urgent(Lane.INTERACTIVE)


def test_batches_keep_to_the_token_budget_and_the_item_limit() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("d", cost=30) for _ in range(7)])
    assert [len(batch.works) for batch in drain(scheduler, tokens=100)] == [3, 3, 1]
    scheduler.submit(Lane.BATCH, [work("d", cost=1) for _ in range(7)])
    assert [len(batch.works) for batch in drain(scheduler, items=4)] == [4, 3]


def test_an_item_over_the_budget_goes_alone_and_is_not_lost() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("d", cost=500), work("d", cost=5)])
    assert [[w.cost for w in batch.works] for batch in drain(scheduler)] == [[500], [5]]


def test_a_full_batch_holds_similar_lengths() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("d", cost=cost) for cost in [40] * 10 + [3] * 10])
    first, second = drain(scheduler, tokens=10_000)
    assert {w.cost for w in first.works} == {40}
    assert {w.cost for w in second.works} == {3}


def test_one_direction_and_one_model_to_a_batch() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("d", group=group) for group in (FRENCH, RUSSIAN, OTHER) for _ in range(3)])
    batches = drain(scheduler)
    assert all(len({w.group for w in batch.works}) == 1 for batch in batches)
    assert sum(len(batch.works) for batch in batches) == 9


def test_owners_of_a_lane_take_turns() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("long") for _ in range(40)])
    scheduler.submit(Lane.BATCH, [work("short", group=RUSSIAN) for _ in range(5)])
    assert [batch.works[0].owner for batch in (take(scheduler), take(scheduler))] == ["long", "short"]


def test_two_owners_of_one_direction_share_a_batch() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("a"), work("a")])
    scheduler.submit(Lane.BATCH, [work("b"), work("b")])
    assert [w.owner for w in take(scheduler).works] == ["a", "a", "b", "b"]


def test_a_model_stays_for_a_streak_and_then_gives_way() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("a", cost=100) for _ in range(20)])
    scheduler.submit(Lane.BATCH, [work("b", cost=100, group=OTHER) for _ in range(20)])
    models = [batch.group.model for batch in drain(scheduler)]
    assert models[: 2 * MODEL_STREAK + 1] == ["m"] * MODEL_STREAK + ["other"] * MODEL_STREAK + ["m"]


def test_a_full_lane_refuses_and_keeps_nothing_of_what_it_refused() -> None:
    scheduler = Scheduler({**LIMITS, Lane.INTERACTIVE: 5})
    scheduler.submit(Lane.INTERACTIVE, [work("a", lane=Lane.INTERACTIVE) for _ in range(4)])
    with pytest.raises(QueueFull) as refused:
        scheduler.submit(Lane.INTERACTIVE, [work("b", lane=Lane.INTERACTIVE) for _ in range(2)])
    assert refused.value.fields == {"lane": "interactive", "limit": 5}
    assert scheduler.waiting()[Lane.INTERACTIVE] == 4
    scheduler.submit(Lane.BATCH, [work("b")])


def test_dropping_an_owner_leaves_the_others() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("a"), work("a", group=RUSSIAN), work("b")])
    assert scheduler.drop("a") == 2
    assert [w.owner for batch in drain(scheduler) for w in batch.works] == ["b"]


def test_work_put_back_goes_first_in_its_lane() -> None:
    scheduler = Scheduler(LIMITS)
    scheduler.submit(Lane.BATCH, [work("a")])
    interrupted = take(scheduler)
    scheduler.submit(Lane.BATCH, [work("b", group=RUSSIAN)])
    scheduler.put_back(interrupted.works)
    assert take(scheduler).works == interrupted.works


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([FRENCH, RUSSIAN, OTHER]),
            st.sampled_from(list(Lane)),
            st.integers(1, 200),
        ),
        max_size=60,
    ),
    st.integers(1, 300),
    st.integers(1, 12),
)
def test_everything_submitted_comes_out_once_within_the_budget(
    items: list[tuple[str, Group, Lane, int]], tokens: int, most: int
) -> None:
    scheduler = Scheduler(LIMITS)
    works = [work(owner, cost, group, lane) for owner, group, lane, cost in items]
    for item in works:
        scheduler.submit(item.lane, [item])
    batches = drain(scheduler, tokens=tokens, items=most)
    assert sorted(map(id, works)) == sorted(id(w) for batch in batches for w in batch.works)
    assert all(len(batch.works) == 1 or batch.tokens <= tokens for batch in batches)
    assert all(len(batch.works) <= most for batch in batches)
    assert [batch.lane for batch in batches] == sorted(batch.lane for batch in batches)
    assert not any(scheduler.waiting().values())


def live(owner: str, *, final: bool, deadline: float, group: Group | None = None) -> Work:
    urgency = (0 if final else 1, deadline)
    return Work(owner, Lane.LIVE, group or Group("listen", "whisper"), 1, owner, urgency=urgency)


def test_in_the_live_lane_finals_go_first_and_then_the_earliest_deadline() -> None:
    scheduler = Scheduler(dict.fromkeys(Lane, 100))
    captions = Group("translate", "m", "en", "fr")
    scheduler.submit(Lane.LIVE, [Work("captions", Lane.LIVE, captions, 5, "captions", urgency=(2, 1.0))])
    scheduler.submit(Lane.LIVE, [live("late", final=False, deadline=9.0)])
    scheduler.submit(Lane.LIVE, [live("soon", final=False, deadline=3.0)])
    scheduler.submit(Lane.LIVE, [live("end", final=True, deadline=20.0)])
    order = []
    while batch := scheduler.next_batch(lambda group, lane: Budget(1, 1)):
        order += [work.payload for work in batch.works]
    assert order == ["end", "soon", "late", "captions"]


def test_a_batch_of_live_windows_takes_the_most_urgent_ones() -> None:
    scheduler = Scheduler(dict.fromkeys(Lane, 100))
    for number in (5, 1, 4, 2, 3):
        scheduler.submit(Lane.LIVE, [live(f"s{number}", final=False, deadline=float(number))])
    batch = scheduler.next_batch(lambda group, lane: Budget(3, 3))
    assert batch is not None
    assert [work.payload for work in batch.works] == ["s1", "s2", "s3"]
