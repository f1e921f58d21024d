"""The quality report: what was repaired or set aside, row by row.

All readers add to one `QualityLog`. No row is dropped without a finding, so that rows read = rows
used + rows set aside for every input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from geo.base.errors import StudyError

__all__ = ["QUALITY_COLUMNS", "Action", "InputCount", "QualityLog", "QualityRow", "with_names"]

Severity = Literal["error", "warning", "info"]
Action = Literal["set_aside", "repaired", "kept"]

QUALITY_COLUMNS = ["severity", "file", "row", "field", "problem", "action", "value"]


@dataclass(frozen=True)
class QualityRow:
    """One finding.

    `row` is the row as the user sees it: the line in a CSV (the header is row 1), the number of
    the feature from 1 in a vector file, None where the finding concerns the whole file. `problem`
    is a code whose text is in the wording catalogues (``quality.<problem>``); the code is exported,
    since scripts of users filter by it.
    """

    severity: Severity
    file: str
    row: int | None
    field: str
    problem: str
    action: Action
    value: str = ""


@dataclass(frozen=True)
class InputCount:
    """The row counts of one input: ``rows_in == rows_used + rows_set_aside``."""

    role: str
    file: str
    sha256: str
    rows_in: int
    rows_used: int
    rows_set_aside: int


@dataclass
class QualityLog:
    """Collects findings and input counts while a study is read.

    Attributes
    ----------
    rows : list of QualityRow
    inputs : list of InputCount
    names : mapping
        Names under which files are shown, by their paths (`geo.study.model.Study.origins`).
    """

    rows: list[QualityRow] = field(default_factory=list)
    inputs: list[InputCount] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)

    def add(
        self,
        severity: Severity,
        problem: str,
        *,
        file: str,
        row: int | None = None,
        field: str = "",
        action: Action = "kept",
        value: object = "",
    ) -> None:
        """Add one finding (see `QualityRow`)."""
        self.rows.append(QualityRow(severity, file, row, field, problem, action, str(value)))

    @contextmanager
    def kept_on_error(self) -> Iterator[None]:
        """Hand the findings over with a `StudyError`, since they say what is wrong row by row."""
        try:
            yield
        except StudyError as error:
            named = with_names(error, self.names)
            named.findings = self.frame()
            raise named from error.__cause__

    def frame(self) -> pd.DataFrame:
        """All findings in the columns of quality.csv, worst first, then by file and row."""
        rank = {"error": 0, "warning": 1, "info": 2}
        ordered = sorted(
            self.rows, key=lambda r: (rank[r.severity], r.file, r.row or 0, r.field, r.problem)
        )
        shown = [replace(r, file=self.names.get(r.file, r.file)) for r in ordered]
        frame = pd.DataFrame([vars(r) for r in shown], columns=QUALITY_COLUMNS)
        return frame.astype({"row": "Int64"})

    def named_inputs(self) -> list[InputCount]:
        """The input counts, with the files by the names under which they are shown."""
        return [replace(item, file=self.names.get(item.file, item.file)) for item in self.inputs]


def with_names(error: StudyError, names: Mapping[str, str]) -> StudyError:
    """An error and its others, with the files by the names under which they are shown."""
    found: list[StudyError] = []
    for item in (error, *error.others):
        file = str(item.params.get("file", ""))
        params: dict[str, Any] = {**item.params, "file": names.get(file, file)}
        found.append(StudyError(item.code, **params) if file in names else item)
    return found[0] if found[0] is error else StudyError.of(found)
