"""Columns of the list: headers that fit, widths in pixels, and the button of each row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.shell.html import sentence
from geo.analysis import Analysis
from geo.study.model import Study
from layers.export import gap_list
from layers.export.gap_list import Filter
from layers.style.palette import CAUSE_ORDER
from layers.words.catalogue import Words
from layers.words.numbers import decimal
from layers.words.phrases import level_name, unit_word, weight_header

__all__ = ["OPEN", "header_of", "point_columns", "unit_columns"]

OPEN = "open_row"  # the click on a row's button
# Pixels. Names may be cut, a cause is not.
_WIDEST = 150
_LONGEST_CAUSE = 190


def unit_columns(
    analysis: Analysis, table: pd.DataFrame, wanted: Filter, words: Words
) -> dict[str, Any]:
    """Headers in the order shown: short ones, with the full text and its unit as their help."""
    study = analysis.study
    number = st.column_config.NumberColumn
    unit = unit_word(study, words)
    whole = _weight_format(analysis)

    def weight(short: str, full: str) -> Any:
        return number(short, help=full, format=whole, width=_width_of([short], least=60))

    return {
        "open": _open_column(words),
        "rank": number(words("export.header.rank"), width=_width_of([words("export.header.rank")])),
        "unit_name": _text(words("column.unit"), table["unit_name"]),
        **_parents(analysis, table, words),
        **_layer(table, wanted, words),
        "uncovered": weight(
            words("gaps.column.uncovered"), weight_header("uncovered", study, words)
        ),
        "demand_total": weight(words("gaps.column.total"), weight_header("total", study, words)),
        "uncovered_share": number(
            words("gaps.column.share"), help=words("gaps.uncovered_share"), format="%.1f", width=72
        ),
        "main_cause": _text(
            words("export.header.main_cause"), table["main_cause"], most=_LONGEST_CAUSE
        ),
        "nearest_site_name": _text(
            words("export.header.nearest_site_name"), table["nearest_site_name"]
        ),
        "time_text": _time_column("median", study, words),
        **{
            f"uncovered_{cause}": weight(
                words(f"gaps.cause.{cause}"),
                words("gaps.of_cause", cause=words(f"gaps.cause.{cause}"), unit=unit),
            )
            for cause in CAUSE_ORDER
            if table[f"uncovered_{cause}"].notna().any()
        },
    }


def point_columns(
    analysis: Analysis, table: pd.DataFrame, wanted: Filter, words: Words
) -> dict[str, Any]:
    study = analysis.study
    number = st.column_config.NumberColumn
    weight = {
        "weight": number(
            words("gaps.column.uncovered"),
            help=weight_header("uncovered", study, words),
            format=_weight_format(analysis),
            width=_width_of([words("gaps.column.uncovered")], least=60),
        )
    }
    return {
        "open": _open_column(words),
        "name": _text(words("export.header.point"), table["name"]),
        "unit_name": _text(words("column.unit"), table["unit_name"]),
        **_parents(analysis, table, words),
        **_layer(table, wanted, words),
        **(weight if study.demand.weight else {}),  # without a weight every point counts one
        "nearest_site_name": _text(
            words("export.header.nearest_site_name"), table["nearest_site_name"]
        ),
        "time_text": _time_column("minutes", study, words),
        "metres": number(
            words("gaps.column.metres"), help=words("column.metres"), format="%,.0f", width=84
        ),
        "cause": _text(words("export.header.cause"), table["cause"], most=_LONGEST_CAUSE),
        "demand_id": _text(words("export.header.demand_id"), table["demand_id"]),
    }


def _open_column(words: Words) -> Any:
    return st.column_config.ButtonColumn(
        words("gaps.column.open"),
        help=words("gaps.open_help"),
        type="tertiary",
        alignment="left",
        width=_width_of([words("gaps.column.open"), words("gaps.open")]),
        key=OPEN,
        on_click=_keep_click,
    )


def _keep_click() -> None:
    """The click is in the session; the run that follows opens the map."""


def _time_column(what: str, study: Study, words: Words) -> Any:
    """A time, or ``>120``; texts of one width, which the browser sorts like numbers."""
    short = words(f"gaps.column.{what}")
    return st.column_config.TextColumn(
        short,
        help=words(f"gaps.{what}_help", minutes=decimal(study.network.horizon_minutes)),
        alignment="right",
        width=_width_of([short], least=84),
    )


def _text(header: str, texts: pd.Series[str], *, most: int = _WIDEST) -> Any:
    """A column as wide as its longest text, since the table measures the first rows only."""
    return st.column_config.TextColumn(
        header, width=_width_of([header, *texts.unique()], most=most)
    )


def _width_of(texts: Iterable[object], *, least: int = 52, most: int = _WIDEST) -> int:
    """Pixels that the longest of the texts needs, within bounds."""
    longest = max(
        (sum(14 if ord(c) > 255 else 7.6 for c in str(text)) for text in texts), default=0.0
    )
    return int(min(max(longest + 22, least), most))


def _parents(analysis: Analysis, table: pd.DataFrame, words: Words) -> dict[str, Any]:
    titles = {
        name: words.get(f"level.{name}", default=sentence(level_name(name, words)))
        for name in gap_list.distinct_parents(analysis)
    }
    return {name: _text(title, table[name]) for name, title in titles.items()}


def _layer(table: pd.DataFrame, wanted: Filter, words: Words) -> dict[str, Any]:
    """Where one layer is chosen, every row would repeat it."""
    if wanted.layer:
        return {}
    return {"layer": _text(words("export.header.layer"), table["layer"])}


def _weight_format(analysis: Analysis) -> str:
    """Counts are written whole; people from a raster may not be."""
    weights = analysis.gap_points["weight"]
    return "%,d" if (weights % 1 == 0).all() else "%,.1f"


def header_of(column: Any, name: str, *, short: bool = False) -> str:
    """The header of a column in a file, where no help explains a short one."""
    full = "" if short or name == "time_text" else column.get("help")
    return str(full or column.get("label") or name)
