"""Sentences: the hand-made gold set, real parallel lines, and what must hold for any text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.domain.languages import LANGUAGES
from langsupport.text.sentences import split_sentences

REPOSITORY = Path(__file__).resolve().parents[3]
GOLD = REPOSITORY / "tests" / "data" / "segmentation"
DATA = Path(os.environ.get("LANGSUPPORT_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def gold_paragraphs() -> list[tuple[str, list[str]]]:
    return [
        (code, [part.strip() for part in line.split("|")])
        for code in LANGUAGES
        for line in (GOLD / f"{code}.txt").read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


@pytest.mark.parametrize(("code", "sentences"), gold_paragraphs())
def test_paragraphs_of_meeting_documents(code: str, sentences: list[str]) -> None:
    text = LANGUAGES[code].sentence_space.join(sentences)
    assert [text[start:end] for start, end in split_sentences(text, code)] == sentences


@pytest.mark.parametrize("code", LANGUAGES)
def test_joined_lines_of_flores_come_apart(code: str) -> None:
    file = DATA / "text" / "flores_dev" / f"{code}.txt"
    if not file.is_file():
        pytest.skip("FLORES-200 dev is not in the test data")
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()[:400]]
    space = LANGUAGES[code].sentence_space
    ends = {end for _, end in split_sentences(space.join(lines), code)}
    position = found = 0
    for line in lines[:-1]:
        position += len(line)
        found += position in ends
        position += len(space)
    assert found / (len(lines) - 1) > 0.98


PIECES = ["Rec. ITU-T E.119", "No. 5", "is", "Done.", "Is it?", "e.g.", "“Yes.”", "(a.)", "3.5", "...", "\n\n", "\n",
          "是。", "”", "؟", "т. е.", "г.", "U.S.", "J.", "TD 123 (PLEN)", " ", "\u00a0", "- ", "a)"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from(list(LANGUAGES)))
def test_every_letter_lies_in_exactly_one_sentence(parts: list[str], code: str) -> None:
    text = " ".join(parts)
    spans = split_sentences(text, code)
    inside = [False] * len(text)
    last = 0
    for start, end in spans:
        assert last <= start < end
        assert text[start:end] == text[start:end].strip()
        inside[start:end] = [True] * (end - start)
        last = end
    assert all(held or character.isspace() for held, character in zip(inside, text, strict=True))
    assert not any("TD 123 (PLEN)"[:5] in text[a:b] and "TD 123 (PLEN)" not in text[a:b] for a, b in spans)


def test_a_blank_line_and_a_list_item_end_a_sentence_and_a_wrapped_line_does_not() -> None:
    text = "This goes\non here\n\nA title without a stop\n- one\n- two"
    found = [text[start:end] for start, end in split_sentences(text, "en")]
    assert found == ["This goes\non here", "A title without a stop", "- one", "- two"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_gives_nothing(text: str) -> None:
    assert split_sentences(text, "fr") == []


def test_another_language_is_split_by_the_general_rules() -> None:
    assert len(split_sentences("Das ist eins. Das ist zwei.", "de")) == 2
