"""Tables of text: what others write, and what is no table."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langsupport.errors import HostileFile, InputError, InputTooLarge
from langsupport.formats import sheets
from langsupport.formats.sheets import read_rows, write_rows

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), st.sampled_from(["csv", "xlsx"]))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]], extension: str) -> None:
    wanted = [{"a": one.strip(), "b": two.strip()} for one, two in rows]
    wanted = [{name: cell for name, cell in row.items() if cell} for row in wanted]
    data = write_rows(extension, ("a", "b"), rows)
    if any(wanted):
        _, found = read_rows(data, f"x.{extension}")
        assert [dict(row.cells) for row in found] == [row for row in wanted if row]
        assert [row.number for row in found] == [number for number, row in enumerate(wanted, 2) if row]


def test_a_damaged_workbook_gives_rows_or_our_error() -> None:
    data = write_rows("xlsx", ("a", "b"), [(f"cell {n}", "x" * n) for n in range(50)])
    chance = random.Random(3)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            read_rows(bytes(broken), "x.xlsx")
        except InputError:
            continue


def test_an_archive_of_a_later_kind_is_refused() -> None:
    data = bytearray(write_rows("xlsx", ("a", "b"), [("one", "two")]))
    data[data.index(b"PK\x01\x02") + 6] = 203  # the version that is needed to unpack its first member
    with pytest.raises(InputError):
        read_rows(bytes(data), "x.xlsx")


def test_an_archive_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED_BYTES", 10 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (20 << 20))
    with pytest.raises(HostileFile, match="20 MB"):
        read_rows(packed.getvalue(), "x.xlsx")


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert len(read_rows(b"a\n1\n2\n3\n", "x.csv")[1]) == 3
    with pytest.raises(InputTooLarge):
        read_rows(b"a\n1\n2\n3\n4\n", "x.csv")
    with pytest.raises(InputTooLarge):
        read_rows(",".join(f"c{n}" for n in range(201)).encode() + b"\n1\n", "x.csv")


def test_formulas_are_text_in_csv() -> None:
    text = write_rows("csv", ("a",), [("=1+1",), ("@x",), ("'x",), ("x",)]).decode("utf-8-sig")
    assert text.splitlines() == ["a", "'=1+1", "'@x", "''x", "x"]


def test_control_characters_are_left_out() -> None:
    assert read_rows(b"a\nx\x00\x07y\n", "x.csv")[1][0].cells == {"a": "xy"}
