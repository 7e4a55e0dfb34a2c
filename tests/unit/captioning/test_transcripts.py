"""From live cues and marks to a transcript: nothing lost, nothing doubled, nothing that was taken back."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning.cues import spread
from langsupport.captioning.transcripts import build_transcript, spoken_languages
from langsupport.captioning.wording import OFF_THE_RECORD
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueOrigin, CueState, LiveCue, Mark, MarkKind
from langsupport.domain.speech import Meeting, Provenance, Transcript

WORDS = {
    "en": ["word", "a", "meeting,", "yes.", "Chair"],
    "zh": ["会", "议。", "主席", "ITU"],
    "ar": ["نعم", "السيد", "الرئيس."],
}


def heard(id: str, start_ms: int, end_ms: int, text: str, language: str = "en", **more: object) -> LiveCue:
    cue = LiveCue(id, FLOOR, FLOOR, language, start_ms, end_ms, text, state=CueState.FINAL)
    return replace(cue, words=tuple(spread(text, language, start_ms, end_ms)), **more)


def corrected(cue: LiveCue, text: str) -> LiveCue:
    return replace(
        cue, stable=text, words=(), state=CueState.CORRECTED, revision=cue.revision + 1, origin=CueOrigin.HUMAN
    )


def letters(text: str) -> str:
    return "".join(text.split())


def shown(transcript: Transcript) -> str:
    spoken = [cue for cue in transcript.cues if cue.provenance is not Provenance.OFF_RECORD]
    return letters("".join(line for cue in spoken for line in cue.lines))


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[LiveCue], list[Mark]]:
    cues: list[LiveCue] = []
    clock = 0
    for number in range(1, draw(st.integers(1, 12)) + 1):
        language = draw(st.sampled_from(list(WORDS)))
        words = draw(st.lists(st.sampled_from(WORDS[language]), min_size=1, max_size=25))
        text = LANGUAGES[language].sentence_space.join(words)
        clock += draw(st.integers(0, 3_000))
        length = draw(st.integers(200, 8_000))
        cue = heard(f"c{number}", clock, clock + length, text, language)
        clock += length
        kind = draw(st.sampled_from(["final", "open", "corrected", "retracted", "translated"]))
        if kind == "open":
            cue = replace(cue, state=CueState.OPEN, tail=" not said")
        elif kind == "corrected":
            cue = corrected(cue, text + LANGUAGES[language].sentence_space + words[0])
        elif kind == "retracted":
            cue = replace(cue, state=CueState.RETRACTED, stable="", words=())
        elif kind == "translated":
            cue = replace(cue, origin=CueOrigin.TRANSLATED, words=())
        cues.append(cue)
    kinds = st.sampled_from([MarkKind.SPEAKER, MarkKind.ITEM])
    marks = [
        Mark(
            f"m{number}",
            draw(kinds),
            draw(st.integers(0, clock)),
            draw(st.sampled_from(["Chair", "Kenya", "Item 1", ""])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    return cues, marks


@given(sessions(), st.randoms())
@settings(max_examples=150, deadline=None)
def test_no_word_is_lost_and_none_doubled(session: tuple[list[LiveCue], list[Mark]], random: object) -> None:
    cues, marks = session
    mixed = list(cues)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    made = build_transcript(mixed, marks, FLOOR, cues[-1].end_ms + 500)
    assert shown(made) == letters("".join(cue.stable for cue in cues))
    starts = [cue.start_ms for cue in made.cues]
    assert starts == sorted(starts) and all(cue.end_ms > cue.start_ms for cue in made.cues)
    assert all(a.end_ms <= b.start_ms for a, b in zip(made.cues, made.cues[1:], strict=False))
    assert len({cue.id for cue in made.cues}) == len(made.cues)


@given(sessions())
@settings(max_examples=150, deadline=None)
def test_every_shown_cue_knows_where_it_comes_from(session: tuple[list[LiveCue], list[Mark]]) -> None:
    cues, marks = session
    made = build_transcript(cues, marks, FLOOR, cues[-1].end_ms + 500)
    by_id = {cue.id: cue for cue in cues}
    speakers = sorted((m for m in marks if m.kind is MarkKind.SPEAKER), key=lambda m: m.at_ms)
    for cue in made.cues:
        sources = [by_id[id] for id in cue.sources]
        assert cue.id.split("_")[0] == cue.sources[0]
        text = letters("".join(source.stable for source in sources))
        assert letters("".join(cue.lines)) in text
        assert {source.language for source in sources} == {cue.language or made.language}
        by_person = {source.state is CueState.CORRECTED for source in sources}
        assert by_person == {cue.provenance is Provenance.CORRECTED}
        for source in sources:
            middle = (source.start_ms + source.end_ms) // 2
            in_force = [mark.text for mark in speakers if mark.at_ms <= middle]
            if len({mark.at_ms for mark in speakers}) == len(speakers):
                assert cue.speaker == (in_force[-1] if in_force else "")
    # in order: each live cue's text is whole, in one run of shown cues
    order = [id for id, _ in groupby(id for cue in made.cues for id in cue.sources)]
    assert order == [cue.id for cue in cues if cue.stable]


def test_what_a_person_wrote_stands_alone() -> None:
    first, second = heard("c1", 0, 1_500, "Thank you, Chair."), heard("c2", 1_500, 2_500, "We agree,")
    third = corrected(heard("c3", 2_500, 3_600, "with the Secretaryat."), "with the Secretariat.")
    made = build_transcript([first, second, third], [], FLOOR, 5_000)
    assert [(cue.text, cue.provenance) for cue in made.cues] == [
        ("Thank you, Chair. We agree,", Provenance.HEARD),
        ("with the Secretariat.", Provenance.CORRECTED),
    ]
    assert [cue.sources for cue in made.cues] == [("c1", "c2"), ("c3",)]
    assert (made.cues[1].start_ms, made.cues[1].revision) == (2_500, 2)


def test_two_speakers_never_share_a_cue() -> None:
    cues = [heard("c1", 0, 700, "I agree."), heard("c2", 800, 1_500, "So do I.")]
    marks = [Mark("m1", MarkKind.SPEAKER, 0, "Chair"), Mark("m2", MarkKind.SPEAKER, 790, "Kenya")]
    made = build_transcript(cues, marks, FLOOR, 2_000)
    assert [(cue.speaker, cue.text) for cue in made.cues] == [("Chair", "I agree."), ("Kenya", "So do I.")]
    assert [cue.text for cue in build_transcript(cues, [], FLOOR, 2_000).cues] == ["I agree. So do I."]


def test_a_stretch_off_the_record_is_told_and_nothing_of_it_is_left() -> None:
    secret = heard("c2", 5_000, 9_000, "This is between us.")
    edge = heard("c3", 8_800, 12_000, "Back to the agenda, please.")
    french = LiveCue("c4", FLOOR, FLOOR, "en", 6_000, 7_000, "Secret too.", origin=CueOrigin.TRANSLATED)
    cues = [heard("c1", 0, 4_000, "We are open."), secret, french, edge]
    marks = [
        Mark("m1", MarkKind.OFF_RECORD, 4_500, end_ms=9_000),
        Mark("m2", MarkKind.NOTE, 6_000, "a secret note"),
        Mark("m3", MarkKind.NOTE, 10_000, "a note"),
    ]
    made = build_transcript(cues, marks, FLOOR, 13_000)
    assert [cue.text for cue in made.cues] == [
        "We are open.",
        OFF_THE_RECORD["en"],
        "Back to the agenda, please.",
    ]
    assert (made.cues[1].start_ms, made.cues[1].end_ms) == (4_500, 9_000)
    assert made.cues[0].end_ms <= 4_500
    assert [note.text for note in made.notes] == ["a note"]
    assert "us" not in " ".join(utterance.text for utterance in made.utterances)


@given(sessions(), st.integers(0, 30_000), st.integers(1, 20_000))
@settings(max_examples=100, deadline=None)
def test_what_is_off_the_record_never_appears(
    session: tuple[list[LiveCue], list[Mark]], at_ms: int, length_ms: int
) -> None:
    cues, marks = session
    off = Mark("off", MarkKind.OFF_RECORD, at_ms, end_ms=at_ms + length_ms)
    made = build_transcript(cues, [*marks, off], FLOOR, cues[-1].end_ms + 500)
    inside = {cue.id for cue in cues if at_ms <= cue.start_ms and cue.end_ms <= off.end_ms}
    assert not inside & {id for cue in made.cues for id in cue.sources}
    outside = [cue for cue in cues if cue.end_ms <= at_ms or cue.start_ms >= off.end_ms]
    assert {cue.id for cue in outside if cue.stable} <= {id for cue in made.cues for id in cue.sources}
    gaps = [cue for cue in made.cues if cue.provenance is Provenance.OFF_RECORD]
    assert [(gap.start_ms, gap.end_ms) for gap in gaps] == [(at_ms, off.end_ms)]


def test_off_the_record_until_it_ends() -> None:
    made = build_transcript([heard("c1", 0, 900, "Open.")], [Mark("m", MarkKind.OFF_RECORD, 1_000)], FLOOR, 60_000)
    assert [(cue.start_ms, cue.end_ms) for cue in made.cues[1:]] == [(1_000, 60_000)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translated_track_says_so(language: str) -> None:
    cue = LiveCue("c1", language, FLOOR, language, 0, 2_000, "ITU", state=CueState.FINAL)
    translated = replace(cue, origin=CueOrigin.TRANSLATED, source="c1@floor#2")
    made = build_transcript([translated], [], language, 2_000, Meeting("A"))
    assert made.language == language and made.machine_translated and made.utterances == ()
    copied = build_transcript([cue], [], language, 2_000, Meeting("A"))
    assert not copied.machine_translated and len(copied.utterances) == 1


def test_words_that_are_not_the_text_are_not_believed() -> None:
    cue = replace(heard("c1", 0, 4_000, "one two three"), stable="one two three four")
    assert shown(build_transcript([cue], [], FLOOR, 4_000)) == "onetwothreefour"


def test_the_floor_s_language_is_the_one_spoken_longest() -> None:
    cues = [heard("c1", 0, 9_000, "Bonjour à tous.", "fr"), heard("c2", 9_000, 12_000, "Hello.")]
    made = build_transcript(cues, [], FLOOR, 12_000)
    assert made.language == "fr" and {cue.text: cue.language for cue in made.cues}["Hello."] == "en"
    assert {cue.language for cue in made.cues} == {None, "en"}
    assert spoken_languages(cues) == ("fr", "en")
    assert build_transcript([], [], FLOOR, 1_000).language == "en"
