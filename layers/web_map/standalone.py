"""map.html: the results as one file that works offline (`layers.web_map.page_parts`)."""

from __future__ import annotations

from typing import Any

from geo.analysis import Analysis
from geo.base.messages import plain
from layers.shapes.bands import isochrone_shapes
from layers.shapes.legend import legend, map_notices, size_entries
from layers.shapes.packing import pack
from layers.shapes.points import gap_rows
from layers.shapes.units import (
    simplified_units,
    unit_values,
)
from layers.style.palette import (
    CAUSE_ORDER,
    share_class,
)
from layers.style.shading import set_shades, set_share, unit_shading
from layers.style.symbols import site_symbol
from layers.web_map.packed_ground import PackedGround
from layers.web_map.page_parts import (
    MOST_POINTS,
    common_payload,
    packed_gaps,
    packed_sites,
    render_page,
)
from layers.web_map.view_commands import picture_lines
from layers.words.catalogue import Words, words_for
from layers.words.lines.capacity import capacity_sentence, capacity_unit
from layers.words.lines.site_sets import set_name, set_sentences
from layers.words.numbers import beyond
from layers.words.phrases import (
    counted_study,
    figures,
    layer_title,
    limit_text,
    presence_basis,
    share_by_time_name,
    time_basis,
    weight_header,
)
from layers.words.travel_texts import medians_beyond

__all__ = ["render_map"]

# Texts that the script of the page uses; with placeholders in braces.
_UI_WORDS = (
    "layer", "legend", "notes", "sources", "zoom_in",
    "zoom_out", "nearest", "minutes", "metres", "site_used", "site_unused", "within", "owned",
    "capacity", "assigned", "spare", "waiting", "sites_here", "median", "unreached", "no_demand",
)  # fmt: skip


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
    payload = _payload(analysis, words, ground or PackedGround())
    return render_page(
        "standalone.html", "standalone.js", payload, title=payload["title"], words=words
    )


def _payload(analysis: Analysis, words: Words, ground: PackedGround) -> dict[str, Any]:
    """All data and texts of the page."""
    study = analysis.study
    drawn = simplified_units(analysis.areas)
    return {
        **common_payload(analysis, drawn, ground, words),
        "title": words("html.title", study=words.text(study.study.name)),
        "text": {name: words(f"html.{name}") for name in _UI_WORDS},
        "too_far": CAUSE_ORDER.index("too_far"),
        "horizon": beyond(study.network.horizon_minutes),
        "not_comparable": words("export.not_comparable"),
        "lines": picture_lines(study, words),
        "layers": _layers(analysis, words),
        "trace": words("html.trace", analysis_id=str(analysis.summary["analysis_id"])[:16]),
    }


def _layers(analysis: Analysis, words: Words) -> list[dict[str, Any]]:
    """The layers, then those with capacities once more, shaded by shortage, then sets of sites."""
    keys = [str(key) for key in analysis.summary["layers"]]
    found = [_layer(analysis, key, words) for key in keys]
    found += [
        _short(analysis, key, of, words)
        for of, key in enumerate(keys)
        if "capacity" in analysis.summary["layers"][key]
    ]
    return found + [
        _by_set(analysis, key, of, shade, words)
        for of, key in enumerate(keys)
        for shade in set_shades(analysis, key)
    ]


def _by_set(analysis: Analysis, key: str, of: int, shade: str, words: Words) -> dict[str, Any]:
    """What is not as in layer number `of`, where its units are shaded by one set of its sites."""
    shading = unit_shading(analysis, key, by=shade)
    table = shading.table.set_index("unit_id").reindex(analysis.areas["unit_id"])
    values = unit_values(analysis, key)
    values["share"] = table["share"].to_numpy()
    values["demand_covered"] = table["demand_covered"].to_numpy()
    study, layer = analysis.study, analysis.study.layer(key)
    rest = [vars(entry) for entry in legend(analysis, key, words) if entry.group != "units"]
    sizes = [vars(entry) for entry in size_entries(analysis, key, words)]
    named = set_name(shade, words)
    title = words("sets.share", name=layer_title(layer, words), set=named)
    return {
        "of": of,
        "title": title,
        "time": {
            "name": words("sets.share", name=share_by_time_name(layer, words), set=named),
            "value": words.share(set_share(analysis, key, shade)),
            "basis": set_sentences(analysis, key, words),
        },
        "weights": {
            kind: weight_header(kind, counted_study(study, layer), words)
            for kind in ("total", "uncovered", "weight")
        },
        "colours": list(shading.colours),
        "classes": list(shading.classes().get(str(u)) for u in analysis.areas["unit_id"]),
        "values": plain(values.to_numpy()),
        "legend": [*[vars(entry) for entry in shading.legend(words)], *rest, *sizes],
    }


def _short(analysis: Analysis, key: str, of: int, words: Words) -> dict[str, Any]:
    """What is not as in layer number `of`, where its units are shaded by shortage."""
    shading = unit_shading(analysis, key, by="short")
    table = shading.table.set_index("unit_id").reindex(analysis.areas["unit_id"])
    values = unit_values(analysis, key)
    values["share"] = table["value"].to_numpy()
    values["demand_total"] = (table["served"] + table["short"]).round(6).to_numpy()
    values["demand_covered"] = table["served"].to_numpy()
    own = [vars(entry) for entry in shading.legend(words)]
    rest = [vars(entry) for entry in legend(analysis, key, words) if entry.group != "units"]
    sizes = [vars(entry) for entry in size_entries(analysis, key, words)]
    entry, study = figures(analysis, key), analysis.study
    total = entry["capacity"]["amount"]
    short = total - entry["capacity"]["served"]
    return {
        "of": of,
        "title": words("capacity.map_title", title=layer_title(study.layer(key), words)),
        "time": {
            "name": words("legend.short"),
            "value": words.share(short / total) if total > 0 else "—",
            "basis": capacity_sentence(analysis, key, words),
        },
        "weights": {
            "total": weight_header("total", study, words),
            "uncovered": words("table.short", unit=capacity_unit(study.layer(key), study, words)),
            "weight": weight_header("weight", study, words),
        },
        "colours": list(shading.colours),
        "classes": list(shading.classes().get(str(u)) for u in analysis.areas["unit_id"]),
        "values": plain(values.to_numpy()),
        "legend": [*own, *rest, *sizes],
    }


def _layer(analysis: Analysis, key: str, words: Words) -> dict[str, Any]:
    """One layer's figures, words, shapes and points."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    values = unit_values(analysis, key)
    with_path = medians_beyond(analysis, key, analysis.study.units.level)
    beyond_it = analysis.areas["unit_id"].astype(str).isin(with_path).to_numpy(bool)
    shown = gap_rows(analysis, key, most=MOST_POINTS)
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
            "value": words.share(entry[layer.share]),
            "basis": time_basis(analysis, key, words),
        },
        "weights": {
            kind: weight_header(kind, counted_study(study, layer), words)
            for kind in ("total", "uncovered", "weight")
        },
        "legend": [
            vars(item)
            for item in [*legend(analysis, key, words), *size_entries(analysis, key, words)]
        ],
        "notes": notes,
        "classes": [share_class(share) for share in values["share"]],
        "values": plain(values.to_numpy()),
        "beyond": (beyond_it & values["minutes_p50"].isna().to_numpy()).tolist(),
        "isochrones": [
            [colour, text, pack(shape)]
            for colour, text, shape in isochrone_shapes(analysis, key, words)
        ],
        "symbol": site_symbol(study, key),
        "sites": packed_sites(analysis, key),
        "gaps": packed_gaps(shown),
    }
