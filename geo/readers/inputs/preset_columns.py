"""Columns of a preset's list, found by their headers in either language."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from geo.readers.table.raw_table import RawTable
from geo.study.model import Layer
from geo.study.presets import Preset, PresetColumn

__all__ = ["columns_in", "with_own_headers", "with_preset_headers"]


def with_own_headers(layer: Layer, headers: Iterable[object]) -> Layer:
    """The layer, with the table's own header for each column that its preset names.

    A preset names a column by its Chinese header; the English template has another one.
    """
    if layer.template is None:
        return layer
    known = {str(name) for name in headers}
    found: dict[str, str] = {}
    for column in layer.template.columns:
        named = getattr(layer, column.key, None) if column.key else None
        if named in column.headers and named not in known and (own := _header(column, known)):
            found[column.key] = own
    return layer.model_copy(update=found) if found else layer


def with_preset_headers(table: RawTable, layer: Layer) -> RawTable:
    """The table, with the headers by which the condition of a preset knows its columns."""
    if layer.template is None:
        return table
    known = {str(name) for name in table.frame.columns}
    found = {
        own: column.headers[0]
        for column in layer.template.columns
        if column.headers[0] not in known and (own := _header(column, known))
    }
    return replace(table, frame=table.frame.rename(columns=found)) if found else table


def columns_in(
    preset: Preset, headers: Iterable[object], fields: Collection[str]
) -> dict[str, str]:
    """The columns of a preset that a table has, by the keys of a layer that name them."""
    known = {str(name) for name in headers}
    return {
        column.key: own
        for column in preset.columns
        if column.key in fields and (own := _header(column, known))
    }


def _header(column: PresetColumn, known: Collection[str]) -> str:
    """The first of a column's headers that a table has; empty without one."""
    return next((name for name in column.headers if name in known), "")
