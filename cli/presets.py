"""`preset`: list, show, write the form of, and add presets and bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import HELP, Lang, echo, set_language
from geo.base.errors import StudyError
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from geo.study.presets import Bundle, Preset

__all__ = ["PRESET"]

PRESET = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Key = Annotated[str, typer.Argument(metavar="KEY", help=HELP("cli.help.preset_key"))]


@PRESET.command("list", help=HELP("cli.help.preset_list"))
def list_presets(ctx: typer.Context, lang: Lang = None) -> None:
    """Print all presets and bundles."""
    words = set_language(ctx, lang)
    from layers.words.programmes.presets import bundle_lines, list_lines

    for line in [*list_lines(words), "", *bundle_lines(words)]:
        echo(line)


@PRESET.command("show", help=HELP("cli.help.preset_show"))
def show_preset(ctx: typer.Context, key: Key, lang: Lang = None) -> None:
    """Print one preset or bundle."""
    words = set_language(ctx, lang)
    from geo.workspace.from_preset.add import preset_or_bundle
    from layers.words.programmes.presets import preset_lines

    for line in preset_lines(preset_or_bundle(key), words):
        echo(line)


@PRESET.command("template", help=HELP("cli.help.preset_template"))
def write_template(
    ctx: typer.Context,
    key: Key,
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=HELP("cli.help.preset_out"))],
    lang: Lang = None,
) -> None:
    """Write the Excel form of a preset."""
    words = set_language(ctx, lang)
    from geo.base.files import write_atomic
    from geo.study.presets import Bundle
    from geo.workspace.folder import system_errors
    from geo.workspace.from_preset.add import preset_or_bundle
    from layers.export.office_workbook.preset_template import preset_template

    found = preset_or_bundle(key)
    if isinstance(found, Bundle):
        raise StudyError("preset_template_for", value=key, known=", ".join(found.presets))
    with system_errors(out):
        write_atomic(out, preset_template(found, words))
    echo(words("preset.template_done", file=str(out)))


@PRESET.command("add", help=HELP("cli.help.preset_add"))
def add_preset(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="KEY", help=HELP("cli.help.preset_key"))],
    second: Annotated[str, typer.Argument(metavar="DIR", help=HELP("cli.help.dir"))],
    path: Annotated[
        Path | None, typer.Option(metavar="FILE", help=HELP("cli.help.preset_path"))
    ] = None,
    osm: Annotated[bool, typer.Option("--osm", help=HELP("cli.help.preset_osm"))] = False,
    minutes: Annotated[
        float | None, typer.Option(metavar="N", help=HELP("cli.help.preset_minutes"))
    ] = None,
    metres: Annotated[
        float | None, typer.Option(metavar="N", help=HELP("cli.help.preset_metres"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Add a preset or a bundle to a study. The folder may also come first."""
    from geo.study.presets import Bundle
    from geo.workspace.from_preset.add import add_list, add_presets, preset_or_bundle
    from layers.words.programmes.presets import added_lines

    key, folder = _ordered(first, second)
    words = set_language(ctx, lang, folder)
    if minutes is not None and metres is not None:
        raise typer.BadParameter(words("cli.preset_two_limits"), param_hint="--metres")
    found = preset_or_bundle(key)
    limit = {
        name: value
        for name, value in (("minutes", minutes), ("metres", metres))
        if value is not None
    }
    if path is not None:
        if isinstance(found, Bundle):
            raise StudyError("preset_path_bundle", value=key)
        added = [add_list(folder, found, _existing(path, words), limit=limit)]
    else:
        wanted = _presets_of(found)
        added = add_presets(folder, wanted, limit=limit, osm=osm, title=words.text(found.title))
    for line in added_lines(added, words):
        echo(line)
    if all(one.state == "no_limit" for one in added):
        raise typer.Exit(1)


def _ordered(first: str, second: str) -> tuple[str, Path]:
    """The key and the folder, in whichever order they are given."""
    from geo.study.load import DRAFT_TOML
    from geo.study.presets import bundles, presets
    from geo.workspace.folder import STUDY_TOML

    known = {*presets(), *bundles()}
    is_study = any((Path(first) / name).is_file() for name in (STUDY_TOML, DRAFT_TOML))
    if (is_study and second in known) or (first not in known and second in known):
        return second, Path(first)
    return first, Path(second)


def _presets_of(found: Preset | Bundle) -> list[Preset]:
    from geo.study.presets import Preset, presets

    return [found] if isinstance(found, Preset) else [presets()[key] for key in found.presets]


def _existing(path: Path, words: Words) -> Path:
    if not path.is_file():
        raise typer.BadParameter(words("cli.no_file", file=str(path)), param_hint="--path")
    return path
