"""From attention between tokens to correspondences between words, as spans of characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langsupport.engines.protocols import AlignedSpan

Span = tuple[int, int]
_META = "▁"  # how sentencepiece writes a space
_WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")


def piece_spans(pieces: Sequence[str], text: str) -> list[Span] | None:
    """Where each sentencepiece piece of a decoded text lies; None if they do not spell the text (byte pieces)."""
    spelled = "".join(pieces).replace(_META, " ")
    lead = len(spelled) - len(spelled.lstrip(" "))
    if spelled.strip(" ") != text.strip(" "):
        return None
    lead -= len(text) - len(text.lstrip(" "))
    spans, at = [], -lead
    for piece in pieces:
        spans.append((min(max(at, 0), len(text)), min(max(at + len(piece), 0), len(text))))
        at += len(piece)
    return spans


def align_words(
    source: str,
    target: str,
    source_spans: Sequence[Span],
    target_spans: Sequence[Span],
    attention: Sequence[Sequence[float]],
) -> tuple[AlignedSpan, ...]:
    """Each target word with the source word that got most of its tokens' attention.

    `attention` has a row per target token and a column per source token. Words are split at white space;
    each Chinese character is a word.
    """
    source_words = [match.span() for match in _WORD.finditer(source)]
    columns = _word_of(source_spans, source_words)
    rows = _word_of(target_spans, [match.span() for match in _WORD.finditer(target)])
    weights: dict[int, dict[int, float]] = {}
    for row, word in enumerate(rows):
        if word is None:
            continue
        sums = weights.setdefault(word, {})
        for column, other in enumerate(columns):
            if other is not None:
                sums[other] = sums.get(other, 0.0) + attention[row][column]
    words = [match.span() for match in _WORD.finditer(target)]
    return tuple(
        AlignedSpan(*source_words[max(sums, key=lambda other: sums[other])], *words[word])
        for word, sums in sorted(weights.items())
        if sums
    )


def _word_of(spans: Sequence[Span], words: Sequence[Span]) -> list[int | None]:
    """For each token the word that it overlaps most, None for none (spaces)."""
    found: list[int | None] = []
    for start, end in spans:
        overlaps = [(min(end, right) - max(start, left), -index) for index, (left, right) in enumerate(words)]
        most, index = max(overlaps, default=(0, 0))
        found.append(-index if most > 0 else None)
    return found
