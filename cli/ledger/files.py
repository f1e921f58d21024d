"""Files: imported and exported lists, the closing form, backups."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.ledger.group import LEDGER, By, CaseId, opened, refuse_own, study_of, words_of
from cli.terminal import HELP, Lang, echo

__all__: list[str] = []


@LEDGER.command("backup", help=HELP("cli.help.ledger_backup"))
def back_up(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=HELP("cli.help.ledger_file"))],
    lang: Lang = None,
) -> None:
    """Copy the whole ledger into one file."""
    words = words_of(ctx, lang)
    refuse_own(ctx, file)
    with opened(ctx, create=False) as ledger:
        ledger.store.copy_to(file)
    echo(words("cli.ledger.backed_up", file=str(file.resolve())))


@LEDGER.command("restore", help=HELP("cli.help.ledger_restore"))
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=HELP("cli.help.ledger_file"))],
    by: By = "",
    lang: Lang = None,
) -> None:
    """Bring the ledger back from a backup."""
    words = words_of(ctx, lang)
    from ledger.connection import COPIES
    from ledger.ledger import login_name
    from ledger.restore import restore_ledger

    restore_ledger(study_of(ctx), file, by=by.strip() or login_name())
    copies = str((study_of(ctx) / COPIES).resolve())
    echo(words("cli.ledger.restored", file=str(file), copies=copies), sys.stderr)


@LEDGER.command("import", help=HELP("cli.help.ledger_import"))
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help=HELP("cli.help.ledger_xlsx"))],
    column_map: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.toml", help=HELP("cli.help.ledger_map"))
    ] = None,
    by: By = "",
    lang: Lang = None,
) -> None:
    """Import an office's own ledger."""
    words = words_of(ctx, lang)
    from layers.words.lines.ledger import imported_lines
    from ledger.ledger import login_name
    from ledger.office_list.column_map import read_map
    from ledger.office_list.read import read_list
    from ledger.office_list.take_in import import_cases

    listed = read_list(file, None if column_map is None else read_map(column_map))
    with opened(ctx) as ledger:
        found = import_cases(
            ledger,
            listed,
            by=by.strip() or login_name(),
            source=file.name,
            closed_note=lambda state: words("ledger.import.state_note", state=state),
        )
    for line in imported_lines(listed, found, words):
        echo(line)


@LEDGER.command("export", help=HELP("cli.help.ledger_export"))
def export_file(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help=HELP("cli.help.ledger_out"))],
    public: Annotated[bool, typer.Option("--public", help=HELP("cli.help.ledger_public"))] = False,
    lang: Lang = None,
) -> None:
    """Export the three lists."""
    words = words_of(ctx, lang)
    from geo.base.files import write_atomic
    from geo.study.load import load_study
    from layers.ledger_forms.three_lists import lists_workbook

    refuse_own(ctx, out)
    with opened(ctx, create=False) as ledger:
        cases, head = ledger.store.cases(), ledger.store.head()
    study = load_study(study_of(ctx))
    write_atomic(out, lists_workbook(cases, study, words, head=head, public=public))
    echo(words("cli.ledger.exported", file=str(out.resolve()), count=words.number(len(cases))))


@LEDGER.command("form", help=HELP("cli.help.ledger_form"))
def write_form(
    ctx: typer.Context,
    case: CaseId,
    out: Annotated[Path, typer.Argument(metavar="OUT.docx", help=HELP("cli.help.ledger_out"))],
    lang: Lang = None,
) -> None:
    """Write the application for closing a case."""
    words = words_of(ctx, lang)
    from geo.base.cache import default_cache
    from geo.base.errors import StudyError
    from geo.base.files import write_atomic
    from geo.pipeline import run as run_study
    from geo.study.load import load_study
    from layers.ledger_forms.case_maps import case_maps
    from layers.ledger_forms.closing_form import closing_form

    refuse_own(ctx, out)
    with opened(ctx, create=False) as ledger:
        found, head = ledger.store.case(case), ledger.store.head()
        points, run = ledger.store.points(case), ledger.store.run(found.run) or {}
    study = load_study(study_of(ctx))
    maps = None
    if found.layer in {layer.key for layer in study.layers} and len(points):
        try:
            analysis = run_study(study, layers=[found.layer], cache=default_cache())
            maps = case_maps(found, points, run.get("sites", ""), analysis, words)
        except StudyError:  # the form is needed all the same
            echo(words("cli.ledger.form_without_maps", folder=str(study.folder)), sys.stderr)
    write_atomic(out, closing_form(found, study, words, head=head, maps=maps))
    echo(words("cli.ledger.form", file=str(out.resolve())))


@LEDGER.command("inputs", help=HELP("cli.help.ledger_inputs"))
def unpack_period(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help=HELP("cli.help.ledger_period"))],
    out: Annotated[Path, typer.Argument(metavar="OUT_DIR", help=HELP("cli.help.ledger_unpack"))],
    lang: Lang = None,
) -> None:
    """Unpack the inputs of a locked period as a study of its own."""
    words = words_of(ctx, lang)
    from ledger.kept_inputs import period_inputs, unpack_inputs

    with opened(ctx, create=False) as ledger:
        inputs = period_inputs(ledger.store, period.strip())
    found = unpack_inputs(study_of(ctx), inputs, out)
    echo(words("cli.ledger.unpacked", period=period.strip(), folder=str(found.resolve())))
