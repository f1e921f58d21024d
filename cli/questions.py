"""`what-if` and `from`: questions about a study, with answers in the terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import (
    HELP,
    Folder,
    Lang,
    Scenario,
    echo,
    opened_study,
    print_table,
    refuse_inputs,
    set_language,
    show_progress,
)
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from geo.study.model import Layer

__all__ = ["from_here", "what_if"]

_NUMBER = r"[-+]?\d+(?:\.\d*)?"
_PLACE = re.compile(rf"\s*({_NUMBER})\s*[,，]\s*({_NUMBER})\s*")


def what_if(
    ctx: typer.Context,
    folder: Folder,
    layer: Annotated[str, typer.Option(metavar="KEY", help=HELP("cli.help.one_layer"))],
    add: Annotated[
        list[str] | None, typer.Option(metavar="LON,LAT", help=HELP("cli.help.add"))
    ] = None,
    close: Annotated[
        list[str] | None, typer.Option(metavar="SITE_ID", help=HELP("cli.help.close"))
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option(metavar="SITE_ID@LON,LAT", help=HELP("cli.help.move"))
    ] = None,
    minutes: Annotated[float | None, typer.Option(help=HELP("cli.help.minutes"))] = None,
    metres: Annotated[float | None, typer.Option(help=HELP("cli.help.metres"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=HELP("cli.help.change_out"))] = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Print who gains and loses when sites are added or closed, or under another limit."""
    words = set_language(ctx, lang, folder)
    places = [_place(text, words, "--add") for text in add or ()]
    closed = tuple(close or ())
    moved = dict(_move(text, words) for text in move or ())
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.scenarios.apply import changed_study
    from geo.scenarios.store import load_scenario
    from geo.study.load import load_study
    from layers.export.difference import CHANGE_FILES, write_change
    from layers.words.lines.question import change_lines, change_rows, unit_rows

    study = load_study(folder)
    if scenario is not None:
        study = changed_study(study, load_scenario(folder, scenario))
    before = study.layer(layer)
    limit = _limit(before, minutes, metres, words)
    if not places and not closed and not moved and limit is None:
        raise typer.BadParameter(words("cli.nothing_asked"), param_hint="--add")
    if out is not None:
        refuse_inputs(study, out, CHANGE_FILES)
    with show_progress(words) as progress:
        study, inputs = opened_study(folder, scenario, progress)
        session = open_explorer(study, cache=default_cache(), progress=progress, inputs=inputs)
        # A limit alone is compared with the study's. With sites, the limit is the same before and
        # after, so that only the sites count.
        alone = not places and not closed and not moved
        earlier = before.limit.value if alone else limit
        change = session.change(
            layer, limit=limit, added=places, closed=closed, moved=moved, limit_before=earlier
        )
    after = before if limit is None else before.with_limit(limit)
    print_table(change_rows(change, study, before if alone else after, after, words))
    for line in change_lines(change, study, words):
        echo(line)
    units = unit_rows(change, study, words)
    if len(units) > 1:
        print_table(units)
    if out is not None:
        question = {
            "study": words.text(study.study.name),
            "layer": layer,
            f"{before.limit.unit}_before": earlier or before.limit.value,
            f"{before.limit.unit}_after": limit or before.limit.value,
            "added": places,
            "closed": closed,
            "moved": {site: list(place) for site, place in moved.items()},
        }
        written = write_change(change, out, question=question)
        echo(words("cli.run.files", count=len(written), folder=str(out.resolve())))


def from_here(
    ctx: typer.Context,
    folder: Folder,
    place: Annotated[str, typer.Argument(metavar="LON,LAT", help=HELP("cli.help.from_place"))],
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Print the nearest site of every layer from a place."""
    words = set_language(ctx, lang, folder)
    lon, lat = _place(place, words, "LON,LAT")
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from layers.words.lines.question import from_rows

    with show_progress(words) as progress:
        study, inputs = opened_study(folder, scenario, progress)
        explorer = open_explorer(study, cache=default_cache(), progress=progress, inputs=inputs)
        found = explorer.from_here(lon, lat)
    print_table(from_rows(found, study, words))


def _place(text: str, words: Words, hint: str) -> tuple[float, float]:
    """``114.305,30.553`` as longitude and latitude; the comma may be a Chinese one."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(words("cli.place_form", value=text), param_hint=hint)
    return float(found[1]), float(found[2])


def _move(text: str, words: Words) -> tuple[str, tuple[float, float]]:
    """``S1@114.305,30.553`` as a site and its new place."""
    site, _, place = text.rpartition("@")
    return site, _place(place, words, "--move")


def _limit(layer: Layer, minutes: float | None, metres: float | None, words: Words) -> float | None:
    """The limit from the options, in the layer's own unit."""
    given = {"minutes": minutes, "metres": metres}
    own = given.pop(layer.limit.unit)
    ((other, wrong),) = given.items()
    if wrong is not None:
        text = words("cli.limit_unit", layer=layer.key, option=f"--{layer.limit.unit}")
        raise typer.BadParameter(text, param_hint=f"--{other}")
    return own
