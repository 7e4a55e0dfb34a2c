"""Which language a text is in; what is none of the six is reported as itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from langsupport.domain.languages import LANGUAGES
from langsupport.text.identify import identify, identify_document

DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))

# Article 1 of the Universal Declaration of Human Rights (United Nations).
ARTICLE_1 = {
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق، وقد وهبوا عقلاً وضميراً.",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神互相对待。",
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with reason.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos, dotados como están de razón.",
    "fa": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان می‌باشند.",
    "ur": "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل ودیعت ہوئی ہے۔",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю.",
    "be": "Усе людзі нараджаюцца свабоднымі і роўнымі ў сваёй годнасці і правах. Яны надзелены розумам і сумленнем.",
    "bg": "Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест.",
    "sr": "Сва људска бића рађају се слободна и једнака у достојанству и правима. Она су обдарена разумом и свешћу.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione.",
    "ca": "Tots els éssers humans neixen lliures i iguals en dignitat i en drets. Són dotats de raó.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt.",
    "ro": "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune.",
    "zh-Hant": "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神互相對待。",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
}


@pytest.mark.parametrize("code", ARTICLE_1)
def test_one_sentence_of_each_language(code: str) -> None:
    found = identify(ARTICLE_1[code])
    expected = (code, None) if code in LANGUAGES else (None, code)
    assert (found.language, found.reported) == expected
    assert found.confidence > 0.8
    assert identify(ARTICLE_1[code]) == found


@pytest.mark.parametrize("code", LANGUAGES)
def test_sentences_and_openings_of_flores(code: str) -> None:
    file = DATA / "text" / "flores_dev" / f"{code}.txt"
    if not file.is_file():
        pytest.skip("FLORES-200 dev is not in the test data")
    lines = file.read_text(encoding="utf-8").splitlines()[::4]
    right = sum(identify(line).language == code for line in lines)
    assert right / len(lines) > 0.99
    short = [identify(line[:9] if code == "zh" else " ".join(line.split()[:3])) for line in lines]
    assert sum(found.language == code for found in short) / len(short) > 0.8
    wrong = [f for f in short if (f.language or f.reported) not in {code, None}]
    assert len(wrong) / len(short) < 0.06


@pytest.mark.parametrize("text", ["", "   ", "12 345,6 %", "ITU-T Y.4903/L.1603 (10/2016)", "https://www.itu.int/fr/"])
def test_what_has_no_words_has_no_language(text: str) -> None:
    found = identify(text)
    assert (found.language, found.reported) == (None, None)


@pytest.mark.parametrize("text", ["Mali", "OK", "Article 2", "Vol. 3"])
def test_little_evidence_gives_little_confidence(text: str) -> None:
    assert identify(text).confidence < 0.9


@pytest.mark.parametrize(("text", "code"), [("Права человека", "ru"), ("المادة الأولى", "ar"), ("第一条", "zh"),
                                            ("Terms and definitions", "en"), ("Ordre du jour de la réunion", "fr"),
                                            ("Orden del día de la reunión", "es")])  # fmt: skip
def test_headings(text: str, code: str) -> None:
    assert identify(text).language == code


def test_foreign_names_do_not_turn_a_text() -> None:
    assert identify("根据ISO/IEC 5230:2020和OpenChain Conformance Specification，供应商应遵守要求。").language == "zh"
    text = "Выступил делегат из города Київ г-н Иванов, который поддержал предложение группы и задал вопросы."
    assert identify(text).language == "ru"


def test_a_mixed_document_shows_its_shares() -> None:
    found = identify_document([ARTICLE_1["fr"]] * 6 + [ARTICLE_1["en"]] * 2 + ["Annexe A", "3", ""])
    assert found.language == "fr"
    assert 0.15 < found.shares["en"] < 0.35
    assert sum(found.shares.values()) <= 1.0001
    assert identify("\n".join([ARTICLE_1["ar"]] * 3 + [ARTICLE_1["es"]])).language == "ar"


def test_nothing_in_a_document() -> None:
    assert identify_document([]).language is None
    assert identify_document(["", "42"]).reported is None


@pytest.mark.parametrize(
    ("name", "language", "reported"),
    [
        ("right_to_left_03.pdf", None, "fa"),
        ("right_to_left_01.pdf", "ar", None),
        ("dyslexia_RU.pdf", "ru", None),
        ("spn.pdf", "es", None),
    ],
)
def test_real_documents(name: str, language: str | None, reported: str | None) -> None:
    file = DATA / "documents" / name
    if not file.is_file():
        pytest.skip(f"{name} is not in the test data")
    try:
        text = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed")
    found = identify_document(text.split("\n\n"))
    assert (found.language, found.reported) == (language, reported)
