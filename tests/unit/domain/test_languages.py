import pytest

from langsupport.domain.languages import DIRECTIONS, LANGUAGES, Script, language, script_counts, script_of
from langsupport.errors import UnsupportedLanguage


def test_six_languages_and_thirty_directions() -> None:
    assert set(LANGUAGES) == {"ar", "zh", "en", "fr", "ru", "es"}
    assert len(DIRECTIONS) == 30


@pytest.mark.parametrize(
    ("given", "code"), [("FR", "fr"), ("fr-CA", "fr"), ("zh_Hans", "zh"), ("zh-CN", "zh"), (" ar ", "ar")]
)
def test_usual_spellings_are_understood(given: str, code: str) -> None:
    assert language(given).code == code


@pytest.mark.parametrize("given", ["zh-TW", "zh-Hant-HK", "pt", "", "french"])
def test_other_languages_are_refused_by_name(given: str) -> None:
    with pytest.raises(UnsupportedLanguage, match="ar, zh, en, fr, ru and es"):
        language(given)


@pytest.mark.parametrize("record", LANGUAGES.values(), ids=lambda record: record.code)
def test_each_language_writes_its_own_name_in_its_own_script(record) -> None:
    assert set(script_counts(record.endonym)) == {record.script}


def test_digits_and_punctuation_have_no_script() -> None:
    assert script_of("7") is script_of("،") is script_of(" ") is None
    assert script_of("ж") is Script.CYRILLIC
