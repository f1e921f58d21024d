"""Units around seats: points, and the areas that are divided between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.add_data.received import Received
from app_pages.rights.upload_limit import copy_upload, file_uploader, shown_name
from app_pages.shell.html import plain, show_html
from geo.base.errors import StudyError
from geo.checks.datum import DATUM_NAMES
from geo.readers.table.raw_table import RawTable
from geo.workspace.upload import Upload, open_upload
from layers.words.catalogue import Words

__all__ = ["are_seats", "parent_areas"]


def are_seats(given: Received, table: RawTable, words: Words) -> bool:
    """Show the choice between a list of codes and seats, for units without areas."""
    if table.geometry is not None and not _points(table):
        return False
    kind = st.radio(
        words("sources.units_kind"),
        ("codes", "seats"),
        format_func=lambda key: words(f"sources.units_{key}"),
        index=int(table.geometry is not None),
        key=given.key("units-kind"),
    )
    return kind == "seats"


def _points(table: RawTable) -> bool:
    kinds = {
        getattr(item, "geom_type", "")
        for item in (table.geometry if table.geometry is not None else ())
    }
    return bool(kinds) and kinds <= {"Point", "MultiPoint", ""}


def parent_areas(given: Received, words: Words) -> tuple[Upload, dict[str, Any]]:
    """Show the upload of the areas around the seats.

    Raises
    ------
    StudyError
        There is none yet (``within_wanted``), or its format is not recognised.
    """
    show_html(plain(words("sources.within_about")))
    file = file_uploader(words("sources.within"), key=given.key("within"), most_mb=1_024)
    if file is None:
        raise StudyError("within_wanted")

    def take() -> Upload:
        folder = Path(given.folder.name) / f"within-{file.file_id}"
        folder.mkdir(exist_ok=True)
        path = folder / "upload"
        copy_upload(file, path)
        return open_upload(path, shown_name(file.name))

    upload = given.memo(("within", file.file_id), take)
    datum = st.selectbox(
        words("sources.within_datum"),
        list(DATUM_NAMES),
        format_func=DATUM_NAMES.__getitem__,
        key=given.key("within-datum"),
    )
    return upload, {"within_datum": str(datum)}
