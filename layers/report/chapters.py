"""The content of a report, chapter by chapter: sentences built from the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from geo.analysis import Analysis
from geo.base.progress import Progress
from geo.network.profiles import profile_of
from geo.scenarios.proposed import ProposedSites
from geo.sensitivity.result import Sensitivity
from geo.study.limit import Limit
from layers.print_map.prepared import PreparedMaps
from layers.report.blocks import (
    Block,
    Break,
    Document,
    Heading,
    Paragraph,
    Table,
    text_area,
    with_ref,
    with_unnamed,
)
from layers.report.chapter_parts.conclusion import conclusion
from layers.report.chapter_parts.equity import equity_section
from layers.report.chapter_parts.indicators import limit_sources
from layers.report.chapter_parts.ledger import ledger_annexes, ledger_chapter, ledger_note
from layers.report.chapter_parts.overview import overview_blocks
from layers.report.chapter_parts.quality import quality, sources_annex
from layers.report.chapter_parts.sensitivity import range_blocks, ranged_layers
from layers.report.chapter_parts.siting import proposal_bound, proposal_sentence, proposal_table
from layers.report.figures import ReportFigures
from layers.report.options import SECTIONS, ReportOptions
from layers.report.tables import (
    cause_table,
    county_tables,
    fill_in_table,
    gap_table,
    present_table,
    rule_table,
    share_table,
    unit_tables,
    work_table,
)
from layers.words.catalogue import Words, words_for
from layers.words.figure_keys import figure
from layers.words.layer_sentences import layer_sentence, spread_sentence, where_sentence
from layers.words.lines.capacity import capacity_sentence
from layers.words.lines.site_sets import set_sentences
from layers.words.phrases import (
    as_of_text,
    cause_name,
    counted_units,
    figures,
    known_causes,
    layer_notes,
    layer_title,
    note_line,
    notices,
    office_name,
    people,
    place_name,
    sentence,
    sources,
    speed_text,
    unit_word,
)

__all__ = ["SECTIONS", "ReportOptions", "build_report"]

_ANNEXES = ("tables", "maps", "sources", "opinions")
_UNNUMBERED = ("summary", *_ANNEXES)
# Each note is written once: in the first of these chapters that the report has.
_OWNERS = {
    "layers": ("summary", "results", "present"),
    "study": ("quality", "basis", "summary"),
    "compare": ("summary", "basis", "results", "conclusion"),
}
# Tables of results, above which the date of the data and the office stand.
_DATED = (
    "present", "shares", "counties", "equity", "ranges", "cause", "largest", "work", "units",
    "overview",
)  # fmt: skip


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
        With keys (`layers.words.figure_keys.with_keys`), each figure has the key of its source.
    options : ReportOptions
    prepared : PreparedMaps, optional
        What the maps of this analysis are drawn from; without it they have no roads.
    progress : Progress, optional
        Told of the stage ``figures`` and of each figure.
    """
    wanted = [
        name
        for name in SECTIONS
        if name in options.chosen and (name != "maps" or analysis.has_borders)
    ]
    area = text_area(options.paper, words.language)
    prepared = prepared or PreparedMaps(analysis)
    drawn = ReportFigures(
        analysis, words_for(words.locale), options.made_on, options.dpi, prepared, area
    )
    drawn.ranges = len(ranged_layers(options.ranges, analysis))
    progress = progress or Progress()
    progress.stage("figures", drawn.count(wanted))
    drawn.progress = progress
    notes = _Notes(analysis, words, wanted)
    parts: dict[str, Callable[[], list[Block]]] = {
        "summary": lambda: _summary(analysis, words, notes),
        "basis": lambda: _basis(analysis, words, notes),
        "present": lambda: _present(analysis, words, notes),
        "results": lambda: _results(analysis, words, drawn, notes, options.ranges),
        "gaps": lambda: _gaps(analysis, words, drawn),
        "siting": lambda: _siting(analysis, words, options.proposals),
        "actions": lambda: _actions(analysis, words, options),
        "quality": lambda: quality(analysis, words, notes.study("quality")),
        "conclusion": lambda: conclusion(analysis, words) + notes.compare("conclusion"),
        "tables": lambda: [*unit_tables(analysis, words), *_ledger_tables(words, options)],
        "maps": lambda: list(drawn.gap_maps()),
        "sources": lambda: sources_annex(analysis, words),
        "opinions": lambda: [fill_in_table("opinions", words, rows=6)],
    }
    blocks: list[Block] = []
    number = 0
    for name in wanted:
        title = words(f"report.section.{name}")
        if name not in _UNNUMBERED:
            number += 1
            title = _numbered(number, title, words)
        # The annexes begin on a new page; among them there is no page break.
        if name in _ANNEXES and blocks and not any(isinstance(block, Break) for block in blocks):
            blocks.append(Break())
        blocks += [Heading(1, title), *_with_numbers(parts[name](), number, words)]
    blocks = [with_unnamed(block, words) for block in blocks]
    line = words("report.join").join(_about_lines(analysis, words))
    blocks = [
        replace(block, line=line)
        if isinstance(block, Table) and block.key.partition("-")[0] in _DATED
        else block
        for block in blocks
    ]
    return Document(
        title=words("report.title", study=place_name(analysis.study, words)),
        lines=_front_lines(analysis, words, options.made_on),
        blocks=blocks,
        logo=options.logo,
        paper=options.paper,
        subject=words("report.subject", analysis_id=analysis.summary["analysis_id"]),
        analysis_id=str(analysis.summary["analysis_id"]),
        part=str(analysis.summary.get("part", "")),
        foot=ledger_note(options.ledger, words) if options.ledger else "",
    )


def _front_lines(analysis: Analysis, words: Words, made_on: date | None) -> list[str]:
    """Below the title: who made the report, as of when, and the date."""
    lines = _about_lines(analysis, words)
    return [*lines, words.day(made_on)] if made_on else lines


def _about_lines(analysis: Analysis, words: Words) -> list[str]:
    """Who made the report, and as of when the data are; what the study does not say is left out."""
    office, as_of = office_name(analysis.study, words), as_of_text(analysis.study, words)
    lines = [words("report.office", office=office)] if office else []
    return [*lines, words("report.as_of", as_of=as_of)] if as_of else lines


class _Notes:
    """The notes of a report, each in one chapter only."""

    def __init__(self, analysis: Analysis, words: Words, wanted: Sequence[str]) -> None:
        self._analysis = analysis
        self._words = words
        self._owner = {
            kind: next((name for name in names if name in wanted), "")
            for kind, names in _OWNERS.items()
        }

    def compare(self, chapter: str) -> list[Block]:
        """That the two shares should not be compared."""
        text = self._words("export.not_comparable")
        return [Paragraph([text])] if self._owner["compare"] == chapter else []

    def study(self, chapter: str) -> list[str]:
        """Notes on the study: approximate areas, the roads."""
        if self._owner["study"] != chapter:
            return []
        pairs = notices(self._analysis.study, self._words)[1:]
        return [note_line(about, text, self._words) for about, text in pairs]

    def layers(self, chapter: str) -> list[Block]:
        """Notes on the layers; layers with the same note are named together."""
        if self._owner["layers"] != chapter:
            return []
        words = self._words
        by_text: dict[str, list[str]] = {}
        for key in _keys(self._analysis):
            title = layer_title(self._analysis.study.layer(key), words)
            for _, text in layer_notes(self._analysis, key, words):
                by_text.setdefault(text, []).append(title)
        return [
            Paragraph([note_line(words("export.comma").join(titles), text, words)], "note")
            for text, titles in by_text.items()
        ]


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


def _summary(analysis: Analysis, words: Words, notes: _Notes) -> list[Block]:
    """One paragraph for each layer, then the notes."""
    blocks: list[Block] = [
        Paragraph([layer_sentence(analysis, key, words) + capacity_sentence(analysis, key, words)])
        for key in _keys(analysis)
    ]
    further = (set_sentences(analysis, key, words) for key in _keys(analysis))
    blocks += [Paragraph([text]) for text in further if text]
    blocks += overview_blocks(analysis, words)
    blocks += notes.compare("summary") + notes.layers("summary")
    return blocks + [Paragraph([text], "note") for text in notes.study("summary")]


def _basis(analysis: Analysis, words: Words, notes: _Notes) -> list[Block]:
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
        *notes.compare("basis"),
        Heading(2, words("report.sub.rules")),
        Paragraph(with_ref(words("report.basis.rules", ref="{ref}"), "rules")),
        rule_table(analysis, words),
        *limit_sources(analysis, words),
    ]
    if walks:
        blocks.append(Paragraph([words("report.basis.standard")]))
    for layer in study.layers:
        if profile_of(layer.profile, study.profiles).mode == "drive":
            text = words("report.basis.drive", speeds=speed_text(study, layer, words))
            blocks.append(Paragraph([text], "note"))
            break
    blocks.append(Heading(2, words("report.sub.sources")))
    listed = sources(study, words) or [words("report.no_sources")]
    blocks += [Paragraph([source], "item") for source in listed]
    # The first notice is that of the map's approval.
    lines = [note_line(*notices(study, words)[0], words), *notes.study("basis")]
    return blocks + [Paragraph([line], "note") for line in lines]


def _present(analysis: Analysis, words: Words, notes: _Notes) -> list[Block]:
    study = analysis.study
    first = _keys(analysis)[0]
    entry = figures(analysis, first)
    # Objects of a layer's own are no part of the demand of the study.
    of_demand = [k for k in _keys(analysis) if not study.layer(k).of_objects] or _keys(analysis)
    rows = analysis.demand[analysis.demand["layer"].isin(of_demand)]
    totals = {key: float(figures(analysis, key)["demand_total"]) for key in of_demand}
    largest = max(totals, key=lambda key: totals[key])
    text = words(
        "report.present.text",
        study=place_name(study, words),
        count=figure(f"layers.{first}.units_total", entry["units_total"], words),
        units=counted_units(study.units.level, words),
        people=people(study, words),
        total=figure(f"layers.{largest}.demand_total", totals[largest], words),
        unit=unit_word(study, words),
        points=figure("demand.points", rows["demand_id"].nunique(), words),
        ref="{ref}",
    )
    blocks: list[Block] = [Paragraph(with_ref(text, "present"))]
    return [*blocks, present_table(analysis, words), *notes.layers("present")]


def _results(
    analysis: Analysis,
    words: Words,
    drawn: ReportFigures,
    notes: _Notes,
    ranges: Sensitivity | None,
) -> list[Block]:
    blocks: list[Block] = [
        Heading(2, words("report.sub.shares")),
        Paragraph(with_ref(words("report.results.shares", ref="{ref}"), "shares")),
        share_table(analysis, words),
        *notes.compare("results"),
        *notes.layers("results"),
        Heading(2, words("report.sub.minutes")),
    ]
    for unit, picture in drawn.curves():
        text = words(f"report.results.{unit}", ref="{ref}")
        blocks += [Paragraph(with_ref(text, picture.key)), picture]
    blocks += range_blocks(ranges, analysis, words, drawn)
    counties = county_tables(analysis, words)
    if counties:
        text = words("report.results.counties", ref="{ref}", figure="{figure}")
        blocks += [
            Heading(2, words("report.sub.counties")),
            Paragraph(with_ref(text, "counties", "bars")),
            *counties,
            drawn.counties(),
        ]
    blocks += equity_section(analysis, words, drawn)
    for key in _keys(analysis):
        blocks.append(Heading(2, layer_title(analysis.study.layer(key), words)))
        text = spread_sentence(analysis, key, words)
        if analysis.has_borders:
            text += words("report.results.map", ref="{ref}")
            blocks.append(Paragraph(with_ref(text, f"map-{key}")))
            blocks.append(drawn.share_map(key))
        else:
            blocks.append(Paragraph([text]))
    return blocks


def _gaps(analysis: Analysis, words: Words, drawn: ReportFigures) -> list[Block]:
    text = words("report.gaps.figure", ref="{ref}", figure="{figure}")
    blocks: list[Block] = [
        Heading(2, words("report.sub.causes")),
        Paragraph([words("report.gaps.causes")]),
        *_cause_meanings(analysis, words),
        Paragraph(with_ref(text, "cause", "causes")),
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
        blocks += [Paragraph(with_ref(text, table.key)), table]
    return blocks


def _cause_meanings(analysis: Analysis, words: Words) -> list[Block]:
    """What the causes mean that the rules of these layers can give."""
    return [
        Paragraph(
            [
                words(
                    "export.note_item",
                    about=sentence(cause_name(cause, words, analysis.study)),
                    text=words(f"export.meaning.{cause}"),
                )
            ],
            "item",
        )
        for cause in known_causes(analysis)
    ]


def _siting(
    analysis: Analysis, words: Words, proposals: Sequence[ProposedSites | Table]
) -> list[Block]:
    if not proposals:
        return [Paragraph([words("report.siting.none")]), fill_in_table("siting", words, rows=4)]
    tables = [one for one in proposals if isinstance(one, Table)]
    blocks: list[Block] = []
    for number, one in enumerate(p for p in proposals if isinstance(p, ProposedSites)):
        table = proposal_table(one, analysis, words, key=f"siting-{number + 1}")
        blocks += [
            Paragraph(with_ref(proposal_sentence(one, analysis, words, ref="{ref}"), table.key)),
            table,
        ]
        if bound := proposal_bound(one, analysis.study, words):
            blocks.append(Paragraph([bound]))
    if blocks:
        blocks.append(Paragraph([words("report.siting.check")], "note"))
    return [*blocks, *([Paragraph([words("report.siting.text")])] if tables else []), *tables]


def _ledger_tables(words: Words, options: ReportOptions) -> list[Block]:
    found = options.ledger
    return ledger_annexes(found, words, options.today) if found else []


def _actions(analysis: Analysis, words: Words, options: ReportOptions) -> list[Block]:
    if options.ledger is not None:
        return ledger_chapter(options.ledger, words, options.today)
    if options.measures:
        return [Paragraph([words("report.actions.text")]), *options.measures]
    text = words("report.actions.none", ref="{ref}")
    return [Paragraph(with_ref(text, "work")), work_table(analysis, words)]
