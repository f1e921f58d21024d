"""The state of a session: its study, its language, and what was chosen on its pages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from uuid import uuid4

import streamlit as st

from geo.analysis import Analysis
from geo.base.access import guard
from geo.base.errors import StudyError
from geo.inputs.unit_tree import Places, build_places
from geo.study.load import DRAFT_TOML, load_study
from geo.study.model import Study
from geo.workspace.draft import draft_name, is_draft, list_drafts
from geo.workspace.folder import STUDY_TOML, list_studies, studies_folder
from geo.workspace.recent import recent_studies, remember_study
from layers.words.catalogue import LOCALES, Words, words_for
from layers.words.programmes.overview import MOST_WITHOUT
from server.bundle.project_files import PROJECT_FILES

__all__ = [
    "LANGUAGE",
    "SAMPLE",
    "analysis_key",
    "begins_with_overview",
    "chosen_layer",
    "default_study_folder",
    "first_page",
    "ignored_in_address",
    "is_sample",
    "keep_choices",
    "known_studies",
    "language",
    "leave_refused_study",
    "open_folder",
    "open_sample",
    "open_study",
    "places",
    "read_address",
    "session_id",
    "set_language",
    "show_layer",
    "shown_layer",
    "study_folder",
    "study_name",
    "study_refused",
    "study_title",
    "take_address_query",
    "title_of",
    "tried_layers",
    "waiting_query",
    "words",
]

LANGUAGE = "language"
# Streamlit drops the state of widgets that the shown page does not have, unless it is set again.
_KEPT = ("service", "drawn", "shade", "shade_set", "level", "click", "acting_name")
_KEPT_PREFIXES = ("rule-", "limit-", "gaps_", "siting_", "scenario_", "ledger_")
# Choices that are valid in one study only.
_OF_A_STUDY = ("service", "level", "unit", "site", "start", "search")
_TRIAL = ("put", "closed", "moved", "moving", "trial_name", "trial_kept")
SAMPLE = PROJECT_FILES / "data" / "wuhan"
# Set by the Data page only: an address cannot name a folder of the server.
_OPENED = "study_folder"
_ADDRESS = "address_query"
_ADDRESS_PAGE = "address_page"  # the page that the address of this session opened
_IGNORED, _IGNORED_PAGE = "address_ignored", "address_ignored_page"
_SESSION = "session_id"
_REFUSED = "study_refused"  # why the study that the address names was not opened
_BEGUN = "session_begun"  # whether this session has shown a page
_OVERVIEW, _COVERAGE = "app_pages/overview.py", "app_pages/coverage.py"


def study_folder() -> Path:
    """The folder of this session's study."""
    opened = st.session_state.get(_OPENED)
    if opened:
        return Path(opened)
    return default_study_folder()


def default_study_folder() -> Path:
    """The study that the app was started on, else the sample."""
    given = os.environ.get("QUARTERHOUR_STUDY", "")
    return Path(given) if given else SAMPLE


def is_sample() -> bool:
    """True if this session's study is the bundled sample."""
    return study_folder().resolve() == SAMPLE


def open_folder(folder: Path | None, *, layer: str = "") -> None:
    """Open a study in this session.

    Parameters
    ----------
    folder : Path, optional
        None: the study that the app was started on.
    layer : str
        Key of the layer that the map shows first; "": the study's first layer.

    Raises
    ------
    AccessError
        This session's person may not open it.
    """
    guard.demand("open", folder or default_study_folder())
    st.session_state[_OPENED] = str(folder or "")
    st.session_state[_ADDRESS] = {}  # it was about the former study
    for key in list(st.session_state):
        if key in (*_OF_A_STUDY, *_TRIAL) or str(key).startswith(_KEPT_PREFIXES):
            del st.session_state[key]
    if folder is not None and folder.resolve() != SAMPLE:
        remember_study(folder)
    if folder is not None and layer and not is_draft(folder):
        show_layer(load_study(folder), layer)


def open_sample() -> None:
    """Open the bundled sample in this session."""
    is_default = default_study_folder().resolve() == SAMPLE
    open_folder(None if is_default else SAMPLE)


def title_of(folder: Path, words: Words) -> str:
    """The title of a study; the folder's name where it cannot be read."""
    try:
        return words.text(load_study(folder).study.name)
    except StudyError:
        return draft_name(folder) if is_draft(folder) else folder.name


def study_title(words: Words) -> str:
    """The title of this session's study."""
    return title_of(study_folder(), words)


def known_studies() -> dict[str, Path | None]:
    """The studies that an address of this session may name, by the names of their folders.

    None stands for the study that the app was started on. An address cannot name a path, since
    links come from anybody.
    """
    root = studies_folder()
    kept = {name: root / name for name in (*list_drafts(root), *list_studies(root))}
    started = default_study_folder()
    found: dict[str, Path | None] = {SAMPLE.name: SAMPLE} if _may_open(SAMPLE) else {}
    return {**found, **kept, **({started.name: None} if _may_open(started) else {})}


def _may_open(folder: Path) -> bool:
    return guard.is_allowed("open", folder)


def leave_refused_study() -> None:
    """Leave a study that this session's person may not open, for the first one that may be opened.

    Rights may end while a session lasts, so this is called at each run.
    """
    if _may_open(study_folder()):
        return
    asked = bool(st.session_state.get(_OPENED))
    others = [*recent_studies(), *(folder for folder in known_studies().values() if folder)]
    if not others or asked:
        try:
            guard.demand("open", study_folder())
        except guard.AccessError as error:
            st.session_state[_REFUSED] = ("", error)
    st.session_state[_OPENED] = ""
    if not _may_open(study_folder()) and others:
        open_folder(others[0])


def study_refused(page: str) -> guard.AccessError | None:
    """Why a study that was asked for is not shown, until another page than `page` is shown."""
    shown_on, refused = st.session_state.get(_REFUSED) or (page, None)
    if refused is not None and shown_on not in ("", page):
        st.session_state.pop(_REFUSED)
        return None
    if refused is not None:
        st.session_state[_REFUSED] = (page, refused)
    return refused


def study_name() -> str:
    """The name of this session's study in an address; "" if it has none."""
    folder = study_folder()
    for name, known in known_studies().items():
        if (known or default_study_folder()) == folder:
            return name
    return ""


def session_id() -> str:
    """An id of this session."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = uuid4().hex
    return str(st.session_state[_SESSION])


def read_address() -> None:
    """Open the study that the address of a new session names, and keep the rest of its query."""
    if _ADDRESS in st.session_state:
        return
    query = {str(name): str(value) for name, value in st.query_params.items()}
    known = known_studies() if "study" in query else {}
    named = query.pop("study", None)
    if named in known:
        open_folder(known[named])
    elif named:
        try:  # the same answer whether there is such a study or not
            guard.demand("open", studies_folder() / named)
        except guard.AccessError as error:
            st.session_state[_REFUSED] = ("", error)
        ignored_in_address().append(f"study={named}")
    if query.get("lang", LOCALES[0]) not in LOCALES:
        ignored_in_address().append(f"lang={query['lang']}")
    st.session_state[_ADDRESS] = query


def take_address_query(names: Collection[str] | None = None) -> dict[str, str]:
    """The query of this session's address at the first call, then without what was taken.

    Parameters
    ----------
    names : collection of str, optional
        Take these names only.
    """
    waiting = dict(st.session_state.get(_ADDRESS) or {})
    found = waiting if names is None else {name: waiting[name] for name in names if name in waiting}
    st.session_state[_ADDRESS] = {
        name: value for name, value in waiting.items() if name not in found
    }
    return found


def waiting_query(page: str) -> dict[str, str]:
    """What no page has taken yet of the address by which this session opened `page`."""
    if st.session_state.setdefault(_ADDRESS_PAGE, page) != page:
        return {}
    waiting = st.session_state.get(_ADDRESS) or {}
    return {name: value for name, value in waiting.items() if not name.startswith("embed")}


def ignored_in_address(page: str | None = None) -> list[str]:
    """Values of this session's address that its study does not have, as ``name=value``.

    Parameters
    ----------
    page : str, optional
        The page shown: once another page is shown, the list is emptied.
    """
    ignored: list[str] = st.session_state.setdefault(_IGNORED, [])
    if not ignored:
        st.session_state.pop(_IGNORED_PAGE, None)
    elif page is not None and st.session_state.setdefault(_IGNORED_PAGE, page) != page:
        ignored.clear()
    return ignored


def open_study() -> Study:
    """Read the study's parameters.

    Raises
    ------
    StudyError
        The study is wrong.
    """
    return load_study(study_folder())


def begins_with_overview() -> bool:
    """Whether this is the first run of a session whose address names no view, on many layers.

    Later the Coverage page is only left by choice: who saved a layer wants to see its map.
    """
    if st.session_state.get(_BEGUN) or st.context.is_embedded:
        return False
    st.session_state[_BEGUN] = True
    if (st.session_state.get(_ADDRESS) or {}).keys() - {"lang"}:  # the address names a view
        return False
    return first_page() == _OVERVIEW


def first_page() -> str:
    """The page with which a study that has just been opened begins."""
    try:
        many = len(open_study().layers) > MOST_WITHOUT
    except StudyError:  # the page shows it
        many = False
    return _OVERVIEW if many else _COVERAGE


def language() -> str:
    """The language of this session: chosen, else from ``?lang=``, else the study's own."""
    chosen = st.session_state.get(LANGUAGE)
    if chosen in LOCALES:
        return str(chosen)
    from_address = st.query_params.get("lang", "")
    if from_address in LOCALES:
        set_language(from_address)  # the address loses its query on the next page
        return from_address
    try:
        return open_study().study.locale
    except StudyError:  # the page shows it later
        return LOCALES[0]


def set_language(locale: str) -> None:
    """Set the language of this session."""
    st.session_state[LANGUAGE] = locale


def words() -> Words:
    """The wording catalogue of this session's language."""
    return words_for(language())


def keep_choices() -> None:
    """Keep the choices of one page while another page is shown."""
    for key in list(st.session_state):
        if key in _KEPT or str(key).startswith(_KEPT_PREFIXES):
            st.session_state[key] = st.session_state[key]


def analysis_key(study: Study) -> str:
    """Hash of study.toml, of the sizes and times of its files, and of the units that are seen.

    Results are cached by it, so that a changed study is computed again, and nobody gets results
    about more units than the own ones.
    """
    toml = study.folder / (DRAFT_TOML if is_draft(study.folder) else STUDY_TOML)
    digest = hashlib.sha256(toml.read_bytes())
    if study.within is not None:
        digest.update(repr(sorted(study.within)).encode())
    for relative in study.files:
        path = study.folder / relative
        stamp = path.stat() if path.is_file() else None
        seen = (relative, stamp.st_size, stamp.st_mtime_ns) if stamp else (relative,)
        digest.update(repr(seen).encode())
    return digest.hexdigest()


def places(analysis: Analysis) -> Places:
    """The study's units as a tree."""
    return _places(analysis_key(analysis.study), _analysis=analysis)


@st.cache_resource(show_spinner=False, max_entries=6)
def _places(key: str, *, _analysis: Analysis) -> Places:
    del key  # stands for the analysis, which cannot be hashed
    return build_places(_analysis)


def chosen_layer() -> str:
    """Key of the layer that was chosen in this session; "" before the map was shown."""
    return str(st.session_state.get(f"rule-{st.session_state.get('service')}") or "")


def show_layer(study: Study, key: str) -> None:
    """Show a layer on the map."""
    service = study.layer(key).service_key
    st.session_state["service"], st.session_state[f"rule-{service}"] = service, key


def tried_layers(analysis: Analysis) -> list[str]:
    """Keys of the layers on which sites can be tried; all where there is none."""
    known = [str(key) for key in analysis.summary["layers"]]
    return [key for key in known if analysis.study.layer(key).tried] or known


def shown_layer(analysis: Analysis, among: Sequence[str] | None = None) -> str:
    """Key of the layer that this session's map shows; the first one if none was chosen.

    Parameters
    ----------
    among : sequence of str, optional
        The layers of which one is shown; all by default.
    """
    known = list(analysis.summary["layers"] if among is None else among)
    services = {key: analysis.study.layer(key).service_key for key in known}
    service = st.session_state.get("service", services[known[0]])
    rule = st.session_state.get(f"rule-{service}")
    fitting = [key for key in known if services[key] == service]
    return str(rule if rule in fitting else (fitting or known)[0])
