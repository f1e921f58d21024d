"""Further columns of a layer's sites: start delay, opening hours, tier and items."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.opening_hours import CALENDAR_YEARS, hours_are_valid
from geo.base.quality_log import QualityLog
from geo.readers.inputs.served_units import named_units
from geo.readers.table.raw_table import RawTable
from geo.readers.table.row_filter import RowFilter, column, numbers
from geo.study.limit import whole_ms
from geo.study.model import Layer

__all__ = ["named_columns", "site_columns"]

# Longer delays are no minutes but seconds or a mistake.
_LONGEST_MINUTES = 24 * 60.0
# Each value is searched alone; a column with more is a name or an address.
_MOST_VALUES = 60


def named_columns(layer: Layer, where: str) -> list[tuple[str, str]]:
    """Return the columns that the layer names, each with its key in study.toml."""
    named = (
        (layer.delay_minutes, "delay_minutes"),
        (layer.hours, "hours"),
        (layer.tier, "tier"),
        (layer.items, "items"),
    )
    return [(name, f"{where}.{key}") for name, key in named if name]


def site_columns(
    layer: Layer,
    table: RawTable,
    where: str,
    file: str,
    row_filter: RowFilter,
    quality: QualityLog,
) -> dict[str, np.ndarray]:
    """Read the columns of `named_columns`.

    Returns
    -------
    dict
        ``delay_ms`` (float64, NaN where the cell is blank or wrong), ``hours`` (text, "" where the
        cell is blank or wrong), ``tier``, ``items`` (text), each if the layer names its column.

    Raises
    ------
    StudyError
        A column has too many different values to be a tier or items (``values_many``).
    """
    found: dict[str, np.ndarray] = {}
    if layer.delay_minutes:
        cells = column(table, layer.delay_minutes, f"{where}.delay_minutes")
        minutes = numbers(cells)
        bad = ~((minutes >= 0) & (minutes <= _LONGEST_MINUTES))
        row_filter.note(
            bad & (cells != ""), "warning", "delay_bad", field=layer.delay_minutes, values=cells
        )
        blank = int((row_filter.keep & (cells == "")).sum())
        if blank:
            quality.add(
                "info", "delay_blank", file=file, field=layer.delay_minutes, value=str(blank)
            )
        found["delay_ms"] = np.array(
            [
                np.nan if wrong else float(whole_ms(float(one)))
                for one, wrong in zip(minutes, bad, strict=True)
            ]
        )
    if layer.hours:
        cells = column(table, layer.hours, f"{where}.hours")
        bad = np.array([bool(text) and not hours_are_valid(str(text)) for text in cells], np.bool_)
        row_filter.note(bad, "warning", "hours_bad", field=layer.hours, values=cells)
        found["hours"] = np.where(bad, "", cells)
        _report_years(layer, where, quality)
    for name, key in ((layer.tier, "tier"), (layer.items, "items")):
        if name:
            cells = column(table, name, f"{where}.{key}")
            values = {part for cell in cells for part in named_units(str(cell))}
            if len(values) > _MOST_VALUES:
                raise StudyError(
                    "values_many", file=file, field=name, value=len(values), most=_MOST_VALUES
                )
            found[key] = cells
    return found


def _report_years(layer: Layer, where: str, quality: QualityLog) -> None:
    """Report the moments of years whose public holidays are not known."""
    first, last = CALENDAR_YEARS
    for name, moment in (layer.moments or {}).items():
        if not first <= datetime.fromisoformat(moment).year <= last:
            quality.add(
                "warning",
                "moment_without_calendar",
                file="study.toml",
                field=f"{where}.moments.{one_line(name)}",
                value=f"{moment[:4]} ({first}–{last})",
            )
