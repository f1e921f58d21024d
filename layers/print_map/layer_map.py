"""Printed maps of a layer: shares by unit, or uncovered demand; whole or of one county."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import geopandas as gpd
import numpy as np

from geo.analysis import Analysis
from geo.coverage.county import county_ids, part_name
from geo.inputs.areas import parent_ids
from layers.print_map.frame import MapFrame
from layers.print_map.ground import Classing, Ground, share_breaks
from layers.print_map.legend import class_colour, legend_groups
from layers.print_map.page import Drawing, Page, Paper, new_page
from layers.print_map.prepared import PreparedMaps
from layers.shapes.points import gap_rows, site_rows
from layers.shapes.units import levels
from layers.style.palette import CAUSE_ORDER, NO_DEMAND_COLOUR
from layers.style.typeface import known_text
from layers.words.catalogue import Words
from layers.words.phrases import (
    cause_name,
    counted_units,
    layer_notes,
    layer_title,
    map_notice,
    note_line,
    notices,
    place_name,
    rule_phrase,
    share_by_time_name,
    sources,
    time_basis,
)

__all__ = ["MapOptions", "layer_map"]

What = Literal["share", "gaps"]
_SIDE_MM = 56.0
_A4 = Paper(297, 210)
_OTHER_AREAS = "#f0efe9"


@dataclass(frozen=True)
class MapOptions:
    """How a map is drawn.

    Attributes
    ----------
    what : str
        ``share``: units shaded by share by time, with sites and isochrones; ``gaps``: uncovered
        demand points by cause.
    paper : Paper
        One of `PAPERS` in either orientation, or any other size.
    level : str
        Level of units; the finest by default.
    classing : str
        ``fixed``, ``quantile`` or ``equal``.
    within : str
        Only this county: one of `geo.coverage.county.series_parts`.
    titled : bool
        Print the title on the map; a figure in a report has a caption instead.
    brief : bool
        Print only the notices that every map must have: approval, approximate areas, source.
    made_on : date, optional
        Date in the source line.
    """

    what: What = "share"
    paper: Paper = _A4
    level: str = ""
    classing: Classing = "fixed"
    within: str = ""
    titled: bool = True
    brief: bool = False
    made_on: date | None = None


def layer_map(
    analysis: Analysis,
    key: str,
    words: Words,
    options: MapOptions,
    *,
    ground: Ground | None = None,
    prepared: PreparedMaps | None = None,
) -> Drawing:
    """One layer as a map with title, legend, notes, scale bar and north arrow.

    Parameters
    ----------
    analysis : Analysis
    key : str
        The layer.
    words : Words
    options : MapOptions
    ground : Ground, optional
        Roads and water (`layers.print_map.ground.read_ground`).
    prepared : PreparedMaps, optional
        Of this analysis; replaces `ground` if more than one map is drawn.
    """
    prepared = prepared or PreparedMaps(analysis, ground)
    level = options.level or analysis.study.units.level
    areas = prepared.areas(key, level)
    shown = _within(areas, analysis, level, options.within)
    breaks = share_breaks(shown["share"].to_numpy(float), options.classing)
    groups = legend_groups(
        analysis, key, words, level, breaks, shown, gaps=options.what == "gaps",
        bands=prepared.bands(key, words, all_of_them=bool(options.within)),
    )  # fmt: skip
    title = _title(analysis, key, words, options)
    page = new_page(options.paper)
    if options.titled:
        page.title(known_text(title))
    notes = [known_text(line) for line in _notes(analysis, key, words, options)]
    # A sheet that is nearly square has no room for a column beside the map.
    if options.paper.width > 1.2 * options.paper.height:
        page.legend_beside(groups, notes, _SIDE_MM)
    else:
        page.notes_below(notes)
        page.legend_below(groups)
    _draw(page, prepared, key, words, options, areas, shown, breaks)
    return Drawing(page.figure, title, _alt(analysis, key, words, options, level, shown))


def _draw(
    page: Page,
    prepared: PreparedMaps,
    key: str,
    words: Words,
    options: MapOptions,
    areas: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    breaks: tuple[float, ...],
) -> None:
    """Everything inside the frame, from the background up; areas in metres."""
    analysis = prepared.analysis
    frame = MapFrame(page, prepared.plane, tuple(inside.total_bounds))
    rest = areas.drop(index=inside.index)
    frame.areas(rest.geometry.to_numpy(), [_OTHER_AREAS] * len(rest), edgecolors="#cfcdc5")
    shapes = inside.geometry.to_numpy()
    if options.what == "share":
        share = inside["share"].to_numpy(float)
        blank = np.isnan(share)
        colours = [class_colour(value, breaks) for value in share[~blank]]
        frame.areas(shapes[~blank], colours)
        # Hatched: in grey print, plain grey would look like a class.
        frame.areas(
            shapes[blank],
            [NO_DEMAND_COLOUR] * int(blank.sum()),
            hatch="//////",
            edgecolors="#a8a8a8",
        )
    else:
        frame.areas(shapes, ["#fbfbf8"] * len(inside))
    _ground(frame, prepared, detail=bool(options.within))
    parents = _parents(inside, analysis, options)
    if len(parents):
        frame.borders(parents.geometry.to_numpy(), width=1.0)
    if options.what == "share":
        bands = prepared.bands(key, words, all_of_them=bool(options.within))
        frame.bands((colour, shape) for colour, _, shape in bands)
        frame.sites(site_rows(analysis, key), size=11.0 if options.within else 8.0)
    else:
        frame.gaps(gap_rows(analysis, key))
        frame.sites(site_rows(analysis, key), size=6.0)
    named = [(_cleaned(parents), 8.5, "#1a1a1a")] if len(parents) > 1 else []
    frame.labels([*named, (_cleaned(inside), 6.5 if options.within else 5.5, "#333333")])
    frame.scale_and_north(words)


def _ground(frame: MapFrame, prepared: PreparedMaps, *, detail: bool) -> None:
    """Water, and roads as thin grey lines; smaller roads with `detail` only."""
    if (water := prepared.ground("water")) is not None:
        frame.water(water)
    if (main := prepared.ground("main")) is not None:
        frame.roads(main, width=0.4, colour="#00000055")
    if detail and (other := prepared.ground("other")) is not None:
        frame.roads(other, width=0.25, colour="#00000038")


def _cleaned(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return areas.assign(unit_name=[known_text(str(name)) for name in areas["unit_name"]])


def _parents(areas: gpd.GeoDataFrame, analysis: Analysis, options: MapOptions) -> gpd.GeoDataFrame:
    """The next level above the one that is drawn, dissolved; empty if there is none."""
    known = levels(analysis.study)
    at = known.index(options.level) if options.level else 0
    if at + 1 >= len(known):
        return areas.iloc[:0]
    chain = known[at + 1 :]
    found = areas.dissolve(by=chain, as_index=False, aggfunc="first")
    return found.assign(unit_name=found[chain[0]])


def _within(areas: gpd.GeoDataFrame, analysis: Analysis, level: str, part: str) -> gpd.GeoDataFrame:
    """The areas in one county; on a level above counties the one that holds it."""
    if not part:
        return areas
    parents = analysis.study.units.parents
    if level not in parents:
        return areas[parent_ids(areas, parents, 0) == part]
    row = county_ids(analysis).tolist().index(part)
    holder = parent_ids(analysis.areas, parents, parents.index(level))[row]
    return areas[areas["unit_id"] == holder]


def _title(analysis: Analysis, key: str, words: Words, options: MapOptions) -> str:
    layer = analysis.study.layer(key)
    place = place_name(analysis.study, words)
    if options.within:
        place = words("report.place_in", study=place, part=part_name(analysis, options.within))
    return words(
        f"report.map_title.{options.what}",
        study=place,
        layer=layer_title(layer, words),
        share=share_by_time_name(layer, words),
    )


def _notes(analysis: Analysis, key: str, words: Words, options: MapOptions) -> list[str]:
    """The notes of a map; the notice of its approval and the source are always included."""
    study = analysis.study
    lines = [map_notice(study, words)]
    if options.brief:
        if study.units.approximate:
            lines.append(words.text(study.units.approximate))
    else:
        # The map of one county has no figures of the whole study.
        basis = _rule(analysis, key, words) if options.within else time_basis(analysis, key, words)
        lines.append(words("export.basis_line", basis=basis))
        about = [*notices(study, words)[1:], *layer_notes(analysis, key, words)]
        lines += [note_line(kind, text, words) for kind, text in about]
    lines.append(_source_line(analysis, words, options.made_on))
    return lines


def _rule(analysis: Analysis, key: str, words: Words) -> str:
    layer = analysis.study.layer(key)
    direction = words(f"export.direction.{layer.direction}")
    return words("report.basis_short", rule=rule_phrase(layer, words), direction=direction)


def _source_line(analysis: Analysis, words: Words, made_on: date | None) -> str:
    listed = words("export.semicolon").join(sources(analysis.study, words))
    line = words("report.source_line", sources=listed)
    if made_on is not None:
        line += words("report.made_on", date=words.day(made_on))
    return line


def _alt(
    analysis: Analysis,
    key: str,
    words: Words,
    options: MapOptions,
    level: str,
    shown: gpd.GeoDataFrame,
) -> str:
    """Alternative text: what the map shows, in sentences."""
    title = _title(analysis, key, words, options)
    if options.what == "gaps":
        points = analysis.gap_points[analysis.gap_points["layer"] == key]
        parts = [
            words(
                "report.alt.cause",
                cause=cause_name(cause, words, analysis.study.layer(key)),
                count=words.number(int((points["cause"] == cause).sum())),
            )
            for cause in CAUSE_ORDER
            if (points["cause"] == cause).any()
        ]
        listed = words("export.semicolon").join(parts) or "—"
        return words("report.alt.gaps", title=title, causes=listed)
    known = shown.dropna(subset=["share"])
    ordered: Any = known.sort_values(["share", "unit_id"], kind="stable")
    extremes = ordered["unit_name"].to_list()
    return words(
        "report.alt.share",
        title=title,
        count=words.number(len(shown)),
        units=counted_units(level, words),
        low=f"{extremes[0]} {words.share(ordered['share'].iloc[0])}" if extremes else "—",
        high=f"{extremes[-1]} {words.share(ordered['share'].iloc[-1])}" if extremes else "—",
        sites=words.number(len(site_rows(analysis, key))),
    )
