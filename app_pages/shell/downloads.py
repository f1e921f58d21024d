"""Result files for download, byte-identical to those of `quarterhour run`."""

from __future__ import annotations

import streamlit as st

from geo.analysis import Analysis
from geo.base.file_names import file_name
from layers.export.results import result_bytes
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = ["MIME", "file_name_for", "result_file"]

# The files that the Gaps page offers, in this order.
MIME = {
    "gaps.csv": "text/csv",
    "gap_points.csv": "text/csv",
    "gaps.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gaps.geojson": "application/geo+json",
}

_LONGEST_PART = 28


@st.cache_data(show_spinner=False, max_entries=12)
def result_file(key: str, name: str, *, _analysis: Analysis) -> bytes:
    """One file of `MIME`, in the study's own language; `key` stands for the analysis."""
    del key
    return result_bytes(_analysis, name)


def file_name_for(name: str, analysis: Analysis, words: Words, *, layer: str = "") -> str:
    """The name under which a file is saved: the study's, that of the layer, and its own.

    Parameters
    ----------
    layer : str
        Key of the layer that the file is about; "": of the study's only layer, else none is named.
    """
    study = analysis.study
    computed = list(analysis.summary["layers"])
    key = layer or (str(computed[0]) if len(computed) == 1 else "")
    parts = [words.text(study.study.name), layer_title(study.layer(key), words) if key else ""]
    # The end of the name tells what the file is, and must not be cut off.
    return file_name("-".join([*(part[:_LONGEST_PART] for part in parts if part), name]))
