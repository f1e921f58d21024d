"""What decides what is covered, as widgets: roads, a radius, capacities or a condition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages.rights.upload_limit import copy_upload, file_uploader, shown_name
from app_pages.shell.html import plain, show_html
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.inputs.areas.land import read_land
from geo.study.condition import parse
from geo.study.model import Layer, Study
from geo.workspace.upload import Upload, open_upload
from layers.words.catalogue import Words

__all__ = ["FilePlace", "chosen_kind", "condition_keys", "kinds_of", "land_upload", "readable_land"]

_NONE = ""
_LONGEST_CONDITION = 1_000
_MOST_MB = 1_024
# Keys of the sites that a straight line has no use for.
_OF_ROADS = ("capacity", "delay_minutes", "hours", "tier", "items")

# The file and the field that a message about a condition names.
FilePlace = tuple[str, str]


def kinds_of(former: Layer | None, *, of_table: bool) -> tuple[str, ...]:
    """The rules that a layer can have; the first is proposed.

    Parameters
    ----------
    former : Layer, optional
        An existing layer, whose sites stay; None for a new one.
    of_table : bool
        Whether the layer has a file of its own.
    """
    if former is None:
        return ("reach", "radius", "supply", "rate") if of_table else ("reach", "radius")
    if former.rule in ("assigned", "rate"):  # their columns say so
        return (former.rule,)
    kinds = ["reach"]
    if not any(getattr(former, key) for key in _OF_ROADS):
        kinds.append("radius")
    if former.capacity is not None and not any((former.hours, former.tier, former.items)):
        kinds.append("supply")
    return (former.rule, *(kind for kind in kinds if kind != former.rule))


def chosen_kind(prefix: str, kinds: Sequence[str], words: Words) -> str:
    """Show the choice of the rule, where there is one."""
    if len(kinds) == 1:
        return kinds[0]
    chosen = st.selectbox(
        words("data.rule_kind"),
        kinds,
        format_func=lambda kind: words(f"data.rule_kind_{kind}"),
        help=words("data.rule_kind_help"),
        key=f"{prefix}-kind",
    )
    return str(chosen)


def condition_keys(
    prefix: str,
    former: Layer | None,
    columns: Sequence[str],
    place: FilePlace,
    words: Words,
) -> dict[str, Any]:
    """Show when an object counts as met and what it counts; returns the keys of study.toml.

    Parameters
    ----------
    columns : sequence of str
        Of the objects' file.
    place : FilePlace

    Raises
    ------
    StudyError
        There is no condition yet (``condition_wanted``), or it is wrong (``condition_*``).
    """
    before = former.weight if former and former.weight else _NONE
    names = list(dict.fromkeys([_NONE, *([before] if before else []), *columns]))
    text = st.text_input(
        words("data.condition"),
        value=(former.condition or "") if former else "",
        max_chars=_LONGEST_CONDITION,
        placeholder=words("data.condition_example"),
        help=words("data.condition_help"),
        key=f"{prefix}-condition",
    ).strip()
    weight = st.selectbox(
        words("data.rate_weight"),
        names,
        index=names.index(before),
        format_func=lambda name: name or words("data.rate_weight_none"),
        key=f"{prefix}-rate-weight",
    )
    if not text:
        raise StudyError("condition_wanted")
    try:
        parse(text)
    except StudyError as error:
        file, field = place
        raise StudyError(error.code, file=file, field=field, **error.params) from error
    return {"condition": text} | ({"weight": str(weight)} if weight else {})


def land_upload(prefix: str, former: Layer, words: Words) -> UploadedFile | None:
    """Show the upload of a layer's land; returns the file, or None where it stays as it is."""
    if former.land is not None:
        show_html(plain(words("data.land_kept", file=former.land)))
    return file_uploader(words("data.land"), key=f"{prefix}-land", most_mb=_MOST_MB)


def readable_land(given: UploadedFile, study: Study, folder: Path, words: Words) -> Upload:
    """The uploaded land as a file in `folder`, once it has been read.

    Raises
    ------
    StudyError
        It has no polygons or cannot be read, in the user's name of the file; those of
        `copy_upload` and `open_upload`.
    """
    path = folder / "upload"
    copy_upload(given, path)
    upload = open_upload(path, shown_name(given.name))
    alone = study.model_copy(update={"folder": folder})
    field = words("data.land")
    try:
        read_land(alone, upload.path.name, field, QualityLog())
    except StudyError as error:
        raise StudyError(error.code, **{**error.params, "file": upload.file}) from error
    return upload
