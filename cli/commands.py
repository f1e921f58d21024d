"""The commands by name, and how each of them ends.

Heavy packages are imported inside the commands, so that ``--help`` is quick.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from cli.bundle import make_bundle
from cli.compare import compare_states
from cli.interrupt import CANCELLED, Interrupts
from cli.ledger import cases, evidence, files
from cli.ledger.annexes import write_annexes
from cli.ledger.group import LEDGER
from cli.output import draw_maps, read_back, write_chapter
from cli.presets import PRESET
from cli.questions import from_here, what_if
from cli.sensitivity import share_ranges
from cli.serve import open_app, prepare_study, serve_office
from cli.siting import propose_sites
from cli.study import check_study, fetch_place, new_study, run_study
from cli.terminal import HELP, Session, echo, requested_locale
from cli.verify import verify_file
from geo.base.errors import CancelledError, MachineError, QuarterhourError
from layers.words.catalogue import Words, words_for

__all__ = ["run_command"]

# Their commands are registered when they are imported.
_OF_THE_LEDGER = (cases, evidence, files)


class _Commands(TyperGroup):
    """The commands; Ctrl+C in any of them is a `CancelledError`."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise CancelledError() from error


_app = typer.Typer(
    cls=_Commands,
    help=HELP("cli.help.app"),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_app.command("new", help=HELP("cli.help.new"))(new_study)
_app.command("check", help=HELP("cli.help.check"))(check_study)
_app.command("run", help=HELP("cli.help.run"))(run_study)
_app.command("what-if", help=HELP("cli.help.what_if"))(what_if)
# A negative longitude begins like an option.
_app.command("from", help=HELP("cli.help.from"), context_settings={"ignore_unknown_options": True})(
    from_here
)
_app.command("compare", help=HELP("cli.help.compare"))(compare_states)
_app.command("site", help=HELP("cli.help.site"))(propose_sites)
_app.command("sensitivity", help=HELP("cli.help.sensitivity"))(share_ranges)
_app.command("report", help=HELP("cli.help.report"))(write_chapter)
_app.command("verify", help=HELP("cli.help.verify"))(verify_file)
_app.command("maps", help=HELP("cli.help.maps"))(draw_maps)
_app.command("fieldcheck", help=HELP("cli.help.fieldcheck"))(read_back)
LEDGER.command("annexes", help=HELP("cli.help.annexes"))(write_annexes)
_app.add_typer(LEDGER, name="ledger")
_app.add_typer(PRESET, name="preset", help=HELP("cli.help.preset"))
_app.command("app", help=HELP("cli.help.open"))(open_app)
_app.command("serve", help=HELP("cli.help.serve"))(serve_office)
_app.command("prepare", help=HELP("cli.help.prepare"))(prepare_study)
_app.command("bundle", help=HELP("cli.help.bundle"))(make_bundle)
_app.command("fetch", help=HELP("cli.help.fetch"))(fetch_place)


def run_command(arguments: Sequence[str], interrupts: Interrupts) -> int:
    """Run the command with these arguments and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Chinese Windows console is GBK: a character it lacks must not end the run.
            stream.reconfigure(errors="replace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries' notes to programmers
    session = Session(words_for(requested_locale(arguments)))
    try:
        _app(list(arguments), prog_name="quarterhour", obj=session)
    except SystemExit as exit_:
        if interrupts.came:
            return CANCELLED
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except QuarterhourError as error:
        # An interrupted import may look like a missing package.
        if interrupts.came and not isinstance(error, CancelledError):
            return _ended(CancelledError(), session.words)
        return _ended(error, session.words)
    except MemoryError:
        return _ended(MachineError("memory_short"), session.words)
    except Exception as error:
        if interrupts.came:
            return _ended(CancelledError(), session.words)
        # Unexpected errors are caught here only: the user gets one line and a log file to report,
        # not a traceback.
        return _fault(error, session.words)
    return 0


def _ended(error: QuarterhourError, words: Words) -> int:
    if error.exit_code == 3:
        return _fault(error, words)
    for line in words.error(error):
        echo(line, sys.stderr)
    return error.exit_code


def _fault(error: Exception, words: Words) -> int:
    """One line for the user, the whole traceback in a file."""
    handle, name = tempfile.mkstemp(prefix="quarterhour-", suffix=".log")
    with open(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write("".join(traceback.format_exception(error)))
    echo(words("cli.fault", kind=type(error).__name__, file=name), sys.stderr)
    return 3
