"""Long texts for models with few positions: cut at clause boundaries, joined again, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from langsupport.engines.guards import weight

_BOUNDARIES = (
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+\s*"),
    re.compile(r"(?<=[;:؛])\s+|(?<=[；：])"),
    re.compile(r"(?<=[,،])\s+|(?<=[，、])|\s+(?=[–—(])"),
    re.compile(r"\s+"),
)
"""Where a text may be cut, best places first: sentences, clauses, phrases, words."""


def cut_text(text: str, fits: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Spans [start, end) that `fits` accepts, in order; what lies between two spans is white space only.

    Cuts at the best kind of boundary that is enough, as near to the middle as there is one; where there
    is none at all (one endless word), between characters. A single character is never cut.
    """
    return _cut(text, 0, len(text), fits)


def _cut(text: str, start: int, end: int, fits: Callable[[str], bool]) -> list[tuple[int, int]]:
    if end - start < 2 or fits(text[start:end]):
        return [(start, end)]
    left_end, right_start = _boundary(text, start, end)
    return _cut(text, start, left_end, fits) + _cut(text, right_start, end, fits)


def _boundary(text: str, start: int, end: int) -> tuple[int, int]:
    """The gap nearest to the middle of the best kind that leaves at least a quarter on both sides, else any."""
    middle, quarter = (start + end) // 2, max(1, (end - start) // 4)
    for least in (quarter, 1):
        for pattern in _BOUNDARIES:
            gaps = [
                match.span()
                for match in pattern.finditer(text, start, end)
                if match.start() - start >= least and end - match.end() >= least
            ]
            if gaps:
                return min(gaps, key=lambda gap: abs((gap[0] + gap[1]) // 2 - middle))
    return middle, middle


def joined(texts: Sequence[str], separator: str) -> tuple[str, list[int]]:
    """The texts with the separator between them, and where each starts."""
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + len(separator)
    return separator.join(texts), starts


def covered(prefix: str, texts: Sequence[str]) -> int:
    """How many pieces of a long text a prefix has translated already, judged by length, which is all there is to
    judge by: those whose middle it reaches. 0: it is the beginning of the first. The last piece is never covered."""
    reached, total, count = weight(prefix), 0.0, 0
    for text in texts[:-1]:
        if reached <= total + weight(text) / (2 if count else 1):
            break
        total += weight(text)
        count += 1
    return count
