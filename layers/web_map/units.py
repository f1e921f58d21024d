"""Map layer: the evaluation units, shaded by class, and the borders of their parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import folium
import geopandas as gpd

from layers.shapes.packing import pack, pack_lines
from layers.style.escape import escape
from layers.web_map.base_map import drawn_from

__all__ = [
    "border_data",
    "border_layer",
    "name_layer",
    "unit_data",
    "unit_layer",
    "unit_outline",
    "unit_shapes",
]


def unit_shapes(areas: gpd.GeoDataFrame) -> list[list[Any]]:
    """Units' ids and packed polygons, for `publish`.

    Parameters
    ----------
    areas : gpd.GeoDataFrame
        unit_id and geometry, simplified: `layers.shapes.units.level_areas`.
    """
    pairs = zip(areas["unit_id"], areas.geometry, strict=True)
    return [[str(unit), pack(shape)] for unit, shape in pairs]


def unit_data(
    classes: Mapping[str, int | None], tooltips: Mapping[str, Sequence[str]]
) -> dict[str, list[Any]]:
    """One layer's values by unit id: the class (None without a value) and the tooltip as HTML.

    Parameters
    ----------
    classes : mapping
        Unit id → index of its colour, None without a value.
    tooltips : mapping
        Unit id → lines of plain text, the first one bold; escaped here.
    """
    return {unit: [index, _tooltip(tooltips[unit])] for unit, index in classes.items()}


def unit_layer(url: str, *, values: str, colours: Sequence[str], blank: str) -> folium.FeatureGroup:
    """Units shaded by class; a click sends the page ``kind="unit"``, unit_id, lon and lat.

    Parameters
    ----------
    url : str
        URL of `unit_shapes`.
    values : str
        URL of `unit_data`. It is separate from the geometry, which stays when the layer changes.
    colours, blank : str
        CSS colours of the classes and of a unit without a value.
    """
    options: dict[str, object] = {"values": values, "colours": list(colours), "blank": blank}
    return drawn_from(url, level="units", draw="units", options=options)


def unit_outline(url: str, *, selected: str) -> folium.FeatureGroup:
    """The chosen unit's border; the map moves there if it is outside the view.

    Parameters
    ----------
    url : str
        URL of `unit_shapes`, of the level that the unit belongs to.
    """
    return drawn_from(url, level="outline", draw="outline", options={"selected": selected})


def border_data(outlines: Sequence[Any]) -> list[Any]:
    """Outlines of areas (districts), or lines, for `publish`."""
    return [line for shape in outlines for line in pack_lines(shape)]


def border_layer(url: str) -> folium.FeatureGroup:
    """The parents' borders, for orientation; they take no clicks.

    Parameters
    ----------
    url : str
        URL of `border_data`.
    """
    return drawn_from(url, level="borders", draw="borders", options={})


def name_layer(url: str) -> folium.FeatureGroup:
    """The names of units, parents far out and the finest closer; they take no clicks.

    Parameters
    ----------
    url : str
        URL of a note: ``state`` (cutting, ready or none) and, when ready, ``data``:
        `layers.shapes.units.label_points` of each level, the finest first.
    """
    return drawn_from("", level="names", draw="names", options={"note": url})


def _tooltip(lines: Sequence[str]) -> str:
    head, *rest = (escape(line) for line in lines)
    return "<br>".join([f"<b>{head}</b>", *rest])
