"""What the demand needs of a layer with capacities, as widgets: the amount, and what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app_pages.shell import state
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.inputs.sources import demand_table
from geo.readers.table.raw_table import Choice
from geo.readers.table.row_filter import numbers
from geo.study.model import Layer, Study
from layers.words.catalogue import Words

__all__ = ["amount_keys", "demand_cells", "site_columns"]

_NONE = ""


def amount_keys(prefix: str, study: Study, former: Layer | None, words: Words) -> dict[str, Any]:
    """Show the widgets; returns the keys of study.toml on the demand for capacity.

    An existing layer without a column of capacities has none of them.
    """
    if former is not None and former.capacity is None:
        return {}
    keys: dict[str, Any] = {}
    if former is not None and former.decay is not None:
        keys["decay"] = former.decay if isinstance(former.decay, str) else list(former.decay)
    found = _number_columns(str(study.folder), state.analysis_key(study), _study=study)
    amounts = former.amounts if former else ()
    columns = [*found, *(name for name in amounts if name not in found)]
    left, right = st.columns(2)
    with left:
        need = _column(f"{prefix}-need", "need", former.need if former else None, columns, words)
    with right:
        own = _column(f"{prefix}-own", "own", former.own if former else None, columns, words)
    keys |= ({"need": need} if need else {}) | ({"own": own} if own else {})
    return keys if need else keys | _per_weight(f"{prefix}-per-weight", former, words)


def _per_weight(key: str, former: Layer | None, words: Words) -> dict[str, Any]:
    """What is needed for each unit of weight, where no column says what is needed."""
    value = st.number_input(
        words("capacity.key.need_per_weight"),
        min_value=0.0,
        max_value=1_000.0,
        value=float((former.need_per_weight if former else None) or 1.0),
        format="%g",
        help=words("capacity.key.need_per_weight_help"),
        key=key,
    )
    given = former is not None and former.need_per_weight is not None
    return {"need_per_weight": value} if value > 0 and (value != 1.0 or given) else {}


def _column(key: str, name: str, before: str | None, columns: list[str], words: Words) -> str:
    names = [_NONE, *columns]
    return st.selectbox(
        words(f"capacity.key.{name}"),
        names,
        index=names.index(before or _NONE),
        format_func=lambda column: column or words(f"capacity.key.{name}_none"),
        help=words(f"capacity.key.{name}_help"),
        key=key,
    )


@st.cache_data(show_spinner=False, max_entries=20)
def _number_columns(folder: str, key: str, *, _study: Study) -> list[str]:
    """Columns of the demand that hold nothing but numbers of 0 and more."""
    del folder, key
    demand = _study.demand
    places = {demand.id, demand.lon, demand.lat}
    found = []
    for name, cells in demand_cells(_study).items():
        values = numbers(cells[cells != ""])
        if len(values) and name not in places and bool(np.all(values >= 0)):
            found.append(name)
    return found


def demand_cells(study: Study) -> dict[str, NDArray[np.object_]]:
    """The cells of the demand's table by column; none for OSM data and rasters, which are large."""
    demand = study.demand
    if demand.osm is not None or demand.path.lower().endswith((".tif", ".tiff")):
        return {}
    try:
        frame = demand_table(study, QualityLog())[2].frame
    except StudyError:  # shown where the study is checked
        return {}
    return {str(name): frame[name].to_numpy(dtype=object) for name in frame.columns}


@st.cache_data(show_spinner=False, max_entries=20)
def _site_columns(folder: str, key: str, layer: str, *, _study: Study) -> list[str]:
    del folder, key
    sites = _study.layer(layer)
    if sites.path is None:
        return []
    choice = Choice(sites.layer, sites.sheet)
    try:
        table = read_table(_study.file(sites.path), sites.path, QualityLog(), choice)
    except StudyError:  # shown where the study is checked
        return []
    return [str(name) for name in table.frame.columns]


def site_columns(study: Study, layer: Layer) -> list[str]:
    """The columns of a layer's own file; none where its sites come from elsewhere."""
    key = state.analysis_key(study)
    return list(_site_columns(str(study.folder), key, layer.key, _study=study))
