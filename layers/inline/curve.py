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
from layers.inline.chart_style import FONTS, GRID, INK, LINES
from layers.style.escape import escape

__all__ = [
    "Curve",
    "CurveBand",
    "CurveWords",
    "curve_svg",
    "line_names",
    "line_rows",
    "sampled_curve",
]

_WIDTH, _HEIGHT = 420, 172
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 10, 20, 34
_BAND = "#c5dbea"


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
class CurveBand:
    """The range around the first line.

    Attributes
    ----------
    name : str
    x, low, high : float64 (n)
        Minutes or metres, ascending, and the lowest and highest share (0-1) there.
    """

    name: str
    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


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


def curve_svg(
    curves: Sequence[Curve], *, limit: float, words: CurveWords, band: CurveBand | None = None
) -> str:
    """The chart as SVG.

    Parameters
    ----------
    curves : sequence of Curve
        The first is drawn boldest and sets the end of the axis.
    limit : float
        Marked by a vertical line.
    band : CurveBand, optional
        Drawn below the lines, as far as the axis goes.
    """
    most = float(curves[0].x[-1])
    parts = [] if band is None else [_area(band, most)]
    parts += [_grid(most, words), _limit(limit, most, words.limit)]
    for number, curve in reversed(list(enumerate(curves))):
        colour, dashes = LINES[number % len(LINES)]
        points = " ".join(_points(curve, most))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="{2.2 if number == 0 else 1.6}" stroke-dasharray="{dashes}"/>'
        )
    names = [curve.name for curve in curves]
    if band is not None:
        parts.append(_band_name(band.name, len(names)))
    shown = len(names) + (band is not None)
    parts.append(line_names(names, _LEFT, _HEIGHT + 10, alone=band is None))
    height = _HEIGHT + 16 * line_rows(shown)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{FONTS}" '
        f'fill="{INK}">{"".join(parts)}</svg>'
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
        parts.append(f'<path d="M{_LEFT} {y}H{right}" stroke="{GRID}"/>')
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
        f'<path d="M{x} {_TOP - 6}V{_y(0)}" stroke="{INK}" stroke-dasharray="3 3"/>'
        f'<text x="{x + shift}" y="{_TOP - 8}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _area(band: CurveBand, most: float) -> str:
    seen = band.x <= most
    x, low, high = band.x[seen], band.low[seen], band.high[seen]
    there = _points(Curve("", x, high), most)
    back = _points(Curve("", x, low), most)[::-1]
    return f'<polygon points="{" ".join([*there, *back])}" fill="{_BAND}"/>'


def _band_name(name: str, place: int) -> str:
    """The name of the area, after those of `place` lines."""
    x, y = _LEFT + place % 2 * 190, _HEIGHT + 10 + place // 2 * 16
    return (
        f'<path d="M{x} {y - 4}h22" stroke="{_BAND}" stroke-width="8"/>'
        f'<text x="{x + 27}" y="{y}">{escape(name)}</text>'
    )


def line_rows(count: int) -> int:
    """The rows that the names of so many lines take below a chart; a single line needs none."""
    return -(-count // 2) if count > 1 else 0


def line_names(names: Sequence[str], left: float, top: float, *, alone: bool = True) -> str:
    """Names of the lines in the order of `LINES`, two in a row, 16 pixels a row.

    A single line needs no name where it stands alone.
    """
    if alone and len(names) < 2:
        return ""
    parts = []
    for number, name in enumerate(names):
        colour, dashes = LINES[number % len(LINES)]
        x, y = left + number % 2 * 190, top + number // 2 * 16
        parts.append(
            f'<path d="M{x} {y - 4}h22" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/><text x="{x + 27}" y="{y}">{escape(name)}</text>'
        )
    return "".join(parts)
