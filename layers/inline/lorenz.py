"""A small chart: the Lorenz curves of travel times beside the line of equal times.

The SVG has no style sheet and no script, and its texts are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.equity.inequality import Lorenz
from layers.inline.chart_style import FONTS, GRID, INK, LINES
from layers.inline.curve import line_names, line_rows
from layers.style.escape import escape

__all__ = ["LorenzWords", "lorenz_svg"]

_SIDE = 220
_WIDTH, _LEFT, _TOP = 420, 52, 24
_BOTTOM = 34
_STEPS = 110  # points of a line: one for every second pixel


@dataclass(frozen=True)
class LorenzWords:
    """The chart's words: names of the axes and of the diagonal."""

    x: str
    y: str
    equal: str


def lorenz_svg(curves: Sequence[tuple[str, Lorenz]], *, words: LorenzWords) -> str:
    """The chart as SVG.

    Parameters
    ----------
    curves : sequence of (str, Lorenz)
        Name and curve of each line, none of them empty; the first is drawn boldest.
    """
    parts = [_grid(words)]
    for number, (_, curve) in reversed(list(enumerate(curves))):
        colour, dashes = LINES[number % len(LINES)]
        points = " ".join(_points(curve))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="{2.2 if number == 0 else 1.6}" stroke-dasharray="{dashes}"/>'
        )
    bottom = _TOP + _SIDE + _BOTTOM
    parts.append(line_names([name for name, _ in curves], _LEFT, bottom + 12))
    height = bottom + 16 * line_rows(len(curves)) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{FONTS}" '
        f'fill="{INK}">{"".join(parts)}</svg>'
    )


def _x(share: float) -> float:
    return round(_LEFT + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIDE, 1)


def _points(curve: Lorenz) -> list[str]:
    shares = np.linspace(0.0, 1.0, _STEPS + 1)
    return [f"{_x(share):g},{_y(curve.at(share)):g}" for share in shares.tolist()]


def _grid(words: LorenzWords) -> str:
    parts = []
    for share in (0.0, 0.5, 1.0):
        x, y, text = _x(share), _y(share), f"{share * 100:.0f}%"
        parts.append(f'<path d="M{_LEFT} {y}H{_x(1)}M{x} {_TOP}V{_y(0)}" stroke="{GRID}"/>')
        parts.append(f'<text x="{_LEFT - 4}" y="{y + 4}" text-anchor="end">{text}</text>')
        parts.append(f'<text x="{x}" y="{_y(0) + 14}" text-anchor="middle">{text}</text>')
    parts.append(
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="{INK}" stroke-dasharray="3 3"/>'
    )
    parts.append(f'<text x="{_x(0)}" y="{_y(0) + 29}">{escape(words.x)}</text>')
    parts.append(f'<text x="{_x(0)}" y="{_TOP - 9}">{escape(words.y)}</text>')
    # Beside the square, so that no line crosses it.
    side, y = _x(1) + 10, _y(0.5)
    parts.append(f'<path d="M{side} {y - 4}h18" stroke="{INK}" stroke-dasharray="3 3"/>')
    parts.append(f'<text x="{side + 23}" y="{y}">{escape(words.equal)}</text>')
    return "".join(parts)
