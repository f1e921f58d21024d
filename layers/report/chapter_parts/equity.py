"""The section of a report on equity: sentences, tables of groups, and the Lorenz curves."""

from __future__ import annotations

from geo.analysis import Analysis
from geo.study.model import Layer
from layers.report.blocks import Block, Heading, Paragraph, Table, with_ref
from layers.report.figures import ReportFigures
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.lines.equity import (
    EquityGroup,
    equity_groups,
    equity_sentence,
    group_cells,
    group_columns,
    measures,
)
from layers.words.numbers import decimal
from layers.words.phrases import layer_title, people, unit_word

__all__ = ["equity_section"]


def equity_section(analysis: Analysis, words: Words, drawn: ReportFigures) -> list[Block]:
    """How equally travel times are distributed; empty without demand in any layer.

    With bands or classes each layer has a table of its groups. Without, one table has all layers.
    """
    study = analysis.study
    of_layers = (
        (study.layer(str(key)), equity_groups(analysis, str(key), words))
        for key in analysis.summary["layers"]
    )
    groups = [(layer, found) for layer, found in of_layers if found]
    if not groups:
        return []
    horizon = decimal(study.network.horizon_minutes)
    blocks: list[Block] = [
        Heading(2, words("equity.report.title")),
        Paragraph([words("equity.report.filled", horizon=horizon)]),
    ]
    grouped = any(len(found) > 1 for _, found in groups)
    for layer, found in groups:
        key = f"equity-{layer.key}" if grouped else "equity"
        text = equity_sentence(analysis, layer.key, words)
        blocks.append(Paragraph(with_ref(words("equity.report.see", text=text, ref="{ref}"), key)))
        if grouped:
            blocks.append(_groups_table(analysis, layer, found, words))
    if not grouped:
        blocks.append(_layers_table(analysis, groups, words))
    picture = drawn.lorenz()
    if picture is not None:
        text = words("equity.report.curves", ref="{ref}", people=people(study, words))
        blocks += [Paragraph(with_ref(text, picture.key)), picture]
    return blocks


def _groups_table(
    analysis: Analysis, layer: Layer, groups: list[EquityGroup], words: Words
) -> Table:
    """The groups of one layer with their measures."""
    names = ["share", *measures([layer], analysis.study)]
    rows = [[group.name, *_cells(group, names, words)] for group in groups]
    caption = words("equity.report.caption", layer=layer_title(layer, words))
    first = words("equity.column.group")
    return _table(f"equity-{layer.key}", caption, first, names, rows, analysis, words)


def _layers_table(
    analysis: Analysis, groups: list[tuple[Layer, list[EquityGroup]]], words: Words
) -> Table:
    """The people that each layer counts, with their measures."""
    names = ["share", *measures([layer for layer, _ in groups], analysis.study)]
    rows = [[layer_title(layer, words), *_cells(found[0], names, words)] for layer, found in groups]
    caption, first = words("equity.report.caption_all"), words("report.header.layer")
    return _table("equity", caption, first, names, rows, analysis, words)


def _cells(group: EquityGroup, names: list[str], words: Words) -> list[str]:
    unreached = figure(f"{group.key}.unreached", group.figures["unreached"], words)
    return [*group_cells(group, names, words), unreached]


def _table(
    key: str,
    caption: str,
    first: str,
    names: list[str],
    rows: list[list[str]],
    analysis: Analysis,
    words: Words,
) -> Table:
    unreached = words("equity.report.unreached", unit=unit_word(analysis.study, words))
    header = [first, *group_columns(names, words), unreached]
    count = len(header) - 1
    widths = (0.3, *[0.7 / count] * count)
    return Table(key, caption, header, rows, widths, tuple(range(1, len(header))))
