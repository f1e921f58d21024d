"""Tables and the curve of the panel: uncovered demand by cause, distances, classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from app_pages.panel.row_links import place_query, site_query, unit_query
from app_pages.shell.html import (
    explanation,
    head,
    image,
    plain,
    row,
    row_of_two,
    rule_text,
    sentence,
    table,
)
from geo.analysis import Analysis
from geo.coverage.share_curve import curve_end
from geo.inputs.unit_tree import Place
from geo.study.model import Layer, Study
from layers.inline.curve import CurveBand, CurveWords, curve_svg, sampled_curve
from layers.words.catalogue import Words
from layers.words.numbers import amount, decimal, measure, minutes_text
from layers.words.phrases import (
    cause_name,
    counted_study,
    layer_title,
    limit_text,
    limit_words,
    profile_name,
)
from layers.words.travel_texts import quantile_beyond

__all__ = [
    "SHOWN_ROWS",
    "causes",
    "classes",
    "curve",
    "largest",
    "layer_demand",
    "quantiles",
    "side_by_side",
    "worst",
]

# Rows that a table of the panel shows.
SHOWN_ROWS = 8


def layer_demand(analysis: Analysis, layer: Layer) -> pd.DataFrame:
    """The layer's rows of the demand table."""
    return analysis.demand[analysis.demand["layer"] == layer.key]


# -- what is not covered ------------------------------------------------------------------------


def causes(
    uncovered: float, by_cause: Mapping[str, float], layer: Layer, study: Study, words: Words
) -> str:
    """Uncovered demand by cause; doubtful road data are set apart, as they may be no gap."""
    text = head(words("panel.uncovered", amount=amount(uncovered, study, words)))
    if uncovered == 0:
        return text
    rows = []
    for cause in by_cause:
        apart = cause == "data_doubt"
        word = sentence(cause_name(cause, words, layer))
        if apart:
            word = words("panel.apart", cause=word)
        share = words.share(by_cause[cause] / uncovered)
        cells = (word, amount(by_cause[cause], study, words), share)
        rows.append(row(cells, numbers=(1, 2), css_class="apart" if apart else ""))
    metres = decimal(study.network.max_access_m)
    return text + table((), rows) + explanation("causes", words, metres=metres)


def worst(
    gap: pd.DataFrame,
    layer: Layer,
    study: Study,
    words: Words,
    *,
    most: int = SHOWN_ROWS,
    above: str = "",
) -> str:
    """The finest units within a larger one that have most uncovered demand.

    Parameters
    ----------
    most : int
        So many rows at most.
    above : str
        The column of the larger unit to name below each name; "" for none.
    """
    if gap.empty:
        return ""
    # Demand outside every unit has no unit to show.
    worst = (
        gap[gap["unit_id"].fillna("") != ""]
        .sort_values(["uncovered", "unit_id"], ascending=[False, True])
        .head(most)
    )
    rows = [
        row_of_two(
            (
                (str(one["unit_name"] or one["unit_id"]), str(one.get(above) or "")),
                (amount(one["uncovered"], study, words), ""),
                (words.share(one["uncovered_share"]), ""),
            ),
            numbers=(1, 2),
            links={0: unit_query(one["unit_id"])},
        )
        for one in worst.to_dict("records")
    ]
    text = words("panel.worst", shown=words.number(len(rows)), total=words.number(len(gap)))
    columns = (words("column.unit"), words("column.uncovered"), words("column.uncovered_share"))
    return head(text) + table(columns, rows, numbers=(1, 2))


def largest(points: pd.DataFrame, layer: Layer, study: Study, words: Words) -> str:
    """The uncovered points of most weight; among equals the farther first."""
    if points.empty:
        return ""
    order = points.sort_values(
        ["weight", "metres", "demand_id"], ascending=[False, False, True], na_position="last"
    )
    weighted = points["weight"].nunique() > 1
    columns = [words("column.demand"), *([words("column.weight")] if weighted else [])]
    columns += [words("export.header.nearest_site_name"), words("column.distance")]
    columns.append(words("export.header.cause"))
    rows = []
    for point in order.head(SHOWN_ROWS).to_dict("records"):
        cells = [str(point["name"] or point["demand_id"])]
        if weighted:
            cells.append(amount(point["weight"], study, words))
        cells.append(str(point["nearest_site_name"] or point["nearest_site_id"] or "—"))
        horizon = study.network.horizon_minutes if point["cause"] == "too_far" else None
        cells.append(
            measure(point["minutes"], point["metres"], layer, words, horizon_minutes=horizon)
        )
        cells.append(sentence(cause_name(point["cause"], words, layer)))
        links = {
            0: place_query(point["lon"], point["lat"], point["unit_id"]),
            2 if weighted else 1: site_query(point["nearest_site_id"], layer.key),
        }
        rows.append(row(cells, numbers=(1, 3) if weighted else (2,), links=links))
    text = words("panel.largest", shown=words.number(len(rows)), total=words.number(len(points)))
    return head(text) + table(columns, rows, numbers=(1, 3) if weighted else (2,))


# -- how far ------------------------------------------------------------------------------------


def curve(
    demand: pd.DataFrame,
    base: Analysis,
    layer: Layer,
    inside: np.ndarray[Any, Any] | None,
    words: Words,
    *,
    band: CurveBand | None = None,
) -> str:
    """The share covered within each time or distance, for this layer and the service's others."""
    if not len(demand) or not demand["weight"].sum() > 0:
        return ""
    column = layer.limit.unit
    limit = layer.limit.value
    most = curve_end(layer.limit, base.study.network.horizon_minutes)
    lines = [sampled_curve(sentence(profile_name(layer, words)), demand, column, most)]
    for other in _same_service(base, layer):
        if other.key == layer.key or other.limit.unit != layer.limit.unit:
            continue
        rows = layer_demand(base, other)
        rows = rows if inside is None else rows[rows["unit_id"].isin(inside)]
        lines.append(sampled_curve(sentence(profile_name(other, words)), rows, column, most))
    at_limit = words.share(float(demand.loc[demand["covered"], "weight"].sum())
                           / float(demand["weight"].sum()))  # fmt: skip
    last = words.share(float(lines[0].share[-1]))
    drawn = curve_svg(
        lines,
        limit=limit,
        words=CurveWords(
            x=words(f"curve.{column}"), y=words("curve.share"), limit=limit_text(layer, words)
        ),
        band=band,
    )
    alt = words(
        "curve.told",
        limit=limit_text(layer, words),
        share=at_limit,
        most=limit_words(layer.limit.with_value(most), words),
        last=last,
    )
    title = words("curve.head" if column == "minutes" else "curve.head_metres")
    return head(title) + image(drawn, alt, css_class="qh-curve") + explanation("curve", words)


def quantiles(
    p50: float | None, p90: float | None, demand: pd.DataFrame, study: Study, words: Words
) -> str:
    """Median and 90 % of the travel times.

    A blank one lies beyond the longest time that the study searches, or its demand has no path.

    Parameters
    ----------
    demand : pd.DataFrame
        The rows of the demand table that were counted.
    """
    shown = []
    for quantile, value in ((0.5, p50), (0.9, p90)):
        unknown = value is None or pd.isna(value)
        horizon = study.network.horizon_minutes if quantile_beyond(demand, quantile) else None
        text = minutes_text(value, words, horizon_minutes=horizon)
        shown.append(words("panel.unreached") if unknown and horizon is None else text)
    text = words("panel.quantiles", p50=shown[0], p90=shown[1])
    return plain(text) + explanation("quantiles", words)


def side_by_side(
    analysis: Analysis, base: Analysis, layer: Layer, place: Place | None, words: Words
) -> str:
    """The shares of all layers of the service, for the whole or for one unit."""
    group = _same_service(base, layer)
    if len(group) < 2:
        return ""
    rows = []
    for other in group:
        shown = other.key == layer.key
        total, covered, share = _figures_of(analysis if shown else base, other.key, place)
        part = words("panel.of", part=words.number(covered),
                     whole=amount(total, counted_study(base.study, other), words))  # fmt: skip
        # Rates of one service differ by their conditions only, which titles tell apart.
        name = rule_text(layer if shown else other, words)
        name = layer_title(other, words) if other.of_objects else name
        cells = (name, words.share(share), part)
        rows.append(row(cells, numbers=(1, 2), css_class="on" if shown else ""))
    return head(words("panel.side_by_side")) + table((), rows) + explanation("side_by_side", words)


def classes(demand: pd.DataFrame, study: Study, words: Words) -> str:
    """The shares of urban and rural demand, where the study has classes."""
    if "class" not in demand.columns or not len(demand):
        return ""
    rows = []
    for name, part in demand.groupby("class", sort=True):
        total = math.fsum(part["weight"])
        covered = math.fsum(part.loc[part["covered"], "weight"])
        doubt = math.fsum(part.loc[part["cause"] == "data_doubt", "weight"])
        cells = (
            words.get(f"class.{name}", default=str(name) or words("class.none")),
            words.share(covered / total) if total > 0 else "—",
            words("panel.of", part=words.number(covered), whole=amount(total, study, words)),
            amount(doubt, study, words),
        )
        rows.append(row(cells, numbers=(1, 2, 3)))
    columns = (
        words("column.class"), words("column.share"), words("column.within"),
        words("column.doubt"),
    )  # fmt: skip
    return (
        head(words("panel.classes"))
        + table(columns, rows, numbers=(1, 2, 3))
        + explanation("classes", words)
    )


def _same_service(base: Analysis, layer: Layer) -> list[Layer]:
    return [
        other
        for other in base.study.layers
        if other.service_key == layer.service_key and other.key in base.summary["layers"]
    ]


def _figures_of(
    analysis: Analysis, key: str, place: Place | None
) -> tuple[float, float, float | None]:
    """Total, covered and share of one layer, of the whole or of one unit."""
    share = analysis.study.layer(key).share
    if place is None:
        found = analysis.summary["layers"][key]
        return found["demand_total"], found["demand_covered"], found[share]
    units = analysis.units
    rows = units[(units["layer"] == key) & (units["level"] == place.level)]
    one = rows[rows["unit_id"] == place.unit_id].iloc[0]
    return float(one["demand_total"]), float(one["demand_covered"]), float(one[share])
