"""The isochrones of a layer for the map, drawn in a job of their own.

For a province, isochrones take seconds where figures take a moment, so the page does not wait for
them. The server draws one at a time. Until they are there, the map shows none, never those of
another limit, and a message says so. Then they are added to the map as one more layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.shell import state
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

    from geo.questions.explorer import Explorer

__all__ = [
    "DrawnIsochrones",
    "PendingIsochrones",
    "draw",
    "show_progress",
    "withdraw",
]

# The page waits this long. In small studies the isochrones are ready by then.
_WAIT_S = 0.4
_POLL_S = 0.5
# A browser that has been closed polls no more; one on a busy machine may poll late.
_REQUEST_LIFETIME_S = 15.0


@dataclass(frozen=True)
class DrawnIsochrones:
    """Isochrones of one layer and limit.

    Attributes
    ----------
    name : str
        Stands for them in caches.
    bands : gpd.GeoDataFrame
        As in `Analysis.isochrones`, without the shapes, since those of a province are large.
    data : list
        What the map fetches.
    """

    name: str
    bands: gpd.GeoDataFrame
    data: list[Any]


@dataclass(frozen=True)
class PendingIsochrones:
    """Isochrones that are not ready: their name and their job."""

    name: str
    job: Job[DrawnIsochrones]


def draw(
    base: Analysis,
    key: str,
    layer: str,
    limit: float | None,
    explorer: Explorer | None,
    *,
    closed: tuple[str, ...] = (),
    moved: Mapping[str, tuple[float, float]] | None = None,
) -> DrawnIsochrones | PendingIsochrones:
    """The isochrones of a layer, or the job that draws them.

    This withdraws the session's request for other isochrones.

    Parameters
    ----------
    key : str
        Stands for `base` in caches.
    limit : float, optional
        None for the study's own, which the analysis holds.
    explorer : Explorer, optional
        Needed for any other limit or other sites. New sites on trial have areas of their own.
    closed, moved
        Sites of the layer that are closed or stand elsewhere on trial.
    """
    changed = limit is not None or closed or moved
    name = f"{key}:{layer}:{limit}:{closed}:{sorted((moved or {}).items())}"

    def work(progress: Progress) -> DrawnIsochrones:
        bands = base.isochrones
        if changed and explorer is not None:
            bands = explorer.isochrones(
                layer, limit=limit, closed=closed, moved=moved, progress=progress
            )
        progress.step()
        shapes = band_shapes(bands, base.study.layer(layer))
        data = isochrone_data(shapes)
        return DrawnIsochrones(name, bands.set_geometry([None] * len(bands)), data)

    job = _jobs().request(state.session_id(), name, work)
    try:
        return job.result(_WAIT_S)
    except TimeoutError:
        return PendingIsochrones(name, job)
    except BaseException:
        _jobs().forget(name)  # so that the next run tries again
        raise


def withdraw() -> None:
    """Withdraw the session's request: its view has no isochrones."""
    _jobs().withdraw(state.session_id())


@st.fragment(run_every=_POLL_S)
def show_progress(pending: PendingIsochrones, words: Words) -> None:
    """Say that isochrones are being drawn, and rerun the page once they are ready."""
    if not _jobs().renew(state.session_id(), pending.name) or pending.job.done:
        st.rerun()
    text = escape(words("outlines.drawing"))
    st.html(f'<div class="qh-drawing" role="status">{text}</div>')


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[DrawnIsochrones]:
    return SharedJobs(keep=24, request_lifetime_s=_REQUEST_LIFETIME_S)
