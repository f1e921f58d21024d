"""`ledger DIR annexes`: the six annexes of a 城市体检 as one workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import HELP, Lang, echo, refuse_inputs, set_language, show_progress

__all__ = ["write_annexes"]


def write_annexes(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=HELP("cli.help.annexes_out"))],
    lang: Lang = None,
) -> None:
    """Compute the study and write the annexes with its ledger."""
    folder = Path(ctx.parent.params["folder"]) if ctx.parent is not None else Path()
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.base.files import write_atomic
    from geo.pipeline import run
    from geo.study.load import load_study
    from layers.ledger_forms.annexes import annexes_workbook
    from ledger.snapshot import read_snapshot

    study = load_study(folder)
    refuse_inputs(study, out.parent, [out.name])
    found = read_snapshot(folder)
    with show_progress(words) as progress:
        analysis = run(study, cache=default_cache(), progress=progress)
    write_atomic(out, annexes_workbook(analysis, found, words))
    count = len(found.cases) if found is not None else 0
    echo(words("cli.annexes.written", file=str(out.resolve()), count=words.number(count)))
