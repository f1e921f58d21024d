"""The correction of road ends that are not joined: one button, which changes the study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app_pages.add_data.save import own_study
from app_pages.rights.buttons import guarded_button
from app_pages.shell.html import plain, problems, show_html, status
from geo.base.errors import QuarterhourError
from geo.network.near_misses import NEAR_M
from geo.study.model import Study
from geo.workspace.road_overrides import join_near_ends
from layers.words.catalogue import Words

__all__ = ["show"]

_PROBLEMS = ("road_ends_near", "road_nodes_coincident")


def show(quality: pd.DataFrame, study: Study, words: Words) -> None:
    """Offer to join the ends that the check has found; nothing where it has found none."""
    found = quality[quality["problem"].isin(_PROBLEMS)]
    count = int(found["value"].astype(int).sum())
    if not count:
        return
    metres = words.number(NEAR_M)
    show_html(plain(words("data.join_about", metres=metres)))
    if not own_study(study):
        show_html(status(words("overrides.copy_first")))
        return
    label = words("data.join", count=words.number(count), metres=metres)
    if not guarded_button(label, words=words, key="data_join_ends"):
        return
    try:
        join_near_ends(Path(study.folder), within_m=NEAR_M)
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.rerun()
