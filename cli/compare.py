"""`compare`: two states of a study, or two studies, against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import (
    HELP,
    Lang,
    echo,
    print_table,
    refuse_inputs,
    set_language,
    show_progress,
)

__all__ = ["compare_states"]

_STATE = "DIR[#SCENARIO]"


def compare_states(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar=_STATE, help=HELP("cli.help.compare_before"))],
    after: Annotated[str, typer.Argument(metavar=_STATE, help=HELP("cli.help.compare_after"))],
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.change_out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Print and write who gains and loses between two states, corrections apart."""
    from geo.scenarios.compare import compare, open_state, split_state

    words = set_language(ctx, lang, split_state(before)[0])
    from geo.base.cache import default_cache
    from layers.export.difference import COMPARISON_FILES, write_comparison
    from layers.words.lines.comparison import comparison_lines, comparison_rows

    with show_progress(words) as progress:
        progress.stage("read", 2)
        states = []
        for text in (before, after):
            states.append(open_state(text, cache=default_cache()))
            progress.step()
        for state in states:
            refuse_inputs(state.base, out, COMPARISON_FILES)
        found = compare(*states, layers=layer, cache=default_cache(), progress=progress)
    print_table(comparison_rows(found, states[1].study, words))
    for line in comparison_lines(found, words):
        echo(line)
    written = write_comparison(
        found, out, before=before, after=after, locale=lang or states[1].base.study.locale
    )
    echo(words("cli.run.files", count=len(written), folder=str(out.resolve())))
