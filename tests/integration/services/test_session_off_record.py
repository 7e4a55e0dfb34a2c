"""Off the record deletes: words, their history, notes, sound; on real databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from langsupport.domain.live import CueState, MarkKind
from langsupport.errors import Conflict, DiskFull, InvalidRequest
from langsupport.services.session_records import EventKind, SessionEvent
from langsupport.services.sessions import SessionService, SessionUpkeep
from livecues import heard, translated

SECRET = "Zanzibar"


@pytest.fixture
def spoken(sessions: SessionService, meeting: str) -> str:
    """Cues 1 to 9, of which 5 is secret in all that is kept of it."""
    for number in range(1, 10):
        text = f"The offer is {SECRET}." if number == 5 else f"Sentence {number}."
        said = heard(number, text, final=True)
        sessions.append(meeting, [said, translated(said, "fr", f"FR {text}", final=True)], {"floor": number * 16_000})
    sessions.correct(meeting, "floor", "c5", 1, f"The bid is {SECRET}.", "Bob")
    sessions.mark(meeting, MarkKind.NOTE, 5500, f"{SECRET}!", by="Ann")
    sessions.mark(meeting, MarkKind.SPEAKER, 5500, "Chair", by="Ann")
    sessions.append(meeting, [], {"floor": 10 * 16_000})
    return meeting


def words(sessions: SessionService, id: str, track: str = "floor") -> list[str]:
    return [cue.stable for _, cue in sessions.cues(id, track)]


def test_what_was_said_is_gone_everywhere(sessions: SessionService, spoken: str, tmp_path: Path) -> None:
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    record = sessions.off_record(spoken, "Ann", since_ms=5200)
    assert record.off_record
    assert words(sessions, spoken) == [f"Sentence {n}." for n in range(1, 5)]  # c5 was said in part before
    assert words(sessions, spoken, "fr") == [f"FR Sentence {n}." for n in range(1, 5)]
    assert words(sessions, spoken, "en") == []  # the copy that the correction made
    gone = [cue for _, cue in sessions.cues(spoken, "floor", changed_since=0) if cue.state is CueState.RETRACTED]
    assert {cue.id for cue in gone} == {f"c{n}" for n in range(5, 10)}
    assert all((cue.stable, cue.words) == ("", ()) for cue in gone)
    assert [(one.by, one.before, one.after) for one in sessions.history(spoken, "floor", "c5")] == [("Bob", None, None)]
    assert [(mark.kind, mark.text) for mark in sessions.marks(spoken)] == [("off-record", ""), ("speaker", "Chair")]
    assert [event.kind for event in told] == [EventKind.OFF_RECORD] and told[0].from_ms == 5200
    assert {(cue.track, cue.id) for cue in told[0].cues} >= {("floor", "c5"), ("fr", "c5"), ("en", "c5")}
    assert SECRET not in str(sessions.audit(spoken))
    for path in tmp_path.rglob("langsupport.sqlite*"):  # deleted text is overwritten, in the log of SQLite too
        assert SECRET.encode() not in path.read_bytes(), path


def test_what_goes_on_is_not_kept_until_it_is_on_the_record_again(sessions: SessionService, spoken: str) -> None:
    assert sessions.append(spoken, [heard(11, "We offer")], {"floor": 12 * 16_000})
    sessions.off_record(spoken, "Ann", since_ms=12_000)
    late = heard(11, f"We offer {SECRET}", 2, final=True, end_ms=12_500)
    (closed,) = sessions.append(spoken, [late, heard(13, SECRET), translated(heard(13, SECRET), "fr", SECRET)])
    assert (closed.stable, closed.state) == ("We offer", CueState.FINAL)
    with pytest.raises(Conflict, match="no note"):
        sessions.mark(spoken, MarkKind.NOTE, 12_100, SECRET, by="Ann")
    sessions.append(spoken, [], {"floor": 20 * 16_000})
    record = sessions.on_record(spoken, "Ann")
    assert not record.off_record
    (stretch,) = [mark for mark in sessions.marks(spoken) if mark.kind is MarkKind.OFF_RECORD]
    assert stretch.at_ms == 12_000 and stretch.end_ms is not None and stretch.end_ms >= 20_000
    end = stretch.end_ms // 1000
    assert sessions.append(spoken, [heard(end - 3, SECRET, final=True)]) == []  # comes too late
    after = heard(end + 1, "Welcome back.", final=True)
    edge = replace(heard(end, "We resume.", final=True), id="c900", start_ms=stretch.end_ms - 300)
    assert sessions.append(spoken, [after, edge]) == [after, edge]  # recognized times are not exact
    assert SECRET not in str(words(sessions, spoken)[-3:])


def test_going_off_the_record_twice_is_once(sessions: SessionService, spoken: str) -> None:
    first = sessions.off_record(spoken, "Ann", since_ms=8000)
    assert sessions.off_record(spoken, "Bob", since_ms=9000).seq == first.seq
    assert sessions.off_record(spoken, "Bob").seq == first.seq
    sessions.off_record(spoken, "Bob", since_ms=3500)  # and further back
    assert words(sessions, spoken) == ["Sentence 1.", "Sentence 2."]
    on = sessions.on_record(spoken, "Ann")
    assert sessions.on_record(spoken, "Ann").version == on.version
    stretches = [mark for mark in sessions.marks(spoken) if mark.kind is MarkKind.OFF_RECORD]
    assert len(stretches) == 1 and stretches[0].at_ms == 3500
    actions = [record.action for record in sessions.audit(spoken)][:3]
    assert actions == ["on-record", "off-record", "off-record"]
    with pytest.raises(Conflict, match="stays marked"):
        sessions.remove_mark(spoken, stretches[0].id, "Ann")


def test_a_stretch_of_the_past_can_be_deleted_after_the_end(sessions: SessionService, spoken: str) -> None:
    sessions.end(spoken, "Ann")
    with pytest.raises(Conflict, match="only what runs"):
        sessions.off_record(spoken, "Ann")
    with pytest.raises(InvalidRequest, match="ends before it begins"):
        sessions.off_record(spoken, "Ann", since_ms=6000, until_ms=6000)
    erased: list[tuple[int, int]] = []
    sessions.add_eraser(lambda _, from_ms, to_ms: erased.append((from_ms, to_ms)))
    record = sessions.off_record(spoken, "Ann", since_ms=5000, until_ms=6000)
    assert not record.off_record and erased == [(5000, 6000)]
    assert words(sessions, spoken) == [f"Sentence {n}." for n in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert sessions.off_record(spoken, "Ann", since_ms=5100, until_ms=5900).seq == record.seq


def test_ending_closes_the_stretch(sessions: SessionService, spoken: str) -> None:
    sessions.off_record(spoken, "Ann", since_ms=9000)
    record = sessions.end(spoken, "Ann")
    assert not record.off_record
    assert all(mark.end_ms is not None for mark in sessions.marks(spoken) if mark.kind is MarkKind.OFF_RECORD)
    assert sessions.append(spoken, [heard(9, SECRET, 5, final=True)]) == []


def test_sound_is_erased_at_once_at_the_end_and_again_where_it_failed(
    sessions: SessionService, spoken: str, caplog: pytest.LogCaptureFixture
) -> None:
    erased: list[tuple[str, int, int]] = []
    full = True

    def erase(id: str, from_ms: int, to_ms: int) -> None:
        if full:
            raise DiskFull(path="here", needed="1 MB", available="nothing")
        erased.append((id, from_ms, to_ms))

    sessions.add_eraser(erase)
    with pytest.raises(DiskFull):
        sessions.off_record(spoken, "Ann", since_ms=7000)
    assert words(sessions, spoken)[-1] == "Sentence 6."  # the words are gone all the same
    assert sessions.interrupted()  # a new process tries again, and goes on when that fails
    assert "not erased yet" in caplog.text
    full = False
    upkeep = SessionUpkeep(sessions)
    upkeep.resume()
    upkeep.resume()  # nothing left to do while it lasts
    assert [one[:2] for one in erased] == [(spoken, 7000)] and erased[0][2] >= 10_000
    sessions.append(spoken, [], {"floor": 30 * 16_000})
    sessions.on_record(spoken, "Ann")
    assert len(erased) == 2 and erased[1][1] == 7000 and erased[1][2] >= 30_000
    upkeep.resume()
    assert len(erased) == 2


def test_a_paused_session_can_go_off_the_record_and_a_planned_one_not(sessions: SessionService, spoken: str) -> None:
    sessions.pause(spoken, "Ann")
    assert sessions.off_record(spoken, "Ann").off_record
    assert sessions.resume(spoken, "Ann").off_record
    planned = sessions.create("To come", by="Ann").id
    with pytest.raises(Conflict, match="planned"):
        sessions.off_record(planned, "Ann")
    assert sessions.on_record(planned, "Ann").seq == 0


def test_a_deleted_session_leaves_no_word_in_the_files(sessions: SessionService, spoken: str, tmp_path: Path) -> None:
    sessions.delete(spoken, "Ann")
    for path in tmp_path.rglob("langsupport.sqlite*"):
        assert SECRET.encode() not in path.read_bytes(), path
