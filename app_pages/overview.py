"""Page: Overview 总览. One row a programme; a click leads to its map."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from app_pages.panel.row_links import row_links, row_was_clicked
from app_pages.panel.share_range import known_ranges
from app_pages.rights.on_download import on_download
from app_pages.shell import frame, state
from app_pages.shell.downloads import file_name_for
from app_pages.shell.html import head, plain, problems, row, row_of_two, show_html, status
from app_pages.shell.html import table as html_table
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.questions.composites import composites
from layers.export.overview.workbook import OVERVIEW_XLSX, overview_workbook
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.programmes.composites import composite_header, composite_lead, composite_rows
from layers.words.programmes.overview import COLUMNS, OverviewRow, overview_rows
from ledger.evidence.trend import with_kept_trends

__all__: list[str] = []

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAP = "app_pages/coverage.py"


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    row_links()
    if row_was_clicked():
        st.switch_page(_MAP)
    key = state.analysis_key(analysis.study)
    if (ranges := known_ranges(analysis, key)) is not None:
        analysis = ranges.added_to(analysis)
    try:
        analysis = with_kept_trends(analysis, state.study_folder())
    except QuarterhourError as error:  # the figures of now do not depend on the ledger
        show_html(problems(error, words))
    rows = overview_rows(analysis, words)
    with st.container(key="overview"):
        waiting = [row for row in rows if row.needs]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.download_button(
                words("overview.download"),
                data=lambda: overview_workbook(analysis, words),
                file_name=file_name_for(OVERVIEW_XLSX, analysis, words),
                mime=_XLSX,
                key="overview_download",
                on_click=on_download(),
            )
            st.html(plain(words("overview.about")), width="stretch")
        if waiting:
            show_html(status(words("overview.waiting", count=words.number(len(waiting)))))
        headers = [words(f"overview.column.{name}") for name in COLUMNS]
        show_html(html_table(headers, [_row(one, words) for one in rows]))
        show_html(plain(words("export.not_comparable")))
    with st.container(key="overview-circles"):
        _composites(analysis, words)


def _composites(analysis: Analysis, words: Words) -> None:
    """How many services of a set people reach, below the rows."""
    for found in composites(analysis):
        header = composite_header(analysis, words)
        rows = [row(cells, numbers=(1, 2)) for cells in composite_rows(found, analysis, words)]
        show_html(
            head(words.text(found.composite.title)),
            plain(composite_lead(found, analysis, words)),
            html_table(header, rows, numbers=(1, 2)),
        )


def _row(one: OverviewRow, words: Words) -> str:
    """One row; its title leads to the map of its layer."""
    ranged = words("overview.range", range=one.range) if one.range else ""
    parts = (one.share_name, ranged, one.beside, one.trend)
    small = words("overview.twin_join").join(text for text in parts if text)
    cells = [
        (one.title, one.twins),
        (one.basis, ""),
        (one.presence, one.presence_of),
        (one.share, small or one.needs),
        (one.pass_line, ""),
        (one.holds, ""),
        (one.left, one.left_of),
        (one.source, ""),
    ]
    query = urlencode({"study": state.study_name(), "lang": state.language(), "layer": one.key})
    html = row_of_two(cells, links={0: query})
    # The page is another one than the map, also where the link opens a tab of its own.
    return html.replace(f'href="?{escape(query)}"', f'href="coverage?{escape(query)}"', 1)


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
