"""What may be learned from, and what bad input gets."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from langsupport.errors import DamagedFile, InvalidRequest
from langsupport.training.bitext import Pair, clean, read_tsv

GOOD = [
    Pair("The committee adopted the report of the working party.", "Le comité a adopté le rapport du groupe.", "a"),
    Pair("The meeting rose at six in the evening.", "La séance est levée à six heures du soir.", "b"),
]


def test_a_compressed_file_gives_its_pairs(tmp_path: Path) -> None:
    file = tmp_path / "en-fr.tsv.xz"
    file.write_bytes(lzma.compress("".join(f"{p.source}\t{p.target}\t{p.tag}\n" for p in GOOD).encode()))
    assert list(read_tsv(file)) == GOOD


def test_a_line_with_one_column_is_named(tmp_path: Path) -> None:
    file = tmp_path / "en-fr.tsv"
    file.write_text("one\tun\nonly one column\n", encoding="utf-8")
    with pytest.raises(DamagedFile, match=r"en-fr\.tsv .*line 2 has 1 columns"):
        list(read_tsv(file))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "en-fr.tsv.xz"
    file.write_bytes(b"not compressed at all")
    with pytest.raises(DamagedFile):
        list(read_tsv(file))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Pair("Yes", "", ""), "empty"),
        (Pair("The same words", "The same words"), "not translated"),
        (Pair("A sentence in English.", "Предложение по-русски."), "script"),
        (Pair("One.", "Une phrase beaucoup trop longue pour traduire un seul mot."), "length ratio"),
        (Pair("word " * 200, "mot " * 200), "too long"),
        (Pair("THE MEETING  rose at six in the evening", "La séance est levée à six heures du soir"), "duplicate"),
    ],
)
def test_a_bad_pair_falls_for_its_reason(bad: Pair, reason: str) -> None:
    cleaned = clean([*GOOD, bad], "en", "fr")
    assert cleaned.pairs == GOOD
    assert dict(cleaned.dropped) == {reason: 1}


def test_evaluation_sentences_are_kept_out_whole_and_in_part() -> None:
    part = Pair(
        "He said that the committee adopted the report of the working party again yesterday.",
        "Il a dit que le comité l'a fait encore une fois hier, comme il le fait toujours.",
    )
    kept_out = ["The committee adopted the report of the working party!"]
    cleaned = clean([*GOOD, part], "en", "fr", kept_out=kept_out)
    assert cleaned.pairs == [GOOD[1]]
    assert cleaned.dropped["evaluation"] == 2


def test_origins_that_are_not_allowed_are_left_out() -> None:
    assert clean(GOOD, "en", "fr", tags=lambda tag: tag == "b").pairs == [GOOD[1]]


def test_swapped_columns_are_told_from_a_wrong_language() -> None:
    russian = [Pair(f"Meeting number {n} is open.", f"Заседание номер {n} открыто.") for n in range(40)]
    with pytest.raises(DamagedFile, match="the columns are swapped"):
        clean([Pair(p.target, p.source) for p in russian], "en", "ru")
    with pytest.raises(DamagedFile, match="not English and Chinese"):
        clean(russian, "en", "zh")


def test_nothing_left_says_why() -> None:
    with pytest.raises(InvalidRequest, match="not translated 1"):
        clean([Pair("Same text", "Same text")], "en", "fr")
