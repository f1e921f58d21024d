"""`site`: proposals for new sites of a layer, with a proven bound."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from cli.terminal import (
    HELP,
    Folder,
    Lang,
    Scenario,
    echo,
    opened_study,
    print_table,
    refuse_inputs,
    set_language,
    show_progress,
)
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from geo.base.progress import Progress
    from geo.questions.explorer import Explorer
    from geo.questions.siting.proposals import Proposals
    from geo.questions.siting.question import SitingQuestion
    from geo.questions.siting.session import SitingSession
    from geo.siting.candidates import Candidates
    from geo.siting.watch import Standing, Watch
    from geo.study.model import Study
    from geo.study.section import Datum

__all__ = ["propose_sites"]


# What the command takes: one type an option, since Typer reads them from the signature.
_Layer = Annotated[str, typer.Option(metavar="KEY", help=HELP("cli.help.one_layer"))]
_Out = Annotated[Path, typer.Option("--out", help=HELP("cli.help.site_out"))]
_Method = Annotated[str, typer.Option(metavar="METHOD", help=HELP("cli.help.site_method"))]
_Sites = Annotated[int | None, typer.Option(metavar="N", help=HELP("cli.help.site_sites"))]
_Target = Annotated[float | None, typer.Option(metavar="SHARE", help=HELP("cli.help.site_target"))]
_Source = Annotated[str, typer.Option(metavar="SOURCE", help=HELP("cli.help.site_candidates"))]
_Datum = Annotated[str, typer.Option(metavar="DATUM", help=HELP("cli.help.site_datum"))]
_NotIn = Annotated[
    str | None, typer.Option("--not-in", metavar="FILE", help=HELP("cli.help.site_not_in"))
]
_Access = Annotated[float | None, typer.Option(metavar="N", help=HELP("cli.help.site_access"))]
_Close = Annotated[list[str] | None, typer.Option(metavar="SITE_ID", help=HELP("cli.help.close"))]
_Relocate = Annotated[int, typer.Option(metavar="K", help=HELP("cli.help.site_relocate"))]
_Budget = Annotated[float | None, typer.Option(metavar="B", help=HELP("cli.help.site_budget"))]
_EveryUnit = Annotated[bool, typer.Option("--every-unit", help=HELP("cli.help.site_every_unit"))]
_AtLeast = Annotated[int, typer.Option(metavar="K", help=HELP("cli.help.site_at_least"))]
_Weights = Annotated[str | None, typer.Option(metavar="BAND", help=HELP("cli.help.site_weights"))]
_Phase1 = Annotated[int, typer.Option(metavar="K", help=HELP("cli.help.site_phase1"))]
_Fast = Annotated[bool, typer.Option("--fast", help=HELP("cli.help.site_fast"))]
_Seconds = Annotated[float, typer.Option(metavar="S", help=HELP("cli.help.site_time_limit"))]
_Curve = Annotated[int, typer.Option(metavar="N", help=HELP("cli.help.site_curve"))]
_Save = Annotated[
    str | None, typer.Option("--save-scenario", metavar="NAME", help=HELP("cli.help.site_save"))
]


@dataclass(frozen=True)
class _Asked:
    """The command's options but for those of the question: where from, how long, where to."""

    folder: Path
    out: Path
    candidates: str
    datum: Datum
    closed_areas: str | None
    weights: str | None
    seconds: float
    curve: int
    save_scenario: str | None
    scenario: str | None


def propose_sites(
    ctx: typer.Context,
    folder: Folder,
    layer: _Layer,
    out: _Out,
    method: _Method = "mclp",
    sites: _Sites = None,
    target: _Target = None,
    candidates: _Source = "streets:500",
    datum: _Datum = "wgs84",
    closed_areas: _NotIn = None,
    access_minutes: _Access = None,
    close: _Close = None,
    relocate: _Relocate = 0,
    budget: _Budget = None,
    every_unit: _EveryUnit = False,
    at_least: _AtLeast = 1,
    weights: _Weights = None,
    phase1: _Phase1 = 0,
    fast: _Fast = False,
    time_limit: _Seconds = 60.0,
    curve: _Curve = 0,
    save_scenario: _Save = None,
    scenario: Scenario = None,
    lang: Lang = None,
) -> None:
    """Propose new sites of a layer and write the proposals with their proven bound."""
    words = set_language(ctx, lang, folder)
    for value, option in ((time_limit, "--time-limit"), (curve + 1, "--curve")):
        if not value > 0:
            raise typer.BadParameter(words("cli.site.positive"), param_hint=option)
    asked = _Asked(
        folder, out, candidates, _known_datum(datum, words), closed_areas, weights, time_limit,
        curve, save_scenario, scenario,
    )  # fmt: skip
    from geo.questions.siting.question import SitingQuestion

    question = SitingQuestion(
        layer=layer, method=method, sites=sites, target=target, close=tuple(close or ()),
        relocate=relocate, budget=budget, every_unit=every_unit, at_least=at_least,
        access_minutes=access_minutes, fast=fast, phase1=phase1,
    )  # fmt: skip
    _propose(asked, question, words)


def _known_datum(datum: str, words: Words) -> Datum:
    from geo.study.section import Datum

    if datum not in get_args(Datum):
        text = words("cli.site.datum", known=", ".join(get_args(Datum)))
        raise typer.BadParameter(text, param_hint="--datum")
    return cast("Datum", datum)


def _propose(asked: _Asked, question: SitingQuestion, words: Words) -> None:
    """Compute, write and print the proposals."""
    from geo.base.cache import default_cache
    from geo.pipeline import open_explorer
    from geo.questions.siting.proposals import propose
    from geo.questions.siting.question import with_weights
    from geo.questions.siting.session import SitingSession
    from geo.study.load import load_study
    from layers.export.proposals import SITING_FILES, asked_in_words, write_proposals

    known, layer = load_study(asked.folder), question.layer
    with_weights(known, layer, asked.weights)  # refused before anything is read
    refuse_inputs(known, asked.out, SITING_FILES)
    if asked.save_scenario is not None:
        _check_free(asked.folder, asked.save_scenario)
    with show_progress(words) as progress, _interruptible() as stopped:
        study, inputs = opened_study(asked.folder, asked.scenario, progress)
        study = with_weights(study, layer, asked.weights)
        explorer = open_explorer(study, cache=default_cache(), progress=progress, inputs=inputs)
        chosen = _candidates(explorer, layer, asked.candidates, asked.datum, asked.closed_areas)
        session = SitingSession(explorer, question, chosen, progress)

        def watch() -> Watch:
            return _watch(asked.seconds, words, progress, stopped)

        with _unreachable_kept(session, asked.out):
            found = propose(session, watch(), curve=asked.curve, progress=progress, new_watch=watch)
    named = asked_in_words(found, words.text(study.study.name))
    written = write_proposals(found, asked.out, question=named)
    if asked.save_scenario is not None:
        saved = _saved(found, study, asked.folder, asked.save_scenario, asked.scenario, words)
        echo(words("cli.site.saved", name=saved))
    _print(found, study, words, was_stopped=stopped())
    echo(words("cli.run.files", count=len(written), folder=str(asked.out.resolve())))


def _check_free(folder: Path, name: str) -> None:
    """Refuse a name that a scenario cannot have, before anything is computed."""
    from geo.scenarios.store import check_new_name

    check_new_name(folder, name)


def _saved(
    found: Proposals, study: Study, folder: Path, name: str, base: str | None, words: Words
) -> str:
    """Keep the proposals as a scenario of the study, after the changes of `base`; its name."""
    from geo.scenarios.proposed import scenario_of
    from geo.scenarios.store import load_scenario, save_scenario
    from layers.words.lines.siting import scenario_note

    scenario = scenario_of(
        found,
        name,
        note=scenario_note(found.summary, study, words),
        named=lambda order: words("siting.site_name", order=order),
    )
    if base is not None:
        before = load_scenario(folder, base).changes
        scenario = replace(scenario, changes=(*before, *scenario.changes))
    return save_scenario(folder, scenario).name


def _candidates(
    explorer: Explorer, key: str, source: str, datum: Datum, closed_areas: str | None
) -> Candidates:
    """The candidates that a user named, but for those in closed areas."""
    from geo.questions.siting.candidate_source import candidates_from

    return candidates_from(explorer, key, source, datum=datum, closed_areas=closed_areas)


@contextmanager
def _interruptible() -> Iterator[Any]:
    """Ctrl+C stops the solver, which keeps the best choice so far; a second one cancels."""
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        came.append(number)
        if len(came) > 1 or not solving[0]:
            raise KeyboardInterrupt

    solving = [False]

    def stopped() -> bool:
        # Asked by the solvers alone: from then on, Ctrl+C is a request to stop.
        solving[0] = True
        return bool(came)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread, which alone gets it
        yield stopped
        return
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _watch(seconds: float, words: Words, progress: Progress, stopped: Any) -> Watch:
    """The clock of a solver, with a line of objective and bound where stderr is a terminal."""
    from geo.siting.watch import Watch

    def tell(state: Standing) -> None:
        if progress.cancelled or not sys.stderr.isatty():
            return
        gap = abs(state.bound - state.objective) / max(abs(state.objective), 1e-300)
        if gap == gap:
            progress.note(
                words(
                    "cli.site.progress", gap=words.share(gap), seconds=words.number(state.seconds)
                )
            )

    return Watch(seconds, listener=tell, stopped=stopped)


@contextmanager
def _unreachable_kept(session: SitingSession, out: Path) -> Iterator[None]:
    """Write the points that nothing reaches even where the target cannot be reached."""
    from geo.base.errors import QuestionError
    from layers.export.proposals import write_unreachable

    try:
        yield
    except QuestionError as error:
        if error.code == "siting_target":
            write_unreachable(session.unreachable, out)
        raise


def _print(found: Proposals, study: Study, words: Words, *, was_stopped: bool) -> None:
    from layers.words.lines.siting import proposal_rows, siting_lines

    if was_stopped:
        echo(words("cli.site.stopped"))
    if len(found.table):
        print_table(proposal_rows(found, words))
    for line in siting_lines(found, study, words):
        echo(line)
