"""Door one: `streamlit run app.py` shows the study named by QUARTERHOUR_STUDY, else the sample."""

from __future__ import annotations

import streamlit as st

from app_pages import frame, state


def main() -> None:
    """Page config, navigation, the common header, then the chosen page."""
    state.enter()
    words = state.words()
    st.set_page_config(page_title=words("app.title"), page_icon=None, layout="wide")
    pages = [
        st.Page(
            "app_pages/coverage.py",
            title=words("page.coverage"),
            url_path="coverage",
            default=True,
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
