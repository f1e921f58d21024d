"""The six annexes that a city hands in with its 城市体检, as one workbook.

指标汇总表, 上年度整治成效及指标监测, 问题清单, 整治建议清单, 更新项目库, 专家意见采纳.
The indicators are from the results, the rest from the ledger. What neither knows stays blank, for
the office to fill in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.definitions import registry
from layers.words.lines.ledger import field_name, state_name
from layers.words.numbers import per_cent
from layers.words.phrases import layer_title, service_title
from ledger.cases import Case
from ledger.snapshot import LedgerSnapshot
from ledger.states import CLOSED, WAIVED

__all__ = ["ANNEXES", "annexes_workbook"]

# In the order in which they are handed in.
ANNEXES = ("indicators", "results", "problems", "advice", "projects", "opinions")
_OPINION_ROWS = 12
# The fields of the ledger in each list; a name with a colon is a blank column.
_FIELDS = {
    "problems": ("number", "area", "service", "problem", "people", "source", "found_on", "state"),
    "advice": ("service", "shares", "problem", "measures", "area", "kind", "lead"),
    "projects": (":project", "area", "service", "measures", "lead", "due", ":cost", "progress"),
}
_NUMBERS = {"value": "one", "before": "blank", "cases": "number", "closed": "number",
            "waived": "number", "done": "one"}  # fmt: skip


def annexes_workbook(analysis: Analysis, found: LedgerSnapshot | None, words: Words) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    found : LedgerSnapshot, optional
        Without it the lists of problems, advice and projects are empty forms.
    """
    lines = [words.text(analysis.study.study.name)]
    lines.append(words("annexes.analysis", analysis_id=analysis.summary["analysis_id"]))
    if found is not None:
        lines.append(words("ledger.sheet.head", head=found.head))
    cases = list(found.cases) if found is not None else []
    lists = [
        _indicators(analysis, words),
        _results(analysis, cases, words),
        _of_cases("problems", cases, words),
        _of_cases("advice", cases, words),
        _of_cases("projects", [case for case in cases if _is_project(case)], words),
        _opinions(words),
    ]
    named = [
        (words("annexes.sheet", number=number, name=words(f"annexes.sheet.{name}")), *rest)
        for number, (name, rest) in enumerate(zip(ANNEXES, lists, strict=True), start=1)
    ]
    return list_workbook(words("annexes.title"), lines, named, words)


def _numbered(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    table.insert(0, "row", np.arange(1.0, len(table) + 1))
    return table


def _columns(names: Sequence[str], words: Words) -> list[Column]:
    return [
        Column("row", words("ledger.sheet.row"), "number"),
        *(
            Column(name, words(f"annexes.header.{name}"), _NUMBERS.get(name, "text"))
            for name in names
        ),
    ]


def _indicators(analysis: Analysis, words: Words) -> tuple[pd.DataFrame, list[Column]]:
    """Every share with its numerator, its denominator and what it must not be compared with."""
    names = ("indicator", "value", "numerator", "denominator", "definition", "source", "not_with")
    rows = [
        {
            "indicator": one.name,
            "value": float(per_cent(pd.Series([one.value], dtype=float)).iloc[0]),
            "numerator": one.numerator,
            "denominator": one.denominator,
            "definition": one.definition,
            "source": one.source,
            "not_with": one.not_with,
        }
        for one in registry(analysis, words)
        if one.value is not None
    ]
    return _numbered(rows, names), _columns(names, words)


def _results(
    analysis: Analysis, cases: Sequence[Case], words: Words
) -> tuple[pd.DataFrame, list[Column]]:
    """The share of each layer beside the cases of its service; last year's share is filled in."""
    names = ("indicator", "before", "value", "cases", "closed", "waived", "done", "remark")
    study = analysis.study
    rows = []
    for key, entry in analysis.summary["layers"].items():
        layer = study.layer(str(key))
        service = service_title(study, layer.service_key, words)
        mine = [
            case
            for case in cases
            if case.layer == key or (not case.layer and case.fields["service"] == service)
        ]
        closed = sum(case.state == CLOSED for case in mine)
        share = pd.Series([entry["share_by_time"], closed / len(mine) if mine else None])
        value, done = per_cent(share.astype(float))
        rows.append(
            {
                "indicator": layer_title(layer, words),
                "value": value,
                "cases": len(mine),
                "closed": closed,
                "waived": sum(case.state == WAIVED for case in mine),
                "done": done,
            }
        )
    columns = _columns(names, words)
    columns[-1] = Column("remark", words("annexes.header.remark"), "blank", width=24)
    return _numbered(rows, ("indicator", "value", "cases", "closed", "waived", "done")), columns


def _of_cases(name: str, cases: Sequence[Case], words: Words) -> tuple[pd.DataFrame, list[Column]]:
    """Fields of the ledger, under the headers that the annex has for them."""
    fields = _FIELDS[name]
    rows = [
        {
            field: state_name(case.state, words) if field == "state" else case.value(field)
            for field in fields
            if not field.startswith(":")
        }
        for case in cases
    ]
    columns = [Column("row", words("ledger.sheet.row"), "number")]
    for field in fields:
        if field.startswith(":"):
            header = words(f"annexes.header.{field[1:]}")
            columns.append(Column(field, header, "blank", width=20))
            continue
        header = words.get(f"annexes.header.{name}.{field}", default=field_name(field, words))
        columns.append(Column(field, header))
    kept = [field for field in fields if not field.startswith(":")]
    return _numbered(rows, kept), columns


def _is_project(case: Case) -> bool:
    """Whether something is to be built: it has measures, and they are still wanted."""
    return bool(case.fields["measures"]) and case.state != WAIVED


def _opinions(words: Words) -> tuple[pd.DataFrame, list[Column]]:
    """An empty form for what experts say and what became of it."""
    columns = [Column("row", words("ledger.sheet.row"), "number")]
    columns += [
        Column(name, words(f"annexes.header.{name}"), "blank", width=width)
        for name, width in (("expert", 18), ("opinion", 60), ("adopted", 16), ("remark", 36))
    ]
    return _numbered([{} for _ in range(_OPINION_ROWS)], ()), columns
