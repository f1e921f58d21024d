"""The server of the app, as a process that ends with the command that started it.

Run as ``python -m app_pages.server PARENT ARGUMENT...``, with the arguments of `streamlit`.
"""

from __future__ import annotations

import logging
import sys
from threading import Thread

from geo.base.errors import QuarterhourError
from geo.base.processes.children import end_with_parent

__all__ = ["compute_first_study", "main"]

_NO_SESSION = "streamlit.runtime.scriptrunner_utils.script_run_context"


def main() -> None:
    """Run Streamlit until it is stopped."""
    end_with_parent(int(sys.argv[1]))
    from streamlit.web.cli import main as streamlit

    Thread(target=compute_first_study, name="first-study", daemon=True).start()
    sys.argv = ["streamlit", *sys.argv[2:]]
    streamlit()


def compute_first_study() -> None:
    """Load the engine and compute the study that the app is started on, while the browser opens.

    The first page finds both done, or waits for what is left. A study that cannot be read is left
    to the page, which says what is wrong with it. Modules that declare components of Streamlit are
    not loaded here: they are served only where a page's own run has loaded them.
    """
    # This thread has no session, and needs none; Streamlit warns of that in English.
    logging.getLogger(_NO_SESSION).setLevel(logging.ERROR)
    from app_pages.shell import state, study_jobs
    from geo.study.load import load_study

    folder = state.default_study_folder()
    try:
        key = state.analysis_key(load_study(folder))
    except (QuarterhourError, OSError):
        return
    study_jobs.study_job(str(folder), key)
    import folium  # noqa: F401


if __name__ == "__main__":
    main()
