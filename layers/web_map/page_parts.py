"""What the maps that are files of their own share: the page, and packed units, sites and points.

Leaflet, styles and data are inlined, and a content security policy forbids everything else. Data is
embedded as JSON, which is never executed; text from it enters the page by ``textContent`` only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from geo.analysis import Analysis
from geo.base.messages import plain
from layers.shapes.packing import pack, pack_lines
from layers.shapes.points import site_rows
from layers.shapes.units import (
    extent,
    label_points,
    level_areas,
    levels,
    parent_borders,
    populated_extent,
)
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    SHARE_COLOURS,
    UNUSED_SITE_COLOUR,
)
from layers.web_map.base_map import shared_script, tool_words, tools_style
from layers.web_map.packed_ground import PackedGround
from layers.words.catalogue import Words
from layers.words.numbers import up_to_metres, up_to_tenths
from layers.words.phrases import cause_name, level_name, map_notice, osm_attribution, sources

__all__ = [
    "MOST_POINTS",
    "common_payload",
    "packed_gaps",
    "packed_sites",
    "render_page",
    "rows_of",
    "scaled",
]

_FOLDER = Path(__file__).parent
_E5 = 1e5
# Uncovered points of a layer that a page draws at most; a province has hundreds of thousands.
MOST_POINTS = 30_000


def render_page(
    template: str, script: str, payload: Mapping[str, Any], *, title: str, words: Words
) -> str:
    """A page of `template` with its data and scripts inside; it makes no request of any kind.

    Parameters
    ----------
    template : str
        File of this folder.
    script : str
        File of map_js/, which runs after Leaflet and the scripts that all such pages share.
    payload : mapping
        The data: plain JSON values.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        loader=jinja2.FileSystemLoader(_FOLDER, encoding="utf-8"),
    )
    environment.filters["csp_hash"] = _csp_hash
    leaflet_js, leaflet_css = _leaflet()
    return environment.get_template(template).render(
        locale=words.locale,
        title=title,
        no_script=words("html.no_script"),
        data=Markup(_as_script(payload)),
        own_js=Markup(_own_script(script)),
        tools_css=Markup(tools_style()),
        leaflet_js=Markup(leaflet_js),
        leaflet_css=Markup(leaflet_css),
    )


def _own_script(name: str) -> str:
    scripts = [(_FOLDER / "map_js" / one).read_text(encoding="utf-8") for one in ("page.js", name)]
    return "\n".join([shared_script(), *scripts])


@cache
def _leaflet() -> tuple[str, str]:
    """Leaflet's script and styles, without anything that would be fetched."""
    folder = files("xstatic.pkg.leaflet").joinpath("data")
    script = folder.joinpath("leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=\S*", "", script).strip()
    styles = folder.joinpath("leaflet.css").read_text(encoding="utf-8")
    # Images of controls and markers that this map does not use, and a behaviour of IE 8.
    styles = re.sub(r"url\(images/[^)]*\)", "none", styles)
    styles = re.sub(r"behavior:[^;}]*;?", "", styles)
    return script.replace("</script", "<\\/script"), styles


def _csp_hash(source: str) -> str:
    """A script's hash in the content security policy: only these two scripts may run."""
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _as_script(payload: Mapping[str, Any]) -> str:
    """JSON for a script element: nothing in it opens or closes a tag."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def common_payload(
    analysis: Analysis, drawn: Any, ground: PackedGround, words: Words
) -> dict[str, Any]:
    """What every page draws, whatever its layers: units, names, borders, ground, words.

    Parameters
    ----------
    drawn : gpd.GeoDataFrame
        `layers.shapes.units.simplified_units` of the analysis.
    """
    study = analysis.study
    return {
        "locale": words.locale,
        "tools": tool_words(words),
        "bounds": populated_extent(analysis),
        "whole": extent(analysis),
        "colours": {
            "share": SHARE_COLOURS,
            "blank": NO_DEMAND_COLOUR,
            "unused": UNUSED_SITE_COLOUR,
            "cause": [CAUSE_COLOURS[cause] for cause in CAUSE_ORDER],
        },
        "causes": [cause_name(cause, words, study) for cause in CAUSE_ORDER],
        "map_notice": map_notice(study, words),
        "osm": " ".join(osm_attribution(study, words)),
        "sources": sources(study, words),
        "level": level_name(study.units.level, words),
        "units": _units(analysis, drawn),
        "names": [label_points(level_areas(drawn, study, level)) for level in levels(study)],
        "roads": ground.roads,
        "water": ground.water,
        "borders": [
            line
            for border in parent_borders(drawn, study.units.parents)
            for line in pack_lines(border)
        ],
    }


def _units(analysis: Analysis, drawn: Any) -> list[dict[str, Any]]:
    """Name, parents (the widest first) and shape of each unit."""
    chain = [name for name in reversed(analysis.study.units.parents) if name in drawn.columns]
    found = []
    for row in drawn.to_dict("records"):
        shape = row["geometry"]
        if shape.is_empty:  # a list of units without areas has nothing to draw
            continue
        found.append(
            {
                "name": str(row["unit_name"] or row["unit_id"]),
                "parents": [str(row[name]) for name in chain if not pd.isna(row[name])],
                "shape": pack(shape),
            }
        )
    return found


def packed_sites(analysis: Analysis, key: str) -> list[list[Any]]:
    """The layer's sites as rows of x, y, name, used, demand within, demand owned, capacity,
    assigned, spare, waiting.
    """
    rows = site_rows(analysis, key)
    capacity = rows["capacity"] if "capacity" in rows else pd.Series(np.nan, index=rows.index)
    names = rows["name"].fillna("").where(rows["name"].fillna("") != "", rows["site_id"])
    columns = (
        scaled(rows["lon"]),
        scaled(rows["lat"]),
        names,
        rows["used"],
        rows["demand_within"],
        rows["demand_owned"],
        capacity,
        *(
            rows[name] if name in rows else pd.Series(np.nan, index=rows.index)
            for name in ("assigned", "spare", "waiting")
        ),
    )
    return rows_of(columns)


def rows_of(columns: Sequence[Any]) -> list[list[Any]]:
    """Columns as rows of plain values (as `plain` has them, but column by column)."""
    lists = []
    for column in columns:
        values = column.to_numpy() if isinstance(column, pd.Series) else column
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            whole = (values == np.floor(values)) & (np.abs(values) < 2**53)
            lists.append(
                [
                    int(value) if is_whole else value if value - value == 0 else None
                    for value, is_whole in zip(values.tolist(), whole.tolist(), strict=True)
                ]
            )
        elif isinstance(values, list):  # of Python's own numbers
            lists.append(values)
        else:
            lists.append([v if type(v) is str else plain(v) for v in values.tolist()])
    return [list(row) for row in zip(*lists, strict=True)]


def packed_gaps(rows: pd.DataFrame) -> dict[str, Any]:
    """Uncovered points as rows of x, y, cause, weight, name, nearest site, minutes, metres.

    Names of sites are listed once; rows have the index, −1 without a site in reach.
    """
    near = rows["nearest_site_name"].fillna("")
    near = near.where(near != "", rows["nearest_site_id"].fillna(""))
    codes, sites = pd.factorize(near.astype(object))
    names_of = [str(site) for site in sites]
    names = rows["name"].fillna("").where(rows["name"].fillna("") != "", rows["demand_id"])
    numbers = {cause: number for number, cause in enumerate(CAUSE_ORDER)}
    columns = (
        scaled(rows["lon"]),
        scaled(rows["lat"]),
        rows["cause"].map(numbers),
        rows["weight"],
        names,
        [-1 if names_of[code] == "" else int(code) for code in codes],
        up_to_tenths(rows["minutes"]),
        up_to_metres(rows["metres"]),
    )
    return {
        "rows": rows_of(columns),
        "sites": names_of,
        "weighted": bool(rows["weight"].nunique() > 1),
    }


def scaled(degrees: pd.Series) -> list[int]:
    """Degrees as whole 1e-5 degrees."""
    found: list[int] = np.rint(degrees.to_numpy(float) * _E5).astype(np.int64).tolist()
    return found
