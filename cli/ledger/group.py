"""The group `ledger`: its options, and the ledger that its commands work on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import HELP, Folder, set_language
from geo.base.errors import OutputError
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from ledger.ledger import Ledger

__all__ = [
    "LEDGER",
    "AsJson",
    "By",
    "CaseId",
    "Reason",
    "Version",
    "has_ledger",
    "opened",
    "print_json",
    "refuse_own",
    "study_of",
    "words_of",
]

LEDGER = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

By = Annotated[str, typer.Option("--by", metavar="NAME", help=HELP("cli.help.ledger_by"))]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help=HELP("cli.help.ledger_reason"))
]
CaseId = Annotated[str, typer.Argument(metavar="ID", help=HELP("cli.help.ledger_id"))]
AsJson = Annotated[bool, typer.Option("--json", help=HELP("cli.help.ledger_json"))]
Version = Annotated[
    int | None, typer.Option("--version", metavar="N", help=HELP("cli.help.ledger_version"))
]


@LEDGER.callback(help=HELP("cli.help.ledger"))
def _folder(ctx: typer.Context, folder: Folder) -> None:
    """Every command of the group works on the ledger of this study."""


def study_of(ctx: typer.Context) -> Path:
    parent = ctx.parent
    return Path(parent.params["folder"]) if parent is not None else Path()


def words_of(ctx: typer.Context, lang: str | None) -> Words:
    return set_language(ctx, lang, study_of(ctx))


@contextmanager
def opened(ctx: typer.Context, *, create: bool = True) -> Iterator[Ledger]:
    """The ledger of a folder that holds a study."""
    from geo.base.errors import StudyError
    from geo.workspace.folder import STUDY_TOML
    from ledger.ledger import open_ledger

    folder = study_of(ctx)
    if not (folder / STUDY_TOML).is_file():
        raise StudyError("no_study", file=str(folder / STUDY_TOML))
    with open_ledger(folder, create=create) as ledger:
        yield ledger


def has_ledger(ctx: typer.Context) -> bool:
    from ledger.connection import DATABASE, ID_FILE

    return any((study_of(ctx) / name).exists() for name in (DATABASE, ID_FILE))


def print_json(value: object) -> None:
    # Escapes, so that no console can spoil what a script reads.
    print(json.dumps(value, ensure_ascii=True, indent=1))


def refuse_own(ctx: typer.Context, out: Path) -> None:
    """Refuse to write over a file of the study or its ledger."""
    from geo.study.load import load_study
    from ledger.connection import DATABASE, ID_FILE

    names = (DATABASE, ID_FILE, "study.toml", *load_study(study_of(ctx)).files)
    if out.resolve() in {(study_of(ctx) / name).resolve() for name in names}:
        raise OutputError("out_is_study", file=str(out))
