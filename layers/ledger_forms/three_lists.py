"""The ledger as the three lists that offices hand on: 问题清单, 责任清单, 任务清单."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.study.model import Study
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, state_name
from ledger.cases import FIELDS, PERSONAL, Case

__all__ = ["LISTS", "lists_workbook"]

# Number and area lead each list, so that each can be read alone and the three can be joined again.
LISTS: dict[str, tuple[str, ...]] = {
    "problems": (
        "number", "area", "service", "source", "found_on", "problem", "people", "kind", "shares",
        "state", "note",
    ),
    "duties": ("number", "area", "service", "lead", "support", "leader", "contact"),
    "tasks": (
        "number", "area", "service", "target", "measures", "due", "progress", "site_check",
        "notice", "acceptance", "approval", "state",
    ),
}  # fmt: skip
# Mobile numbers, and numbers of a city with its code; never a part of a longer number.
_TELEPHONE = re.compile(
    r"(?<![\d-])(?:(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8})(?![\d-])"
)


def lists_workbook(
    cases: Sequence[Case], study: Study, words: Words, *, head: str = "", public: bool = False
) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    head : str
        Hash of the last entry of the history; it stands above the lists.
    public : bool
        Leave out names and telephones of contacts, and telephone numbers in other texts.
    """
    table = pd.DataFrame(
        [[case.value(name) for name in FIELDS] for case in cases], columns=[*FIELDS], dtype="object"
    )
    table["state"] = [state_name(case.state, words) for case in cases]
    if public:
        for name in FIELDS:
            table[name] = table[name].str.replace(_TELEPHONE, "***", regex=True)
    table.insert(0, "row", np.arange(1.0, len(table) + 1))
    lines = [words.text(study.study.name)]
    if head:
        lines.append(words("ledger.sheet.head", head=head))
    lists = []
    for key, fields in LISTS.items():
        columns = [Column("row", words("ledger.sheet.row"), "number")]
        columns += [
            Column(name, field_name(name, words))
            for name in fields
            if not (public and name in PERSONAL)
        ]
        lists.append((words(f"ledger.sheet.{key}"), table, columns))
    return list_workbook(words("ledger.sheet.title"), lines, lists, words)
