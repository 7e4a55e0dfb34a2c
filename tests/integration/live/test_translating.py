"""Captions in other languages while the session runs: watched ones first, corrections through, nothing missing."""

from __future__ import annotations

import numpy as np
import pytest

from langsupport.domain.live import CueOrigin, CueState, LiveCue
from langsupport.engines.protocols import Lane
from langsupport.errors import CapacityError, EngineFailure
from live_inference import say, silence
from live_stage import BY, Stage, until


def spoken(first: int, last: int) -> np.ndarray:
    return np.concatenate([say(range(first, last)), silence(1_500)])


def translated(stage: Stage, id: str, track: str) -> list[tuple[str, str]]:
    return [(cue.id, cue.stable) for cue in stage.cues(id, track) if cue.state is not CueState.OPEN]


def expected(stage: Stage, id: str, track: str) -> list[tuple[str, str]]:
    """What the floor's captions are in another language, or the same where it is spoken."""

    def target(cue: LiveCue) -> str:
        return cue.stable if cue.language == track else " ".join(f"{track}-{word}" for word in cue.stable.split())

    return [(cue.id, target(cue)) for cue in stage.cues(id) if cue.state is not CueState.OPEN]


def complete(stage: Stage, id: str, *tracks: str) -> bool:
    floor = stage.cues(id)
    done = bool(floor) and all(cue.state is not CueState.OPEN for cue in floor)
    return done and all(translated(stage, id, track) == expected(stage, id, track) for track in tracks)


def test_recorded_tracks_get_everything_though_nobody_watches(stage: Stage) -> None:
    id = stage.session(languages=("en", "fr", "es"))
    client = stage.client(id)
    client.send(spoken(0, 25), speed=8)
    client.send(spoken(25, 40), speed=8)
    until(lambda: stage.words(id) == list(range(40)) and complete(stage, id, "en", "fr", "es"), "all tracks")
    assert {lane for lane, _ in stage.inference.translated} == {Lane.BATCH}
    assert not stage.cues(id, "ru")
    assert {cue.origin for cue in stage.cues(id, "fr")} == {CueOrigin.TRANSLATED}
    assert {cue.origin for cue in stage.cues(id, "en")} == {CueOrigin.HEARD}
    assert all(request.target != "en" for _, request in stage.inference.translated)


def test_what_is_watched_goes_first_and_begins_with_what_was_just_said(stage: Stage) -> None:
    id = stage.session()
    client = stage.client(id)
    client.send(spoken(0, 10))
    until(lambda: stage.words(id) == list(range(10)), "the floor")
    assert not stage.inference.translated
    viewer = stage.services.sessions.watch(id, ["ru"], None, lambda: None)
    until(lambda: complete(stage, id, "ru"), "what was said before")
    client.send(spoken(10, 20), speed=4)
    until(lambda: stage.words(id) == list(range(20)) and complete(stage, id, "ru"), "what came then")
    assert Lane.LIVE in {lane for lane, _ in stage.inference.translated}
    assert stage.services.live.status(id).tracks["ru"].watchers == 1
    viewer.close()
    until(lambda: stage.services.live.status(id).tracks["ru"].watchers == 0, "that nobody watches")
    count = len(stage.inference.translated)
    client.send(spoken(20, 30))
    until(lambda: stage.words(id) == list(range(30)), "the floor")
    assert len(stage.inference.translated) == count


def test_a_correction_reaches_every_language_and_stays(stage: Stage) -> None:
    id = stage.session(languages=("fr", "es", "en"))
    client = stage.client(id)
    client.send(spoken(0, 10))
    until(lambda: complete(stage, id, "fr", "es", "en"), "all tracks")
    fr = stage.cues(id, "fr")[0]
    stage.services.sessions.correct(id, "fr", fr.id, fr.revision, "La séance est ouverte.", BY)
    cue = stage.cues(id)[0]
    stage.services.sessions.correct(id, "floor", cue.id, cue.revision, "the meeting is open", BY)
    until(lambda: stage.cues(id, "es")[0].stable == "es-the es-meeting es-is es-open", "the translation anew")
    assert stage.cues(id, "en")[0].stable == "the meeting is open"
    assert stage.cues(id, "fr")[0].stable == "La séance est ouverte."
    assert stage.cues(id, "es")[0].source == f"{cue.id}@floor#{cue.revision + 1}"
    stage.reopen()
    client.connect()
    client.send(spoken(10, 20))
    until(lambda: len(stage.words(id)) >= 10 and complete(stage, id, "es"), "what came later")
    assert stage.cues(id)[0].stable == "the meeting is open"
    assert stage.cues(id, "fr")[0].stable == "La séance est ouverte."


def test_a_correction_that_nobody_heard_of_is_made_up_for_after_a_restart(stage: Stage) -> None:
    id = stage.session(languages=("es",))
    stage.client(id).send(spoken(0, 10))
    until(lambda: complete(stage, id, "es"), "the track")
    cue = stage.cues(id)[0]
    stage.inference.held.clear()
    stage.services.sessions.correct(id, "floor", cue.id, cue.revision, "the meeting is open", BY)
    stage.reopen()
    until(lambda: stage.cues(id, "es")[0].stable == "es-the es-meeting es-is es-open", "the translation anew")


def test_a_retracted_caption_goes_everywhere(stage: Stage) -> None:
    id = stage.session(languages=("fr",))
    stage.client(id).send(spoken(0, 10))
    until(lambda: complete(stage, id, "fr"), "the track")
    stage.services.sessions.retract(id, "floor", "c1", BY)
    assert not stage.cues(id, "fr")
    stage.client(id, epoch=2).send(spoken(10, 20))
    until(lambda: stage.words(id) == list(range(10, 20)) and complete(stage, id, "fr"), "what came later")


def test_a_language_that_no_model_serves_is_said_and_the_floor_goes_on(stage: Stage) -> None:
    id = stage.session(languages=("zh", "fr"))
    stage.inference.unserved = {"zh"}
    client = stage.client(id)
    client.send(spoken(0, 10))
    until(lambda: complete(stage, id, "fr"), "the other track")
    until(lambda: not stage.services.live.status(id).tracks["zh"].served, "that it is said")
    assert stage.services.live.status(id).tracks["fr"].served
    stage.inference.unserved = set()
    client.send(spoken(10, 20))
    until(lambda: stage.services.live.status(id).tracks["zh"].served, "that it is served")


@pytest.mark.parametrize("error", [EngineFailure(model="m", detail="it broke"), CapacityError(detail="no room")])
def test_one_failure_spoils_nothing(stage: Stage, error: Exception) -> None:
    id = stage.session(languages=("fr", "es"))
    stage.inference.translation_failures.append(error)  # type: ignore[arg-type]
    stage.client(id).send(spoken(0, 10))
    until(lambda: complete(stage, id, "fr", "es"), "all tracks")


def test_an_interpreter_takes_the_place_of_the_machine_at_once(stage: Stage) -> None:
    id = stage.session(languages=("fr", "es"), channels=(("floor", "en"), ("fr", "fr")))
    floor, french = stage.client(id), stage.client(id, "fr")
    floor.send(spoken(0, 10))
    french.send(spoken(500, 510))
    until(lambda: complete(stage, id, "es"), "the machine's track")
    until(lambda: stage.words(id, "fr") == list(range(500, 510)), "the interpreter's")
    stage.services.sessions.set_source(id, "fr", "machine", BY)
    floor.send(spoken(10, 20))
    until(lambda: complete(stage, id, "es"), "the machine's track")
    until(
        lambda: [c.id for c in stage.cues(id, "fr") if c.state is CueState.FINAL][-1] == stage.cues(id)[-1].id, "both"
    )
    assert stage.cues(id, "fr")[-1].stable == expected(stage, id, "fr")[-1][1]


def test_a_track_that_is_to_be_recorded_from_now_on_gets_what_was_said_before(stage: Stage) -> None:
    id = stage.session()
    stage.client(id).send(spoken(0, 30))
    until(lambda: stage.words(id) == list(range(30)), "the floor")
    stage.services.sessions.set_recorded(id, "ar", True, BY)
    until(lambda: complete(stage, id, "ar"), "the track")


def test_the_end_waits_for_the_translations(stage: Stage) -> None:
    id = stage.session(languages=("fr",))
    stage.client(id).send(spoken(0, 20))
    stage.services.sessions.end(id, BY)
    until(lambda: not stage.services.live.status(id).active, "that it lets go")
    assert stage.words(id) == list(range(20))
    assert complete(stage, id, "fr")
