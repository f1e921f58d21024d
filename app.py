"""Door one: `streamlit run app.py` shows the study named by QUARTERHOUR_STUDY, else the sample."""

from __future__ import annotations

import streamlit as st

from app_pages.shell import frame, state

_COVERAGE = "app_pages/coverage.py"


def _to_coverage() -> None:
    st.switch_page(_COVERAGE)


def main() -> None:
    """Page config, navigation, the common header, then the chosen page."""
    state.enter()
    words = state.words()
    st.set_page_config(page_title=words("app.title"), page_icon=None, layout="wide")
    pages = [
        # The default page has no name in its address, whatever it is given here; who types one
        # comes there all the same.
        st.Page(_COVERAGE, title=words("page.coverage"), url_path="start", default=True),
        st.Page(
            _to_coverage, title=words("page.coverage"), url_path="coverage", visibility="hidden"
        ),
        st.Page("app_pages/gaps.py", title=words("page.gaps"), url_path="gaps"),
        st.Page("app_pages/report.py", title=words("page.report"), url_path="report"),
        st.Page("app_pages/data.py", title=words("page.data"), url_path="data"),
    ]
    page = st.navigation(pages, position="hidden" if st.context.is_embedded else "top")
    state.keep_choices()
    frame.header(words)
    with frame.FaultsInWords(words):
        page.run()


main()
