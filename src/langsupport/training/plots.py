"""Curves and bars of a run as SVG, with nothing but text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP = 640, 240, 50, 30
_COLOURS = ("#5b6770", "#009edb")


def plot_run(losses: Sequence[tuple[int, float]], scores: Sequence[tuple[str, float, float]]) -> str:
    """An SVG of two charts: loss by step, and (name, before, after) chrF as pairs of bars."""
    body = [_curve(losses), f'<g transform="translate(0 {HEIGHT})">{_bars(scores)}</g>']
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {2 * HEIGHT}" font-family="sans-serif"'
    return f'{head} font-size="12"><rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'


def _curve(losses: Sequence[tuple[int, float]]) -> str:
    if not losses:
        return _text(LEFT, 18, "loss of a token: no report yet")
    last, top = max(losses[-1][0], 1), max(max(loss for _, loss in losses), 1e-9)
    inner = HEIGHT - 2 * TOP
    points = " ".join(
        f"{LEFT + (WIDTH - 2 * LEFT) * step / last:.1f},{TOP + inner * (1 - loss / top):.1f}" for step, loss in losses
    )
    labels = _text(LEFT, 18, "loss of a token by step") + _text(4, TOP + 4, f"{top:.2f}") + _text(4, TOP + inner, "0")
    line = f'<polyline points="{points}" fill="none" stroke="{_COLOURS[1]}" stroke-width="2"/>'
    return labels + line + _text(WIDTH - LEFT, TOP + inner + 16, str(last))


def _bars(scores: Sequence[tuple[str, float, float]]) -> str:
    inner = HEIGHT - 2 * TOP
    parts = [_text(LEFT, 18, "chrF before (grey) and after (blue)")]
    for number, (name, *values) in enumerate(scores):
        for side, value in enumerate(values):
            x, height = LEFT + 160 * number + 50 * side, inner * value / 100
            y = TOP + inner - height
            fill = _COLOURS[side]
            parts.append(f'<rect x="{x}" y="{y:.1f}" width="44" height="{height:.1f}" fill="{fill}"/>')
            parts.append(_text(x + 8, y - 4, f"{value:.1f}"))
        parts.append(_text(LEFT + 160 * number, TOP + inner + 16, name))
    return "".join(parts)


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
