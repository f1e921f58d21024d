"""A layer's isochrones for the map, drawn behind the page: colours, words and tables do not wait.

For a province outlines take seconds where figures take a moment. They are drawn in a job
of their own (one at a time on the server); meanwhile the map shows none, never those of another
limit, and the page says so. They come onto the map as one more layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import streamlit as st

from app_pages.shell.questions import Questions
from app_pages.shell.shared_jobs import SharedJobs
from geo.analysis import Analysis
from geo.base.jobs import Job
from geo.base.progress import Progress
from layers.shapes.bands import band_shapes
from layers.style.escape import escape
from layers.web_map.isochrones import isochrone_data
from layers.words.catalogue import Words

if TYPE_CHECKING:  # the engine takes seconds to load
    import geopandas as gpd

__all__ = ["Drawing", "Drawn", "draw", "draw_nothing", "show_progress"]

# Small studies have theirs within this time: they are on the map with the colours.
_SOON_S = 0.4
_LOOK_EVERY_S = 0.5
# A browser that has gone looks no more; one on a busy machine may look late.
_PATIENCE_S = 15.0
_WHO = "outlines_of"


@dataclass(frozen=True)
class Drawn:
    """Isochrones of one layer and limit.

    Attributes
    ----------
    name : str
        Stands for them in caches.
    bands : gpd.GeoDataFrame
        As in `Analysis.isochrones`, without the shapes: a province's would fill the memory.
    data : list
        What the map fetches.
    """

    name: str
    bands: gpd.GeoDataFrame
    data: list[Any]


@dataclass(frozen=True)
class Drawing:
    """Isochrones that are under way: what is wanted, and its job."""

    name: str
    job: Job[Drawn]


def draw(
    base: Analysis, key: str, layer: str, limit: float | None, found: Questions | None
) -> Drawn | Drawing:
    """The isochrones of a layer, or the job that draws them; a former wish of the session ends.

    Parameters
    ----------
    key : str
        Stands for `base` in caches.
    limit : float, optional
        None for the study's own, which have been computed with it.
    found : Questions, optional
        Needed for any other limit.
    """
    name = f"{key}:{layer}:{limit}"

    def work(progress: Progress) -> Drawn:
        bands = base.isochrones
        if limit is not None and found is not None:
            bands = found.isochrones(layer, limit=limit, progress=progress)
        progress.step()
        shapes = band_shapes(bands, base.study.layer(layer))
        return Drawn(name, bands.set_geometry([None] * len(bands)), isochrone_data(shapes))

    job = _jobs().want(_who(), name, work)
    try:
        return job.result(_SOON_S)
    except TimeoutError:
        return Drawing(name, job)
    except BaseException:
        _jobs().forget(name)  # the next look tries again
        raise


def draw_nothing() -> None:
    """The session looks at something without isochrones."""
    _jobs().leave(_who())


@st.fragment(run_every=_LOOK_EVERY_S)
def show_progress(drawing: Drawing, words: Words) -> None:
    """Says that outlines are on their way, and shows the page again once they are there."""
    if not _jobs().renew(_who(), drawing.name) or drawing.job.done:
        st.rerun()
    text = escape(words("outlines.drawing"))
    st.html(f'<div class="qh-drawing" role="status">{text}</div>')


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[Drawn]:
    return SharedJobs(keep=24, patience_s=_PATIENCE_S)


def _who() -> str:
    """This session, by a name of its own."""
    if _WHO not in st.session_state:
        st.session_state[_WHO] = uuid4().hex
    return str(st.session_state[_WHO])
