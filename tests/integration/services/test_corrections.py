"""Captions that captioners are asked to correct, over the real services."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from accounts import add
from langsupport.domain.tasks import Orders, Priority, TaskState
from langsupport.errors import Conflict, InvalidRequest, NotFound
from langsupport.services.account_records import Caller, Confidentiality
from langsupport.services.assembly import Services
from langsupport.services.corrections import CorrectionView
from langsupport.services.meetings import MeetingAsked
from langsupport.services.schema import corrections

Open = Callable[..., Services]
People = dict[str, Caller]


@pytest.fixture
def services(database_url: str, open_services: Open) -> Services:
    return open_services(url=database_url, accounts_mode="on", launch=False)


@pytest.fixture
def people(services: Services) -> People:
    roles = {"carol": "coordinator", "cleo": "captioner", "cem": "captioner"}
    found = {login: add(services.accounts, login, role) for login, role in roles.items()}
    return {login: Caller(one.name, one.permissions, one) for login, one in found.items()}


def test_from_the_list_to_done(services: Services, people: People) -> None:
    session = services.sessions.create("Second plenary", by="Carol").id
    orders = Orders(priority=Priority.HIGH, deadline_hours=2, instructions="Names first.")
    (asked,) = services.corrections.ask_for(session, ["floor"], orders, "Carol")
    assert (asked.state, asked.title, asked.track) == (TaskState.FREE, "Second plenary", "floor")
    assert asked.deadline is not None and not asked.late(asked.created_at)
    work = services.corrections
    assert [one.id for one in work.list(CorrectionView.OPEN, people["cleo"])] == [asked.id]
    taken = work.claim(asked.id, people["cleo"])
    assert (taken.state, taken.person) == (TaskState.TAKEN, "Cleo")
    with pytest.raises(Conflict, match="Cleo has taken"):
        work.claim(asked.id, people["cem"])
    with pytest.raises(Conflict, match="Take it first"):
        work.complete(asked.id, people["cem"])
    assert work.list(CorrectionView.MINE, people["cem"]) == []
    assert work.hand_back(asked.id, people["cleo"]).state is TaskState.FREE
    work.claim(asked.id, people["cem"])
    done = work.complete(asked.id, people["cem"])
    assert (done.state, done.person) == (TaskState.DONE, "Cem")
    assert work.complete(asked.id, people["cem"]) == done, "the answer was lost on the way"
    assert [one.id for one in work.list(CorrectionView.DONE, people["carol"])] == [asked.id]
    with pytest.raises(Conflict):
        work.call_off(asked.id, people["carol"])
    (again,) = work.ask_for(session, ["floor"], Orders(), "Carol")
    work.call_off(again.id, people["carol"])
    assert [one.id for one in work.of_session(session)] == [asked.id]
    with pytest.raises(Conflict):
        work.claim(again.id, people["cleo"])


def test_what_runs_out_is_taken_over(services: Services, people: People) -> None:
    session = services.sessions.create("Second plenary", by="Carol").id
    (asked,) = services.corrections.ask_for(session, ["floor"], Orders(), "Carol")
    services.corrections.claim(asked.id, people["cleo"])
    with services._database.write() as connection:
        connection.execute(sa.update(corrections).values(expires_ms=1))
    assert services.corrections.claim(asked.id, people["cem"]).person == "Cem"
    with pytest.raises(Conflict):
        services.corrections.complete(asked.id, people["cleo"])


def test_what_cannot_be_asked_for(services: Services, people: People) -> None:
    session = services.sessions.create("Second plenary", by="Carol").id
    ask = services.corrections.ask_for
    with pytest.raises(InvalidRequest, match="at least one"):
        ask(session, [], Orders(), "Carol")
    with pytest.raises(InvalidRequest, match="no captions"):
        ask(session, ["floor", "xx"], Orders(), "Carol")
    assert services.corrections.of_session(session) == [], "all or nothing"
    ask(session, ["floor", "floor"], Orders(), "Carol")
    with pytest.raises(Conflict, match="already"):
        ask(session, ["floor"], Orders(), "Carol")


def test_nobody_finds_what_they_may_not_see(services: Services, people: People) -> None:
    closed = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
    meeting = services.meetings.create(closed, people["carol"])
    session = services.sessions.create("Second plenary", by="Carol", meeting_id=meeting.id).id
    (asked,) = services.corrections.ask_for(session, ["floor"], Orders(), "Carol")
    assert services.corrections.list(CorrectionView.OPEN, people["cleo"]) == []
    with pytest.raises(NotFound):
        services.corrections.claim(asked.id, people["cleo"])
    services.meetings.add_member(meeting.id, "cleo", people["carol"])
    assert services.corrections.claim(asked.id, people["cleo"]).person == "Cleo"
