"""The content of a report, chapter by chapter: sentences built from the figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from geo.analysis import Analysis
from geo.base.progress import Progress
from geo.network.profiles import profile_of
from geo.study.limit import Limit
from layers.print_map.page import PAPERS, Paper
from layers.print_map.prepared import PreparedMaps
from layers.report.blocks import Block, Break, Document, Heading, Paragraph, Ref, Table, text_area
from layers.report.figures import ReportFigures
from layers.report.tables import (
    cause_table,
    county_table,
    fill_in_table,
    finding_table,
    gap_table,
    input_table,
    present_table,
    rule_table,
    share_table,
    unit_table,
    work_table,
)
from layers.words.catalogue import Words
from layers.words.layer_sentences import layer_sentence, spread_sentence, where_sentence
from layers.words.phrases import (
    counted_units,
    figures,
    layer_notes,
    layer_title,
    notices,
    people,
    speed_text,
    unit_word,
)

__all__ = ["SECTIONS", "ReportOptions", "build_report"]

# In the order of official reports; each can be left out.
SECTIONS = (
    "summary", "basis", "present", "results", "gaps", "siting", "actions", "quality",
    "tables", "maps", "opinions",
)  # fmt: skip
_UNNUMBERED = ("summary", "tables", "maps", "opinions")
_PLACES = re.compile(r"(\{(?:ref|figure)\})")


@dataclass(frozen=True)
class ReportOptions:
    """What goes into a report.

    Attributes
    ----------
    sections : sequence of str
        Any of `SECTIONS`; always in their order.
    made_on : date, optional
        Below the title and on the maps.
    logo : bytes
        A PNG or JPEG for the first page.
    proposals : sequence of Table
        Sites proposed by the siting page or command; without them the chapter holds a form.
    measures : sequence of Table
        Cases of the ledger; without them the chapter holds a form.
    dpi : int
        Of the figures.
    paper : Paper
        Size of the pages; a template for Word has its own.
    """

    sections: Sequence[str] = SECTIONS
    made_on: date | None = None
    logo: bytes = b""
    proposals: Sequence[Table] = field(default_factory=tuple)
    measures: Sequence[Table] = field(default_factory=tuple)
    dpi: int = 200
    paper: Paper = PAPERS["a4"]


def build_report(
    analysis: Analysis,
    words: Words,
    options: ReportOptions,
    *,
    prepared: PreparedMaps | None = None,
    progress: Progress | None = None,
) -> Document:
    """The report as blocks; figures are drawn here, which is most of the work.

    Parameters
    ----------
    analysis : Analysis
    words : Words
    options : ReportOptions
    prepared : PreparedMaps, optional
        What the maps of this analysis are drawn from; without it they have no roads.
    progress : Progress, optional
        Told of the stage ``figures`` and of each figure.
    """
    wanted = [
        name
        for name in SECTIONS
        if name in options.sections and (name != "maps" or analysis.has_borders)
    ]
    area = text_area(options.paper, words.language)
    prepared = prepared or PreparedMaps(analysis)
    drawn = ReportFigures(analysis, words, options.made_on, options.dpi, prepared, area)
    progress = progress or Progress()
    progress.stage("figures", drawn.count(wanted))
    drawn.progress = progress
    parts: dict[str, Callable[[], list[Block]]] = {
        "summary": lambda: _summary(analysis, words),
        "basis": lambda: _basis(analysis, words),
        "present": lambda: _present(analysis, words),
        "results": lambda: _results(analysis, words, drawn),
        "gaps": lambda: _gaps(analysis, words, drawn),
        "siting": lambda: _siting(analysis, words, options.proposals),
        "actions": lambda: _actions(analysis, words, options.measures),
        "quality": lambda: _quality(analysis, words),
        "tables": lambda: [unit_table(analysis, words)],
        "maps": lambda: list(drawn.gap_maps()),
        "opinions": lambda: [fill_in_table("opinions", words, rows=6)],
    }
    blocks: list[Block] = []
    number = 0
    for name in wanted:
        title = words(f"report.section.{name}")
        if name not in _UNNUMBERED:
            number += 1
            title = _numbered(number, title, words)
        if name in ("tables", "maps", "opinions"):
            blocks.append(Break())
        blocks += [Heading(1, title), *_with_numbers(parts[name](), number, words)]
    study = words.text(analysis.study.study.name)
    lines = [words.day(options.made_on)] if options.made_on else []
    return Document(
        title=words("report.title", study=study),
        lines=lines,
        blocks=blocks,
        logo=options.logo,
        paper=options.paper,
        subject=words("report.subject", analysis_id=analysis.summary["analysis_id"]),
    )


def _numbered(number: int, title: str, words: Words) -> str:
    return words("report.numbered", number=words.language.chapter_number(number), title=title)


def _with_numbers(blocks: list[Block], chapter: int, words: Words) -> list[Block]:
    """Headings of the second level numbered within their chapter: （一）, 3.1."""
    found: list[Block] = []
    number = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            number += 1
            sign = words.language.section_number(chapter, number)
            block = Heading(2, words("report.numbered_sub", number=sign, title=block.text))
        found.append(block)
    return found


def _keys(analysis: Analysis) -> list[str]:
    return [str(key) for key in analysis.summary["layers"]]


def _notes(pairs: Sequence[tuple[str, str]], words: Words) -> list[Block]:
    return [
        Paragraph([words("export.note_item", about=about, text=text)], "note")
        for about, text in pairs
    ]


def _summary(analysis: Analysis, words: Words) -> list[Block]:
    """One paragraph for each layer, then the notices."""
    blocks: list[Block] = [
        Paragraph([layer_sentence(analysis, key, words)]) for key in _keys(analysis)
    ]
    blocks.append(Paragraph([words("export.not_comparable")]))
    by_text: dict[str, list[str]] = {}  # the layers of one service have the same notes
    for key in _keys(analysis):
        title = layer_title(analysis.study.layer(key), words)
        for _, text in layer_notes(analysis, key, words):
            by_text.setdefault(text, []).append(title)
    about = [(words("export.comma").join(titles), text) for text, titles in by_text.items()]
    return blocks + _notes(notices(analysis.study, words)[1:] + about, words)


def _basis(analysis: Analysis, words: Words) -> list[Block]:
    study = analysis.study
    walks = [
        layer
        for layer in study.layers
        if layer.profile == "walk" and layer.limit == Limit(15, "minutes")
    ] and profile_of("walk", study.profiles).kmh == 4.0
    blocks: list[Block] = [
        Heading(2, words("report.sub.counted")),
        Paragraph([words("report.basis.presence")]),
        Paragraph([words("report.basis.time", access=f"{study.network.max_access_m:g}")]),
        Paragraph([words("report.basis.compare")]),
        Heading(2, words("report.sub.rules")),
        Paragraph(_with_ref(words("report.basis.rules", ref="{ref}"), "rules")),
        rule_table(analysis, words),
    ]
    if walks:
        blocks.append(Paragraph([words("report.basis.standard")]))
    for layer in study.layers:
        if profile_of(layer.profile, study.profiles).mode == "drive":
            text = words("report.basis.drive", speeds=speed_text(study, layer, words))
            blocks.append(Paragraph([text], "note"))
            break
    blocks.append(Heading(2, words("report.sub.sources")))
    sources = [words.text(source) for source in study.study.sources] or [words("export.osm")]
    blocks += [Paragraph([source], "item") for source in sources]
    return blocks + _notes(notices(study, words), words)


def _with_ref(text: str, target: str, figure: str = "") -> list[str | Ref]:
    """A sentence with ``{ref}``, and perhaps ``{figure}``, as parts of a paragraph."""
    targets = {"{ref}": target, "{figure}": figure}
    parts = _PLACES.split(text)
    return [Ref(targets[part]) if part in targets else part for part in parts]


def _present(analysis: Analysis, words: Words) -> list[Block]:
    study = analysis.study
    entry = figures(analysis, _keys(analysis)[0])
    text = words(
        "report.present.text",
        study=words.text(study.study.name),
        count=words.number(entry["units_total"]),
        units=counted_units(study.units.level, words),
        people=people(study, words),
        total=words.number(
            max(float(figures(analysis, k)["demand_total"]) for k in _keys(analysis))
        ),
        unit=unit_word(study, words),
        points=words.number(analysis.demand["demand_id"].nunique()),
        ref="{ref}",
    )
    return [Paragraph(_with_ref(text, "present")), present_table(analysis, words)]


def _results(analysis: Analysis, words: Words, drawn: ReportFigures) -> list[Block]:
    blocks: list[Block] = [
        Heading(2, words("report.sub.shares")),
        Paragraph(_with_ref(words("report.results.shares", ref="{ref}"), "shares")),
        share_table(analysis, words),
        Paragraph([words("export.not_comparable")], "note"),
        Heading(2, words("report.sub.minutes")),
        Paragraph(_with_ref(words("report.results.minutes", ref="{ref}"), "minutes")),
        drawn.minutes(),
    ]
    counties = county_table(analysis, words)
    if counties is not None:
        text = words("report.results.counties", ref="{ref}", figure="{figure}")
        blocks += [
            Heading(2, words("report.sub.counties")),
            Paragraph(_with_ref(text, "counties", "bars")),
            counties,
        ]
        blocks.append(drawn.counties())
    for key in _keys(analysis):
        blocks.append(Heading(2, layer_title(analysis.study.layer(key), words)))
        text = spread_sentence(analysis, key, words)
        if analysis.has_borders:
            text += words("report.results.map", ref="{ref}")
            blocks.append(Paragraph(_with_ref(text, f"map-{key}")))
            blocks.append(drawn.share_map(key))
        else:
            blocks.append(Paragraph([text]))
        pairs = layer_notes(analysis, key, words)
        blocks += _notes(pairs, words)
    return blocks


def _gaps(analysis: Analysis, words: Words, drawn: ReportFigures) -> list[Block]:
    text = words("report.gaps.figure", ref="{ref}", figure="{figure}")
    blocks: list[Block] = [
        Heading(2, words("report.sub.causes")),
        Paragraph([words("report.gaps.causes")]),
        Paragraph(_with_ref(text, "cause", "causes")),
        cause_table(analysis, words),
        drawn.causes(),
        Heading(2, words("report.sub.largest")),
    ]
    for key in _keys(analysis):
        table = gap_table(analysis, key, words)
        if not table.rows:
            continue
        title = layer_title(analysis.study.layer(key), words)
        text = words(
            "report.gaps.largest",
            layer=title,
            ref="{ref}",
            where=where_sentence(analysis, key, words),
        )
        blocks += [Paragraph(_with_ref(text, table.key)), table]
    return blocks


def _siting(analysis: Analysis, words: Words, proposals: Sequence[Table]) -> list[Block]:
    if proposals:
        return [Paragraph([words("report.siting.text")]), *proposals]
    return [Paragraph([words("report.siting.none")]), fill_in_table("siting", words, rows=4)]


def _actions(analysis: Analysis, words: Words, measures: Sequence[Table]) -> list[Block]:
    if measures:
        return [Paragraph([words("report.actions.text")]), *measures]
    text = words("report.actions.none", ref="{ref}")
    return [Paragraph(_with_ref(text, "work")), work_table(analysis, words)]


def _quality(analysis: Analysis, words: Words) -> list[Block]:
    study = analysis.study
    blocks: list[Block] = [
        Heading(2, words("report.sub.inputs")),
        Paragraph(_with_ref(words("report.quality.inputs", ref="{ref}"), "inputs")),
        input_table(analysis, words),
        Heading(2, words("report.sub.findings")),
    ]
    findings = finding_table(analysis, words)
    if findings.rows:
        text = words("report.quality.findings", ref="{ref}")
        blocks += [Paragraph(_with_ref(text, "findings")), findings]
    else:
        blocks.append(Paragraph([words("report.quality.clean")]))
    blocks.append(Heading(2, words("report.sub.limits")))
    pairs = notices(study, words)[1:]
    limits = [words("export.note_item", about=about, text=text) for about, text in pairs]
    limits += [words(f"report.limit.{name}") for name in ("model", "access", "doubt", "polygons")]
    blocks += [Paragraph([text], "item") for text in limits]
    blocks.append(
        Paragraph(
            [words("report.quality.trace", analysis_id=analysis.summary["analysis_id"])], "note"
        )
    )
    return blocks
