"""A small chart: the share covered after each further site.

The scale follows the figures, since five sites may add few per cent. The SVG has no style sheet and
no script, and its texts are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from layers.inline.chart_style import FONTS, GRID, INK
from layers.style.escape import escape
from layers.style.share_axis import share_axis, tick_text

__all__ = ["growth_svg"]

_WIDTH, _HEIGHT = 420, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 12, 14, 32
_LINE, _OTHER = "#00623b", "#0072b2"


def growth_svg(
    shares: Sequence[float], *, best: Sequence[tuple[int, float]] = (), x: str, names: Sequence[str]
) -> str:
    """The chart as SVG.

    Parameters
    ----------
    shares : sequence of float
        0-1: before, and after each further site.
    best : sequence of (int, float)
        The best share of some numbers of sites, each solved alone.
    x : str
        What the horizontal axis counts.
    names : sequence of str
        Of the two lines; the second only where there is `best`.
    """
    count = max(len(shares) - 1, 1)
    values = [*shares, *(share for _, share in best)]
    low, high, step = share_axis(values)

    def at(number: float, share: float) -> tuple[float, float]:
        right = _WIDTH - _RIGHT
        across = _LEFT + number / count * (right - _LEFT)
        up = (share - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
        return round(across, 1), round(_HEIGHT - _BOTTOM - up, 1)

    parts = []
    for tick in range(round((high - low) / step) + 1):
        share = low + tick * step
        _, y = at(0, share)
        parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{GRID}"/>')
        text = tick_text(share, step)
        parts.append(f'<text x="{_LEFT - 4}" y="{y + 4}" text-anchor="end">{text}</text>')
    every = max(1, math.ceil(count / 10))
    for number in range(0, count + 1, every):
        across, _ = at(number, low)
        y = _HEIGHT - _BOTTOM + 14
        parts.append(f'<text x="{across}" y="{y}" text-anchor="middle">{number}</text>')
    bottom = _HEIGHT - 4
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{bottom}" text-anchor="end">{escape(x)}</text>')
    if best:
        parts.append(_line([at(number, share) for number, share in best], _OTHER, "5 3", dot=2.2))
    parts.append(_line([at(n, share) for n, share in enumerate(shares)], _LINE, "", dot=3.0))
    shown = list(zip(names, (_LINE, _OTHER), strict=False))[: 2 if best else 0]
    for row, (name, colour) in enumerate(shown):
        y = _HEIGHT + 12 + row * 15
        parts.append(f'<path d="M{_LEFT} {y - 4}h18" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 24}" y="{y}">{escape(name)}</text>')
    height = _HEIGHT + 15 * len(shown) + (4 if shown else 0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{FONTS}" '
        f'fill="{INK}">{"".join(parts)}</svg>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, dashes: str, *, dot: float) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="{dot}" fill="{colour}"/>' for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>{dots}'
    )
