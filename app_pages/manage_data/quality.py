"""The quality report of the open study: by severity, on a map, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from app_pages.add_data.save import list_findings
from app_pages.manage_data import join_ends
from app_pages.rights.on_download import on_download
from app_pages.runs.server_queue import QUEUED, in_worker, run_queue, session_user
from app_pages.shell import state
from app_pages.shell.html import (
    plain,
    problems,
    sentence,
    show_html,
    status,
    step_heading,
    text_table,
)
from app_pages.shell.served_files import leaflet_assets, publish
from app_pages.shell.shared_jobs import SharedJob
from geo.base.access import guard
from geo.base.cache import default_cache
from geo.base.errors import CancelledError, QuarterhourError
from geo.base.progress import Progress
from geo.base.quality_log import QUALITY_COLUMNS, InputCount
from geo.study.load import load_study
from geo.study.model import Study
from layers.export.csv import csv_bytes, in_order
from layers.shapes.point_field import PointField
from layers.style.escape import escape
from layers.web_map.base_map import MapWords, base_map
from layers.web_map.sites import site_data, site_layer
from layers.web_map.units import border_data, border_layer
from layers.words.catalogue import Words
from layers.words.lines.finding import SEVERITIES, counts_line, problem_text
from layers.words.phrases import layer_title, map_notice, osm_attribution
from server.runs.task import Task

__all__ = ["checked", "show"]

_COLOURS = {"error": "#b3261e", "warning": "#c77700", "info": "#1f5f8b"}
_MAP_HEIGHT = 360
_MOST_ON_MAP = 5_000
_REQUEST_LIFETIME_S = 90.0
_CANCELLED = "check_cancelled"  # key of the study whose check this session has cancelled
# Margin around the units.
_MARGIN_DEG = 0.01


@dataclass(frozen=True)
class Report:
    """What the check of a study found.

    Attributes
    ----------
    quality : DataFrame
        In the columns of quality.csv.
    inputs : tuple of InputCount
    places : DataFrame
        ``lon`` and ``lat`` by the index of `quality`.
    outlines : list of geometries
        Of the units, for orientation on the map.
    """

    quality: pd.DataFrame
    inputs: tuple[InputCount, ...]
    places: pd.DataFrame
    outlines: list[Any]


# One for all sessions, like the analysis.
@st.cache_resource(show_spinner=False, max_entries=3)
def _job(folder: str, key: str) -> SharedJob[Report]:
    """The check of the study in `folder` in the state `key`."""
    del key
    user = session_user()

    def work(progress: Progress) -> Report:
        queue = run_queue()
        if queue is None:
            return checked(progress, folder)
        task = Task("app_pages.manage_data.quality:checked", {"folder": folder})
        found: Report = in_worker(queue, user, task, progress)
        return found

    return SharedJob(work, request_lifetime_s=_REQUEST_LIFETIME_S)


def checked(progress: Progress, folder: str) -> Report:
    """Check a study."""
    progress.stage("loading")
    from geo import pipeline
    from geo.base.quality_log import QualityLog
    from geo.checks.finding_places import finding_places
    from geo.readers.inputs.units import read_units
    from layers.shapes.units import simplified_units

    study = load_study(folder)
    quality, inputs = pipeline.check(study, cache=default_cache(), progress=progress)
    areas = read_units(study, QualityLog())
    outlines = [shape for shape in simplified_units(areas).geometry if not shape.is_empty]
    return Report(
        quality, tuple(inputs), finding_places(study, quality, cache=default_cache()), outlines
    )


def show(study: Study, words: Words) -> None:
    """The whole section."""
    folder, key = str(study.folder), state.analysis_key(study)
    guard.demand("read", study.folder)  # it is about all rows of the files
    job = _job(folder, key)
    if not job.done:
        if st.session_state.get(_CANCELLED) != key:
            _watch(job, key)
            return
        show_html(plain(words("app.cancelled")))  # it may go on for other sessions
        if st.button(words("data.check_again"), key="data_check_again"):
            st.session_state.pop(_CANCELLED)
            st.rerun()
        return
    try:
        report = job.result()
    except CancelledError:
        show_html(plain(words("app.cancelled")))
    except QuarterhourError as error:
        show_html(problems(error, words))
        show_html(plain(words("data.mend")))
        findings = getattr(error, "findings", None)
        if findings is not None and len(findings):
            list_findings(findings, study, words)
    else:
        _report(report, study, words)
        return
    if st.button(words("data.check_again"), key="data_check_again"):
        st.session_state.pop(_CANCELLED, None)
        _job.clear(folder, key)
        st.rerun()


@st.fragment(run_every=0.5)
def _watch(job: SharedJob[Report], key: str) -> None:
    """Show the stage of the check; rerun the page when it is done."""
    if job.done:
        st.rerun()
    words, progress = state.words(), job.progress.state
    text = words("data.checking", stage=words.get(f"stage.{progress.stage}", progress.stage))
    if progress.stage == QUEUED:
        text = words("app.queued", place=words.number(progress.total))
    st.html(f'<p class="qh-plain" role="status">{escape(text)}</p>')
    job.wait(state.session_id())
    if st.button(words("app.cancel"), key="data_cancel"):
        job.cancel(state.session_id())
        st.session_state[_CANCELLED] = key
        st.rerun()


def _report(report: Report, study: Study, words: Words) -> None:
    quality = report.quality
    show_html(step_heading(words("data.findings")))
    show_html(status(counts_line(quality, words), good=not (quality["severity"] != "info").any()))
    if quality.empty:
        show_html(plain(words("cli.check.clean")))
    else:
        _list(quality, study, words)
        join_ends.show(quality, study, words)
    st.download_button(
        words("data.download_quality"),
        csv_bytes(in_order(quality, QUALITY_COLUMNS)),
        file_name="quality.csv",
        mime="text/csv",
        on_click=on_download(),
        key="data_quality_csv",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        show_html(step_heading(words("data.map")))
        _map(report, study, words)
    with right:
        show_html(step_heading(words("data.inputs")))
        _inputs(report, study, words)


def _list(quality: pd.DataFrame, study: Study, words: Words) -> None:
    names = {key: words(f"quality.severity.{key}") for key in SEVERITIES}
    known = [key for key in SEVERITIES if (quality["severity"] == key).any()]
    chosen = st.pills(
        words("data.head_severity"),
        known,
        selection_mode="multi",
        default=known,
        format_func=lambda key: (
            f"{sentence(names[key])} {words.number(int((quality['severity'] == key).sum()))}"
        ),
        key=f"data_severity_{'_'.join(known)}",
    )
    shown = quality[quality["severity"].isin(chosen)]
    if shown.empty:
        return
    list_findings(shown, study, words)


def _map(report: Report, study: Study, words: Words) -> None:
    """A map of the units' outlines, with a square for each finding that has a place."""
    bounds = _bounds(report)
    if bounds is None:
        show_html(plain(words("data.nothing_to_map")))
        return
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=osm_attribution(study, words),
        notices=[map_notice(study, words)],
    )
    groups = [border_layer(publish(border_data(report.outlines)))]
    # The most severe on top.
    for severity in reversed(SEVERITIES):
        colour = _COLOURS[severity]
        places = report.places[report.quality["severity"].reindex(report.places.index) == severity]
        if len(places):
            url = publish(_squares(places.head(_MOST_ON_MAP), report.quality, words))
            groups.append(site_layer(url, colour=colour, unused=colour, unused_word=""))
    st_folium(
        base_map(bounds, assets=leaflet_assets(), words=map_words),
        feature_group_to_add=groups,
        returned_objects=[],
        key="data-quality-map",
        height=_MAP_HEIGHT,
        use_container_width=True,
    )
    located = report.quality["row"].notna()
    located[report.places.index.unique()] = True
    total = int(located.sum())
    if not total:
        show_html(plain(words("data.none_mapped")))
        return
    mapped = min(report.places.index.nunique(), _MOST_ON_MAP * len(SEVERITIES))
    show_html(plain(words("data.mapped", mapped=words.number(mapped), total=words.number(total))))


def _squares(places: pd.DataFrame, quality: pd.DataFrame, words: Words) -> PointField:
    texts = []
    for row in quality.loc[places.index].to_dict("records"):
        about = {str(key): value for key, value in row.items()}
        where = [] if pd.isna(row["row"]) else [words("cli.check.row", row=int(row["row"]))]
        texts.append(" · ".join([str(row["file"]), *where, problem_text(about, words, page=True)]))
    return site_data(places.assign(used=True, unit_id="", name=texts, site_id=""))


def _bounds(report: Report) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """South-west and north-east of the units; if they have no areas, of the findings."""
    boxes = [shape.bounds for shape in report.outlines]
    if not boxes and len(report.places):
        lon, lat = report.places["lon"], report.places["lat"]
        boxes = [(lon.min(), lat.min(), lon.max(), lat.max())]
    if not boxes:
        return None
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    south, west = float(low[1]) - _MARGIN_DEG, float(low[0]) - _MARGIN_DEG
    return (south, west), (float(high[3]) + _MARGIN_DEG, float(high[2]) + _MARGIN_DEG)


def _inputs(report: Report, study: Study, words: Words) -> None:
    titles = {f"layer:{layer.key}": layer_title(layer, words) for layer in study.layers}
    rows = []
    for entry in report.inputs:
        role = titles.get(entry.role) or words.get(f"data.role.{entry.role}", default=entry.role)
        counts = (entry.rows_in, entry.rows_used, entry.rows_set_aside)
        rows.append([role, entry.file, *(words.number(count) for count in counts)])
    head = ["data.head_input", "data.head_file", "data.head_in", "data.head_used"]
    show_html(text_table([*(words(key) for key in head), words("data.head_set_aside")], rows))
