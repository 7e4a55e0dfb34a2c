"""One channel's way from sound to cues, with a scripted speaker."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning.live_options import LiveOptions
from langsupport.domain.live import CueState, LiveCue, check_machine_change
from langsupport.domain.speech import Utterance, Word
from langsupport.engines.protocols import Hearing
from langsupport.pipelines.live import LiveChannel
from scripted_speech import LoudnessVoice, ScriptedRecognizer, say, sound

LONG = " ".join(f"word{n}" for n in range(80))
SPEECH = "The meeting is called to order. Delegates will find the agenda before them, and the first item is the budget."


class Listener:
    """Keeps what a channel shows, and holds it to its promises."""

    def __init__(self, channel: LiveChannel, recognizer: ScriptedRecognizer) -> None:
        self.channel = channel
        self.recognizer = recognizer
        self.cues: dict[str, LiveCue] = {}
        self.tails: list[str] = []

    def show(self, cues: Sequence[LiveCue]) -> None:
        for cue in cues:
            before = self.cues.get(cue.id)
            if before is not None and (before.stable, before.state) != (cue.stable, cue.state):
                check_machine_change(before, cue)
            self.tails.append(cue.tail)
            self.cues[cue.id] = cue

    def hear(self) -> bool:
        if self.channel.due() is None:
            return False
        request = self.channel.request()
        self.show(self.channel.take(self.recognizer.listen([request])[0] if request else None))
        return True

    def play(self, samples: np.ndarray, step: int = 1600, late: int = 0) -> None:
        """Feed in pieces of `step` samples; hearings come only every `late` + 1 pieces."""
        for number, start in enumerate(range(0, len(samples), step)):
            assert self.channel.hungry
            self.channel.feed(samples[start : start + step])
            if number % (late + 1) == 0:
                self.hear()
        self.end()

    def end(self) -> None:
        self.channel.finish()
        while self.hear():
            pass

    @property
    def text(self) -> str:
        return " ".join(cue.stable for cue in self.cues.values() if cue.stable)


def listening(words: Sequence[Word], language: str | None = "en", **more: object) -> Listener:
    recognizer = ScriptedRecognizer([(words, language or "en")])
    return Listener(LiveChannel("floor", LoudnessVoice(), language=language, **more), recognizer)  # type: ignore[arg-type]


def test_everything_said_is_shown_once_and_in_order() -> None:
    words = say(SPEECH, 1000) + say("Thank you, Chair.", 12_000)
    listener = listening(words)
    listener.play(sound(words, 15_000))
    assert listener.text == f"{SPEECH} Thank you, Chair."
    assert all(cue.state is CueState.FINAL for cue in listener.cues.values())
    assert [cue.start_ms for cue in listener.cues.values()] == sorted(cue.start_ms for cue in listener.cues.values())


def test_words_are_shown_while_the_speaker_speaks() -> None:
    words = say(LONG, 500)
    listener = listening(words)
    samples = sound(words, 26_000)
    shown: list[int] = []
    for start in range(0, 20 * 16_000, 1600):
        listener.channel.feed(samples[start : start + 1600])
        listener.hear()
        shown.append(len(listener.text.split()))
    assert shown[100] > 20, "ten seconds in, three words a second"
    assert any(tail for tail in listener.tails)


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 3_000), min_size=1, max_size=6),
    step=st.integers(200, 9_000),
    late=st.integers(0, 40),
    unsure=st.integers(0, 3),
)
def test_no_word_is_lost_or_doubled_whatever_the_pauses_and_delays(
    gaps: list[int], step: int, late: int, unsure: int
) -> None:
    words: list[Word] = []
    at = 700
    for number, gap in enumerate(gaps):
        words += say(" ".join(f"w{number}x{n}" for n in range(3 + number * 4)), at)
        at = words[-1].end_ms + gap
    listener = listening(words)
    listener.recognizer.unsure = unsure
    listener.play(sound(words, at + 2_000), step, min(late, 16_000 * 5 // step))
    assert listener.text.split() == [word.text.strip() for word in words]


def test_a_speech_without_a_pause_is_heard_in_windows_that_stay_short() -> None:
    words = say(" ".join(f"word{n}" for n in range(400)), 500)
    listener = listening(words)
    listener.play(sound(words, 122_000))
    assert listener.text.split() == [word.text.strip() for word in words]
    assert max(len(r.window.samples) for r in listener.recognizer.windows) <= 30 * 16_000
    assert max(len(cue.stable) for cue in listener.cues.values()) <= LiveOptions().max_cue_chars + 20


def test_silence_is_never_heard() -> None:
    listener = listening([])
    listener.play(np.zeros(60 * 16_000, dtype=np.float32))
    assert listener.recognizer.windows == []
    assert listener.cues == {}


def test_memory_stays_the_same_over_hours_of_silence() -> None:
    channel = LiveChannel("floor", LoudnessVoice())
    minute = np.zeros(60 * 16_000, dtype=np.float32)
    for _ in range(180):
        channel.feed(minute)
    assert channel.position == 180 * 60 * 16_000
    assert channel.position - channel.settled < 16_000
    assert channel.hungry


def test_noise_that_nobody_believes_does_not_stop_the_channel() -> None:
    class Babbling(ScriptedRecognizer):
        def _hear(self, request):  # type: ignore[no-untyped-def]
            self.windows.append(request)
            start = request.window.start_ms
            text = "la la la la la la la la la la la la"
            word = Word(start, start + 900, text, 0.2)
            return Hearing((Utterance(start, start + 900, text, "en", (word,), -1.5, 0.9, 4.0, 40),), "en")

    music = np.full(120 * 16_000, 0.5, dtype=np.float32)
    listener = Listener(LiveChannel("floor", LoudnessVoice(), language="en"), Babbling([([], "en")]))
    listener.play(music)
    assert listener.text == ""
    assert len(listener.recognizer.windows) < 200
    assert listener.channel.position - listener.channel.settled < 16_000


def test_a_change_of_language_is_followed() -> None:
    english, french = say(SPEECH, 500), say("Monsieur le Président, je vous remercie de me donner la parole.", 9_000)
    recognizer = ScriptedRecognizer([(english, "en"), (french, "fr")])
    listener = Listener(LiveChannel("floor", LoudnessVoice()), recognizer)
    listener.play(sound([*english, *french], 15_000))
    spoken = {cue.language: cue.stable for cue in listener.cues.values()}
    assert "Monsieur le Président, je vous remercie de me donner la parole." in spoken["fr"]
    assert "wrong" not in listener.text
    assert listener.channel.spoken == "fr"


def test_a_language_that_was_told_before_is_believed_until_the_sound_tells_another() -> None:
    french, english = say("Monsieur le Président, je vous remercie de me donner la parole.", 500), say(SPEECH, 7_000)
    recognizer = ScriptedRecognizer([(french, "fr"), (english, "en")])
    listener = Listener(LiveChannel("floor", LoudnessVoice(), believed="fr"), recognizer)
    assert listener.channel.spoken == "fr"
    listener.play(sound([*french, *english], 14_000))
    assert [recognizer.windows[0].language, recognizer.windows[0].detect] == ["fr", True]
    assert {cue.language for cue in listener.cues.values()} == {"fr", "en"}
    assert "wrong" not in listener.text
    assert listener.channel.spoken == "en"


def test_the_operator_may_change_the_language_at_any_time() -> None:
    words = say("Monsieur le Président, je vous remercie de me donner la parole sur ce point.", 500)
    recognizer = ScriptedRecognizer([(words, "fr")])
    listener = Listener(LiveChannel("floor", LoudnessVoice(), language="en"), recognizer)
    samples = sound(words, 8_000)
    listener.channel.feed(samples[: 2 * 16_000])
    asked_in_english = listener.channel.request()
    assert asked_in_english is not None
    listener.channel.set_language("fr")
    listener.show(listener.channel.take(recognizer.listen([asked_in_english])[0]))
    listener.play(samples[2 * 16_000 :])
    assert listener.text == "Monsieur le Président, je vous remercie de me donner la parole sur ce point."
    assert {cue.language for cue in listener.cues.values()} == {"fr"}


def test_after_a_cut_nothing_of_before_appears() -> None:
    words = say("secret words that nobody may read", 500) + say("public words that all may read", 6_000)
    listener = listening(words)
    samples = sound(words, 10_000)
    listener.channel.feed(samples[: 2 * 16_000])
    request = listener.channel.request()
    shown = listener.channel.cut()
    listener.show(shown)
    assert request is not None
    listener.show(listener.channel.take(listener.recognizer.listen([request])[0]))
    listener.channel.feed(np.zeros(4 * 16_000, dtype=np.float32))
    listener.play(samples[6 * 16_000 :])
    assert listener.text == "public words that all may read"


def test_a_cue_that_a_person_took_over_is_left_alone() -> None:
    words = say(LONG, 500)
    listener = listening(words)
    samples = sound(words, 26_000)
    for start in range(0, 6 * 16_000, 1600):
        listener.channel.feed(samples[start : start + 1600])
        listener.hear()
    taken = next(cue for cue in listener.cues.values() if cue.state is CueState.OPEN)
    listener.channel.close_cue(taken.id)
    listener.play(samples[6 * 16_000 :])
    assert listener.cues[taken.id].stable == taken.stable
    assert listener.text.split() == LONG.split()


def test_a_failure_of_the_recognizer_costs_only_what_it_was_to_hear() -> None:
    words = say("first part of what is said", 500) + say("second part of it", 5_000)
    listener = listening(words)
    samples = sound(words, 8_000)
    listener.channel.feed(samples[: 4 * 16_000])
    assert listener.channel.due() is not None
    listener.channel.request()
    listener.show(listener.channel.fail())
    listener.play(samples[4 * 16_000 :])
    assert "second part of it" in listener.text


def test_going_on_after_a_crash_begins_where_it_was_told_to() -> None:
    words = say(SPEECH, 16_000 + 500)
    shifted = listening(words, start_sample=16_000 * 16, first_cue=7)
    samples = sound(words, 16_000 + 10_000)[16_000 * 16 :]
    shifted.play(samples)
    assert shifted.text == SPEECH
    assert next(iter(shifted.cues)) == "c7"
    assert shifted.cues["c7"].start_ms >= 16_000


def test_a_tail_of_which_nothing_came_is_taken_off_the_screen() -> None:
    listener = listening(say("perhaps a word", 500))
    samples = sound(say("perhaps a word", 500), 5_000)
    listener.channel.feed(samples[: 2 * 16_000])
    listener.hear()
    (shown,) = listener.cues.values()
    assert shown.tail and not shown.stable
    listener.recognizer.spoken = [([], "en")]
    listener.play(samples[2 * 16_000 :])
    assert listener.cues[shown.id].tail == ""


def test_glossary_and_context_reach_the_recognizer() -> None:
    words = say(SPEECH, 500) + say("Thank you all very much.", 14_000)
    listener = listening(words, glossary=("Guterres", "A/RES/70/1"))
    listener.play(sound(words, 17_000))
    assert listener.recognizer.windows[0].prompt == "Guterres, A/RES/70/1."
    assert listener.recognizer.windows[-1].context.endswith("budget.")


def test_chinese_is_agreed_upon_by_characters() -> None:
    words = say("各位代表请注意会议现在开始第一个项目是预算", 500, 250, "zh")
    recognizer = ScriptedRecognizer([(words, "zh")])
    listener = Listener(LiveChannel("floor", LoudnessVoice(), language="zh"), recognizer)
    listener.play(sound(words, 8_000))
    assert listener.text == "各位代表请注意会议现在开始第一个项目是预算"


def test_revisions_rise_by_one_with_each_change() -> None:
    words = say(LONG, 500)
    listener = listening(words)
    seen: dict[str, list[int]] = {}
    samples = sound(words, 26_000)
    for start in range(0, len(samples), 1600):
        listener.channel.feed(samples[start : start + 1600])
        if listener.channel.due():
            request = listener.channel.request()
            assert request is not None
            for cue in listener.channel.take(listener.recognizer.listen([request])[0]):
                if cue.stable:
                    seen.setdefault(cue.id, []).append(cue.revision)
    for revisions in seen.values():
        assert all(b - a in (0, 1) for a, b in pairwise(revisions))
