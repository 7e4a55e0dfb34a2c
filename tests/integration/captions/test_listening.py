"""Live windows through the real core and a real recognizer."""

from __future__ import annotations

import math
import threading
import time
from functools import partial
from itertools import pairwise

import jiwer
import numpy as np
import pytest

from kennedy import KENNEDY, SAID, bare
from langsupport.captioning.audio import decode
from langsupport.domain.live import CueState, LiveCue
from langsupport.domain.speech import SAMPLE_RATE
from langsupport.engines.core import InferenceCore
from langsupport.engines.live_whisper import bucket_ms
from langsupport.engines.protocols import AudioWindow, Hearing, HearingRequest
from langsupport.errors import ModelMissing
from langsupport.pipelines.live import LiveChannel


@pytest.fixture(scope="module")
def kennedy() -> np.ndarray:
    with decode(KENNEDY, KENNEDY.name) as recording:
        return np.array(recording.samples)


def window(samples: np.ndarray, first_ms: int, last_ms: int) -> AudioWindow:
    return AudioWindow(samples[first_ms * 16 : last_ms * 16], first_ms)


def given(request: HearingRequest) -> HearingRequest:
    return request


def live_steps(core: InferenceCore) -> int:
    """How many live steps the core has done."""
    return sum(line["batches"] for line in core.metrics()["work"] if line["lane"] == "live")


def heard(core: InferenceCore, request: HearingRequest | None, final: bool = False) -> Hearing | None:
    ticket = core.listen(lambda: request, language="en", final=final, deadline=time.monotonic() + 1)
    return ticket.wait()[0]


def test_a_speech_is_captioned_while_it_is_spoken(english: InferenceCore, kennedy: np.ndarray) -> None:
    channel = LiveChannel("floor", english.voice(), language="en")
    cues: dict[str, LiveCue] = {}
    early = ""
    for start in range(0, len(kennedy), SAMPLE_RATE):
        channel.feed(kennedy[start : start + SAMPLE_RATE])
        if channel.due():
            ticket = english.listen(channel.request, language="en", final=False, deadline=time.monotonic() + 1)
            cues.update((cue.id, cue) for cue in channel.take(ticket.wait()[0]))
        if start == 7 * SAMPLE_RATE:
            early = " ".join(cue.stable for cue in cues.values())
    channel.finish()
    while ask := channel.due():
        ticket = english.listen(channel.request, language="en", final=ask.final, deadline=time.monotonic() + 1)
        cues.update((cue.id, cue) for cue in channel.take(ticket.wait()[0]))
    text = " ".join(cue.stable for cue in cues.values())
    assert jiwer.wer(bare(SAID), bare(text)) < 0.1
    assert len(early.split()) >= 5, "captions come before the speaker has ended"
    assert all(cue.state is CueState.FINAL and cue.words for cue in cues.values())


def test_words_have_times_on_the_channels_clock(english: InferenceCore, kennedy: np.ndarray) -> None:
    found = heard(english, HearingRequest(AudioWindow(kennedy[: 8 * SAMPLE_RATE], 60_000), "en"))
    assert found is not None
    words = found.utterances[0].words
    assert 60_000 <= words[0].start_ms < 61_500
    assert words[-1].end_ms <= 68_000
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(words))


def test_windows_heard_together_say_what_they_say_alone(together: InferenceCore, kennedy: np.ndarray) -> None:
    requests = [
        HearingRequest(window(kennedy, 0, 8_000), "en"),
        HearingRequest(window(kennedy, 3_000, 11_000), "en", context="My fellow Americans."),
        HearingRequest(window(kennedy, 0, 5_000), "en"),
        HearingRequest(window(kennedy, 0, 50), "en"),
    ]
    alone = [heard(together, request) for request in requests]
    gate = threading.Event()

    def held() -> None:
        gate.wait(10)

    busy = together.listen(held, language="en", final=True, deadline=0)
    steps = live_steps(together)
    tickets = [
        together.listen(partial(given, request), language="en", final=False, deadline=math.inf) for request in requests
    ]
    gate.set()
    assert busy.wait() == [None]
    found = [ticket.wait()[0] for ticket in tickets]
    assert live_steps(together) - steps == 2  # the one that was held, and all four in one
    texts = [[u.text for u in hearing.utterances] for hearing in found if hearing]
    assert texts == [[u.text for u in hearing.utterances] for hearing in alone if hearing]
    assert len(texts) == 4 and texts[0] and texts[3] == []


def test_what_is_fetched_late_is_the_newest(english: InferenceCore, kennedy: np.ndarray) -> None:
    """While the core is busy with another window the first one grows."""
    newest = [HearingRequest(window(kennedy, 0, 2_000), "en")]
    gate = threading.Event()

    def slow() -> HearingRequest:
        gate.wait(10)
        return HearingRequest(window(kennedy, 0, 1_000), "en")

    busy = english.listen(slow, language="en", final=False, deadline=0)
    waiting = english.listen(lambda: newest[-1], language="en", final=False, deadline=1)
    newest.append(HearingRequest(window(kennedy, 0, 11_000), "en"))
    gate.set()
    busy.wait()
    found = waiting.wait()[0]
    assert found is not None
    assert "country" in found.utterances[0].text


def test_a_window_that_nobody_wants_any_more_is_not_heard(english: InferenceCore) -> None:
    assert heard(english, None) is None


def test_silence_is_nothing(english: InferenceCore) -> None:
    found = heard(english, HearingRequest(AudioWindow(np.zeros(3 * SAMPLE_RATE, dtype=np.float32)), "en"))
    assert found is not None
    assert len(" ".join(u.text for u in found.utterances).split()) <= 2  # the guards, not the engine, judge it


def test_a_language_without_a_recognizer_is_refused_at_once(english: InferenceCore) -> None:
    with pytest.raises(ModelMissing):
        english.listen(lambda: None, language="de", final=False, deadline=0)


def test_windows_are_filled_up_to_buckets() -> None:
    assert [bucket_ms(s * SAMPLE_RATE) for s in (1, 9, 10, 14, 19, 29, 30)] == [
        10_000, 10_000, 15_000, 15_000, 20_000, 30_000, 30_000,
    ]  # fmt: skip
