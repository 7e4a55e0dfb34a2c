"""Errors that revisers mark, and who sees which figures of approved work."""

from __future__ import annotations

import pytest

from langsupport.domain.quality import ErrorCategory, ErrorSeverity, Figures
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import TaskKind
from langsupport.errors import AccessDenied, Conflict, NotFound, TaskLost
from langsupport.services.quality import QualityService
from langsupport.services.review_records import ReviewRecord
from review_room import FRENCH, Room
from waiting import until

ACCURACY, STYLE = ErrorCategory.ACCURACY, ErrorCategory.STYLE
MAJOR, MINOR = ErrorSeverity.MAJOR, ErrorSeverity.MINOR


def revised(room: Room) -> ReviewRecord:
    """With Rita, translated by Tom."""
    review = room.send()
    room.claim("tom", review)
    for number, text in FRENCH.items():
        room.confirm("tom", review, number, text, seconds=36)
    room.services.tasks.complete(room.task(review).id, room.people["tom"])
    room.claim("rita", review, TaskKind.REVISE)
    return review


def approved(room: Room, review: ReviewRecord) -> None:
    for number in range(1, 6):
        text = room.segment(review, number).target.text.replace("levée", "close")
        room.confirm("rita", review, number, text)
    room.services.tasks.complete(room.task(review, TaskKind.REVISE).id, room.people["rita"])
    until(lambda: room.services.reviews.get(review.id).state is ReviewState.APPROVED)


def test_a_reviser_marks_errors_and_takes_their_own_away(room: Room) -> None:
    review, marks = revised(room), room.services.review_marks
    tom, rita = room.people["tom"], room.people["rita"]
    seq = room.services.reviews.get(review.id).seq
    marks.mark(review.id, 2, rita, ACCURACY, MAJOR, "adopted, not took note of")
    marked = marks.mark(review.id, 2, rita, STYLE, MINOR)
    assert [(one.category, one.severity, one.by, one.own) for one in marked.marks] == [
        (ACCURACY, MAJOR, "Rita", True),
        (STYLE, MINOR, "Rita", True),
    ]
    told = room.services.reviews.segments(review.id, tom, since=seq)
    assert [(one.number, len(one.marks), one.marks[0].own) for one in told] == [(2, 2, False)]
    assert room.segment(review, 2).version == told[0].version, "a mark is no other text"
    with pytest.raises(AccessDenied):
        marks.unmark(review.id, 2, marked.marks[0].id, tom)
    with pytest.raises(NotFound):
        marks.unmark(review.id, 3, marked.marks[0].id, rita)
    assert len(marks.unmark(review.id, 2, marked.marks[1].id, rita).marks) == 1
    with pytest.raises(TaskLost):
        marks.mark(review.id, 2, tom, STYLE, MINOR)


def test_who_translates_marks_nothing(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    with pytest.raises(Conflict, match="revises"):
        room.services.review_marks.mark(review.id, 1, room.people["tom"], STYLE, MINOR)


def test_figures_of_what_was_approved(room: Room) -> None:
    review = revised(room)
    room.services.review_marks.mark(review.id, 3, room.people["rita"], ACCURACY, MAJOR)
    quality = room.services.quality
    assert quality.report(30).by_pair == {}, "it is not approved yet"
    approved(room, review)
    report = quality.report(30)
    assert (list(report.by_pair), report.by_person, report.partial) == ([("en", "fr")], {}, False)
    found = report.by_pair["en", "fr"]
    assert (found.segments, found.words) == (5, 24)
    assert found.machine.rate is not None and found.machine.rate > 0.7
    assert found.revised.edits == 1, "levée became close, in one word"
    assert found.penalty == pytest.approx(5 * 1000 / 24)
    assert found.words_per_hour == pytest.approx(19 * 3600 / (4 * 36)), "a repetition took no time"
    tom = room.people["tom"].person_id or ""
    assert quality.own(30, tom)["en", "fr"].segments == 5
    assert quality.own(30, room.people["rita"].person_id or "") == {}


@pytest.mark.parametrize(("shown", "pairs", "names"), [("off", 0, []), ("languages", 1, []), ("people", 1, ["Tom"])])
def test_a_setting_says_whose_figures_coordinators_see(room: Room, shown: str, pairs: int, names: list[str]) -> None:
    review = revised(room)
    approved(room, review)
    quality = QualityService(room.services._database, Figures(shown))
    report = quality.report(30)
    assert len(report.by_pair) == pairs
    assert [one.name for one in report.by_person.values()] == names
    assert quality.own(30, room.people["tom"].person_id or ""), "one's own are always there"
