"""The parallel texts of the test data: FLORES-200 dev, aligned line by line."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def data_folder(given: Path | None = None) -> Path:
    """--data, else $LANGSUPPORT_TEST_DATA, else the folder `shared/data` beside the repository."""
    folder = given or Path(os.environ.get("LANGSUPPORT_TEST_DATA", DEFAULT_DATA))
    if not folder.is_dir():
        raise SystemExit(f"The test data is not in {folder}. Name its folder with --data or LANGSUPPORT_TEST_DATA.")
    return folder


def flores(folder: Path, language: str, count: int) -> list[str]:
    """The first `count` sentences of FLORES-200 dev in a language."""
    lines = (folder / "text" / "flores_dev" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return lines[:count]
