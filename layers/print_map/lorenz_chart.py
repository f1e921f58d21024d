"""Chart for print: the Lorenz curves of travel times, a curve for each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.analysis import Analysis
from geo.equity.by_band import group_times, layers_with_times
from geo.equity.inequality import Lorenz, lorenz
from layers.print_map.charts import LINES, axis_words
from layers.print_map.page import Drawing, Page, Paper, draw_text, new_page
from layers.style.typeface import known_text, wrap
from layers.words.catalogue import Words
from layers.words.phrases import layer_title, people

__all__ = ["layer_curves", "lorenz_chart"]

_SQUARE = 62.0  # millimetres
_EQUAL = ("#555555", (0, (4, 3)))
_SIZE = 8.0
_PT = 72 / 25.4


def layer_curves(analysis: Analysis) -> dict[str, Lorenz]:
    """The curve of the people that each layer counts; layers without a curve are left out."""
    found = {}
    for key in layers_with_times(analysis):
        own = analysis.study.layer(key).demand or ""
        for group in group_times(analysis, key):
            if group.band == own and not group.class_:
                curve = lorenz(group.filled_ms, group.weight)
                if len(curve.people):
                    found[key] = curve
    return found


def lorenz_chart(
    analysis: Analysis, curves: Mapping[str, Lorenz], words: Words, *, width: float = 156.0
) -> Drawing:
    """The curves of layers (`layer_curves`) in one square, with the line of equal times."""
    entries = []
    halves = []
    for number, (key, curve) in enumerate(curves.items()):
        title = known_text(layer_title(analysis.study.layer(key), words))
        entries.append((title, *LINES[number % len(LINES)]))
        halves.append(words("equity.half", name=title, share=words.share(curve.at(0.5))))
    page = new_page(Paper(width, _SQUARE + 18, 1))
    left, top = page.left + 15, page.top - 3
    axes = page.axes(left, top - _SQUARE, left + _SQUARE, top)
    _legend(page, [*entries, (words("equity.equal"), *_EQUAL)], left + _SQUARE + 6, top)
    axes.plot([0, 100], [0, 100], color=_EQUAL[0], linestyle=_EQUAL[1], linewidth=0.8)
    for curve, (_, colour, dashes) in zip(curves.values(), entries, strict=True):
        axes.plot(
            curve.people * 100, curve.time * 100, color=colour, linestyle=dashes, linewidth=1.5
        )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    x = words("equity.curve_x_percent", people=people(analysis.study, words))
    axis_words(axes, x, words("equity.curve_y_percent"))
    axes.grid(color="#dddddd", linewidth=0.5)
    title = words("equity.chart")
    alt = words("equity.curve_told", halves=words("export.semicolon").join(halves))
    return Drawing(page.figure, title, alt)


def _legend(page: Page, entries: Sequence[tuple[Any, ...]], left: float, top: float) -> None:
    """Names of the lines beside the square, one below the other, with their dashes."""
    y = top - 3
    for text, colour, dashes in entries:
        page.sheet.plot([left, left + 10], [y, y], color=colour, linestyle=dashes, linewidth=1.5)
        for line in wrap(text, (page.right - left - 12) * _PT, _SIZE):
            draw_text(page.sheet, left + 12, y, line, _SIZE, va="center")
            y -= 4.4
        y -= 1.0
