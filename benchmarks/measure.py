"""Timing and the rows of the benchmark table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["OURS", "Row", "Table", "median_s"]

OURS = "quarterhour"


def median_s(work: Callable[[], Any], repeats: int = 5) -> float:
    """Median wall seconds of `repeats` runs, after one that is not counted."""
    work()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


@dataclass(frozen=True)
class Row:
    """One line of the table; `ratio_to_ours` is None where nothing is compared."""

    case: str
    size: str
    implementation: str
    seconds_median: float
    ratio_to_ours: float | None
    agrees: str


class Table:
    """Collects rows, prints each as it comes, and writes them out.

    Parameters
    ----------
    keep : callable, optional
        Called after every row, so that a run that is stopped keeps what it has measured.
    """

    def __init__(self, keep: Callable[[Table], None] | None = None) -> None:
        self.rows: list[Row] = []
        # Tables of other columns: heading → lines of Markdown.
        self.sections: dict[str, list[str]] = {}
        self._keep = keep

    def add(
        self,
        case: str,
        size: str,
        implementation: str,
        seconds: float,
        *,
        ours: float | None = None,
        agrees: str = "",
    ) -> None:
        """Add a row; `ours` is our own time of the same case."""
        ratio = None if ours is None else seconds / ours
        row = Row(case, size, implementation, seconds, ratio, agrees)
        self.rows.append(row)
        print(_line(row), flush=True)
        self.kept()

    def section(self, heading: str, head: Sequence[str], cells: Sequence[object]) -> None:
        """Add a line to the table under `heading`, which begins with `head`."""
        if heading not in self.sections:
            self.sections[heading] = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
        line = "| " + " | ".join(str(cell) for cell in cells) + " |"
        self.sections[heading].append(line)
        print(f"{heading}: {line}", flush=True)
        self.kept()

    def kept(self) -> None:
        """Hand on what there is."""
        if self._keep is not None:
            self._keep(self)

    def json(self) -> list[dict[str, Any]]:
        """The rows as plain values."""
        return [asdict(row) for row in self.rows]

    def markdown(self) -> str:
        """The rows as one table."""
        head = "| case | size | implementation | median | ratio to ours | agrees |\n"
        return head + "| --- | --- | --- | --- | --- | --- |\n" + "\n".join(map(_line, self.rows))

    def more(self) -> str:
        """The other tables, each under its heading."""
        parts = (f"## {heading}\n\n" + "\n".join(lines) for heading, lines in self.sections.items())
        return "\n\n".join(parts)


def _line(row: Row) -> str:
    ratio = "" if row.ratio_to_ours is None else f"{row.ratio_to_ours:.2f}×"
    cells = [row.case, row.size, row.implementation, _seconds(row.seconds_median), ratio]
    return "| " + " | ".join([*cells, row.agrees]) + " |"


def _seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"
