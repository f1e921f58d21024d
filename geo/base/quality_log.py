"""The quality report: what was repaired or set aside, row by row.

All readers add to one `QualityLog`. No row is dropped without a finding, so that rows read = rows
used + rows set aside for every input.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from geo.base.errors import StudyError

__all__ = ["QUALITY_COLUMNS", "Action", "InputCount", "QualityLog", "QualityRow"]

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
    """Collects findings and input counts while a study is read."""

    rows: list[QualityRow] = field(default_factory=list)
    inputs: list[InputCount] = field(default_factory=list)

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
            error.findings = self.frame()
            raise

    def frame(self) -> pd.DataFrame:
        """All findings in the columns of quality.csv, worst first, then by file and row."""
        rank = {"error": 0, "warning": 1, "info": 2}
        ordered = sorted(
            self.rows, key=lambda r: (rank[r.severity], r.file, r.row or 0, r.field, r.problem)
        )
        frame = pd.DataFrame([vars(r) for r in ordered], columns=QUALITY_COLUMNS)
        return frame.astype({"row": "Int64"})
