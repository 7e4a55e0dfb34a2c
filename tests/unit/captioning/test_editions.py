"""A second hearing laid over live cues: no word lost, none doubled, and what a person decided stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning.cues import spread
from langsupport.captioning.editions import MAX_CHARS, Decision, Edition, make_edition
from langsupport.captioning.off_record import Stretch
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue
from langsupport.domain.speech import Utterance, Word

LIVE = ["The meeting is open.", "We thank the Share for the report.", "The report was a doctored.", "Any questions?"]
FINER = ["The meeting is open.", "We thank the Chair for the report.", "The report was adopted.", "Any questions?"]


def live_cues(texts: list[str] = LIVE, step_ms: int = 4_000) -> list[LiveCue]:
    cues = []
    for number, text in enumerate(texts, 1):
        start = (number - 1) * step_ms
        words = tuple(spread(text, "en", start, start + step_ms - 300))
        cue = LiveCue(f"c{number}", FLOOR, FLOOR, "en", start, start + step_ms - 300, text, state=CueState.FINAL)
        cues.append(replace(cue, words=words))
    return cues


def said(texts: list[str] = FINER, step_ms: int = 4_000, shift_ms: int = 0) -> list[Utterance]:
    """One utterance over all of it, as a recognizer may well give."""
    words: list[Word] = []
    for number, text in enumerate(texts):
        start = number * step_ms + shift_ms
        timed = spread(text, "en", max(0, start), start + step_ms - 300)
        words += [replace(word, text=" " + word.text.strip()) for word in timed]
    return [Utterance(words[0].start_ms, words[-1].end_ms, "".join(w.text for w in words).strip(), "en", tuple(words))]


def corrected(cue: LiveCue, text: str) -> LiveCue:
    return replace(cue, stable=text, words=(), state=CueState.CORRECTED, origin=CueOrigin.HUMAN, revision=2)


def decision(cue: LiveCue, *texts: str, here: bool = True) -> Decision:
    return Decision(cue.id, cue.start_ms, cue.end_ms, texts or (cue.stable,), here)


def texts(edition: Edition) -> list[str]:
    return [cue.stable for cue in edition.fresh]


def test_what_was_heard_better_replaces_what_was_heard_live() -> None:
    edition = make_edition(said(), live_cues(), [], [], key=FLOOR)
    assert texts(edition) == FINER[1:3]
    assert [cue.id for cue in edition.superseded] == ["c2", "c3"]
    assert [cue.id for cue in edition.fresh] == ["s1", "s2"]
    first = edition.fresh[0]
    assert (first.track, first.channel, first.language, first.state) == (FLOOR, FLOOR, "en", CueState.FINAL)
    assert "".join(word.text for word in first.words).strip() == first.stable
    assert (first.start_ms, first.end_ms) == (4_000, 7_700)


def test_what_a_person_corrected_stays_though_the_times_of_the_second_hearing_are_others() -> None:
    for shift_ms in (-900, -400, 0, 400, 900):
        cues = live_cues()
        fixed = corrected(cues[2], "The report was adapted.")
        decided = decision(fixed, "The report was adapted.", LIVE[2])
        edition = make_edition(said(shift_ms=shift_ms), [*cues[:2], fixed, cues[3]], [decided], [], key=FLOOR)
        assert texts(edition) == [FINER[1]], shift_ms
        assert [cue.id for cue in edition.superseded] == ["c2"]


def test_what_a_person_took_away_does_not_come_back() -> None:
    cues = live_cues()
    gone = replace(cues[1], stable="", words=(), state=CueState.RETRACTED)
    edition = make_edition(said(), [cues[0], gone, *cues[2:]], [decision(gone, LIVE[1])], [], key=FLOOR)
    assert texts(edition) == [FINER[2]]
    assert [cue.id for cue in edition.superseded] == ["c3"]


def test_a_person_s_translation_gets_a_cue_of_its_own() -> None:
    joined = ["The meeting is open.", "We thank the Chair for the report, the report was adopted.", "Any questions?"]
    utterance = said(joined, 4_000)[0]
    third = live_cues()[2]
    words = [*utterance.words]
    # the second hearing made one sentence of what were two cues live
    second = [
        replace(word, start_ms=4_000 + 650 * n, end_ms=4_000 + 650 * n + 600) for n, word in enumerate(words[4:15])
    ]
    tail = [replace(word, start_ms=word.start_ms + 4_000, end_ms=word.end_ms + 4_000) for word in words[15:]]
    spoken = [replace(utterance, words=(*words[:4], *second, *tail))]
    edition = make_edition(spoken, live_cues(), [decision(third, LIVE[2], here=False)], [], key=FLOOR)
    assert texts(edition) == ["We thank the Chair for the report,", "the report was adopted."]
    assert edition.islands == {"s2": "c3"}


def test_what_has_no_sound_any_more_keeps_its_captions() -> None:
    heard = [replace(u, words=tuple(w for w in u.words if w.start_ms < 8_000)) for u in said()]
    edition = make_edition(heard, live_cues(), [], [], key=FLOOR, unheard=[(7_900, 16_000)])
    assert [cue.id for cue in edition.superseded] == ["c2"]
    assert [cue.id for cue in make_edition(heard, live_cues(), [], [], key=FLOOR).superseded] == ["c2", "c3", "c4"]


def test_off_the_record_stays_off() -> None:
    edition = make_edition(said(), live_cues()[:1], [], [Stretch("m1", 3_900, 12_000)], key=FLOOR)
    assert texts(edition) == [FINER[3]]


def test_numbers_go_on_and_name_the_channel() -> None:
    cues = [replace(cue, id=f"fr-{n}", track="fr", channel="fr", language="fr") for n, cue in enumerate(live_cues(), 1)]
    spoken = [replace(utterance, language="fr") for utterance in said()]
    edition = make_edition(spoken, cues, [], [], key="fr", first_number=7)
    assert [cue.id for cue in edition.fresh] == ["fr-s7", "fr-s8"]
    assert {(cue.track, cue.channel) for cue in edition.fresh} == {("fr", "fr")}


def test_long_speech_without_a_stop_is_cut_at_a_clause() -> None:
    text = ", ".join(["the committee considered the proposal of the group"] * 12)
    edition = make_edition([Utterance(0, 60_000, text, "en")], [], [], [], key=FLOOR)
    assert " ".join(texts(edition)) == text
    assert all(len(cue.stable) <= MAX_CHARS for cue in edition.fresh)
    assert all(cue.stable.endswith(",") for cue in edition.fresh[:-1])


WORDS = st.sampled_from(["yes", "no,", "Chair.", "the", "report", "adopted?", "我们", "会议。", "ITU-T"])


@st.composite
def hearings(draw: st.DrawFn) -> list[Utterance]:
    result: list[Utterance] = []
    clock = 0
    for _ in range(draw(st.integers(1, 6))):
        language = draw(st.sampled_from(["en", "zh", "fr"]))
        words: list[Word] = []
        for text in draw(st.lists(WORDS, min_size=1, max_size=30)):
            clock += draw(st.integers(0, 400))
            length = draw(st.integers(20, 700))
            words.append(Word(clock, clock + length, text if language == "zh" else f" {text}"))
            clock += length
        clock += draw(st.integers(0, 4_000))
        whole = "".join(word.text for word in words).strip()
        result.append(Utterance(words[0].start_ms, words[-1].end_ms, whole, language, tuple(words)))
    return result


def bag(words: list[str]) -> Counter[str]:
    return Counter(word.strip() for word in words)


@given(hearings(), st.lists(st.tuples(st.integers(0, 40_000), st.integers(200, 9_000), st.booleans()), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_word_is_lost_and_none_doubled(heard: list[Utterance], places: list[tuple[int, int, bool]]) -> None:
    decisions, clock = [], 0
    for number, (start, length, here) in enumerate(sorted(places)):
        start = max(start, clock)
        clock = start + length
        decisions.append(Decision(f"c{number}", start, clock, ("the report adopted?",), here))
    edition = make_edition(heard, [], decisions, [], key=FLOOR)
    fresh = [word.text for cue in edition.fresh for word in cue.words]
    everything = bag([word.text for utterance in heard for word in utterance.words])
    assert not bag(fresh) - everything
    if not any(one.here for one in decisions):
        assert bag(fresh) == everything
    # what is left out stood where a person decided, give or take what borders may move
    left_out = [
        word
        for utterance in heard
        for word in utterance.words
        if all(word != other for cue in edition.fresh for other in cue.words)
        and all(replace(word, text=" " + word.text) != other for cue in edition.fresh for other in cue.words)
    ]
    for word in left_out:
        assert any(
            one.here and word.end_ms > one.start_ms - 4_000 and word.start_ms < one.end_ms + 4_000 for one in decisions
        )
    starts = [cue.start_ms for cue in edition.fresh]
    assert starts == sorted(starts)
    for cue in edition.fresh:
        assert "".join(word.text for word in cue.words).strip() == cue.stable


@given(hearings())
@settings(max_examples=60, deadline=None)
def test_the_same_hearing_again_changes_nothing(heard: list[Utterance]) -> None:
    first = make_edition(heard, [], [], [], key=FLOOR)
    again = make_edition(heard, first.fresh, [], [], key=FLOOR, first_number=99)
    assert again.fresh == () and again.superseded == ()
