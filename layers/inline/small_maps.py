"""Small multiples: one small map for each service, with the same area, classes and legend.

The SVG is put into image elements, since the page's filter removes inline SVG and since no script
runs in an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.style.escape import escape
from layers.style.palette import LegendEntry

__all__ = ["SmallMap", "small_multiples"]

# The drawing's own units: tenths of a pixel where a map is 300 pixels wide.
_WIDTH = 3_000
_MOST_BYTES = 120_000
_STYLE = """<style>
.qh-multiples { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
  gap: .8rem; margin: 0; align-items: end; }
.qh-multiples figure { margin: 0; min-width: 0; }
.qh-multiples figcaption { font-size: .85rem; line-height: 1.4; margin-bottom: .25rem;
  color: #1f2328; }
.qh-multiples figcaption b { font-weight: 600; }
.qh-multiples img { display: block; width: 100%; height: auto; max-height: 46vh;
  background: #f2f1ec; border: 1px solid #d9d7cf; border-radius: 4px; }
.qh-multiples-legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .78rem;
  margin-top: .5rem; color: #2d3238; }
.qh-multiples-legend span { display: inline-flex; align-items: center; gap: .3rem; }
.qh-multiples-legend i { width: 15px; height: 11px; border: 1px solid #b9b7af; flex: none; }
</style>"""


@dataclass(frozen=True)
class SmallMap:
    """One service's map.

    Attributes
    ----------
    title : str
        The service.
    share : str
        Its share with what it is, ready to read: "15分钟可达率（步行） 18.2%".
    classes : mapping
        Unit id → class, None without a value: `unit_shading.Shading.classes`.
    colours, blank
        CSS colours of the classes and of a unit without a value.
    """

    title: str
    share: str
    classes: Mapping[str, int | None]
    colours: Sequence[str]
    blank: str


def small_multiples(
    drawn: gpd.GeoDataFrame, maps: Sequence[SmallMap], legend: Sequence[LegendEntry]
) -> str:
    """The maps and their common legend as HTML; all text is escaped here.

    Parameters
    ----------
    drawn : gpd.GeoDataFrame
        unit_id, geometry (EPSG:4326): `layers.shapes.units.level_areas` of the level that is shown.
    maps : sequence of SmallMap
    legend : sequence of LegendEntry
        `Shading.legend`; the maps share its classes.
    """
    shapes, height = _on_paper(drawn)
    units = drawn["unit_id"].astype(str).tolist()
    paths = _light(shapes)
    figures = "".join(_figure(one, units, paths, height) for one in maps)
    items = "".join(
        f'<span><i style="background:{escape(entry.colour)}"></i>{escape(entry.text)}</span>'
        for entry in legend
    )
    return (
        f'{_STYLE}<div class="qh-multiples">{figures}</div>'
        f'<div class="qh-multiples-legend">{items}</div>'
    )


def _on_paper(drawn: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], int]:
    """The shapes in the drawing's units (y down, true proportions in the middle), its height."""
    shapes = np.asarray(drawn.geometry.array)
    if not len(shapes) or bool(shapely.is_empty(shapes).all()):
        return np.array([], object), _WIDTH
    west, south, east, north = shapely.total_bounds(shapes)
    if east <= west or north <= south:
        return np.array([], object), _WIDTH
    narrow = np.cos(np.radians((south + north) / 2))
    margin = 0.02
    scale = _WIDTH * (1 - 2 * margin) / ((east - west) * narrow)
    edge = _WIDTH * margin

    def place(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x = (xy[:, 0] - west) * narrow * scale + edge
        return np.column_stack([x, (north - xy[:, 1]) * scale + edge])

    moved: NDArray[np.object_] = shapely.transform(shapes, place)
    return moved, round((north - south) * scale + 2 * edge)


def _light(shapes: NDArray[np.object_]) -> list[str]:
    """Path data of each shape, simplified until all together are small enough."""
    if not len(shapes):
        return []
    whole = bool(shapely.coverage_is_valid(shapes))
    simplify = shapely.coverage_simplify if whole else shapely.simplify
    tolerance = 4.0
    while True:
        coarse = simplify(shapes, tolerance)
        kept = np.where(shapely.is_empty(coarse), shapes, coarse)
        paths = [_path(shape) for shape in kept]
        if sum(map(len, paths)) <= _MOST_BYTES or tolerance > _WIDTH / 10:
            return paths
        tolerance *= 1.6


def _path(shape: shapely.Geometry) -> str:
    rings = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            xy = np.rint(shapely.get_coordinates(ring)[:-1]).astype(int)
            moved = np.ones(len(xy), bool)
            moved[1:] = (np.diff(xy, axis=0) != 0).any(axis=1)
            xy = xy[moved]
            if len(xy) < 3:
                continue
            steps = np.diff(xy, axis=0).ravel().tolist()
            # A minus sign separates as well as a comma does.
            line = ",".join(map(str, steps)).replace(",-", "-")
            rings.append(f"M{xy[0, 0]},{xy[0, 1]}l{line}z")
    return "".join(rings)


def _figure(one: SmallMap, units: Sequence[str], paths: Sequence[str], height: int) -> str:
    by_class: dict[int, list[str]] = {}
    for unit, path in zip(units, paths, strict=False):
        number = one.classes.get(unit)
        by_class.setdefault(-1 if number is None else number, []).append(path)
    drawn = "".join(
        f"<path fill='{one.blank if number < 0 else one.colours[number]}' d='{''.join(parts)}'/>"
        for number, parts in sorted(by_class.items())
    )
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' "
        f"width='{_WIDTH // 10}' height='{height // 10}'>"
        "<g fill-rule='evenodd' stroke='#fff' stroke-width='6' stroke-linejoin='round'>"
        f"{drawn}</g></svg>"
    )
    address = "data:image/svg+xml," + quote(picture, safe=",:/='")
    return (
        f"<figure><figcaption><b>{escape(one.title)}</b><br>{escape(one.share)}</figcaption>"
        f'<img alt="{escape(f"{one.title}: {one.share}")}" src="{escape(address)}"></figure>'
    )
