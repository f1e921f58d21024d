"""A chart of both shares at the verifications of a ledger, and of what changed between them.

Above are the shares, below the change since the verification before: what corrected data did and
what really changed, as bars beside each other. The SVG has no style sheet and no script, and its
texts are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from layers.inline.chart_style import FONTS, GRID, INK
from layers.style.escape import escape
from layers.style.share_axis import HIGHER, LOWER, share_axis, tick_text

__all__ = ["TrendNames", "TrendPoint", "trend_svg"]

_WIDTH, _LEFT, _RIGHT, _TOP = 520, 46, 12, 14
_SHARES, _BETWEEN, _CHANGES, _BELOW = 130, 36, 80, 20
_BAR = 9
_LINES = (("#00623b", ""), ("#8f4a7a", "5 3"))
_BARS = (LOWER, HIGHER)


@dataclass(frozen=True)
class TrendPoint:
    """One verification; NaN where a share or a change is unknown.

    Attributes
    ----------
    day : str
    share_by_time, share_by_presence : float
        0-1.
    data_change, real_change : float
        Of the share by time since the verification before.
    """

    day: str
    share_by_time: float
    share_by_presence: float
    data_change: float
    real_change: float

    def shares(self) -> tuple[float, float]:
        """Both shares."""
        return self.share_by_time, self.share_by_presence

    def changes(self) -> tuple[float, float]:
        """The change by data, and the real one."""
        return self.data_change, self.real_change


@dataclass(frozen=True)
class TrendNames:
    """Names of the lines and of the bars in the legend."""

    share_by_time: str
    share_by_presence: str
    data_change: str
    real_change: str


def trend_svg(points: Sequence[TrendPoint], names: TrendNames) -> str:
    """The chart as SVG; empty where there is no share.

    Parameters
    ----------
    points : sequence of TrendPoint
        The oldest first.
    """
    shares = [value for point in points for value in point.shares() if not math.isnan(value)]
    if not shares:
        return ""
    room = (_WIDTH - _LEFT - _RIGHT) / len(points)
    across = [round(_LEFT + room * (number + 0.5), 1) for number in range(len(points))]
    parts = [*_lines(points, across, shares), *_changes(points, across)]
    bottom = _TOP + _SHARES + _BETWEEN + _CHANGES
    every = max(1, math.ceil(len(points) / 6))
    for x, point in list(zip(across, points, strict=True))[::-1][::every]:
        parts.append(_text(x, bottom + 14, point.day, "middle"))
    top = bottom + _BELOW
    for row, (name, (colour, dashes)) in enumerate(
        zip((names.share_by_time, names.share_by_presence), _LINES, strict=True)
    ):
        y = top + 12 + row * 15
        parts.append(
            f'<path d="M{_LEFT} {y - 4}h18" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        parts.append(_text(_LEFT + 24, y, name, "start"))
    for row, (name, colour) in enumerate(
        zip((names.data_change, names.real_change), _BARS, strict=True)
    ):
        y, x = top + 12 + row * 15, _WIDTH // 2 + 20
        parts.append(f'<rect x="{x}" y="{y - 9}" width="14" height="9" fill="{colour}"/>')
        parts.append(_text(x + 20, y, name, "start"))
    height = top + 34
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{FONTS}" '
        f'fill="{INK}">{"".join(parts)}</svg>'
    )


def _lines(
    points: Sequence[TrendPoint], across: Sequence[float], shares: Sequence[float]
) -> list[str]:
    low, high, step = share_axis(shares)
    parts = []

    def up(share: float) -> float:
        return round(_TOP + _SHARES * (high - share) / (high - low), 1)

    for tick in range(round((high - low) / step) + 1):
        parts += _tick(up(low + tick * step), tick_text(low + tick * step, step))
    for which, (colour, dashes) in enumerate(_LINES):
        shown = [
            (x, up(point.shares()[which]))
            for x, point in zip(across, points, strict=True)
            if not math.isnan(point.shares()[which])
        ]
        path = " ".join(f"{x:g},{y:g}" for x, y in shown)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        parts += [f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{colour}"/>' for x, y in shown]
    return parts


def _changes(points: Sequence[TrendPoint], across: Sequence[float]) -> list[str]:
    changes = [value for point in points for value in point.changes() if not math.isnan(value)]
    # Without any change the axis still shows where none is.
    low, high, step = share_axis([0.0, *changes])
    top = _TOP + _SHARES + _BETWEEN
    parts = []

    def up(change: float) -> float:
        return round(top + _CHANGES * (high - change) / (high - low), 1)

    for tick in range(round((high - low) / step) + 1):
        value = low + tick * step
        text = tick_text(value, step)
        parts += _tick(up(value), f"+{text}" if value > 1e-9 else text.replace("-0%", "0%"))
    parts.append(f'<path d="M{_LEFT} {up(0.0)}H{_WIDTH - _RIGHT}" stroke="{INK}"/>')
    for x, point in zip(across, points, strict=True):
        for which, (change, colour) in enumerate(zip(point.changes(), _BARS, strict=True)):
            if math.isnan(change) or not change:
                continue
            y, height = min(up(change), up(0.0)), round(abs(up(change) - up(0.0)), 1)
            left = x - _BAR - 0.5 if which == 0 else x + 0.5
            parts.append(
                f'<rect x="{left:g}" y="{y}" width="{_BAR}" height="{height}" fill="{colour}"/>'
            )
    return parts


def _tick(y: float, text: str) -> list[str]:
    return [
        f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{GRID}"/>',
        _text(_LEFT - 4, y + 4, text, "end"),
    ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
