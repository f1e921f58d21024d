"""The audit log: one JSON line for each sign-in, refusal, change and download; only appended to."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from geo.base.errors import OutputError
from geo.base.messages import one_line
from server.config import ServerConfig
from server.person import Person

__all__ = ["REFUSED", "SIGNED_IN", "check_log", "note"]

SIGNED_IN = "signed_in"
REFUSED = "refused"
_LONGEST = 200


def note(
    config: ServerConfig,
    person: Person,
    what: str,
    *,
    study: str = "",
    unit: str = "",
    action: str = "",
) -> None:
    """Append one line: when, who, what, which study and unit, and from where.

    Parameters
    ----------
    what : str
        What was done (`geo.base.access.guard.writing`), `SIGNED_IN` or `REFUSED`.
    action : str
        What was refused.

    Raises
    ------
    OutputError
        ``audit_unwritten``.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "user": _text(person.user),
        "what": what,
        **({"action": action} if action else {}),
        "study": _text(study),
        "unit": _text(unit),
        "from": _text(person.address),
    }
    content = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    path = config.path(config.audit)
    try:
        handle = _opened(path)
        try:
            # One write in append mode: lines of several processes do not mix.
            if os.write(handle, content) != len(content):
                raise OSError("the line was cut")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unwritten(path, error) from error


def check_log(config: ServerConfig) -> None:
    """Check that the log can be written now.

    Raises
    ------
    OutputError
        ``audit_unwritten``.
    """
    path = config.path(config.audit)
    try:
        os.close(_opened(path))
    except OSError as error:
        raise _unwritten(path, error) from error


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _unwritten(path: Path, error: OSError) -> OutputError:
    # The name only: people who see the message need not know the folders of the server.
    return OutputError("audit_unwritten", file=path.name, reason=error.strerror or str(error))


def _text(value: str) -> str:
    return one_line(value, _LONGEST)
