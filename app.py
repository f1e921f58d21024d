"""The app: `streamlit run app.py`. Its pages are listed in `app_pages.PAGES`.

It opens the study named by the environment variable QUARTERHOUR_STUDY, else the sample.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

import app_pages
from app_pages.rights.session_guard import install_guard
from app_pages.shell import address, frame, kept_press, person, state
from layers.words.catalogue import Words


def navigation_pages(words: Words) -> list[Any]:
    """The pages for Streamlit's navigation.

    Streamlit gives the default page no address of its own. A hidden page under its key leads to
    it, so that ``/coverage`` works like ``/gaps``.
    """
    found = []
    for page in app_pages.PAGES:
        title = words(f"page.{page.key}")
        visibility: Any = "hidden" if page.hidden else "visible"
        if page.default:
            found.append(
                st.Page(
                    page.file, title=title, url_path="home", default=True, visibility=visibility
                )
            )
            redirect = partial(st.switch_page, page.file)
            found.append(st.Page(redirect, title=title, url_path=page.key, visibility="hidden"))
        else:
            found.append(st.Page(page.file, title=title, url_path=page.key, visibility=visibility))
    return found


def main() -> None:
    """Settings, navigation and header, then the chosen page."""
    person.begin_run()
    install_guard()
    state.read_address()
    state.leave_refused_study()
    words = state.words()
    st.set_page_config(page_title=words("app.title"), page_icon=None, layout="wide")
    position: Any = "hidden" if st.context.is_embedded else "top"
    page = st.navigation(navigation_pages(words), position=position)
    state.keep_choices()
    kept_press.begin_run(page.url_path, words)
    frame.header(words, page.url_path)
    ignored = st.container()
    if state.begins_with_overview() and not page.url_path:
        st.switch_page(state.first_page())
    address.begin_run(page.url_path)
    with frame.ErrorBoundary(words):
        if frame.may_show(page.url_path, words):
            page.run()
    with ignored:
        address.show_ignored(page.url_path, words)
    # The default page, which has no path, writes its whole view into the address.
    if page.url_path and not st.context.is_embedded:
        address.keep_address()


main()
