"""Static maps of a layer for print: shares by unit, uncovered demand, and a series by county."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import geopandas as gpd
import numpy as np

from geo.analysis import Analysis
from geo.coverage.county import parent_chains, part_name
from layers.print_map.frame import MapFrame
from layers.print_map.ground import Classing, Ground, levels, share_breaks
from layers.print_map.legend import class_colour, legend_groups
from layers.print_map.page import Drawing, Page, Paper, new_page
from layers.print_map.prepared import MapStock
from layers.shapes.points import gap_rows, site_rows
from layers.style.palette import CAUSE_ORDER, NO_DEMAND_COLOUR
from layers.style.typeface import known_text
from layers.words.catalogue import Words
from layers.words.phrases import (
    cause_name,
    counted_units,
    layer_notes,
    layer_title,
    map_notice,
    notices,
    rule_text,
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
        One of `PAPERS`, turned as wished, or any other size.
    level : str
        Level of units; the finest by default.
    classing : str
        ``fixed``, ``quantile`` or ``equal``.
    within : str
        Only this area: a value of the nearest parent column (a county), given as in
        `series_parts`.
    titled : bool
        Title on the map itself; a figure in a report has its caption instead.
    brief : bool
        Only what every map must say: approval, approximate areas, source.
    made_on : date, optional
        Stands in the source line.
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
    stock: MapStock | None = None,
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
    stock : MapStock, optional
        Of this analysis, in place of `ground`, where more than one map is drawn.
    """
    stock = stock or MapStock(analysis, ground)
    level = options.level or analysis.study.units.level
    areas = stock.areas(key, level)
    shown = _within(areas, analysis, options.within)
    breaks = share_breaks(shown["share_by_time"].to_numpy(float), options.classing)
    groups = legend_groups(
        analysis, key, words, level, breaks, shown, gaps=options.what == "gaps",
        bands=stock.bands(key, words, all_of_them=bool(options.within)),
    )  # fmt: skip
    title = _title(analysis, key, words, options)
    page = new_page(options.paper)
    if options.titled:
        page.title(known_text(title))
    notes = [known_text(line) for line in _notes(analysis, key, words, options)]
    # A sheet that is only a little wider than high has no room for a column beside the map.
    if options.paper.width > 1.2 * options.paper.height:
        page.legend_beside(groups, notes, _SIDE_MM)
    else:
        page.notes_below(notes)
        page.legend_below(groups)
    _draw(page, stock, key, words, options, areas, shown, breaks)
    return Drawing(page.figure, title, _alt(analysis, key, words, options, level, shown))


def _draw(
    page: Page,
    stock: MapStock,
    key: str,
    words: Words,
    options: MapOptions,
    areas: gpd.GeoDataFrame,
    inside: gpd.GeoDataFrame,
    breaks: tuple[float, ...],
) -> None:
    """Everything inside the frame, from the ground up; areas in metres."""
    analysis = stock.analysis
    frame = MapFrame(page, stock.plane, tuple(inside.total_bounds))
    rest = areas.drop(index=inside.index)
    frame.areas(rest.geometry.to_numpy(), [_OTHER_AREAS] * len(rest), edgecolors="#cfcdc5")
    shapes = inside.geometry.to_numpy()
    if options.what == "share":
        share = inside["share_by_time"].to_numpy(float)
        blank = np.isnan(share)
        colours = [class_colour(value, breaks) for value in share[~blank]]
        frame.areas(shapes[~blank], colours)
        # Hatching, not only grey: on a grey print the blank would pass for a class.
        frame.areas(
            shapes[blank],
            [NO_DEMAND_COLOUR] * int(blank.sum()),
            hatch="//////",
            edgecolors="#a8a8a8",
        )
    else:
        frame.areas(shapes, ["#fbfbf8"] * len(inside))
    _ground(frame, stock, detail=bool(options.within))
    parents = _parents(inside, analysis, options)
    if len(parents):
        frame.borders(parents.geometry.to_numpy(), width=1.0)
    if options.what == "share":
        bands = stock.bands(key, words, all_of_them=bool(options.within))
        frame.bands((colour, shape) for colour, _, shape in bands)
        frame.sites(site_rows(analysis, key), size=11.0 if options.within else 8.0)
    else:
        frame.gaps(gap_rows(analysis, key))
        frame.sites(site_rows(analysis, key), size=6.0)
    named = [(_cleaned(parents), 8.5, "#1a1a1a")] if len(parents) > 1 else []
    frame.labels([*named, (_cleaned(inside), 6.5 if options.within else 5.5, "#333333")])
    frame.furniture(words)


def _ground(frame: MapFrame, stock: MapStock, *, detail: bool) -> None:
    """Water, and roads as thin grey lines, the smaller where the map is large enough."""
    if (water := stock.ground("water")) is not None:
        frame.water(water)
    if (main := stock.ground("main")) is not None:
        frame.roads(main, width=0.4, colour="#00000055")
    if detail and (other := stock.ground("other")) is not None:
        frame.roads(other, width=0.25, colour="#00000038")


def _cleaned(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return areas.assign(unit_name=[known_text(str(name)) for name in areas["unit_name"]])


def _parents(areas: gpd.GeoDataFrame, analysis: Analysis, options: MapOptions) -> gpd.GeoDataFrame:
    """The nearest level above the one that is drawn, dissolved; empty where there is none."""
    known = levels(analysis)
    at = known.index(options.level) if options.level else 0
    if at + 1 >= len(known):
        return areas.iloc[:0]
    chain = known[at + 1 :]
    found = areas.dissolve(by=chain, as_index=False, aggfunc="first")
    return found.assign(unit_name=found[chain[0]])


def _within(areas: gpd.GeoDataFrame, analysis: Analysis, part: str) -> gpd.GeoDataFrame:
    """The areas of one part of the series; all where none is asked for."""
    if not part:
        return areas
    parents = [name for name in analysis.study.units.parents if name in areas.columns]
    return areas[parent_chains(areas, parents) == part]


def _title(analysis: Analysis, key: str, words: Words, options: MapOptions) -> str:
    layer = analysis.study.layer(key)
    place = words.text(analysis.study.study.name)
    if options.within:
        place = words("report.place_in", study=place, part=part_name(analysis, options.within))
    return words(
        f"report.map_title.{options.what}",
        study=place,
        layer=layer_title(layer, words),
        share=share_by_time_name(layer, words),
    )


def _notes(analysis: Analysis, key: str, words: Words, options: MapOptions) -> list[str]:
    """What stands under a map; the notice about its approval is always there, and the source."""
    study = analysis.study
    lines = [map_notice(study, words)]
    if options.brief:
        if study.units.approximate:
            lines.append(words.text(study.units.approximate))
    else:
        # The figures of the whole study do not belong on the map of one county.
        basis = _rule(analysis, key, words) if options.within else time_basis(analysis, key, words)
        lines.append(words("export.basis_line", basis=basis))
        about = [*notices(study, words)[1:], *layer_notes(analysis, key, words)]
        lines += [words("export.note_item", about=kind, text=text) for kind, text in about]
    lines.append(_source_line(analysis, words, options.made_on))
    return lines


def _rule(analysis: Analysis, key: str, words: Words) -> str:
    layer = analysis.study.layer(key)
    direction = words(f"export.direction.{layer.direction}")
    return words("report.basis_short", rule=rule_text(layer, words), direction=direction)


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
    """What the map shows, in sentences."""
    title = _title(analysis, key, words, options)
    if options.what == "gaps":
        points = analysis.gap_points[analysis.gap_points["layer"] == key]
        parts = [
            words(
                "report.alt.cause",
                cause=cause_name(cause, words),
                count=words.number(int((points["cause"] == cause).sum())),
            )
            for cause in CAUSE_ORDER
            if (points["cause"] == cause).any()
        ]
        listed = words("export.semicolon").join(parts) or "—"
        return words("report.alt.gaps", title=title, causes=listed)
    known = shown.dropna(subset=["share_by_time"])
    ordered: Any = known.sort_values(["share_by_time", "unit_id"], kind="stable")
    extremes = ordered["unit_name"].to_list()
    return words(
        "report.alt.share",
        title=title,
        count=words.number(len(shown)),
        units=counted_units(level, words),
        low=f"{extremes[0]} {words.share(ordered['share_by_time'].iloc[0])}" if extremes else "—",
        high=f"{extremes[-1]} {words.share(ordered['share_by_time'].iloc[-1])}"
        if extremes
        else "—",
        sites=words.number(len(site_rows(analysis, key))),
    )
