"""Meetings on real databases of both kinds: what is kept, who sees it, what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from accounts import add
from langsupport.errors import Conflict, InvalidRequest, LangsupportError, NotFound, UnsupportedLanguage
from langsupport.services.account_records import OPEN, Caller, Confidentiality
from langsupport.services.accounts import Accounts, build_accounts
from langsupport.services.database import Database
from langsupport.services.meetings import MeetingAsked, MeetingService
from langsupport.services.schema import sessions
from langsupport.services.sessions import SessionService
from langsupport.services.settings import Settings
from langsupport.services.visibility import sight

COUNCIL = MeetingAsked(
    "C26",
    {"en": "Council", "ar": "المجلس", "fr": " "},
    place="Geneva",
    starts_on="2026-06-09",
    ends_on="2026-06-19",
    languages=["fr", "en"],
    confidentiality=Confidentiality.LIST,
)


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return build_accounts(Settings(), database)


@pytest.fixture
def meetings(database: Database) -> MeetingService:
    return MeetingService(database)


def caller(accounts: Accounts, login: str, role: str) -> Caller:
    person = add(accounts, login, role)
    return Caller(person.name, person.permissions, person, "s1")


def test_a_meeting_is_kept_as_said(meetings: MeetingService) -> None:
    made = meetings.create(COUNCIL, OPEN)
    assert made == meetings.get(made.id)
    assert (made.code, made.place, made.languages) == ("C26", "Geneva", ("en", "fr"))
    assert dict(made.titles) == {"ar": "المجلس", "en": "Council"}
    assert made.title("ar") == "المجلس" and made.title("ru") == "Council"
    assert str(made.starts_on) == "2026-06-09" and made.confidential


@pytest.mark.parametrize(
    "asked",
    [
        MeetingAsked("", {"en": "x"}),
        MeetingAsked("A", {}),
        MeetingAsked("A", {"en": "  "}),
        MeetingAsked("A", {"en": "x"}, starts_on="tomorrow"),
        MeetingAsked("A", {"en": "x"}, starts_on="2026-06-09", ends_on="2026-06-08"),
        MeetingAsked("A", {"en": "x"}, confidentiality="secret"),
        MeetingAsked("A" * 65, {"en": "x"}),
    ],
)
def test_what_is_no_meeting_is_refused(meetings: MeetingService, asked: MeetingAsked) -> None:
    with pytest.raises(InvalidRequest):
        meetings.create(asked, OPEN)
    with pytest.raises(UnsupportedLanguage):
        meetings.create(MeetingAsked("A", {"de": "x"}), OPEN)
    assert meetings.list() == []


def test_a_stale_change_and_a_code_that_is_taken_are_refused(meetings: MeetingService) -> None:
    made = meetings.create(COUNCIL, OPEN)
    meetings.create(MeetingAsked("SG5", {"en": "Study Group 5"}), OPEN)
    assert meetings.change(made.id, MeetingAsked("C27", {"en": "Council"}), OPEN, version=1).version == 2
    with pytest.raises(Conflict, match="meanwhile"):
        meetings.change(made.id, MeetingAsked("C28", {"en": "Council"}), OPEN, version=1)
    with pytest.raises(Conflict, match="code"):
        meetings.change(made.id, MeetingAsked("SG5", {"en": "Council"}), OPEN)
    assert meetings.get(made.id).code == "C27"


def test_of_two_who_take_a_code_at_once_one_gets_it(meetings: MeetingService) -> None:
    def create() -> bool:
        try:
            meetings.create(COUNCIL, OPEN)
        except LangsupportError as error:
            assert isinstance(error, Conflict)
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(future.result() for future in [pool.submit(create) for _ in range(4)]) == 1
    assert len(meetings.list()) == 1


def test_who_sees_a_confidential_meeting(meetings: MeetingService, accounts: Accounts) -> None:
    chief = caller(accounts, "chief", "administrator")
    maker, other, listed = (caller(accounts, name, "coordinator") for name in ("maker", "other", "listed"))
    made = meetings.create(COUNCIL, maker)
    meetings.add_member(made.id, " LISTED ", maker, sight(maker))
    seen = {who.name: bool(meetings.list(of=sight(who))) for who in (chief, maker, other, listed)}
    assert seen == {"Chief": True, "Maker": True, "Other": False, "Listed": True}
    assert [person.login for person in meetings.members(made.id)] == ["listed", "maker"]
    of = sight(other)
    for deed in (
        lambda: meetings.get(made.id, of),
        lambda: meetings.members(made.id, of),
        lambda: meetings.add_member(made.id, "other", other, of),
        lambda: meetings.change(made.id, COUNCIL, other, of),
        lambda: meetings.delete(made.id, other, of),
    ):
        with pytest.raises(NotFound):
            deed()
    assert listed.person is not None
    meetings.remove_member(made.id, listed.person.id, maker)
    assert meetings.list(of=sight(listed)) == []
    meetings.change(made.id, MeetingAsked("C26", {"en": "Council"}), maker)
    assert [meeting.id for meeting in meetings.list(of=sight(listed))] == [made.id]


def test_what_has_a_meeting_holds_it(meetings: MeetingService, database: Database) -> None:
    made = meetings.create(COUNCIL, OPEN)
    service = SessionService(database)
    id = service.create("Plenary", by="Ann", meeting_id=made.id).id
    assert service.get(id).confidential and service.get(id).by_list
    with pytest.raises(Conflict, match="belong"):
        meetings.delete(made.id, OPEN)
    with pytest.raises(LangsupportError), database.write() as connection:
        connection.execute(sa.update(sessions).values(meeting_id="0" * 32))
    meetings.move("session", id, None, OPEN)
    assert not service.get(id).confidential
    meetings.delete(made.id, OPEN)
    with pytest.raises(NotFound):
        meetings.get(made.id)
    with pytest.raises(NotFound):
        meetings.move("session", id, made.id, OPEN)
    service.close()
