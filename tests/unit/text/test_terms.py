"""Terms in running text of six languages."""

from __future__ import annotations

import pytest

from langsupport.domain.terms import Concept, Term, TermStatus, forbidden_terms, missing_terms, pairs_for
from langsupport.text.term_matcher import TermMatcher

STATE = Concept(
    "member state",
    (
        Term("en", "Member State"),
        Term("en", "member country", TermStatus.FORBIDDEN),
        Term("fr", "État Membre"),
        Term("es", "Estado Miembro"),
        Term("ru", "государство-член"),
        Term("ar", "دولة عضو"),
        Term("zh", "成员国"),
    ),
)
ADVICE = Concept(
    "recommendation",
    (
        Term("en", "Recommendation"),
        Term("fr", "Recommandation"),
        Term("es", "Recomendación"),
        Term("ru", "Рекомендация"),
        Term("ar", "توصية"),
        Term("zh", "建议书"),
    ),
)
OTHERS = (
    Concept("member", (Term("zh", "成员"), Term("en", "member"))),
    Concept("IT", (Term("en", "IT"), Term("zh", "AI"))),
)
ALL = (STATE, ADVICE, *OTHERS)


@pytest.mark.parametrize(
    "language, text, found",
    [
        ("en", "All Member States adopted two Recommendations.", ["Member States", "Recommendations"]),
        ("fr", "Les États Membres et la recommandation", ["États Membres", "recommandation"]),
        ("es", "los Estados Miembros, las Recomendaciones", ["Estados Miembros", "Recomendaciones"]),
        ("ru", "государствами-членами и Рекомендациями", ["государствами-членами", "Рекомендациями"]),
        ("ar", "التوصيات وبتوصية والتوصية ودولة عضو", ["التوصيات", "وبتوصية", "والتوصية", "ودولة عضو"]),
        ("zh", "各成员国和其他成员通过本建议书", ["成员国", "成员", "建议书"]),
    ],
)
def test_terms_are_found_as_they_stand_in_a_sentence(language: str, text: str, found: list[str]) -> None:
    hits = TermMatcher(ALL, language).find(text)
    assert [hit.text for hit in hits] == found
    assert all(text[hit.start : hit.end] == hit.text for hit in hits)


def test_the_longest_term_wins_and_sentences_part_terms() -> None:
    matcher = TermMatcher(ALL, "en")
    assert [hit.concept.key for hit in matcher.find("a Member State and a member")] == ["member state", "member"]
    assert [hit.text for hit in matcher.find("a member; state it")] == ["member"]


def test_capitals_stay_capitals() -> None:
    assert [hit.text for hit in TermMatcher(ALL, "en").find("it is for IT people")] == ["IT"]
    assert [hit.text for hit in TermMatcher(ALL, "zh").find("使用AI，MAIN，ai")] == ["AI"]


def test_what_a_translation_makes_of_terms() -> None:
    hits = TermMatcher(ALL, "fr").find("Les États Membres suivent la Recommandation.")
    assert pairs_for(hits, "en") == (("États Membres", "Member State"), ("Recommandation", "Recommendation"))
    there = TermMatcher(ALL, "en").find("Member countries follow the Recommendation.")
    assert [(hit.text, term.text) for hit, term in missing_terms(hits, there, "en")] == [
        ("États Membres", "Member State")
    ]
    assert [hit.text for hit in forbidden_terms(there)] == ["Member countries"]
    good = TermMatcher(ALL, "en").find("Member States follow the Recommendation.")
    assert not missing_terms(hits, good, "en") and not forbidden_terms(good)
