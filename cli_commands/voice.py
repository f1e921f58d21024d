"""What every command shares: its language, its words, its progress and its tables."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from geo.errors import CancelledError
from geo.jobs import Progress, ProgressState
from layers.wording import LOCALES, Words, words_for

__all__ = [
    "HELP",
    "Folder",
    "Lang",
    "Voice",
    "asked_locale",
    "clean",
    "print_table",
    "progress",
    "rate_text",
    "say",
    "speak",
]

_PLAIN_WIDTH = 120  # of tables that go into a file or a pipe


@dataclass
class Voice:
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


def asked_locale(arguments: Sequence[str]) -> str:
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


HELP = words_for(asked_locale(sys.argv[1:]))
Lang = Annotated[str | None, typer.Option("--lang", help=HELP("cli.help.lang"))]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))]


def speak(ctx: typer.Context, lang: str | None, folder: Path | None = None) -> Words:
    """Settle the language: as asked for, else the study's, else the terminal's."""
    voice: Voice = ctx.obj
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


def clean(text: str) -> str:
    """Without control characters: a name from a file must not steer the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if ord(sign) < 32 or 127 <= ord(sign) < 160 else sign
        for sign in text
    )


def say(text: str, stream: TextIO | None = None) -> None:
    print(clean(text), file=stream or sys.stdout)


@contextmanager
def progress(words: Words) -> Iterator[Progress]:
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
                    rate=rate_text(state, words),
                )

            yield Progress(listen)
    except KeyboardInterrupt as error:
        raise CancelledError() from error


def rate_text(state: ProgressState, words: Words) -> str:
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
