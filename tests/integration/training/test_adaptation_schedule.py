"""Models that learn by themselves: a real run with a tiny model, and what becomes of runs that are cut or fail."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

import tinymodels
from accounts import add
from langsupport.domain.matches import MemoryUnit
from langsupport.domain.units import CodedText
from langsupport.services.account_records import Caller, Confidentiality
from langsupport.services.accounts import build_accounts
from langsupport.services.adaptation_schedule import AdaptationSchedule, is_quiet
from langsupport.services.database import Database
from langsupport.services.meetings import MeetingAsked, MeetingService
from langsupport.services.memory import MemoryService
from langsupport.services.settings import AdaptationRun, Settings, load_settings
from waiting import until

MODEL = "tiny-marian-en-fr"
NIGHT, DAY = datetime(2026, 11, 27, 23), datetime(2026, 11, 27, 12)


def units(count: int, first: int = 0) -> list[MemoryUnit]:
    """Approved now, in documents of ten."""
    taken = tinymodels.learnable(3)[first : first + count]
    return [
        MemoryUnit(
            CodedText(source), CodedText(target), "en", "fr", document=f"doc {number // 10}", at=datetime.now(UTC)
        )
        for number, (source, target) in enumerate(taken)
    ]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path}/langsupport.sqlite")
    yield database
    database.close()


def settings_of(root: Path, **more: object) -> Settings:
    general = root / "general.tsv"
    with general.open("w", encoding="utf-8") as lines:
        for unit in units(300, 1_000):
            lines.write(f"{unit.source.text}\t{unit.target.text}\t{unit.document}\n")
    table = "\n".join(
        f"{name} = {json.dumps(value)}"
        for name, value in {"model": MODEL, "source": "en", "target": "fr", "general": str(general), **more}.items()
    )
    config = root / "config.toml"
    config.write_text(f"[adaptation]\nafter_segments = 500\n[[adaptation.runs]]\n{table}\n", encoding="utf-8")
    return load_settings(config, {
        "LANGSUPPORT_DATA": str(root / "data"), "LANGSUPPORT_MODELS": str(root / "models"),
        "LANGSUPPORT_MANIFESTS_DIR": str(root / "manifests"),
        "LANGSUPPORT_DATABASE": f"sqlite:///{root}/langsupport.sqlite",
    })  # fmt: skip


def approve(database: Database, made: Sequence[MemoryUnit], meeting: str | None = None) -> None:
    MemoryService(database).add(made, "Tom", "approved", meeting)


def ended(schedule: AdaptationSchedule) -> bool:
    schedule.resume(NIGHT)
    return schedule._child is None


def test_a_model_learns_once_enough_was_approved(database: Database, tmp_path: Path) -> None:
    store = tinymodels.installed(tmp_path, [MODEL])
    settings = settings_of(tmp_path, steps=150, rate=3e-3, weights=str(tmp_path / "hub" / MODEL))
    (run,) = settings.adaptation.runs
    schedule = AdaptationSchedule(database, settings)
    approve(database, units(400))
    schedule.look(NIGHT)
    assert ended(schedule) and not schedule.progress(run).going_on, "too little yet"
    approve(database, units(600, 400))
    schedule.look(DAY)
    assert ended(schedule) and not schedule.progress(run).going_on, "not in the quiet hours"
    schedule.look(NIGHT)
    assert schedule.progress(run).going_on
    until(lambda: ended(schedule), 240)
    folder = tmp_path / "data" / "adaptation" / f"{MODEL}.en-fr" / "run-1"
    known = schedule.progress(run)
    assert (known.last, known.runs, known.going_on) == ("promoted", 1, False), (folder / "log.txt").read_text("utf-8")
    assert [one.id for one in store.adapted(MODEL)] == [f"{MODEL}.en-fr.1"]
    schedule.look(NIGHT)
    assert ended(schedule) and schedule.progress(run).runs == 1, "nothing new since"


def sleeping(run: AdaptationRun, folder: Path) -> list[str]:
    return [sys.executable, "-c", "import time; time.sleep(600)", str(folder)]


def failing(run: AdaptationRun, folder: Path) -> list[str]:
    return [sys.executable, "-c", "raise SystemExit('no weights')"]


def refused(run: AdaptationRun, folder: Path) -> list[str]:
    return [sys.executable, "-c", "raise SystemExit(7)"]


def test_a_run_that_was_cut_goes_on_with_the_text_that_it_had(database: Database, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (run,) = settings.adaptation.runs
    approve(database, units(500))
    schedule = AdaptationSchedule(database, settings, sleeping)
    schedule.look(NIGHT)
    text = (tmp_path / "data" / "adaptation" / f"{MODEL}.en-fr" / "run-1" / "memory.tsv").read_bytes()
    assert len(text.splitlines()) == 500
    schedule.resume(DAY)
    assert schedule._child is None and schedule.progress(run).going_on
    approve(database, units(100, 500))
    schedule.look(NIGHT)
    schedule.close()
    later = AdaptationSchedule(database, settings, refused)
    later.look(NIGHT)
    until(lambda: ended(later))
    known = later.progress(run)
    assert (known.runs, known.going_on, known.last) == (1, False, "refused")
    folder = tmp_path / "data" / "adaptation" / f"{MODEL}.en-fr"
    assert (folder / "run-1" / "memory.tsv").read_bytes() == text
    approve(database, units(399, 600))
    later.look(NIGHT)
    assert later.progress(run).runs == 1, "what came while it ran counts for the next one: 499"
    approve(database, units(1, 999))
    later.look(NIGHT)
    assert later.progress(run).runs == 2
    later.close()


def test_a_run_that_outlived_its_service_is_ended_before_it_goes_on(database: Database, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (run,) = settings.adaptation.runs
    approve(database, units(500))
    killed = AdaptationSchedule(database, settings, sleeping)
    killed.look(NIGHT)
    orphan = psutil.Process(killed.progress(run).pid)
    later = AdaptationSchedule(database, settings, sleeping)
    later.look(NIGHT)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    assert later.progress(run).pid != orphan.pid
    later.close()
    killed.resume(DAY)


def test_a_run_that_fails_is_tried_three_times_and_then_left(database: Database, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (run,) = settings.adaptation.runs
    approve(database, units(500))
    schedule = AdaptationSchedule(database, settings, failing)
    for tries in (1, 2):
        schedule.look(NIGHT)
        until(lambda: ended(schedule))
        assert (schedule.progress(run).tries, schedule.progress(run).going_on) == (tries, True)
    schedule.look(NIGHT)
    until(lambda: ended(schedule))
    assert (schedule.progress(run).going_on, schedule.progress(run).last) == (False, "failed")
    schedule.look(NIGHT)
    assert ended(schedule) and schedule.progress(run).runs == 1
    log = tmp_path / "data" / "adaptation" / f"{MODEL}.en-fr" / "run-1" / "log.txt"
    assert log.read_text("utf-8").count("no weights") == 3


def test_confidential_meetings_teach_nothing(database: Database, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    person = add(build_accounts(settings, database), "carol", "coordinator")
    carol = Caller(person.name, person.permissions, person)
    closed = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
    meeting = MeetingService(database).create(closed, carol)
    approve(database, units(500), meeting.id)
    schedule = AdaptationSchedule(database, settings, sleeping)
    schedule.look(NIGHT)
    assert ended(schedule) and not schedule.progress(settings.adaptation.runs[0]).going_on
    approve(database, units(500, 500))
    schedule.look(NIGHT)
    text = tmp_path / "data" / "adaptation" / f"{MODEL}.en-fr" / "run-1" / "memory.tsv"
    assert len(text.read_bytes().splitlines()) == 500
    schedule.close()


@pytest.mark.parametrize(
    ("hour", "begins", "ends", "quiet"),
    [(23, 20, 6, True), (5, 20, 6, True), (6, 20, 6, False), (12, 20, 6, False), (12, 9, 17, True), (3, 0, 0, True)],
)
def test_quiet_hours(hour: int, begins: int, ends: int, quiet: bool) -> None:
    assert is_quiet(hour, begins, ends) is quiet
