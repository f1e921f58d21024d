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
from layers.words.numbers import beyond
from layers.words.phrases import (
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
    "capacity", "sites_here", "median", "unreached", "no_demand",
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
        "layers": [_layer(analysis, str(key), words) for key in analysis.summary["layers"]],
        "trace": words("html.trace", analysis_id=str(analysis.summary["analysis_id"])[:16]),
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
        "beyond": (beyond_it & values["minutes_p50"].isna().to_numpy()).tolist(),
        "isochrones": [
            [colour, text, pack(shape)]
            for colour, text, shape in isochrone_shapes(analysis, key, words)
        ],
        "symbol": site_symbol(study, key),
        "sites": packed_sites(analysis, key),
        "gaps": packed_gaps(shown),
    }
