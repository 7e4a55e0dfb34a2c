"""The pure modules of the pages' scripts, in Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_modules_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node (only for this test; the product runs without)")
    tests = sorted(map(str, (Path(__file__).parent / "js").glob("*.test.mjs")))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
