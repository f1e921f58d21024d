"""Map layer: service points, as squares (people are circles)."""

from __future__ import annotations

from typing import Any

import folium
import pandas as pd

from layers.base_map import drawn_from
from layers.escape import escape

__all__ = ["site_data", "site_layer"]

_DRAW = """function (data, group, options) {
  var Square = L.CircleMarker.extend({
    _updatePath: function () {
      var painter = this._renderer;
      if (!painter._drawing || this._empty()) { return; }
      var side = this._radius;
      painter._ctx.beginPath();
      painter._ctx.rect(this._point.x - side, this._point.y - side, 2 * side, 2 * side);
      painter._fillStroke(painter._ctx, this);
    },
  });
  data.rows.forEach(function (row) {
    var used = row[2] === 1;
    var marker = new Square([row[1] / 1e5, row[0] / 1e5], {
      radius: options.radius, weight: 1.5, color: "#ffffff", fillOpacity: 1,
      fillColor: used ? options.colour : options.unused,
    });
    marker.feature = { type: "Feature", properties: { unit_id: row[3] } };
    marker.qhTip = "<b>" + row[4] + "</b>" + (used ? "" : "<br>" + options.unused_word);
    marker.on("click", function () { qh.picked({ layer: marker }); });
    marker.addTo(group);
  });
  group.bindTooltip(function (layer) { return layer.qhTip || ""; }, { className: "qh-tip" });
}"""


def site_data(sites: pd.DataFrame) -> dict[str, Any]:
    """One layer's sites as compact rows: lon and lat in 1e-5°, used, unit, escaped name."""
    rows = [
        [round(lon * 1e5), round(lat * 1e5), int(used), unit, escape(name or site)]
        for lon, lat, used, unit, name, site in zip(
            sites["lon"],
            sites["lat"],
            sites["used"],
            sites["unit_id"].fillna(""),
            sites["name"].fillna(""),
            sites["site_id"],
            strict=True,
        )
    ]
    return {"rows": rows}


def site_layer(url: str, *, colour: str, unused: str, unused_word: str) -> folium.FeatureGroup:
    """Sites as squares on the shared canvas; a site that could not be used is pale.

    Parameters
    ----------
    url : str
        JSON of `site_data`.
    colour, unused : str
        CSS colours of a used and of an unused site.
    unused_word : str
        What the tooltip says of an unused site; escaped here.
    """
    options: dict[str, object] = {
        "colour": colour,
        "unused": unused,
        "unused_word": escape(unused_word),
        "radius": 4.5,
    }
    return drawn_from(url, level="sites", draw=_DRAW, options=options)
