"""Documents with people through the real services: sent, taken, translated, revised, approved; nothing lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from accounts import add
from langsupport.domain.matches import MatchKind
from langsupport.domain.reviews import Act, ReviewState
from langsupport.domain.tasks import Conditions, Orders, Priority, QueueRule, TaskKind, TaskState
from langsupport.domain.units import CodedText, State
from langsupport.errors import AccessDenied, Conflict, InvalidRequest, NotFound, StaleSave, TaskLost
from langsupport.services.account_records import OPEN
from langsupport.services.assembly import Services
from langsupport.services.memory import asked
from langsupport.services.people import Profile
from langsupport.services.records import DocumentRecord
from langsupport.services.tasks import TaskView
from review_room import FRENCH, TEXT, Room, caller
from waiting import until

Open = Callable[..., Services]


def test_from_the_queue_to_the_approved_document(room: Room) -> None:
    review = room.send()
    assert [(task.kind, task.state) for task in review.tasks] == [
        (TaskKind.POST_EDIT, TaskState.FREE),
        (TaskKind.REVISE, TaskState.WAITING),
    ]
    assert review.counts == {State.INITIAL: 5}
    assert (review.words, review.tasks[0].weighted) == (24, pytest.approx(19.5))

    room.claim("tom", review)
    room.translate_all("tom", review)
    room.services.tasks.complete(room.task(review).id, room.people["tom"])
    assert room.task(review, TaskKind.REVISE).state is TaskState.FREE

    revising = room.claim("rita", review, TaskKind.REVISE)
    for number in range(1, 6):
        text = room.segment(review, number).target.text.replace("levée", "close")
        room.confirm("rita", review, number, text)
    changed = room.segment(review, 3)
    assert (changed.target.text, changed.translation) == ("La réunion a été close.", CodedText(FRENCH[3]))
    room.services.tasks.complete(revising.id, room.people["rita"])
    until(lambda: room.services.reviews.get(review.id).state is ReviewState.APPROVED)

    approved = room.services.reviews.get(review.id)
    assert (approved.approved_by, approved.counts) == ("Rita", {State.FINAL: 5})
    text = room.services.documents.open_rendition(room.document.id, "fr").path.read_text("utf-8")
    assert text.split("\n\n") == [FRENCH[1], FRENCH[2], "La réunion a été close.", FRENCH[1], FRENCH[5] + "\n"]
    machine = room.services.documents.open_rendition(room.document.id, "fr", machine=True).path.read_text("utf-8")
    assert "Traduction automatique" in machine
    assert "Traduction automatique" not in text


def test_what_people_approved_is_what_the_memory_gives_next_time(
    room: Room, finish: Callable[..., DocumentRecord]
) -> None:
    review = room.send(second_person=False)
    room.claim("tom", review)
    room.translate_all("tom", review)
    services = room.services
    assert services.memory.search(asked("The meeting was closed.", "en", "fr")) == []
    services.tasks.complete(room.task(review).id, room.people["tom"])
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)

    [match] = services.memory.search(asked("The meeting was closed.", "en", "fr"))
    assert (match.kind, match.score, match.target.text, match.unit.by) == (MatchKind.EXACT, 100, FRENCH[3], "Tom")
    again = services.documents.upload("again.txt", io.BytesIO(TEXT.encode()), "en", ["fr"])
    finish(services.documents, again.id)
    assert FRENCH[2] in services.documents.open_rendition(again.id, "fr").path.read_text("utf-8")
    second = services.review_opening.send(again.id, "fr", Orders(), room.people["carol"])
    assert second.weighted == pytest.approx(second.words * 0.1)


def test_a_repetition_takes_the_same_text_and_that_is_said(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    saved = room.confirm("tom", review, 1, FRENCH[1])
    assert saved.propagated == (4,)
    assert (room.segment(review, 4).target.text, room.segment(review, 4).state) == (FRENCH[1], State.TRANSLATED)
    assert [entry.act for entry in room.services.reviews.history(review.id, 4)] == [Act.PROPAGATE]
    room.confirm("tom", review, 1, "Le Comité a siégé à Genève.")
    assert room.segment(review, 4).target.text == FRENCH[1], "a confirmed segment is left alone"


def test_a_repetition_that_is_to_differ_stays(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    assert room.confirm("tom", review, 1, FRENCH[1], propagate=False).propagated == ()
    assert room.segment(review, 4).state is State.INITIAL
    room.services.reviews.save_draft(review.id, 4, room.people["tom"], CodedText("À Genève"), 1)
    assert room.confirm("tom", review, 1, FRENCH[1]).propagated == (), "what is being written isn't overwritten"


def test_a_stale_save_is_refused_and_kept(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    old = room.segment(review, 3).version
    room.confirm("tom", review, 3, FRENCH[3])
    with pytest.raises(StaleSave):
        room.confirm("tom", review, 3, "La séance est levée.", version=old)
    kept = room.segment(review, 3)
    assert kept.target.text == FRENCH[3]
    assert kept.draft is not None
    assert (kept.draft.target.text, kept.draft.base_version) == ("La séance est levée.", old)


def test_the_same_save_twice_counts_once(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    version = room.segment(review, 3).version
    first = room.confirm("tom", review, 3, FRENCH[3], version=version)
    second = room.confirm("tom", review, 3, FRENCH[3], version=version)
    assert second.segment.version == first.segment.version
    assert len(room.services.reviews.history(review.id, 3)) == 1


def test_without_the_task_nothing_is_confirmed_and_the_text_is_kept(room: Room) -> None:
    review = room.send()
    with pytest.raises(TaskLost):
        room.confirm("tom", review, 1, FRENCH[1])
    room.claim("tom", review)
    room.services.tasks.assign(room.task(review).id, "tina", room.people["carol"])
    with pytest.raises(TaskLost):
        room.confirm("tom", review, 2, FRENCH[2])
    drafts = [room.segment(review, number).draft for number in (1, 2)]
    assert [draft.target.text for draft in drafts if draft] == [FRENCH[1], FRENCH[2]]
    assert room.segment(review, 1, "tina").draft is None
    assert room.services.reviews.writers(review.id, room.people["tina"]) == {1: "Tom", 2: "Tom"}


def test_what_must_be_corrected_keeps_a_segment_open_until_a_reason_is_given(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    refused = room.confirm("tom", review, 2, "Le Comité a adopté treize résolutions.")
    assert [finding.code for finding in refused.refused] == ["number-missing"]
    assert refused.segment.draft is not None
    assert room.segment(review, 2).state is State.INITIAL
    with pytest.raises(InvalidRequest):
        room.services.reviews.dismiss(review.id, 2, room.people["tom"], "number-missing", "  ")
    room.services.reviews.dismiss(review.id, 2, room.people["tom"], "number-missing", "The original was corrected.")
    saved = room.confirm("tom", review, 2, "Le Comité a adopté treize résolutions.")
    assert (saved.refused, saved.segment.state) == ((), State.TRANSLATED)
    assert saved.segment.dismissed["number-missing"].reason == "The original was corrected."
    assert room.confirm("tom", review, 3, " ").refused[0].code == "empty"
    with pytest.raises(InvalidRequest):
        room.services.reviews.dismiss(review.id, 3, room.people["tom"], "empty", "I like it so.")


def test_a_reviser_sends_back_and_the_translator_has_the_task_again(room: Room) -> None:
    review = room.send()
    task = room.claim("tom", review)
    room.translate_all("tom", review)
    room.services.tasks.complete(task.id, room.people["tom"])
    revising = room.claim("rita", review, TaskKind.REVISE)
    version = room.segment(review, 5).version
    reason = "The Chair is a person here."
    back = room.services.reviews.send_back(review.id, 5, room.people["rita"], version, reason)
    assert back.state is State.INITIAL
    again = room.task(review)
    assert (again.state, again.person) == (TaskState.TAKEN, "Tom")
    with pytest.raises(Conflict, match="with its translator"):
        room.confirm("rita", review, 5, FRENCH[5])
    with pytest.raises(Conflict, match="Segment 1 isn't confirmed"):
        room.services.tasks.complete(revising.id, room.people["rita"])
    room.confirm("tom", review, 5, "Le Président a remercié les délégués.")
    room.services.tasks.complete(task.id, room.people["tom"])
    acts = [(entry.act, entry.text) for entry in room.services.reviews.history(review.id, 5)]
    assert acts == [(Act.CONFIRM, ""), (Act.SEND_BACK, reason), (Act.CONFIRM, "")]
    for number in range(1, 6):
        room.confirm("rita", review, number, room.segment(review, number).target.text)
    with pytest.raises(TaskLost):
        room.confirm("tom", review, 5, FRENCH[5])


def test_nobody_revises_their_own_translation(room: Room) -> None:
    review = room.send()
    both = caller(add(room.services.accounts, "bea", "translator", "reviser"))
    room.people["bea"] = both
    room.claim("bea", review)
    room.translate_all("bea", review)
    room.services.tasks.complete(room.task(review).id, both)
    with pytest.raises(AccessDenied, match="second person"):
        room.claim("bea", review, TaskKind.REVISE)
    with pytest.raises(AccessDenied, match="for a reviser"):
        room.claim("tina", review, TaskKind.REVISE)


def test_a_task_is_one_persons_until_it_expires(room: Room) -> None:
    review = room.send()
    task = room.claim("tom", review)
    with pytest.raises(Conflict, match="Tom has taken"):
        room.claim("tina", review)
    with pytest.raises(Conflict):
        room.services.tasks.hand_back(task.id, room.people["tina"])
    room.services.tasks.hand_back(task.id, room.people["tom"])
    assert room.claim("tina", review).person == "Tina"


def test_a_claim_that_ran_out_can_be_taken_over(room: Room) -> None:
    review = room.send()
    task = room.claim("tom", review)
    with room.services._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE tasks SET expires_ms = 1 WHERE id = '{task.id}'")
    assert [one.id for one in room.services.tasks.list(TaskView.FREE, room.people["tina"])] == [task.id]
    assert room.claim("tina", review).person == "Tina"


def test_languages_of_a_person_decide_what_they_are_offered(room: Room) -> None:
    review = room.send()
    spanish = Profile("Sara", ["translator"], pairs=["en-es"])
    sara = caller(room.services.accounts.people.create("sara", spanish, "tests"))
    assert room.services.tasks.list(TaskView.FREE, sara) == []
    with pytest.raises(AccessDenied, match="languages"):
        room.services.tasks.claim(room.task(review).id, sara)
    assert len(room.services.tasks.list(TaskView.FREE, room.people["tina"])) == 1


def test_a_long_document_is_shared_and_comes_together_again(room: Room) -> None:
    review = room.send(parts=2, second_person=False)
    parts = [task for task in review.tasks if task.kind is TaskKind.POST_EDIT]
    assert (parts[0].first, parts[0].last + 1, parts[1].last) == (1, parts[1].first, 5)
    room.services.tasks.claim(parts[0].id, room.people["tom"])
    room.services.tasks.claim(parts[1].id, room.people["tina"])
    for number, text in {**FRENCH, 4: FRENCH[1]}.items():
        who = "tom" if number <= parts[0].last else "tina"
        if room.segment(review, number).state is State.INITIAL:
            room.confirm(who, review, number, text)
    room.services.tasks.complete(parts[0].id, room.people["tom"])
    assert room.services.reviews.get(review.id).state is ReviewState.OPEN
    room.services.tasks.complete(parts[1].id, room.people["tina"])
    until(lambda: room.services.reviews.get(review.id).state is ReviewState.APPROVED)


def test_a_task_is_split_while_somebody_works_on_it(room: Room) -> None:
    review = room.send()
    task = room.claim("tom", review)
    made = room.services.tasks.split(task.id, 3, room.people["carol"])
    assert [(one.first, one.last) for one in made] == [(1, 2), (3, 3), (4, 5)] or len(made) == 3
    assert sum(one.segments for one in made) == 5
    assert [one.state for one in made] == [TaskState.TAKEN, TaskState.FREE, TaskState.FREE]
    with pytest.raises(InvalidRequest):
        room.services.tasks.split(made[1].id, 9, room.people["carol"])


def test_called_off_and_sent_again_what_was_written_is_still_there(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    room.confirm("tom", review, 1, FRENCH[1])
    with pytest.raises(Conflict, match="with people already"):
        room.send()
    room.services.tasks.call_off(review.id, room.people["carol"])
    with pytest.raises(Conflict):
        room.confirm("tom", review, 2, FRENCH[2])
    again = room.send()
    assert again.id == review.id
    assert room.segment(review, 1).target.text == FRENCH[1]
    assert [task.state for task in room.services.reviews.get(review.id).tasks if task.state is TaskState.FREE]


def test_unconfirmed_text_keeps_a_task_open(room: Room) -> None:
    review = room.send()
    task = room.claim("tom", review)
    room.translate_all("tom", review)
    room.services.reviews.save_draft(review.id, 5, room.people["tom"], CodedText("Autre chose."), 2)
    with pytest.raises(Conflict, match="Segment 5 has text"):
        room.services.tasks.complete(task.id, room.people["tom"])
    room.services.reviews.drop_draft(review.id, 5, room.people["tom"])
    done = room.services.tasks.complete(task.id, room.people["tom"])
    assert room.services.tasks.complete(task.id, room.people["tom"]).version == done.version, "twice is once"


def test_a_rule_sends_what_it_is_for(
    database_url: str, open_services: Open, finish: Callable[..., DocumentRecord]
) -> None:
    services = open_services(url=database_url, accounts_mode="on")
    carol = caller(add(services.accounts, "carol", "coordinator"))
    only = Conditions(targets=("fr",), formats=(".TXT",), least_words=10)
    orders = Orders(priority=Priority.HIGH, deadline_hours=24, instructions="For the plenary.", parts=2)
    rule = services.queue_rules.put(QueueRule("", "Plenary", conditions=only, orders=orders), carol)
    assert services.queue_rules.list()[0].conditions.formats == ("txt",)
    document = services.documents.upload("report.txt", io.BytesIO(TEXT.encode()), "en", ["fr", "es"])
    finish(services.documents, document.id)
    until(lambda: bool(services.reviews.of_document(document.id)))
    [review] = services.reviews.of_document(document.id)
    assert (review.language, review.rule, review.created_by) == ("fr", "Plenary", "langsupport")
    assert {task.priority for task in review.tasks} == {Priority.HIGH}
    assert all(task.deadline and task.instructions == "For the plenary." for task in review.tasks)
    services.queue_rules.delete(rule.id, carol)
    with pytest.raises(NotFound):
        services.queue_rules.delete(rule.id, carol)


def test_a_broken_or_foreign_code_is_never_taken(
    database_url: str, open_services: Open, finish: Callable[..., DocumentRecord], tmp_path: Path
) -> None:
    services = open_services(url=database_url)
    source = docx.Document()
    paragraph = source.add_paragraph("The Committee ")
    paragraph.add_run("adopted").bold = True
    paragraph.add_run(" the report.")
    path = tmp_path / "bold.docx"
    source.save(str(path))
    document = services.documents.upload("bold.docx", io.BytesIO(path.read_bytes()), "en", ["fr"])
    finish(services.documents, document.id)
    review = services.review_opening.send(document.id, "fr", Orders(), OPEN)
    assert not review.second_person, "without accounts there is no second person"
    services.tasks.claim(review.tasks[0].id, OPEN)
    segment = services.reviews.segment(review.id, 1, OPEN)
    (_, open_code), (_, close_code) = segment.source.codes
    lost = services.reviews.confirm(review.id, 1, OPEN, CodedText("Le Comité a adopté le rapport."), segment.version)
    assert lost.refused[0].code == "codes-missing"
    foreign = CodedText("Le Comité", ((0, type(open_code)(99, open_code.kind, "<b>")),))
    with pytest.raises(InvalidRequest, match="formatting"):
        services.reviews.save_draft(review.id, 1, OPEN, foreign, 1)
    good = CodedText("Le Comité a adopté le rapport.", ((11, open_code), (18, close_code)))
    saved = services.reviews.confirm(review.id, 1, OPEN, good, segment.version)
    assert saved.refused == ()
    services.tasks.complete(review.tasks[0].id, OPEN)
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)
    made = docx.Document(str(services.documents.open_rendition(document.id, "fr").path))
    runs = [(run.text, bool(run.bold)) for run in made.paragraphs[-1].runs if run.text]
    assert runs == [("Le Comité a", False), (" adopté", True), (" le rapport.", False)]


def test_a_restart_makes_the_approved_document_all_the_same(room: Room, open_services: Open, database_url: str) -> None:
    review = room.send(second_person=False)
    task = room.claim("tom", review)
    room.translate_all("tom", review)
    room.services.jobs.stop()
    room.services.tasks.complete(task.id, room.people["tom"])
    room.services.close()
    services = open_services(url=database_url, accounts_mode="on")
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)
    assert services.documents.open_rendition(room.document.id, "fr").path.read_text("utf-8").startswith(FRENCH[1])


def test_control_characters_never_reach_a_document(room: Room) -> None:
    review = room.send()
    draft = room.services.reviews.save_draft(review.id, 3, room.people["tom"], CodedText("La\x00 réunion\x0b."), 1)
    assert draft.target.text == "La réunion."


def test_what_was_approved_can_be_opened_again_and_stays_until_the_next_approval(room: Room) -> None:
    services = room.services
    review = room.send(second_person=False)
    room.claim("tom", review)
    room.translate_all("tom", review)
    services.tasks.complete(room.task(review).id, room.people["tom"])
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)
    with pytest.raises(Conflict):
        room.send()
    services.review_opening.reopen(review.id, Orders(), room.people["carol"])
    [task] = services.tasks.list(TaskView.FREE, room.people["tina"])
    assert FRENCH[3] in services.documents.open_rendition(room.document.id, "fr").path.read_text("utf-8")
    services.tasks.claim(task.id, room.people["tina"])
    room.confirm("tina", review, 3, "La séance est levée.")
    services.tasks.complete(task.id, room.people["tina"])
    until(lambda: services.reviews.get(review.id).state is ReviewState.APPROVED)
    assert "La séance" in services.documents.open_rendition(room.document.id, "fr").path.read_text("utf-8")
    [match] = services.memory.search(asked("The meeting was closed.", "en", "fr"))
    assert match.target.text == "La séance est levée."


def test_segments_are_compared_with_each_other_as_the_asker_wrote_them(room: Room) -> None:
    review = room.send()
    room.claim("tom", review)
    across = room.services.reviews.across
    assert across(review.id, room.people["tom"]) == []
    room.confirm("tom", review, 1, FRENCH[1], propagate=False)
    room.services.reviews.save_draft(review.id, 4, room.people["tom"], CodedText("Le Comité a siégé à Genève."), 1)
    (found,) = across(review.id, room.people["tom"])
    assert (found[0].number, found[1].code) == (4, "consistency-source")
    room.services.reviews.save_draft(review.id, 4, room.people["tom"], CodedText(FRENCH[1]), 1)
    assert across(review.id, room.people["tom"]) == []
    assert [one.number for one, _ in across(review.id, room.people["rita"])] == [4], "of others' drafts nothing"
