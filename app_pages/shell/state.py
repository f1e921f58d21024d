"""What the pages share: the study, its analysis (one job a study), the language, the choices."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import streamlit as st

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.errors import StudyError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.inputs.unit_tree import Places, build_places
from geo.study.load import load_study
from geo.study.model import Study
from geo.workspace.folder import list_studies, studies_folder
from layers.words.catalogue import LOCALES, Words, words_for

__all__ = [
    "LANGUAGE",
    "analysis_job",
    "analysis_key",
    "asked",
    "enter",
    "forget_job",
    "is_sample",
    "keep_choices",
    "known_studies",
    "language",
    "open_folder",
    "open_study",
    "places",
    "shown_layer",
    "speak",
    "started_on",
    "study_folder",
    "study_name",
    "words",
]

LANGUAGE = "language"
# Widgets that exist on one page only lose their state on the other, unless it is touched there.
_KEPT = ("service", "drawn", "shade", "level", "click")
_KEPT_PREFIXES = ("rule-", "limit-")
# What was chosen in a study, and means nothing in another one.
_OF_A_STUDY = ("service", "level", "unit", "site", "start", "put", "search")
# Set by the Data page only: no address names a folder of the server.
_SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wuhan"
_OPENED = "study_folder"
_ASKED = "asked"


def study_folder() -> Path:
    """The study of this session, else the one that the app was started on, else the sample."""
    opened = st.session_state.get(_OPENED)
    if opened:
        return Path(opened)
    return started_on()


def started_on() -> Path:
    """The study that the app was started on, else the sample."""
    given = os.environ.get("QUARTERHOUR_STUDY", "")
    return Path(given) if given else _SAMPLE


def is_sample() -> bool:
    """True where this session's study is the one that comes with the tool."""
    return study_folder().resolve() == _SAMPLE


def open_folder(folder: Path | None, *, layer: str = "") -> None:
    """Make the study in `folder` this session's (None: the one that the app was started on).

    Its maps begin with `layer`, else with the first.
    """
    st.session_state[_OPENED] = str(folder or "")
    st.session_state[_ASKED] = {}  # an address spoke of the study that was open then
    for key in list(st.session_state):
        # What was chosen belongs to the former study; drawn levels do not.
        if key in _OF_A_STUDY or str(key).startswith((*_KEPT_PREFIXES, "gaps_")):
            del st.session_state[key]
    if folder is not None and layer:
        service = load_study(folder).layer(layer).service_key
        st.session_state["service"] = service
        st.session_state[f"rule-{service}"] = layer


def known_studies() -> dict[str, Path | None]:
    """The studies that an address may name, by their folders' names; None: the app's own.

    Never a path: a link is anybody's.
    """
    kept = {name: studies_folder() / name for name in list_studies(studies_folder())}
    return {**kept, started_on().name: None}


def study_name() -> str:
    """What an address calls this session's study, "" where it has no name there."""
    folder = study_folder()
    for name, known in known_studies().items():
        if (known or started_on()) == folder:
            return name
    return ""


def enter() -> None:
    """Take up what the address of a new session asks for: its study now, its view later."""
    if _ASKED in st.session_state:
        return
    asked = {str(name): str(value) for name, value in st.query_params.items()}
    known = known_studies() if "study" in asked else {}
    if asked.get("study") in known:
        open_folder(known[asked["study"]])
    st.session_state[_ASKED] = asked


def asked() -> dict[str, str]:
    """What the address of this session asked for; once, then empty."""
    found = st.session_state.get(_ASKED) or {}
    st.session_state[_ASKED] = {}
    return dict(found)


def open_study() -> Study:
    """Read the study's parameters.

    Raises
    ------
    StudyError
        The study is wrong.
    """
    return load_study(study_folder())


def language() -> str:
    """The language of this session: chosen, else asked for by ``?lang=``, else the study's own."""
    chosen = st.session_state.get(LANGUAGE)
    if chosen in LOCALES:
        return str(chosen)
    asked = st.query_params.get("lang", "")
    if asked in LOCALES:
        speak(asked)  # the address loses its query on the next page
        return asked
    try:
        return open_study().study.locale
    except StudyError:  # worded later, by the page
        return LOCALES[0]


def speak(locale: str) -> None:
    """Make `locale` the language of this session."""
    st.session_state[LANGUAGE] = locale


def words() -> Words:
    """The words of this session's language."""
    return words_for(language())


def keep_choices() -> None:
    """Keep what was chosen on one page while another is shown."""
    for key in list(st.session_state):
        if key in _KEPT or str(key).startswith(_KEPT_PREFIXES):
            st.session_state[key] = st.session_state[key]


def analysis_key(study: Study) -> str:
    """Hash of study.toml and of its files' sizes and times: a changed study is a new one."""
    digest = hashlib.sha256((study.folder / "study.toml").read_bytes())
    for relative in study.files:
        path = study.folder / relative
        stamp = path.stat() if path.is_file() else None
        seen = (relative, stamp.st_size, stamp.st_mtime_ns) if stamp else (relative,)
        digest.update(repr(seen).encode())
    return digest.hexdigest()


# One for all sessions: four planners who open the page together wait for one computation.
@st.cache_resource(show_spinner=False, max_entries=3)
def analysis_job(folder: str, key: str) -> Job[Analysis]:
    """The job that computes the study in `folder` with the state `key` (see `analysis_key`)."""
    del key  # part of the cache's key only

    def work(progress: Progress) -> Analysis:
        # Imported here: the engine takes seconds to load, and the page is to say so meanwhile.
        progress.stage("loading")
        from geo import pipeline

        return pipeline.run(load_study(folder), cache=default_cache(), progress=progress)

    return Job(work)


def places(analysis: Analysis) -> Places:
    """The study's units as a tree."""
    return _places(analysis_key(analysis.study), _analysis=analysis)


@st.cache_resource(show_spinner=False, max_entries=6)
def _places(key: str, *, _analysis: Analysis) -> Places:
    del key  # stands for the analysis, which cannot be hashed
    return build_places(_analysis)


def forget_job(folder: str, key: str) -> None:
    """Let the next look start the computation again."""
    analysis_job.clear(folder, key)


def shown_layer(analysis: Analysis) -> str:
    """Key of the layer that this session's map shows: by its service and rule, else the first."""
    known = list(analysis.summary["layers"])
    services = {key: analysis.study.layer(key).service_key for key in known}
    service = st.session_state.get("service", services[known[0]])
    rule = st.session_state.get(f"rule-{service}")
    fitting = [key for key in known if services[key] == service]
    return str(rule if rule in fitting else (fitting or known)[0])
