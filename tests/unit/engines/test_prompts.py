"""What an instruction-following model is asked, and what is taken off its answer."""

from __future__ import annotations

import pytest

from langsupport.engines.prompts import CHAT_FORMATS, static_prompt, without_echo
from langsupport.engines.protocols import TranslationRequest

CHAT = CHAT_FORMATS["chatml"]
TERMS = (("focal point", "координатор"),)


def test_an_adapted_model_is_asked_in_the_words_that_it_learned() -> None:
    assert static_prompt(CHAT, "en", "zh", style="adapted") == (
        "<|im_start|>user\nTranslate from English into Chinese:\n"
    )
    assert "Simplified Chinese" in static_prompt(CHAT, "en", "zh")
    assert static_prompt(CHAT, "en", "fr", 1, "adapted") == static_prompt(CHAT, "en", "fr", 1)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("[Используйте термин: координатор] Каждый координатор отчитается.", "Каждый координатор отчитается."),
        ("[Термин]\nКаждый координатор отчитается.", "Каждый координатор отчитается."),
        ("Каждый координатор [1] отчитается.", "Каждый координатор [1] отчитается."),
        ("[Термин]", "[Термин]"),
    ],
)
def test_translated_requirements_are_taken_off(said: str, left: str) -> None:
    request = TranslationRequest("Each focal point reports.", "en", "ru", terms=TERMS)
    assert without_echo(said, request, 0) == left


def test_brackets_of_the_text_itself_stay() -> None:
    said = "[Проект] Доклад"
    assert without_echo(said, TranslationRequest("[Draft] Report", "en", "ru", terms=TERMS), 0) == said
    assert without_echo(said, TranslationRequest("Report", "en", "ru"), 0) == said
