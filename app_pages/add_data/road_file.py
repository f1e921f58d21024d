"""A new road file: its datum from the places of the study, and what happens to the overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.add_data.datum_evidence import show_roads_finding
from app_pages.add_data.from_osm import has_osm
from app_pages.add_data.received import Received
from app_pages.shell import state
from app_pages.shell.html import plain, show_html, status
from geo.base.errors import StudyError
from geo.base.scratch import ScratchFolder
from geo.checks.detect_datum import detect_roads_datum, road_distance
from geo.readers.formats.registry import OSM_FORMATS
from geo.study.model import Study
from geo.workspace.edit import Replacement
from geo.workspace.trial import reference_places, roads_of
from geo.workspace.upload import Upload
from layers.words.catalogue import Words

__all__ = ["kept_overrides", "show_place"]


def kept_overrides(upload: Upload, study: Study, words: Words) -> dict[str, Any]:
    """The key of the overrides that still apply: OSM ids stay the same in a newer extract."""
    file = study.network.overrides
    if file is None:
        return {}
    if upload.kind in OSM_FORMATS and has_osm(study):
        return {"overrides": file}
    show_html(status(words("sources.overrides_go", file=file)))
    return {}


def show_place(given: Received, study: Study, change: Replacement, words: Words) -> None:
    """Show the evidence on the datum of the roads, from the study's own places."""
    about = ("roads", state.analysis_key(study), change.keys.get("layer"))

    def read() -> Any:
        with ScratchFolder("quarterhour-trial-") as folder:
            return roads_of(study, change, Path(folder))

    try:
        with st.spinner(words("data.reading")):
            roads = given.memo(about, read)
            lon, lat = given.memo(("references", *about), lambda: reference_places(study))
            finding = given.memo(
                ("finding", *about), lambda: detect_roads_datum(lon, lat, road_distance(roads))
            )
    except StudyError:
        show_html(plain(words("data.no_places")))  # the trial of the file shows why
        return
    show_roads_finding(given, roads, (lon, lat), finding, str(change.keys["datum"]), words)
