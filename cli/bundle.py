"""`bundle`: the folder for an installation without internet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import HELP, Lang, echo, set_language, show_progress

__all__ = ["make_bundle"]


def make_bundle(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help=HELP("cli.help.bundle_out"))],
    platform: Annotated[
        str, typer.Option(metavar="PLATFORM", help=HELP("cli.help.bundle_platform"))
    ] = "all",
    python: Annotated[
        list[str] | None, typer.Option(metavar="VERSION", help=HELP("cli.help.bundle_python"))
    ] = None,
    windows_python: Annotated[
        Path | None, typer.Option(metavar="FILE", help=HELP("cli.help.bundle_windows_python"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Write wheels, lock, start scripts, samples and guide into a new folder."""
    words = set_language(ctx, lang)
    from server.bundle.targets import targets_of
    from server.bundle.windows_python import check_windows_python
    from server.bundle.write import write_bundle

    targets = targets_of(platform, python or ())
    extra = [] if windows_python is None else [check_windows_python(windows_python, targets)]
    with show_progress(words) as progress:
        write_bundle(out, targets, extra=extra, progress=progress)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    wheels = len(list((out / "wheels").iterdir()))
    megabytes = words.number(round(size / 1e6))
    echo(words("cli.bundle.done", file=str(out), wheels=wheels, megabytes=megabytes))
