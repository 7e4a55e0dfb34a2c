"""What viewers are told of a session: in order, once, without gap; on real databases."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from langsupport.domain.live import CueState, LiveCue
from langsupport.errors import InvalidRequest, NotFound
from langsupport.services import live_hub, live_viewer
from langsupport.services.live_viewer import Subscription
from langsupport.services.sessions import SessionService
from livecues import heard, translated

Message = dict[str, Any]


def nothing() -> None:
    pass


def drain(viewer: Subscription) -> list[Message]:
    found: list[Message] = []
    while messages := viewer.take():
        found.extend(messages)
    return found


def of(messages: list[Message], type: str) -> list[Message]:
    return [message for message in messages if message["type"] == type]


def brief(messages: list[Message]) -> list[tuple[int, str, str]]:
    return [(one["seq"], one["id"], one.get("stable", one.get("text"))) for one in messages if "id" in one]


def test_a_new_viewer_gets_the_session_and_a_snapshot_then_what_comes(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(n, f"Sentence {n}.", final=True) for n in range(1, 61)])
    sessions.retract(meeting, "floor", "c60", "Bob")
    mark = sessions.mark(meeting, "speaker", 1000, "Chair", by="Ann")
    viewer = sessions.watch(meeting, ["fr", "floor"], None, nothing)
    session, snapshot = drain(viewer)
    assert session["type"] == "session" and session["state"] == "live" and session["seq"] == 62
    assert snapshot["tracks"] == ["floor", "fr"] and snapshot["seq"] == 62 and snapshot["more"] is True
    assert [cue["id"] for cue in snapshot["cues"]] == [f"c{n}" for n in range(10, 60)]
    assert [one["id"] for one in snapshot["marks"]] == [mark.id]
    said = heard(61, "Next", tail=" one")
    sessions.append(meeting, [said, translated(said, "fr", "La suite"), translated(said, "ru", "Далее")])
    sessions.mark(meeting, "item", 2000, "Report", by="Ann")
    found = drain(viewer)
    assert brief(of(found, "cue")) == [(63, "c61", "Next"), (64, "c61", "La suite")]
    assert brief(of(found, "mark")) == [(66, "m2", "Report")]
    assert [one["tail"] for one in of(found, "tail")] == [" one"]
    assert found[0] == {
        "v": 1,
        "type": "cue",
        "seq": 63,
        "track": "floor",
        "id": "c61",
        "rev": 1,
        "lang": "en",
        "channel": "floor",
        "t0_ms": 61_000,
        "t1_ms": 62_000,
        "stable": "Next",
        "state": "open",
        "origin": "heard",
        "src": None,
    }
    viewer.close()
    viewer.close()
    sessions.append(meeting, [heard(62, "Gone")])
    assert viewer.take() == [] and sessions.watchers(meeting) == {}


def test_who_comes_back_gets_exactly_what_changed_since(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(n, f"{n}", final=True) for n in range(1, 501)])
    seen = sessions.get(meeting).seq
    sessions.correct(meeting, "floor", "c3", 1, "three", "Bob")
    sessions.append(meeting, [heard(501, "501")])
    sessions.append(meeting, [heard(501, "501 and", 2)])
    found = drain(sessions.watch(meeting, ["floor"], seen, nothing))
    assert [one["type"] for one in found] == ["session", "cue", "cue"]
    assert brief(of(found, "cue")) == [(501, "c3", "three"), (504, "c501", "501 and")]  # 502: the copy, 503: replaced
    everything = of(drain(sessions.watch(meeting, ["floor"], 0, nothing)), "cue")
    assert len(everything) == 501 and [one["seq"] for one in everything] == sorted(one["seq"] for one in everything)
    assert drain(sessions.watch(meeting, ["floor"], 504, nothing))[1:] == []
    (snapshot,) = drain(sessions.watch(meeting, ["floor"], 10**6, nothing))[1:]  # from another life
    assert snapshot["type"] == "snapshot" and len(snapshot["cues"]) == 50


def test_news_are_told_once_until_they_are_taken(sessions: SessionService, meeting: str) -> None:
    rung: list[None] = []
    viewer = sessions.watch(meeting, ["floor"], None, lambda: rung.append(None))
    assert len(rung) == 1
    drain(viewer)
    for revision in range(1, 4):
        sessions.append(meeting, [heard(1, "a" * revision, revision)])
    assert len(rung) == 2
    assert brief(drain(viewer)) == [(3, "c1", "aaa")]  # the newest state only
    sessions.append(meeting, [heard(2, "b"), heard(3, "c")])
    assert len(viewer.take(1)) == 1 and len(rung) == 4  # what is left is told of again
    assert len(viewer.take(1)) == 1 and viewer.take(1) == []
    sessions.append(meeting, [translated(heard(2, "b"), "fr", "d")])
    assert len(rung) == 4  # not of another track


def test_a_viewer_whose_call_fails_is_let_go_and_the_others_are_served(sessions: SessionService, meeting: str) -> None:
    def fail() -> None:
        if armed:
            raise ZeroDivisionError

    armed = False
    bad, good = sessions.watch(meeting, ["floor"], None, fail), sessions.watch(meeting, ["floor"], None, nothing)
    drain(bad)
    armed = True
    sessions.append(meeting, [heard(1, "Hello")])
    assert bad.closed and sessions.watchers(meeting) == {"floor": 1}
    assert brief(of(drain(good), "cue")) == [(1, "c1", "Hello")]


def test_tails_are_dropped_first_and_end_with_their_cue(sessions: SessionService, meeting: str) -> None:
    viewer = sessions.watch(meeting, ["floor"], None, nothing)
    quiet = sessions.watch(meeting, ["floor"], None, nothing, tails=False)
    drain(viewer), drain(quiet)
    for number in range(1, 31):
        sessions.tail(meeting, heard(number, "", tail=f" {number}"))
        sessions.tail(meeting, heard(number, "", tail=f" {number}!\x00"))
    tails = of(drain(viewer), "tail")
    assert [one["tail"] for one in tails] == [f" {n}!" for n in range(31 - live_viewer.TAILS, 31)]
    sessions.append(meeting, [heard(1, "Done")])
    sessions.tail(meeting, heard(1, "Done", tail=" soon"))
    sessions.append(meeting, [heard(1, "Done.", 2, final=True)])
    sessions.tail(meeting, heard(1, "Done", tail=" late"))
    assert [one["type"] for one in drain(viewer)] == ["cue"]
    assert of(drain(quiet), "tail") == []
    sessions.off_record(meeting, "Ann", since_ms=0)
    sessions.tail(meeting, heard(2, "", tail=" secret"))
    assert {one["tail"] for one in of(drain(viewer), "tail")} == {""}  # those that stood there are taken back


def go_off_the_record(sessions: SessionService, id: str) -> None:
    sessions.off_record(id, "Ann")


def delete_the_last_second(sessions: SessionService, id: str) -> None:
    sessions.off_record(id, "Ann", since_ms=1000, until_ms=3000)


def pause(sessions: SessionService, id: str) -> None:
    sessions.pause(id, "Ann")


def end(sessions: SessionService, id: str) -> None:
    sessions.end(id, "Ann")


@pytest.mark.parametrize("act", [go_off_the_record, delete_the_last_second, pause, end])
def test_what_is_not_kept_leaves_the_screens(
    sessions: SessionService, meeting: str, act: Callable[[SessionService, str], None]
) -> None:
    """A sentence of which nothing is committed yet is no cue that could be retracted."""
    sessions.append(meeting, [heard(1, "We", final=True)], {"floor": 5 * 16_000})
    viewer = sessions.watch(meeting, ["floor", "fr"], None, nothing)
    slow = sessions.watch(meeting, ["floor"], None, nothing)
    quiet = sessions.watch(meeting, ["floor"], None, nothing, tails=False)
    sessions.tail(meeting, heard(2, "", tail=" secret"))
    shown = of(drain(viewer), "tail") + of(drain(slow), "tail")
    assert [one["tail"] for one in shown] == [" secret", " secret"] and drain(quiet)
    slow.fall_behind()
    act(sessions, meeting)
    for one in (viewer, slow):
        found = of(drain(one), "tail")
        assert [(tail["track"], tail["id"], tail["tail"]) for tail in found] == [("floor", "c2", "")]
    assert of(drain(quiet), "tail") == []
    act(sessions, meeting)
    assert of(drain(viewer), "tail") == []  # once is enough


def test_who_has_not_read_yet_never_sees_what_was_taken_back(sessions: SessionService, meeting: str) -> None:
    viewer = sessions.watch(meeting, ["floor"], None, nothing)
    drain(viewer)
    sessions.tail(meeting, heard(1, "", tail=" secret"))
    sessions.pause(meeting, "Ann")
    sessions.tail(meeting, heard(1, "", tail=" secret again"))
    assert "secret" not in str(drain(viewer))
    sessions.resume(meeting, "Ann")
    sessions.tail(meeting, heard(2, "", tail=" welcome"))
    assert [one["tail"] for one in of(drain(viewer), "tail")] == [" welcome"]


def test_who_does_not_read_costs_nothing_and_misses_nothing(sessions: SessionService, meeting: str) -> None:
    slow = sessions.watch(meeting, ["floor"], None, nothing)
    drain(slow)
    count = live_viewer.QUEUED + 50
    sessions.append(meeting, [heard(n, f"{n}") for n in range(1, count + 1)])
    assert slow.behind
    sessions.append(meeting, [heard(1, "1 again", 2), heard(count + 1, "last")])
    found = of(drain(slow), "cue")
    assert not slow.behind
    assert brief(found)[-2:] == [(count + 1, "c1", "1 again"), (count + 2, f"c{count + 1}", "last")]
    assert len(found) == count + 1 and len({one["id"] for one in found}) == count + 1


def test_changing_tracks_brings_a_snapshot_and_loses_nothing(sessions: SessionService, meeting: str) -> None:
    said = heard(1, "Hello", final=True)
    sessions.append(meeting, [said, translated(said, "fr", "Bonjour"), translated(said, "ru", "Привет")])
    viewer = sessions.watch(meeting, ["fr"], None, nothing)
    drain(viewer)
    other = heard(2, "We")
    sessions.append(meeting, [other, translated(other, "fr", "Nous"), translated(other, "ru", "Мы")])
    viewer.set_tracks(["ru"])
    (snapshot,) = drain(viewer)
    assert [(cue["track"], cue["stable"]) for cue in snapshot["cues"]] == [("ru", "Привет"), ("ru", "Мы")]
    sessions.append(meeting, [replace(translated(other, "ru", "Мы собрались", 2))])
    sessions.append(meeting, [replace(translated(other, "fr", "Nous sommes", 2))])
    assert brief(drain(viewer)) == [(7, "c2", "Мы собрались")]
    assert sessions.watchers(meeting) == {"ru": 1}
    with pytest.raises(InvalidRequest, match="no track"):
        viewer.set_tracks(["de"])
    with pytest.raises(InvalidRequest, match="no track"):
        sessions.watch(meeting, ["de"], None, nothing)
    with pytest.raises(NotFound):
        sessions.watch("0" * 32, ["fr"], None, nothing)


def test_what_is_retracted_leaves_waiting_snapshots_too(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(1, "Hello", final=True), heard(5, "secret", final=True)], {"floor": 160_000})
    viewer = sessions.watch(meeting, ["floor"], None, nothing)
    sessions.off_record(meeting, "Ann", since_ms=4000)
    found = drain(viewer)
    assert "secret" not in str(found)
    assert [(one["id"], one["state"], one["stable"]) for one in of(found, "cue")] == [("c5", "retracted", "")]
    assert found[0]["off_record"] is True
    assert "secret" not in str(drain(sessions.watch(meeting, ["floor"], 0, nothing)))


def test_the_session_is_told_of_when_it_changes(sessions: SessionService, meeting: str) -> None:
    viewer = sessions.watch(meeting, ["floor"], None, nothing)
    (session, _) = drain(viewer)
    assert {one["track"] for one in session["tracks"] if one["watched"]} == {one["track"] for one in session["tracks"]}
    sessions.set_recorded(meeting, "ru", False, "Ann")
    sessions.pause(meeting, "Ann")
    (session,) = drain(viewer)
    assert session["state"] == "paused"
    assert [one["track"] for one in session["tracks"] if not one["watched"]] == ["ru"]
    sessions.delete(meeting, "Ann")
    assert [(one["type"], one["code"], one["retry"]) for one in drain(viewer)] == [("bye", "deleted", False)]
    assert viewer.closed


def test_closing_the_service_says_come_again(sessions: SessionService, meeting: str) -> None:
    viewer = sessions.watch(meeting, ["floor"], None, nothing)
    sessions.close()
    assert [(one["code"], one["retry"]) for one in drain(viewer)] == [("closing", True)]


def test_viewers_that_come_go_and_dawdle_end_up_with_the_same(
    sessions: SessionService, meeting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers in three threads; viewers read now and then, come back with their last seq, and see each change once."""
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    monkeypatch.setattr(live_viewer, "QUEUED", 8)
    monkeypatch.setattr(live_hub, "_PAGE", 5)
    over = threading.Event()

    def write(thread: int) -> None:
        key = ("floor", "fr", "ru")[thread]
        for number in range(1, 16):
            cue = LiveCue(f"{key}-{number}", key, key, "en", number * 1000, number * 1000 + 900, "a")
            for revision in range(1, 4):
                state = CueState.FINAL if revision == 3 else CueState.OPEN
                text = "a" * revision
                sessions.append(meeting, [replace(cue, stable=text, revision=revision, state=state)])

    def view(thread: int) -> dict[tuple[str, str], str]:
        dice = random.Random(seed + thread)
        held: dict[tuple[str, str], str] = {}
        last = 0
        viewer = sessions.watch(meeting, ["floor", "fr", "ru"], 0, nothing)
        while True:
            ending = over.is_set()
            for message in viewer.take(dice.choice([1, 3, 200])) if not ending else drain(viewer):
                if message["type"] == "cue":
                    assert message["seq"] > last, "in order, once"
                    last = message["seq"]
                    key = (message["track"], message["id"])
                    assert len(message["stable"]) > len(held.get(key, "")), "only grows"
                    held[key] = message["stable"]
            if ending:
                viewer.close()
                return held
            if dice.random() < 0.2:
                viewer.close()
                viewer = sessions.watch(meeting, ["ru", "floor", "fr"], last, nothing)
            time.sleep(dice.random() * 0.02)

    with ThreadPoolExecutor(9) as pool:
        views = [pool.submit(view, thread) for thread in range(6)]
        for writer in [pool.submit(write, thread) for thread in range(3)]:
            writer.result()
        over.set()
        wanted = {(key, f"{key}-{n}"): "aaa" for key in ("floor", "fr", "ru") for n in range(1, 16)}
        for future in views:
            assert future.result() == wanted


def statements(sessions: SessionService, call: Callable[[], object]) -> int:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    engine = sessions._database.engine
    sa.event.listen(engine, "before_cursor_execute", counted)
    call()
    sa.event.remove(engine, "before_cursor_execute", counted)
    return count


def test_five_hundred_viewers_that_come_at_once_share_what_is_read(sessions: SessionService, meeting: str) -> None:
    sessions.append(meeting, [heard(n, f"Sentence {n}.", final=True) for n in range(1, 101)])
    viewers: list[Subscription] = []

    def storm(last_seq: int | None) -> None:
        with ThreadPoolExecutor(16) as pool:
            watch = [pool.submit(sessions.watch, meeting, ["floor", "fr"], last_seq, nothing) for _ in range(250)]
            viewers.extend(future.result() for future in watch)
            for future in [pool.submit(drain, viewer) for viewer in viewers[-250:]]:
                assert future.result()

    assert statements(sessions, lambda: storm(None)) < 200
    assert statements(sessions, lambda: storm(60)) < 40
    assert sessions.watchers(meeting) == {"floor": 500, "fr": 500}
    sessions.append(meeting, [heard(101, "Next")])
    assert {str(brief(drain(viewer))) for viewer in viewers} == {"[(101, 'c101', 'Next')]"}
    for viewer in viewers:
        viewer.close()
