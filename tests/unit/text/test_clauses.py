"""Where clauses of a growing text end, and how a translation goes on behind what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.languages import LANGUAGES
from langsupport.text.clauses import ends_sentence, gone_on, hidden, last_clause_end, length


@pytest.mark.parametrize(
    ("language", "text", "clause"),
    [
        ("en", "The meeting is open, and we", "The meeting is open,"),
        ("en", "The meeting is open. We adopt it; then", "The meeting is open. We adopt it;"),
        ("en", "He said: “Yes.” And", "He said: “Yes.”"),
        ("en", "We need 1,000 of them at 3.5", ""),
        ("en", "We thank Mr. Smith and Dr. Jones", ""),
        ("en", "Does it end?", "Does it end?"),
        ("fr", "Il a dit : « Oui. » Et", "Il a dit : « Oui. »"),
        ("fr", "Merci ; je donne", "Merci ;"),
        ("es", "¿Está abierta? No", "¿Está abierta?"),
        ("ru", "Заседание открыто; слово", "Заседание открыто;"),
        ("ar", "افتتح الاجتماع، ونشكر الرئيس", "افتتح الاجتماع،"),
        ("ar", "هل افتتح الاجتماع؟ نعم؛ ثم", "هل افتتح الاجتماع؟ نعم؛"),
        ("zh", "会议开始，我们感谢", "会议开始，"),
        ("zh", "会议开始。主席说：“好！”然后", "会议开始。主席说：“好！”"),
        ("zh", "我们有苹果、梨", ""),
    ],
)
def test_the_last_clause_that_is_complete(language: str, text: str, clause: str) -> None:
    assert text[: last_clause_end(text, 0, language)] == clause
    assert last_clause_end(text, len(clause), language) == len(clause)


def test_length_is_words_or_characters_of_chinese() -> None:
    assert length("We adopt A/RES/70/1 — now .", "en") == 4
    assert length("会议，开始。", "zh") == 4


def test_a_sentence_ends_behind_its_quotes() -> None:
    assert ends_sentence("“Yes.” ")
    assert ends_sentence("会议开始。")
    assert ends_sentence("هل افتتح الاجتماع؟")
    assert not ends_sentence("Yes,")
    assert not ends_sentence("")


@pytest.mark.parametrize(
    ("language", "prefix", "text", "complete", "expected"),
    [
        ("fr", "La séance", "La séance est ouverte.", False, "La séance est ouverte"),
        ("fr", "La séance", "La séance est ouverte.", True, "La séance est ouverte."),
        ("fr", "", " La séance…", False, "La séance"),
        ("fr", "Aux", "Aux U.S.", False, "Aux U.S."),
        ("fr", "Fin.", "Fin.Nous", True, "Fin. Nous"),
        ("fr", "Oui,", "Oui,  nous\n", True, "Oui, nous"),
        ("fr", "réunion", "réunions", True, "réunions"),
        ("zh", "会议", "会议 开始。", False, "会议开始"),
        ("zh", "", "会议 开始 了。", True, "会议开始了。"),
        ("zh", "见文件", "见文件 TD 123。", True, "见文件 TD 123。"),
        ("ar", "افتتح", "افتتح الاجتماع.", False, "افتتح الاجتماع"),
    ],
)
def test_a_translation_goes_on(language: str, prefix: str, text: str, complete: bool, expected: str) -> None:
    assert gone_on(prefix, text, language, complete=complete) == expected


@pytest.mark.parametrize(
    ("language", "text", "count", "expected"),
    [
        ("fr", "La séance est bien ouverte", 2, " est"),
        ("fr", "La séance est bien ouverte", 0, " est bien ouverte"),
        ("fr", "La séance est", 2, ""),
        ("fr", "La séance", 2, ""),
        ("zh", "La séance会议开始了", 3, "会议"),
        ("zh", "La séance会", 3, ""),
    ],
)
def test_a_preview_hides_its_end(language: str, text: str, count: int, expected: str) -> None:
    assert hidden("La séance", text, count, language) == expected


TEXTS = st.text("ab 会议。.,… é\n", max_size=12)


@given(st.sampled_from(sorted(LANGUAGES)), TEXTS, TEXTS)
def test_what_is_shown_is_never_changed(language: str, prefix: str, addition: str) -> None:
    prefix = prefix.rstrip()
    for complete in (True, False):
        text = gone_on(prefix, prefix + addition, language, complete=complete)
        assert text.startswith(prefix)
        assert text == text.rstrip()
        assert "\n" not in text[len(prefix) :]
    shown = prefix + hidden(prefix, prefix + addition, 2, language)
    assert (prefix + addition).startswith(shown)
