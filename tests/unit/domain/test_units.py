from hypothesis import given
from hypothesis import strategies as st

from langsupport.domain.units import MOVES, CodedText, CodeKind, InlineCode, Segment, State, join

codes = st.builds(InlineCode, st.integers(0, 5), st.sampled_from(CodeKind), st.sampled_from(["format", "note", "tab"]))


@st.composite
def coded_texts(draw: st.DrawFn) -> CodedText:
    text = draw(st.text(max_size=20))
    placed = draw(st.lists(st.tuples(st.integers(0, len(text)), codes), max_size=8))
    return CodedText(text, tuple(sorted(placed, key=lambda entry: entry[0])))


@given(coded_texts(), st.data())
def test_pieces_joined_give_the_original(text: CodedText, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text.text)), max_size=6)))
    pieces = text.split(cuts)
    assert len(pieces) == len(cuts) + 1
    assert join(pieces) == text


def test_a_closing_code_at_a_cut_stays_with_what_it_closes() -> None:
    opening, closing = InlineCode(1, CodeKind.OPEN), InlineCode(1, CodeKind.CLOSE)
    note = InlineCode(2, CodeKind.SINGLE, "note")
    text = CodedText("Bold.Next", ((0, opening), (5, closing), (5, note)))
    first, second = text.split([5])
    assert first == CodedText("Bold.", ((0, opening), (5, closing)))
    assert second == CodedText("Next", ((0, note),))


@given(coded_texts(), st.integers(1, 9))
def test_repetitions_share_a_key_whatever_their_code_ids(text: CodedText, shift: int) -> None:
    other = CodedText(text.text, tuple((p, InlineCode(c.id + shift, c.kind, c.role)) for p, c in text.codes))
    assert Segment("a", 0, text).key == Segment("b", 7, other).key
    assert text.renumbered(text.canonical_ids()) == other.renumbered(other.canonical_ids())


def test_other_formatting_is_no_repetition() -> None:
    bold = CodedText("Scope", ((0, InlineCode(1, CodeKind.OPEN)), (5, InlineCode(1, CodeKind.CLOSE))))
    assert Segment("a", 0, bold).key != Segment("a", 0, CodedText("Scope")).key


def test_every_state_has_moves_to_known_states() -> None:
    assert set(MOVES) == set(State)
    assert MOVES[State.INITIAL] == {State.TRANSLATED}
    assert all(state not in targets for state, targets in MOVES.items())
