"""Door two: the `quarterhour` command.

Exit codes: 0 done; 1 the study (or the place to write to) is wrong, one line a problem; 2 usage;
3 a fault of ours. Heavy packages are imported inside the commands, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_commands.questions import from_here, what_if
from cli_commands.voice import (
    HELP,
    Folder,
    Lang,
    Voice,
    asked_locale,
    print_table,
    progress,
    say,
    speak,
)
from geo.errors import OutputError, QuarterhourError
from layers.wording import Words, words_for

if TYPE_CHECKING:
    from geo.analysis import Analysis
    from geo.study import Study

__all__ = ["main"]

_HERE = Path(__file__).resolve().parent
_SAMPLES = _HERE / "data"
_SAMPLE = "wuhan"


_app = typer.Typer(
    help=HELP("cli.help.app"),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_Paper = Annotated[str, typer.Option(metavar="PAPER", help=HELP("cli.help.paper"))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default).

    Returns
    -------
    int
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Chinese Windows console is GBK: a character it lacks must not end the run.
            stream.reconfigure(errors="replace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries' notes to programmers
    given = list(sys.argv[1:] if arguments is None else arguments)
    voice = Voice(words_for(asked_locale(given)))
    try:
        _app(given, prog_name="quarterhour", obj=voice)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except QuarterhourError as error:
        if error.exit_code == 3:
            return _fault(error, voice.words)
        for line in voice.words.error(error):
            say(line, sys.stderr)
        return error.exit_code
    except Exception as error:
        # The outermost door is the one place where everything is caught: a planner gets one line
        # and a file to send us, not a traceback. Inside, nothing unforeseen is ever swallowed.
        return _fault(error, voice.words)
    return 0


@_app.command("new", help=HELP("cli.help.new"))
def _new(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir_new"))],
    sample: Annotated[str, typer.Option(help=HELP("cli.help.sample"))] = _SAMPLE,
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang)
    known = sorted(path.parent.name for path in _SAMPLES.glob("*/study.toml"))
    if sample not in known:
        text = words("cli.sample_wrong", value=sample, known=", ".join(known))
        raise typer.BadParameter(text, param_hint="--sample")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError("folder_not_empty", file=str(folder))
        # Contents only: an installed sample may be read-only, a user's study must not be.
        shutil.copytree(
            _SAMPLES / sample,
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
    say(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        say("  quarterhour " + line.format(folder))


@_app.command("check", help=HELP("cli.help.check"))
def _check(
    ctx: typer.Context,
    folder: Folder,
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang, folder)
    from geo.cache import default_cache
    from geo.pipeline import check
    from geo.study import load_study
    from layers.export_text import input_lines, quality_lines

    study = load_study(folder)
    with progress(words) as watched:
        quality, inputs = check(study, cache=default_cache(), progress=watched)
    for line in [*quality_lines(quality, words), "", *input_lines(inputs, words)]:
        say(line)
    if (quality["severity"] == "error").any():
        raise typer.Exit(1)


@_app.command("run", help=HELP("cli.help.run"))
def _run(
    ctx: typer.Context,
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help=HELP("cli.help.out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=HELP("cli.help.layer"))
    ] = None,
    per_site: Annotated[bool, typer.Option("--per-site", help=HELP("cli.help.per_site"))] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help=HELP("cli.help.scheduler"))
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=HELP("cli.help.workers"))
    ] = None,
    parts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=HELP("cli.help.parts"))
    ] = None,
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang, folder)
    from geo.cache import default_cache
    from geo.distributed import divided
    from geo.pipeline import run
    from geo.study import load_study
    from layers.export_parts import parts_lines
    from layers.export_text import count_line, note_lines
    from layers.exports import write_results

    study = load_study(folder)
    # Each once, in the study's own order: the same choice is the same run.
    asked = {study.layer(key).key for key in layer or ()}
    chosen = [one.key for one in study.layers if one.key in asked] or None
    _keep_inputs(study, out)
    if scheduler and workers:
        raise typer.BadParameter(words("cli.scheduler_and_workers"), param_hint="--workers")
    with (
        divided(out, scheduler=scheduler, count=workers, parts=parts) as division,
        progress(words) as watched,
    ):
        analysis = run(
            study,
            layers=chosen,
            per_site=per_site,
            cache=default_cache(),
            progress=watched,
            division=division,
        )
        written = write_results(analysis, out, locale=lang, progress=watched)
    for line in parts_lines(division, words):
        say(line, sys.stderr)
    _print_figures(analysis, words)
    for line in note_lines(analysis, words):
        say(line)
    if len(analysis.quality):
        say(count_line(analysis.quality, words, key="cli.run.quality"))
    say(words("cli.run.files", count=len(written), folder=str(out.resolve())))


_app.command("what-if", help=HELP("cli.help.what_if"))(what_if)
# A longitude in the western hemisphere begins like an option.
_app.command("from", help=HELP("cli.help.from"), context_settings={"ignore_unknown_options": True})(
    from_here
)


@_app.command("report", help=HELP("cli.help.report"))
def _report(
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
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang, folder)
    from geo.cache import default_cache
    from geo.pipeline import run
    from geo.study import load_study
    from layers.reports import read_extra, report_kind, report_options, write_report

    # What is wrong with the request is told before anything is computed.
    report_kind(out)
    options = report_options(sections, logo=read_extra(logo), paper=paper, orientation=orientation)
    office = read_extra(template)
    study = load_study(folder)
    asked = {study.layer(key).key for key in layer or ()}
    chosen = [one.key for one in study.layers if one.key in asked] or None
    with progress(words) as watched:
        analysis = run(study, layers=chosen, cache=default_cache(), progress=watched)
        written = write_report(
            analysis,
            out,
            locale=words.locale,
            options=options,
            template=office,
            by_county=by_county,
            cache=default_cache(),
            progress=watched,
        )
    for path in written:
        say(str(path))


@_app.command("maps", help=HELP("cli.help.maps"))
def _maps(
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
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang, folder)
    from geo.cache import default_cache
    from geo.pipeline import run
    from geo.study import load_study
    from layers.map_files import map_kinds, map_options, write_maps

    kinds = map_kinds(formats)
    options = map_options(
        what=what, classing=classing, paper=paper, orientation=orientation, level=level
    )
    study = load_study(folder)
    asked = {study.layer(key).key for key in layer or ()}
    chosen = [one.key for one in study.layers if one.key in asked] or None
    with progress(words) as watched:
        analysis = run(study, layers=chosen, cache=default_cache(), progress=watched)
        written = write_maps(
            analysis,
            out,
            options=options,
            kinds=kinds,
            series=series,
            locale=words.locale,
            cache=default_cache(),
            progress=watched,
        )
    for path in written:
        say(str(path))


@_app.command("fieldcheck", help=HELP("cli.help.fieldcheck"))
def _fieldcheck(
    ctx: typer.Context,
    workbook: Annotated[Path, typer.Argument(metavar="XLSX", help=HELP("cli.help.workbook"))],
    out: Annotated[Path | None, typer.Option("--out", help=HELP("cli.help.check_out"))] = None,
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang)
    from geo.atomic import write_atomic
    from layers.export_csv import csv_bytes
    from layers.field_check import field_check_lines, read_field_check

    found = read_field_check(workbook)
    for line in field_check_lines(found, words):
        say(line)
    if out is not None:
        write_atomic(out, csv_bytes(found.rows))
        say(str(out))


@_app.command("app", help=HELP("cli.help.open"))
def _open(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help=HELP("cli.help.port"))] = 8501,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help=HELP("cli.help.no_browser"))
    ] = False,
    lang: Lang = None,
) -> None:
    folder = (folder or _SAMPLES / _SAMPLE).resolve()
    words = speak(ctx, lang, folder)
    from geo.study import load_study

    load_study(folder)  # a wrong study is told here, where the user looks
    command = [sys.executable, "-m", "streamlit", "run", str(_HERE / "app.py")]
    command += ["--server.port", str(port), "--browser.gatherUsageStats", "false"]
    command += ["--server.headless", "true" if no_browser else "false"]
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        command += ["--server.address", "127.0.0.1"]  # nobody else's machine unless asked for
    say(words("cli.app.stop"), sys.stderr)
    environment = {**os.environ, "QUARTERHOUR_STUDY": str(folder)}
    # Asked to end by a service manager, it ends like on Ctrl+C: with its server.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # From its own folder, where .streamlit/config.toml is.
    with subprocess.Popen(command, env=environment, cwd=_HERE) as server:
        try:
            code = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            code = 0
    raise typer.Exit(1 if code else 0)


@_app.command("fetch", help=HELP("cli.help.fetch"))
def _fetch(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help=HELP("cli.help.place"))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir_new"))],
    lang: Lang = None,
) -> None:
    words = speak(ctx, lang)
    # The only command that opens a connection.
    from geo.cache import default_cache
    from geo.fetch import fetch_study, servers_from_environment

    servers = servers_from_environment()
    say(words("cli.fetch.asking", place=place), sys.stderr)
    with progress(words) as watched:
        fetch_study(place, folder, cache=default_cache(), servers=servers, progress=watched)
    say(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        say("  quarterhour " + line.format(folder))


def _keep_inputs(study: Study, out: Path) -> None:
    """Refuse a folder where a result would take the place of one of the study's own files."""
    from layers.exports import RESULT_FILES

    inputs = {(study.folder / path).resolve() for path in study.files}
    if any((out / name).resolve() in inputs for name in RESULT_FILES):
        raise OutputError("out_is_study", file=str(out))


def _fault(error: Exception, words: Words) -> int:
    """One line for the user, the whole traceback in a file."""
    handle, name = tempfile.mkstemp(prefix="quarterhour-", suffix=".log")
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write("".join(traceback.format_exception(error)))
    say(words("cli.fault", kind=type(error).__name__, file=name), sys.stderr)
    return 3


def _print_figures(analysis: Analysis, words: Words) -> None:
    """The two shares of each layer side by side."""
    from layers.export_text import figure_rows

    print_table(figure_rows(analysis, words))


if __name__ == "__main__":
    sys.exit(main())
