"""The errors of the project: each has a code and parameters, from which both languages are worded.

The texts of the codes are in the wording catalogues (`layers/words/locale`). The code says what is
wrong; the parameters say where (file, row, field) and what can be done.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CancelledError",
    "MachineError",
    "OutputError",
    "QuarterhourError",
    "QuestionError",
    "StudyError",
]


class QuarterhourError(Exception):
    """Base of all errors that the project raises on purpose.

    Parameters
    ----------
    code : str
        Key of the message in the wording catalogues, without its leading ``error.``.
    **params : Any
        Values for the message's placeholders (``file``, ``row``, ``field``, ...).

    Examples
    --------
    >>> import geo
    >>> try:
    ...     geo.load_study("nowhere")
    ... except geo.QuarterhourError as error:
    ...     print(error.code, error.exit_code)
    no_study 1
    """

    exit_code = 3

    def __init__(self, code: str, /, **params: Any) -> None:
        self.code = code
        self.params = params
        details = ", ".join(f"{key}={value!r}" for key, value in params.items())
        super().__init__(f"{code}({details})")

    def __reduce__(self) -> tuple[Any, ...]:
        # The default pickling of exceptions would lose the keyword parameters. What was set later,
        # such as further problems, follows.
        return (_rebuild, (type(self), self.code, self.params), dict(self.__dict__))


def _rebuild(kind: type[QuarterhourError], code: str, params: dict[str, Any]) -> QuarterhourError:
    return kind(code, **params)


class StudyError(QuarterhourError, ValueError):
    """The study is wrong, and the user can correct it (exit code 1).

    `others` holds the further problems found in the same pass, so that a user sees all of them at
    once. `findings` holds the quality report as far as the study was read, a DataFrame, else None.

    Examples
    --------
    >>> import geo
    >>> study = geo.load_study("mystudy")
    >>> try:
    ...     geo.run(study, layers=["canteen"])
    ... except geo.StudyError as error:
    ...     print(error.code, error.params["known"])
    layer_unknown station, station_ebike, parking
    """

    exit_code = 1
    others: tuple[StudyError, ...] = ()
    findings: Any = None

    @classmethod
    def of(cls, problems: list[StudyError]) -> StudyError:
        """Join problems found in one pass into one error to raise; `problems` is not empty."""
        first = problems[0]
        first.others = tuple(problems[1:])
        return first


class OutputError(QuarterhourError, OSError):
    """A result could not be written (a file held open by Excel, a full disk): exit code 1."""

    exit_code = 1


class MachineError(QuarterhourError, RuntimeError):
    """The machine has too little of what the work needs, memory above all: exit code 1."""

    exit_code = 1


class CancelledError(QuarterhourError):
    """The user stopped the work: exit code 130, as for Ctrl+C in a shell.

    Nothing was written, but for ``cancelled_late``, where everything was.
    """

    exit_code = 130

    def __init__(self, code: str = "cancelled", /, **params: Any) -> None:
        super().__init__(code, **params)


class QuestionError(QuarterhourError, ValueError):
    """A question with a wrong limit, place or site (exit code 1)."""

    exit_code = 1
