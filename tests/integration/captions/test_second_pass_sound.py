"""A second pass over real sound with a real recognizer: what a person corrected stays as it is, all else is heard."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import jiwer
import numpy as np

from faces import echo_model
from langsupport.captioning.audio import decode
from langsupport.captioning.cues import spread
from langsupport.domain.live import CueState, LiveCue
from langsupport.engines.core import InferenceCore
from langsupport.services.assembly import build_services
from langsupport.services.session_records import PassState
from langsupport.services.settings import Settings

KENNEDY = Path(__file__).parents[3] / "examples" / "kennedy-inaugural.en.ogg"
SAID = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
LIVE = [
    (0, 3_300, "And so my fellow Armenians"),
    (3_300, 7_700, "ask not what your country can due for you,"),
    (7_700, 11_000, "ask what you can do for your county."),
]
BY = "Ann"


def bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def test_a_speech_is_heard_again_and_a_correction_stays(english: InferenceCore, tmp_path: Path) -> None:
    echo_model(tmp_path / "models")
    settings = Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models", min_free_bytes=0)
    with decode(KENNEDY, KENNEDY.name) as recording:
        samples = np.array(recording.samples)
    with build_services(settings, Unclosed(english)) as services:  # type: ignore[arg-type]
        sessions = services.sessions
        id = sessions.create("Inaugural", languages=["en"], channels=[("floor", "en")], by=BY).id
        sessions.start(id, BY)
        for number, (start, end, text) in enumerate(LIVE, 1):
            cue = LiveCue(f"c{number}", "floor", "floor", "en", start, end, text, state=CueState.FINAL)
            sessions.append(id, [replace(cue, words=tuple(spread(text, "en", start, end)))])
        services.spool.file(id, "floor").append(0, samples)
        sessions.note_channel(id, "floor", position=len(samples))
        corrected = "ask NOT what YOUR country can do for you –"
        sessions.correct(id, "floor", "c2", 1, corrected, "Cara")
        sessions.end(id, BY)
        services.second_pass.start(id, BY)
        while sessions.get(id).second_pass not in (PassState.DONE, PassState.FAILED):
            time.sleep(0.05)
        assert sessions.get(id).second_pass is PassState.DONE, sessions.get(id).second_pass_error
        shown = [cue for _, cue in sessions.cues(id, "floor", after_ms=0)]
        copied = [cue.stable for _, cue in sessions.cues(id, "en", after_ms=0)]
        minutes = services.session_exports.export(id, "floor", "txt").data.decode()
    assert [cue.stable for cue in shown if cue.id == "c2"] == [corrected]
    assert [cue.id for cue in shown] == ["s1", "c2", "s2"]
    assert jiwer.wer(bare(SAID), bare(" ".join(cue.stable for cue in shown))) < 0.1
    assert "Americans" in shown[0].stable and "country." in shown[2].stable
    assert shown[0].end_ms <= 3_900 and shown[2].start_ms >= 7_000
    assert copied[0] == shown[0].stable and copied[-1] == shown[2].stable
    assert jiwer.wer(bare(SAID), bare(minutes.rpartition("\n\n")[2])) < 0.1


class Unclosed:
    """The session's core is others' too."""

    def __init__(self, core: InferenceCore) -> None:
        self._core = core

    def __getattr__(self, name: str) -> object:
        return getattr(self._core, name)

    def close(self) -> None:
        pass
