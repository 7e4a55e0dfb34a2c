"""The parallel texts of the test data. A row holds the texts of one sentence by language code."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from langsupport.domain.languages import LANGUAGES

DEFAULT_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

FLORES, NTREX = "flores_dev/{}.txt", "ntrex128/ntrex.{}.txt"
TICO, UDHR = "tico19/tico19.sixway.tsv", "udhr/udhr.sixway.tsv"
SHIFTED_FRENCH = frozenset({"PubMed_8", "Wikinews_1", "Wikinews_3"})
"""Documents of TICO-19 whose French sentences are those of other rows."""


def data_folder(given: Path | None = None) -> Path:
    """--data, else $LANGSUPPORT_TEST_DATA, else the folder `shared/data` beside the repository."""
    folder = given or Path(os.environ.get("LANGSUPPORT_TEST_DATA", DEFAULT_DATA))
    if not folder.is_dir():
        raise SystemExit(f"The test data is not in {folder}. Name its folder with --data or LANGSUPPORT_TEST_DATA.")
    return folder


def flores(folder: Path, language: str, count: int) -> list[str]:
    """The first `count` sentences of FLORES-200 dev in a language."""
    lines = (folder / "text" / FLORES.format(language)).read_text(encoding="utf-8").splitlines()
    return lines[:count]


def aligned(folder: Path, pattern: str) -> list[dict[str, str]]:
    """FLORES or NTREX: a file for each language, aligned line by line. Empty where one of them is not there."""
    files = {code: folder / "text" / pattern.format(code) for code in LANGUAGES}
    if not all(file.is_file() for file in files.values()):
        return []
    columns = [file.read_text(encoding="utf-8").splitlines() for file in files.values()]
    return [dict(zip(files, row, strict=True)) for row in zip(*columns, strict=True)]


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """TICO or UDHR: a table with a column for each language, and `id`. Empty where it is not there."""
    file = folder / "text" / name
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def ntrex_documents(folder: Path) -> list[str]:
    """The name of the document of each row of NTREX."""
    return (folder / "text" / "ntrex128" / "DOCUMENT_IDS.tsv").read_text(encoding="utf-8").splitlines()


def tico_document(row: dict[str, str]) -> str:
    """`CMU_1:12` is a sentence of the document CMU_1."""
    return row["id"].partition(":")[0]
