"""Other people's files are exactly what was published."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from langsupport.web.pages.assets import STATIC_DIR

TESTS = Path(__file__).resolve().parents[3]
LISTS = {
    "product": (STATIC_DIR / "vendor" / "VENDOR.toml", STATIC_DIR),
    "tests": (TESTS / "browser" / "vendor" / "VENDOR.toml", TESTS / "browser" / "vendor"),
}


@pytest.mark.parametrize("name", LISTS)
def test_vendored_files_have_their_hashes_and_licences(name: str) -> None:
    path, root = LISTS[name]
    packages = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    assert packages
    for package in packages:
        assert (root / package["licence_file"]).read_text(encoding="utf-8").strip(), package["name"]
        for file, sha256 in package["sha256"].items():
            assert hashlib.sha256((root / file).read_bytes()).hexdigest() == sha256, file


def test_every_font_and_module_is_listed() -> None:
    path, root = LISTS["product"]
    packages = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    listed = {file for package in packages for file in package["sha256"]}
    there = {found.relative_to(root).as_posix() for found in [*root.glob("fonts/*.woff2"), *root.glob("vendor/*.mjs")]}
    assert there == listed | {name for name in there if name.endswith(".d.mts")}


def test_every_font_file_of_the_style_sheet_exists() -> None:
    sheet = (STATIC_DIR / "css" / "fonts.css").read_text(encoding="utf-8")
    named = {part.split('"')[0] for part in sheet.split('url("../')[1:]}
    assert named
    assert [name for name in named if not (STATIC_DIR / name).is_file()] == []
