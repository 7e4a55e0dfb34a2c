from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langsupport.captioning.windows import (
    MAX_PIECE_MS,
    MAX_WINDOW_MS,
    Detection,
    Piece,
    build_windows,
    cut_pieces,
    follow_languages,
    halves,
    quietest_ms,
)
from langsupport.domain.speech import SAMPLE_RATE


@dataclass(frozen=True)
class Span:
    start_ms: int
    end_ms: int
    confidence: float = 0.9


def noise(seconds: float, quiet: tuple[float, float] | None = None) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0, 0.1, int(seconds * SAMPLE_RATE)).astype(np.float32)
    if quiet:
        samples[int(quiet[0] * SAMPLE_RATE) : int(quiet[1] * SAMPLE_RATE)] = 0
    return samples


def test_a_cut_is_made_where_it_is_quiet() -> None:
    assert quietest_ms(noise(10, (4.0, 4.3)), 2_000, 8_000) == pytest.approx(4150, abs=80)


@given(st.lists(st.tuples(st.integers(100, 60_000), st.integers(0, 5_000)), min_size=1, max_size=8))
def test_windows_cover_all_speech_and_keep_the_limit(lengths: list[tuple[int, int]]) -> None:
    spans, clock = [], 0
    for length, pause in lengths:
        spans.append(Span(clock + pause, clock + pause + length))
        clock = spans[-1].end_ms
    samples = np.zeros(clock * SAMPLE_RATE // 1000, dtype=np.float32)
    pieces = cut_pieces(spans, samples)
    assert all(0 < piece.duration_ms <= MAX_PIECE_MS for piece in pieces)
    windows = build_windows(pieces)
    assert all(window.duration_ms <= MAX_WINDOW_MS for window in windows)
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(windows))
    for span in spans:
        covered = sum(max(0, min(span.end_ms, w.end_ms) - max(span.start_ms, w.start_ms)) for w in windows)
        assert covered == span.end_ms - span.start_ms


def test_a_long_pause_ends_a_window_and_a_change_of_language_does() -> None:
    pieces = [
        Piece(500, 2_000, "en"),
        Piece(2_500, 4_000, "en"),
        Piece(9_000, 11_000, "en"),
        Piece(11_000, 12_000, "fr"),
    ]
    windows = build_windows(pieces)
    assert [w.language for w in windows] == ["en", "en", "fr"]
    assert windows[0].end_ms < windows[1].start_ms


def test_a_full_window_ends_at_its_longest_pause() -> None:
    pieces = [Piece(i * 7_000 + (900 if i == 3 else 0), i * 7_000 + 6_800, "en") for i in range(5)]
    first = build_windows(pieces)[0]
    assert first.end_ms == pytest.approx(pieces[2].end_ms, abs=500)


def test_halves_share_the_window() -> None:
    one, two = halves(Piece(0, 12_000, "fr"), noise(12, (5.0, 5.4)))
    assert (one.start_ms, two.end_ms, one.language, two.language) == (0, 12_000, "fr", "fr")
    assert one.end_ms == two.start_ms == pytest.approx(5_200, abs=120)


def told(*heard: tuple[str, float], seconds: float = 6.0, among: str | None = None) -> list[str | None]:
    pieces = [Piece(int(i * seconds * 1000), int((i + 1) * seconds * 1000)) for i in range(len(heard))]

    def detect(piece: Piece) -> Detection:
        code, probability = heard[pieces.index(piece)]
        return Detection(code, probability, among or code, probability if among is None else 0.6)

    return [piece.language for piece in follow_languages(pieces, detect)]


def test_a_change_of_language_is_followed() -> None:
    heard = [("en", 0.95)] * 3 + [("fr", 0.9)] * 3
    assert told(*heard) == ["en"] * 3 + ["fr"] * 3


def test_one_odd_guess_changes_nothing() -> None:
    assert told(("ru", 0.9), ("ru", 0.95), ("es", 0.7), ("ru", 0.9)) == ["ru"] * 4


def test_a_short_piece_weighs_little() -> None:
    assert told(("zh", 0.9), ("en", 0.97), ("zh", 0.9), seconds=1.0) == ["zh"] * 3


def test_another_language_is_believed_with_enough_speech() -> None:
    assert told(*[("de", 0.97)] * 4, among="en") == ["de"] * 4


def test_another_language_is_not_believed_from_one_clip() -> None:
    assert told(("cy", 0.93), seconds=5.0, among="en") == ["en"]
