"""The section of the range of the share: sentences, a chart for each layer, a table."""

from __future__ import annotations

from geo.analysis import Analysis
from geo.sensitivity.result import LayerSensitivity, Sensitivity
from layers.report.blocks import Block, Heading, Paragraph, Table, with_ref
from layers.report.figures import ReportFigures
from layers.words.catalogue import Words
from layers.words.lines.sensitivity import (
    main_sentence,
    range_sentence,
    reference_sentence,
    sensitivity_lines,
    variant_rows,
)
from layers.words.phrases import layer_title

__all__ = ["range_blocks", "ranged_layers"]


def range_blocks(
    ranges: Sensitivity | None, analysis: Analysis, words: Words, drawn: ReportFigures
) -> list[Block]:
    """The section; empty where no layer of the report has a range."""
    shown = ranged_layers(ranges, analysis)
    if ranges is None or not shown:
        return []
    blocks: list[Block] = [Heading(2, words("sensitivity.title"))]
    text = words("sensitivity.method_table", draws=ranges.draws, ref="{ref}")
    blocks.append(Paragraph(with_ref(text, "ranges")))
    for key, found in shown.items():
        text = words(
            "sensitivity.paragraph",
            share=range_sentence(found, analysis.study.layer(key), words),
            main=main_sentence(found, words),
            reference=reference_sentence(found, words),
        )
        blocks += [Paragraph([text.strip()]), drawn.share_range(found)]
    blocks.append(_table(shown, analysis, words))
    notes = sensitivity_lines(ranges, words)[1:]
    return [*blocks, *(Paragraph([line], "note") for line in notes)]


def ranged_layers(ranges: Sensitivity | None, analysis: Analysis) -> dict[str, LayerSensitivity]:
    """The layers of the report that have a share and its range."""
    if ranges is None:
        return {}
    found = {key: ranges.layers.get(str(key)) for key in analysis.summary["layers"]}
    return {k: one for k, one in found.items() if one and one.range.share == one.range.share}


def _table(shown: dict[str, LayerSensitivity], analysis: Analysis, words: Words) -> Table:
    rows, header = [], [words("sensitivity.column.layer")]
    for key, found in shown.items():
        names, *lines = variant_rows(found, words)
        title = layer_title(analysis.study.layer(key), words)
        rows += [[title, *line] for line in lines]
    header += names
    widths = (0.27, 0.37, 0.11, 0.11, 0.14)
    return Table("ranges", words("sensitivity.table"), header, rows, widths, (2, 3))
