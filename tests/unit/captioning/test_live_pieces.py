"""The parts of live captioning by themselves: ring, endpoints, agreement, cues, language."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.captioning import agreement
from langsupport.captioning.endpoint import Endpointer
from langsupport.captioning.live_cues import CueBuilder
from langsupport.captioning.live_options import LiveOptions
from langsupport.captioning.ring import SampleRing
from langsupport.captioning.switching import LanguageWatch, Verdict
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import CueState, LiveCue, check_machine_change
from langsupport.domain.speech import Word
from langsupport.errors import Conflict
from scripted_speech import say


@given(st.lists(st.tuples(st.integers(1, 200_000), st.integers(0, 250_000)), max_size=12))
def test_the_ring_gives_back_what_was_put_in(steps: list[tuple[int, int]]) -> None:
    ring, whole = SampleRing(100), np.zeros(0, dtype=np.float32)
    for size, drop in steps:
        fresh = np.arange(len(whole), len(whole) + size, dtype=np.float32)
        ring.append(fresh)
        whole = np.concatenate([whole, fresh])
        ring.drop_before(100 + drop)
        assert ring.end == 100 + len(whole)
        held = ring.window(0, ring.end + 5)
        assert np.array_equal(held, whole[ring.start - 100 :])


def test_a_window_stays_as_it_was_when_sound_goes_on() -> None:
    ring = SampleRing()
    ring.append(np.ones(100, dtype=np.float32))
    window = ring.window(0, 100)
    ring.drop_before(100)
    ring.append(np.zeros(100, dtype=np.float32))
    assert window.sum() == 100


def test_a_voice_has_a_lead_and_ends_after_the_pause() -> None:
    endpointer = Endpointer(LiveOptions(lead_ms=300, min_silence_ms=600))
    (stretch,) = endpointer.feed([0.0] * 50 + [0.9] * 40)
    assert stretch.start == 50 * 512 - 4800
    assert stretch.end is None
    assert endpointer.speaking
    assert endpointer.feed([0.0] * 30) == []
    assert stretch.end == 90 * 512 + 4800
    assert not endpointer.speaking


def test_a_short_pause_does_not_end_a_voice() -> None:
    endpointer = Endpointer(LiveOptions(min_silence_ms=600))
    (stretch,) = endpointer.feed([0.9] * 20 + [0.1] * 12 + [0.9] * 20)
    assert stretch.end is None


def test_what_is_new_is_found_though_the_times_and_words_moved_a_little() -> None:
    committed = say("the first item on the agenda", 0)
    heard = [replace(word, start_ms=word.start_ms + 200, end_ms=word.end_ms + 200) for word in committed]
    heard[2] = replace(heard[2], text=" items")
    new = say("is the budget", heard[-1].end_ms)
    assert agreement.beyond(committed, [*heard, *new]) == new


def test_a_repetition_is_not_taken_for_what_was_said_before() -> None:
    committed = say("we need peace", 0)
    again = say("we need peace", 900)
    assert agreement.beyond(committed, [*committed, *again]) == again


def test_agreement_ignores_case_and_punctuation_but_not_words() -> None:
    before = say("The meeting is open.", 0)
    now = say("the Meeting is over now", 0)
    assert agreement.agreed(before, now, 10_000) == 3
    assert agreement.agreed(before, now, 600) == 2
    assert agreement.overdue(now, 900) == 3


def test_words_repeated_faster_than_anyone_speaks_are_dropped() -> None:
    said = say("my friends", 0)
    stutter = [Word(600 + 40 * n, 640 + 40 * n, " friends", 0.6) for n in range(3)]
    assert agreement.without_stutter([*said, *stutter]) == said
    emphasis = say("no no no", 0)
    assert agreement.without_stutter(emphasis) == emphasis
    twice = [Word(n * 30, n * 30 + 30, word, 0.5) for n, word in enumerate([" for", " you", " for", " you"])]
    assert agreement.without_stutter([*said, *twice]) == [*said, *twice[:2]]


def test_chinese_is_compared_by_characters_with_marks_attached() -> None:
    found = agreement.units([Word(0, 900, "各位代表，"), Word(900, 1200, "GDP")], "zh")
    assert [word.text for word in found] == ["各", "位", "代", "表，", "GDP"]
    assert found[0].start_ms == 0
    assert found[-1].end_ms == 1200


def grown(builder: CueBuilder, words: list[Word], language: str, size: int = 2) -> dict[str, LiveCue]:
    cues: dict[str, LiveCue] = {}
    for start in range(0, len(words), size):
        for cue in builder.add(words[start : start + size], language):
            check_machine_change(cues.get(cue.id), cue)
            cues[cue.id] = cue
    for cue in builder.close():
        check_machine_change(cues.get(cue.id), cue)
        cues[cue.id] = cue
    return cues


def test_sentences_become_cues() -> None:
    text = "The meeting of the committee is open. We begin with the report of Mr. Smith on the budget."
    cues = grown(CueBuilder("floor", LiveOptions()), say(text, 0), "en")
    assert [cue.stable for cue in cues.values()] == [
        "The meeting of the committee is open.",
        "We begin with the report of Mr. Smith on the budget.",
    ]
    assert {cue.state for cue in cues.values()} == {CueState.FINAL}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cue_never_grows_beyond_its_limit(language: str) -> None:
    text = "字" * 400 if language == "zh" else "слово " * 200
    cues = grown(CueBuilder("floor", LiveOptions()), say(text, 0, 100, language), language, 7)
    limit = LiveOptions().max_cue_chars * LANGUAGES[language].caption_line_chars / 42
    assert max(len(cue.stable) for cue in cues.values()) <= limit + 1
    together = "".join(cue.stable for cue in cues.values()) if language == "zh" else None
    assert together in (None, text)


def test_chinese_cues_have_no_spaces_and_wide_marks() -> None:
    words = [Word(0, 300, " 主席"), Word(300, 600, "先生,"), Word(600, 900, "谢谢"), Word(900, 1000, "!")]
    cues = grown(CueBuilder("floor", LiveOptions()), agreement.units(words, "zh"), "zh", 1)
    assert [cue.stable for cue in cues.values()] == ["主席先生，谢谢！"]


def test_interpreters_cues_have_names_of_their_own() -> None:
    cues = grown(CueBuilder("fr", LiveOptions(), 3), say("Merci, Monsieur le Président.", 0), "fr")
    assert list(cues) == ["fr-3"]
    assert cues["fr-3"].track == "fr"


def test_stable_text_may_not_shrink_and_finished_cues_may_not_change() -> None:
    cue = LiveCue("c1", "floor", "floor", "en", 0, 100, "The meeting")
    with pytest.raises(Conflict):
        check_machine_change(cue, replace(cue, stable="The", revision=2))
    with pytest.raises(Conflict):
        check_machine_change(replace(cue, state=CueState.CORRECTED), replace(cue, stable="The meeting is", revision=2))
    check_machine_change(cue, replace(cue, stable="The meeting is", revision=2))


def test_a_language_changes_only_when_confirmed() -> None:
    watch = LanguageWatch(LiveOptions())
    sure_en, sure_fr = {"en": 0.95, "fr": 0.05}, {"en": 0.05, "fr": 0.95}
    assert watch.judge(sure_en, 500, final=False) is Verdict.DOUBT
    assert watch.judge(sure_en, 3_000, final=False) is Verdict.SWITCHED
    assert watch.spoken == "en"
    assert watch.judge(sure_fr, 3_000, final=False) is Verdict.DOUBT
    assert watch.judge(sure_en, 3_000, final=False) is Verdict.SAME
    assert watch.judge(sure_fr, 3_000, final=False) is Verdict.DOUBT
    assert watch.judge(sure_fr, 4_000, final=False) is Verdict.SWITCHED
    assert watch.spoken == "fr"


def test_an_unsure_or_very_short_other_language_changes_nothing() -> None:
    watch = LanguageWatch(LiveOptions(), "en")
    for _ in range(5):
        assert watch.judge({"en": 0.4, "fr": 0.6}, 5_000, final=True) is Verdict.SAME
        assert watch.judge({"en": 0.01, "fr": 0.99}, 400, final=True) is Verdict.SAME
    assert watch.spoken == "en"
