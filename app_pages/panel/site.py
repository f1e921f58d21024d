"""The panel of one site: the demand within its reach, and the loss if it were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app_pages.panel.capacity import site_capacity
from app_pages.panel.row_links import place_query, unit_query
from app_pages.panel.tables import SHOWN_ROWS
from app_pages.shell.html import (
    Figure,
    explanation,
    figures,
    head,
    notice,
    plain,
    row,
    table,
    title,
)
from geo.analysis import Analysis
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import layer_title, limit_text, profile_name
from layers.words.travel_texts import change_measure

if TYPE_CHECKING:
    from geo.questions.difference import Difference

__all__ = ["changed_points", "changed_units", "site_panel"]


def site_panel(
    analysis: Analysis, layer: Layer, site_id: str, lost: Difference | None, words: Words
) -> str:
    """One site's figures.

    Parameters
    ----------
    lost : Difference, optional
        The loss if it were closed.
    """
    study, sites = analysis.study, analysis.sites
    found = sites[(sites["layer"] == layer.key) & (sites["site_id"] == site_id)].iloc[0]
    text = title(str(found["name"] or site_id), layer_title(layer, words))
    if not found["used"]:
        metres = f"{study.network.max_access_m:g}"
        return text + notice(words("site.off_network", metres=metres))
    rule = {"profile": profile_name(layer, words), "limit": limit_text(layer, words)}
    reached = Figure(
        words("site.within", **rule),
        amount(found["demand_within"], study, words),
        words("site.within_basis", owned=amount(found["demand_owned"], study, words)),
    )
    if lost is None:
        return text + figures((reached,), words)
    gone = round(lost.covered_before - lost.covered_after, 6)
    alone = Figure(
        words("site.alone"),
        amount(gone, study, words),
        words(
            "site.alone_basis",
            before=words.share(lost.share_before),
            after=words.share(lost.share_after),
        ),
    )
    parts = [text, figures((reached, alone), words), explanation("site", words)]
    if not pd.isna(found["capacity"]):
        parts.append(plain(words("site.capacity", value=words.number(found["capacity"]))))
    parts.append(site_capacity(found.to_dict(), layer, study, words))
    if len(lost.lost):
        parts.append(head(words("site.who", amount=amount(gone, study, words))))
        parts.append(changed_points(lost.lost, layer, study, words))
    else:
        parts.append(plain(words("site.nobody")))
    return "".join(parts)


def changed_points(points: pd.DataFrame, layer: Layer, study: Study, words: Words) -> str:
    """The points of most weight that a change covers or uncovers."""
    weighted = study.demand.weight is not None
    rows = []
    for point in points.head(SHOWN_ROWS).to_dict("records"):
        cells = [str(point["name"] or point["demand_id"]), str(point["unit_name"] or "—")]
        if weighted:
            cells.append(amount(point["weight"], study, words))
        cells.append(change_measure(point, "before", layer, study, words))
        cells.append(change_measure(point, "after", layer, study, words))
        links = {0: place_query(point["lon"], point["lat"], point["unit_id"])}
        rows.append(row(cells, numbers=range(2, len(cells)), links=links))
    columns = [words("column.demand"), words("column.unit")]
    columns += [words("column.weight")] if weighted else []
    columns += [words("column.before"), words("column.after")]
    more = len(points) - len(rows)
    rest = plain(words("panel.more", count=words.number(more))) if more > 0 else ""
    return table(columns, rows, numbers=range(2, len(columns))) + rest


def changed_units(change: Difference, level: str, study: Study, words: Words) -> str:
    """The units of one level whose covered demand changes, the largest change first."""
    units = change.units[change.units["level"] == level]
    moved = (units["covered_after"] - units["covered_before"]).round(6)
    order = units.assign(moved=moved, most=moved.abs())[moved != 0]
    order = order.sort_values(["most", "unit_id"], ascending=[False, True])
    rows = []
    for unit in order.head(SHOWN_ROWS).to_dict("records"):
        links = {0: unit_query(unit["unit_id"])}
        rows.append(row(_unit_cells(unit, study, words), numbers=(1, 2, 3), links=links))
    if not rows:
        return ""
    columns = (
        words("column.unit"),
        words("column.before"),
        words("column.after"),
        words("column.gain"),
    )
    more = len(order) - len(rows)
    rest = plain(words("panel.more", count=words.number(more))) if more > 0 else ""
    return table(columns, rows, numbers=(1, 2, 3)) + rest


def _unit_cells(unit: dict[Any, Any], study: Study, words: Words) -> list[str]:
    sign = "+" if unit["moved"] > 0 else "−"
    return [
        str(unit["unit_name"] or unit["unit_id"]),
        words.share(unit["share_before"]),
        words.share(unit["share_after"]),
        sign + amount(abs(unit["moved"]), study, words),
    ]
