"""The jobs port, as its adapter keeps it, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from langsupport.errors import Conflict, DiskFull, QueueFull
from langsupport.services import dbos_jobs
from langsupport.services.database import Database, now_ms
from langsupport.services.dbos_jobs import DbosJobs
from langsupport.services.jobs import JobKind, JobState, Steps


class Bench:
    """A database on which job engines are opened and closed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.open: list[tuple[Database, DbosJobs]] = []

    def start(self, run: Callable[..., None], workers: int = 4, launch: bool = True) -> DbosJobs:
        database = Database.open(self.url)
        jobs = DbosJobs(database, polling_interval_ms=20)
        self.open.append((database, jobs))
        jobs.register(JobKind("work", run, workers))
        if launch:
            jobs.launch()
        return jobs

    def submit(self, key: str, *arguments: str | int) -> None:
        database, jobs = self.open[-1]
        with database.write() as connection:
            jobs.submit(connection, "work", key, *arguments)

    def stop(self) -> None:
        while self.open:
            database, jobs = self.open.pop()
            jobs.close()
            database.close()


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    bench = Bench(database_url)
    yield bench
    bench.stop()


def until(condition: Callable[[], object], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def never(error: Exception) -> int:
    raise AssertionError from error


def test_a_job_runs_its_steps_in_order_and_ends(bench: Bench) -> None:
    seen: list[object] = []

    def run(steps: Steps, text: str, number: int) -> None:
        seen.append(steps.run("one", lambda n: n + 1, number, on_error=never))
        seen.append(steps.run("two", lambda: text, on_error=never))

    jobs = bench.start(run)
    bench.submit("key", "text", 41)
    until(lambda: jobs.states(["key"])["key"] is JobState.ENDED)
    assert seen == [42, "text"]
    assert jobs.states(["other"]) == {"other": JobState.LOST}


def test_the_same_key_runs_once_and_a_rolled_back_one_never(bench: Bench) -> None:
    seen: list[str] = []
    jobs = bench.start(lambda steps, text: seen.append(text))
    for _ in range(3):
        bench.submit("key", "once")
    database, _ = bench.open[-1]
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        jobs.submit(connection, "work", "rolled-back", "never")
        raise ZeroDivisionError
    bench.submit("last", "last")
    until(lambda: "last" in seen)
    assert sorted(seen) == ["last", "once"]


def test_a_job_submitted_without_a_worker_runs_when_one_starts(bench: Bench) -> None:
    seen: list[str] = []
    bench.start(lambda steps, text: seen.append(text), launch=False)
    bench.submit("key", "later")
    bench.stop()
    assert seen == []
    bench.start(lambda steps, text: seen.append(text))
    until(lambda: seen == ["later"])


def test_closing_interrupts_and_the_next_start_goes_on_after_the_finished_steps(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbos_jobs, "EXECUTOR_TTL_SECONDS", 1)
    ran: list[str] = []
    errors: list[Exception] = []
    at_second = threading.Event()
    closing = threading.Event()

    def second() -> int:
        ran.append("second")
        at_second.set()
        if closing.wait(20):
            raise RuntimeError("called off because of the closing")
        return 0

    def run(steps: Steps) -> None:
        steps.run("first", lambda: ran.append("first") or 1, on_error=never)
        steps.run("second", second, on_error=lambda error: errors.append(error) or 1)
        steps.run("third", lambda: ran.append("third") or 1, on_error=never)

    jobs = bench.start(run)
    bench.submit("key")
    assert at_second.wait(20)
    jobs.stop()
    closing.set()
    bench.stop()
    assert (ran, errors) == (["first", "second"], [])

    def finish(steps: Steps) -> None:
        steps.run("first", lambda: ran.append("first") or 1, on_error=never)
        steps.run("second", lambda: ran.append("second") or 1, on_error=never)
        steps.run("third", lambda: ran.append("third") or 1, on_error=never)

    jobs = bench.start(finish)
    until(lambda: jobs.states(["key"])["key"] is JobState.ENDED)
    assert ran == ["first", "second", "second", "third"]


def test_a_cancelled_job_starts_no_further_step(bench: Bench) -> None:
    ran: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def first() -> int:
        entered.set()
        leave.wait(20)
        return 1

    def run(steps: Steps) -> None:
        steps.run("first", first, on_error=never)
        ran.append("after the first")
        steps.run("second", lambda: ran.append("second") or 1, on_error=never)

    jobs = bench.start(run)
    bench.submit("key")
    assert entered.wait(20)
    jobs.cancel(["key", "unknown"])
    leave.set()
    until(lambda: not jobs._running)
    assert "second" not in ran
    assert jobs.states(["key"])["key"] is JobState.LOST


def test_lack_of_capacity_is_waited_out_and_other_errors_are_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbos_jobs, "_WAITS_SECONDS", (0.01, 0.01))
    tries = {"full": 0, "always": 0, "disk": 0}
    results: list[int] = []

    def full() -> int:
        tries["full"] += 1
        if tries["full"] < 3:
            raise QueueFull(lane="batch", limit=1)
        return 7

    def always() -> int:
        tries["always"] += 1
        raise QueueFull(lane="batch", limit=1)

    def disk() -> int:
        tries["disk"] += 1
        raise DiskFull(path="x", needed="1", available="0")

    def run(steps: Steps) -> None:
        for step in (full, always, disk):
            results.append(steps.run(step.__name__, step, on_error=lambda error: -1))

    jobs = bench.start(run)
    bench.submit("key")
    until(lambda: jobs.states(["key"])["key"] is JobState.ENDED)
    assert results == [7, -1, -1]
    assert tries == {"full": 3, "always": 3, "disk": 1}


def test_workers_bound_how_much_goes_on_at_once(bench: Bench) -> None:
    now, most, lock = [0], [0], threading.Lock()

    def step() -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return 1

    jobs = bench.start(lambda steps: steps.run("s", step, on_error=never) and None, workers=2)
    keys = [f"k{n}" for n in range(8)]
    for key in keys:
        bench.submit(key)
    until(lambda: set(jobs.states(keys).values()) == {JobState.ENDED})
    assert most[0] == 2


def test_one_process_works_for_one_service_at_a_time_and_cycles_are_fine(bench: Bench) -> None:
    seen: list[int] = []
    for round_ in range(3):
        bench.start(lambda steps, number: seen.append(number))
        with pytest.raises(Conflict):
            bench.start(lambda steps: None)
        bench.open.pop()[0].close()
        bench.submit(f"k{round_}", round_)
        until(lambda round_=round_: round_ in seen)  # type: ignore[misc]
        bench.stop()
    assert not [thread for thread in threading.enumerate() if "dbos" in thread.name.lower()]


def test_ended_jobs_are_purged(bench: Bench) -> None:
    jobs = bench.start(lambda steps: None)
    bench.submit("key")
    until(lambda: jobs.states(["key"])["key"] is JobState.ENDED)
    assert jobs.purge(now_ms() - 60_000) == 0
    assert jobs.purge(now_ms() + 60_000) == 1
    assert jobs.states(["key"])["key"] is JobState.LOST


def test_arguments_are_kept_as_plain_json(bench: Bench) -> None:
    bench.start(lambda steps, a, b: None, launch=False)
    bench.submit("key", "doc-1", 3)
    database, _ = bench.open[-1]
    table = "workflow_input" if database.is_sqlite else "dbos.workflow_input"
    with database.read() as connection:
        row = connection.execute(sa.text(f"SELECT * FROM {table}")).one()
    assert '"positionalArgs":["doc-1",3]' in str(row)
