import pytest

from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.text.edges import label_length, spaced_like, with_end_mark, without_stray_spaces

FIELD, NOTE = InlineCode(1, CodeKind.SINGLE, "field"), InlineCode(2, CodeKind.SINGLE, "note")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("1.1.1 A policy exists.", "1.1.1 "),
        ("1) A policy exists.", "1) "),
        ("(a) the report", "(a) "),
        ("ii) the report", "ii) "),
        ("– the report", "– "),
        ("• 2.1 The report", "• 2.1 "),
        ("а) доклад", "а) "),
        ("2017 was a year", ""),
        ("25 members voted", ""),
        ("3.5 million people", ""),
        ("A) ", ""),
        ("(see) the report", ""),
        ("-5 degrees", ""),
    ],
)
def test_list_labels(text: str, label: str) -> None:
    assert text[: label_length(text)] == label


@pytest.mark.parametrize(
    ("source", "target", "language", "expected"),
    [
        (
            "The following apply:",
            "Les éléments suivants s’appliquent.",
            "fr",
            "Les éléments suivants s’appliquent\u00a0:",
        ),
        ("The following apply:", "适用以下内容", "zh", "适用以下内容："),
        ("the report;", "التقرير", "ar", "التقرير؛"),
        ("Raison :", "Reason:", "en", "Reason:"),
        ("The end.", "Fin.", "fr", "Fin."),
        ("The following apply:", "", "fr", ""),
    ],
)
def test_end_marks(source: str, target: str, language: str, expected: str) -> None:
    assert with_end_mark(source, target, language) == expected


def test_a_page_number_keeps_its_distance() -> None:
    source = CodedText("Page  of ", ((5, FIELD), (9, NOTE)))
    target = spaced_like(source, CodedText("Página de", ((6, FIELD), (9, NOTE))), "es")
    assert target == CodedText("Página  de", ((7, FIELD), (10, NOTE)))


def test_no_space_is_made_in_chinese() -> None:
    source = CodedText("Page  of", ((5, FIELD),))
    assert spaced_like(source, CodedText("第页", ((1, FIELD),)), "zh") == CodedText("第页", ((1, FIELD),))


def test_no_space_is_left_before_a_full_stop() -> None:
    target = CodedText("Voir le programme .", ((5, FIELD), (17, NOTE), (18, FIELD)))
    mended = without_stray_spaces("See the programme.", target)
    assert mended == CodedText("Voir le programme.", ((5, FIELD), (17, NOTE), (17, FIELD)))
    assert without_stray_spaces("one , two", target) is target
