"""A trial as a workbook: what changes for the units, for demand points, and which sites change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.questions.difference import Difference
from geo.study.model import Layer, Study
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.numbers import per_cent, up_to_tenths
from layers.words.phrases import layer_title, level_name, rule_phrase, unit_word, weight_header

__all__ = ["trial_workbook"]

# More gained and lost points than anybody reads; change_points.csv has all of them.
_MOST_POINTS = 100_000


def trial_workbook(
    change: Difference, layer: Layer, study: Study, words: Words, *, name: str = ""
) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    layer : Layer
        With the limit of the trial.
    name : str
        The name of the trial; empty where it has none.
    """
    title = words("trial.sheet.title", name=name or words("put.title"))
    lines = [
        words.text(study.study.name),
        words("trial.sheet.rule", layer=layer_title(layer, words), rule=rule_phrase(layer, words)),
        words(
            "trial.sheet.shares",
            before=words.share(change.share_before),
            after=words.share(change.share_after),
        ),
        words("put.unsaved"),
    ]
    parts = (
        ("units", _units(change, study, words), _unit_columns(study, words)),
        ("points", _points(change, words), _point_columns(layer, study, words)),
        ("sites", _sites(change, words), _site_columns(study, words)),
    )
    lists = [(words(f"trial.sheet.{part}"), table, columns) for part, table, columns in parts]
    return list_workbook(title, lines, lists, words)


def _units(change: Difference, study: Study, words: Words) -> pd.DataFrame:
    """The units whose covered demand changes, by level, then the largest change first."""
    units = change.units
    moved = (units["covered_after"] - units["covered_before"]).round(6)
    found = units.assign(moved=moved, most=-moved.abs())[moved != 0]
    levels = [study.units.level, *study.units.parents, ""]
    rank = found["level"].map({level: number for number, level in enumerate(levels)})
    found = found.assign(rank=rank.fillna(len(levels)))
    found = found.sort_values(["rank", "most", "unit_id"], kind="stable").reset_index(drop=True)
    names = found["unit_name"].where(found["unit_id"] != "", words("gaps.outside"))
    return found.assign(
        number=np.arange(1, len(found) + 1),
        unit=names.where(names != "", found["unit_id"]),
        level=[level_name(str(level), words) if level else "" for level in found["level"]],
        before=per_cent(found["share_before"]),
        after=per_cent(found["share_after"]),
    )


def _unit_columns(study: Study, words: Words) -> list[Column]:
    return [
        Column("number", words("export.header.number"), "number"),
        Column("unit", words("column.unit")),
        Column("level", words("trial.header.level")),
        Column("demand_total", weight_header("total", study, words), "count"),
        Column("covered_before", _counted("before", study, words), "count"),
        Column("covered_after", _counted("after", study, words), "count"),
        Column("moved", _counted("change", study, words), "count"),
        Column("before", words("trial.header.share_before"), "one"),
        Column("after", words("trial.header.share_after"), "one"),
    ]


def _counted(what: str, study: Study, words: Words) -> str:
    return words(f"trial.header.covered_{what}", unit=unit_word(study, words))


def _points(change: Difference, words: Words) -> pd.DataFrame:
    parts = [
        rows.assign(what=words(f"trial.{what}"))
        for what, rows in (("gained", change.gained), ("lost", change.lost))
    ]
    found = pd.concat(parts, ignore_index=True).head(_MOST_POINTS)
    minutes = ("minutes_before", "minutes_after")
    found = found.assign(**{name: up_to_tenths(found[name]) for name in minutes})
    return found.assign(
        number=np.arange(1, len(found) + 1),
        point=found["name"].where(found["name"].fillna("") != "", found["demand_id"]),
    )


def _point_columns(layer: Layer, study: Study, words: Words) -> list[Column]:
    unit = layer.limit.unit
    return [
        Column("number", words("export.header.number"), "number"),
        Column("what", words("trial.header.what")),
        Column("point", words("column.demand")),
        Column("unit_name", words("column.unit")),
        Column("weight", words("trial.header.weight", unit=unit_word(study, words)), "count"),
        Column(f"{unit}_before", words(f"trial.header.{unit}_before"), "one"),
        Column(f"{unit}_after", words(f"trial.header.{unit}_after"), "one"),
        Column("site_before", words("trial.header.site_before")),
        Column("site_after", words("trial.header.site_after")),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]


def _sites(change: Difference, words: Words) -> pd.DataFrame:
    sites = change.sites
    return sites.assign(
        number=np.arange(1, len(sites) + 1),
        what=[words(f"trial.{what}") for what in sites["change"]],
        counts=[words("trial.yes") if used else words("trial.no") for used in sites["used"]],
    )


def _site_columns(study: Study, words: Words) -> list[Column]:
    return [
        Column("number", words("export.header.number"), "number"),
        Column("what", words("trial.header.what")),
        Column("site_id", words("trial.header.site_id")),
        Column("name", words("trial.header.site_name")),
        Column("unit_name", words("column.unit")),
        Column("counts", words("trial.header.counts")),
        Column("demand_owned", words("trial.header.owned", unit=unit_word(study, words)), "count"),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]
