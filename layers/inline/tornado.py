"""A small tornado chart: how far each assumption moves a share, the widest bar first.

Below the bars are shares for reference, outside the range. The SVG has no style sheet and no
script, and its texts are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layers.inline.chart_style import FONTS, GRID, INK
from layers.style.escape import escape
from layers.style.share_axis import HIGHER, LOWER, RANGE, share_axis, tick_text

__all__ = ["Bar", "Mark", "tornado_svg"]

_WIDTH = 420
_LEFT, _RIGHT, _TOP, _ROW = 46, 46, 22, 31
# Names are read over the lines of the grid.
_HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3"'


@dataclass(frozen=True)
class Bar:
    """One assumption: its name, and its lowest and highest share (0-1) with their texts."""

    name: str
    low: float
    high: float
    texts: tuple[str, str]


@dataclass(frozen=True)
class Mark:
    """A share for reference, outside the range."""

    name: str
    share: float
    text: str


def tornado_svg(
    share: tuple[float, str], bars: Sequence[Bar], marks: Sequence[Mark] = (), *, range_name: str
) -> str:
    """The chart as SVG.

    Parameters
    ----------
    share : float, str
        The share of the study (0-1), and its text.
    bars : sequence of Bar
        From top to bottom.
    marks : sequence of Mark
        Below the bars.
    range_name : str
        Names the pale area from the lowest to the highest share of all bars.
    """
    values = [share[0], *(v for bar in bars for v in (bar.low, bar.high))]
    low, high, step = share_axis([*values, *(mark.share for mark in marks)])

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT), 1)

    bottom = _TOP + _ROW * (len(bars) + len(marks))
    ends = x(min(values)), x(max(values))
    within = _TOP + _ROW * len(bars)
    parts = [
        f'<rect x="{ends[0]}" y="{_TOP}" width="{round(ends[1] - ends[0], 1)}" '
        f'height="{within - _TOP}" fill="{RANGE}"/>',
        *_axis(low, high, step, x, bottom),
        f'<path d="M{x(share[0])} {_TOP - 4}V{bottom}" stroke="{INK}"/>',
        f'<text x="{x(share[0])}" y="{_TOP - 8}" text-anchor="middle" font-weight="bold">'
        f"{escape(share[1])}</text>",
    ]
    for row, bar in enumerate(bars):
        parts += _bar(bar, _TOP + row * _ROW, x, share[0])
    if marks:
        parts.append(f'<path d="M0 {within}H{_WIDTH}" stroke="{INK}" stroke-dasharray="2 3"/>')
    for row, mark in enumerate(marks):
        parts += _mark(mark, within + row * _ROW, x)
    name = escape(range_name)
    parts.append(f'<rect x="0" y="{bottom + 24}" width="14" height="9" fill="{RANGE}"/>')
    parts.append(f'<text x="19" y="{bottom + 32}">{name}</text>')
    height = bottom + 38
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="11" font-family="{FONTS}" '
        f'fill="{INK}">{"".join(parts)}</svg>'
    )


def _axis(low, high, step, x, bottom):  # type: ignore[no-untyped-def]
    for tick in range(round((high - low) / step) + 1):
        value = low + tick * step
        yield f'<path d="M{x(value)} {_TOP}V{bottom}" stroke="{GRID}"/>'
        text = tick_text(value, step)
        yield f'<text x="{x(value)}" y="{bottom + 14}" text-anchor="middle">{text}</text>'


def _bar(bar, top, x, share):  # type: ignore[no-untyped-def]
    left, middle, right = x(bar.low), x(share), x(bar.high)
    yield f'<text x="0" y="{top + 12}" {_HALO}>{escape(bar.name)}</text>'
    for a, b, colour in ((left, middle, LOWER), (middle, right, HIGHER)):
        if b > a:
            width = round(b - a, 1)
            yield f'<rect x="{a}" y="{top + 16}" width="{width}" height="11" fill="{colour}"/>'
    low, high = map(escape, bar.texts)
    y = top + 26
    if bar.low < share:
        yield f'<text x="{left - 4}" y="{y}" text-anchor="end" {_HALO}>{low}</text>'
    if bar.high > share or bar.low == bar.high:
        yield f'<text x="{right + 4}" y="{y}" {_HALO}>{high}</text>'


def _mark(mark, top, x):  # type: ignore[no-untyped-def]
    at, y = x(mark.share), top + 21.5
    yield f'<text x="0" y="{top + 12}" {_HALO}>{escape(mark.name)}</text>'
    yield f'<path d="M{at} {y - 5.5}l5 5.5l-5 5.5l-5 -5.5z" fill="none" stroke="{INK}"/>'
    yield f'<text x="{at + 9}" y="{top + 26}">{escape(mark.text)}</text>'
