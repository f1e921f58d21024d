"""The files that the Report page makes: work on a study, each of which gives one file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.progress import Progress
from geo.coverage.county import series_parts
from geo.scenarios.changes import Scenario
from geo.scenarios.proposed import proposed_in_scenario
from layers.export.by_county import county_zip
from layers.print_map.files import series_pdf
from layers.print_map.ground import read_ground
from layers.print_map.layer_map import MapOptions, layer_map
from layers.print_map.prepared import PreparedMaps
from layers.report.options import ReportOptions
from layers.report.write import report_files
from layers.words.catalogue import words_for

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer

__all__ = ["chapter", "map_series", "one_map", "tables_by_county"]


def chapter(
    progress: Progress,
    analysis: Analysis,
    explorer: Explorer,
    *,
    locale: str,
    kind: str,
    options: ReportOptions,
    template: bytes,
    scenario: Scenario | None,
) -> bytes:
    """The report; with the new sites of a scenario, where one is given."""
    chosen = options
    if scenario is not None:
        proposed = proposed_in_scenario(explorer, scenario, progress)
        chosen = replace(options, proposals=tuple(proposed))
    progress.stage("ground")
    prepared = PreparedMaps(analysis, read_ground(analysis.study, cache=default_cache()))
    made = report_files(
        analysis,
        words_for(locale),
        [kind],
        chosen,
        template=template,
        prepared=prepared,
        progress=progress,
    )
    return made[kind]


def one_map(
    progress: Progress,
    analysis: Analysis,
    explorer: Explorer,
    *,
    layer: str,
    locale: str,
    kind: str,
    options: MapOptions,
) -> bytes:
    """A printed map."""
    progress.stage("figures", 1)
    ground = read_ground(analysis.study, cache=default_cache())
    return layer_map(analysis, layer, words_for(locale), options, ground=ground).to_bytes(kind)


def map_series(
    progress: Progress,
    analysis: Analysis,
    explorer: Explorer,
    *,
    layer: str,
    locale: str,
    options: MapOptions,
) -> bytes:
    """A PDF with a page of the whole and one of each county."""
    progress.stage("maps", 1 + len(series_parts(analysis)))
    ground = read_ground(analysis.study, cache=default_cache())
    return series_pdf(analysis, layer, words_for(locale), options, ground=ground, progress=progress)


def tables_by_county(
    progress: Progress, analysis: Analysis, explorer: Explorer, *, locale: str
) -> bytes:
    """A zip with the tables of each county."""
    return county_zip(analysis, words_for(locale), progress=progress)
