"""`app`: the browser app on a study; `serve`: the app for an office."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import (
    HELP,
    SAMPLE,
    SAMPLES,
    Lang,
    echo,
    set_language,
    show_progress,
)
from server.bundle.project_files import PROJECT_FILES

__all__ = ["open_app", "prepare_study", "serve_office"]

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
    options = [f"server.port={port}", f"server.headless={'true' if no_browser else 'false'}"]
    options += ["browser.gatherUsageStats=false"]
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        options += ["server.address=127.0.0.1"]  # other machines only on request
        if "STREAMLIT_SERVER_ALLOWED_HOSTS" not in os.environ:
            # A page on the internet may give its own name the address of this machine (DNS
            # rebinding): its requests carry that name.
            options += [f"server.allowedHosts={','.join(_LOCAL_HOSTS)}"]
    echo(words("cli.app.stop"), sys.stderr)
    environment = {**os.environ, "QUARTERHOUR_STUDY": str(folder)}
    environment.pop("QUARTERHOUR_SERVER", None)
    raise typer.Exit(_run_server(options, environment))


def serve_office(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", metavar="FILE", help=HELP("cli.help.config"))
    ] = Path("server.toml"),
    lang: Lang = None,
) -> None:
    """Serve the app to an office, as server.toml says, until it is stopped."""
    words = set_language(ctx, lang)
    from server.config import load_config
    from server.start import check_start

    settings = load_config(config)
    check_start(settings, config.name)
    listen = settings.listen
    if not _is_free(listen.host, listen.port):
        echo(words("cli.serve.port_taken", port=listen.port, file=config.name), sys.stderr)
        raise typer.Exit(1)
    environment = {
        **os.environ,
        "QUARTERHOUR_SERVER": str(config.resolve()),
        "QUARTERHOUR_STUDIES": str(settings.path(settings.studies)),
    }
    raise typer.Exit(_run_server([], environment))


def _run_server(options: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the server until it ends or this command is told to end; the exit code of the command."""
    command = [sys.executable, "-m", "app_pages.server", str(os.getpid()), *options]
    # A service manager ends the command by SIGTERM: like Ctrl+C, it ends the server too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # From the folder where .streamlit/config.toml is.
    with subprocess.Popen(command, env=dict(environment), cwd=PROJECT_FILES) as server:
        try:
            code = server.wait()
        except KeyboardInterrupt:  # the usual way to stop the app, so no error
            server.terminate()
            server.wait()
            code = 0
    return 1 if code else 0


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
    from geo.capacity.assignment import compile_assignment
    from geo.pipeline import open_explorer
    from geo.siting.methods import compile_solvers
    from geo.study.load import load_study
    from layers.web_map.tiles.roads import kept_tiles
    from layers.web_map.tiles.water import kept_water_tiles

    study = load_study(folder)
    echo(words("cli.prepare.once"), sys.stderr)
    compile_solvers()
    compile_assignment()
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
