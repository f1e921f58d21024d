"""The overview in the summary of a report on many programmes."""

from __future__ import annotations

from geo.analysis import Analysis
from geo.questions.composites import composites
from layers.report.blocks import Block, Paragraph, Table, with_ref
from layers.words.catalogue import Words
from layers.words.programmes.composites import composite_header, composite_lead, composite_rows
from layers.words.programmes.overview import COLUMNS, has_overview, overview_rows

__all__ = ["overview_blocks"]

_WIDTHS = (0.17, 0.12, 0.12, 0.16, 0.07, 0.07, 0.11, 0.18)


def overview_blocks(analysis: Analysis, words: Words) -> list[Block]:
    """The table with a row for each programme; nothing for a study of few layers."""
    if not has_overview(analysis):
        return []
    rows = [row.cells(words) for row in overview_rows(analysis, words)]
    header = [words(f"overview.column.{name}") for name in COLUMNS]
    table = Table("overview", words("overview.table"), header, rows, _WIDTHS)
    text = with_ref(words("overview.text", ref="{ref}"), "overview")
    return [Paragraph(text), table, *_composites(analysis, words)]


def _composites(analysis: Analysis, words: Words) -> list[Block]:
    """How many services of each set people reach."""
    blocks: list[Block] = []
    for number, found in enumerate(composites(analysis), start=1):
        caption = words("composite.table", title=words.text(found.composite.title))
        rows = composite_rows(found, analysis, words)
        header = composite_header(analysis, words)
        key = f"overview-{number}"
        blocks += [
            Paragraph([composite_lead(found, analysis, words)]),
            Table(key, caption, header, rows, (0.4, 0.35, 0.25), (1, 2)),
        ]
    return blocks
