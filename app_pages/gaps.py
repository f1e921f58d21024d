"""Page: Gaps 盲区清单. The ranked list by unit or demand point, its filters and its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.types import is_numeric_dtype

from app_pages.gaps_list.columns import OPEN, header_of, point_columns, unit_columns
from app_pages.gaps_list.open_cases import open_cases_of_list
from app_pages.ledger_page.session import said
from app_pages.panel.row_links import (
    CAME_FROM_LIST,
    go_to,
    keep_place,
    place_query,
    unit_query,
)
from app_pages.rights.on_download import on_download
from app_pages.shell import address, frame, state
from app_pages.shell.downloads import MIME, file_name_for, result_file
from app_pages.shell.html import label_text, plain, row, rule_text, sentence, show_html
from app_pages.shell.html import table as html_table
from geo.analysis import Analysis
from layers.export import gap_list
from layers.export.csv import csv_bytes
from layers.export.gap_list import ANY, SORTS, Filter
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import cause_name, known_causes

__all__: list[str] = []

_BY = ("units", "points")
_ALL_LAYERS = "all"  # in the address
_ON_PAPER = 500  # rows of a printed list; the files hold all
_MAP_LAYER = "gaps_map_layer"  # the layer of the map when the list was shown last
_VISITED = "gaps_visited"  # the row that led to the map: unit, point and layer


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    st.session_state.pop(CAME_FROM_LIST, None)
    _read_address(analysis)
    by, wanted, sort = _filters(analysis, words)
    find = gap_list.listed_units if by == "units" else gap_list.listed_points
    table = gap_list.sorted_list(find(analysis, wanted, words), sort)
    if table.empty:
        _downloads(analysis, words)
        st.info(words("gaps.nothing"))
        return
    columns = (unit_columns if by == "units" else point_columns)(analysis, table, wanted, words)
    _downloads(analysis, words, _list_file(analysis, table, columns, wanted, words))
    with st.container(key="gapcount", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(plain(_count(analysis, table, by, wanted, words)), width="content")
        open_cases_of_list(analysis, table, words)
    said()
    _table(table, by, columns, wanted, words)


def _count(analysis: Analysis, table: pd.DataFrame, by: str, wanted: Filter, words: Words) -> str:
    """How many rows and how much demand the list shows."""
    rows, weight = (
        (analysis.gaps, "uncovered") if by == "units" else (analysis.gap_points, "weight")
    )
    counts = {"shown": words.number(len(table)), "total": words.number(len(rows))}
    if not wanted.layer:  # a sum over several services would count the same people more than once
        return words("gaps.count", **counts)
    uncovered = amount(float(table[weight].sum()), analysis.study, words)
    count = words("gaps.count_and_sum", uncovered=uncovered, **counts)
    # The map may show another limit; the list has the study's.
    return words(
        "gaps.by_rule", count=count, rule=rule_text(analysis.study.layer(wanted.layer), words)
    )


# -- the table and what it opens ----------------------------------------------------------------


def _table(
    table: pd.DataFrame, by: str, columns: dict[str, Any], wanted: Filter, words: Words
) -> None:
    """The rows; the button of a row, or the one above for a chosen cell, opens the map."""
    shown = table.assign(open=words("gaps.open"))
    bar = st.container(key="gapbar", horizontal=True, vertical_alignment="center", gap="small")
    # Another list has other rows at the same places, so that its choice is another one.
    key = f"gaps-{by}-{words.locale}-{wanted}-{st.session_state['gaps_sort']}"
    visited = _visited_row(table, by)
    with st.container(key="gaplist"):
        chosen = st.dataframe(
            shown,
            hide_index=True,
            column_order=list(columns),
            column_config=columns,
            height="stretch",
            placeholder="—",
            key=key,
            on_select="rerun",
            selection_mode="single-cell",
            selection_default=(
                None if visited is None else {"selection": {"cells": [(visited, "unit_name")]}}
            ),
        )
    keep_place(key)
    show_html(_on_paper(table, columns, words))
    click = st.session_state.get(OPEN)
    if click is not None:
        _open(table.iloc[click["row"]], by)
    cells = chosen["selection"]["cells"]
    with bar:
        if not cells or not 0 <= cells[0][0] < len(table):
            show_html(plain(words("gaps.how_to_open")))
            return
        one = table.iloc[cells[0][0]]
        name = one["unit_name"] if by == "units" else one["name"] or one["demand_id"]
        label = words("gaps.open_named", name=label_text(str(name)))
        if st.button(label, key="open_chosen", type="primary"):
            _open(one, by)


def _on_paper(table: pd.DataFrame, columns: dict[str, Any], words: Words) -> str:
    """The list for paper, since a browser prints only the part of its table that is in view."""
    shown = [name for name in columns if name != "open"]
    headers = [header_of(columns[name], name, short=True) for name in shown]
    numbers = [at for at, name in enumerate(shown) if is_numeric_dtype(table[name])]
    rows = []
    for one in table.head(_ON_PAPER)[shown].itertuples(index=False):
        rows.append(row([_paper_cell(value) for value in one], numbers=numbers))
    more = len(table) - len(rows)
    rest = plain(words("panel.more", count=words.number(more))) if more > 0 else ""
    return f'<div class="qh-print">{html_table(headers, rows, numbers=numbers)}{rest}</div>'


def _paper_cell(value: object) -> str:
    if value is None or value != value:
        return "—"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return str(value).strip(gap_list.DIGIT_SPACE)


def _open(one: pd.Series[Any], by: str) -> None:
    """Show a row's unit, or the ways from its point, on the map."""
    unit = "" if one["unit_id"] != one["unit_id"] else one["unit_id"]
    layer = f"layer={one['layer_key']}"
    if by == "units" and unit:
        query = unit_query(unit)
    else:
        query = place_query(one["lon"], one["lat"], unit)
    st.session_state[_VISITED] = (unit, str(one.get("demand_id")), one["layer_key"])
    st.session_state[CAME_FROM_LIST] = True
    st.session_state[_MAP_LAYER] = one["layer_key"]  # so that "back" finds the list as it was
    go_to(f"{layer}&{query}")
    st.switch_page("app_pages/coverage.py")


def _visited_row(table: pd.DataFrame, by: str) -> int | None:
    """The place of the row that led to the map, to which "back" returns."""
    unit, point, layer = st.session_state.get(_VISITED) or ("", "", "")
    same = table["layer_key"] == layer
    same &= table["unit_id"].eq(unit) if by == "units" else table["demand_id"].eq(point)
    found = same.to_numpy().nonzero()[0]
    return int(found[0]) if len(found) else None


# -- filters ------------------------------------------------------------------------------------


def _read_address(analysis: Analysis) -> None:
    """Set the filters from the address of a new session."""
    layers = [str(key) for key in analysis.summary["layers"]]
    for value in address.taken("layer").values():
        if value in layers:
            st.session_state["gaps_layer"] = value
            state.show_layer(analysis.study, value)
        elif value == _ALL_LAYERS:
            st.session_state["gaps_layer"] = ANY
        else:
            address.ignore("layer", value)
            continue
        st.session_state[_MAP_LAYER] = state.shown_layer(analysis)
    address.restore("by", "gaps_by", _BY)
    address.restore("parent", "gaps_parent", gap_list.parent_choices(analysis))
    address.restore("cause", "gaps_cause", known_causes(analysis))
    address.restore("sort", "gaps_sort", SORTS)
    for value in address.taken("search").values():
        st.session_state["gaps_text"] = value


def _filters(analysis: Analysis, words: Words) -> tuple[str, Filter, str]:
    titles = gap_list.layer_titles(analysis, words)
    # The list opens on the layer that the map shows, and follows it when that changes.
    shown = state.shown_layer(analysis)
    if st.session_state.get(_MAP_LAYER) != shown:
        st.session_state["gaps_layer"] = st.session_state[_MAP_LAYER] = shown
    with st.container(key="gapfilters", horizontal=True, gap="small"):
        by = st.selectbox(
            words("gaps.by"),
            _BY,
            format_func=lambda what: words(f"gaps.by_{what}"),
            key="gaps_by",
            width=150,
        )
        layer = _choice("gaps_layer", words("gaps.layer"), titles, words("gaps.all_layers"), 300)
        parents = gap_list.parent_choices(analysis)
        parent = _choice("gaps_parent", words("gaps.parent"), parents, words("gaps.all"), 170)
        causes = {
            cause: sentence(cause_name(cause, words, analysis.study))
            for cause in known_causes(analysis)
        }
        label = sentence(words("export.header.cause"))
        cause = _choice("gaps_cause", label, causes, words("gaps.all"), 170)
        sort = st.selectbox(
            words("gaps.sort"),
            SORTS,
            format_func=lambda what: words(f"gaps.sort_{what}"),
            key="gaps_sort",
            width=170,
        )
        text = st.text_input(
            words("gaps.search"), key="gaps_text", placeholder=words("gaps.search_hint"), width=150
        )
    address.keep_address(
        by=by if by != _BY[0] else "",
        layer=layer or _ALL_LAYERS,
        parent=parent,
        cause=cause,
        sort=sort if sort != SORTS[0] else "",
        search=text or "",
    )
    return by, Filter(layer=layer, parent=parent, cause=cause, text=text or ANY), sort


def _choice(key: str, label: str, options: dict[str, str], every: str, width: int) -> str:
    named = {ANY: every, **options}
    if st.session_state.get(key, ANY) not in named:
        st.session_state[key] = ANY
    return str(
        st.selectbox(label, list(named), format_func=named.__getitem__, key=key, width=width)
    )


# -- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ListFile:
    """The list as it is filtered, as a file."""

    name: str
    make: Callable[[], bytes]


def _list_file(
    analysis: Analysis, table: pd.DataFrame, columns: dict[str, Any], wanted: Filter, words: Words
) -> _ListFile:
    def make() -> bytes:
        shown = [name for name in columns if name != "open"]
        # The spaces that align times in the browser are no part of the data.
        texts = table["time_text"].str.strip(gap_list.DIGIT_SPACE)
        headers = [header_of(columns[name], name) for name in shown]
        return csv_bytes(table.assign(time_text=texts)[shown].set_axis(headers, axis=1))

    name = words("gaps.list_name") + ".csv"
    return _ListFile(file_name_for(name, analysis, words, layer=wanted.layer), make)


def _downloads(analysis: Analysis, words: Words, current: _ListFile | None = None) -> None:
    """The list as shown; and the whole study's files, which agree with those of the command."""
    key = state.analysis_key(analysis.study)
    with st.container(key="gapfiles", horizontal=True, vertical_alignment="center", gap="small"):
        if current is not None:
            st.download_button(
                words("gaps.download.current"),
                data=current.make,
                file_name=current.name,
                mime="text/csv",
                key="download-current",
                on_click=on_download(),
            )
        st.html(f'<p class="qh-plain">{words("gaps.downloads")}</p>', width="content")
        for name, mime in MIME.items():
            st.download_button(
                words(f"gaps.download.{name}"),
                data=result_file(key, name, _analysis=analysis),
                file_name=file_name_for(name, analysis, words),
                mime=mime,
                key=f"download-{name}",
                on_click=on_download(),
            )


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
