"""What a user says of an office's own words: the field of a header, the state of a word."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.base.messages import one_line
from ledger.cases import FIELDS
from ledger.errors import LedgerError
from ledger.office_list.words import folded
from ledger.states import STATES

__all__ = ["ColumnMap", "read_map"]


@dataclass(frozen=True)
class ColumnMap:
    """What a ``--map`` file says of an office's own words.

    Attributes
    ----------
    columns, states : mapping of str to str
        Folded header → field; folded word → state.
    sheet : str
        The only sheet to read; all without it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""


def read_map(path: Path) -> ColumnMap:
    """Read a ``--map`` file: ``sheet``, ``[columns] field = "header"``, ``[states] word = "code"``.

    Raises
    ------
    LedgerError
        ``ledger_map_broken``, ``ledger_map_key``.
    """
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise LedgerError("ledger_map_broken", file=path.name, reason=one_line(error)) from error
    for key in raw:
        _known(key, ("sheet", "columns", "states"), path, key)
    columns: dict[str, str] = {}
    for name, headers in _table(raw, "columns", path).items():
        _known(name, FIELDS, path, f"columns.{name}")
        for header in headers if isinstance(headers, list) else [headers]:
            columns[folded(str(header))] = name
    states: dict[str, str] = {}
    for word, state in _table(raw, "states", path).items():
        _known(str(state), STATES, path, f"states.{word}")
        states[folded(word)] = str(state)
    return ColumnMap(columns, states, str(raw.get("sheet", "")))


def _table(raw: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    found = raw.get(key, {})
    if not isinstance(found, dict):
        raise LedgerError("ledger_map_broken", file=path.name, reason=key)
    return found


def _known(name: str, known: Sequence[str], path: Path, key: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.3) or [known[0]]
        raise LedgerError("ledger_map_key", file=path.name, field=one_line(key), nearest=near[0])
