"""Parts that all commands share: language, progress, tables, checks of arguments."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from geo.base.errors import OutputError
from geo.base.file_names import TURNING
from geo.base.progress import Progress, ProgressState
from geo.study.languages import DEFAULT_LOCALE
from layers.words.catalogue import LOCALES, Words, words_for
from layers.words.languages import environment_locale
from server.bundle.project_files import PROJECT_FILES

if TYPE_CHECKING:
    from geo.inputs.read import Inputs
    from geo.study.model import Study

__all__ = [
    "HELP",
    "SAMPLE",
    "SAMPLES",
    "Folder",
    "Lang",
    "Scenario",
    "Session",
    "chosen_layers",
    "clean",
    "echo",
    "opened_study",
    "print_table",
    "rate_text",
    "refuse_inputs",
    "requested_locale",
    "set_language",
    "show_progress",
]

SAMPLES = PROJECT_FILES / "data"
SAMPLE = "wuhan"
_PLAIN_WIDTH = 120  # of tables that go into a file or a pipe


@dataclass
class Session:
    """The language of messages. A command changes it to the language of its study."""

    words: Words


def _environment_locale() -> str:
    """The language of the terminal; Chinese if it sets none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return environment_locale(value)
    return DEFAULT_LOCALE


def requested_locale(arguments: Sequence[str]) -> str:
    """The language of ``--lang``, needed for the help text before arguments are parsed."""
    for number, argument in enumerate(arguments):
        value = ""
        if argument == "--lang" and number + 1 < len(arguments):
            value = arguments[number + 1]
        elif argument.startswith("--lang="):
            value = argument.removeprefix("--lang=")
        if value in LOCALES:
            return value
    return _environment_locale()


HELP = words_for(requested_locale(sys.argv[1:]))
Lang = Annotated[str | None, typer.Option("--lang", help=HELP("cli.help.lang"))]
Scenario = Annotated[
    str | None, typer.Option("--scenario", metavar="NAME", help=HELP("cli.help.scenario"))
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))]


def set_language(ctx: typer.Context, lang: str | None, folder: Path | None = None) -> Words:
    """Set the language: that of ``--lang``, else the study's, else the terminal's."""
    session: Session = ctx.obj
    if lang is not None and lang not in LOCALES:
        text = session.words("cli.lang_wrong", value=lang)
        raise typer.BadParameter(text, param_hint="--lang")
    session.words = words_for(lang or _study_locale(folder) or _environment_locale())
    return session.words


def _study_locale(folder: Path | None) -> str | None:
    """The language in study.toml, even if the rest of it has errors."""
    if folder is None:
        return None
    try:
        raw = tomllib.loads((folder / "study.toml").read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):  # reported when the study is loaded
        return None
    section = raw.get("study")
    locale = section.get("locale", DEFAULT_LOCALE) if isinstance(section, dict) else None
    return str(locale) if locale in LOCALES else None


def clean(text: str) -> str:
    """Without control characters, so that names from files cannot control the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if ord(sign) < 32 or 127 <= ord(sign) < 160 or ord(sign) in TURNING
        else sign
        for sign in text
    )


def echo(text: str, stream: TextIO | None = None) -> None:
    """Print a line without control characters."""
    print(clean(text), file=stream or sys.stdout)


@contextmanager
def show_progress(words: Words) -> Iterator[Progress]:
    """Progress on stderr with rate and remaining time, if stderr is a terminal."""
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
                rate=rate_text(state, words),
            )

        yield Progress(listen)


def rate_text(state: ProgressState, words: Words) -> str:
    """Rate and remaining time, as far as they are known, or the note of the work."""
    if state.note:
        return state.note
    parts = []
    if state.rate_per_s == state.rate_per_s:
        parts.append(words("cli.progress.rate", rate=words.number(state.rate_per_s, 1)))
    if state.remaining_s == state.remaining_s:
        parts.append(words("cli.progress.remaining", seconds=words.number(state.remaining_s)))
    return "  ".join(parts)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """A header and rows: the first column to the left, the others to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    header, *body = rows
    table = Table(box=None, pad_edge=False, header_style="")
    for number, name in enumerate(header):
        table.add_column(Text(name), justify="right" if number else "left")
    for row in body:
        # Text, not markup: a title may hold brackets.
        table.add_row(*(Text(clean(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def opened_study(
    folder: Path, scenario: str | None, progress: Progress
) -> tuple[Study, Inputs | None]:
    """The study of a folder, and its inputs where a scenario changes it (``--scenario``)."""
    from geo.base.cache import default_cache
    from geo.study.load import load_study

    study = load_study(folder)
    if scenario is None:
        return study, None
    from geo.scenarios.apply import open_scenario

    progress.stage("read")
    return open_scenario(study, scenario, cache=default_cache())


def chosen_layers(study: Study, keys: Sequence[str] | None) -> list[str] | None:
    """The layers of ``--layer``, each once and in the order of the study; None for all.

    So the order in which they are typed does not change the run.
    """
    chosen = {study.layer(key).key for key in keys or ()}
    return [layer.key for layer in study.layers if layer.key in chosen] or None


def refuse_inputs(study: Study, out: Path, names: Sequence[str]) -> None:
    """Refuse a folder where a result would replace one of the study's own files.

    Raises
    ------
    OutputError
        ``out_is_study``.
    """
    inputs = {(study.folder / path).resolve() for path in study.files}
    if any((out / name).resolve() in inputs for name in names):
        raise OutputError("out_is_study", file=str(out))
