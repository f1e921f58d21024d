"""The demand points, checked: later stages rely on every value."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import shift_geometry
from geo.readers.formats.geotiff import RASTER_VALUE
from geo.readers.inputs.sources import demand_table, is_raster
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.table.class_codes import class_words
from geo.readers.table.headers import counted_unit, scaled_unit
from geo.readers.table.point_columns import point_columns, point_table
from geo.readers.table.raw_table import RawTable
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    count_input,
    numbers,
    reformatted,
    set_aside_broken_codes,
)
from geo.study.model import Layer, Study

__all__ = ["read_demand", "report_unknown_values"]

# A largest weight this many times the next one is doubted.
_BEYOND = 1000.0
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


def read_demand(study: Study, quality: QualityLog) -> pd.DataFrame:
    """Read the demand points of a study.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives one row for each row set aside and one `InputCount` (role ``demand``).

    Returns
    -------
    DataFrame (n)
        In file order, index 0..n-1: ``id``, ``name`` (text), ``lon``, ``lat`` (degrees, WGS-84),
        ``row`` (as the user sees it), ``weight`` (1.0 without a weight column), ``band:<name>`` per
        band, ``group``, ``class`` (text, empty where none), ``col:<name>`` per column that any
        layer's `only` names; ``amount:<column>`` per column of amounts that a layer's `need` or
        `own` names (0 where there is none); ``rank`` (NaN where unknown) and ``unit_id`` where the
        study names a column for it, ``shape`` (geometries in WGS-84) where the weights are to be
        spread.

    Raises
    ------
    StudyError
        The file is missing or unreadable, a column is absent (``column_missing``), no row can be
        used (``demand_empty``).
    """
    demand = study.demand
    path, file, table = demand_table(study, quality)
    weight = demand.weight or (RASTER_VALUE if is_raster(path, file) else "")
    weights, roles, only = _named_columns(study, weight)
    amounts = _amount_columns(study)
    others = [*weights.values(), *roles.values(), *only.items(), *amounts.items()]
    columns = point_columns(table, demand, "demand", quality, others=others)
    if demand.spread and table.geometry is None:
        raise StudyError("spread_no_areas", file=file)

    row_filter = RowFilter(table, quality)
    frame = point_table(table, demand, columns, "demand", row_filter, partial(study_bounds, study))
    if demand.spread and table.geometry is not None:
        frame["shape"] = shift_geometry(table.geometry, demand.datum)
    frame["weight"] = 1.0
    for name, (source, field) in weights.items():
        frame[name] = _weights(column(table, source, field), row_filter, field=source)
        _doubt_unit(source, table.stated_unit, row_filter)
    for source, field in amounts.items():
        cells = column(table, source, field)
        frame[f"amount:{source}"] = _amounts(cells, row_filter, field=source)
    frame["group"] = column(table, *roles["group"]) if demand.group else ""
    if demand.rank:
        frame["rank"] = _ranks(column(table, *roles["rank"]), row_filter, field=demand.rank)
    if demand.unit:
        frame["unit_id"] = column(table, *roles["unit"])
    for role in ("group", "unit"):
        if role in roles:
            set_aside_broken_codes(column(table, *roles[role]), row_filter, field=roles[role][0])
    _classes(frame, table, roles.get("class"), only, study)
    row_filter.set_aside_twice(
        frame["id"].to_numpy(dtype=object), field=columns.get("id", demand.id)
    )
    frame = frame[row_filter.keep].reset_index(drop=True)
    _doubt_outliers(frame, weights, file, quality)
    count_input(quality, "demand", path, file=file, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("demand_empty", file=file, rows=table.rows_in)
    _check_only(study, frame, quality)
    return frame


def _weights(cells: Texts, row_filter: RowFilter, *, field: str) -> Floats:
    """Weights of all rows; missing, wrong and negative ones are set aside, zeros are used."""
    weights = numbers(cells)
    row_filter.set_aside(cells == "", "weight_missing", field=field)
    typed = reformatted(cells) & np.isfinite(weights)
    if (typed & row_filter.keep).any():
        row_filter.total(typed, "info", "number_reformatted", action="repaired", field=field)
    row_filter.set_aside(~np.isfinite(weights), "weight_bad", field=field, values=cells)
    row_filter.set_aside(~(weights >= 0), "weight_negative", field=field, values=cells)
    return weights


def _ranks(cells: Texts, row_filter: RowFilter, *, field: str) -> Floats:
    """Ranks of all rows, NaN where there is no number; such rows are kept and reported."""
    ranks = numbers(cells)
    bad = ~np.isfinite(ranks)
    if bad.all():
        row_filter.about_file("warning", "rank_no_number", field=field)
        return np.full(len(cells), np.nan)
    if (row_filter.keep & (cells == "")).any():
        row_filter.total(cells == "", "info", "rank_missing", field=field)
    row_filter.note(bad & (cells != ""), "warning", "rank_bad", field=field, values=cells)
    return np.where(bad, np.nan, ranks)


def _amounts(cells: Texts, row_filter: RowFilter, *, field: str) -> Floats:
    """Amounts of all rows; blank, wrong and negative ones count as 0 and are reported."""
    amounts = numbers(cells)
    bad = ~(np.isfinite(amounts) & (amounts >= 0))
    if (row_filter.keep & (cells == "")).any():
        row_filter.total(cells == "", "info", "amount_missing", field=field)
    row_filter.note(bad & (cells != ""), "warning", "amount_bad", field=field, values=cells)
    return np.where(bad, 0.0, amounts)


def _doubt_unit(header: str, stated: str, row_filter: RowFilter) -> None:
    """Report a column that counts by thousands, by its header or by a line above the table."""
    unit = scaled_unit(header)
    if not unit and not counted_unit(_bracketed(header)):
        unit = scaled_unit(stated)
    if unit:
        row_filter.about_file("warning", "weight_scaled", field=header, value=unit)


def _doubt_outliers(
    frame: pd.DataFrame, weights: dict[str, tuple[str, str]], file: str, quality: QualityLog
) -> None:
    """Report a largest weight beyond all others, such as a missing value written as a number."""
    for name, (source, _) in weights.items():
        values = frame[name].to_numpy(np.float64)
        distinct = np.unique(values[values > 0])
        if len(distinct) < 2 or distinct[-1] < _BEYOND * distinct[-2]:
            continue
        at = np.flatnonzero(values == distinct[-1])
        quality.add(
            "warning",
            "weight_outlier",
            file=file,
            row=int(frame["row"].iloc[at[0]]),
            field=source,
            value=f"{distinct[-1]:g} × {len(at)}; {distinct[-2]:g}",
        )


def _bracketed(header: str) -> str:
    """What stands in brackets in a header: its own unit."""
    return "".join(_BRACKETS.findall(header))


def _named_columns(
    study: Study, weight: str
) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]], dict[str, str]]:
    """Columns that the study names for demand, each with its key in study.toml.

    Returns
    -------
    weights : dict of ``weight`` and ``band:<name>`` to (column, key)
    roles : dict of ``group``, ``class``, ``unit`` and ``rank`` to (column, key)
    only : dict of column to key
        The columns that layers filter by.
    """
    demand = study.demand
    weights = {"weight": (weight, "demand.weight")} if weight else {}
    weights |= {f"band:{k}": (v, f"demand.bands.{k}") for k, v in demand.bands.items()}
    named = {"group": demand.group, "class": demand.class_, "unit": demand.unit}
    named["rank"] = demand.rank
    roles = {role: (name, f"demand.{role}") for role, name in named.items() if name}
    only = {
        name: f"layers[{number}].only.{name}"
        for number, layer in reversed(list(enumerate(study.layers, start=1)))
        if not layer.of_objects
        for name in layer.only
    }
    return weights, roles, only


def _amount_columns(study: Study) -> dict[str, str]:
    """Columns of amounts that layers name, each with the key of the first that names it."""
    return {
        name: f"layers[{number}].{key}"
        for number, layer in reversed(list(enumerate(study.layers, start=1)))
        for key, name in (("own", layer.own), ("need", layer.need))
        if name is not None
    }


def _classes(
    frame: pd.DataFrame,
    table: RawTable,
    class_: tuple[str, str] | None,
    only: dict[str, str],
    study: Study,
) -> None:
    """Add ``class`` and ``col:*``; 城乡分类代码 become the words for urban and rural."""
    wanted: dict[str, set[str]] = {}
    for layer in study.layers:
        for name, values in {} if layer.of_objects else layer.only.items():
            wanted.setdefault(name, set()).update(values)
    locale = study.study.locale
    frame["class"] = ""
    if class_ is not None:
        filtered = wanted.get(class_[0], set())
        frame["class"] = class_words(column(table, *class_), locale=locale, wanted=filtered)
    for name, field in only.items():
        cells = column(table, name, field)
        frame[f"col:{name}"] = class_words(cells, locale=locale, wanted=wanted[name])


def _check_only(study: Study, frame: pd.DataFrame, quality: QualityLog) -> None:
    """Report filter values that no row has: most likely they are misspelt."""
    for number, layer in enumerate(study.layers, start=1):
        if not layer.of_objects:
            report_unknown_values(layer, f"layers[{number}]", frame, quality)


def report_unknown_values(
    layer: Layer, where: str, frame: pd.DataFrame, quality: QualityLog
) -> None:
    """Report values of a layer's `only` that no row has.

    Parameters
    ----------
    where : str
        The layer's section in study.toml.
    frame : pd.DataFrame
        With ``col:<name>``.
    """
    for name, values in layer.only.items():
        present = set(frame[f"col:{name}"])
        for value in values:
            if value not in present:
                quality.add(
                    "warning",
                    "only_value_unknown",
                    file="study.toml",
                    field=f"{where}.only.{name}",
                    value=one_line(value),
                )
