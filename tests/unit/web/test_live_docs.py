"""docs/live.md names everything that a client may say, be told, or write into an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "live.md").read_text("utf-8")
PACKAGE = ROOT / "src" / "langsupport"
SCRIPTS = PACKAGE / "web" / "static" / "js"
BYES = re.compile(r"""(?:Bye\(|dismiss\([\w.]+, |bye_message\(|code ?= ?)"([a-z-]+)"(?: if [^\n]+ else "([a-z-]+)")?""")
"""A goodbye's code where it is made."""


def bye_codes() -> set[str]:
    sources = [*(PACKAGE / "web" / "live").glob("*.py"), *(PACKAGE / "services").glob("live_*.py")]
    sources += (PACKAGE / "services").glob("session*.py")
    found = [match for path in sources for match in BYES.findall(path.read_text("utf-8"))]
    return {code for match in found for code in match if code}


def read(name: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (SCRIPTS / name).read_text("utf-8")))


def rows() -> set[str]:
    """What stands as code in the first column of a table."""
    firsts = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def test_every_goodbye_is_listed() -> None:
    codes = bye_codes()
    assert {"revoked", "expired", "deleted", "silent", "restart", "closing", "idle", "replaced", "ended"} <= codes
    assert {"epoch", "missing"} <= codes
    listed = rows() | {"invalid"}  # one of the API's codes
    assert codes <= listed, codes - listed


@pytest.mark.parametrize(
    ("script", "pattern", "prefix"),
    [
        ("watch-screen-options.js", r'asked\.get\("(\w+)"\)', ""),
        ("widget.js", r"data-(\w+)", "data-"),
    ],
)
def test_every_parameter_is_listed(script: str, pattern: str, prefix: str) -> None:
    names = {prefix + name for name in read(script, pattern)}
    assert len(names) > 6 and names <= rows(), names - rows()
