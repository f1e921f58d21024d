"""map.html: the results as one file that works offline.

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
from layers.shapes.bands import isochrone_shapes
from layers.shapes.legend import legend, map_notices, size_entries
from layers.shapes.packing import pack, pack_lines
from layers.shapes.points import gap_rows, site_rows
from layers.shapes.units import (
    extent,
    label_points,
    level_areas,
    levels,
    parent_borders,
    populated_extent,
    simplified_units,
    unit_values,
)
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    SHARE_COLOURS,
    UNUSED_SITE_COLOUR,
    share_class,
)
from layers.style.symbols import site_symbol
from layers.web_map.base_map import shared_script, tool_words, tools_style
from layers.web_map.packed_ground import PackedGround
from layers.web_map.view_commands import picture_lines
from layers.words.catalogue import Words, words_for
from layers.words.numbers import up_to_metres, up_to_tenths
from layers.words.phrases import (
    cause_name,
    figures,
    layer_title,
    level_name,
    limit_text,
    map_notice,
    osm_attribution,
    presence_basis,
    share_by_time_name,
    sources,
    time_basis,
    weight_header,
)

__all__ = ["render_map"]

_TEMPLATE = Path(__file__).with_name("standalone.html")
# Texts that the script of the page uses; with placeholders in braces.
_UI_WORDS = (
    "layer", "legend", "notes", "sources", "zoom_in",
    "zoom_out", "nearest", "minutes", "metres", "site_used", "site_unused", "within", "owned",
    "capacity", "sites_here", "median", "unreached", "no_demand",
)  # fmt: skip
_E5 = 1e5
# Uncovered points of a layer that the page draws at most; a province has hundreds of thousands.
_MOST_POINTS = 30_000


def render_map(analysis: Analysis, *, locale: str, ground: PackedGround | None = None) -> str:
    """The map of all layers of `analysis` as one self-contained HTML page.

    Parameters
    ----------
    analysis : Analysis
    locale : str
        One of `LOCALES`.
    ground : PackedGround, optional
        Roads and water beneath (`packed_ground`); none by default.

    Returns
    -------
    str
        The page. It makes no request of any kind.
    """
    words = words_for(locale)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["csp_hash"] = _csp_hash
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    leaflet_js, leaflet_css = _leaflet()
    return template.render(
        locale=locale,
        title=words("html.title", study=words.text(analysis.study.study.name)),
        no_script=words("html.no_script"),
        data=Markup(_as_script(_payload(analysis, words, ground or PackedGround()))),
        own_js=Markup(_own_script()),
        tools_css=Markup(tools_style()),
        leaflet_js=Markup(leaflet_js),
        leaflet_css=Markup(leaflet_css),
    )


def _own_script() -> str:
    own = Path(__file__).with_name("map_js").joinpath("standalone.js").read_text(encoding="utf-8")
    return f"{shared_script()}\n{own}"


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


def _payload(analysis: Analysis, words: Words, ground: PackedGround) -> dict[str, Any]:
    """All data and texts of the page."""
    study = analysis.study
    drawn = simplified_units(analysis.areas)
    return {
        "locale": words.locale,
        "title": words("html.title", study=words.text(study.study.name)),
        "text": {name: words(f"html.{name}") for name in _UI_WORDS},
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
        "not_comparable": words("export.not_comparable"),
        "level": level_name(study.units.level, words),
        "units": _units(analysis, drawn),
        "names": [label_points(level_areas(drawn, study, level)) for level in levels(study)],
        "roads": ground.roads,
        "water": ground.water,
        "lines": picture_lines(study, words),
        "borders": [
            line
            for border in parent_borders(drawn, study.units.parents)
            for line in pack_lines(border)
        ],
        "layers": [_layer(analysis, str(key), words) for key in analysis.summary["layers"]],
        "trace": words("html.trace", analysis_id=str(analysis.summary["analysis_id"])[:16]),
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


def _layer(analysis: Analysis, key: str, words: Words) -> dict[str, Any]:
    """One layer's figures, words, shapes and points."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    values = unit_values(analysis, key)
    shown = gap_rows(analysis, key, most=_MOST_POINTS)
    gaps_total = int((analysis.gap_points["layer"] == key).sum())
    notes = [list(note) for note in map_notices(analysis, key, words)[1:]]
    if len(shown) < gaps_total:
        text = words("html.rest", shown=words.number(len(shown)), total=words.number(gaps_total))
        notes.append([words("export.about.warning"), text])
    return {
        "title": layer_title(layer, words),
        "limit": limit_text(layer, words),
        "presence": {
            "name": words("export.share_by_presence"),
            "value": words.share(entry["share_by_presence"]),
            "basis": presence_basis(analysis, key, words),
        },
        "time": {
            "name": share_by_time_name(layer, words),
            "value": words.share(entry["share_by_time"]),
            "basis": time_basis(analysis, key, words),
        },
        "weights": {
            kind: weight_header(kind, study, words) for kind in ("total", "uncovered", "weight")
        },
        "legend": [
            vars(item)
            for item in [*legend(analysis, key, words), *size_entries(analysis, key, words)]
        ],
        "notes": notes,
        "classes": [share_class(share) for share in values["share_by_time"]],
        "values": plain(values.to_numpy()),
        "isochrones": [
            [colour, text, pack(shape)]
            for colour, text, shape in isochrone_shapes(analysis, key, words)
        ],
        "symbol": site_symbol(study, key),
        "sites": _sites(analysis, key),
        "gaps": _gaps(shown),
    }


def _sites(analysis: Analysis, key: str) -> list[list[Any]]:
    """Rows of x, y, name, used, demand within, demand owned, capacity."""
    rows = site_rows(analysis, key)
    capacity = rows["capacity"] if "capacity" in rows else pd.Series(np.nan, index=rows.index)
    names = rows["name"].fillna("").where(rows["name"].fillna("") != "", rows["site_id"])
    columns = (
        _scaled(rows["lon"]),
        _scaled(rows["lat"]),
        names,
        rows["used"],
        rows["demand_within"],
        rows["demand_owned"],
        capacity,
    )
    return _rows_of(columns)


def _rows_of(columns: Sequence[Any]) -> list[list[Any]]:
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


def _gaps(rows: pd.DataFrame) -> dict[str, Any]:
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
        _scaled(rows["lon"]),
        _scaled(rows["lat"]),
        rows["cause"].map(numbers),
        rows["weight"],
        names,
        [-1 if names_of[code] == "" else int(code) for code in codes],
        up_to_tenths(rows["minutes"]),
        up_to_metres(rows["metres"]),
    )
    return {
        "rows": _rows_of(columns),
        "sites": names_of,
        "weighted": bool(rows["weight"].nunique() > 1),
    }


def _scaled(degrees: pd.Series) -> list[int]:
    """Degrees as whole 1e-5 degrees."""
    found: list[int] = np.rint(degrees.to_numpy(float) * _E5).astype(np.int64).tolist()
    return found
