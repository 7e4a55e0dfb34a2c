"""Symbols, titles, what follows what, what a revision takes over, and the status of the six languages."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import docx
import pytest

from accounts import add
from langsupport.domain.lineage import Relation
from langsupport.domain.reviews import ReviewState
from langsupport.domain.tasks import Orders, TaskKind, TaskState
from langsupport.domain.units import CodedText, State
from langsupport.errors import Conflict, InvalidRequest, NotFound
from langsupport.services.account_records import OPEN, Caller, Confidentiality
from langsupport.services.assembly import Services
from langsupport.services.document_register import DocumentAsked, Following, stamp
from langsupport.services.meetings import MeetingAsked
from langsupport.services.records import DocumentRecord
from langsupport.services.review_records import ReviewRecord
from langsupport.services.status_matrix import CellState
from waiting import until

Open = Callable[..., Services]
MET = "The Committee met."
FIRST = ["Report of the Committee", MET, "It adopted 12 resolutions.", MET, "It closed."]
SECOND = [*FIRST[:2], "It adopted 13 resolutions.", MET, "A vote was taken.", "It closed."]


def document_of(paragraphs: list[str]) -> io.BytesIO:
    made = docx.Document()
    made.add_heading(paragraphs[0], 0)
    for text in paragraphs[1:]:
        made.add_paragraph(text)
    data = io.BytesIO()
    made.save(data)
    data.seek(0)
    return data


@dataclass
class Desk:
    services: Services
    finish: Callable[..., DocumentRecord]

    def give(self, paragraphs: list[str], following: Following | None = None, **more: object) -> DocumentRecord:
        upload, targets = self.services.documents.upload, ["fr", "es"]
        made = upload("report.docx", document_of(paragraphs), "en", targets, following=following, **more)  # type: ignore[arg-type]
        return self.finish(self.services.documents, made.id)

    def approve(self, review: ReviewRecord, who: Caller = OPEN) -> None:
        """Translate all that is open, as “[fr] …” says it in other words, and finish."""
        services = self.services
        for task in services.reviews.get(review.id).tasks:
            services.tasks.claim(task.id, who)
            for segment in services.reviews.segments(review.id, who):
                if segment.state is State.INITIAL:
                    text = CodedText(segment.source.text.replace("The", "Le").replace("It", "Il"))
                    saved = services.reviews.confirm(review.id, segment.number, who, text, segment.version)
                    assert not saved.refused
            services.tasks.complete(task.id, who)
        until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)

    def review(self, document: DocumentRecord, language: str = "fr") -> ReviewRecord:
        until(lambda: any(one.language == language for one in self.services.reviews.of_document(document.id)))
        return next(one for one in self.services.reviews.of_document(document.id) if one.language == language)


@pytest.fixture
def desk(database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]) -> Desk:
    return Desk(open_services(url=database_url), finish)


def test_a_title_comes_from_the_document_and_its_translations_and_people_have_the_last_word(desk: Desk) -> None:
    document = desk.give(FIRST)
    assert document.titles == {"en": FIRST[0], "fr": f"[fr] {FIRST[0]}", "es": f"[es] {FIRST[0]}"}
    register = desk.services.register
    described = register.describe(document.id, DocumentAsked("A/1", {"fr": "Rapport", "ar": "تقرير", "es": " "}), OPEN)
    assert (described.symbol, described.titles["fr"], described.titles["ar"]) == ("A/1", "Rapport", "تقرير")
    assert described.titles["es"] == f"[es] {FIRST[0]}", "an empty one gives way to the document's own"
    with pytest.raises(Conflict, match="changed"):
        register.describe(document.id, DocumentAsked(), OPEN, version=described.version - 1)
    before = stamp(DocumentAsked("A/1", {"fr": "Rapport", "ar": "تقرير"}))
    again = register.describe(document.id, DocumentAsked("A/2", {"fr": "Rapport"}), OPEN, over=before)
    with pytest.raises(Conflict, match="changed"):
        register.describe(document.id, DocumentAsked("A/3"), OPEN, over=before)
    register.describe(again.id, DocumentAsked("A/1", {"fr": "Rapport"}), OPEN)
    with pytest.raises(InvalidRequest, match="64"):
        register.describe(document.id, DocumentAsked("A" * 65), OPEN)
    assert desk.services.documents.get(document.id).symbol == "A/1"


def test_symbols_are_of_one_document_and_follow_each_other(desk: Desk) -> None:
    first = desk.give(FIRST, Following("A/C.2/L.5"))
    register = desk.services.register
    assert register.suggested(first.id, Relation.CORRIGENDUM) == "A/C.2/L.5/Corr.1"
    with pytest.raises(Conflict, match=r"report\.docx"):
        desk.give(FIRST, Following("A/C.2/L.5"))
    with pytest.raises(NotFound):
        desk.give(FIRST, Following("", Relation.ADDENDUM, "0" * 32))
    with pytest.raises(InvalidRequest):
        desk.give(FIRST, Following("", Relation.ADDENDUM))
    added = desk.give(FIRST, Following("A/C.2/L.5/Add.1", Relation.ADDENDUM, first.id))
    revised = desk.give(SECOND, Following("A/C.2/L.5/Rev.1", Relation.REVISION, first.id))
    assert register.suggested(first.id, Relation.ADDENDUM) == "A/C.2/L.5/Add.2"
    assert register.suggested(revised.id, Relation.REVISION) == "A/C.2/L.5/Rev.2"
    assert [record.id for record in register.following(first.id)] == [added.id, revised.id]
    before = register.previous(revised.id)
    assert before is not None
    assert before.id == first.id
    desk.services.documents.delete(first.id)
    assert register.previous(revised.id) is None, "what follows stays"


def test_a_revision_takes_over_what_people_approved_and_goes_to_people_with_the_rest(desk: Desk) -> None:
    first = desk.give(FIRST)
    review = desk.services.review_opening.send(first.id, "fr", Orders(), OPEN)
    desk.approve(review)

    revised = desk.give(SECOND, Following("", Relation.REVISION, first.id))
    again = desk.review(revised)
    assert [one.language for one in desk.services.reviews.of_document(revised.id)] == ["fr"], "nobody worked on es"
    states = [segment.state for segment in desk.services.reviews.segments(again.id, OPEN)]
    reviewed, initial = State.REVIEWED, State.INITIAL
    assert states == [reviewed, reviewed, initial, reviewed, initial, reviewed]
    kept = desk.services.reviews.segment(again.id, 2, OPEN)
    assert (kept.target.text, kept.carried_from, kept.translated_by) == ("Le Committee met.", first.id, OPEN.name)
    assert again.weighted < again.words / 2
    desk.approve(again)
    made = docx.Document(str(desk.services.documents.open_rendition(revised.id, "fr").path))
    told = [paragraph.text for paragraph in made.paragraphs if paragraph.text]
    assert told[1:4] == ["Le Committee met.", "Il adopted 13 resolutions.", "Le Committee met."]

    third = desk.give(SECOND[:3], Following("", Relation.REVISION, revised.id))
    assert desk.review(third).counts == {State.REVIEWED: 3}, "nothing is left to do"


def test_what_was_only_translated_before_is_revised_now(
    database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]
) -> None:
    services = open_services(url=database_url, accounts_mode="on")
    desk = Desk(services, finish)
    person = add(services.accounts, "tom", "translator")
    tom = Caller(person.name, person.permissions, person)
    first = desk.give(FIRST)
    review = services.review_opening.send(first.id, "fr", Orders(), OPEN)
    task = next(task for task in review.tasks if task.kind is TaskKind.POST_EDIT)
    services.tasks.claim(task.id, tom)
    services.reviews.confirm(review.id, 2, tom, CodedText("Le Comité s’est réuni."), 1)

    again = desk.review(desk.give(SECOND, Following("", Relation.REVISION, first.id)))
    segment = services.reviews.segment(again.id, 2, OPEN)
    assert (segment.state, segment.translated_by) == (State.TRANSLATED, "Tom")
    assert {task.kind: task.state for task in again.tasks}[TaskKind.REVISE] is TaskState.WAITING
    services.tasks.call_off(review.id, OPEN)
    other = desk.give(SECOND, Following("", Relation.REVISION, first.id))
    time.sleep(0.5)
    assert services.reviews.of_document(other.id) == [], "what was called off calls nobody"


def test_the_status_tells_what_is_there_in_each_language_and_what_is_late(desk: Desk) -> None:
    first, second = desk.give(FIRST), desk.give(SECOND)
    opening = desk.services.review_opening
    desk.approve(opening.send(first.id, "fr", Orders(), OPEN))
    review = opening.send(second.id, "fr", Orders(deadline_hours=1), OPEN)
    desk.services.tasks.claim(review.tasks[0].id, OPEN)
    matrix = desk.services.status.read()
    cells = {(row.document.id, cell.language): cell for row in matrix.rows for cell in row.cells}
    assert cells[first.id, "en"].state is CellState.ORIGINAL
    assert cells[first.id, "fr"].state is CellState.APPROVED
    assert cells[first.id, "es"].state is CellState.MACHINE
    assert cells[first.id, "ar"].state is CellState.NONE
    working = cells[second.id, "fr"]
    assert (working.state, working.late, working.people) == (CellState.POST_EDITING, False, (OPEN.name,))
    past = working.deadline
    assert past is not None
    desk.services.tasks.change(review.tasks[0].id, OPEN, deadline=past.replace(year=past.year - 1))
    matrix = desk.services.status.read()
    [french] = [one for one in matrix.totals if one.language == "fr"]
    assert (french.available, french.late, french.states[CellState.APPROVED]) == (2, 1, 1)
    assert french.hours_to_approved is not None
    assert matrix.complete == 0, "ar, zh and ru were not asked for"


def test_nobody_learns_of_a_confidential_document_by_what_it_follows(
    database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]
) -> None:
    services = open_services(url=database_url, accounts_mode="on")
    desk = Desk(services, finish)
    ann = add(services.accounts, "ann", "translator")
    asked = MeetingAsked("C-1", {"en": "Closed"}, confidentiality=Confidentiality.LIST)
    meeting = services.meetings.create(asked, OPEN)
    secret = desk.give(FIRST, Following("S/1"), meeting_id=meeting.id)
    public = desk.give(SECOND, Following("S/1", Relation.REVISION, secret.id))
    assert public.symbol == "S/1", "a symbol of another meeting is not told of"
    assert services.register.previous(public.id, ann.id) is None
    assert services.register.previous(public.id) is not None
    assert [row.document.id for row in services.status.read(ann.id).rows] == [public.id]
    desk.give(SECOND, Following("", Relation.ADDENDUM, public.id), meeting_id=meeting.id)
    assert services.register.following(public.id, ann.id) == []
