"""What memory and terms make of a segment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from immediate import ImmediateInference, word_by_word
from langsupport.domain.matches import NEGATION_MOST, NUMBERS_MOST, SYMBOLS_MOST, MatchKind, MemoryUnit, UnitOrigin
from langsupport.domain.terms import Concept, Term, TermStatus
from langsupport.domain.units import CodedText, CodeKind, InlineCode, Origin, Segment
from langsupport.pipelines.leverage import MOST_HINTS, Asked, from_memory, hints, matches, term_findings
from langsupport.pipelines.translation import translate_segments
from langsupport.text.term_matcher import TermMatcher

LONG = "The Council, meeting in Geneva at the invitation of the Swiss Confederation, having examined the reports"


def unit(source: str, target: str = "x", language: str = "en", **more: object) -> MemoryUnit:
    return MemoryUnit(CodedText(source), CodedText(target), language, "fr", **more)  # type: ignore[arg-type]


def asked(text: str, language: str = "en", **more: str) -> Asked:
    return Asked(CodedText(text), language, "fr", **more)


@pytest.mark.parametrize(
    "language, now, then, most",
    [
        ("en", f"{LONG}, decides it shall be so.", f"{LONG}, decides it shall not be so.", NEGATION_MOST),
        ("en", f"{LONG} and 3 letters, agrees.", f"{LONG} and 4 letters, objects.", NUMBERS_MOST),
        ("en", f"{LONG} in ITU-T Y.4903, agrees.", f"{LONG} in ITU-T Y.4908, agreed.", SYMBOLS_MOST),
        (
            "ru",
            "Совет, рассмотрев все доклады, это одобряет.",
            "Совет, рассмотрев все доклады, не одобряет.",
            NEGATION_MOST,
        ),
        (
            "es",
            "El Consejo, vistos los informes, lo aprueba.",
            "El Consejo, vistos los informes, no aprueba.",
            NEGATION_MOST,
        ),
        (
            "ar",
            "إن المجلس وقد نظر في التقارير يوافق عليها",
            "إن المجلس وقد نظر في التقارير لا يوافق عليها",
            NEGATION_MOST,
        ),
        ("zh", "理事会审议了所有报告和来函之后予以通过", "理事会审议了所有报告和来函之后不予以通过", NEGATION_MOST),
    ],
)
def test_what_matters_caps_a_match(language: str, now: str, then: str, most: int) -> None:
    (found,) = matches(asked(now, language), [unit(then, language=language)], 50)
    assert (found.kind, found.score) == (MatchKind.FUZZY, most)


def test_one_word_among_many_is_nearly_the_same() -> None:
    (found,) = matches(asked(f"{LONG}, agrees."), [unit(f"{LONG}, objects.")])
    assert 90 <= found.score <= 99


def test_case_and_spaces() -> None:
    found = matches(asked("The  meeting\u00a0is open"), [unit("The meeting is open"), unit("the meeting is open")])
    assert [(match.kind, match.score) for match in found] == [(MatchKind.EXACT, 100), (MatchKind.FUZZY, 99)]


def segment_of(text: str, *codes: tuple[int, InlineCode]) -> Segment:
    return Segment("u", 0, CodedText(text, codes))


def test_the_context_decides_among_translations() -> None:
    units = [unit("Yes.", "Oui."), unit("Yes.", "Si.", before="No?", after="Good."), unit("Yes.", "Oui-da.")]
    best = from_memory(segment_of("Yes."), matches(asked("Yes.", before="No?", after="Good."), units), "en", "fr")
    assert best is not None and (best.origin, best.target.text, best.findings) == (Origin.CONTEXT, "Si.", ())
    other = from_memory(segment_of("Yes."), matches(asked("Yes."), units), "en", "fr")
    assert other is not None and other.origin is Origin.EXACT
    assert [finding.code for finding in other.findings] == ["memory-ambiguous"]


def test_what_is_not_sure_does_not_come_before_the_machine() -> None:
    aligned, fuzzy = unit("Yes.", origin=UnitOrigin.ALIGNED), unit("Yes!")
    assert from_memory(segment_of("Yes."), matches(asked("Yes."), [aligned, fuzzy], 50), "en", "fr") is None


def test_no_code_is_lost_or_invented() -> None:
    bold = (4, InlineCode(7, CodeKind.OPEN)), (8, InlineCode(7, CodeKind.CLOSE))
    segment = segment_of("The word is here", *bold)
    coded = replace(unit("The word is here", "Le mot est là"), target=CodedText("Le mot", ((0, bold[0][1]),)))
    for known in (unit("The word is here", "Le mot est là"), coded):
        question = Asked(segment.source, "en", "fr")
        made = from_memory(segment, matches(question, [known]), "en", "fr")
        assert made is not None
        wanted = segment.source.renumbered(segment.source.canonical_ids()).code_counts()
        assert made.target.code_counts() == wanted


def concept(key: str, english: str, french: str, status: TermStatus = TermStatus.PREFERRED) -> Concept:
    return Concept(key, (Term("en", english), Term("fr", french, status)))


def test_hints_are_terms_and_the_closest_match_and_not_too_many() -> None:
    words = [letter * 3 for letter in "bcdfghjklmnpqrtv"]
    matcher, text = TermMatcher([concept(word, word, f"mot {word}") for word in words], "en"), " ".join(words)
    given = hints(text, "fr", matches(asked(text), [unit(f"{text} more", "encore")]), matcher)
    assert len(given) == MOST_HINTS and given[0] == ("bbb", "mot bbb") and given[-1] == (f"{text} more", "encore")
    assert hints("nothing", "fr", matches(asked("nothing"), [unit("something else")], 1), None) == ()
    numbers = matches(asked("Item 4."), [unit("Item 3.", "Point 3.")])
    assert hints("Item 4.", "fr", numbers, None) == (("Item 4.", "Point 4."),)


def test_hints_reach_the_engine_with_their_segment() -> None:
    inference = ImmediateInference(word_by_word(str.upper))
    segments = [segment_of("the report"), segment_of("the agenda")]
    pairs = (("report", "rapport"),)
    translate_segments(inference, segments, "en", "fr", terms={segments[0].key: pairs})
    assert {request.text: request.terms for request in inference.requests} == {"the report": pairs, "the agenda": ()}


def test_findings_on_terms() -> None:
    concepts = [concept("report", "report", "rapport"), concept("bad", "chair", "chaise", TermStatus.FORBIDDEN)]
    here, there = TermMatcher(concepts, "en"), TermMatcher(concepts, "fr")
    found = term_findings("The reports of the chair", "Les comptes de la chaise", here, there, "fr")
    assert [(finding.code, dict(finding.fields)) for finding in found] == [
        ("term-missing", {"text": "reports", "term": "rapport"}),
        ("term-forbidden", {"text": "chaise"}),
    ]
    assert term_findings("The reports", "Les rapports", here, there, "fr") == []
