"""Result files for download, byte-identical to those of `quarterhour run`."""

from __future__ import annotations

import streamlit as st

from geo.analysis import Analysis
from layers.export.results import result_bytes

__all__ = ["MIME", "result_file"]

# The files that the Gaps page offers, in this order.
MIME = {
    "gaps.csv": "text/csv",
    "gap_points.csv": "text/csv",
    "gaps.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gaps.geojson": "application/geo+json",
}


@st.cache_data(show_spinner=False, max_entries=12)
def result_file(key: str, name: str, *, _analysis: Analysis) -> bytes:
    """One file of `MIME`, in the study's own language; `key` stands for the analysis."""
    del key
    return result_bytes(_analysis, name)
