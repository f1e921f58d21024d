"""`verify`: the figures of a document against the results of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import HELP, Lang, echo, set_language

__all__ = ["verify_file"]


def verify_file(
    ctx: typer.Context,
    report: Annotated[Path, typer.Argument(metavar="REPORT", help=HELP("cli.help.verify_file"))],
    out: Annotated[Path, typer.Argument(metavar="OUT", help=HELP("cli.help.verify_out"))],
    lang: Lang = None,
) -> None:
    """List figures that were changed by hand, are outdated, or contradict each other."""
    words = set_language(ctx, lang)
    from layers.report.verify.compare import verified_lines, verify_document

    found = verify_document(report, out)
    for line in verified_lines(found, report.name, str(out), words):
        echo(line)
    if not found.clean:
        raise typer.Exit(1)
