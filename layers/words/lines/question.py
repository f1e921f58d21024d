"""Answers to questions about a study as plain tables and lines, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo.questions.difference import Difference
from geo.questions.nearest_sites import NearestSite
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.phrases import (
    cause_name,
    layer_title,
    limit_text,
    rule_phrase,
    share_by_time_name,
    unit_word,
)

__all__ = ["change_lines", "change_rows", "from_rows", "unit_rows"]

# Units that are listed; change_units.csv has them all.
_SHOWN_UNITS = 10


def change_rows(
    change: Difference, study: Study, before: Layer, after: Layer, words: Words
) -> list[list[str]]:
    """Headers, the amount within the limit and its share: before, after, difference.

    Parameters
    ----------
    before, after : Layer
        The layer with the limit of each state.
    """
    moments = [words("change.before"), words("change.after")]
    if before != after:
        limits = (limit_text(layer, words) for layer in (before, after))
        moments = [
            words("change.under", moment=moment, limit=limit)
            for moment, limit in zip(moments, limits, strict=True)
        ]
    was, now = change.covered_before, change.covered_after
    share = words("change.share") if before != after else share_by_time_name(after, words)
    points = 100 * (change.share_after - change.share_before)
    return [
        [layer_title(after, words), *moments, words("change.difference")],
        [
            words("change.covered", unit=unit_word(study, words)),
            words.number(was),
            words.number(now),
            _signed(now - was, 0, words),
        ],
        [
            share,
            words.share(change.share_before),
            words.share(change.share_after),
            words("change.points", value=_signed(points, 1, words)),
        ],
    ]


def change_lines(change: Difference, study: Study, words: Words) -> list[str]:
    """How many gain and lose, and the figures of each trial site."""
    lines = [
        words(
            "change.concerned",
            gained=words.number(len(change.gained)),
            lost=words.number(len(change.lost)),
        )
    ]
    for site in change.added.to_dict("records"):
        where = site["unit_name"] or words("change.outside")
        if site["used"]:
            text = words(
                "change.added",
                site=site["site_id"],
                name=site["name"],
                unit=where,
                metres=words.number(site["access_m"]),
                owned=words.number(site["demand_owned"]),
                word=unit_word(study, words),
            )
        else:
            text = words(
                "change.off_network",
                site=site["site_id"],
                name=site["name"],
                limit=words.number(study.network.max_access_m),
            )
        lines.append(text)
    return lines


def unit_rows(change: Difference, study: Study, words: Words) -> list[list[str]]:
    """Headers and the finest units whose share changes, the largest change of amount first."""
    units = change.units[change.units["level"] == study.units.level]
    moved = units.assign(moved=units["covered_after"] - units["covered_before"])
    moved = moved[moved["moved"] != 0]
    order = moved["moved"].abs().sort_values(ascending=False, kind="stable").index
    names = ("unit", "before", "after", "difference")
    rows = [[words(f"change.{name}") for name in names]]
    for row in moved.loc[order[:_SHOWN_UNITS]].to_dict("records"):
        shares = [words.share(float(row[f"share_{moment}"])) for moment in ("before", "after")]
        rows.append([str(row["unit_name"]), *shares, _signed(float(row["moved"]), 0, words)])
    return rows


def from_rows(found: Sequence[NearestSite], study: Study, words: Words) -> list[list[str]]:
    """Headers, then a row a layer: its rule, the nearest site, how far, and within the limit?"""
    names = ("layer", "rule", "nearest", "minutes", "metres", "within")
    rows = [[words(f"from.{name}") for name in names]]
    for one in found:
        layer = study.layer(one.layer)
        within = words("from.yes") if one.covered else words("from.no")
        if one.cause not in ("", "too_far"):
            within = cause_name(one.cause, words, layer)
        rows.append(
            [
                layer_title(layer, words),
                rule_phrase(layer, words),
                one.site_name or one.site_id or "—",
                words.number(one.minutes, 1),
                words.number(one.metres),
                within,
            ]
        )
    return rows


def _signed(value: float, decimals: int, words: Words) -> str:
    """A difference with its sign; zero has none."""
    if pd.isna(value):
        return "—"
    text = words.number(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text
