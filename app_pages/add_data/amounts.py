"""What the demand needs of a layer with capacities, as widgets: the amount, and what is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app_pages.shell import state
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.inputs.sources import demand_table
from geo.readers.table.row_filter import numbers
from geo.study.model import Layer, Study
from layers.words.catalogue import Words

__all__ = ["amount_keys", "demand_cells"]

_NONE = ""


def amount_keys(prefix: str, study: Study, former: Layer, words: Words) -> dict[str, Any]:
    """Show the widgets; returns the keys of study.toml on the demand for capacity.

    A layer without a column of capacities has neither.
    """
    if former.capacity is None:
        return {}
    keys: dict[str, Any] = {}
    if former.decay is not None:
        keys["decay"] = former.decay if isinstance(former.decay, str) else list(former.decay)
    found = _number_columns(str(study.folder), state.analysis_key(study), _study=study)
    columns = [*found, *(name for name in former.amounts if name not in found)]
    left, right = st.columns(2)
    with left:
        need = _column(f"{prefix}-need", "need", former.need, columns, words)
    with right:
        own = _column(f"{prefix}-own", "own", former.own, columns, words)
    return keys | ({"need": need} if need else {}) | ({"own": own} if own else {})


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
