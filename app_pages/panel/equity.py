"""The part of the panel about equity: measures, Lorenz curves, and groups beside each other."""

from __future__ import annotations

from app_pages.shell.html import Figure, explanation, figures, head, image, row_of_two, table
from geo.analysis import Analysis
from geo.study.model import Layer
from layers.inline.chart_style import LINES
from layers.inline.lorenz import LorenzWords, lorenz_svg
from layers.words.catalogue import Words
from layers.words.lines.equity import (
    EquityGroup,
    equity_figures,
    equity_groups,
    group_cells,
    group_columns,
    group_curves,
    measures,
)
from layers.words.numbers import amount, decimal
from layers.words.phrases import people

__all__ = ["equity"]


def equity(analysis: Analysis, layer: Layer, words: Words) -> str:
    """How equally travel times are distributed over the people of a layer; "" without people."""
    groups = equity_groups(analysis, layer.key, words)
    own = next((group for group in groups if group.own), None)
    if own is None:
        return ""
    study = analysis.study
    shown = [
        Figure(one.label, one.value, one.basis) for one in equity_figures(own, layer, study, words)
    ]
    return "".join(
        [
            head(words("equity.head")),
            figures(shown, words, css_class="qh-measures"),
            _curves(analysis, layer, groups, words),
            _groups(analysis, layer, groups, words) if len(groups) > 1 else "",
            explanation("equity", words, horizon=decimal(study.network.horizon_minutes)),
        ]
    )


def _curves(analysis: Analysis, layer: Layer, groups: list[EquityGroup], words: Words) -> str:
    # The people that the layer counts come first, and are drawn boldest.
    ordered = sorted(groups, key=lambda group: not group.own)
    curves = group_curves(analysis, layer.key, ordered, most=len(LINES))
    if not curves:
        return ""
    axes = LorenzWords(
        x=words("equity.curve_x", people=people(analysis.study, words)),
        y=words("equity.curve_y"),
        equal=words("equity.equal"),
    )
    halves = [
        words("equity.half", name=name, share=words.share(curve.at(0.5))) for name, curve in curves
    ]
    alt = words("equity.curve_told", halves=words("export.semicolon").join(halves))
    return image(lorenz_svg(curves, words=axes), alt, css_class="qh-curve")


def _groups(analysis: Analysis, layer: Layer, groups: list[EquityGroup], words: Words) -> str:
    """The groups beside each other, each with the number of its people without a time."""
    # The panel has room for four columns of numbers.
    names = ["share", *measures([layer], analysis.study)][:4]
    columns = [words("equity.column.group"), *group_columns(names, words)]
    numbers = range(1, len(columns))
    rows = []
    for group in groups:
        unreached = amount(group.figures["unreached"], analysis.study, words)
        name = (group.name, words("equity.row_unreached", amount=unreached))
        cells = [name, *((cell, "") for cell in group_cells(group, names, words))]
        rows.append(row_of_two(cells, numbers=numbers, css_class="on" if group.own else ""))
    return table(columns, rows, numbers=numbers)
