"""Tables of text as CSV and XLSX, in and out: how memories and term lists are exchanged with everybody.

The first row names the columns. CSV is UTF-8 (UTF-16 by its mark), separated by commas, semicolons or tabs, whichever
the first row has most of. Of a workbook the first sheet is read. A text that a spreadsheet would run as a formula is
written with an apostrophe before it in CSV, which reading takes away again, and as text in XLSX.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from langsupport.errors import DamagedFile, EmptyInput, HostileFile, InputTooLarge, UnsupportedFormat

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 1_000_000
MOST_COLUMNS = 200
MOST_UNPACKED_BYTES = 1 << 29
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKED = (*_FORMULA, "'")
"""Gets an apostrophe before it in CSV."""
_SEPARATORS = ",;\t"
_FORBIDDEN = dict.fromkeys(c for c in range(32) if c not in (9, 10, 13))
"""XML has no place for them, and PostgreSQL none for the first."""
_CELL_CHARS = 32_767
"""The most that XLSX allows."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts from 1 as spreadsheets do, the row of names included. `cells` by column, empty ones left out."""

    number: int
    cells: Mapping[str, str]


def extension_of(name: str, known: Mapping[str, str] = MEDIA_TYPES) -> str:
    """`csv` or `xlsx`, or another one of the keys of `known`. Raises UnsupportedFormat."""
    extension = name.lower().rpartition(".")[2]
    if extension not in known:
        raise UnsupportedFormat(name=name, supported=", ".join(known))
    return extension


def read_rows(data: bytes, name: str) -> tuple[tuple[str, ...], list[Row]]:
    """The names of the columns, in lower case, and the rows that hold anything.

    Raises: UnsupportedFormat, EmptyInput, DamagedFile, HostileFile, InputTooLarge.
    """
    lines = _csv_lines(data, name) if extension_of(name) == "csv" else _xlsx_lines(data, name)
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        if number > MOST_ROWS + 1:
            raise InputTooLarge(name=name, size="more rows", limit=f"{MOST_ROWS:,} rows")
        if not header:
            header = _header([cell.strip().lower() for cell in line], name)
            continue
        named = zip(header, (cell.translate(_FORBIDDEN).strip() for cell in line), strict=False)
        cells = {column: cell for column, cell in named if cell and column}
        if cells:
            rows.append(Row(number, cells))
    if not rows:
        raise EmptyInput(name=name)
    return header, rows


def _header(names: Sequence[str], name: str) -> tuple[str, ...]:
    twice = [column for column in names if column and names.count(column) > 1]
    if twice:
        column = twice[0][:40]
        raise DamagedFile(name=name, detail=f"the column “{column}” stands there twice")
    if len(names) > MOST_COLUMNS:
        raise InputTooLarge(name=name, size=f"{len(names)} columns", limit=f"{MOST_COLUMNS} columns")
    return tuple(names)


def _csv_lines(data: bytes, name: str) -> Iterator[list[str]]:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        place = data[: error.start].count(b"\n") + 1
        raise DamagedFile(name=name, detail=f"line {place} is not in UTF-8; save it as “CSV UTF-8”") from error
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for line in reader:
            yield [_plain(cell) for cell in line]
    except csv.Error as error:
        raise DamagedFile(name=name, detail=f"line {reader.line_num} is no CSV") from error


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_MARKED) else cell


def _xlsx_lines(data: bytes, name: str) -> Iterator[list[str]]:
    _check_size(data, name)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for line in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
            cells = ["" if value is None else str(value) for value in line]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except Exception as error:  # the library has no errors of its own for what a damaged file can hold
        raise DamagedFile(name=name, detail="it is no workbook that can be read") from error


def _check_size(data: bytes, name: str) -> None:
    try:
        total = sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise DamagedFile(name=name, detail="it is no workbook that can be read") from error
    if total > MOST_UNPACKED_BYTES:
        size_mb, limit_mb = total >> 20, MOST_UNPACKED_BYTES >> 20
        detail = f"it would unpack to {size_mb} MB, and the limit is {limit_mb} MB"
        raise HostileFile(name=name, detail=detail)


def write_rows(extension: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file of the kind `extension`. Raises UnsupportedFormat."""
    if extension_of(f".{extension}") == "csv":
        return _csv_bytes(columns, rows)
    return _xlsx_bytes(columns, rows)


def _csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_MARKED) else cell for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()  # by the mark spreadsheets see that it is UTF-8


def _xlsx_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("langsupport")
    for row in chain([columns], rows):
        sheet.append([_text_cell(sheet, value) for value in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _text_cell(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, value.translate(_FORBIDDEN)[:_CELL_CHARS])
    cell.data_type = "s"  # never a formula
    return cell


__all__ = ["MEDIA_TYPES", "Row", "extension_of", "read_rows", "write_rows"]
