"""Cases: opened from gaps, listed, shown, changed, moved."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.ledger.group import (
    LEDGER,
    AsJson,
    By,
    CaseId,
    Reason,
    Version,
    has_ledger,
    opened,
    print_json,
    study_of,
    words_of,
)
from cli.terminal import HELP, Lang, echo, print_table, show_progress
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from ledger.cases import Case

__all__: list[str] = []


@LEDGER.command("open", help=HELP("cli.help.ledger_open"))
def open_cases(
    ctx: typer.Context,
    layer: Annotated[str, typer.Option("--layer", metavar="KEY", help=HELP("cli.help.one_layer"))],
    by: By,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help=HELP("cli.help.ledger_top"))
    ] = None,
    above: Annotated[
        float | None,
        typer.Option("--above", min=0, metavar="WEIGHT", help=HELP("cli.help.ledger_above")),
    ] = None,
    field_check: Annotated[
        Path | None,
        typer.Option("--field-check", metavar="FILE", help=HELP("cli.help.ledger_check")),
    ] = None,
    lang: Lang = None,
) -> None:
    """Open a case for each gap of a layer."""
    words = words_of(ctx, lang)
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.study.load import load_study
    from layers.words.lines.ledger import case_rows, gap_texts
    from ledger.evidence.open_cases import open_cases as opened_from
    from ledger.ledger import checked_name

    checked_name(by)
    study = load_study(study_of(ctx))
    study.layer(layer)
    confirmed: set[str] = set()
    rejected: set[str] = set()
    if field_check is not None:
        confirmed, rejected = _checked(field_check, layer, words)
    with opened(ctx) as ledger, show_progress(words) as progress:
        explorer = open_explorer(study, cache=default_cache(), progress=progress)
        found = opened_from(
            ledger, explorer, layer, gap_texts(study, words),
            by=by, top=top, above=above, confirmed=confirmed,
        )  # fmt: skip
        if field_check is not None:
            ledger.note_field_check(layer, confirmed, rejected, by=by, source=field_check.name)
    if found.cases:
        print_table(case_rows(found.cases, words))
    echo(words("cli.ledger.opened", count=len(found.cases), held=found.held, doubt=found.in_doubt))


def _checked(file: Path, layer: str, words: Words) -> tuple[set[str], set[str]]:
    """The demand points of a layer that a field check has confirmed, and those with wrong data."""
    from layers.export.field_check import checked_points, read_field_check

    confirmed, rejected = checked_points(read_field_check(file), layer)
    echo(words("cli.ledger.field_check", confirmed=len(confirmed), wrong=len(rejected)))
    return confirmed, rejected


@LEDGER.command("list", help=HELP("cli.help.ledger_list"))
def list_cases(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help=HELP("cli.help.ledger_state"))
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="ID", help=HELP("cli.help.ledger_unit"))
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="KEY", help=HELP("cli.help.one_layer"))
    ] = None,
    eligible: Annotated[
        bool, typer.Option("--eligible", help=HELP("cli.help.ledger_eligible"))
    ] = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help=HELP("cli.help.ledger_overdue"))
    ] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help=HELP("cli.help.ledger_conflicts"))
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """List the cases that fulfil all conditions."""
    words = words_of(ctx, lang)
    from layers.words.lines.ledger import case_rows, state_code
    from ledger.errors import LedgerError
    from ledger.states import STATES

    code = None if state is None else state_code(state, words)
    if code is not None and code not in STATES:
        raise LedgerError("ledger_state_unknown", value=code, known=", ".join(STATES))
    cases: list[Case] = []
    if has_ledger(ctx):
        with opened(ctx, create=False) as ledger:
            cases = ledger.store.cases(
                state=code,
                unit=unit,
                layer=layer,
                eligible=True if eligible else None,
                had_conflict=True if conflicts else None,
                overdue_on=date.today() if overdue else None,
            )
    if as_json:
        print_json([case.record() for case in cases])
    elif cases:
        print_table(case_rows(cases, words))
        echo(words("cli.ledger.count", count=words.number(len(cases))))
    else:
        echo(words("cli.ledger.empty"))


@LEDGER.command("show", help=HELP("cli.help.ledger_show"))
def show_case(ctx: typer.Context, case: CaseId, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show all of one case."""
    words = words_of(ctx, lang)
    from layers.words.lines.ledger import case_lines

    with opened(ctx, create=False) as ledger:
        found = ledger.store.case(case)
        points = ledger.store.points(found.id)["demand_id"].tolist()
    if as_json:
        print_json({**found.record(), "demand_ids": points})
        return
    for line in case_lines(found, words):
        echo(line)


@LEDGER.command("history", help=HELP("cli.help.ledger_history"))
def show_history(
    ctx: typer.Context, case: CaseId, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Show the history of one case."""
    words = words_of(ctx, lang)
    from layers.words.lines.ledger import history_lines

    with opened(ctx, create=False) as ledger:
        entries = ledger.store.history(ledger.store.case(case).id)
    if as_json:
        print_json(entries)
        return
    for line in history_lines(entries, words):
        echo(line)


@LEDGER.command("set", help=HELP("cli.help.ledger_set"))
def set_fields(
    ctx: typer.Context,
    case: CaseId,
    values: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE...", help=HELP("cli.help.ledger_values"))
    ],
    by: By,
    reason: Reason = "",
    version: Version = None,
    lang: Lang = None,
) -> None:
    """Set fields of a case."""
    words = words_of(ctx, lang)
    from geo.base.messages import one_line
    from ledger.errors import LedgerError

    fields: dict[str, str] = {}
    for given in values:
        name, equals, value = given.partition("=")
        if not equals:
            raise LedgerError("ledger_assignment", value=one_line(given))
        fields[name.strip()] = value
    with opened(ctx, create=False) as ledger:
        found = ledger.set_fields(case, fields, by=by, reason=reason, version=version)
    echo(words("cli.ledger.set", id=found.id, version=found.version))


@LEDGER.command("move", help=HELP("cli.help.ledger_move"))
def move_case(
    ctx: typer.Context,
    case: CaseId,
    state: Annotated[str, typer.Argument(metavar="STATE", help=HELP("cli.help.ledger_to"))],
    by: By,
    reason: Reason = "",
    version: Version = None,
    lang: Lang = None,
) -> None:
    """Move a case to another state."""
    words = words_of(ctx, lang)
    from layers.words.lines.ledger import state_code, state_name

    with opened(ctx, create=False) as ledger:
        to = state_code(state, words)
        found = ledger.move(case, to, by=by, reason=reason, version=version)
    name = state_name(found.state, words)
    echo(words("cli.ledger.moved", id=found.id, state=name, version=found.version))
