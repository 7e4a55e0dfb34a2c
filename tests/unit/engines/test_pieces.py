"""Long texts cut and joined; attention turned into spans."""

from hypothesis import given
from hypothesis import strategies as st

from langsupport.engines.alignment import align_words, piece_spans
from langsupport.engines.pieces import covered, cut_text, joined
from langsupport.engines.protocols import AlignedSpan


def parts(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in cut_text(text, lambda piece: len(piece) <= limit)]


def test_cuts_at_sentences_then_clauses_then_words() -> None:
    assert parts("One two three. Four five six.", 20) == ["One two three.", "Four five six."]
    assert parts("first clause here; second clause here", 25) == ["first clause here;", "second clause here"]
    assert parts("alpha beta gamma delta", 12) == ["alpha beta", "gamma delta"]
    assert parts("会议开始。报告已通过。", 6) == ["会议开始。", "报告已通过。"]


def test_a_text_that_fits_is_not_touched() -> None:
    assert parts("One. Two.", 9) == ["One. Two."]


@given(st.text(alphabet="ab ,.;\n。，", max_size=200), st.integers(1, 30))
def test_nothing_but_white_space_is_ever_lost(text: str, limit: int) -> None:
    pieces = parts(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= limit for piece in pieces)


def test_joined_says_where_each_text_starts() -> None:
    assert joined(["ab", "c", "de"], " ") == ("ab c de", [0, 3, 5])
    assert joined(["会", "议"], "") == ("会议", [0, 1])


def test_pieces_of_a_decoded_text_know_their_place() -> None:
    assert piece_spans(["▁La", "▁sé", "ance"], "La séance") == [(0, 2), (2, 5), (5, 9)]
    assert piece_spans(["<0xE4>", "<0xBC>"], "伀") is None


def test_words_go_where_most_of_their_attention_goes() -> None:
    attention = [[0.1, 0.8, 0.1], [0.7, 0.1, 0.2], [0.6, 0.3, 0.1]]
    spans = align_words("red house", "casa roja", [(0, 3), (3, 6), (6, 9)], [(0, 4), (4, 7), (7, 9)], attention)
    assert spans == (AlignedSpan(4, 9, 0, 4), AlignedSpan(0, 3, 5, 9))


def test_how_many_pieces_a_prefix_covers() -> None:
    pieces = ["a" * 100, "b" * 100, "c" * 100]
    assert covered("", pieces) == 0
    assert covered("x" * 90, pieces) == 0  # the beginning of the first
    assert covered("x" * 110, pieces) == 1
    assert covered("x" * 140, pieces) == 1
    assert covered("x" * 160, pieces) == 2  # it reaches beyond the middle of the second
    assert covered("x" * 900, pieces) == 2  # the last is never left out
    assert covered("x" * 900, pieces[:1]) == 0
