"""What the Siting page asks: plain values that stand for the question in caches and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import streamlit as st

from app_pages.runs.studies import ComputedStudy
from app_pages.shell import state, study_jobs
from geo.study.model import Study

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer
    from geo.questions.siting.question import SitingQuestion
    from geo.siting.candidates import Candidates
    from geo.study.section import Datum

__all__ = ["METHODS", "Asked", "GivenFile", "candidates_of", "computed_of", "explorer_of"]

METHODS = ("mclp", "lscp", "p-median", "p-center")


@dataclass(frozen=True)
class GivenFile:
    """An uploaded file: its name as shown, where it lies, and what stands for its content."""

    name: str
    path: str
    token: str


@dataclass(frozen=True)
class Asked:
    """One question, whatever the language of the page.

    Attributes
    ----------
    key : str
        Stands for the study (`app_pages.shell.state.analysis_key`).
    source : str
        As in `geo.questions.siting.candidate_source.candidates_from`; the name of `file`.
    file, areas : GivenFile, optional
        Candidates, and areas where none may stand.
    must, forbidden : tuple of str
        Candidates marked on the map.
    curve : bool
        Whether each number of sites is solved alone, too.
    """

    key: str
    layer: str
    method: str = "mclp"
    sites: int | None = 5
    target: float | None = None
    source: str = "streets:500"
    datum: str = "wgs84"
    file: GivenFile | None = None
    areas: GivenFile | None = None
    weights: str | None = None
    close: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    relocate: int = 0
    budget: float | None = None
    every_unit: bool = False
    at_least: int = 1
    phase1: int = 0
    seconds: float = 60.0
    curve: bool = False

    def question(self) -> SitingQuestion:
        """For the engine."""
        from geo.questions.siting.question import SitingQuestion

        return SitingQuestion(
            layer=self.layer,
            method=self.method,
            sites=self.sites,
            target=self.target,
            close=self.close,
            relocate=self.relocate,
            budget=self.budget,
            every_unit=self.every_unit,
            at_least=self.at_least,
            phase1=self.phase1,
        )


def computed_of(study: Study) -> ComputedStudy:
    """This session's study, which has been computed."""
    job = study_jobs.study_job(str(state.study_folder()), state.analysis_key(study))
    return job.result()


def explorer_of(study: Study) -> Explorer:
    """The explorer of this session's study."""
    return computed_of(study).explorer


def candidates_of(asked: Asked, explorer: Explorer) -> Candidates:
    """The candidates of a question, without the marks of the map.

    Raises
    ------
    StudyError, QuestionError
        The file is wrong, or nothing can be used.
    """
    return _candidates(
        asked.key, asked.layer, asked.source, asked.datum, asked.file, asked.areas,
        _explorer=explorer,
    )  # fmt: skip


@st.cache_resource(show_spinner=False, max_entries=8)
def _candidates(
    key: str,
    layer: str,
    source: str,
    datum: str,
    file: GivenFile | None,
    areas: GivenFile | None,
    *,
    _explorer: Explorer,
) -> Candidates:
    del key  # stands for the explorer
    from geo.questions.siting.candidate_source import candidates_from

    return candidates_from(
        _explorer,
        layer,
        source,
        datum=cast("Datum", datum),
        closed_areas=areas.name if areas else None,
        paths={given.name: Path(given.path) for given in (file, areas) if given},
    )
