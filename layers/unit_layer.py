"""Map layer: the evaluation units, shaded by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import folium
import shapely

from layers.base_map import drawn_from
from layers.escape import escape

__all__ = ["border_data", "border_layer", "unit_data", "unit_layer", "unit_outline"]

_DRAW = """function (data, group, options) {
  qh.load(options.values, function (values) {
    var shapes = L.geoJson(data, {
      style: function (feature) {
        var row = values[feature.properties.unit_id] || [null, ""];
        return {
          color: "#ffffff", weight: 1, opacity: 1,
          fillColor: row[0] === null ? options.blank : options.colours[row[0]],
          fillOpacity: row[0] === null ? 0.55 : 0.82,
        };
      },
      onEachFeature: function (feature, layer) {
        layer.on("click", function () { qh.picked({ layer: layer }); });
      },
    });
    shapes.bindTooltip(function (layer) {
      return (values[layer.feature.properties.unit_id] || [null, ""])[1];
    }, { sticky: true, className: "qh-tip" });
    shapes.addTo(group);
    qh.order();
  });
}"""

_OUTLINE = """function (data, group, options) {
  var chosen = data.features.filter(function (feature) {
    return feature.properties.unit_id === options.selected;
  });
  if (!chosen.length) { return; }
  var shape = L.geoJson(chosen, {
    interactive: false, style: { color: "#111111", weight: 3, fill: false },
  }).addTo(group);
  // Chosen from the list, it may lie outside of what is seen.
  if (!qh.map.getBounds().contains(shape.getBounds().getCenter())) {
    qh.map.panTo(shape.getBounds().getCenter());
  }
}"""


_BORDERS = """function (data, group, options) {
  L.geoJson(data, {
    interactive: false, style: { color: "#5c5c58", weight: 1.8, opacity: 0.9, fill: false },
  }).addTo(group);
}"""


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
    """Units shaded by class; a click hands the unit's id to the page.

    Parameters
    ----------
    url : str
        GeoJSON whose features carry ``unit_id``.
    values : str
        URL of JSON by `unit_data`. Apart from the geometry, which stays when the layer changes.
    colours, blank : str
        CSS colours of the classes and of a unit without a value.
    """
    options: dict[str, object] = {"values": values, "colours": list(colours), "blank": blank}
    return drawn_from(url, level="units", draw=_DRAW, options=options)


def unit_outline(url: str, *, selected: str) -> folium.FeatureGroup:
    """The chosen unit's border, brought into view if it lies outside."""
    return drawn_from(url, level="outline", draw=_OUTLINE, options={"selected": selected})


def border_data(outlines: Sequence[Any]) -> dict[str, Any]:
    """Outlines of the parents (districts) as one GeoJSON geometry collection."""
    shapes = [shapely.geometry.mapping(shape) for shape in outlines]
    return {"type": "GeometryCollection", "geometries": shapes}


def border_layer(url: str) -> folium.FeatureGroup:
    """The parents' borders, to find one's way by; they take no clicks.

    Parameters
    ----------
    url : str
        JSON of `border_data`.
    """
    return drawn_from(url, level="borders", draw=_BORDERS, options={})


def _tooltip(lines: Sequence[str]) -> str:
    head, *rest = (escape(line) for line in lines)
    return "<br>".join([f"<b>{head}</b>", *rest])
