"""The course of a live session and what is set in it, on real databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from langsupport.domain.live import TRACKS, MarkKind, SessionState
from langsupport.errors import Conflict, InvalidRequest, NotFound, UnsupportedLanguage
from langsupport.services.database import now_ms
from langsupport.services.session_records import EventKind, SessionEvent, TrackSource
from langsupport.services.sessions import SessionService, SessionUpkeep
from livecues import heard


def test_a_session_is_planned_with_its_channels_and_tracks(sessions: SessionService) -> None:
    record = sessions.create(
        " Study Group 5\n plenary ",
        code="SG5",
        languages=["fr", "zh-CN"],
        channels=[("floor", None), ("fr", None)],
        starts_at=datetime(2030, 1, 2, 9, tzinfo=UTC),
        glossary=["TD 123", "TD 123", " "],
        agenda=["Opening"],
        by="Ann",
    )
    assert record == sessions.get(record.id)
    assert (record.title, record.code, record.state) == ("Study Group 5  plenary", "SG5", SessionState.PLANNED)
    assert record.glossary == ("TD 123",) and record.agenda == ("Opening",) and record.created_by == "Ann"
    assert [(one.key, one.language) for one in record.channels] == [("floor", None), ("fr", "fr")]
    assert [one.track for one in record.tracks] == list(TRACKS)
    assert {one.track for one in record.tracks if one.enabled} == {"floor", "fr", "zh"}
    assert {one.track for one in record.tracks if one.source is TrackSource.CHANNEL} == {"floor", "fr"}
    assert record.starts_at == datetime(2030, 1, 2, 9, tzinfo=UTC) and record.clock_ms == 0


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"title": " \x00 "}, "title is empty"),
        ({"title": "x" * 201}, "201 characters, and the limit is 200"),
        ({"glossary": [str(n) for n in range(201)]}, "201 lines"),
        ({"glossary": ["x" * 81]}, "81 characters"),
        ({"channels": [("bridge", None)]}, "no channel"),
        ({"channels": [("fr", "ru")]}, "only fr is spoken"),
        ({"languages": ["de"]}, "not one of the six"),
    ],
)
def test_what_can_not_be_planned_is_refused_with_a_sentence(
    sessions: SessionService, given: dict[str, object], error: str
) -> None:
    with pytest.raises((InvalidRequest, UnsupportedLanguage), match=error):
        sessions.create(**{"title": "Meeting", "by": "Ann", **given})  # type: ignore[arg-type]
    assert sessions.list() == []


def test_a_session_goes_its_course_and_no_other(sessions: SessionService) -> None:
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    id = sessions.create("Meeting", by="Ann").id
    for move in (sessions.pause, sessions.resume, sessions.end):
        with pytest.raises(Conflict, match=r"planned|not begun"):
            move(id, "Ann")
    started = sessions.start(id, "Ann")
    assert started.state is SessionState.LIVE and started.started_at is not None
    assert sessions.start(id, "Bob").version == started.version  # once more is no harm
    assert sessions.pause(id, "Ann").state is SessionState.PAUSED
    assert sessions.resume(id, "Ann").state is SessionState.LIVE
    assert sessions.get(id).started_at == started.started_at
    ended = sessions.end(id, "Ann")
    assert ended.state is SessionState.ENDED and ended.ended_at is not None
    assert sessions.end(id, "Bob").version == ended.version
    with pytest.raises(Conflict, match="ended"):
        sessions.start(id, "Ann")
    states = [event.record.state.value for event in told if event.kind is EventKind.STATE and event.record]
    assert states == ["live", "paused", "live", "ended"]
    actions = [(record.by, record.action) for record in sessions.audit(id)]
    assert actions == [("Ann", one) for one in ("end", "resume", "pause", "start", "create")]


def test_the_clock_is_never_behind_a_channel(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Good morning.")], {"floor": 16_000 * 3600})
    assert 3_600_000 <= sessions.get(meeting).clock_ms < 3_700_000
    record = sessions.get(meeting).channel("floor")
    assert record is not None and (record.position, record.settled) == (16_000 * 3600,) * 2
    sessions.append(meeting, [], {"floor": 5})
    sessions.note_channel(meeting, "floor", position=16_000 * 3700, connected=True, source_url="rtmp://here/x")
    record = sessions.get(meeting).channel("floor")
    assert record is not None and (record.position, record.settled) == (16_000 * 3700, 16_000 * 3600)
    assert record.connected and record.source_url == "rtmp://here/x"
    with pytest.raises(NotFound, match="channel"):
        sessions.note_channel(meeting, "ru", connected=True)


def test_a_list_has_pages_and_is_searched(sessions: SessionService) -> None:
    ids = [sessions.create(f"Réunion {n}", code=f"C{n}_", by="Ann").id for n in range(5)]
    first = sessions.list(2)
    assert [record.id for record in first] == [ids[4], ids[3]]
    assert [record.id for record in sessions.list(9, first[-1].id)] == [ids[2], ids[1], ids[0]]
    assert [record.id for record in sessions.list(query="RÉUNION 3")] == [ids[3]]
    assert [record.id for record in sessions.list(query="c2_")] == [ids[2]]
    assert sessions.list(query="%") == []


def test_settings_change_while_it_runs(sessions: SessionService, meeting: str) -> None:
    told: list[SessionEvent] = []
    sessions.add_listener(told.append)
    sessions.set_channel(meeting, "floor", "Ann", "ru")
    sessions.set_source(meeting, "es", "channel", "Ann")
    sessions.set_recorded(meeting, "ar", False, "Ann")
    sessions.set_glossary(meeting, ["Recommendation ITU-T Y.4903"], "Ann")
    record = sessions.set_agenda(meeting, ["Opening", "Report"], "Ann")
    assert [(one.key, one.language) for one in record.channels] == [("floor", "ru"), ("es", "es")]
    spanish, arabic = record.track("es"), record.track("ar")
    assert spanish and arabic and spanish.source is TrackSource.CHANNEL and not arabic.enabled
    assert record.glossary == ("Recommendation ITU-T Y.4903",) and record.agenda == ("Opening", "Report")
    assert {event.kind for event in told} == {EventKind.SETTINGS} and told[-1].record == record
    assert sessions.change(meeting, "Ann", title="Other", code="X").title == "Other"
    assert [one.title for one in sessions.list(query="other")] == ["Other"]
    assert "Y.4903" not in str(sessions.audit(meeting))
    for refused in (
        lambda: sessions.set_source(meeting, "floor", "machine", "Ann"),
        lambda: sessions.set_source(meeting, "fr", "cable", "Ann"),
        lambda: sessions.set_recorded(meeting, "floor", False, "Ann"),
        lambda: sessions.set_channel(meeting, "fr", "Ann", "ru"),
    ):
        with pytest.raises(InvalidRequest):
            refused()


def test_an_interpreters_channel_is_added_later(sessions: SessionService) -> None:
    id = sessions.create("Study Group", by="Ann").id

    def source(track: str) -> TrackSource | None:
        found = sessions.get(id).track(track)
        return found and found.source

    sessions.add_channel(id, "fr", "Ann")
    assert (source("fr"), source("es")) == (TrackSource.CHANNEL, TrackSource.MACHINE)  # as if planned so
    sessions.start(id, "Ann")
    record = sessions.add_channel(id, "es", "Ann")
    assert [channel.key for channel in record.channels] == ["floor", "fr", "es"]
    assert source("es") is TrackSource.MACHINE  # until the operator says otherwise
    sessions.set_source(id, "es", "channel", "Ann")
    assert sessions.add_channel(id, "es", "Ann").version == sessions.get(id).version and source("es") == "channel"
    assert [one.action for one in sessions.audit(id)].count("add-channel") == 2
    with pytest.raises(InvalidRequest, match="is no channel"):
        sessions.add_channel(id, "de", "Ann")
    sessions.end(id, "Ann")
    with pytest.raises(Conflict, match="no more channels"):
        sessions.add_channel(id, "ru", "Ann")


def test_marks_are_set_changed_and_removed(sessions: SessionService, meeting: str) -> None:
    later = sessions.mark(meeting, MarkKind.SPEAKER, 5000, "Chair", by="Ann")
    first = sessions.mark(meeting, "item", 1000, "", by="Ann")
    assert [mark.id for mark in sessions.marks(meeting)] == [first.id, later.id] == ["m2", "m1"]
    assert sessions.change_mark(meeting, "m1", "Ann", text="The Chair", at_ms=500).text == "The Chair"
    sessions.remove_mark(meeting, "m2", "Ann")
    assert [(mark.id, mark.at_ms) for mark in sessions.marks(meeting)] == [("m1", 500)]
    assert sessions.mark(meeting, "note", None, "Here", by="Ann").at_ms <= sessions.get(meeting).clock_ms
    for wrong in ({"kind": "off-record", "at_ms": 1}, {"kind": "note", "at_ms": -1, "text": "x"}, {"kind": "note"}):
        with pytest.raises(InvalidRequest):
            sessions.mark(meeting, **wrong, by="Ann")  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="mark"):
        sessions.remove_mark(meeting, "m2", "Ann")
    assert "Chair" not in str(sessions.audit(meeting))


def test_deleting_takes_everything_along(sessions: SessionService, meeting: str) -> None:
    removed: list[str] = []
    sessions.add_remover(removed.append)
    sessions.append(meeting, [heard(1, "Good morning.")])
    _, token = sessions.grant(meeting, "viewer", "Bob", "Ann")
    sessions.delete(meeting, "Ann")
    assert removed == [meeting] and sessions.resolve(token) is None
    for gone in (sessions.get, sessions.marks, sessions.audit, sessions.grants):
        with pytest.raises(NotFound, match="session"):
            gone(meeting)
    with pytest.raises(NotFound):
        sessions.append(meeting, [heard(2, "Lost.")])
    with pytest.raises(NotFound):
        sessions.delete(meeting, "Ann")


def test_only_sessions_that_have_ended_are_deleted_by_age(sessions: SessionService, meeting: str) -> None:
    planned = sessions.create("To come", by="Ann").id
    ended = sessions.create("Over", by="Ann").id
    sessions.start(ended, "Ann")
    sessions.end(ended, "Ann")
    upkeep = SessionUpkeep(sessions)
    assert upkeep.delete_older(now_ms() - 60_000) == 0
    assert upkeep.delete_older(now_ms() + 60_000) == 1
    assert {record.id for record in sessions.list()} == {meeting, planned}


def test_what_was_live_is_found_again_after_a_crash(sessions: SessionService, meeting: str) -> None:
    sessions.create("To come", by="Ann")
    sessions.note_channel(meeting, "floor", connected=True)
    sessions.append(meeting, [heard(1, "Good"), heard(2, "morning")], {"floor": 800})
    found = sessions.interrupted()
    assert [record.id for record in found] == [meeting]
    assert found[0].channels[0].settled == 800 and not found[0].channels[0].connected
    assert [cue.id for cue in sessions.open_cues(meeting)] == ["c1", "c2"]
    assert (sessions.next_cue(meeting, "floor"), sessions.next_cue(meeting, "fr")) == (3, 1)


def test_times_without_a_zone_are_utc(sessions: SessionService) -> None:
    at = datetime(2030, 5, 6, 7)
    assert sessions.create("Meeting", starts_at=at, by="Ann").starts_at == at.replace(tzinfo=UTC)
    assert sessions.create("Meeting", by="Ann").created_at <= datetime.now(UTC) + timedelta(seconds=1)
