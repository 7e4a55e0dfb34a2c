"""The shipped recording with its words, and texts compared without case and punctuation."""

from __future__ import annotations

import re
from pathlib import Path

KENNEDY = Path(__file__).parents[1] / "examples" / "kennedy-inaugural.en.ogg"
SAID = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
