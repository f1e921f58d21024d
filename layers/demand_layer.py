"""Map layer: demand points out of reach, coloured by cause, sized by weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import folium
import pandas as pd

from layers.base_map import drawn_from
from layers.escape import escape

__all__ = ["demand_data", "demand_layer"]

_DRAW = """function (data, group, options) {
  var most = data.rows.reduce(function (top, row) { return Math.max(top, row[3]); }, 0);
  data.rows.forEach(function (row) {
    var doubt = row[2] === options.doubt;
    // The area of a dot goes with the weight; without weights all are small and equal.
    var radius = data.weighted && most > 0 ? 2 + 6 * Math.sqrt(row[3] / most) : 3;
    var colour = options.colours[row[2]];
    var marker = L.circleMarker([row[1] / 1e5, row[0] / 1e5], {
      radius: radius, weight: doubt ? 1.6 : 0.8, color: doubt ? colour : "#ffffff",
      fillColor: doubt ? "#ffffff" : colour, fillOpacity: 0.95,
    });
    marker.feature = { type: "Feature", properties: { unit_id: data.units[row[4]] } };
    marker.qhRow = row;
    marker.on("click", function () { qh.picked({ layer: marker }); });
    marker.addTo(group);
  });
  group.bindTooltip(function (layer) {
    var row = layer.qhRow;
    if (!row) { return ""; }
    var lines = ["<b>" + row[5] + "</b>", options.causes[row[2]]];
    if (data.weighted) { lines.push(options.weight.replace("{value}", row[3])); }
    if (row[6] >= 0) { lines.push(options.nearest.replace("{site}", data.sites[row[6]])); }
    if (row[7] !== null) { lines.push(options.measure.replace("{value}", row[7])); }
    return lines.join("<br>");
  }, { className: "qh-tip" });
}"""


def demand_data(
    points: pd.DataFrame, *, causes: Sequence[str], in_metres: bool = False
) -> dict[str, Any]:
    """One layer's uncovered demand points as compact rows.

    Each row: lon and lat in 1e-5°, index of the cause, weight, index of the unit, escaped name,
    index of the nearest site (−1: none within the horizon), and how far it is (null: unknown), in
    whole metres or in minutes with one decimal, rounded up so that it never looks within the limit.

    Parameters
    ----------
    points : pd.DataFrame
        Rows of `Analysis.gap_points`.
    causes : sequence of str
        The order that the indices of causes refer to.
    in_metres : bool
        The layer's limit is in metres.
    """
    unit_codes, units = pd.factorize(points["unit_id"].fillna(""))
    names = points["nearest_site_name"].fillna("")
    site_codes, sites = pd.factorize(names.where(names != "", points["nearest_site_id"].fillna("")))
    order = {code: index for index, code in enumerate(causes)}
    columns = zip(
        points["lon"],
        points["lat"],
        points["cause"],
        points["weight"].astype(float),
        unit_codes,
        points["name"].fillna(""),
        points["demand_id"],
        site_codes,
        points["metres" if in_metres else "minutes"],
        strict=True,
    )
    rows = [
        [
            round(lon * 1e5),
            round(lat * 1e5),
            order[cause],
            weight,
            int(unit),
            escape(name or point),
            -1 if sites[site] == "" else int(site),
            None if pd.isna(far) else math.ceil(far) if in_metres else math.ceil(far * 10) / 10,
        ]
        for lon, lat, cause, weight, unit, name, point, site, far in columns
    ]
    return {
        "rows": rows,
        "units": [str(unit) for unit in units],
        "sites": [escape(site) for site in sites],
        "weighted": bool(points["weight"].nunique() > 1),
    }


def demand_layer(
    url: str,
    *,
    causes: Mapping[str, str],
    colours: Sequence[str],
    nearest: str,
    measure: str,
    weight: str,
) -> folium.FeatureGroup:
    """Uncovered demand as circles; those whose road data are in doubt are hollow.

    Parameters
    ----------
    url : str
        JSON of `demand_data`.
    causes : mapping
        Code → word, in the order of the data's cause indices; escaped here.
    colours : sequence of str
        CSS colours, one a cause.
    nearest, measure, weight : str
        Lines of the tooltip with ``{site}``, and with ``{value}`` for how far it is and for the
        weight; escaped here.
    """
    options: dict[str, object] = {
        "causes": [escape(word) for word in causes.values()],
        "colours": list(colours),
        "doubt": list(causes).index("data_doubt"),
        "nearest": escape(nearest),
        "measure": escape(measure),
        "weight": escape(weight),
    }
    return drawn_from(url, level="demand", draw=_DRAW, options=options)
