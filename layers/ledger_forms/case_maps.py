"""The two maps of a case for its form: when it was opened, and now."""

from __future__ import annotations

import json
from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis import Analysis
from geo.coordinates.local_metres import metres_per_degree
from layers.print_map.page import Drawing, LegendItem, Page, Paper, draw_text, new_page
from layers.style.changes import GAINED_COLOUR, LOST_COLOUR
from layers.style.palette import SITE_COLOUR, UNIT_BORDER_COLOUR
from layers.style.typeface import known_text
from layers.words.catalogue import Words
from layers.words.phrases import map_notice
from ledger.cases import Case

__all__ = ["case_maps"]

_PAPER = Paper(160.0, 40.0, 0.5)
_GAP_MM = 4.0
# Around the demand points, so that the next sites are seen.
_MARGIN_M = 700.0
_SIZE = 7.0


def case_maps(
    case: Case, points: pd.DataFrame, sites_before: str, analysis: Analysis, words: Words
) -> Drawing | None:
    """Draw the demand points of a case with the sites of its opening, and with those of now.

    Parameters
    ----------
    points : pd.DataFrame
        The demand points of the case: demand_id, lon, lat.
    sites_before : str
        The sites of the run from which the case was opened, as JSON
        (`ledger.evidence.coverage.sites_text`); empty if the ledger does not know them.
    analysis : Analysis
        The present results.

    Returns
    -------
    Drawing or None
        None for a case without demand points or without a layer of the results.
    """
    if points.empty or case.layer not in analysis.summary["layers"]:
        return None
    before = pd.DataFrame(json.loads(sites_before)) if sites_before else pd.DataFrame()
    sites = analysis.sites
    now = sites[(sites["layer"] == case.layer) & sites["used"]]
    gaps = analysis.gap_points
    open_now = set(gaps.loc[gaps["layer"] == case.layer, "demand_id"])
    page = new_page(_PAPER)
    page.notes_below([map_notice(analysis.study, words)], 6.0)
    page.legend_row(
        [
            LegendItem("dot", LOST_COLOUR, words("ledger.form.map_open")),
            LegendItem("dot", GAINED_COLOUR, words("ledger.form.map_covered")),
            LegendItem("square", SITE_COLOUR, words("ledger.form.map_site")),
        ],
        _SIZE,
    )
    every = set(points["demand_id"])
    states = (("before", before, every), ("now", now, open_now & every))
    width = (page.right - page.left - _GAP_MM) / 2
    titles = []
    for number, (name, shown_sites, uncovered) in enumerate(states):
        left = page.left + number * (width + _GAP_MM)
        title = words(
            f"ledger.form.map_{name}",
            count=words.number(len(uncovered)),
            all=words.number(len(every)),
        )
        titles.append(title)
        _one(page, left, width, title, points, shown_sites, uncovered, analysis)
    alt = words("export.semicolon").join(titles)
    return Drawing(page.figure, words("ledger.form.map"), alt)


def _one(
    page: Page,
    left: float,
    width: float,
    title: str,
    points: pd.DataFrame,
    sites: pd.DataFrame,
    uncovered: Collection[str],
    analysis: Analysis,
) -> None:
    """One state, in metres from the middle of the points."""
    draw_text(page.sheet, left, page.top - 2.0, known_text(title), _SIZE, va="center")
    bottom, top = page.bottom, page.top - 4.5
    axes = page.axes(left, bottom, left + width, top)
    lon, lat = points["lon"].to_numpy(np.float64), points["lat"].to_numpy(np.float64)
    middle = ((lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2)
    (east,), (north,) = metres_per_degree(np.array([middle[1]]))

    def metres(lon: object, lat: object) -> tuple[np.ndarray, np.ndarray]:
        return (
            (np.asarray(lon, np.float64) - middle[0]) * east,
            (np.asarray(lat, np.float64) - middle[1]) * north,
        )

    x, y = metres(lon, lat)
    half_x, half_y = np.abs(x).max() + _MARGIN_M, np.abs(y).max() + _MARGIN_M
    # The map fills its rectangle with the same scale in both directions.
    half_x = max(half_x, half_y * width / (top - bottom))
    half_y = half_x * (top - bottom) / width
    axes.set_xlim(-half_x, half_x)
    axes.set_ylim(-half_y, half_y)
    axes.set_xticks([])
    axes.set_yticks([])
    if analysis.has_borders:
        for line in _borders(analysis.areas, middle, half_x / east, half_y / north):
            axes.plot(*metres(*line.T), color=UNIT_BORDER_COLOUR, linewidth=0.6, zorder=1)
    if len(sites):
        axes.scatter(*metres(sites["lon"], sites["lat"]), s=22, marker="s", color=SITE_COLOUR,
                     zorder=3)  # fmt: skip
    is_open = points["demand_id"].isin(set(uncovered)).to_numpy()
    for chosen, colour in ((is_open, LOST_COLOUR), (~is_open, GAINED_COLOUR)):
        axes.scatter(x[chosen], y[chosen], s=12, color=colour, linewidths=0, zorder=4)


def _borders(
    areas: gpd.GeoDataFrame, middle: tuple[float, float], half_lon: float, half_lat: float
) -> list[np.ndarray]:
    """The parts of the units' borders inside the map, as coordinates."""
    box = (
        middle[0] - half_lon, middle[1] - half_lat, middle[0] + half_lon, middle[1] + half_lat,
    )  # fmt: skip
    lines = shapely.clip_by_rect(shapely.boundary(areas.geometry.to_numpy()), *box)
    parts = shapely.get_parts(shapely.line_merge(shapely.get_parts(lines)))
    return [shapely.get_coordinates(part) for part in parts if not part.is_empty]
