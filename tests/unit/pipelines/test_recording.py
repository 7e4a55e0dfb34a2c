"""The way from sound to cues and to cues in another language, with scripted engines and real sound files."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.domain.confidence import GENERAL, Calibration
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import SAMPLE_RATE, Cue, Transcript, Utterance, Word
from langsupport.engines.protocols import (
    AudioWindow,
    Lane,
    RecognitionOptions,
    SpeechSpan,
    Translation,
    TranslationRequest,
)
from langsupport.errors import EmptyInput, UnsupportedLanguage
from langsupport.pipelines.hearing import prompt_for
from langsupport.pipelines.recording import recognize, sentences, translate


@dataclass
class Done:
    answers: list[Any]

    def wait(self) -> list[Any]:
        return self.answers

    def results(self) -> Any:
        return iter(enumerate(self.answers))

    def cancel(self) -> None:
        pass


@dataclass
class Scripted:
    """Hears a script: (start, end, text, language) lines; a window gives the lines that begin in it."""

    script: Sequence[tuple[int, int, str, str]]
    confidence: float = 0.9
    extra: Callable[[AudioWindow], list[Utterance]] = lambda window: []
    windows: list[tuple[int, int, RecognitionOptions]] = field(default_factory=list)
    tongues: list[str] = field(default_factory=list)

    def speech(self, samples: np.ndarray) -> list[SpeechSpan]:
        return [SpeechSpan(start, end, self.confidence) for start, end, *_ in self.script]

    def _inside(self, window: AudioWindow) -> list[tuple[int, int, str, str]]:
        end = window.start_ms + len(window.samples) * 1000 // SAMPLE_RATE
        return [line for line in self.script if window.start_ms <= line[0] < end]

    def recognize(self, window: AudioWindow, options: RecognitionOptions, lane: Lane) -> Done:
        self.windows.append((window.start_ms, len(window.samples), options))
        found = [
            Utterance(start, end, text, options.language or language, log_probability=-0.2, tokens=5)
            for start, end, text, language in self._inside(window)
        ]
        return Done([found + self.extra(window)])

    def detect_language(self, window: AudioWindow, candidates: Sequence[str], lane: Lane) -> Done:
        end = window.start_ms + len(window.samples) * 1000 // SAMPLE_RATE
        code = next((code for s, e, _, code in self.script if s < end and e > window.start_ms), "en")
        return Done([(code, 0.97) if not candidates or code in candidates else (candidates[2], 0.6)])

    def translate(self, requests: Sequence[TranslationRequest], lane: Lane, deadline: float = math.inf) -> Done:
        self.tongues += [f"{r.source}-{r.target}: {r.text}" for r in requests]
        return Done([Translation(TRANSLATIONS.get((r.text, r.target), r.text.upper()), "scripted") for r in requests])

    def serves(self, source: str, target: str) -> str | None:
        return "scripted"

    def calibration(self, model: str, source: str, target: str) -> Calibration:
        return GENERAL

    def close(self) -> None:
        pass


TRANSLATIONS = {
    (
        "The committee began its work this morning and considered the agenda.",
        "zh",
    ): "委员会今天上午开始工作，审议了议程。",
    ("The meeting adopted the report.", "zh"): "会议通过了报告。",
}


def sound(seconds: float) -> io.BytesIO:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(b"\x10\x00" * int(seconds * SAMPLE_RATE))
    buffer.seek(0)
    return buffer


def hear(scripted: Scripted, seconds: float = 60, language: str | None = None, **more: Any) -> Transcript:
    return recognize(sound(seconds), "meeting.wav", scripted, language, Lane.BATCH, **more)


def test_speech_becomes_cues_with_progress() -> None:
    seen: list[tuple[int, int]] = []
    scripted = Scripted([(1_000, 4_000, "Good morning, everybody.", "en"), (9_000, 12_000, "We begin.", "en")])
    transcript = hear(scripted, progress=lambda done, total: seen.append((done, total)))
    assert [cue.text for cue in transcript.cues] == ["Good morning, everybody.", "We begin."]
    assert (transcript.language, transcript.duration_ms, transcript.machine_translated) == ("en", 60_000, False)
    assert seen[-1] == (60_000, 60_000) and seen == sorted(seen)
    assert transcript.findings == ()


def test_a_given_language_is_taken_and_nothing_is_detected() -> None:
    scripted = Scripted([(1_000, 4_000, "Bonjour à tous.", "en")])
    scripted.detect_language = None  # type: ignore[assignment,method-assign]
    assert hear(scripted, language="fr-CA").language == "fr"
    assert scripted.windows[0][2].language == "fr"


def test_no_text_of_one_window_is_fed_to_the_next() -> None:
    scripted = Scripted([(i * 20_000, i * 20_000 + 15_000, f"Sentence {i}.", "en") for i in range(3)])
    hear(scripted, prompt="Glossary: ITU")
    assert [options.prompt for *_, options in scripted.windows] == ["Glossary: ITU"] * 3


def test_a_prompt_lists_whole_terms_as_a_sentence_and_no_more_than_a_recognizer_attends_to() -> None:
    assert prompt_for("en", ()) == ""
    assert prompt_for("en", ("Guterres", "A/RES/70/1"), "As we said.") == "As we said. Guterres, A/RES/70/1."
    chinese = prompt_for("zh", ["古特雷斯", *["五十字" * 16] * 20])
    assert chinese.startswith(prompt_for("zh", ())) and chinese.endswith("五十字.") and 250 < len(chinese) < 450
    assert chinese.removesuffix(".").split(", ")[1:] == ["五十字" * 16] * (chinese.count(","))


def test_a_change_of_language_is_followed() -> None:
    script = [(i * 7_000, i * 7_000 + 6_500, "Bonjour à toutes et à tous.", "fr") for i in range(3)]
    script += [(21_000 + i * 7_000, 27_500 + i * 7_000, "Good morning to you all.", "en") for i in range(3)]
    transcript = hear(Scripted(script))
    assert [u.language for u in transcript.utterances] == ["fr"] * 3 + ["en"] * 3
    assert [f.code for f in transcript.findings] == ["several-languages"]


def test_a_language_outside_the_six_is_refused_when_it_is_all_there_is() -> None:
    script = [(i * 8_000, i * 8_000 + 7_000, "Guten Morgen.", "de") for i in range(4)]
    with pytest.raises(UnsupportedLanguage, match="“de”"):
        hear(Scripted(script))


def test_a_passage_outside_the_six_is_left_out_with_a_finding() -> None:
    script = [(i * 8_000, i * 8_000 + 7_000, "Good morning to you.", "en") for i in range(3)]
    script += [(24_000 + i * 8_000, 31_000 + i * 8_000, "Guten Morgen.", "de") for i in range(3)]
    transcript = hear(Scripted(script))
    assert all(u.language == "en" for u in transcript.utterances)
    assert "language-unsupported" in [f.code for f in transcript.findings]


def test_nothing_said_gives_no_cues_and_a_finding() -> None:
    transcript = hear(Scripted([]))
    assert transcript.cues == ()
    assert [f.code for f in transcript.findings] == ["no-speech"]


def test_an_empty_file_is_an_error() -> None:
    with pytest.raises(EmptyInput):
        recognize(io.BytesIO(b""), "empty.wav", Scripted([]), None, Lane.BATCH)


def test_invented_text_is_left_out_with_a_finding() -> None:
    scripted = Scripted([(1_000, 4_000, "Thanks for watching!", "en")], confidence=0.4)
    transcript = hear(scripted)
    assert transcript.cues == ()
    (rejected,) = [f for f in transcript.findings if f.code == "caption-rejected"]
    assert rejected.fields["reason"] == "stock-phrase" and "0:01" in rejected.message


def test_a_loop_gets_a_second_try_in_halves() -> None:
    loop = "and the and the and the and the and the and the"

    def astray(window: AudioWindow) -> list[Utterance]:
        too_long = len(window.samples) > 16 * SAMPLE_RATE
        return [Utterance(window.start_ms, window.start_ms + 9_000, loop, "en")] if too_long else []

    scripted = Scripted([(0, 10_000, "First.", "en"), (10_200, 20_000, "Second.", "en")], extra=astray)
    transcript = hear(scripted)
    assert [u.text for u in transcript.utterances] == ["First.", "Second."]
    assert len(scripted.windows) == 3
    assert transcript.findings == ()


def test_the_script_of_a_text_corrects_its_language() -> None:
    scripted = Scripted([(1_000, 3_000, "今天天气怎么样？", "zh"), (4_000, 6_000, "How do I go to the library?", "zh")])
    transcript = hear(scripted)
    assert [u.language for u in transcript.utterances] == ["zh", "en"]


def captions(*lines: tuple[int, int, str], language: str = "en") -> Transcript:
    cues = tuple(Cue(f"c{n}", start, end, (text,)) for n, (start, end, text) in enumerate(lines, start=1))
    return Transcript(language, 60_000, cues)


MORNING = captions(
    (1_000, 3_000, "The committee began its work"),
    (3_083, 5_000, "this morning and considered"),
    (5_083, 7_000, "the agenda. The meeting adopted"),
    (7_083, 9_000, "the report."),
)


def test_sentences_run_over_the_borders_of_cues() -> None:
    one, two = sentences(MORNING)
    assert one.text == "The committee began its work this morning and considered the agenda."
    assert (one.start_ms, one.cue_id) == (1_000, "c1")
    assert two.text == "The meeting adopted the report."
    assert (two.end_ms, two.cue_id) == (9_000, "c3")
    assert 5_083 < one.end_ms <= two.start_ms < 7_000


def test_whole_sentences_are_translated_and_shown_again_in_their_time() -> None:
    scripted = Scripted([])
    transcript = translate(MORNING, "zh", scripted, Lane.BATCH)
    assert scripted.tongues == [
        "en-zh: The committee began its work this morning and considered the agenda.",
        "en-zh: The meeting adopted the report.",
    ]
    assert transcript.language == "zh" and transcript.machine_translated
    assert (
        "".join("".join(cue.lines) for cue in transcript.cues) == "委员会今天上午开始工作，审议了议程。会议通过了报告。"
    )
    assert transcript.cues[0].start_ms == 1_000
    assert {cue.id.split("-")[0] for cue in transcript.cues} <= {"c1", "c2", "c3", "c4"}
    assert len({cue.id for cue in transcript.cues}) == len(transcript.cues)


def test_sentences_in_the_target_language_stay() -> None:
    spoken = (Utterance(0, 3_000, "Bonjour à tous.", "fr"), Utterance(3_500, 6_000, "Thank you, chair.", "en"))
    mixed = Transcript(
        "fr",
        10_000,
        (Cue("c1", 0, 3_000, ("Bonjour à tous.",)), Cue("c2", 3_500, 6_000, ("Thank you, chair.",))),
        spoken,
    )
    scripted = Scripted([])
    assert translate(mixed, "fr", scripted, Lane.BATCH).cues[0].text == "Bonjour à tous."
    assert scripted.tongues == ["en-fr: Thank you, chair."]


def test_a_transcript_in_its_own_language_comes_back() -> None:
    assert translate(MORNING, "en", Scripted([]), Lane.BATCH) is MORNING


def test_speech_without_full_stops_is_cut_where_cues_end() -> None:
    endless = captions(
        *[(i * 3_000, i * 3_000 + 2_900, f"and then number {i} of the many things to say") for i in range(20)]
    )
    found = sentences(endless)
    assert len(found) > 1
    assert " ".join(s.text for s in found) == " ".join(cue.text for cue in endless.cues)
    assert all(s.text.startswith("and then") for s in found)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.lists(
        st.tuples(st.text("aж中. 。?", min_size=1, max_size=20), st.integers(0, 4_000), st.integers(300, 6_000)),
        max_size=12,
    ),
)
def test_no_sentence_is_lost_and_times_lie_inside(language: str, said: list[tuple[str, int, int]]) -> None:
    cues, clock = [], 0
    for number, (text, gap, length) in enumerate(said):
        if text.strip():
            cues.append(Cue(f"c{number}", clock + gap, clock + gap + length, (text.strip(),)))
            clock += gap + length
    found = sentences(Transcript(language, clock, tuple(cues)))
    letters = "".join("".join(line.split()) for cue in cues for line in cue.lines)
    assert "".join("".join(s.text.split()) for s in found) == letters
    assert all(0 <= s.start_ms <= s.end_ms <= clock for s in found)
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(found))


def test_words_keep_their_own_times() -> None:
    words = tuple(Word(1_000 + i * 400, 1_300 + i * 400, f" word{i}") for i in range(30))
    said = Utterance(1_000, 13_000, " ".join(w.text.strip() for w in words), "en", words)
    scripted = Scripted([(1_000, 13_000, "", "en")], extra=lambda window: [said] if window.start_ms < 1_100 else [])
    cues = hear(scripted, language="en").cues
    assert len(cues) > 1
    for cue in cues:
        first = cue.lines[0].split()[0]
        assert cue.start_ms == next(w.start_ms for w in words if w.text.strip() == first)
