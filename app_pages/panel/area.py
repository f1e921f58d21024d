"""The panel of the whole study, or of one unit of any level, as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from app_pages.panel import tables
from app_pages.panel.capacity import unit_capacity, whole_capacity
from app_pages.panel.equity import equity
from app_pages.panel.site_sets import unit_sets, whole_sets
from app_pages.shell.html import Figure, explanation, figures, head, notice, paragraph, plain
from geo.analysis import Analysis
from geo.coverage.presence import is_present
from geo.inputs.unit_tree import Place, Places
from geo.study.model import Layer, Study
from layers.inline.curve import CurveBand
from layers.words.catalogue import Words
from layers.words.lines.sensitivity import range_aside
from layers.words.numbers import amount, decimal
from layers.words.phrases import (
    counted_study,
    counted_units,
    layer_causes,
    layer_notes,
    limit_text,
    map_notice,
    people,
    people_reached,
    presence_basis,
    presence_text,
    profile_by,
    rule_key,
    share_by_time_name,
    time_basis,
    uncovered_of,
)
from layers.words.programmes.indicator import limit_line

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.sensitivity.result import LayerSensitivity

__all__ = ["ranked_units", "sources_panel", "unit_panel", "whole_panel"]

_SHOWN_PLACES = 3
_WORST_UNITS = 10


def whole_panel(
    analysis: Analysis,
    base: Analysis,
    layer: Layer,
    places: Places,
    words: Words,
    *,
    ranged: LayerSensitivity | None = None,
) -> str:
    """The whole study's figures for one layer.

    Parameters
    ----------
    analysis : Analysis
        What the map shows: the study's own analysis, or one with another limit or trial sites.
    base : Analysis
        The study's own analysis, which has all layers.
    ranged : LayerSensitivity, optional
        The range of the share, where it is known.
    """
    analysis = _counted(analysis, layer)
    found = analysis.summary["layers"][layer.key]
    presence = Figure(
        words("export.share_by_presence"),
        words.share(found["share_by_presence"]),
        presence_basis(analysis, layer.key, words),
    )
    time = Figure(
        share_by_time_name(layer, words),
        words.share(found[layer.share]),
        time_basis(analysis, layer.key, words),
        "" if ranged is None else range_aside(ranged.range, words),
    )
    causes = layer_causes(analysis, layer.key)
    by_cause = {cause: found["by_cause"][cause] for cause in causes}
    demand = tables.layer_demand(analysis, layer)
    return "".join(
        [
            paragraph(_lead(analysis, layer, found, by_cause, places, words)),
            *_shares(None if layer.of_objects else presence, time, words),
            plain(limit_line(layer, words)),
            *_notes(analysis, layer, words),
            tables.causes(uncovered_of(found), by_cause, layer, analysis.study, words),
            whole_capacity(analysis, layer, words),
            whole_sets(analysis, layer, words),
            _worst_units(analysis, layer, places, words),
            *_times(demand, base, layer, None, found, analysis.study, words, ranged=ranged),
            tables.side_by_side(analysis, base, layer, None, words),
            tables.classes(demand, analysis.study, words),
            equity(analysis, layer, words),
            _outside(analysis, layer, words),
        ]
    )


def unit_panel(
    analysis: Analysis,
    base: Analysis,
    layer: Layer,
    place: Place,
    places: Places,
    words: Words,
) -> str:
    """One unit's figures for one layer; `analysis` and `base` as in `whole_panel`."""
    analysis = _counted(analysis, layer)
    study = analysis.study
    units = analysis.units
    of_unit = (units["unit_id"] == place.unit_id) & (units["layer"] == layer.key)
    found = units[of_unit & (units["level"] == place.level)].iloc[0]
    inside = places.finest(place.unit_id)
    gap = _within(analysis.gaps, layer, inside)
    points = _within(analysis.gap_points, layer, inside)
    causes = layer_causes(analysis, layer.key)
    by_cause = {cause: math.fsum(gap[f"uncovered_{cause}"]) for cause in causes}
    demand = tables.layer_demand(analysis, layer)
    demand = demand[demand["unit_id"].isin(inside)]
    finest = place.level == study.units.level
    return "".join(
        [
            *_shares(
                None
                if layer.of_objects
                else _unit_presence(analysis, layer, found, place, inside, words),
                _unit_time(found, layer, study, words),
                words,
            ),
            plain(limit_line(layer, words)),
            *_notes(analysis, layer, words),
            tables.causes(math.fsum(gap["uncovered"]), by_cause, layer, study, words),
            unit_capacity(found.to_dict(), layer, study, words),
            unit_sets(analysis, layer, place, words),
            "" if finest else tables.worst(gap, layer, study, words),
            tables.largest(points, layer, study, words),
            *_times(demand, base, layer, inside, found, study, words),
            tables.side_by_side(analysis, base, layer, place, words),
            tables.classes(demand, study, words),
        ]
    )


def _band(ranged: LayerSensitivity | None, words: Words) -> CurveBand | None:
    if ranged is None:
        return None
    curve = ranged.curve
    return CurveBand(words("sensitivity.column.range"), curve.x, curve.low, curve.high)


def ranked_units(analysis: Analysis, key: str, level: str) -> list[str]:
    """Ids of the units of one level, by uncovered demand descending, then by id."""
    units = analysis.units
    rows = units[(units["layer"] == key) & (units["level"] == level)]
    left = (rows["demand_total"] - rows["demand_covered"]).round(6)
    order = rows.assign(left=left).sort_values(["left", "unit_id"], ascending=[False, True])
    return [str(unit) for unit in order["unit_id"]]


def sources_panel(study: Study, words: Words) -> str:
    """Remarks on the data, and their sources."""
    lines = [map_notice(study, words)]
    if study.units.approximate is not None:
        lines.append(words.text(study.units.approximate))
    if study.network.note is not None:
        lines.append(words.text(study.network.note))
    lines.append(words("panel.access", metres=decimal(study.network.max_access_m)))
    sources = [words.text(source) for source in study.study.sources]
    if sources:
        lines.append(words("panel.sources", sources=words("panel.and").join(sources)))
    return head(words("panel.about")) + "".join(plain(line) for line in lines)


def _shares(presence: Figure | None, time: Figure, words: Words) -> list[str]:
    """The shares beside each other; the second alone for a layer that has no sites."""
    if presence is None:
        return [figures((time,), words)]
    return [
        figures((presence, time), words),
        plain(words("export.not_comparable")),
        explanation("shares", words),
    ]


def _times(
    demand: pd.DataFrame,
    base: Analysis,
    layer: Layer,
    inside: np.ndarray[Any, Any] | None,
    found: Mapping[str, Any] | pd.Series[Any],
    study: Study,
    words: Words,
    *,
    ranged: LayerSensitivity | None = None,
) -> list[str]:
    """The curve of the share and the quantiles of times; nothing under a rule without travel."""
    if not layer.travels:
        return []
    drawn = tables.curve(demand, base, layer, inside, words, band=_band(ranged, words))
    p50, p90 = found.get("minutes_p50"), found.get("minutes_p90")
    return [drawn, tables.quantiles(p50, p90, demand, study, words)]


def _counted(analysis: Analysis, layer: Layer) -> Analysis:
    """The analysis with amounts in the unit in which the layer counts."""
    return replace(analysis, study=counted_study(analysis.study, layer))


# -- sentences ----------------------------------------------------------------------------------


def _lead(
    analysis: Analysis,
    layer: Layer,
    found: Mapping[str, Any],
    by_cause: Mapping[str, float],
    places: Places,
    words: Words,
) -> str:
    """The first sentences: units with a site, share within the limit, who is left out and where."""
    study = analysis.study
    sentences = [
        words(
            rule_key(layer, "lead", words, plain="lead.shares"),
            units=counted_units(study.units.level, words),
            with_site=words.number(found["units_with_site"]),
            total=words.number(found["units_total"]),
            people=people_reached(study, words, layer),
            share=words.share(found[layer.share]),
            rule=_rule(layer, words),
        )
    ]
    uncovered = uncovered_of(found)
    if uncovered > 0:
        where = _where(analysis, layer, places, words)
        left = "left" if where else "left_anywhere"
        plain_left = "lead.uncovered" if where else "lead.uncovered_anywhere"
        sentences.append(
            words(
                rule_key(layer, left, words, plain=plain_left),
                amount=amount(uncovered, study, words, noun=True),
                limit=limit_text(layer, words),
                where=where,
            )
        )
        if unknown := by_cause.get("unknown", 0.0):
            counted = amount(unknown, study, words)
            sentences.append(words("rule.rate.left_unknown", amount=counted))
        if by_cause.get("data_doubt"):
            doubt = by_cause["data_doubt"]
            part = words(f"amount.part.{study.demand.unit_word}", value=words.number(doubt))
            sentences.append(words("lead.doubt", amount=part))
    return "".join(sentences)


def _rule(layer: Layer, words: Words) -> str:
    return words("lead.rule", profile=_profile(layer, words), limit=limit_text(layer, words))


def _profile(layer: Layer, words: Words) -> str:
    return profile_by(layer, words)


def _where(analysis: Analysis, layer: Layer, places: Places, words: Words) -> str:
    """The units of the highest level with most uncovered demand."""
    level = places.levels[-1]
    units = analysis.units
    rows = units[(units["layer"] == layer.key) & (units["level"] == level)]
    left = (rows["demand_total"] - rows["demand_covered"]).round(6)
    order = rows.assign(left=left)[left > 0].sort_values(
        ["left", "unit_id"], ascending=[False, True]
    )
    shown = [
        words("lead.place", name=name, value=words.number(value))
        for name, value in zip(
            order["unit_name"].head(_SHOWN_PLACES), order["left"].head(_SHOWN_PLACES), strict=True
        )
    ]
    return words("lead.places_join").join(shown)


# -- figures of one unit ------------------------------------------------------------------------


def _unit_presence(
    analysis: Analysis,
    layer: Layer,
    found: pd.Series[Any],
    place: Place,
    inside: np.ndarray[Any, Any],
    words: Words,
) -> Figure:
    """Whether a finest unit has a site; for a larger unit, the share of its units that have one."""
    study = analysis.study
    if place.level == study.units.level:
        present = bool(is_present(found.to_frame().T).iloc[0])
        yes = rule_key(layer, "presence_yes", words, plain="presence.yes")
        value = words(yes if present else "presence.no")
        basis = words(
            rule_key(layer, "presence_unit", words, plain="basis.presence_unit"),
            sites=words.number(found["sites"]),
            named_by=words.number(found.get("named_by", 0)),
        )
        return Figure(words("share.presence_unit"), value, basis)
    units = analysis.units
    rows = units[(units["layer"] == found["layer"]) & (units["level"] == study.units.level)]
    rows = rows[rows["unit_id"].isin(inside)]
    with_site = int(is_present(rows).sum())
    basis = presence_text(study, layer, with_site, len(rows), words)
    share = words.share(with_site / len(rows)) if len(rows) else "—"
    return Figure(words("export.share_by_presence"), share, basis)


def _unit_time(found: pd.Series[Any], layer: Layer, study: Study, words: Words) -> Figure:
    label = share_by_time_name(layer, words)
    if found["demand_total"] == 0:
        return Figure(label, "—", words("basis.no_demand"))
    basis = words(
        rule_key(layer, "time_unit", words, plain="basis.time_unit"),
        people=people(study, words, layer),
        total=amount(found["demand_total"], study, words),
        covered=amount(found["demand_covered"], study, words),
        limit=limit_text(layer, words),
    )
    return Figure(label, words.share(found[layer.share]), basis)


def _notes(analysis: Analysis, layer: Layer, words: Words) -> list[str]:
    """Remarks beside a share: causes of a false 100 %, and proxies for the user's own list."""
    notes = reversed(layer_notes(analysis, layer.key, words))  # warnings first, then proxies
    return [notice(words("panel.note", about=about, text=text)) for about, text in notes]


def _outside(analysis: Analysis, layer: Layer, words: Words) -> str:
    units = analysis.units
    rows = units[(units["unit_id"] == "") & (units["level"] == "") & (units["layer"] == layer.key)]
    total = float(rows["demand_total"].sum())
    if total == 0:
        return ""
    return plain(words("panel.outside", amount=amount(total, analysis.study, words)))


# -- rows ---------------------------------------------------------------------------------------


def _worst_units(analysis: Analysis, layer: Layer, places: Places, words: Words) -> str:
    """The finest units of the whole study with most uncovered demand, each with its county."""
    gap = analysis.gaps[analysis.gaps["layer"] == layer.key]
    above = places.levels[1] if len(places.levels) > 1 else ""
    return tables.worst(gap, layer, analysis.study, words, most=_WORST_UNITS, above=above)


def _within(rows: pd.DataFrame, layer: Layer, inside: np.ndarray[Any, Any]) -> pd.DataFrame:
    return rows[(rows["layer"] == layer.key) & rows["unit_id"].isin(inside)]
