"""The house keeps its floors, and what the documents say exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from langsupport import __version__

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = sorted((ROOT / "src" / "langsupport").rglob("*.py"))


def test_imports_fall_one_way() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_and_script_that_is_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    missing = [path for path in re.findall(r"benchmarks/[a-z_/]+\.py", text) if not (ROOT / path).exists()]
    assert not missing


def test_no_figure_is_still_to_come() -> None:
    assert "<!-- figures" not in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_changelog_knows_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src" / "langsupport")))
def test_nothing_is_left_for_later(source: Path) -> None:
    found = re.findall(r"\b(?:TODO|FIXME|raise NotImplementedError)\b", source.read_text(encoding="utf-8"))
    assert not found


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in SOURCES if path.name == "__init__.py"]
    silent = [str(path) for path in packages if not path.read_text(encoding="utf-8").lstrip().startswith('"""')]
    assert not silent
