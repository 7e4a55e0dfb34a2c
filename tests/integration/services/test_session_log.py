"""What machines and people may write into a session's log, on real databases."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from langsupport.domain.live import CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Word
from langsupport.errors import Conflict, InvalidRequest, NotFound
from langsupport.services.database import Database
from langsupport.services.session_records import EventKind, SessionEvent
from langsupport.services.sessions import SessionService
from livecues import heard, translated


def states(sessions: SessionService, id: str, track: str = "floor") -> list[tuple[str, str, str]]:
    return [(cue.id, cue.state.value, cue.stable) for _, cue in sessions.cues(id, track, changed_since=0)]


def test_what_is_heard_is_kept_with_its_words_and_without_its_tail(sessions: SessionService, meeting: str) -> None:
    words = (Word(1000, 1400, "Good", 0.9), Word(1400, 1900, " morning", 0.8))
    cue = heard(1, "Good morning", tail=" eve", words=words)
    assert sessions.append(meeting, [cue], {"floor": 31_000}) == [cue]
    (found,) = sessions.cues(meeting, "floor")
    assert found == (1, replace(cue, tail=""))
    assert sessions.get(meeting).seq == 1 and sessions.cue(meeting, "floor", "c1") == found[1]


def test_stable_text_only_grows_and_a_broken_rule_writes_nothing(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Good")])
    sessions.append(meeting, [heard(1, "Good morning", 2), heard(1, "Good morning.", 3, final=True), heard(2, "We")])
    assert sessions.get(meeting).seq == 3  # one number for each cue that changed
    broken = [
        heard(2, "They", 2),  # rewritten
        heard(2, "We meet", 1),  # the same revision with other words
        heard(1, "Good morning. All", 4),  # final
    ]
    for cue in broken:
        with pytest.raises(Conflict, match=f"Cue {cue.id} of floor"):
            sessions.append(meeting, [heard(3, "Innocent"), cue], {"floor": 10})
    assert states(sessions, meeting) == [("c1", "final", "Good morning."), ("c2", "open", "We")]
    assert sessions.get(meeting).seq == 3 and sessions.get(meeting).channels[0].settled == 0


def test_saying_the_same_again_does_no_harm(sessions: SessionService, meeting: str) -> None:
    said = [heard(1, "Good morning.", 2, final=True), heard(2, "We")]
    assert sessions.append(meeting, said, {"floor": 10}) == said
    assert sessions.append(meeting, said, {"floor": 10}) == said
    assert sessions.get(meeting).seq == 2


def test_nothing_is_said_before_the_begin_and_much_after_the_end(sessions: SessionService) -> None:
    id = sessions.create("Meeting", by="Ann").id
    with pytest.raises(Conflict, match="not begun"):
        sessions.append(id, [heard(1, "Too early")])
    sessions.start(id, "Ann")
    sessions.end(id, "Ann")
    assert sessions.append(id, [heard(1, "The last words.", final=True)])


def test_control_characters_and_endless_texts_do_not_get_in(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Good\x00 mor\x07ning\ud800")])
    assert sessions.append(meeting, [heard(1, "Good\x00 mor\x07ning\ud800, all", 2)])
    (long,) = sessions.append(meeting, [heard(2, "ha " * 1000, tail="ha")])
    assert len(long.stable) == 2000 and long.tail == ""
    assert sessions.append(meeting, [heard(2, "ha " * 1001, 2)])
    assert [text[:20] for _, _, text in states(sessions, meeting)] == ["Good morning, all", ("ha " * 7)[:20]]
    with pytest.raises(InvalidRequest, match="cues at once"):
        sessions.append(meeting, [heard(1, "x")] * 1001)


def test_translations_grow_while_open_and_follow_only_a_persons_correction(
    sessions: SessionService, meeting: str
) -> None:
    said = heard(1, "The chair spoke.", 2, final=True)
    french = translated(said, "fr", "La chaise")
    sessions.append(meeting, [said, french])
    sessions.append(meeting, [replace(french, stable="La chaise a parlé.", revision=2, state=CueState.FINAL)])
    again = translated(replace(said, revision=3), "fr", "Le président a parlé.", 3, final=True)
    with pytest.raises(Conflict, match="follows only a correction"):
        sessions.append(meeting, [again])
    corrected = sessions.correct(meeting, "floor", "c1", 2, "The Chair spoke.", "Bob")
    with pytest.raises(Conflict, match="follows only a correction"):
        sessions.append(meeting, [translated(said, "fr", "Autre chose.", 3, final=True)])  # of what was before
    with pytest.raises(Conflict, match="can't be open again"):
        sessions.append(meeting, [translated(corrected, "fr", "Le président", 3)])
    assert sessions.append(meeting, [translated(corrected, "fr", "Le président a parlé.", 3, final=True)])
    assert states(sessions, meeting, "fr") == [("c1", "final", "Le président a parlé.")]


def test_an_open_translation_may_be_rewritten_after_a_correction(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "The chair")
    sessions.append(meeting, [said, translated(said, "fr", "La chaise")])
    with pytest.raises(Conflict, match="may only grow"):
        sessions.append(meeting, [translated(replace(said, revision=2), "fr", "Le président", 2)])
    corrected = sessions.correct(meeting, "floor", "c1", 1, "The Chair", "Bob")
    assert sessions.append(meeting, [translated(corrected, "fr", "Le président", 2, final=True)])


def test_no_machine_touches_what_a_person_wrote_and_the_rest_goes_on(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "Good mourning")
    sessions.append(meeting, [said, translated(said, "fr", "Bon deuil")])
    sessions.correct(meeting, "floor", "c1", 1, "Good morning", "Bob")
    sessions.correct(meeting, "fr", "c1", 1, "Bonjour", "Cleo")
    further = [heard(1, "Good mourning to all", 2), translated(said, "fr", "Bon deuil à tous", 2), heard(2, "We meet")]
    assert sessions.append(meeting, further) == [further[2]]
    assert states(sessions, meeting) == [("c1", "corrected", "Good morning"), ("c2", "open", "We meet")]
    assert states(sessions, meeting, "fr") == [("c1", "corrected", "Bonjour")]


def test_a_stale_correction_gets_both_texts(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Good mourning")])
    sessions.append(meeting, [heard(1, "Good mourning all", 2)])
    with pytest.raises(Conflict, match="Compare both texts") as caught:
        sessions.correct(meeting, "floor", "c1", 1, "Good morning", "Bob")
    wanted = {"current": "Good mourning all", "current_revision": 2, "yours": "Good morning"}
    assert {key: caught.value.fields[key] for key in wanted} == wanted
    done = sessions.correct(meeting, "floor", "c1", 2, "Good morning all", "Bob")
    assert (done.state, done.origin, done.revision) == (CueState.CORRECTED, CueOrigin.HUMAN, 3)
    assert sessions.correct(meeting, "floor", "c1", 2, "Good morning all", "Cleo") == done  # both mean the same
    with pytest.raises(Conflict):
        sessions.correct(meeting, "floor", "c1", 2, "Good morning, all", "Cleo")
    for text, error in (("\x00 ", "retract"), ("x" * 2001, "2,001 characters")):
        with pytest.raises(InvalidRequest, match=error):
            sessions.correct(meeting, "floor", "c1", 3, text, "Bob")
    with pytest.raises(NotFound, match="cue"):
        sessions.correct(meeting, "floor", "c9", 1, "x", "Bob")


def test_the_same_text_confirms(sessions: SessionService, meeting: str) -> None:
    words = (Word(1000, 1400, "Good", 0.9),)
    sessions.append(meeting, [heard(1, "Good", 4, final=True, words=words)])
    done = sessions.correct(meeting, "floor", "c1", 4, " Good ", "Bob")
    assert (done.state, done.origin, done.revision) == (CueState.CORRECTED, CueOrigin.HEARD, 5)
    assert done.words == words
    assert [(one.by, one.before, one.after) for one in sessions.history(meeting, "floor", "c1")] == [
        ("Bob", "Good", "Good")
    ]


def test_the_floor_and_its_copy_are_corrected_together(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "The chair spoke.", 2, final=True)
    copy = replace(said, track="en", source=said.reference, revision=1)
    sessions.append(meeting, [said, copy])
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    sessions.correct(meeting, "en", "c1", 1, "The Chair spoke.", "Bob")
    floor, english = sessions.cue(meeting, "floor", "c1"), sessions.cue(meeting, "en", "c1")
    assert (floor.stable, floor.state, floor.revision) == ("The Chair spoke.", CueState.CORRECTED, 3)
    assert (english.stable, english.state, english.revision) == ("The Chair spoke.", CueState.CORRECTED, 2)
    sessions.correct(meeting, "floor", "c1", 3, "The Chair has spoken.", "Bob")
    english = sessions.cue(meeting, "en", "c1")
    assert (english.stable, english.source) == ("The Chair has spoken.", "c1@floor#4")
    assert [(event.kind, [cue.track for cue in event.cues], event.was_open) for event in told] == [
        (EventKind.CORRECTED, ["en", "floor"], False),
        (EventKind.CORRECTED, ["floor", "en"], False),
    ]
    assert [one.after for one in sessions.history(meeting, "en", "c1")] == ["The Chair spoke.", "The Chair has spoken."]


def test_a_copy_with_words_of_its_own_keeps_them(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "The chair spoke.", final=True)
    sessions.append(meeting, [said, replace(said, track="en", source=said.reference, stable="The chair")])
    sessions.correct(meeting, "en", "c1", 1, "Madam Chair", "Bob")  # the floor has words that the copy had not
    assert sessions.cue(meeting, "floor", "c1").state is CueState.FINAL
    sessions.correct(meeting, "floor", "c1", 1, "The Chair spoke.", "Cleo")
    assert sessions.cue(meeting, "en", "c1").stable == "Madam Chair"


def test_a_track_with_an_interpreter_gets_no_copy(sessions: SessionService, meeting: str) -> None:
    sessions.set_source(meeting, "en", "channel", "Ann")
    sessions.append(meeting, [heard(1, "The chair spoke.")])
    sessions.correct(meeting, "floor", "c1", 1, "The Chair spoke.", "Bob")
    assert sessions.cues(meeting, "en") == []
    spoken = LiveCue("fr-1", "fr", "fr", "fr", 0, 900, "Le chaise")
    sessions.append(meeting, [spoken])
    assert sessions.correct(meeting, "fr", "fr-1", 1, "Le président", "Bob").stable == "Le président"


def test_listeners_hear_that_the_machine_was_still_writing(sessions: SessionService, meeting: str) -> None:
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)

    def failing(event: SessionEvent) -> None:
        raise ZeroDivisionError

    sessions.add_listener(failing)
    sessions.append(meeting, [heard(1, "Good mourning")])
    sessions.correct(meeting, "floor", "c1", 1, "Good morning", "Bob")
    assert [(event.kind, event.cues[0].id, event.was_open) for event in told] == [(EventKind.CORRECTED, "c1", True)]
    assert {cue.track for cue in told[0].cues} == {"floor", "en"}
    sessions.remove_listener(told.append)
    sessions.remove_listener(failing)


def test_retracting_where_it_was_heard_takes_the_translations_along(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "Thank you for watching.", final=True)
    other = heard(2, "We meet.", final=True)
    sessions.append(meeting, [said, other, translated(said, "fr", "Merci"), translated(other, "fr", "Réunion")])
    sessions.retract(meeting, "fr", "c2", "Bob")
    assert states(sessions, meeting)[1] == ("c2", "final", "We meet.")
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    sessions.retract(meeting, "floor", "c1", "Bob")
    sessions.retract(meeting, "floor", "c1", "Bob")
    assert states(sessions, meeting, "fr") == [("c2", "retracted", ""), ("c1", "retracted", "")]
    assert [(event.kind, [cue.track for cue in event.cues]) for event in told] == [
        (EventKind.RETRACTED, ["floor", "fr"])
    ]
    assert sessions.append(meeting, [translated(said, "ru", "Спасибо")]) == []  # of a retracted one
    assert sessions.append(meeting, [replace(said, revision=2)]) == []
    with pytest.raises(Conflict, match="retracted"):
        sessions.correct(meeting, "floor", "c1", 2, "Thank you.", "Bob")
    assert [one.before for one in sessions.history(meeting, "floor", "c1")] == ["Thank you for watching."]


def test_cues_come_page_by_page(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(n, str(n), final=True) for n in range(1, 31)])
    sessions.retract(meeting, "floor", "c7", "Bob")

    def ids(**which: int) -> list[str]:
        return [cue.id for _, cue in sessions.cues(meeting, "floor", **which)]

    assert ids(limit=3) == ["c28", "c29", "c30"]
    assert ids(before_ms=9000, limit=3) == ["c5", "c6", "c8"]
    assert ids(after_ms=6000, limit=3) == ["c6", "c8", "c9"]
    assert ids(changed_since=29) == ["c30", "c7"]
    with pytest.raises(InvalidRequest, match="no track"):
        sessions.cues(meeting, "de")


def test_two_people_at_once_one_is_told(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Good mourning", final=True)])
    gate = threading.Barrier(4)

    def correct(text: str) -> str:
        gate.wait()
        try:
            return sessions.correct(meeting, "floor", "c1", 1, text, text).stable
        except Conflict as error:
            return f"{error.fields['current']}/{error.fields['yours']}"

    with ThreadPoolExecutor(4) as pool:
        done = sorted(pool.map(correct, ["A", "B", "C", "D"]), key=len)
    winner = done[0]
    assert sorted(done[1:]) == sorted(f"{winner}/{other}" for other in "ABCD" if other != winner)
    assert [one.after for one in sessions.history(meeting, "floor", "c1")] == [winner]


def test_many_writers_in_two_services_number_without_gap_or_double(database_url: str) -> None:
    """With PostgreSQL two services stand for two processes."""
    databases = [Database.open(database_url) for _ in range(2)]
    services = [SessionService(database) for database in databases]
    id = services[0].create("Meeting", by="Ann").id
    services[0].start(id, "Ann")

    def write(channel: int) -> None:
        key, service = ("floor", "ar", "zh", "en")[channel], services[channel % 2]
        for number in range(1, 11):
            cue = LiveCue(f"{key}-{number}", key, key, "en", number, number + 1, "Good")
            service.append(id, [cue, replace(cue, stable="Good morning", revision=2)])
            service.append(id, [replace(cue, stable="Good morning.", revision=3, state=CueState.FINAL)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    seqs = sorted(seq for key in ("floor", "ar", "zh", "en") for seq, _ in services[1].cues(id, key, limit=99))
    assert services[0].get(id).seq == 80 and len(set(seqs)) == len(seqs) == 40
    for service, database in zip(services, databases, strict=True):
        service.close()
        database.close()


def test_random_machines_and_people_never_break_the_promises(sessions: SessionService, meeting: str) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    latest: dict[str, LiveCue] = {}
    human: dict[str, str] = {}
    for _ in range(150):
        number = dice.randint(1, 6)
        before = latest.get(f"c{number}")
        if before is None or (before.state is CueState.OPEN and dice.random() < 0.7):
            text = (before.stable if before else "") + dice.choice([" a", " b", ""])
            cue = heard(number, text, (before.revision if before else 0) + 1, final=dice.random() < 0.1)
            kept = sessions.append(meeting, [cue])
            assert bool(kept) == (cue.id not in human)
            latest[cue.id] = cue
        elif dice.random() < 0.3:
            now = sessions.cue(meeting, "floor", before.id)
            if now.state is not CueState.RETRACTED:
                human[before.id] = dice.choice(["X", "Y"])
                sessions.correct(meeting, "floor", before.id, now.revision, human[before.id], "Bob")
    for id, text in human.items():
        assert sessions.cue(meeting, "floor", id).stable == text
    for id in latest.keys() - human.keys():
        assert sessions.cue(meeting, "floor", id).stable == latest[id].stable
