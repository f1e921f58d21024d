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
import tomllib
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from geo.errors import CancelledError, OutputError, QuarterhourError
from geo.jobs import Progress, ProgressState
from layers.wording import LOCALES, Words, words_for

if TYPE_CHECKING:
    from geo.analysis import Analysis
    from geo.study import Study

__all__ = ["main"]

_HERE = Path(__file__).resolve().parent
_SAMPLES = _HERE / "data"
_SAMPLE = "wuhan"
_PLAIN_WIDTH = 120  # of tables that go into a file or a pipe


@dataclass
class _Voice:
    """The language that messages are in; a command that knows its study's may change it."""

    words: Words


def _environment_locale() -> str:
    """The language of the terminal; Chinese where it names none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            language = value.lower()
            plain = language.startswith(("zh", "c.", "posix")) or language == "c"
            return "zh-CN" if plain else "en"
    return "zh-CN"


def _asked_locale(arguments: Sequence[str]) -> str:
    """``--lang`` as it stands on the line, for the help text, before anything is parsed."""
    for number, argument in enumerate(arguments):
        value = ""
        if argument == "--lang" and number + 1 < len(arguments):
            value = arguments[number + 1]
        elif argument.startswith("--lang="):
            value = argument.removeprefix("--lang=")
        if value in LOCALES:
            return value
    return _environment_locale()


_HELP = words_for(_asked_locale(sys.argv[1:]))
_app = typer.Typer(
    help=_HELP("cli.help.app"),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_Lang = Annotated[str | None, typer.Option("--lang", help=_HELP("cli.help.lang"))]
_Paper = Annotated[str, typer.Option(metavar="PAPER", help=_HELP("cli.help.paper"))]
_Folder = Annotated[Path, typer.Argument(metavar="DIR", help=_HELP("cli.help.dir"))]


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
    voice = _Voice(words_for(_asked_locale(given)))
    try:
        _app(given, prog_name="quarterhour", obj=voice)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except QuarterhourError as error:
        if error.exit_code == 3:
            return _fault(error, voice.words)
        for line in voice.words.error(error):
            _say(line, sys.stderr)
        return error.exit_code
    except Exception as error:
        # The outermost door is the one place where everything is caught: a planner gets one line
        # and a file to send us, not a traceback. Inside, nothing unforeseen is ever swallowed.
        return _fault(error, voice.words)
    return 0


@_app.command("new", help=_HELP("cli.help.new"))
def _new(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_HELP("cli.help.dir_new"))],
    sample: Annotated[str, typer.Option(help=_HELP("cli.help.sample"))] = _SAMPLE,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang)
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
    _say(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        _say("  quarterhour " + line.format(folder))


@_app.command("check", help=_HELP("cli.help.check"))
def _check(
    ctx: typer.Context,
    folder: _Folder,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang, folder)
    from geo.cache import default_cache
    from geo.pipeline import check
    from geo.study import load_study
    from layers.export_text import input_lines, quality_lines

    study = load_study(folder)
    with _progress(words) as progress:
        quality, inputs = check(study, cache=default_cache(), progress=progress)
    for line in [*quality_lines(quality, words), "", *input_lines(inputs, words)]:
        _say(line)
    if (quality["severity"] == "error").any():
        raise typer.Exit(1)


@_app.command("run", help=_HELP("cli.help.run"))
def _run(
    ctx: typer.Context,
    folder: _Folder,
    out: Annotated[Path, typer.Option("--out", help=_HELP("cli.help.out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=_HELP("cli.help.layer"))
    ] = None,
    per_site: Annotated[bool, typer.Option("--per-site", help=_HELP("cli.help.per_site"))] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help=_HELP("cli.help.scheduler"))
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=_HELP("cli.help.workers"))
    ] = None,
    parts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=_HELP("cli.help.parts"))
    ] = None,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang, folder)
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
        _progress(words) as progress,
    ):
        analysis = run(
            study,
            layers=chosen,
            per_site=per_site,
            cache=default_cache(),
            progress=progress,
            division=division,
        )
        written = write_results(analysis, out, locale=lang, progress=progress)
    for line in parts_lines(division, words):
        _say(line, sys.stderr)
    _print_figures(analysis, words)
    for line in note_lines(analysis, words):
        _say(line)
    if len(analysis.quality):
        _say(count_line(analysis.quality, words, key="cli.run.quality"))
    _say(words("cli.run.files", count=len(written), folder=str(out.resolve())))


@_app.command("report", help=_HELP("cli.help.report"))
def _report(
    ctx: typer.Context,
    folder: _Folder,
    out: Annotated[Path, typer.Option("--out", help=_HELP("cli.help.report_out"))],
    sections: Annotated[
        str | None, typer.Option(metavar="A,B", help=_HELP("cli.help.sections"))
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=_HELP("cli.help.layer"))
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="DOCX", help=_HELP("cli.help.template"))
    ] = None,
    logo: Annotated[Path | None, typer.Option(metavar="PNG", help=_HELP("cli.help.logo"))] = None,
    paper: _Paper = "a4",
    orientation: Annotated[
        str, typer.Option(metavar="WAY", help=_HELP("cli.help.orientation"))
    ] = "portrait",
    by_county: Annotated[
        bool, typer.Option("--by-county", help=_HELP("cli.help.by_county"))
    ] = False,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang, folder)
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
    with _progress(words) as progress:
        analysis = run(study, layers=chosen, cache=default_cache(), progress=progress)
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
        _say(str(path))


@_app.command("maps", help=_HELP("cli.help.maps"))
def _maps(
    ctx: typer.Context,
    folder: _Folder,
    out: Annotated[Path, typer.Option("--out", help=_HELP("cli.help.maps_out"))],
    layer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help=_HELP("cli.help.layer"))
    ] = None,
    level: Annotated[str, typer.Option(metavar="LEVEL", help=_HELP("cli.help.level"))] = "",
    what: Annotated[str, typer.Option(metavar="WHAT", help=_HELP("cli.help.what"))] = "share",
    classing: Annotated[
        str, typer.Option(metavar="WAY", help=_HELP("cli.help.classing"))
    ] = "fixed",
    paper: _Paper = "a4",
    orientation: Annotated[
        str, typer.Option(metavar="WAY", help=_HELP("cli.help.orientation"))
    ] = "landscape",
    formats: Annotated[
        str, typer.Option("--format", metavar="A,B", help=_HELP("cli.help.map_formats"))
    ] = "png",
    series: Annotated[bool, typer.Option("--series", help=_HELP("cli.help.series"))] = False,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang, folder)
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
    with _progress(words) as progress:
        analysis = run(study, layers=chosen, cache=default_cache(), progress=progress)
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
        _say(str(path))


@_app.command("fieldcheck", help=_HELP("cli.help.fieldcheck"))
def _fieldcheck(
    ctx: typer.Context,
    workbook: Annotated[Path, typer.Argument(metavar="XLSX", help=_HELP("cli.help.workbook"))],
    out: Annotated[Path | None, typer.Option("--out", help=_HELP("cli.help.check_out"))] = None,
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang)
    from geo.atomic import write_atomic
    from layers.export_csv import csv_bytes
    from layers.field_check import field_check_lines, read_field_check

    found = read_field_check(workbook)
    for line in field_check_lines(found, words):
        _say(line)
    if out is not None:
        write_atomic(out, csv_bytes(found.rows))
        _say(str(out))


@_app.command("app", help=_HELP("cli.help.open"))
def _open(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help=_HELP("cli.help.dir"))
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help=_HELP("cli.help.port"))] = 8501,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help=_HELP("cli.help.no_browser"))
    ] = False,
    lang: _Lang = None,
) -> None:
    folder = (folder or _SAMPLES / _SAMPLE).resolve()
    words = _speak(ctx, lang, folder)
    from geo.study import load_study

    load_study(folder)  # a wrong study is told here, where the user looks
    command = [sys.executable, "-m", "streamlit", "run", str(_HERE / "app.py")]
    command += ["--server.port", str(port), "--browser.gatherUsageStats", "false"]
    command += ["--server.headless", "true" if no_browser else "false"]
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        command += ["--server.address", "127.0.0.1"]  # nobody else's machine unless asked for
    _say(words("cli.app.stop"), sys.stderr)
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


@_app.command("fetch", help=_HELP("cli.help.fetch"))
def _fetch(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help=_HELP("cli.help.place"))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_HELP("cli.help.dir_new"))],
    lang: _Lang = None,
) -> None:
    words = _speak(ctx, lang)
    # The only command that opens a connection.
    from geo.cache import default_cache
    from geo.fetch import fetch_study, servers_from_environment

    servers = servers_from_environment()
    _say(words("cli.fetch.asking", place=place), sys.stderr)
    with _progress(words) as progress:
        fetch_study(place, folder, cache=default_cache(), servers=servers, progress=progress)
    _say(words("cli.new.done", folder=str(folder)))
    for line in ("check {0}", "run {0} --out {0}-out", "app {0}"):
        _say("  quarterhour " + line.format(folder))


def _speak(ctx: typer.Context, lang: str | None, folder: Path | None = None) -> Words:
    """Settle the language: as asked for, else the study's, else the terminal's."""
    voice: _Voice = ctx.obj
    if lang is not None and lang not in LOCALES:
        text = voice.words("cli.lang_wrong", value=lang)
        raise typer.BadParameter(text, param_hint="--lang")
    voice.words = words_for(lang or _study_locale(folder) or _environment_locale())
    return voice.words


def _study_locale(folder: Path | None) -> str | None:
    """The language that study.toml names, even where the rest of it is wrong."""
    if folder is None:
        return None
    try:
        raw = tomllib.loads((folder / "study.toml").read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):  # told properly when the study is loaded
        return None
    section = raw.get("study")
    locale = section.get("locale", "zh-CN") if isinstance(section, dict) else None
    return str(locale) if locale in LOCALES else None


def _keep_inputs(study: Study, out: Path) -> None:
    """Refuse a folder where a result would take the place of one of the study's own files."""
    from layers.exports import RESULT_FILES

    inputs = {(study.folder / path).resolve() for path in study.files}
    if any((out / name).resolve() in inputs for name in RESULT_FILES):
        raise OutputError("out_is_study", file=str(out))


def _clean(text: str) -> str:
    """Without control characters: a name from a file must not steer the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if ord(sign) < 32 or 127 <= ord(sign) < 160 else sign
        for sign in text
    )


def _say(text: str, stream: TextIO | None = None) -> None:
    print(_clean(text), file=stream or sys.stdout)


def _fault(error: Exception, words: Words) -> int:
    """One line for the user, the whole traceback in a file."""
    handle, name = tempfile.mkstemp(prefix="quarterhour-", suffix=".log")
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write("".join(traceback.format_exception(error)))
    _say(words("cli.fault", kind=type(error).__name__, file=name), sys.stderr)
    return 3


@contextmanager
def _progress(words: Words) -> Iterator[Progress]:
    """Progress on stderr, with rate and remaining time; none where nobody watches."""
    try:
        if not sys.stderr.isatty():
            yield Progress()
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        rate = TextColumn("{task.fields[rate]}")
        with Bars(*columns, rate, console=Console(stderr=True), transient=True) as bars:
            tasks: dict[str, TaskID] = {}

            def listen(state: ProgressState) -> None:
                if state.stage not in tasks:
                    label = words.get(f"stage.{state.stage}", default=state.stage)
                    tasks[state.stage] = bars.add_task(label, total=None, rate="")
                bars.update(
                    tasks[state.stage],
                    completed=state.done,
                    total=state.total or None,
                    rate=_rate_text(state, words),
                )

            yield Progress(listen)
    except KeyboardInterrupt as error:
        raise CancelledError() from error


def _rate_text(state: ProgressState, words: Words) -> str:
    parts = []
    if state.rate_per_s == state.rate_per_s:
        parts.append(words("cli.progress.rate", rate=words.number(state.rate_per_s, 1)))
    if state.remaining_s == state.remaining_s:
        parts.append(words("cli.progress.remaining", seconds=words.number(state.remaining_s)))
    return "  ".join(parts)


def _print_figures(analysis: Analysis, words: Words) -> None:
    """The two shares of each layer side by side."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from layers.export_text import figure_rows

    header, *rows = figure_rows(analysis, words)
    table = Table(box=None, pad_edge=False, header_style="")
    for number, name in enumerate(header):
        table.add_column(Text(name), justify="right" if number else "left")
    for row in rows:
        # Text, not markup: a title may hold brackets.
        table.add_row(*(Text(_clean(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(file=sys.stdout, width=width, highlight=False).print(table)


if __name__ == "__main__":
    sys.exit(main())
