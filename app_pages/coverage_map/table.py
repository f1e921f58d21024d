"""The figures of the map as a table, for screen readers and for sorting."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app_pages.coverage_map.view import View
from app_pages.shell.html import sentence
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places
from geo.study.model import Layer
from layers.export.gap_list import time_texts
from layers.style.shading import set_shares
from layers.words.catalogue import Words
from layers.words.lines.capacity import capacity_unit
from layers.words.lines.site_sets import set_name
from layers.words.numbers import up_to_tenths
from layers.words.phrases import level_name, limit_text, rule_key, unit_word
from layers.words.travel_texts import medians_beyond

__all__ = ["show_table", "shown_units"]


def shown_units(analysis: Analysis, view: View, places: Places) -> pd.DataFrame:
    """The units of the level shown within the chosen unit, by id.

    Columns unit_id, unit_name, the level above, sites, has_site, demand_total, uncovered,
    the layer's share and minutes_p50.
    """
    units = analysis.units
    rows = units[(units["layer"] == view.layer) & (units["level"] == view.level)]
    chosen = places.get(view.unit)
    if chosen is not None and places.levels.index(chosen.level) > places.levels.index(view.level):
        kept = [
            unit
            for unit in rows["unit_id"]
            if any(place.unit_id == view.unit for place in places.chain(str(unit)))
        ]
        rows = rows[rows["unit_id"].isin(kept)]
    above = [places.get(unit) for unit in rows["unit_id"].astype(str)]
    holders = [places.get(place.parent) if place is not None else None for place in above]
    return rows.assign(
        above=[holder.name if holder is not None else "" for holder in holders],
        uncovered=(rows["demand_total"] - rows["demand_covered"]).round(6),
    ).reset_index(drop=True)


def show_table(analysis: Analysis, layer: Layer, view: View, places: Places, words: Words) -> None:
    """Show the table; every column can be sorted."""
    rows = shown_units(analysis, view, places)
    unit = unit_word(analysis.study, words, layer)
    share = rule_key(layer, "table_share", words, plain="table.share")
    with_path = medians_beyond(analysis, layer.key, view.level)
    later = rows["minutes_p50"].isna() & rows["unit_id"].astype(str).isin(with_path)
    table = pd.DataFrame(
        {
            "unit": rows["unit_name"],
            "above": rows["above"],
            "sites": rows["sites"],
            "share": rows[layer.share] * 100,
            "total": rows["demand_total"],
            "uncovered": rows["uncovered"],
            "median": time_texts(up_to_tenths(rows["minutes_p50"]), later, analysis.study, words),
            "id": rows["unit_id"],
        }
    )
    short = "capacity" in analysis.summary["layers"][layer.key]
    if short:
        table["served"], table["short"] = rows["served"], rows["short"]
    of_set = set_shares(analysis, layer.key, view.shade, rows["unit_id"], view.level)
    if of_set is not None:
        table["set"] = of_set * 100
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    whole = "%d" if (table["total"] % 1 == 0).all() else "%.1f"
    columns: dict[str, Any] = {
        "unit": text(sentence(level_name(view.level, words))),
        "above": text(words("table.above")),
        "sites": number(words("table.sites"), format="%d"),
        "share": number(words(share, limit=limit_text(layer, words)), format="%.1f"),
        "total": number(words("table.total", unit=unit), format=whole),
        "uncovered": number(words("table.uncovered", unit=unit), format=whole),
        "median": text(words("gaps.median_minutes"), alignment="right"),
        "id": text(words("table.id")),
    }
    if of_set is not None:
        columns["set"] = number(set_name(view.shade, words), format="%.1f")
        columns["id"] = columns.pop("id")
    if short:
        counted = capacity_unit(layer, analysis.study, words)
        columns["served"] = number(words("table.served", unit=counted), format=whole)
        columns["short"] = number(words("table.short", unit=counted), format=whole)
        columns["id"] = columns.pop("id")
    if not table["above"].any():
        del columns["above"]
    st.dataframe(
        table,
        hide_index=True,
        column_order=list(columns),
        column_config=columns,
        height=min(38 + 35 * max(len(table), 1), 360),
        placeholder="—",
        key=f"table-{words.locale}",
    )
