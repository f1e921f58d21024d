"""Evidence: recomputation, signatures, locked periods, the hash chain."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.ledger.group import LEDGER, By, CaseId, opened, study_of, words_of
from cli.terminal import HELP, Lang, echo, show_progress

__all__: list[str] = []


@LEDGER.command("verify", help=HELP("cli.help.ledger_verify"))
def verify_cases(
    ctx: typer.Context,
    by: By = "",
    roads_built: Annotated[
        bool, typer.Option("--roads-built", help=HELP("cli.help.ledger_built"))
    ] = False,
    lang: Lang = None,
) -> None:
    """Recompute all cases and print what became eligible, fell back or reopened."""
    words = words_of(ctx, lang)
    from functools import partial

    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.study.load import load_study
    from layers.words.lines.ledger import share_text, verified_lines
    from ledger.evidence.parameters import inputs_hash
    from ledger.evidence.verify import verify
    from ledger.ledger import login_name

    study = load_study(study_of(ctx))
    with opened(ctx, create=False) as ledger, show_progress(words) as progress:
        inputs = inputs_hash(study)
        found = verify(
            ledger,
            open_explorer(study, cache=default_cache(), progress=progress),
            partial(share_text, words),
            by=by.strip() or login_name(),
            roads_built=roads_built,
            inputs=inputs,
            progress=progress,
        )
        period, _ = ledger.store.period()
        cases = {case.id: case for case in ledger.store.cases()}
    if period:
        echo(words("cli.ledger.period", period=period))
    for line in verified_lines(found, cases, words):
        echo(line)


@LEDGER.command("sign", help=HELP("cli.help.ledger_sign"))
def sign_case(ctx: typer.Context, case: CaseId, by: By, lang: Lang = None) -> None:
    """Sign and close an eligible case."""
    words = words_of(ctx, lang)
    from geo.study.load import load_study
    from ledger.evidence.parameters import inputs_hash

    with opened(ctx, create=False) as ledger:
        found = ledger.sign(case, by=by, inputs=inputs_hash(load_study(study_of(ctx))))
    echo(words("cli.ledger.signed", id=found.id, name=by.strip()))


@LEDGER.command("signers", help=HELP("cli.help.ledger_signers"))
def list_signers(
    ctx: typer.Context,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="NAME", help=HELP("cli.help.ledger_signer_add")),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="NAME", help=HELP("cli.help.ledger_signer_remove")),
    ] = None,
    by: By = "",
    lang: Lang = None,
) -> None:
    """Register people who sign, or strike them off, and list who is registered."""
    words = words_of(ctx, lang)
    from ledger.ledger import login_name

    author = by.strip() or login_name()
    with opened(ctx, create=False) as ledger:
        for name in add or []:
            ledger.grant_signature(name, by=author)
        for name in remove or []:
            ledger.grant_signature(name, by=author, may_sign=False)
        names = sorted(ledger.store.signers())
    for line in names or [words("cli.ledger.no_signers")]:
        echo(line)


@LEDGER.command("kinds", help=HELP("cli.help.ledger_kinds"))
def set_kinds(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help=HELP("cli.help.ledger_kinds_name"))
    ] = "",
    by: By = "",
    lang: Lang = None,
) -> None:
    """Choose which kinds of remedy the form of a case offers, or list them."""
    words = words_of(ctx, lang)
    from ledger.ledger import login_name
    from ledger.office_list.kinds import KINDS, choose_kinds, chosen_kinds

    with opened(ctx, create=False) as ledger:
        if name:
            choose_kinds(ledger, name, by=by.strip() or login_name())
        chosen = chosen_kinds(ledger)
    for known, codes in KINDS.items():
        kinds = words("lead.places_join").join(words(f"cases.kind.{code}") for code in codes)
        echo(f"{'*' if known == chosen else ' '} {known}: {kinds}")


@LEDGER.command("lock", help=HELP("cli.help.ledger_lock"))
def lock_period(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help=HELP("cli.help.ledger_period"))],
    by: By = "",
    lang: Lang = None,
) -> None:
    """Lock the parameters of a reporting period."""
    words = words_of(ctx, lang)
    from geo.study.load import load_study
    from ledger.evidence.parameters import locked_parameters, parameters_text
    from ledger.kept_inputs import keep_inputs
    from ledger.ledger import login_name

    study = load_study(study_of(ctx))
    parameters = parameters_text(locked_parameters(study))
    with opened(ctx) as ledger:
        inputs = keep_inputs(study)
        ledger.lock(period, parameters, by=by.strip() or login_name(), inputs=inputs)
    echo(words("cli.ledger.locked", period=period.strip()))


@LEDGER.command("verify-chain", help=HELP("cli.help.ledger_chain"))
def verify_chain(
    ctx: typer.Context,
    head: Annotated[
        str | None, typer.Option("--head", metavar="HASH", help=HELP("cli.help.ledger_head"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Check the hash chain of the history."""
    words = words_of(ctx, lang)
    from geo.base.messages import one_line
    from ledger.errors import LedgerError

    known = None if head is None else head.strip().lower()
    with opened(ctx, create=False) as ledger:
        found = ledger.store.check_chain(known)
        path = ledger.store.path
    if not found.knows_head and found.broken == found.entries + 1:
        raise LedgerError(
            "ledger_head_unknown",
            entries=found.entries, head=one_line(known or ""), number=found.broken,
        )  # fmt: skip
    if found.broken is not None:
        raise LedgerError("ledger_chain_broken", number=found.broken, file=str(path))
    echo(words("cli.ledger.chain", entries=found.entries, head=found.head))
