"""The sheets of gaps.xlsx on capacity: units where demand is not served, and what sites serve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from geo.analysis import Analysis
from layers.export.office_workbook.sheet import Column, Form, sheet_name, write_form
from layers.words.catalogue import Words
from layers.words.lines.capacity import capacity_unit
from layers.words.numbers import per_cent
from layers.words.phrases import (
    layer_title,
    level_name,
    place_name,
    sentence,
    weight_header,
)

__all__ = ["write_capacity"]


def write_capacity(
    book: Workbook, analysis: Analysis, words: Words, styles: dict[str, Format], taken: set[str]
) -> None:
    """Add both sheets, if any layer has capacities.

    Parameters
    ----------
    taken : set of str
        Names of sheets that are in use, in lower case; those of the new sheets are added.
    """
    keys = [key for key, entry in analysis.summary["layers"].items() if "capacity" in entry]
    if not keys:
        return
    pages = words("export.pages")
    for kind, table, columns in (
        ("units", _units(analysis, keys), _unit_columns(analysis, keys, words)),
        ("sites", _sites(analysis, keys), _site_columns(analysis, keys, words)),
    ):
        name = sheet_name(words(f"capacity.sheet.{kind}"), taken)
        form = Form(
            name=name,
            title=words(f"capacity.title.{kind}", study=place_name(analysis.study, words)),
            lines=[words("capacity.line")],
            columns=columns,
            signatures=words("export.signatures"),
            breaks="layer",
        )
        write_form(book, table, form, styles, pages=pages)


def _units(analysis: Analysis, keys: list[str]) -> pd.DataFrame:
    """Finest units with demand that is not served, by layer, then the largest first."""
    units = analysis.units
    rows = units[
        units["layer"].isin(keys)
        & (units["level"] == analysis.study.units.level)
        & (units["short"] > 0)
    ]
    rows = rows.assign(
        _layer=rows["layer"].map({key: at for at, key in enumerate(keys)}),
        short_per_cent=per_cent(rows["short"] / (rows["served"] + rows["short"])),
    ).sort_values(["_layer", "short", "unit_id"], ascending=[True, False, True], kind="stable")
    return _numbered(rows)


def _sites(analysis: Analysis, keys: list[str]) -> pd.DataFrame:
    """The sites of layers with capacities, by layer, then those with most demand waiting."""
    sites = analysis.sites[analysis.sites["layer"].isin(keys)]
    places = analysis.areas.drop_duplicates("unit_id").set_index("unit_id")["unit_name"]
    sites = sites.assign(
        _layer=sites["layer"].map({key: at for at, key in enumerate(keys)}),
        unit_name=sites["unit_id"].map(places).fillna(""),
        name=sites["name"].where(sites["name"] != "", sites["site_id"]),
    ).sort_values(["_layer", "waiting", "site_id"], ascending=[True, False, True], kind="stable")
    return _numbered(sites)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(number=np.arange(1, len(table) + 1, dtype=float)).reset_index(drop=True)


def _layer_columns(analysis: Analysis, words: Words) -> list[Column]:
    layers = {layer.key: layer for layer in analysis.study.layers}
    return [
        Column("number", words("export.header.number"), "number"),
        Column(
            "layer", words("export.header.layer"), shown=lambda key: layer_title(layers[key], words)
        ),
    ]


def _units_of(analysis: Analysis, keys: list[str], words: Words) -> str:
    """What the capacities count; several where the layers differ."""
    found = [capacity_unit(analysis.study.layer(key), analysis.study, words) for key in keys]
    return " / ".join(dict.fromkeys(found))


def _unit_columns(analysis: Analysis, keys: list[str], words: Words) -> list[Column]:
    study = analysis.study
    unit = _units_of(analysis, keys, words)
    levels = [*reversed(study.units.parents), study.units.level]
    fields = [*reversed(study.units.parents), "unit_name"]
    split = ("served", "in_reach_over_capacity", "out_of_reach", "short")
    return [
        *_layer_columns(analysis, words),
        *(
            Column(field, sentence(level_name(level, words)))
            for field, level in zip(fields, levels, strict=True)
        ),
        Column("demand_total", weight_header("total", study, words), "count"),
        *(
            Column(name, words(f"capacity.header.{name}", unit=unit), "count", bar=name == "short")
            for name in split
        ),
        Column("short_per_cent", words("capacity.header.short_per_cent"), "one", bar=True),
        Column("access_2sfca", words("capacity.header.access_2sfca", unit=unit), "one"),
    ]


def _site_columns(analysis: Analysis, keys: list[str], words: Words) -> list[Column]:
    unit = _units_of(analysis, keys, words)
    level = sentence(level_name(analysis.study.units.level, words))
    return [
        *_layer_columns(analysis, words),
        Column("name", words("capacity.header.site")),
        Column("unit_name", level),
        Column("capacity", words("html.capacity"), "count"),
        Column("assigned", words("capacity.header.assigned", unit=unit), "count"),
        Column("spare", words("html.spare"), "count"),
        Column("waiting", words("capacity.header.waiting", unit=unit), "count", bar=True),
        Column("crowding", words("capacity.header.crowding"), "one"),
    ]
