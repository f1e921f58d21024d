"""The server of the app, as a process that ends with the command that started it.

Run as ``python -m app_pages.server PARENT NAME=VALUE...``, with names of Streamlit's options. The
environment variable QUARTERHOUR_SERVER names server.toml for the server of an office; without it
the server is that of one user on their own machine.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from threading import enumerate as all_threads
from typing import TYPE_CHECKING, Any

from geo.base.errors import QuarterhourError
from geo.base.processes.children import end_with_parent
from server.config import ServerConfig, load_config

if TYPE_CHECKING:  # the engine takes seconds to load
    from app_pages.shell.shared_jobs import SharedJob
    from app_pages.shell.study_jobs import ComputedStudy

__all__ = ["compute_first_study", "main"]

_NO_SESSION = "streamlit.runtime.scriptrunner_utils.script_run_context"
# How long a stopping server waits for requests, then for the pages' runs.
_REQUESTS_S = 10
_RUNS_S = 20.0
_RUN_THREAD = "ScriptRunner.scriptThread"
_PING_S = 30
# Longer than browsers and web servers keep a connection that rests: one that the server ends as a
# request comes in is an error at their side.
_KEEP_ALIVE_S = 75


def main() -> None:
    """Serve until the process is told to stop; then let edits that are being saved end."""
    end_with_parent(int(sys.argv[1]))
    given = os.environ.get("QUARTERHOUR_SERVER", "")
    config = load_config(Path(given)) if given else None
    named = (argument.partition("=") for argument in sys.argv[2:])
    options = _options(config) if config else {name: value for name, _, value in named}
    # Two threads that begin to import the same package at once may find it half loaded.
    import streamlit  # noqa: F401

    Thread(target=_prepare, name="first-study", daemon=True).start()
    serve(config, options)


def _options(config: ServerConfig) -> dict[str, Any]:
    """Streamlit's options for an office's server."""
    listen = config.listen
    hosts = list(listen.hosts)
    if config.auth.mode == "none":
        # Other machines cannot connect; their pages could by a name of their own.
        hosts = [*hosts, "localhost", "127.0.0.1", "::1"]
    return {
        "server.address": listen.host,
        "server.port": listen.port,
        "server.baseUrlPath": listen.base_path.strip("/"),
        "server.allowedHosts": hosts,
        "server.maxUploadSize": config.limits.upload_mb,
        "server.headless": True,
        "server.enableAgentApi": False,
        "browser.gatherUsageStats": False,
        **({"browser.serverAddress": listen.hosts[0]} if listen.hosts else {}),
    }


def serve(config: ServerConfig | None, options: Mapping[str, Any]) -> None:
    """Serve the app until SIGINT or SIGTERM.

    Parameters
    ----------
    config : ServerConfig, optional
        None for the app of one user on their own machine.
    options : mapping
        Streamlit's options.
    """
    import uvicorn

    from app_pages.runs.server_queue import close_queue
    from app_pages.web.application import SCRIPT, build_application
    from app_pages.web.log import LOG, start_log
    from app_pages.web.memory import set_up_collection
    from app_pages.web.streamlit_side import apply_options, option

    set_up_collection()
    # Streamlit would collect after every run of a page, while all other sessions wait.
    apply_options({"runner.postScriptGC": False, **options})
    if config is not None:
        start_log()
    host, port = option("server.address") or "127.0.0.1", int(option("server.port"))
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    base = str(option("server.baseUrlPath") or "").strip("/")
    at = f"http://{shown}:{port}/{base}"
    # Another script than the pages is served by benchmarks only.
    script = Path(os.environ.get("QUARTERHOUR_SCRIPT", "") or SCRIPT)
    open_at = "" if option("server.headless") else at
    application = build_application(config, script=script, open_at=open_at)
    settings = uvicorn.Config(
        application,
        host=host,
        port=port,
        # The address of a request is that of its connection: whether a proxy may speak for others
        # is decided by the sign-in.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=int(option("server.maxMessageSize")) * 10**6,
        ws_per_message_deflate=bool(option("server.enableWebsocketCompression")),
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_REQUESTS_S,
    )
    # When it has stopped, uvicorn raises the signal again; to stop is no failure.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, frame: None)
    if config is None:
        print(f"\n  {at}\n", flush=True)
    LOG.info("start", extra={"fields": {"host": host, "port": port, "path": f"/{base}"}})
    server = uvicorn.Server(settings)
    server.run()
    for name in (signal.SIGINT, signal.SIGTERM):
        # A service manager tells the command and this process, and the command tells it once more.
        signal.signal(name, signal.SIG_IGN)
    if not server.started:
        raise SystemExit(1)
    left = _end_runs()
    close_queue()
    LOG.info("stop", extra={"fields": {"runs_left": left}})


def _end_runs() -> int:
    """Wait for the runs of pages that still save something; returns how many did not end."""
    end = time.monotonic() + _RUNS_S
    running = [thread for thread in all_threads() if thread.name == _RUN_THREAD]
    for thread in running:
        thread.join(max(0.0, end - time.monotonic()))
    return sum(thread.is_alive() for thread in running)


def _prepare() -> None:
    """What the server does before the first page and beside it."""
    job = compute_first_study()
    with contextlib.suppress(QuarterhourError):  # the page says what is wrong
        if job is not None:
            job.result()
    from app_pages.web.memory import settle_memory

    settle_memory()


def compute_first_study() -> SharedJob[ComputedStudy] | None:
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
        return None
    job = study_jobs.study_job(str(folder), key)
    import folium  # noqa: F401

    return job


if __name__ == "__main__":
    main()
