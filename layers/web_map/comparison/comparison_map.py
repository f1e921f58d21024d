"""compare.html: two states side by side with a slider, and their difference, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.base.lru import LruCache
from geo.scenarios.changes import AddRoad, OpenRoad
from geo.scenarios.compare import KINDS, Comparison
from layers.shapes.legend import border_entries, legend, map_notices
from layers.shapes.points import gap_rows
from layers.shapes.units import extent, simplified_units
from layers.style.changes import (
    CHANGE_COLOURS,
    GAINED_COLOUR,
    LOST_COLOUR,
    MOVED_COLOUR,
    change_class,
    change_entries,
)
from layers.style.palette import LegendEntry, share_class
from layers.style.symbols import site_symbol
from layers.web_map.packed_ground import PackedGround, packed_ground
from layers.web_map.page_parts import (
    MOST_POINTS,
    common_payload,
    packed_gaps,
    packed_sites,
    render_page,
    rows_of,
    scaled,
)
from layers.web_map.view_commands import picture_lines
from layers.words.catalogue import Words, words_for
from layers.words.lines.comparison import signed_points, state_names
from layers.words.numbers import amount, measure
from layers.words.phrases import (
    figures,
    group_name,
    layer_title,
    limit_text,
    share_by_time_name,
    time_basis,
    weight_header,
)

__all__ = ["comparison_ground", "render_comparison"]

_UI_WORDS = (
    "layer", "legend", "notes", "sources", "zoom_in", "zoom_out", "no_demand", "site_used",
    "site_unused", "nearest", "minutes", "metres", "unreached",
)  # fmt: skip
_OWN_WORDS = (
    "side_by_side", "difference", "handle", "view", "kind", "unit", "change", "units", "groups",
    "before", "after", "gained", "lost", "nothing", "total",
)  # fmt: skip
_SITES = {"added": GAINED_COLOUR, "moved": MOVED_COLOUR, "closed": LOST_COLOUR}
_GROUNDS: LruCache[PackedGround] = LruCache(3)
# Units named in the panel at most, for each kind of change; change_units.csv has all of them.
_MOST_UNITS = 40


def render_comparison(found: Comparison, *, locale: str, ground: PackedGround | None = None) -> str:
    """The comparison as one self-contained HTML page; the same comparison gives the same bytes.

    Parameters
    ----------
    locale : str
        One of `LOCALES`.
    ground : PackedGround, optional
        Roads and water beneath (`comparison_ground`); none by default.
    """
    words = words_for(locale)
    first = found.states[found.layers[0]][1]
    study = found.after.base
    drawn = simplified_units(first.areas)
    ids = [str(unit) for unit in drawn.loc[~drawn.geometry.is_empty, "unit_id"]]
    names = state_names(found.before, found.after, words)
    title = words(
        "compare.title", study=words.text(study.study.name), before=names[0], after=names[1]
    )
    payload = {
        **common_payload(first, drawn, ground or PackedGround(), words),
        "title": title,
        "text": {
            **{name: words(f"html.{name}") for name in _UI_WORDS},
            **{name: words(f"compare.page.{name}") for name in _OWN_WORDS},
        },
        "states": names,
        "kinds": [[kind, words(f"compare.{kind}")] for kind in reversed(KINDS)],
        "change_colours": CHANGE_COLOURS,
        "marks": {"gained": GAINED_COLOUR, "lost": LOST_COLOUR, **_SITES},
        "road_changes": _roads(found),
        "lines": picture_lines(study, words),
        "first": _most_changed(found),
        "layers": [_layer(found, key, ids, words) for key in found.layers],
        "trace": words(
            "html.trace",
            analysis_id=str(found.states[found.layers[0]][0].summary["analysis_id"])[:16],
        ),
    }
    return render_page("comparison.html", "comparison.js", payload, title=title, words=words)


def comparison_ground(found: Comparison, *, cache: Path | None) -> PackedGround:
    """The roads of the state after, new ones among them, and the water of its study."""
    after, bounds = found.after, extent(found.states[found.layers[0]][1])
    source = after.inputs.roads

    def packed() -> PackedGround:
        ground = packed_ground(after.base, bounds, cache=cache, roads=source.roads)
        return ground or PackedGround()

    # Packing takes longer than comparing; most scenarios leave the roads as they are.
    return _GROUNDS.of((str(after.base.folder), source.key, repr(bounds)), packed)


def _most_changed(found: Comparison) -> int:
    """The layer that the page shows first: the one with most points that gain or lose."""
    counts = found.points["layer"].value_counts()
    return max(range(len(found.layers)), key=lambda at: (counts.get(found.layers[at], 0), -at))


def _roads(found: Comparison) -> list[list[Any]]:
    """Rows of which side has it, whether it opens a way, and the lines in 1e-5 degrees."""
    return [
        [
            road.side,
            isinstance(road.change, AddRoad | OpenRoad) == (road.side == "after"),
            [np.rint(line * 1e5).astype(int).tolist() for line in road.lines],
        ]
        for road in found.roads
    ]


def _layer(found: Comparison, key: str, ids: list[str], words: Words) -> dict[str, Any]:
    """One layer's figures, words, shapes and points."""
    start, end = found.states[key]
    layer, study = end.study.layer(key), end.study
    kinds = {kind: _kind(found, key, kind, ids, words) for kind in KINDS}
    return {
        "title": layer_title(layer, words),
        "limit": limit_text(layer, words),
        "share_name": share_by_time_name(layer, words),
        "cards": [
            {
                "name": words(f"compare.page.{moment}"),
                "value": words.share(figures(analysis, key)[layer.share]),
                "basis": time_basis(analysis, key, words),
            }
            for moment, analysis in (("before", start), ("after", end))
        ],
        "weights": {kind: weight_header(kind, study, words) for kind in ("total", "weight")},
        "legend": [vars(item) for item in [*legend(end, key, words), *_road_legend(found, words)]],
        "change_legend": [vars(item) for item in _change_legend(found, key, words)],
        "notes": [list(note) for note in map_notices(end, key, words)[1:]],
        "sides": [_side(one, key, ids) for one in (start, end)],
        "symbol": site_symbol(study, key),
        "kinds": kinds,
    }


def _side(analysis: Analysis, key: str, ids: list[str]) -> dict[str, Any]:
    """One state as the map draws it."""
    study = analysis.study
    shares = _finest(analysis.units, key, study.units.level)[study.layer(key).share]
    return {
        "classes": [share_class(share) for share in shares.reindex(ids)],
        "sites": [site[:4] for site in packed_sites(analysis, key)],
        "gaps": packed_gaps(gap_rows(analysis, key, most=MOST_POINTS)),
    }


def _finest(units: pd.DataFrame, key: str, level: str) -> pd.DataFrame:
    rows = units[(units["layer"] == key) & (units["level"] == level) & (units["unit_id"] != "")]
    return rows.drop_duplicates("unit_id").set_index("unit_id")


def _kind(found: Comparison, key: str, kind: str, ids: list[str], words: Words) -> dict[str, Any]:
    """What changes by one kind: the line of figures, units, groups, points and sites."""
    study, one = found.states[key][1].study, found.figures[key][kind]
    layer = study.layer(key)
    units = _finest(found.units[found.units["kind"] == kind], key, study.units.level)
    values = [
        [
            change_class(row["share_before"], row["share_after"]),
            words.share(row["share_before"]),
            words.share(row["share_after"]),
            _total(row["demand_total"], study, words),
        ]
        for row in units.reindex(ids).to_dict("records")
    ]
    points = found.points[(found.points["layer"] == key) & (found.points["kind"] == kind)]
    return {
        "line": _line(points, one, study, words),
        "values": values,
        "units": _changed_units(units, ids, study, words),
        "groups": _groups(found, key, kind, words),
        "points": rows_of(
            (
                scaled(points["lon"]),
                scaled(points["lat"]),
                [int(change == "lost") for change in points["change"]],
                points["weight"],
                points["name"].where(points["name"] != "", points["demand_id"]),
                [
                    words(
                        "change.far",
                        before=measure(row["minutes_before"], row["metres_before"], layer, words),
                        after=measure(row["minutes_after"], row["metres_after"], layer, words),
                    )
                    for row in points.to_dict("records")
                ],
            )
        ),
        "sites": _sites(found, key, kind, words),
    }


def _total(total: float, study: Any, words: Words) -> str:
    return amount(total, study, words) if total == total else words.share(None)


def _line(points: pd.DataFrame, one: dict[str, float], study: Any, words: Words) -> str:
    """The change of the share and what it stands for."""
    weights = {
        change: float(points.loc[points["change"] == change, "weight"].sum())
        for change in ("gained", "lost")
    }
    return words(
        "compare.page.line",
        change=signed_points(one["share_after"] - one["share_before"], words),
        gained=amount(weights["gained"], study, words),
        lost=amount(weights["lost"], study, words),
    )


def _changed_units(
    units: pd.DataFrame, ids: list[str], study: Any, words: Words
) -> list[list[Any]]:
    """Rows of the unit's number on the map, name, shares and change; the largest change first."""
    number = {unit: at for at, unit in enumerate(ids)}
    moved = (units["covered_after"].fillna(0) - units["covered_before"].fillna(0)).round(6)
    rows = units.assign(moved=moved, most=-moved.abs())[moved != 0].reset_index()
    rows = rows.sort_values(["most", "unit_id"], kind="stable").head(_MOST_UNITS)
    found = []
    for row in rows.to_dict("records"):
        gain = float(row["moved"])
        sign = "+" if gain > 0 else "−"
        found.append(
            [
                number.get(row["unit_id"], -1),
                str(row["unit_name"] or row["unit_id"]),
                words.share(row["share_before"]),
                words.share(row["share_after"]),
                f"{sign}{amount(abs(gain), study, words)}",
            ]
        )
    return found


def _groups(found: Comparison, key: str, kind: str, words: Words) -> list[list[str]]:
    """Rows of the group's name, its shares and their difference."""
    rows = found.groups[(found.groups["layer"] == key) & (found.groups["kind"] == kind)]
    if len(rows) < 2:
        return []
    study = found.states[key][1].study
    return [
        [
            group_name(str(row["band"]), str(row["class"]), study, words),
            words.share(row["share_before"]),
            words.share(row["share_after"]),
            signed_points(row["share_after"] - row["share_before"], words),
        ]
        for row in rows.to_dict("records")
        if row["share_before"] == row["share_before"] or row["share_after"] == row["share_after"]
    ]


def _sites(found: Comparison, key: str, kind: str, words: Words) -> list[list[Any]]:
    """Rows of x, y, name, what happens to it, the same in words."""
    rows = found.sites[(found.sites["layer"] == key) & (found.sites["kind"] == kind)]
    changes = rows["change"].tolist()
    return rows_of(
        (
            scaled(rows["lon"]),
            scaled(rows["lat"]),
            rows["name"].where(rows["name"].fillna("") != "", rows["site_id"]),
            [str(change) for change in changes],
            [words(f"compare.site.{change}") for change in changes],
        )
    )


def _change_legend(found: Comparison, key: str, words: Words) -> list[LegendEntry]:
    """The legend of the difference; marks that the map does not have are left out."""
    end = found.states[key][1]
    entries = []
    if end.has_borders:
        entries += change_entries(words)
        entries += border_entries(end, end.study.units.level, words)
    points = found.points[found.points["layer"] == key]
    for change, colour, shape in (
        ("gained", GAINED_COLOUR, "plus"),
        ("lost", LOST_COLOUR, "cross"),
    ):
        if (points["change"] == change).any():
            text = words(f"compare.page.{change}")
            entries.append(LegendEntry("gaps", "square", colour, text, shape))
    changed = set(found.sites.loc[found.sites["layer"] == key, "change"])
    for change, colour in _SITES.items():
        if change in changed:
            text = words(f"compare.site.{change}")
            entries.append(LegendEntry("sites", "ring", colour, text))
    return [*entries, *_road_legend(found, words)]


def _road_legend(found: Comparison, words: Words) -> list[LegendEntry]:
    entries = []
    opened = {opens for _, opens, lines in _roads(found) if lines}
    for opens, word, colour in (
        (True, "road_opened", GAINED_COLOUR),
        (False, "road_closed", LOST_COLOUR),
    ):
        if opens in opened:
            entries.append(LegendEntry("roads", "line", colour, words(f"compare.page.{word}")))
    return entries
