"""A comparison of two states as a workbook: shares, units, bands and classes, points, sites.

Corrections of data and real changes stand apart in a column of their own, as in the other files.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.scenarios.compare import KINDS, Comparison
from geo.study.model import Study
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.lines.comparison import comparison_lines
from layers.words.numbers import per_cent, up_to_tenths
from layers.words.phrases import group_name, layer_title, level_name, unit_word, weight_header

__all__ = ["comparison_workbook"]

# More points than anybody reads; change_points.csv has all of them.
_MOST_POINTS = 100_000


def comparison_workbook(found: Comparison, words: Words, *, before: str, after: str) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    before, after : str
        What the two states are called.
    """
    study = found.after.study
    place = words.text(found.after.base.study.name)
    title = words("compare.title", study=place, before=before, after=after)
    lines = [*comparison_lines(found, words), words("compare.sheet.kinds")]
    if len(found.points) > _MOST_POINTS:
        lines.append(words("compare.sheet.more_points", count=words.number(_MOST_POINTS)))
    amounts = [
        Column("covered_before", _counted("before", study, words), "count"),
        Column("covered_after", _counted("after", study, words), "count"),
        Column("moved", _counted("change", study, words), "count"),
        Column("before", words("trial.header.share_before"), "one"),
        Column("after", words("trial.header.share_after"), "one"),
        Column("points", words("compare.sheet.points_change"), "one"),
    ]
    parts = (
        ("layers", _layers(found, words), [*_begin(words), *amounts]),
        ("units", _units(found, words), _unit_columns(study, amounts, words)),
        ("groups", _groups(found, words), _group_columns(study, amounts, words)),
        ("points", _points(found, words), _point_columns(study, words)),
        ("sites", _sites(found, words), _site_columns(study, words)),
    )
    lists = [
        (words(f"compare.sheet.{part}"), _numbered(table, found, words), columns)
        for part, table, columns in parts
    ]
    return list_workbook(title, lines, lists, words)


def _numbered(table: pd.DataFrame, found: Comparison, words: Words) -> pd.DataFrame:
    """The rows with their numbers, and with titles for the keys of layers and kinds."""
    study = found.after.study
    titles = {key: layer_title(study.layer(key), words) for key in found.layers}
    kinds = {kind: words(f"compare.{kind}") for kind in KINDS}
    return table.assign(
        number=np.arange(1, len(table) + 1),
        layer_title=table["layer"].map(titles),
        kind_name=table["kind"].map(kinds),
    )


def _begin(words: Words) -> list[Column]:
    return [
        Column("number", words("export.header.number"), "number"),
        Column("layer_title", words("html.layer")),
        Column("kind_name", words("compare.page.kind")),
    ]


def _counted(what: str, study: Study, words: Words) -> str:
    return words(f"trial.header.covered_{what}", unit=unit_word(study, words))


def _with_amounts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        moved=(rows["covered_after"] - rows["covered_before"]).round(6),
        before=per_cent(rows["share_before"]),
        after=per_cent(rows["share_after"]),
        points=per_cent(rows["share_after"] - rows["share_before"]),
    )


def _layers(found: Comparison, words: Words) -> pd.DataFrame:
    rows: list[Mapping[str, object]] = [
        {"layer": key, "kind": kind, **found.figures[key][kind]}
        for key in found.layers
        for kind in KINDS
    ]
    names = ("covered_before", "covered_after", "share_before", "share_after")
    return _with_amounts(pd.DataFrame(rows, columns=["layer", "kind", *names]))


def _units(found: Comparison, words: Words) -> pd.DataFrame:
    """The units whose covered or whole demand changes: by layer, level, then the largest change."""
    units = _with_amounts(found.units)
    study = found.after.study
    grown = units["demand_total"] != units["demand_total_before"]
    levels = [study.units.level, *study.units.parents, ""]
    units = units.assign(
        layer_rank=units["layer"].map({key: at for at, key in enumerate(found.layers)}),
        rank=units["level"].map({level: at for at, level in enumerate(levels)}).fillna(len(levels)),
        most=-units["moved"].abs(),
    )[(units["moved"] != 0) | grown]
    order = ["layer_rank", "kind", "rank", "most", "unit_id"]
    units = units.sort_values(order, kind="stable").reset_index(drop=True)
    names = units["unit_name"].where(units["unit_id"] != "", words("gaps.outside"))
    return units.assign(
        unit=names.where(names.fillna("") != "", units["unit_id"]),
        level=[level_name(str(level), words) if level else "" for level in units["level"]],
    )


def _unit_columns(study: Study, amounts: list[Column], words: Words) -> list[Column]:
    total = weight_header("total", study, words)
    return [
        *_begin(words),
        Column("unit", words("column.unit")),
        Column("level", words("trial.header.level")),
        Column("demand_total_before", words("compare.sheet.total_before", total=total), "count"),
        Column("demand_total", words("compare.sheet.total_after", total=total), "count"),
        *amounts,
    ]


def _groups(found: Comparison, words: Words) -> pd.DataFrame:
    """Bands and classes of the demand, in the order of change.json."""
    rows, study = found.groups, found.after.study
    names = [
        group_name(str(band), str(kind), study, words)
        for band, kind in zip(rows["band"], rows["class"], strict=True)
    ]
    return _with_amounts(rows.assign(group=names))


def _group_columns(study: Study, amounts: list[Column], words: Words) -> list[Column]:
    total = weight_header("total", study, words)
    return [
        *_begin(words),
        Column("group", words("compare.sheet.group")),
        Column("demand_total_before", words("compare.sheet.total_before", total=total), "count"),
        Column("demand_total_after", words("compare.sheet.total_after", total=total), "count"),
        *amounts,
    ]


def _points(found: Comparison, words: Words) -> pd.DataFrame:
    points = found.points.head(_MOST_POINTS)
    minutes = ("minutes_before", "minutes_after")
    points = points.assign(**{name: up_to_tenths(points[name]) for name in minutes})
    return points.assign(
        what=[words(f"trial.{what}") for what in points["change"]],
        point=points["name"].where(points["name"].fillna("") != "", points["demand_id"]),
    )


def _point_columns(study: Study, words: Words) -> list[Column]:
    times = [
        Column(f"{unit}_{moment}", words(f"trial.header.{unit}_{moment}"), kind)
        for unit, kind in (("minutes", "one"), ("metres", "whole"))
        for moment in ("before", "after")
    ]
    return [
        *_begin(words),
        Column("what", words("trial.header.what")),
        Column("point", words("column.demand")),
        Column("unit_name", words("column.unit")),
        Column("weight", words("trial.header.weight", unit=unit_word(study, words)), "count"),
        *times,
        Column("site_before", words("trial.header.site_before")),
        Column("site_after", words("trial.header.site_after")),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]


def _sites(found: Comparison, words: Words) -> pd.DataFrame:
    return found.sites.assign(
        what=[words(f"compare.site.{what}") for what in found.sites["change"]],
        counts=[words("trial.yes") if used else words("trial.no") for used in found.sites["used"]],
    )


def _site_columns(study: Study, words: Words) -> list[Column]:
    return [
        *_begin(words),
        Column("what", words("trial.header.what")),
        Column("site_id", words("trial.header.site_id")),
        Column("name", words("trial.header.site_name")),
        Column("counts", words("trial.header.counts")),
        Column("demand_owned", words("trial.header.owned", unit=unit_word(study, words)), "count"),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]
