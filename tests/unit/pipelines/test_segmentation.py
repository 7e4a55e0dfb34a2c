import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.units import CodedText, CodeKind, InlineCode, TranslationUnit, join
from langsupport.pipelines.segmentation import joined, pieces, unit_language

TAB = InlineCode(9, CodeKind.SINGLE, "tab")
BREAK = InlineCode(8, CodeKind.SINGLE, "break")
NOTE = InlineCode(7, CodeKind.SINGLE, "note")
FIELD, LAST = InlineCode(5, CodeKind.SINGLE, "field"), InlineCode(6, CodeKind.SINGLE, "field")


def segments(unit: TranslationUnit, language: str = "en") -> list[str]:
    return [piece.text.text for piece in pieces(unit, language) if piece.is_segment]


def unit(text: str, *codes: tuple[int, InlineCode]) -> TranslationUnit:
    return TranslationUnit("u", CodedText(text, codes))


@given(
    st.text(alphabet="Aa é.!? 中。،.ж1\n", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([TAB, BREAK, NOTE])), max_size=5),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_no_character_and_no_code_is_lost(text: str, codes: list[tuple[int, InlineCode]], language: str) -> None:
    placed = tuple(sorted(((min(p, len(text)), code) for p, code in codes), key=lambda entry: entry[0]))
    whole = TranslationUnit("u", CodedText(text, placed))
    assert join(piece.text for piece in pieces(whole, language)) == whole.source


def test_a_tab_separates_a_number_from_its_heading() -> None:
    assert segments(unit("1.2Scope of the meeting", (3, TAB))) == ["1.2", "Scope of the meeting"]


def test_a_field_at_the_end_belongs_to_the_sentence() -> None:
    (page,) = [piece for piece in pieces(unit("Page  of ", (5, FIELD), (9, LAST)), "en") if piece.is_segment]
    assert [code for _, code in page.text.codes] == [FIELD, LAST]


def test_a_line_break_inside_a_sentence_does_not_cut_it() -> None:
    assert segments(unit("The Council decided toadopt the report.", (22, BREAK))) == [
        "The Council decided toadopt the report."
    ]


def test_a_line_break_before_a_new_line_of_thought_cuts() -> None:
    assert segments(unit("Place des NationsGeneva", (17, BREAK))) == ["Place des Nations", "Geneva"]


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "zh", "One sentence. Another one.", "AB"),
        ("zh", "en", "第一句话。第二句话。", "A B"),
        ("en", "fr", "One sentence. Another one.", "A B"),
    ],
)
def test_space_between_sentences_follows_the_target_language(
    source: str, target: str, text: str, expected: str
) -> None:
    parts = pieces(unit(text), source)
    assert joined(parts, lambda index: CodedText("AB"[index]), source, target).text == expected


def test_a_note_reference_between_sentences_stays_between_them() -> None:
    parts = pieces(unit("One sentence. Another one.", (13, NOTE)), "en")
    assert joined(parts, lambda index: CodedText("甲乙"[index]), "en", "zh") == CodedText("甲乙", ((1, NOTE),))


def test_a_quotation_in_another_language_is_noticed() -> None:
    french = unit("Les délégations des pays membres ont approuvé le rapport de la commission sans aucune modification.")
    assert unit_language(french, "en") == "fr"
    assert unit_language(unit("Rapport final"), "en") == "en"  # too short to be sure
