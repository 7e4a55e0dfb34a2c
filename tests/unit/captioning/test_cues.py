from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.captioning.cues import CueRules, build_cues, spread
from langsupport.captioning.phrasing import LEANS_ON_NEXT, width
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Cue, Utterance, Word

RULES = CueRules()
TEXTS = {
    "ar": "بدأت اللجنة أعمالها صباح اليوم، ونظرت في جدول الأعمال المؤقت. "
    "وقررت الدورة اعتماد التقرير بعد إدخال التعديلات عليه.",
    "zh": "委员会今天上午开始工作，审议了临时议程。"
    "会议决定在修改后通过该报告，并请秘书处将其分发给所有成员国，供下届会议审议。",
    "en": "The committee began its work this morning, and considered the provisional agenda. The meeting decided to "
    "adopt the report as amended, and asked the secretariat to send it to all of the Member States.",
    "fr": "La commission a commencé ses travaux ce matin, et a examiné l’ordre du jour provisoire. La réunion a "
    "décidé d’adopter le rapport modifié, et a prié le secrétariat de le transmettre à l’ensemble des États Membres.",
    "ru": "Комитет начал свою работу сегодня утром и рассмотрел предварительную повестку дня. Заседание "
    "постановило принять доклад с поправками и поручило секретариату направить его всем государствам-членам.",
    "es": "El comité comenzó su labor esta mañana y examinó el orden del día provisional. La reunión decidió aprobar "
    "el informe con las enmiendas y pidió a la secretaría que lo enviara a todos los Estados Miembros.",
}


def utterance(language: str, text: str, start_ms: int = 1_000, cps: float | None = None) -> Utterance:
    speed = cps or LANGUAGES[language].caption_chars_per_second * 0.8
    end_ms = start_ms + round(len(text) * 1000 / speed)
    return Utterance(start_ms, end_ms, text, language, tuple(spread(text, language, start_ms, end_ms)))


def letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def whole(cues: tuple[Cue, ...]) -> str:
    return letters("".join(line for cue in cues for line in cue.lines))


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_of_every_language(language: str) -> None:
    text = TEXTS[language]
    cues = build_cues([utterance(language, text)], 120_000)
    assert whole(cues) == letters(text)
    assert len(cues) >= 2
    for cue in cues:
        assert len(cue.lines) <= 2
        assert all(width(line, language) <= LANGUAGES[language].caption_line_chars for line in cue.lines), cue
        assert RULES.min_duration_ms <= cue.end_ms - cue.start_ms <= RULES.max_duration_ms
    assert all(b.start_ms - a.end_ms >= RULES.min_gap_ms for a, b in pairwise(cues))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cue_and_no_line_ends_on_an_article_or_preposition(language: str) -> None:
    for cue in build_cues([utterance(language, TEXTS[language])], 120_000):
        for line in cue.lines:
            last = line[-1] if language == "zh" else re.split(r"[\s’']", line)[-1].lower()
            assert last not in LEANS_ON_NEXT[language] - {"的"}, line


def test_a_new_sentence_begins_a_new_cue() -> None:
    text = "The committee approved the draft agenda of the week. The next meeting takes place in Geneva in May."
    first, second = build_cues([utterance("en", text)], 60_000)
    assert first.text.endswith("week.") and second.text.startswith("The next")


def test_ids_count_from_one() -> None:
    cues = build_cues([utterance("en", TEXTS["en"])], 60_000)
    assert [cue.id for cue in cues] == [f"c{n}" for n in range(1, len(cues) + 1)]


def test_a_pause_ends_a_cue_and_languages_do_not_mix() -> None:
    spoken = [utterance("en", "Thank you."), utterance("en", "Bonjour ?", 8_000), utterance("zh", "谢谢主席。", 9_500)]
    assert [cue.text for cue in build_cues(spoken, 20_000)] == ["Thank you.", "Bonjour\u00a0?", "谢谢主席。"]


def test_a_short_cue_stays_long_enough_to_be_read_but_not_into_the_next() -> None:
    spoken = [
        Utterance(0, 200, "Yes.", "en", (Word(0, 200, " Yes."),)),
        Utterance(2_000, 2_300, "No.", "en", (Word(2_000, 2_300, " No."),)),
    ]
    first, second = build_cues(spoken, 30_000)
    assert first.end_ms - first.start_ms >= RULES.min_duration_ms
    assert first.end_ms + RULES.min_gap_ms <= second.start_ms


def test_chinese_gets_full_width_punctuation_and_keeps_latin_words_whole() -> None:
    text = "关于ITU-T Y.4903建议书的讨论,现在开始,请代表们就工作组Q1/20的报告发言,谢谢大家."
    cues = build_cues([utterance("zh", text)], 60_000)
    shown = [line for cue in cues for line in cue.lines]
    assert any("Y.4903" in line for line in shown) and any("Q1/20" in line for line in shown)
    assert "讨论，" in "".join(shown)
    assert not any(line[0] in "，。、？！的" for line in shown)


def test_one_word_longer_than_a_line_is_not_lost() -> None:
    address = "https://www.example.org/" + "very/long/" * 12
    assert whole(build_cues([utterance("en", f"See {address} please")], 60_000)) == letters(f"See {address} please")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.lists(
        st.tuples(
            st.text("aé中文ж، .,。?-5", min_size=1, max_size=14), st.integers(-300, 3_000), st.integers(0, 2_500)
        ),
        max_size=40,
    ),
)
def test_no_word_is_lost_and_times_rise_whatever_comes(language: str, heard: list[tuple[str, int, int]]) -> None:
    words, clock = [], 0
    for text, gap, length in heard:
        start = max(0, clock + gap)
        words.append(Word(start, start + length, " " + text))
        clock = start + length
    text = "".join(word.text for word in words)
    cues = build_cues([Utterance(0, clock, text, language, tuple(words))] if words else [], clock)
    plain = {",": "，", "?": "？"} if language == "zh" else {}
    assert [plain.get(c, c) for c in whole(cues)] == [plain.get(c, c) for c in letters(text)]
    assert all(cue.start_ms < cue.end_ms and all(cue.lines) for cue in cues)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))
