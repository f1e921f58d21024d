"""`report`, `maps` and `fieldcheck`: documents and maps, and the workbook of a field check."""

from __future__ import annotations

from dataclasses import replace
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
    set_language,
    show_progress,
)

__all__ = ["draw_maps", "read_back", "write_chapter"]

_Paper = Annotated[str, typer.Option(metavar="PAPER", help=HELP("cli.help.paper"))]


def write_chapter(
    ctx: typer.Context,
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.report_out"))],
    sections: Annotated[
        str | None, typer.Option(metavar="A,B", help=HELP("cli.help.sections"))
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="DOCX", help=HELP("cli.help.template"))
    ] = None,
    logo: Annotated[Path | None, typer.Option(metavar="PNG", help=HELP("cli.help.logo"))] = None,
    paper: _Paper = "a4",
    orientation: Annotated[
        str, typer.Option(metavar="WAY", help=HELP("cli.help.orientation"))
    ] = "portrait",
    by_county: Annotated[
        bool, typer.Option("--by-county", help=HELP("cli.help.by_county"))
    ] = False,
    proposals: Annotated[
        str | None, typer.Option(metavar="DIR|SCENARIO", help=HELP("cli.help.proposals"))
    ] = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Compute a study and write its report."""
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.base.errors import StudyError
    from geo.pipeline import open_explorer, run
    from geo.scenarios.proposed import read_proposed
    from geo.sensitivity.result import kept_sensitivity
    from layers.report.options import read_extra, report_kind, report_options
    from layers.report.write import write_report
    from ledger.evidence.trend import with_kept_trends
    from ledger.snapshot import read_snapshot

    # Errors in the options are reported before anything is computed.
    report_kind(out)
    options = report_options(sections, logo=read_extra(logo), paper=paper, orientation=orientation)
    office = read_extra(template)
    if proposals is not None and proposals == scenario:
        raise StudyError("proposals_applied", value=proposals)
    with show_progress(words) as progress:
        study, inputs = opened_study(folder, scenario, progress)
        if proposals is not None:
            found = read_proposed(
                study,
                proposals,
                explorer=lambda: open_explorer(study, cache=default_cache(), inputs=inputs),
                progress=progress,
            )
            options = replace(options, proposals=tuple(found))
        analysis = run(
            study,
            layers=chosen_layers(study, layer),
            cache=default_cache(),
            progress=progress,
            inputs=inputs,
        )
        ranges = kept_sensitivity(analysis, cache=default_cache())
        options = replace(options, ranges=ranges, ledger=read_snapshot(folder))
        analysis = with_kept_trends(analysis, folder)
        written = write_report(
            analysis,
            out,
            locale=words.locale,
            options=options,
            template=office,
            by_county=by_county,
            cache=default_cache(),
            progress=progress,
        )
    for path in written:
        echo(str(path))


def draw_maps(
    ctx: typer.Context,
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.maps_out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    level: Annotated[str, typer.Option(metavar="LEVEL", help=HELP("cli.help.level"))] = "",
    what: Annotated[str, typer.Option(metavar="WHAT", help=HELP("cli.help.what"))] = "share",
    classing: Annotated[str, typer.Option(metavar="WAY", help=HELP("cli.help.classing"))] = "fixed",
    paper: _Paper = "a4",
    orientation: Annotated[
        str, typer.Option(metavar="WAY", help=HELP("cli.help.orientation"))
    ] = "landscape",
    formats: Annotated[
        str, typer.Option("--format", metavar="A,B", help=HELP("cli.help.map_formats"))
    ] = "png",
    series: Annotated[bool, typer.Option("--series", help=HELP("cli.help.series"))] = False,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Compute a study and draw its maps for paper."""
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.pipeline import run
    from layers.print_map.files import map_kinds, map_options, write_maps

    kinds = map_kinds(formats)
    options = map_options(
        what=what, classing=classing, paper=paper, orientation=orientation, level=level
    )
    with show_progress(words) as progress:
        study, inputs = opened_study(folder, scenario, progress)
        analysis = run(
            study,
            layers=chosen_layers(study, layer),
            cache=default_cache(),
            progress=progress,
            inputs=inputs,
        )
        written = write_maps(
            analysis,
            out,
            options=options,
            kinds=kinds,
            series=series,
            locale=words.locale,
            cache=default_cache(),
            progress=progress,
        )
    for path in written:
        echo(str(path))


def read_back(
    ctx: typer.Context,
    workbook: Annotated[Path, typer.Argument(metavar="XLSX", help=HELP("cli.help.workbook"))],
    out: Annotated[Path | None, typer.Option("--out", help=HELP("cli.help.check_out"))] = None,
    lang: Lang = None,
) -> None:
    """Print the entries of a field check."""
    words = set_language(ctx, lang)
    from geo.base.files import write_atomic
    from layers.export.csv import csv_bytes
    from layers.export.field_check import field_check_lines, read_field_check

    found = read_field_check(workbook)
    for line in field_check_lines(found, words):
        echo(line)
    if out is not None:
        write_atomic(out, csv_bytes(found.rows))
        echo(str(out))
