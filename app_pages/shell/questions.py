"""Questions about the study: one `Explorer` for all sessions, made behind the first map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.shell import state
from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.errors import QuarterhourError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.study.load import load_study
from geo.study.model import Study
from layers.words.catalogue import Words

if TYPE_CHECKING:  # the engine takes seconds to load
    import geopandas as gpd

    from geo.questions.difference import Difference
    from geo.questions.explorer import Explorer
    from geo.questions.nearest_sites import NearestSite

__all__ = ["Questions", "prepare", "questions"]


# Beside `state.analysis_job`: one for all sessions, kept as long as the study stays as it is.
@st.cache_resource(show_spinner=False, max_entries=3)
def _job(folder: str, key: str) -> Job[Explorer]:
    del key  # part of the cache's key only

    def work(progress: Progress) -> Explorer:
        from geo import pipeline

        found = pipeline.open_explorer(load_study(folder), cache=default_cache(), progress=progress)
        found.prepare(progress=progress)
        return found

    return Job(work)


def prepare(study: Study) -> None:
    """Begin to make the study's Explorer, if nobody has yet."""
    _job(str(state.study_folder()), state.analysis_key(study))


def questions(study: Study, words: Words) -> Questions | None:
    """The study's Explorer, waited for; None where it cannot be, which the page then says."""
    folder, key = str(state.study_folder()), state.analysis_key(study)
    job = _job(folder, key)
    try:
        if job.done:
            return Questions(job.result())
        with st.spinner(words("explore.preparing")):
            return Questions(job.result())
    except QuarterhourError as error:
        _job.clear(folder, key)  # the next look tries again
        for line in words.error(error):
            st.warning(line)
        return None


class Questions:
    """What the page asks; a question that cannot be answered comes back as its error."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer

    def analysis(
        self,
        key: str,
        *,
        limit: float | None,
        added: tuple[tuple[float, float], ...],
        catchments: bool,
    ) -> Analysis:
        """One layer under another limit and with sites on trial; its isochrones come apart.

        Parameters
        ----------
        catchments : bool
            Fill the sites' `demand_within`.
        """
        return self._explorer.analysis_with(key, limit=limit, added=added, catchments=catchments)

    def isochrones(self, key: str, *, limit: float, progress: Progress) -> gpd.GeoDataFrame:
        """The layer's bands up to a limit, without sites on trial, whose own are drawn apart."""
        return self._explorer.isochrones(key, limit=limit, progress=progress)

    def change(
        self, key: str, *, limit: float | None, added: tuple[tuple[float, float], ...]
    ) -> Difference:
        """What the sites on trial change."""
        return self._explorer.change(key, limit=limit, added=added)

    def depends_on(self, key: str, site: str, *, limit: float | None) -> Difference:
        """What closing one site would lose."""
        return self._explorer.depends_on(key, site, limit=limit)

    def from_here(self, lon: float, lat: float) -> list[NearestSite]:
        """The nearest site of every layer."""
        return self._explorer.from_here(lon, lat)

    def site_area(
        self, key: str, site: str | tuple[float, float], *, limit: float | None
    ) -> gpd.GeoDataFrame:
        """The bands of one site alone."""
        return self._explorer.site_area(key, site, limit=limit)
