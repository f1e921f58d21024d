"""The column of proposed measures: which new site serves a unit or a demand point."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo.analysis import Analysis
from geo.scenarios.proposed import ProposedSites
from layers.words.catalogue import Words
from layers.words.lines.siting import place_names
from layers.words.numbers import amount

__all__ = ["with_measures"]


def with_measures(
    table: pd.DataFrame,
    by: str,
    proposed: Sequence[ProposedSites],
    analysis: Analysis,
    words: Words,
) -> pd.DataFrame:
    """The table with a column ``measure``, unchanged without proposals.

    Parameters
    ----------
    table : pd.DataFrame
        layer, and unit_id or demand_id.
    by : str
        ``unit_id`` or ``demand_id``: what a row is about.
    """
    if not proposed:
        return table
    texts: dict[tuple[str, str], list[str]] = {}
    layers = {sites.layer for sites in proposed}
    for sites in proposed:
        for about, text in _measures(sites, by, analysis, words).items():
            texts.setdefault((sites.layer, about), []).append(text)
    none = words("siting.measure_none")
    join = words("export.semicolon").join
    measures = [
        join(texts[(layer, about)]) if (layer, about) in texts else none if layer in layers else ""
        for layer, about in zip(table["layer"], table[by].fillna("").astype(str), strict=True)
    ]
    return table.assign(measure=measures)


def _measures(sites: ProposedSites, by: str, analysis: Analysis, words: Words) -> dict[str, str]:
    """One text for each unit, or demand point, that a new site serves."""
    names = dict(zip(sites.sites["order"], place_names(sites.sites, analysis, words), strict=True))
    phase = dict(zip(sites.sites["order"], sites.sites["phase"], strict=True))
    study = analysis.study
    found: dict[str, str] = {}
    served = sites.served[sites.served["order"].isin(list(names))]
    for about, rows in served.groupby(by, sort=True):
        shown = []
        for order in sorted(rows["order"].unique()):
            term = words(f"siting.phase_{phase[order]}") if sites.has_phases else ""
            shown.append(
                words("siting.measure_term", site=names[order], term=term) if term else names[order]
            )
        params = {"sites": words("export.comma").join(shown)}
        if by == "demand_id":
            found[str(about)] = words("siting.measure_point", **params)
            continue
        weight = round(float(rows["weight"].sum()), 6)
        found[str(about)] = words(
            "siting.measure_unit", amount=amount(weight, study, words, noun=True), **params
        )
    return found
