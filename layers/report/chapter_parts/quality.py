"""Data quality and its limits, and the annex by which the figures can be traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geo.analysis import Analysis
from layers.report.blocks import Block, Heading, Paragraph, Table, with_ref
from layers.report.tables import file_table, finding_table, input_table
from layers.words.catalogue import Words
from layers.words.definitions import registry

__all__ = ["quality", "sources_annex"]


def quality(analysis: Analysis, words: Words, notes: Sequence[str]) -> list[Block]:
    """Rows read of every input, findings, and limits of the method after the study's `notes`."""
    blocks: list[Block] = [
        Heading(2, words("report.sub.inputs")),
        Paragraph(with_ref(words("report.quality.inputs", ref="{ref}"), "inputs")),
        input_table(analysis, words),
        Heading(2, words("report.sub.findings")),
    ]
    findings = finding_table(analysis, words)
    if findings.rows:
        text = words("report.quality.findings", ref="{ref}")
        blocks += [Paragraph(with_ref(text, "findings")), findings]
    else:
        blocks.append(Paragraph([words("report.quality.clean")]))
    blocks.append(Heading(2, words("report.sub.limits")))
    limits = [words(f"report.limit.{name}") for name in ("model", "access", "doubt", "polygons")]
    return blocks + [Paragraph([text], "item") for text in (*notes, *limits)]


def sources_annex(analysis: Analysis, words: Words) -> list[Block]:
    """The files, their hashes, the analysis id, and the register of definitions."""
    text = words("report.sources.text", ref="{ref}")
    trace = words("report.quality.trace", analysis_id=analysis.summary["analysis_id"])
    registered = words("registry.text", ref="{ref}")
    return [
        Paragraph(with_ref(text, "files")),
        file_table(analysis, words),
        Paragraph([trace], "note"),
        Paragraph(with_ref(registered, "registry")),
        registry_table(analysis, words),
    ]


def registry_table(analysis: Analysis, words: Words) -> Table:
    """The register of definitions, several of its fields in a cell, as a page is narrow."""
    rows = []
    for one in registry(analysis, words):
        parts = {"numerator": one.numerator, "denominator": one.denominator}
        meaning = {
            "definition": one.definition,
            "source": one.source,
            "valid_for": one.valid_for,
        }
        value = words("registry.item", name=words("registry.value"), text=one.shown)
        rows.append([
            one.name,
            "\n".join([value, *_items(parts, words)]),
            "\n".join(_items(meaning, words)),
            one.not_with,
        ])  # fmt: skip
    header = [
        words("annexes.header.indicator"),
        words("registry.header.parts"),
        words("registry.header.meaning"),
        words("annexes.header.not_with"),
    ]
    return Table("registry", words("registry.caption"), header, rows, (0.16, 0.24, 0.36, 0.24))


def _items(texts: Mapping[str, str], words: Words) -> list[str]:
    """Each text after its name."""
    return [
        words("registry.item", name=words(f"annexes.header.{name}"), text=text)
        for name, text in texts.items()
    ]
