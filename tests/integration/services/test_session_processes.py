"""Several processes, and one that is killed: what was committed is there, in order, once."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from langsupport.domain.live import CueState, LiveCue
from langsupport.errors import DiskFull
from langsupport.services import live_elsewhere, session_rows
from langsupport.services.database import Database
from langsupport.services.session_records import EventKind, SessionEvent
from langsupport.services.sessions import SessionService
from livecues import heard, translated

WRITER = """
import sys
from langsupport.services.database import Database
from langsupport.services.sessions import SessionService
from livecues import heard, translated

service = SessionService(Database.open(sys.argv[1]))
id, number = sys.argv[2], service.next_cue(sys.argv[2], "floor")
for cue in service.open_cues(id):  # the one that the kill interrupted
    service.append(id, [heard(int(cue.id[1:]), cue.stable, cue.revision + 1, final=True)])
print("ready", flush=True)
while True:
    first = heard(number, "Good")
    service.append(id, [first])
    last = heard(number, "Good morning.", 2, final=True)
    service.append(id, [last, translated(last, "fr", "Bonjour.", final=True)], {"floor": number * 16_000})
    print(number, flush=True)
    number += 1
"""


def test_a_killed_process_leaves_every_committed_cue_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'langsupport.sqlite'}"
    database = Database.open(url)
    service = SessionService(database)
    id = service.create("Meeting", by="Ann").id
    service.start(id, "Ann")
    database.close()
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    said = 0
    for _ in range(3):
        said = max(said, _killed(url, id, dice.uniform(0.05, 0.5)))
        database = Database.open(url)
        service = SessionService(database)
        (record,) = service.interrupted()
        floor, translations = _all(service, id, "floor"), _all(service, id, "fr")
        cues, french = [cue for _, cue in floor], [cue for _, cue in translations]
        final = [cue for cue in cues if cue.state is CueState.FINAL and cue.stable == "Good morning."]
        assert len({cue.id for cue in cues}) == len(cues) >= said
        assert {f"c{number}" for number in range(1, said + 1)} - {cue.id for cue in cues} == set()
        assert [cue.id for cue in french] == [cue.id for cue in final]  # of one transaction
        assert record.channels[0].settled == int(final[-1].id[1:]) * 16_000
        seqs = [seq for seq, _ in [*floor, *translations]]
        assert len(set(seqs)) == len(seqs) and max(seqs) == record.seq
        service.close()
        database.close()
    assert said > 0


def _all(service: SessionService, id: str, track: str) -> list[tuple[int, LiveCue]]:
    """However many a quick machine wrote: page after page."""
    found: list[tuple[int, LiveCue]] = []
    while page := service.cues(id, track, changed_since=found[-1][0] if found else 0, limit=1000):
        found += page
    return found


def _killed(url: str, id: str, seconds: float) -> int:
    """The last number that a writer said it had kept before it was killed."""
    command = [sys.executable, "-c", WRITER, url, id]
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read().splitlines()
    return int((first.split() + rest)[-1])


@pytest.fixture
def others(database_url: str) -> Iterator[SessionService]:
    """The service in another process, as far as the first can tell: nothing but the database is shared."""
    database = Database.open(database_url)
    service = SessionService(database)
    yield service
    service.close()
    database.close()


def until(done: Callable[[], object]) -> None:
    """Other processes are seen within half a second; slow machines get a minute."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_written_before_by_others_comes_before(
    sessions: SessionService, others: SessionService, meeting: str
) -> None:
    viewer = sessions.watch(meeting, ["floor"], None, lambda: None)
    viewer.take()
    others.append(meeting, [heard(1, "Good"), heard(2, "We")])
    sessions.append(meeting, [heard(1, "Good morning.", 2, final=True)])
    others.append(meeting, [heard(3, "So")])
    others.append(meeting, [heard(4, "Then")])
    sessions.mark(meeting, "item", 0, "Opening", by="Ann")
    found = [(one["seq"], one["id"]) for one in viewer.take()]
    assert found == [(2, "c2"), (3, "c1"), (4, "c3"), (5, "c4"), (6, "m1")]


def test_cues_and_resume_points_are_kept_together_or_not_at_all(
    sessions: SessionService, meeting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DiskFull(path="here", needed="more", available="nothing")

    viewer = sessions.watch(meeting, ["floor"], None, lambda: None)
    viewer.take()
    with monkeypatch.context() as patch, pytest.raises(DiskFull):
        patch.setattr(session_rows, "settle", fail)
        sessions.append(meeting, [heard(1, "Good")], {"floor": 16_000})
    assert sessions.cues(meeting, "floor") == [] and viewer.take() == [] and sessions.get(meeting).seq == 0
    sessions.append(meeting, [heard(1, "Good")], {"floor": 16_000})
    assert [one["seq"] for one in viewer.take()] == [1]


postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@postgresql
def test_viewers_hear_of_what_another_process_wrote(
    sessions: SessionService, others: SessionService, meeting: str
) -> None:
    grant, _ = sessions.grant(meeting, "viewer", "Bob", "Ann")
    told: list[dict[str, object]] = []
    lock = threading.Lock()

    def take() -> None:
        with lock:
            told.extend(viewer.take())

    viewer = sessions.watch(meeting, ["floor"], None, lambda: None, grant)
    viewer.on_news = take
    take()
    others.append(meeting, [heard(1, "Good")])
    sessions.append(meeting, [heard(1, "Good morning.", 2, final=True)])  # here, and there was something before
    others.append(meeting, [heard(2, "We meet.", final=True)])
    until(lambda: len([one for one in told if one["type"] == "cue"]) >= 2)
    seqs = [one["seq"] for one in told if one["type"] == "cue"]
    assert seqs == sorted(seqs) and seqs[-1] == 3
    others.pause(meeting, "Ann")
    until(lambda: any(one.get("state") == "paused" for one in told))
    others.revoke(meeting, grant.id, "Ann")
    until(lambda: told[-1]["type"] == "bye")
    assert told[-1]["code"] == "revoked" and viewer.closed


@postgresql
def test_listeners_hear_of_what_people_do_through_another_process(
    sessions: SessionService, others: SessionService, meeting: str
) -> None:
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    said = heard(1, "Good mourning")
    sessions.append(meeting, [said, translated(said, "fr", "Bon deuil")])
    others.correct(meeting, "floor", "c1", 1, "Good morning", "Bob")
    until(lambda: any(event.kind is EventKind.CORRECTED for event in told))
    corrected = {event.cues[0].track: event for event in told if event.kind is EventKind.CORRECTED}
    assert corrected["floor"].cues[0].stable == "Good morning" and corrected["floor"].was_open
    others.set_glossary(meeting, ["TD 123"], "Ann")
    until(lambda: any(event.record and event.record.glossary for event in told))
    others.off_record(meeting, "Ann", since_ms=0)
    until(lambda: {EventKind.OFF_RECORD, EventKind.RETRACTED} <= {event.kind for event in told})
    assert next(event for event in told if event.kind is EventKind.OFF_RECORD).from_ms == 0
    others.on_record(meeting, "Ann")
    until(lambda: any(event.kind is EventKind.ON_RECORD and event.to_ms is not None for event in told))
    others.end(meeting, "Ann")
    until(lambda: any(event.kind is EventKind.STATE for event in told))
    others.delete(meeting, "Ann")
    until(lambda: told[-1].kind is EventKind.DELETED)


@postgresql
def test_what_is_watched_through_another_process_is_known(
    sessions: SessionService, others: SessionService, meeting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_elsewhere, "_ASK_SECONDS", 0)
    viewers = [others.watch(meeting, ["ru", "fr"], None, lambda: None) for _ in range(2)]
    until(lambda: sessions.watchers(meeting) == {"ru": 1, "fr": 1})
    here = [sessions.watch(meeting, ["fr"], None, lambda: None) for _ in range(3)]
    assert sessions.watchers(meeting) == {"ru": 1, "fr": 3}
    for viewer in viewers + here:
        viewer.close()
    monkeypatch.setattr(live_elsewhere, "PRESENCE_KEPT_MS", 0)
    assert sessions.watchers(meeting) == {}
