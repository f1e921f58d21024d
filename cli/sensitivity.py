"""`sensitivity`: the range of each layer's share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import (
    HELP,
    Folder,
    Lang,
    Scenario,
    chosen_layers,
    echo,
    opened_study,
    print_table,
    refuse_inputs,
    set_language,
    show_progress,
)

__all__ = ["share_ranges"]


def share_ranges(
    ctx: typer.Context,
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.sensitivity_out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help=HELP("cli.help.draws"))] = 20,
    seed: Annotated[int, typer.Option(metavar="S", help=HELP("cli.help.seed"))] = 0,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Print and write how far each share moves when one assumption at a time changes."""
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.sensitivity.share_range import check_draws, sensitivity
    from geo.study.load import load_study
    from layers.export.sensitivity.files import SENSITIVITY_FILES, write_sensitivity
    from layers.words.lines.sensitivity import range_rows, sensitivity_lines

    check_draws(draws)
    refuse_inputs(load_study(folder), out, SENSITIVITY_FILES)
    with show_progress(words) as progress:
        study, inputs = opened_study(folder, scenario, progress)
        chosen = chosen_layers(study, layer)
        explorer = open_explorer(study, cache=default_cache(), progress=progress, inputs=inputs)
        found = sensitivity(
            explorer,
            layers=chosen,
            draws=draws,
            seed=seed,
            cache=default_cache(),
            progress=progress,
        )
    print_table(range_rows(found, study, words))
    for line in sensitivity_lines(found, words):
        echo(line)
    written = write_sensitivity(found, study, out)
    echo(words("cli.run.files", count=len(written), folder=str(out.resolve())))
