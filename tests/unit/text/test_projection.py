"""Codes come back: always all of them, properly nested, and where a person would put them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.domain.codes import nesting_kept, same_codes, well_nested
from langsupport.domain.units import CodedText, CodeKind, InlineCode
from langsupport.text.projection import from_markers, project, with_markers

WORDS = {
    "en": "The Council of ITU-T Y.4903/L.1603 met 2016 in Geneva , and shall not 3.5 million a TD 123 (PLEN) . see",
    "fr": "Le Conseil de l’UIT ITU-T Y.4903/L.1603 s’est réuni en 2016 à Genève , 3,5 millions TD 123 (PLEN) .",
    "ru": "Совет МСЭ собрался в Женеве 2016 году , не должен ITU-T Y.4903/L.1603 . TD 123 (PLEN) 3,5 млн",
    "zh": "理事会 于 2016 年 在 日内瓦 举行 会议 。 ITU-T Y.4903/L.1603 350万 TD 123 (PLEN)",
    "ar": "اجتمع المجلس في جنيف 2016 ، لا يجوز ITU-T Y.4903/L.1603 . TD 123 (PLEN) ٣٫٥ e\u0301",
}


def coded(marked: str, role: str = "format") -> CodedText:
    """A CodedText from text with markers: ⟦1⟧bold⟦/1⟧, ⟦2/⟧ (a note reference)."""
    text, codes, position = "", [], 0
    for match in re.finditer(r"⟦(/?)(\d+)(/?)⟧", marked):
        text += marked[position : match.start()]
        position = match.end()
        kind = CodeKind.CLOSE if match[1] else CodeKind.SINGLE if match[3] else CodeKind.OPEN
        codes.append((len(text), InlineCode(int(match[2]), kind, "note" if match[3] else role)))
    return CodedText(text + marked[position:], tuple(codes))


@st.composite
def texts(draw: st.DrawFn, language: str) -> str:
    words = draw(st.lists(st.sampled_from(WORDS[language].split(" ")), max_size=14))
    return ("" if language == "zh" else " ").join(words)


@st.composite
def balanced(draw: st.DrawFn, language: str) -> CodedText:
    """A well-nested text: whole pairs, halves of pairs that reach over the edges, single codes."""
    text = draw(texts(language))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10)))
    codes: list[tuple[int, InlineCode]] = []
    stack: list[int] = []
    next_id = 0
    for place in places:
        choice = draw(st.sampled_from(["open", "close", "note", "tab"]))
        if choice == "close" and stack:
            codes.append((place, InlineCode(stack.pop(), CodeKind.CLOSE)))
        elif choice in {"open", "close"}:
            if choice == "open":
                stack.append(next_id)
            codes.append((place, InlineCode(next_id, CodeKind.OPEN if choice == "open" else CodeKind.CLOSE)))
            next_id += 1
        else:
            codes.append((place, InlineCode(next_id, CodeKind.SINGLE, choice)))
            next_id += 1
    return CodedText(text, tuple(codes))


@st.composite
def alignments(draw: st.DrawFn, source: str, target: str) -> list[tuple[int, int, int, int]]:
    if not source or not target:
        return []
    spans = []
    for _ in range(draw(st.integers(0, 6))):
        a, c = draw(st.integers(0, len(source) - 1)), draw(st.integers(0, len(target) - 1))
        spans.append((a, draw(st.integers(a + 1, len(source))), c, draw(st.integers(c + 1, len(target)))))
    return spans


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_nothing_is_lost_and_pairs_stay_nested(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["fr", "ru", "zh", "ar"]))
    source = data.draw(balanced("en"))
    target = data.draw(texts(language))
    spans = data.draw(st.one_of(st.none(), alignments(source.text, target)))
    assert well_nested(source) or any(c.kind is CodeKind.CLOSE for _, c in source.codes)
    placed = project(source, target, spans, "en", language).target
    assert placed.text == target
    assert same_codes(source, placed)
    assert nesting_kept(source, placed)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_codes_survive_even_when_the_source_is_not_nested(data: st.DataObject) -> None:
    text = data.draw(texts("en"))
    ids = st.builds(InlineCode, st.integers(0, 3), st.sampled_from(list(CodeKind)))
    codes = data.draw(st.lists(st.tuples(st.integers(0, len(text)), ids), max_size=8))
    source = CodedText(text, tuple(sorted(codes, key=lambda c: c[0])))
    placed = project(source, data.draw(texts("zh")), None, "en", "zh").target
    assert same_codes(source, placed)


@settings(max_examples=150, deadline=None)
@given(balanced("en"))
def test_an_identical_target_keeps_every_place(source: CodedText) -> None:
    assert project(source, source.text, None, "en", "en").target == source


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_codes_never_stand_inside_an_entity_or_a_grapheme(data: st.DataObject) -> None:
    source = data.draw(balanced("en"))
    target = data.draw(texts("ar")) + " ITU-T Y.4903/L.1603 cafe\u0301"
    for place, _ in project(source, target, None, "en", "ar").target.codes:
        assert not re.match("[\u0300-\u036f]", target[place : place + 1])
        for match in re.finditer(r"TD 123 \(PLEN\)|ITU-T Y\.4903/L\.1603", target):
            inside_source = match.group() in source.text  # then a code may stand where it stood in the source
            assert inside_source or not match.start() < place < match.end()


@settings(max_examples=200, deadline=None)
@given(balanced("en"))
def test_markers_go_there_and_back(source: CodedText) -> None:
    marked = with_markers(source)
    back = from_markers(source, marked)
    if source.text == " ".join(source.text.split()):
        assert back == source
        assert from_markers(source, marked.replace("⟦", "【").replace("⟧", "】")) == source
    for _, code in source.codes[:1]:
        assert from_markers(source, marked.replace("⟦", "", 1)) is None or code is None
        assert from_markers(source, marked + marked[marked.index("⟦") : marked.index("⟧") + 1]) is None


@pytest.mark.parametrize(
    ("source", "target", "language", "expected"),
    [
        ("⟦1⟧Bold whole.⟦/1⟧", "Tout en gras.", "fr", "⟦1⟧Tout en gras.⟦/1⟧"),
        ("See ⟦1⟧ITU-T E.119⟦/1⟧ now.", "Voir maintenant ITU-T E.119.", "fr", "Voir maintenant ⟦1⟧ITU-T E.119⟦/1⟧."),
        ("In ⟦1⟧2016⟦/1⟧, 193 States met.", "193 государства собрались в 2016 году.", "ru",
         "193 государства собрались в ⟦1⟧2016⟦/1⟧ году."),
        ("It met in Geneva.⟦1/⟧", "会议在日内瓦举行。", "zh", "会议在日内瓦举行。⟦1/⟧"),
        ("It met in Geneva⟦1/⟧.", "اجتمع في جنيف.", "ar", "اجتمع في جنيف⟦1/⟧."),
        ("⟦1⟧Note⟦/1⟧ ⟦2⟧text⟦/2⟧", "Nota texto", "es", "⟦1⟧Nota⟦/1⟧ ⟦2⟧texto⟦/2⟧"),
        ("Visit ⟦1⟧www.itu.int⟦/1⟧ today", "今天访问www.itu.int", "zh", "今天访问⟦1⟧www.itu.int⟦/1⟧"),
    ],
)  # fmt: skip
def test_codes_land_where_people_put_them(source: str, target: str, language: str, expected: str) -> None:
    assert with_markers(project(coded(source), target, None, "en", language).target) == expected


def test_alignment_is_followed_when_given() -> None:
    source = coded("the ⟦1⟧red⟦/1⟧ house")
    placed = project(source, "la maison rouge", [(0, 3, 0, 2), (4, 7, 10, 15), (8, 13, 3, 9)], "en", "fr")
    assert with_markers(placed.target) == "la maison ⟦1⟧rouge⟦/1⟧"
    assert placed.certain


def test_a_guess_says_so() -> None:
    assert not project(coded("one ⟦1⟧two⟦/1⟧ three"), "alpha beta gamma", None, "en", "fr").certain


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("La ⟦1⟧maison⟦/1⟧ rouge⟦2/⟧.", "La ⟦1⟧maison⟦/1⟧ rouge⟦2/⟧."),
        ("La 【1】 maison 【/1】 rouge【２/】.", "La ⟦1⟧maison⟦/1⟧ rouge⟦2/⟧."),
        ("La [1]maison[/1] rouge[2].", "La ⟦1⟧maison⟦/1⟧ rouge⟦2/⟧."),
        ("La maison⟦/1⟧ ⟦1⟧rouge⟦2/⟧.", None),
        ("La ⟦1⟧maison⟦/1⟧ rouge.", None),
        ("La ⟦1⟧maison⟦/1⟧ ⟦1⟧rouge⟦/1⟧⟦2/⟧.", None),
        ("La ⟦1⟧maison⟦/1⟧ ⟦3/⟧rouge⟦2/⟧.", None),
    ],
)
def test_markers_are_read_with_tolerance_and_verified(answer: str, expected: str | None) -> None:
    source = coded("The ⟦1⟧house⟦/1⟧ is red⟦2/⟧.")
    read = from_markers(source, answer)
    assert (with_markers(read) if read else None) == expected
