"""`new`, `check`, `run` and `fetch`: make, check and compute a study."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import (
    HELP,
    SAMPLE,
    SAMPLES,
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
from geo.base.errors import OutputError, StudyError
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from geo.base.progress import Progress
    from geo.inputs.read import Inputs
    from geo.sensitivity.result import Sensitivity
    from geo.study.model import Study

__all__ = ["check_study", "fetch_place", "new_study", "run_study"]


def new_study(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir_new"))],
    sample: Annotated[str | None, typer.Option(help=HELP("cli.help.sample"))] = None,
    empty: Annotated[bool, typer.Option("--empty", help=HELP("cli.help.empty"))] = False,
    lang: Lang = None,
) -> None:
    """Copy a bundled sample into a new folder, or make an empty study there."""
    words = set_language(ctx, lang)
    if empty:
        if sample is not None:
            raise typer.BadParameter(words("cli.sample_and_empty"), param_hint="--empty")
        _new_empty(folder, words)
        return
    sample = sample or SAMPLE
    known = sorted(path.parent.name for path in SAMPLES.glob("*/study.toml"))
    if sample not in known:
        text = words("cli.sample_wrong", value=sample, known=", ".join(known))
        raise typer.BadParameter(text, param_hint="--sample")
    try:
        _require_empty(folder)
        # Without permissions: an installed sample may be read-only, a user's study must not be.
        shutil.copytree(
            SAMPLES / sample,
            folder,
            copy_function=shutil.copyfile,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(".*", "__pycache__"),
        )
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError("copy_failed", file=str(folder), reason=reason) from error
    echo(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        echo("  quarterhour " + line.format(folder))


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError("folder_not_empty", file=str(folder))


def _new_empty(folder: Path, words: Words) -> None:
    """Workbooks to fill in, and the study.toml that names them."""
    from layers.export.empty_study import ROADS, write_empty_study

    _require_empty(folder)
    files = write_empty_study(folder, words)
    books = words("panel.and").join(path.name for path in files if path.suffix == ".xlsx")
    echo(words("cli.new.empty", folder=str(folder), files=books, roads=ROADS))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        echo("  quarterhour " + line.format(folder))


def check_study(
    ctx: typer.Context,
    folder: Folder,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Print the quality report of a study."""
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.pipeline import check
    from layers.words.lines.result import input_lines, quality_lines

    try:
        with show_progress(words) as progress:
            study, changed = opened_study(folder, scenario, progress)
            quality, inputs = check(study, cache=default_cache(), progress=progress, inputs=changed)
    except StudyError as error:
        # What was read before says row by row why nothing could be used.
        for line in quality_lines(error.findings, words) if _has_findings(error) else []:
            echo(line)
        raise
    for line in [*quality_lines(quality, words), "", *input_lines(inputs, words)]:
        echo(line)
    if (quality["severity"] == "error").any():
        raise typer.Exit(1)


def _has_findings(error: StudyError) -> bool:
    return error.findings is not None and len(error.findings) > 0


def run_study(
    ctx: typer.Context,
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    per_site: Annotated[bool, typer.Option("--per-site", help=HELP("cli.help.per_site"))] = False,
    access_table: Annotated[
        bool, typer.Option("--access-table", help=HELP("cli.help.access_table"))
    ] = False,
    access_minutes: Annotated[
        float | None, typer.Option(metavar="N", help=HELP("cli.help.access_minutes"))
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help=HELP("cli.help.run_sensitivity"))
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help=HELP("cli.help.scheduler"))
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=HELP("cli.help.workers"))
    ] = None,
    parts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=HELP("cli.help.parts"))
    ] = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Compute a study and write its results."""
    words = set_language(ctx, lang, folder)
    from geo.base.cache import default_cache
    from geo.base.files import finish_interrupted
    from geo.parts.dask_workers import divided
    from geo.pipeline import run
    from geo.study.load import load_study
    from layers.export.results import OUTPUT_FILES, write_findings, write_results
    from layers.words.lines.division import parts_lines
    from layers.words.lines.result import count_line, figure_rows, note_lines

    study = load_study(folder)
    refuse_inputs(study, out, list(OUTPUT_FILES))
    finish_interrupted(out)
    if scheduler and workers:
        raise typer.BadParameter(words("cli.scheduler_and_workers"), param_hint="--workers")
    if access_minutes is not None and not access_table:
        raise typer.BadParameter(words("cli.access_minutes_alone"), param_hint="--access-minutes")
    try:
        with (
            divided(out, scheduler=scheduler, count=workers, parts=parts) as division,
            show_progress(words) as progress,
        ):
            study, inputs = opened_study(folder, scenario, progress)
            chosen = chosen_layers(study, layer)
            ranges = None
            if sensitivity:
                ranges, inputs = _share_ranges(study, inputs, chosen, progress)
            analysis = run(
                study,
                layers=chosen,
                per_site=per_site,
                access_table=access_table,
                access_minutes=access_minutes,
                cache=default_cache(),
                progress=progress,
                division=division,
                inputs=inputs,
            )
            if ranges is not None:
                analysis = ranges.added_to(analysis)
            written = write_results(analysis, out, locale=lang, progress=progress)
    except StudyError as error:
        if _has_findings(error):
            written_to = write_findings(error.findings, out)
            echo(words("cli.run.findings", file=str(written_to)), sys.stderr)
        raise
    for line in parts_lines(division, words):
        echo(line, sys.stderr)
    print_table(figure_rows(analysis, words))
    for line in note_lines(analysis, words):
        echo(line)
    if len(analysis.quality):
        echo(count_line(analysis.quality, words, key="cli.run.quality"))
    echo(words("cli.run.files", count=len(written), folder=str(out.resolve())))


def _share_ranges(
    study: Study, inputs: Inputs | None, layers: list[str] | None, progress: Progress
) -> tuple[Sensitivity, Inputs]:
    """The range of each share, and the inputs, which are read once."""
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.sensitivity.share_range import sensitivity

    explorer = open_explorer(study, cache=default_cache(), progress=progress, inputs=inputs)
    if layers is not None:
        layers = [key for key in layers if study.layer(key).tried]
    found = sensitivity(explorer, layers=layers, cache=default_cache(), progress=progress)
    return found, explorer.inputs


def fetch_place(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help=HELP("cli.help.place"))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir_new"))],
    lang: Lang = None,
) -> None:
    """Fetch roads and boundaries of a place, where there is internet."""
    words = set_language(ctx, lang)
    # The only command that opens a connection.
    from geo.base.cache import default_cache
    from geo.workspace.fetch import fetch_study, servers_from_environment

    servers = servers_from_environment()
    echo(words("cli.fetch.asking", place=place), sys.stderr)
    with show_progress(words) as progress:
        fetch_study(place, folder, cache=default_cache(), servers=servers, progress=progress)
    echo(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        echo("  quarterhour " + line.format(folder))
