"""`app`: the browser app on a study."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import (
    HELP,
    ROOT,
    SAMPLE,
    SAMPLES,
    Lang,
    echo,
    set_language,
    show_progress,
)

__all__ = ["open_app", "prepare_study"]

_LOCAL_HOSTS = ("localhost", "127.0.0.1")


def open_app(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help=HELP("cli.help.port"))] = 8501,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help=HELP("cli.help.no_browser"))
    ] = False,
    lang: Lang = None,
) -> None:
    """Open the app on a study, until it is stopped."""
    folder = (folder or SAMPLES / SAMPLE).resolve()
    words = set_language(ctx, lang, folder)
    from geo.study.load import load_study

    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    if not _is_free(address, port):
        echo(words("cli.app.port_taken", port=port), sys.stderr)
        raise typer.Exit(1)
    load_study(folder)  # so that errors of the study are printed in this terminal
    command = [sys.executable, "-m", "app_pages.server", str(os.getpid())]
    command += ["run", str(ROOT / "app.py")]
    command += ["--server.port", str(port), "--browser.gatherUsageStats", "false"]
    command += ["--server.headless", "true" if no_browser else "false"]
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        command += ["--server.address", "127.0.0.1"]  # other machines only on request
        if "STREAMLIT_SERVER_ALLOWED_HOSTS" not in os.environ:
            # A page on the internet may give its own name the address of this machine (DNS
            # rebinding): its requests carry that name.
            for host in _LOCAL_HOSTS:
                command += ["--server.allowedHosts", host]
    echo(words("cli.app.stop"), sys.stderr)
    environment = {**os.environ, "QUARTERHOUR_STUDY": str(folder)}
    # A service manager ends the command by SIGTERM: like Ctrl+C, it ends the server too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # From its own folder, where .streamlit/config.toml is.
    with subprocess.Popen(command, env=environment, cwd=ROOT) as server:
        try:
            code = server.wait()
        except KeyboardInterrupt:  # the usual way to stop the app, so no error
            server.terminate()
            code = 0
    raise typer.Exit(1 if code else 0)


def prepare_study(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))] = None,
    lang: Lang = None,
) -> None:
    """Compile the engine, and compute a study so that its roads are in the cache."""
    folder = (folder or SAMPLES / SAMPLE).resolve()
    words = set_language(ctx, lang)
    started = time.monotonic()
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.siting.methods import compile_solvers
    from geo.study.load import load_study
    from layers.web_map.tiles.roads import kept_tiles
    from layers.web_map.tiles.water import kept_water_tiles

    study = load_study(folder)
    echo(words("cli.prepare.once"), sys.stderr)
    compile_solvers()
    with show_progress(words) as progress:
        explorer = open_explorer(study, cache=default_cache(), progress=progress)
        explorer.analysis(progress)
        explorer.prepare(progress=progress)
        kept_tiles(study, default_cache())
        kept_water_tiles(study, default_cache())
    seconds = words.number(round(time.monotonic() - started))
    echo(words("cli.prepare.done", seconds=seconds), sys.stderr)


def _is_free(address: str, port: int) -> bool:
    """Whether no other program listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        if os.name != "nt":  # there it would share the port with the program that has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True
