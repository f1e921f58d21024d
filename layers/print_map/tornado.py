"""A tornado chart for print: how far each assumption moves the share of a layer."""

from __future__ import annotations

from matplotlib.axes import Axes

from geo.sensitivity.result import LayerSensitivity
from geo.study.model import Layer
from layers.print_map.page import Drawing, Paper, draw_text, font, new_page
from layers.style.share_axis import HIGHER, LOWER, RANGE, share_axis, tick_text
from layers.style.typeface import known_text, text_width
from layers.words.catalogue import Words
from layers.words.lines.sensitivity import factor_name, tornado_text
from layers.words.phrases import layer_title

__all__ = ["range_chart"]

_ROW = 7.0
_PT = 72 / 25.4


def range_chart(
    found: LayerSensitivity, layer: Layer, words: Words, *, width: float = 156.0
) -> Drawing:
    """The bars of a layer, the widest first, and below them the references outside the range.

    Parameters
    ----------
    found : LayerSensitivity
        With a share, so of a layer with demand.
    layer : Layer
    words : Words
    width : float
        Millimetres.
    """
    bars, marks = found.bars(), found.references()
    factors = [bar[0] for bar in bars] + [mark[0] for mark in marks]
    names = [known_text(factor_name(factor, words)) for factor in factors]
    page = new_page(Paper(width, 18 + _ROW * len(names), 1))
    longest = max(text_width(name, 7.5) / _PT for name in names)
    axes = page.axes(page.left + longest + 4, page.bottom + 6, page.right - 4, page.top - 5)
    shares = [found.range.low, found.range.high, *(share for _, share in marks)]
    low, high, step = share_axis(shares)
    # Texts stand beside the bars, also beside those that end at the last tick.
    room = 12 / (page.right - page.left - longest - 8) * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(len(names) - 0.4, -0.6)
    within = len(bars) - 0.5
    axes.fill_between([found.range.low, found.range.high], -0.6, within, color=RANGE, linewidth=0)
    for row, (_, left, right) in enumerate(bars):
        _bar(axes, row, left, right, found.range.share, words)
    for row, (_, share) in enumerate(marks, start=len(bars)):
        axes.plot(share, row, marker="D", markersize=4, color="#ffffff", markeredgecolor="#333333")
        draw_text(axes, share + room / 5, row, words.share(share), 7.0, va="center")
    if marks:
        axes.axhline(within, color="#333333", linewidth=0.6, linestyle=(0, (2, 3)))
    axes.axvline(found.range.share, color="#333333", linewidth=0.8)
    base = words.share(found.range.share)
    draw_text(axes, found.range.share, -0.75, base, 7.5, ha="center", va="bottom")
    count = round((high - low) / step)
    ticks = [low + number * step for number in range(count + 1)]
    axes.set_xticks(ticks, [tick_text(tick, step) for tick in ticks])
    axes.set_yticks(range(len(names)), names)
    _style(axes)
    title = words("sensitivity.chart", layer=layer_title(layer, words))
    return Drawing(page.figure, title, tornado_text(found, words))


def _bar(axes: Axes, row: int, left: float, right: float, share: float, words: Words) -> None:
    axes.barh(row, share - left, left=left, height=0.5, color=LOWER)
    axes.barh(row, right - share, left=share, height=0.5, color=HIGHER)
    beside = (axes.get_xlim()[1] - axes.get_xlim()[0]) / 120
    if left < share:
        draw_text(axes, left - beside, row, words.share(left), 7.0, ha="right", va="center")
    if right > share or left == right:
        draw_text(axes, right + beside, row, words.share(right), 7.0, va="center")


def _style(axes: Axes) -> None:
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(7.5))
        label.set_parse_math(False)
    axes.tick_params(axis="x", length=2.5, width=0.5)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_linewidth(0.6)
