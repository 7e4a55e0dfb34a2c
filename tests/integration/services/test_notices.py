"""Who is told what of work that concerns them, in the pages and by e-mail through a real mail server."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from langsupport.domain.notices import Mail, NoticeKind
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import Orders, TaskKind
from langsupport.domain.units import CodedText, State
from langsupport.services.account_records import OPEN, Caller, Confidentiality
from langsupport.services.assembly import Services
from langsupport.services.meetings import MeetingAsked
from langsupport.services.people import Profile
from langsupport.services.records import DocumentRecord
from langsupport.services.review_records import ReviewRecord
from langsupport.services.schema import notices, tasks
from langsupport.web.pages.notice_words import letters
from waiting import until

Open = Callable[..., Services]
TEXT = b"The Committee met.\n\nIt adopted 12 resolutions."
URL = "https://languages.example.org"


@dataclass
class Office:
    services: Services
    people: dict[str, Caller]
    finish: Callable[..., DocumentRecord]

    def closed_meeting(self, login: str) -> str:
        """The id of a confidential one, with somebody on its list."""
        meetings, carol = self.services.meetings, self.people["carol"]
        asked = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
        meeting = meetings.create(asked, carol)
        meetings.add_member(meeting.id, login, carol)
        return meeting.id

    def give(self, meeting_id: str | None = None) -> DocumentRecord:
        made = self.services.documents.upload("report.txt", io.BytesIO(TEXT), "en", ["fr"], meeting_id)
        return self.finish(self.services.documents, made.id)

    def send(self, document: DocumentRecord, **orders: Any) -> ReviewRecord:
        return self.services.review_opening.send(document.id, "fr", Orders(**orders), self.people["carol"])

    def told(self, who: str) -> list[NoticeKind]:
        """The oldest first."""
        found = self.services.notices.list(self.people[who].person_id or "", self.people[who].person_id)
        return [notice.kind for notice in found][::-1]

    def claim(self, who: str, review: ReviewRecord, kind: TaskKind = TaskKind.POST_EDIT) -> str:
        id = next(task.id for task in self.services.reviews.get(review.id).tasks if task.kind is kind)
        self.services.tasks.claim(id, self.people[who])
        return id

    def finish_task(self, who: str, review: ReviewRecord, kind: TaskKind = TaskKind.POST_EDIT) -> None:
        id, caller = self.claim(who, review, kind), self.people[who]
        for segment in self.services.reviews.segments(review.id, caller):
            target = CodedText({1: "Le Comité s’est réuni.", 2: "Il a adopté 12 résolutions."}[segment.number])
            if kind is TaskKind.REVISE or segment.state is State.INITIAL:
                self.services.reviews.confirm(review.id, segment.number, caller, target, segment.version)
        self.services.tasks.complete(id, caller)


def office_of(services: Services, finish: Callable[..., DocumentRecord]) -> Office:
    roles = {"carol": "coordinator", "tom": "translator", "tina": "translator", "rita": "reviser", "dan": "delegate"}
    people = {}
    for login, role in roles.items():
        pairs = ["en-fr"] if login == "tom" else ["en-es"] if login == "tina" else []
        profile = Profile(login.title(), [role], f"{login}@example.org", pairs)
        person = services.accounts.people.create(login, profile, OPEN.name)
        people[login] = Caller(person.name, person.permissions, person)
    return Office(services, people, finish)


@pytest.fixture
def office(database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]) -> Office:
    return office_of(open_services(url=database_url, accounts_mode="on"), finish)


def test_people_are_told_what_concerns_them_and_nothing_else(office: Office) -> None:
    review = office.send(office.give())
    assert office.told("tom") == [NoticeKind.FREE]
    assert office.told("tina") == [], "not her languages"
    assert office.told("dan") == [], "he takes no tasks"
    assert office.told("carol") == [], "she did it"
    office.finish_task("tom", review)
    assert office.told("rita") == [NoticeKind.FREE], "her turn; told once while it is unread"

    task = office.claim("rita", review, TaskKind.REVISE)
    services, rita = office.services, office.people["rita"]
    segment = services.reviews.segment(review.id, 2, rita)
    services.reviews.comment(review.id, 2, rita, "Is it 12?")
    services.reviews.send_back(review.id, 2, rita, segment.version, "Look at the annex.")
    assert office.told("tom")[1:] == [NoticeKind.COMMENT, NoticeKind.SENT_BACK]
    last = services.notices.list(office.people["tom"].person_id or "", None)[0]
    assert (last.text, last.by, last.number, last.read) == ("Look at the annex.", "Rita", 2, False)

    office.finish_task("tom", review)
    office.services.tasks.hand_back(task, rita)
    office.finish_task("rita", review, TaskKind.REVISE)
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)
    assert office.told("carol") == [NoticeKind.APPROVED]
    assert office.told("tom")[-1] is NoticeKind.APPROVED
    person = office.people["tom"].person_id or ""
    assert services.notices.unread(person, None) == 4
    assert services.notices.mark_read(person, [last.id]) == 1
    assert services.notices.unread(person, None) == 3
    assert services.notices.mark_read(office.people["dan"].person_id or "", [last.id]) == 0, "only one's own"


def test_a_task_that_is_given_or_taken_away_is_told_of(office: Office) -> None:
    review = office.send(office.give())
    services = office.services
    task = services.reviews.get(review.id).tasks[0].id
    services.tasks.assign(task, "tom", office.people["carol"])
    assert office.told("tom")[-1] is NoticeKind.ASSIGNED
    services.tasks.assign(task, "rita", office.people["carol"])
    assert office.told("tom")[-1] is NoticeKind.TAKEN_OVER
    assert office.told("rita")[-1] is NoticeKind.ASSIGNED


def test_deadlines_and_claims_that_run_out_are_told_of_once(office: Office) -> None:
    review = office.send(office.give(), deadline_hours=5)
    task = office.claim("tom", review)
    services = office.services
    services.notices.resume()
    services.notices.resume()
    assert office.told("tom")[1:] == [NoticeKind.DUE]
    past = datetime.now(UTC) - timedelta(minutes=1)
    services.tasks.change(task, office.people["carol"], deadline=past)
    with services._database.write() as connection:
        soon = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000)
        connection.execute(sa.update(tasks).where(tasks.c.id == task).values(expires_ms=soon))
    services.notices.resume()
    services.notices.resume()
    assert sorted(office.told("tom")[2:]) == [NoticeKind.EXPIRING, NoticeKind.LATE]


def test_a_confidential_meeting_is_told_only_to_its_list(office: Office) -> None:
    services = office.services
    asked = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
    meeting = services.meetings.create(asked, office.people["carol"])
    document = office.give(meeting.id)
    office.send(document)
    assert office.told("tom") == []
    services.meetings.add_member(meeting.id, "tom", office.people["carol"])
    services.tasks.assign(services.reviews.of_document(document.id)[0].tasks[0].id, "tom", office.people["carol"])
    assert office.told("tom") == [NoticeKind.ASSIGNED]
    services.meetings.remove_member(meeting.id, office.people["tom"].person_id or "", office.people["carol"])
    assert office.told("tom") == [], "who is off the list reads no more of it"


class Post:
    """A mail server that keeps what it gets, and refuses or fails on demand."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.answer = ""

    def to(self, who: str) -> list[EmailMessage]:
        return [letter for letter in self.kept if letter["To"] == f"{who.title()} <{who}@example.org>"]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # the library's name
        if self.answer:
            return self.answer
        self.kept.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 kept"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    post = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield post, port
    controller.stop()


@pytest.fixture
def mailing(
    post: tuple[Post, int], open_services: Open, finish: Callable[..., DocumentRecord], database_url: str
) -> tuple[Office, Post]:
    kept, port = post
    services = open_services(
        url=database_url,
        accounts_mode="on",
        accounts_public_url=URL,
        mail_host="127.0.0.1",
        mail_port=str(port),
        mail_security="none",
        mail_sender="languages@example.org",
    )
    services.maintenance.close()  # the test says when
    services.mail.compose_with(letters(URL))
    return office_of(services, finish), kept


def age(services: Services, minutes: int = 20) -> None:
    with services._database.write() as connection:
        for column in (notices.c.at_ms, notices.c.mail_ms):
            connection.execute(sa.update(notices).values({column: column - minutes * 60_000}))


def test_notices_go_out_by_mail_in_the_readers_language_and_once(mailing: tuple[Office, Post]) -> None:
    office, post = mailing
    services = office.services
    services.notices.remember_language(office.people["tom"].person_id or "", "ar")
    review = office.send(office.give())
    services.mail.resume()
    assert post.kept == [], "it waits for others, and for its reader"
    age(services)
    services.mail.resume()
    services.mail.resume()
    [letter] = post.to("tom")
    body = letter.get_content()
    assert f"{URL}/reviews/{review.id}" in body
    assert "report.txt" in body
    assert "الفرنسية" in body
    office.claim("tom", review)
    services.reviews.comment(review.id, 1, office.people["carol"], "Urgent.")
    services.notices.mark_read(office.people["tom"].person_id or "")
    age(services)
    services.mail.resume()
    assert len(post.to("tom")) == 1, "what was read is not sent"


def test_a_server_that_fails_is_tried_again_and_one_that_refuses_is_not(mailing: tuple[Office, Post]) -> None:
    office, post = mailing
    services = office.services
    office.send(office.give())
    age(services)
    post.answer = "451 later"
    services.mail.resume()
    services.mail.resume()
    post.answer = ""
    services.mail.resume()
    assert post.kept == [], "not before a while"
    age(services)
    services.mail.resume()
    assert len(post.to("tom")) == 1


def test_a_confidential_document_is_not_named_in_mail(mailing: tuple[Office, Post]) -> None:
    office, post = mailing
    services = office.services
    meeting_id = office.closed_meeting("tom")
    office.send(office.give(meeting_id))
    age(services)
    services.mail.resume()
    [letter] = post.to("tom")
    assert "report.txt" not in letter.as_string()
    assert "confidential" in letter.get_content()


def test_what_is_gone_or_not_to_be_seen_any_more_is_not_sent(mailing: tuple[Office, Post]) -> None:
    office, post = mailing
    services = office.services
    meeting_id = office.closed_meeting("tom")
    office.send(office.give(meeting_id))
    services.meetings.remove_member(meeting_id, office.people["tom"].person_id or "", office.people["carol"])
    deleted = office.give()
    office.send(deleted)
    services.documents.delete(deleted.id)
    age(services)
    services.mail.resume()
    assert post.kept == []
    with services._database.read() as connection:
        assert set(connection.scalars(sa.select(notices.c.mail))) == {"none"}


def test_people_choose_how_often(mailing: tuple[Office, Post]) -> None:
    office, post = mailing
    services = office.services
    tom, tina = (office.people[who].person_id or "" for who in ("tom", "tina"))
    services.notices.set_mail(tom, Mail.OFF)
    review = office.send(office.give())
    age(services)
    services.mail.resume()
    assert post.to("tom") == []
    services.notices.set_mail(tina, Mail.DAILY)
    services.accounts.people.change(tina, Profile("Tina", ["translator"], "tina@example.org"), OPEN.name)
    task = services.reviews.get(review.id).tasks[0].id
    for minutes in (20, 20, 24 * 60):
        services.tasks.assign(task, "tina", office.people["carol"])
        services.tasks.assign(task, "rita", office.people["carol"])
        age(services, minutes)
        services.mail.resume()
    assert len(post.to("tina")) == 2
