"""A small chart: share of demand within a number of minutes (or metres), one line for each rule.

It shows how much demand is just beyond the limit, and how much is far. The SVG has no style sheet
and no script, and its texts are escaped. It is written here since matplotlib takes
ten times as long and six times the bytes, in a panel that is drawn again at each click.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.share_curve import share_curve
from layers.style.escape import escape

__all__ = ["Curve", "CurveWords", "curve_svg", "sampled_curve"]

_WIDTH, _HEIGHT = 420, 172
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 10, 20, 34
# Okabe and Ito's colours; dashes distinguish the lines in grey print.
_LINES = (("#0072b2", ""), ("#b34700", "6 3"), ("#007a5a", "2 3"), ("#8f4a7a", "8 3 2 3"))
_FONTS = (
    "system-ui, Microsoft YaHei, PingFang SC, Noto Sans CJK SC, WenQuanYi Micro Hei, sans-serif"
)
_INK, _GRID = "#474d55", "#dedcd5"


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes
    ----------
    name : str
    x, share : float64 (n)
        Minutes or metres, ascending, and the share (0–1) of all demand reached by then.
    """

    name: str
    x: NDArray[np.float64]
    share: NDArray[np.float64]


@dataclass(frozen=True)
class CurveWords:
    """The chart's words: names of the axes and of the limit."""

    x: str
    y: str
    limit: str


def sampled_curve(name: str, demand: pd.DataFrame, column: str, most: float) -> Curve:
    """`geo.coverage.share_curve.share_curve` as a line of this chart, one value for each pixel.

    Parameters
    ----------
    name : str
    demand : pd.DataFrame
        Rows of one layer: weight, and `column`.
    column : str
        minutes or metres.
    most : float
        Where the line ends.
    """
    marks = np.linspace(0.0, most, _WIDTH - _LEFT - _RIGHT + 1)
    return Curve(name, marks, share_curve(demand, column).at(marks))


def curve_svg(curves: Sequence[Curve], *, limit: float, words: CurveWords) -> str:
    """The chart as SVG.

    Parameters
    ----------
    curves : sequence of Curve
        The first is drawn boldest and sets the end of the axis.
    limit : float
        Marked by a vertical line.
    """
    most = float(curves[0].x[-1])
    parts = [_grid(most, words), _limit(limit, most, words.limit)]
    for number, curve in reversed(list(enumerate(curves))):
        colour, dashes = _LINES[number % len(_LINES)]
        points = " ".join(_points(curve, most))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="{2.2 if number == 0 else 1.6}" stroke-dasharray="{dashes}"/>'
        )
    parts.append(_names(curves))
    height = _HEIGHT + 16 * _rows(curves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{_FONTS}" '
        f'fill="{_INK}">{"".join(parts)}</svg>'
    )


def _x(value: float, most: float) -> float:
    return round(_LEFT + value / most * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _points(curve: Curve, most: float) -> list[str]:
    """The points where the share changes."""
    kept = np.ones(len(curve.x), bool)
    kept[1:-1] = (curve.share[1:-1] != curve.share[:-2]) | (curve.share[1:-1] != curve.share[2:])
    pairs = zip(curve.x[kept], curve.share[kept], strict=True)
    return [f"{_x(float(x), most):g},{_y(float(share)):g}" for x, share in pairs]


def _grid(most: float, words: CurveWords) -> str:
    right, bottom = _WIDTH - _RIGHT, _y(0)
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(share)
        parts.append(f'<path d="M{_LEFT} {y}H{right}" stroke="{_GRID}"/>')
        if share in (0.0, 0.5, 1.0):
            parts.append(
                f'<text x="{_LEFT - 4}" y="{y + 4}" text-anchor="end">{share * 100:.0f}%</text>'
            )
    for mark in _marks(most):
        parts.append(f'<text x="{_x(mark, most)}" y="{bottom + 14}" text-anchor="middle">')
        parts.append(f"{mark:g}</text>")
    parts.append(f'<text x="{right}" y="{bottom + 28}" text-anchor="end">{escape(words.x)}</text>')
    parts.append(f'<text x="{_LEFT}" y="{bottom + 28}">{escape(words.y)}</text>')
    return "".join(parts)


def _marks(most: float) -> list[float]:
    """About five round numbers along the axis."""
    step = next(
        (s for s in (1, 2, 5, 10, 15, 30, 60, 100, 200, 500, 1000, 2000, 5000) if most / s <= 6),
        10_000,
    )
    return [float(value) for value in np.arange(0, most + 1e-9, step)]


def _limit(limit: float, most: float, text: str) -> str:
    if not 0 < limit <= most:
        return ""
    x = _x(limit, most)
    anchor = "end" if limit > 0.7 * most else "start"
    shift = -3 if anchor == "end" else 3
    return (
        f'<path d="M{x} {_TOP - 6}V{_y(0)}" stroke="{_INK}" stroke-dasharray="3 3"/>'
        f'<text x="{x + shift}" y="{_TOP - 8}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _rows(curves: Sequence[Curve]) -> int:
    return -(-len(curves) // 2) if len(curves) > 1 else 0


def _names(curves: Sequence[Curve]) -> str:
    """Names below the chart, two in a row; a single line needs none."""
    if len(curves) < 2:
        return ""
    parts = []
    for number, curve in enumerate(curves):
        colour, dashes = _LINES[number % len(_LINES)]
        x, y = _LEFT + number % 2 * 190, _HEIGHT + 10 + number // 2 * 16
        parts.append(
            f'<path d="M{x} {y - 4}h22" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/><text x="{x + 27}" y="{y}">{escape(curve.name)}</text>'
        )
    return "".join(parts)
