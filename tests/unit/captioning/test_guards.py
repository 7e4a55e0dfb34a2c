from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from langsupport.captioning.guards import Rejection, has_loop, judge, review
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import Utterance, Word


@dataclass(frozen=True)
class Span:
    start_ms: int
    end_ms: int
    confidence: float


VOICE = [Span(0, 4_000, 0.92)]
MUSIC = [Span(0, 4_000, 0.5)]


def said(text: str, language: str = "en", **more: float) -> Utterance:
    values = {"start_ms": 0, "end_ms": 4_000, "log_probability": -0.3, "tokens": len(text) // 4 + 1, **more}
    return Utterance(text=text, language=language, **values)  # type: ignore[arg-type]


ENDINGS = {
    "ar": "اشتركوا في القناة",
    "zh": "字幕由志愿者提供",
    "en": "Thanks for watching!",
    "fr": "Sous-titres réalisés par la communauté d'Amara.org",
    "ru": "Редактор субтитров А.Семкин Корректор А.Егорова",
    "es": "Subtítulos por la comunidad de Amara.org",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_stock_phrases_fall_only_where_the_voice_is_weak(language: str) -> None:
    utterance = said(ENDINGS[language], language)
    assert judge(utterance, MUSIC) is Rejection.STOCK_PHRASE
    assert judge(utterance, VOICE) is None


def test_a_sentence_that_holds_such_words_is_no_stock_phrase() -> None:
    assert judge(said("Thank you for watching over the drafting of this Resolution."), MUSIC) is None


@pytest.mark.parametrize(
    ("utterance", "reason"),
    [
        (said("…"), Rejection.EMPTY),
        (said("♪ ♪"), Rejection.EMPTY),
        (said("I see", no_speech_probability=0.9, log_probability=-1.4), Rejection.SILENCE),
        (said("and the report and the report and the report and the report"), Rejection.LOOP),
        (said("会议结束了会议结束了会议结束了会议结束了", "zh"), Rejection.LOOP),
        (said("words", compression_ratio=3.1), Rejection.LOOP),
        (said("a great many words", tokens=120, end_ms=1_000), Rejection.RUNAWAY),
        (said("A clear sentence.", start_ms=9_000, end_ms=11_000), Rejection.NO_VOICE),
    ],
)
def test_rejections(utterance: Utterance, reason: Rejection) -> None:
    assert judge(utterance, VOICE) is reason


def test_words_that_are_sure_are_believed_over_a_weak_voice() -> None:
    sure = (Word(0, 500, " You're", 0.9), Word(500, 900, " right.", 0.8))
    doubtful = (Word(0, 500, " You're", 0.6), Word(500, 900, " right.", 0.7))
    assert judge(replace(said("You're right.", log_probability=-0.9), words=sure), MUSIC) is None
    assert judge(replace(said("You're right."), words=doubtful), MUSIC) is Rejection.WEAK_VOICE


def test_doubtful_text_over_a_weak_voice_is_rejected() -> None:
    assert judge(said("Let us go.", log_probability=-0.9), MUSIC) is Rejection.WEAK_VOICE
    assert judge(said("Let us go.", log_probability=-0.9), VOICE) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("No, no, no, that is not what the delegation said.", "en"),
        ("好好好，谢谢大家", "zh"),
        ("1 000 000 000 000", "fr"),
        ("Article 5, Article 6, Article 7, Article 8", "en"),
        ("ha ha ha ha", "en"),
    ],
)
def test_emphasis_and_lists_are_no_loops(text: str, language: str) -> None:
    assert not has_loop(text, language)


def test_review_sorts() -> None:
    kept, rejected = review([said("A clear sentence."), said("...")], VOICE)
    assert [u.text for u in kept] == ["A clear sentence."]
    assert [r.reason for r in rejected] == [Rejection.EMPTY]
