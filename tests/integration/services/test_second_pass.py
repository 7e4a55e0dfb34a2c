"""The second pass over real databases and real jobs; only what is heard is stated by the test."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from langsupport.captioning.cues import spread
from langsupport.domain.live import CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Utterance
from langsupport.errors import Conflict, ModelMissing, NotFound
from langsupport.pipelines.edition import HeardBlock
from langsupport.services.assembly import Services
from langsupport.services.inference import build_inference
from langsupport.services.second_pass_results import PassResults, Sentence
from langsupport.services.session_editions import REPLACER
from langsupport.services.session_records import PassState, SessionRecord
from secondhearing import Said, SecondHearing, clock_sound

Open = Callable[..., Services]
BY = "Ann"
LIVE = ["The meeting is open.", "We thank the Share for it.", "The report was a doctored.", "Any questions?"]
FINER = ["The meeting is open.", "We thank the Chair for it.", "The report was adopted.", "Any questions?"]
SCRIPT = [Said(4 * number, text) for number, text in enumerate(FINER)]


@pytest.fixture
def hearing(open_services: Open) -> SecondHearing:
    with open_services(launch=False) as services:
        return SecondHearing(build_inference(services.settings), list(SCRIPT))


def cue(number: int, text: str, track: str = "floor", language: str = "en") -> LiveCue:
    at = 4_000 * number
    made = LiveCue(f"c{number}", track, "floor", language, at, at + 3_000, text, state=CueState.FINAL)
    if track == "floor":
        return replace(made, words=tuple(spread(text, language, at, at + 3_000)))
    origin = CueOrigin.HEARD if track == language == "en" else CueOrigin.TRANSLATED
    return replace(made, origin=origin, source=f"c{number}@floor#1")


def held(services: Services, texts: list[str] = LIVE, tracks: tuple[str, ...] = ("en", "fr"), seconds: int = 20) -> str:
    """A session with captions on the floor, in `tracks`, and sound; not ended yet."""
    sessions = services.sessions
    id = sessions.create("Plenary", languages=list(tracks), by=BY, glossary=["Secretariat"]).id
    sessions.start(id, BY)
    for number, text in enumerate(texts):
        sessions.append(id, [cue(number, text)])
        sessions.append(id, [cue(number, text if t == "en" else f"[{t}] {text}", t, t) for t in tracks])
    services.spool.file(id, "floor").append(0, clock_sound(seconds))
    sessions.note_channel(id, "floor", position=seconds * 16_000)
    return id


def finished(services: Services, id: str, timeout: float = 60) -> SessionRecord:
    deadline = time.monotonic() + timeout
    while (record := services.sessions.get(id)).second_pass not in (PassState.DONE, PassState.FAILED):
        assert time.monotonic() < deadline, record
        time.sleep(0.02)
    return record


def passed(services: Services, id: str) -> SessionRecord:
    services.sessions.end(id, BY)
    services.second_pass.start(id, BY)
    record = finished(services, id)
    assert (record.second_pass, record.second_pass_error) == (PassState.DONE, None)
    return record


def shown(services: Services, id: str, track: str = "floor") -> list[tuple[str, str]]:
    return [(cue.id, cue.stable) for _, cue in services.sessions.cues(id, track, after_ms=0, limit=1_000)]


def test_what_is_heard_better_replaces_what_was_heard_live_in_all_tracks(
    database_url: str, open_services: Open, hearing: SecondHearing
) -> None:
    services = open_services(hearing, url=database_url)
    id = held(services)
    record = passed(services, id)
    assert record.second_pass_done == 100
    expected = [("c0", FINER[0]), ("s1", FINER[1]), ("s2", FINER[2]), ("c3", FINER[3])]
    assert shown(services, id) == expected
    assert shown(services, id, "en") == expected
    french = dict(shown(services, id, "fr"))
    assert list(french) == ["c0", "s1", "s2", "c3"]
    assert french["c0"] == f"[fr] {LIVE[0]}"  # its source did not change
    assert french["s1"].startswith("[fr]") and "Chair" in french["s1"]
    assert shown(services, id, "ru") == []  # nobody watched or recorded it
    s1 = services.sessions.cue(id, "fr", "s1")
    assert (s1.origin, s1.source, s1.state) == (CueOrigin.TRANSLATED, "s1@floor#1", CueState.FINAL)
    assert services.sessions.cue(id, "floor", "s1").words
    assert "Secretariat" in hearing.heard[0][1].prompt
    texts = [one.text for one in services.session_exports.transcript(id, "floor").cues]
    assert " ".join(texts) == " ".join(FINER)


def test_what_was_replaced_is_in_the_history_and_not_shown(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    passed(services, id)
    old = services.sessions.cue(id, "floor", "c1")
    assert (old.state, old.stable, old.revision) == (CueState.RETRACTED, "", 2)
    (change,) = services.sessions.history(id, "floor", "c1")
    assert (change.by, change.before, change.after, change.revision) == (REPLACER, LIVE[1], "", 2)


def test_viewers_see_the_old_or_the_new_edition(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    seen: list[list[dict[str, Any]]] = []
    viewer = services.sessions.watch(id, ["floor"], None, lambda: None)
    viewer.take()
    passed(services, id)
    deadline = time.monotonic() + 30
    cues: dict[str, dict[str, Any]] = {}
    while "s2" not in cues and time.monotonic() < deadline:
        messages = viewer.take()
        seen.append([message for message in messages if message["type"] == "cue"])
        cues |= {message["id"]: message for message in seen[-1]}
    viewer.close()
    batches = [batch for batch in seen if batch]
    assert len(batches) == 1  # one transaction: what goes and what comes, together
    assert {message["id"]: message["state"] for message in batches[0]} == {
        "c1": "retracted", "c2": "retracted", "s1": "final", "s2": "final"
    }  # fmt: skip


def test_what_people_decided_stays(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services, [*LIVE, "Thank you for watching."])
    hearing.script.append(Said(16, "Thank you for watching!"))
    sessions = services.sessions
    sessions.correct(id, "floor", "c2", 1, "The report was adapted.", "Cara")
    sessions.correct(id, "fr", "c1", 1, "Nous remercions la Présidence.", "Cara")
    sessions.retract(id, "floor", "c4", "Cara")
    passed(services, id)
    assert shown(services, id) == [
        ("c0", FINER[0]),
        ("s1", FINER[1]),
        ("c2", "The report was adapted."),
        ("c3", FINER[3]),
    ]
    french = dict(shown(services, id, "fr"))
    assert french["c1"] == "Nous remercions la Présidence." and "s1" not in french
    assert sessions.cue(id, "fr", "c1").state is CueState.CORRECTED
    english = dict(shown(services, id, "en"))
    assert english["c2"] == "The report was adapted."
    assert all("watching" not in text for track in ("floor", "en", "fr") for _, text in shown(services, id, track))


def test_a_correction_while_the_pass_runs_is_kept(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    services.sessions.end(id, BY)
    hearing.gate.clear()
    services.second_pass.start(id, BY)
    deadline = time.monotonic() + 30
    while services.sessions.get(id).second_pass is not PassState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    services.sessions.correct(id, "floor", "c1", 1, "We thank the Chairman for it.", "Cara")
    hearing.gate.set()
    assert finished(services, id).second_pass is PassState.DONE
    assert ("c1", "We thank the Chairman for it.") in shown(services, id)
    assert [id for id, _ in shown(services, id)] == ["c0", "c1", "s1", "c3"]


def test_off_the_record_stays_deleted_also_what_goes_off_while_it_runs(
    open_services: Open, hearing: SecondHearing
) -> None:
    services = open_services(hearing)
    id = held(services, seconds=300)
    hearing.script.append(Said(200, "The end."))
    services.sessions.end(id, BY)
    blocked: list[int] = []

    def second_block(at: int) -> None:
        if at > 100 and not blocked:
            blocked.append(at)
            services.sessions.off_record(id, BY, 3_500, 11_500)  # the first block was heard already

    hearing.on_hearing = second_block
    services.second_pass.start(id, BY)
    assert finished(services, id).second_pass is PassState.DONE
    assert blocked
    assert shown(services, id) == [("c0", FINER[0]), ("c3", FINER[3]), ("s1", "The end.")]
    database = services._database
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM session_pass_results").scalar() == 0
    history = [c for n in (1, 2) for c in services.sessions.history(id, "floor", f"c{n}")]
    assert all(change.before is None for change in history)
    services.second_pass.start(id, BY)  # and once more
    finished(services, id)
    assert all("Chair" not in text and "adopted" not in text for _, text in shown(services, id))


def test_what_was_heard_so_far_is_erased_too(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing, launch=False)
    id = held(services)
    results = PassResults(services._database)
    spoken = [
        Utterance(at, at + 3_000, text, "en", tuple(spread(text, "en", at, at + 3_000)))
        for at, text in enumerate_at(4_000, FINER)
    ]
    results.put_block(id, "floor", HeardBlock(0, 120_000, tuple(spoken), ((0, 1_000),)))
    results.put_block(id, "floor", HeardBlock(120_000, 150_000))
    results.want(id, [Sentence("fr", "en", FINER[1])])
    results.put_translations(id, [Sentence("fr", "en", FINER[1])], ["Nous remercions le Président."])
    services.sessions.off_record(id, BY, 3_500, 11_500)
    first, second = results.blocks(id, "floor")
    assert [utterance.text for utterance in first.utterances] == [FINER[0], FINER[3]]
    assert (first.end_ms, first.blanks, second.start_ms) == (120_000, ((0, 1_000),), 120_000)
    assert results.translations(id) == {} and results.count_wanted(id) == 0
    assert b"Chair" not in (services.settings.data_dir / "langsupport.sqlite").read_bytes()


def enumerate_at(step_ms: int, texts: list[str]) -> list[tuple[int, str]]:
    return [(step_ms * place, text) for place, text in enumerate(texts)]


def test_what_is_still_being_written_is_waited_for(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    growing = replace(cue(4, "And one"), state=CueState.OPEN)
    services.sessions.append(id, [growing])
    hearing.script.append(Said(16, "And one more thing."))
    services.sessions.end(id, BY)
    services.second_pass.start(id, BY)
    while services.sessions.get(id).second_pass_done < 80:
        time.sleep(0.02)
    final = replace(growing, stable="And one more thing.", state=CueState.FINAL, revision=2, words=())
    assert services.sessions.append(id, [final])  # not replaced yet
    assert finished(services, id).second_pass is PassState.DONE
    assert shown(services, id)[-1] == ("c4", "And one more thing.")


def test_captions_stay_where_no_sound_is_left(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    services.spool.erase(id, 3_500, 7_500)  # as if the disk had been full
    passed(services, id)
    assert shown(services, id) == [("c0", FINER[0]), ("c1", LIVE[1]), ("s1", FINER[2]), ("c3", FINER[3])]


def test_an_interpreter_s_channel_is_heard_too(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    sessions = services.sessions
    id = sessions.create("Plenary", languages=[], channels=[("floor", "en"), ("fr", "fr")], by=BY).id
    sessions.start(id, BY)
    for number, text in enumerate(["La séance est ouverte.", "Nous remercions le Président."]):
        at = 4_000 * number
        sessions.append(id, [LiveCue(f"fr-{number + 1}", "fr", "fr", "fr", at, at + 3_000, text, state=CueState.FINAL)])
    services.spool.file(id, "fr").append(0, clock_sound(10))
    hearing.script[:] = [Said(0, "La séance est ouverte.", "fr"), Said(4, "Nous remercions la Présidente.", "fr")]
    passed(services, id)
    assert shown(services, id, "fr") == [
        ("fr-1", "La séance est ouverte."),
        ("fr-s1", "Nous remercions la Présidente."),
    ]
    assert hearing.heard[0][1].language == "fr"


def test_two_passes_change_nothing_more_and_count_on(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    passed(services, id)
    first = shown(services, id)
    services.second_pass.start(id, BY)
    finished(services, id)
    assert shown(services, id) == first
    hearing.script[1] = Said(4, "We thank the Chairwoman for it.")
    services.second_pass.start(id, BY)
    finished(services, id)
    assert shown(services, id)[1] == ("s3", "We thank the Chairwoman for it.")


def test_what_can_not_be_passed_again(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    with pytest.raises(Conflict, match="not ended"):
        services.second_pass.start(id, BY)
    with pytest.raises(NotFound):
        services.second_pass.start("nothing", BY)
    silent = services.sessions.create("Silent", by=BY).id
    services.sessions.start(silent, BY)
    services.sessions.end(silent, BY)
    with pytest.raises(NotFound, match="sound"):
        services.second_pass.start(silent, BY)


def test_a_failure_is_told_and_can_be_tried_again(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    services.sessions.end(id, BY)

    def fail(_: int) -> None:
        raise ModelMissing(model="whisper-base", detail="No model hears this.")

    hearing.on_hearing = fail
    services.second_pass.start(id, BY)
    record = finished(services, id)
    assert record.second_pass is PassState.FAILED
    assert record.second_pass_error and record.second_pass_error.code == "model-missing"
    assert shown(services, id) == [(f"c{n}", text) for n, text in enumerate(LIVE)]
    hearing.on_hearing = lambda _: None
    services.second_pass.start(id, BY)
    assert finished(services, id).second_pass is PassState.DONE


def test_a_restart_goes_on_where_it_was(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services, seconds=400)
    hearing.script += [Said(200, "Second block."), Said(330, "Third block.")]
    services.sessions.end(id, BY)

    hearing.gate.clear()
    services.second_pass.start(id, BY)
    deadline = time.monotonic() + 30
    while services.sessions.get(id).second_pass is not PassState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    services.close()  # in the middle of the first block
    again = SecondHearing(build_inference(services.settings), hearing.script)
    services = open_services(again)
    assert finished(services, id).second_pass is PassState.DONE
    assert [text for _, text in shown(services, id)] == [*FINER, "Second block.", "Third block."]


def test_deleting_the_session_ends_its_pass(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing)
    id = held(services)
    services.sessions.end(id, BY)
    hearing.gate.clear()
    services.second_pass.start(id, BY)
    deadline = time.monotonic() + 30
    while services.sessions.get(id).second_pass is not PassState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    services.sessions.delete(id, BY)
    hearing.gate.set()
    services.second_pass.resume()
    assert services.sessions.list() == []


def test_every_session_gets_one_where_the_settings_say_so(open_services: Open, hearing: SecondHearing) -> None:
    services = open_services(hearing, live_second_pass="true")
    id = held(services)
    services.sessions.end(id, BY)
    assert finished(services, id).second_pass is PassState.DONE
