"""From spans with a voice to windows for the recognizer, each in one language.

A window is at most 30 s, begins and ends where nobody speaks if that can be had, and holds no long
pause. Where the language is not given, it is told for short pieces and then smoothed over time, so
that a recording that changes its language is followed, while one odd guess changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from langsupport.domain.languages import LANGUAGES
from langsupport.domain.speech import SAMPLE_RATE

Samples = NDArray[np.float32]

MAX_WINDOW_MS = 30_000
MAX_PIECE_MS = 8_000
"""Spans are cut into pieces of at most this: what the language is told from, and where windows may be cut."""
MIN_PIECE_MS = 3_000
MAX_PAUSE_MS = 2_500
"""A longer pause ends a window: a recognizer that hears silence invents."""
MARGIN_MS = 300
"""Windows reach this far into the silence around them: recognizers mishear a word that begins at once."""
_QUIET_MS = 160  # length of the quiet stretch that a cut inside speech looks for

SWITCH_COST = 4.0
"""Natural logarithm of the odds against a change of language between two pieces: two pieces that agree
at 0.8 outweigh two changes, one alone does not."""
FOREIGN_COST = 4.0
"""The same against a language that is none of the six, which recognizers see in accents and noise."""
FULL_WEIGHT_MS = 3_000
MAX_WEIGHT = 2.0
"""The evidence of a piece weighs in proportion to its length, up to twice that of a piece of 3 s."""
MIN_FOREIGN_MS = 12_000
MIN_FOREIGN_PROBABILITY = 0.8
"""A language outside the six is believed only with this much speech at this mean probability."""


class VoiceSpan(Protocol):
    """What a voice detector gives (engines.protocols.SpeechSpan)."""

    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...
    @property
    def confidence(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A short stretch of speech; `language` None: not told yet."""

    start_ms: int
    end_ms: int
    language: str | None = None

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Detection:
    """`language` may be any code that the recognizer knows; `among_six` is the likeliest of the six."""

    language: str
    probability: float
    among_six: str
    among_six_probability: float


def cut_pieces(spans: Sequence[VoiceSpan], samples: Samples) -> list[Piece]:
    """Spans as pieces of at most MAX_PIECE_MS, cut where it is quietest."""
    pieces: list[Piece] = []
    for span in spans:
        start = span.start_ms
        while span.end_ms - start > MAX_PIECE_MS:
            latest = min(start + MAX_PIECE_MS, span.end_ms - MIN_PIECE_MS // 2)
            cut = quietest_ms(samples, start + MIN_PIECE_MS, latest)
            pieces.append(Piece(start, cut))
            start = cut
        pieces.append(Piece(start, span.end_ms))
    return pieces


def quietest_ms(samples: Samples, from_ms: int, to_ms: int) -> int:
    """The middle of the quietest 160 ms in [from_ms, to_ms]."""
    frame = SAMPLE_RATE // 100  # 10 ms
    part = np.asarray(samples[from_ms * SAMPLE_RATE // 1000 : to_ms * SAMPLE_RATE // 1000])
    count = len(part) // frame
    width = _QUIET_MS // 10
    if count <= width:
        return (from_ms + to_ms) // 2
    energy = np.square(part[: count * frame].reshape(count, frame)).mean(axis=1)
    smooth = np.convolve(energy, np.ones(width) / width, mode="valid")
    return from_ms + (int(smooth.argmin()) + width // 2) * 10


def build_windows(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces of one language to windows; where a window would grow over 30 s it ends at its longest pause."""
    windows: list[Piece] = []
    group: list[Piece] = []
    for piece in pieces:
        if group and (piece.language != group[-1].language or piece.start_ms - group[-1].end_ms > MAX_PAUSE_MS):
            windows.append(_joined(group))
            group = []
        while group and piece.end_ms - group[0].start_ms > MAX_WINDOW_MS:
            cut = _best_cut(group, piece)
            windows.append(_joined(group[:cut]))
            group = group[cut:]
        group.append(piece)
    if group:
        windows.append(_joined(group))
    return _widened(windows)


def _widened(windows: Sequence[Piece]) -> list[Piece]:
    """Each window with a margin of silence, where there is room between it and its neighbours."""
    result: list[Piece] = []
    for index, window in enumerate(windows):
        room = max(0, MAX_WINDOW_MS - window.duration_ms) // 2
        before = window.start_ms - (windows[index - 1].end_ms if index else 0)
        after = windows[index + 1].start_ms - window.end_ms if index + 1 < len(windows) else 2 * MARGIN_MS
        start = window.start_ms - min(MARGIN_MS, room, max(0, before) // (2 if index else 1))
        end = window.end_ms + min(MARGIN_MS, room, max(0, after) // 2)
        result.append(Piece(start, end, window.language))
    return result


def halves(window: Piece, samples: Samples) -> tuple[Piece, Piece]:
    """A window cut in two where it is quietest near its middle: for a second try."""
    third = window.duration_ms // 3
    cut = quietest_ms(samples, window.start_ms + third, window.end_ms - third)
    return Piece(window.start_ms, cut, window.language), Piece(cut, window.end_ms, window.language)


def _joined(group: Sequence[Piece]) -> Piece:
    return Piece(group[0].start_ms, group[-1].end_ms, group[0].language)


def _best_cut(group: Sequence[Piece], following: Piece) -> int:
    """How many pieces stay: the cut with the longest pause in the later half, the last one among equals."""
    half = group[0].start_ms + MAX_WINDOW_MS // 2
    ends = [*group[1:], following]
    candidates = [index + 1 for index, piece in enumerate(group) if piece.end_ms >= half] or [len(group)]
    return max(candidates, key=lambda cut: (ends[cut - 1].start_ms - group[cut - 1].end_ms, cut))


def follow_languages(pieces: Sequence[Piece], detect: Callable[[Piece], Detection]) -> list[Piece]:
    """Give each piece its language: the most probable path through the detections (Viterbi, 1967).

    A piece may get a code outside the six; only with much evidence, see MIN_FOREIGN_MS.
    """
    if not pieces:
        return []
    detections = [detect(piece) for piece in pieces]
    codes = [*LANGUAGES, *_believable_foreign(pieces, detections)]
    weights = [min(MAX_WEIGHT, piece.duration_ms / FULL_WEIGHT_MS) for piece in pieces]
    scores = {code: -FOREIGN_COST if code not in LANGUAGES else 0.0 for code in codes}
    history: list[dict[str, str]] = []
    for detection, weight in zip(detections, weights, strict=True):
        origin = {code: max(codes, key=lambda c: scores[c] - (SWITCH_COST if c != code else 0.0)) for code in codes}
        scores = {
            code: scores[origin[code]]
            - (SWITCH_COST if origin[code] != code else 0.0)
            + weight * _evidence(detection, code)
            for code in codes
        }
        history.append(origin)
    best = max(codes, key=lambda c: scores[c])
    path = [best]
    for origin in reversed(history[1:]):
        path.append(origin[path[-1]])
    return [Piece(piece.start_ms, piece.end_ms, code) for piece, code in zip(pieces, reversed(path), strict=True)]


def _believable_foreign(pieces: Sequence[Piece], detections: Sequence[Detection]) -> list[str]:
    heard: dict[str, tuple[int, float]] = {}
    for piece, detection in zip(pieces, detections, strict=True):
        if detection.language not in LANGUAGES:
            total, mass = heard.get(detection.language, (0, 0.0))
            heard[detection.language] = (
                total + piece.duration_ms,
                mass + piece.duration_ms * detection.probability,
            )
    return [
        code
        for code, (total, mass) in sorted(heard.items())
        if total >= MIN_FOREIGN_MS and mass / total >= MIN_FOREIGN_PROBABILITY
    ]


def _evidence(detection: Detection, code: str) -> float:
    """Log-probability of what was detected if `code` is spoken; of the six, only their share among the six counts."""
    if code not in LANGUAGES:
        share = detection.probability if detection.language == code else 0.01
        return math.log(share)
    foreign = 1.0 - detection.probability if detection.language not in LANGUAGES else 1.0
    share = detection.among_six_probability
    mine = share if detection.among_six == code else (1.0 - share) / (len(LANGUAGES) - 1)
    return math.log(max(mine, 1e-3)) + (math.log(max(foreign, 0.05)) if detection.language not in LANGUAGES else 0.0)
