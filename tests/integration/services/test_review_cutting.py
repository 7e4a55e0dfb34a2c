"""People join and split segments: the document, the memory, packages and the next revision follow them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import docx
import pytest

from accounts import add
from langsupport.domain.lineage import Relation
from langsupport.domain.reviews import Act, ReviewState
from langsupport.domain.tasks import Orders, TaskKind
from langsupport.domain.units import CodedText, State
from langsupport.errors import Conflict, InvalidRequest, StaleSave, TaskLost
from langsupport.services.account_records import Caller
from langsupport.services.assembly import Services
from langsupport.services.document_register import Following
from langsupport.services.memory import asked
from langsupport.services.records import DocumentRecord
from langsupport.services.review_records import ReviewRecord, SegmentRecord
from waiting import until

Open = Callable[..., Services]
Finish = Callable[..., DocumentRecord]


@dataclass
class Desk:
    """Tom's, with a document before him that is translated into French; the machine says `[fr]` before each source."""

    services: Services
    finish: Finish
    people: dict[str, Caller]

    def give(self, data: bytes, following: Following | None = None) -> DocumentRecord:
        documents = self.services.documents
        made = documents.upload("report.docx", io.BytesIO(data), "en", ["fr"], following=following)
        return self.finish(documents, made.id)

    def taken(self, document: DocumentRecord, **orders: object) -> ReviewRecord:
        made = Orders(second_person=False, **orders)  # type: ignore[arg-type]
        review = self.services.review_opening.send(document.id, "fr", made, self.people["carol"])
        self.services.tasks.claim(review.tasks[0].id, self.people["tom"])
        return review

    def shown(self, review: ReviewRecord) -> list[SegmentRecord]:
        return self.services.reviews.segments(review.id, self.people["tom"])

    def texts(self, review: ReviewRecord) -> list[tuple[str, str, str]]:
        return [(one.label, one.source.text, one.target.text) for one in self.shown(review)]

    def confirm(self, review: ReviewRecord, number: int, text: str | CodedText) -> None:
        tom = self.people["tom"]
        version = self.services.reviews.segment(review.id, number, tom).version
        target = CodedText(text) if isinstance(text, str) else text
        saved = self.services.reviews.confirm(review.id, number, tom, target, version)
        assert not saved.refused, saved.refused

    def join(self, review: ReviewRecord, number: int, who: str = "tom") -> list[SegmentRecord]:
        version = self.services.reviews.segment(review.id, number, self.people[who]).version
        return self.services.review_cutting.join(review.id, number, self.people[who], version)

    def split(self, review: ReviewRecord, number: int, at: str) -> list[SegmentRecord]:
        one = self.services.reviews.segment(review.id, number, self.people["tom"])
        place = one.source.text.index(at)
        return self.services.review_cutting.split(review.id, number, self.people["tom"], one.version, place)

    def approved(self, review: ReviewRecord) -> docx.document.Document:
        for one in self.shown(review):
            if one.state is State.INITIAL:
                self.confirm(review, one.number, one.target)
        self.services.tasks.complete(self.services.reviews.get(review.id).tasks[0].id, self.people["tom"])
        until(lambda: self.services.reviews.get(review.id).state is ReviewState.APPROVED)
        opened = self.services.documents.open_rendition(review.document_id, "fr")
        return docx.Document(str(opened.path))


def report(*more: str) -> bytes:
    """Two sentences with a word in bold and a link between them, then further paragraphs."""
    made = docx.Document()
    paragraph = made.add_paragraph("The Committee ")
    paragraph.add_run("met in Geneva. It").bold = True
    paragraph.add_run(" adopted 12 resolutions; the Chair closed the meeting.")
    for text in more:
        made.add_paragraph(text)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def desk(database_url: str, open_services: Open, finish: Finish) -> Desk:
    services = open_services(url=database_url, accounts_mode="on")
    roles = {"carol": "coordinator", "tom": "translator", "tina": "translator", "rita": "reviser"}
    found = {login: add(services.accounts, login, role) for login, role in roles.items()}
    people = {login: Caller(one.name, one.permissions, one) for login, one in found.items()}
    return Desk(services, finish, people)


FIRST, SECOND = "The Committee met in Geneva.", "It adopted 12 resolutions; the Chair closed the meeting."


def test_two_segments_become_one_in_the_document_and_in_the_memory(desk: Desk) -> None:
    review = desk.taken(desk.give(report("The next session is in May.")))
    assert [text for _, text, _ in desk.texts(review)] == [FIRST, SECOND, "The next session is in May."]
    kept, gone = desk.join(review, 1)
    assert (kept.source.text, kept.target.text) == (f"{FIRST} {SECOND}", f"[fr] {FIRST} [fr] {SECOND}")
    assert (kept.label, gone.joined_into) == ("1", 1)
    assert [code.kind.value for _, code in kept.source.codes] == ["open", "close"], "the pair is whole again"
    assert kept.source.code_counts() == kept.target.code_counts()
    assert [label for label, _, _ in desk.texts(review)] == ["1", "3"]
    now = desk.services.reviews.get(review.id)
    assert (now.segments, now.tasks[0].segments, now.words) == (2, 2, review.words)

    words = "Le Comité, qui s’est réuni à Genève, a adopté 12 résolutions; la réunion est close."
    desk.confirm(review, 1, CodedText(words, tuple(zip((10, 35), (c for _, c in kept.source.codes), strict=True))))
    made = desk.approved(review)
    assert [paragraph.text for paragraph in made.paragraphs] == [words, "[fr] The next session is in May."]
    assert [run.text for run in made.paragraphs[0].runs if run.bold] == [words[10:35]]
    found = desk.services.memory.search(asked(f"{FIRST} {SECOND}", "en", "fr"))
    assert found[0].target.text == words
    assert not any(match.score == 100 for match in desk.services.memory.search(asked(FIRST, "en", "fr")))


def test_one_segment_becomes_two(desk: Desk) -> None:
    review = desk.taken(desk.give(report("The next session is in May.")))
    first, second = desk.split(review, 2, "the Chair")
    assert [first.source.text, second.source.text] == ["It adopted 12 resolutions;", "the Chair closed the meeting."]
    assert (first.label, second.label, second.number) == ("2", "2.2", 4)
    assert [first.target.text, second.target.text] == [
        "[fr] It adopted 12 resolutions;",
        "the Chair closed the meeting.",
    ]
    again, third = desk.split(review, 4, "closed")
    assert again.target.text == "the Chair closed the meeting.", "no sentence of it ends inside: the first has it all"
    assert third.target == CodedText() and third.state is State.INITIAL
    assert (again.label, third.label) == ("2.2", "2.3")
    middle, _ = desk.split(review, 2, "resolutions")
    assert [label for label, _, _ in desk.texts(review)] == ["1", "2", "2.2", "2.3", "2.4", "3"]
    assert [one.number for one in desk.shown(review)] == [1, 2, 6, 4, 5, 3]
    assert desk.services.reviews.get(review.id).words == review.words

    bold = middle.source.codes
    desk.confirm(review, 2, CodedText("Il a adopté 12", ((2, bold[0][1]),)))
    desk.confirm(review, 6, "résolutions ;")
    desk.confirm(review, 4, "la présidence")
    desk.confirm(review, 5, "a levé la séance.")
    made = desk.approved(review)
    assert made.paragraphs[0].text.endswith("Il a adopté 12 résolutions ; la présidence a levé la séance.")


def test_a_translation_is_split_where_one_of_its_sentences_ends(desk: Desk) -> None:
    review = desk.taken(desk.give(report()))
    desk.confirm(review, 2, CodedText("Il a adopté. La séance est levée. 12", desk.shown(review)[1].source.codes))
    first, second = desk.split(review, 2, "the Chair")
    assert (first.target.text, second.target.text) == ("Il a adopté.", "La séance est levée. 12")
    assert first.target.code_counts() == first.source.code_counts()
    assert first.state is second.state is State.INITIAL


def test_what_was_joined_can_be_split_again_and_keeps_its_history(desk: Desk) -> None:
    review = desk.taken(desk.give(report()))
    source = desk.shown(review)[1].source
    desk.confirm(review, 2, CodedText("Douze (12) résolutions.", source.codes))
    desk.join(review, 1)
    told = desk.services.reviews.history(review.id, 1)
    assert [(one.act, one.number) for one in told] == [(Act.CONFIRM, 2), (Act.JOIN, 1)]
    _, second = desk.split(review, 1, "It adopted")
    assert second.source.text == SECOND
    assert second.source.codes == source.codes
    assert [label for label, _, _ in desk.texts(review)] == ["1", "1.2"]
    desk.join(review, 1)
    assert [label for label, _, _ in desk.texts(review)] == ["1"]
    assert len(desk.services.reviews.history(review.id, 1)) == 5


def test_drafts_are_joined_and_those_of_others_go_into_the_history(desk: Desk) -> None:
    review = desk.taken(desk.give(report()))
    drafts = desk.services.reviews.save_draft
    drafts(review.id, 1, desk.people["tina"], CodedText("De Tina."), 1)
    drafts(review.id, 2, desk.people["tom"], CodedText("Mon brouillon."), 1)
    kept, _ = desk.join(review, 1)
    assert kept.target.text == f"[fr] {FIRST} Mon brouillon."
    assert kept.draft is None
    told = [(one.by, one.target.text) for one in desk.services.reviews.history(review.id, 1)]
    assert ("Tina", "De Tina.") in told


def test_what_cannot_be_cut(desk: Desk) -> None:
    review = desk.taken(desk.give(report("The next session is in May.")), parts=1)
    with pytest.raises(InvalidRequest, match="last segment of its paragraph"):
        desk.join(review, 2)
    with pytest.raises(InvalidRequest, match="between two of its words"):
        desk.split(review, 1, "The Committee")
    with pytest.raises(TaskLost):
        desk.join(review, 1, "tina")
    cut = desk.services.review_cutting
    with pytest.raises(StaleSave):
        cut.join(review.id, 1, desk.people["tom"], 7)
    desk.join(review, 1)
    with pytest.raises(Conflict, match="was joined"):
        cut.split(review.id, 2, desk.people["tom"], 2, 5)
    saved = desk.services.reviews.segment(review.id, 2, desk.people["tom"])
    with pytest.raises(Conflict, match="was joined"):
        desk.services.reviews.confirm(review.id, 2, desk.people["tom"], CodedText("Tard."), saved.version)
    assert desk.services.reviews.history(review.id, 1)[-1].target.text == "Tard.", "what was written late is kept"


def test_a_reviser_sends_back_instead_of_cutting(desk: Desk) -> None:
    document = desk.give(report())
    review = desk.services.review_opening.send(document.id, "fr", Orders(second_person=True), desk.people["carol"])
    tom, rita = desk.people["tom"], desk.people["rita"]
    desk.services.tasks.claim(review.tasks[0].id, tom)
    for one in desk.shown(review):
        desk.confirm(review, one.number, one.target)
    desk.services.tasks.complete(review.tasks[0].id, tom)
    revising = next(one for one in desk.services.reviews.get(review.id).tasks if one.kind is TaskKind.REVISE)
    desk.services.tasks.claim(revising.id, rita)
    with pytest.raises(Conflict, match="translator joins and splits"):
        desk.join(review, 1, "rita")


def test_tasks_are_cut_by_places(desk: Desk) -> None:
    review = desk.taken(desk.give(report("One.", "Two and three.", "Four.")))
    desk.join(review, 1)
    desk.split(review, 4, "and three")
    parts = desk.services.tasks.split(review.tasks[0].id, 4, desk.people["carol"])
    assert [(one.first, one.last, one.segments) for one in parts] == [(1, 1, 1), (3, 3, 1), (4, 4, 2), (5, 5, 1)]
    with pytest.raises(InvalidRequest, match="2 to 4"):
        fresh = desk.taken(desk.give(report("One.", "Two.")))
        desk.services.tasks.split(fresh.tasks[0].id, 5, desk.people["carol"])


def test_packages_go_out_and_come_back_as_people_cut(desk: Desk) -> None:
    review = desk.taken(desk.give(report("The next session is in May.")))
    before = desk.services.review_packages.package(review.id, "2.1").data
    desk.join(review, 1)
    desk.split(review, 3, "is in May")
    made = desk.services.review_packages.package(review.id, "2.1")
    assert b"<source>is in May.</source>" in made.data
    back = made.data.replace(b"<target>[fr] The next session is in May.</target>", b"<target>La session</target>")
    back = back.replace(b'state="initial"', b'state="translated"')
    found = desk.services.review_packages.take_back(review.id, back, made.name, desk.people["tom"])
    assert not found.refused and not found.conflicts
    assert desk.texts(review)[-2] == ("3", "The next session", "La session")

    old = before.replace(b"<target>[fr] The next session is in May.</target>", b"<target>Tout.</target>")
    late = desk.services.review_packages.take_back(review.id, old, made.name, desk.people["tom"])
    assert [one.number for one in late.refused] == [1, 3]
    assert "joined or split" in late.refused[1].reason
    assert desk.texts(review)[-2] == ("3", "The next session", "La session")


def test_a_revision_is_cut_as_people_cut_the_document_before(desk: Desk) -> None:
    first = desk.give(report("The next session is in May."))
    review = desk.taken(first)
    desk.join(review, 1)
    _, second = desk.split(review, 3, "is in May")
    desk.confirm(review, second.number, "aura lieu en mai.")
    desk.approved(review)
    revised = desk.give(
        report("The next session is in May.", "Something new."), Following("", Relation.REVISION, first.id)
    )
    until(lambda: bool(desk.services.reviews.of_document(revised.id)))
    again = desk.services.reviews.of_document(revised.id)[0]
    assert [(label, source) for label, source, _ in desk.texts(again)] == [
        ("1", f"{FIRST} {SECOND}"),
        ("2", "The next session"),
        ("3", "is in May."),
        ("4", "Something new."),
    ]
    assert [one.state for one in desk.shown(again)] == [State.REVIEWED] * 3 + [State.INITIAL]
