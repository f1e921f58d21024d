"""The results of a run, read back from its folder: today's text of every key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.rules import RULES
from geo.study.model import share_column
from layers.export.gap_list import beyond_horizon
from layers.export.results import table
from layers.report.tables import finding_groups
from layers.report.verify.workbooks import number_text
from layers.words.catalogue import Words
from layers.words.figure_keys import hashed_key, value_text
from layers.words.layer_sentences import median_texts, metres_of_gaps, quantile_texts
from layers.words.numbers import beyond, minutes_text, per_cent, up_to_metres, up_to_tenths
from layers.words.phrases import uncovered_of

__all__ = ["NO_SOURCE", "Results"]

# The key names nothing that the results of a run hold.
NO_SOURCE = "\0"
_SUMMARY = "summary.json"
# Columns of the tables that are texts; "001" is no number.
_TEXTS = (
    "unit_id", "layer", "demand_id", "main_cause", "cause", "band", "class", "severity", "file",
    "row", "field", "problem", "action", "value",
)  # fmt: skip
# Table → the columns that name a row, in the order of keys.
_ROWS = {"units": ("unit_id", "layer"), "gaps": ("unit_id", "layer"),
         "gap_points": ("demand_id", "layer"), "equity": ("layer", "band", "class")}  # fmt: skip
_QUANTILES = ("p50", "p90")
_SHARES = tuple(dict.fromkeys(share_column(rule) for rule in RULES))
# What units.csv has of a county.
_OF_PART = ("demand_total", "demand_covered", *_SHARES, "uncovered", "uncovered_share")
_COUNTS = ("rows_in", "rows_used", "rows_set_aside")


class Results:
    """The results of one run.

    Parameters
    ----------
    summary : mapping
        As in summary.json.
    tables : callable
        Name (``units``) → the table, None where the run has none.
    part : str
        The county whose figures ``layers.…`` are; empty for the whole study.
    """

    def __init__(
        self,
        summary: Mapping[str, Any],
        tables: Callable[[str], pd.DataFrame | None],
        *,
        part: str = "",
    ) -> None:
        self.summary = summary
        self.analysis_id = str(summary["analysis_id"])
        self._layers: Mapping[str, Any] = dict(summary["layers"])
        self._read = tables
        self._part = part
        self._tables: dict[str, pd.DataFrame | None] = {}
        self._rows: dict[str, dict[str, Mapping[Any, Any]]] = {}

    @classmethod
    def of(cls, analysis: Analysis, *, part: str = "") -> Results:
        """The results of an analysis that is at hand."""
        return cls(analysis.summary, lambda name: table(analysis, name), part=part)

    @classmethod
    def read(cls, folder: Path, *, part: str = "") -> Results:
        """The results that `quarterhour run` wrote into a folder.

        Raises
        ------
        StudyError
            ``verify_no_results``: no summary.json, or a file that cannot be read.
        """
        path = folder / _SUMMARY
        try:
            summary = json.loads(path.read_text(encoding="utf-8"))
            return cls(summary, partial(_read_table, folder), part=part)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StudyError("verify_no_results", file=str(path), reason=one_line(error)) from error

    def text(self, key: str, words: Words) -> str | None:
        """How the figure of a key is written today.

        Returns
        -------
        str or None
            None where the results no longer have it; `NO_SOURCE` where they never hold such a key.
        """
        if key.startswith("#"):
            key = self._by_hash.get(key, "")
            if not key:
                return None
        kind, _, rest = key.partition(".")
        if kind == "layers":
            return self._of_layer(key, rest, words)
        if kind in _ROWS:
            return self._of_row(kind, key, words)
        if kind == "inputs":
            return self._of_input(key, rest, words)
        if kind == "quality" and self._has("quality"):
            return self._of_finding(key, rest, words)
        if key == "demand.points" and not self._part and self._has("demand"):
            return value_text(key, self._points(), words)
        return NO_SOURCE

    def cell(self, key: str, words: Words) -> str:
        """Today's number of a cell with this key, without a format; empty where it is blank."""
        kind, _, rest = key.partition(".")
        value: Any
        if kind == "layers":
            layer, _, name = rest.partition(".")
            entry = self._layers.get(layer)
            if self._part:
                row = self._named_rows("units").get(f"units.{self._part}.{layer}")
                entry = None if row is None else {str(k): v for k, v in row.items()}
                if name not in _OF_PART:
                    return NO_SOURCE
            value = None if entry is None else _derived(entry, name)
            return "" if value is _NOTHING else _cell_text(name, value)
        if kind not in ("gaps", "gap_points") or not self._has(kind):
            return NO_SOURCE
        of, _, name = key.rpartition(".")
        if name == "rank" and self._part:
            return NO_SOURCE
        row = self._named_rows(kind).get(of)
        if row is None:
            return ""
        name = name.removesuffix("_to_site")
        value = row.get(name)
        if "minutes" in name and value != value and beyond_horizon(pd.DataFrame([row])).iloc[0]:
            return beyond(self._horizon)
        return _cell_text(name, value)

    def full_key(self, key: str) -> str:
        """The key for which a hash stands; the hash itself where the results have no such key."""
        return self._by_hash.get(key, key)

    # -- the kinds of keys -----------------------------------------------------------------------

    def _of_layer(self, key: str, rest: str, words: Words) -> str | None:
        layer, _, name = rest.partition(".")
        entry = self._layers.get(layer)
        if entry is None:
            return None
        if name.endswith(_QUANTILES):
            return self._quantile(layer, name, entry, words)
        if self._part:
            return self._of_part(layer, name, key, words)
        value = _derived(entry, name)
        return None if value is _NOTHING else value_text(key, value, words)

    def _of_part(self, layer: str, name: str, key: str, words: Words) -> str | None:
        row = self._named_rows("units").get(f"units.{self._part}.{layer}")
        if row is None:
            return None
        if name == "uncovered":
            return value_text(key, uncovered_of({str(k): v for k, v in row.items()}), words)
        if name in _OF_PART and name in row:
            return value_text(key, row[name], words)
        return NO_SOURCE

    def _points(self) -> int:
        """The demand points of the study, without the objects that layers have of their own."""
        demand = self._table("demand")
        of_objects = [key for key, entry in self._layers.items() if entry.get("rule") == "rate"]
        counted = demand[~demand["layer"].isin(of_objects)]
        return int((counted if len(counted) else demand)["demand_id"].nunique())

    def _quantile(self, layer: str, name: str, entry: Mapping[str, Any], words: Words) -> str:
        if self._part or not self._has("demand"):
            return NO_SOURCE
        demand = self._table("demand")
        texts = quantile_texts(
            entry,
            demand[demand["layer"] == layer],
            self._horizon,
            words,
            in_metres="metres" in entry,
        )
        return texts[_QUANTILES.index(name[-3:])]

    def _of_row(self, kind: str, key: str, words: Words) -> str | None:
        if not self._has(kind) or (kind == "equity" and self._part):
            return NO_SOURCE
        of, _, name = key.rpartition(".")
        row = self._named_rows(kind).get(of)
        if row is None:
            return None
        if kind == "gaps" and name == "nearest":
            return self._median(row, words)
        if kind == "gaps" and name == "rank" and self._part:
            return NO_SOURCE
        if kind == "equity" and name == "mean":
            return minutes_text(row["mean_minutes"], words)
        return value_text(key, row[name], words) if name in row else None

    def _median(self, row: Mapping[Any, Any], words: Words) -> str:
        gaps, layer = pd.DataFrame([row]), str(row["layer"])
        metres = None
        if "metres" in self._layers.get(layer, {}):
            if not self._has("gap_points"):
                return NO_SOURCE
            points = self._table("gap_points")
            metres = metres_of_gaps(points[points["unit_id"] == row["unit_id"]], layer, gaps)
        return median_texts(gaps, metres, self._horizon, words)[0]

    def _of_input(self, key: str, rest: str, words: Words) -> str | None:
        role, _, name = rest.rpartition(".")
        if name not in _COUNTS:
            return None
        if not role:  # of all files; two inputs may have one file
            files = {str(one["file"]): int(one[name]) for one in self.summary["inputs"]}
            return value_text(key, sum(files.values()), words)
        for one in self.summary["inputs"]:
            if one["role"] == role:
                return value_text(key, one[name], words)
        return None

    def _of_finding(self, key: str, rest: str, words: Words) -> str | None:
        number = rest.partition(".")[0]
        groups = finding_groups(self._table("quality"))
        if not number.isdecimal() or not 1 <= int(number) <= len(groups):
            return None
        return value_text(key, len(groups[int(number) - 1]), words)

    # -- the files -------------------------------------------------------------------------------

    @property
    def _horizon(self) -> float:
        network = self.summary.get("parameters", {}).get("network", {})
        return float(network.get("horizon_minutes", 120))

    def _has(self, name: str) -> bool:
        if name not in self._tables:
            found = self._read(name)
            self._tables[name] = None if found is None else _with_texts(found)
        return self._tables[name] is not None

    def _table(self, name: str) -> pd.DataFrame:
        found = self._tables[name] if self._has(name) else None
        return pd.DataFrame() if found is None else found

    def _named_rows(self, name: str) -> dict[str, Mapping[Any, Any]]:
        """The rows of a table by the beginning of their keys."""
        if name not in self._rows:
            table = self._table(name)
            names = zip(*(table[column] for column in _ROWS[name]), strict=True)
            rows: dict[str, Mapping[Any, Any]] = {}
            for one, row in zip(names, table.to_dict("records"), strict=True):
                rows.setdefault(".".join((name, *map(str, one))), row)
            self._rows[name] = rows
        return self._rows[name]

    @cached_property
    def _by_hash(self) -> dict[str, str]:
        """Hash → key, of the keys that may be too long for a tag."""
        keys = [
            f"{of}.{name}"
            for kind, names in _NAMES.items()
            if self._has(kind)
            for of in self._named_rows(kind)
            for name in names
        ]
        for layer, entry in self._layers.items():
            keys += [f"layers.{layer}.{name}" for name in (*_paths(entry), *_DERIVED)]
        keys += [
            f"inputs.{one['role']}.{name}" for one in self.summary["inputs"] for name in _COUNTS
        ]
        return {hashed_key(key): key for key in keys}


def _read_table(folder: Path, name: str) -> pd.DataFrame | None:
    """A table of a run; None where there is no such file."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        return None
    try:
        found = pd.read_csv(
            path, encoding="utf-8-sig", dtype=dict.fromkeys(_TEXTS, str), low_memory=False
        )
    except (OSError, ValueError) as error:
        raise StudyError("verify_no_results", file=str(path), reason=one_line(error)) from error
    texts = [column for column in _TEXTS if column in found.columns]
    # A text that a spreadsheet would read as a formula is written with a quote before it.
    found[texts] = found[texts].fillna("").replace(r"^'(?=[=+\-@\t\r])", "", regex=True)
    return found


def _with_texts(found: pd.DataFrame) -> pd.DataFrame:
    texts = [column for column in _TEXTS if column in found.columns]
    return found.assign(
        **{
            column: found[column].astype(object).where(found[column].notna(), "").astype(str)
            for column in texts
        }
    )


# The figures of a row that a document may show.
_NAMES = {
    "units": ("demand_total", "share_by_time"),
    "gaps": ("rank", "demand_total", "uncovered", "uncovered_share", "nearest"),
    "equity": ("share_by_time", "mean", "fgt1", "gini", "palma", "concentration", "unreached"),
}
_DERIVED = (
    "uncovered", "units_without_site", "main_cause_share", "capacity.served_share",
    "minutes_p50", "minutes_p90", "metres_p50", "metres_p90",
)  # fmt: skip
_NOTHING = object()


def _cell_text(name: str, value: Any) -> str:
    """A number as a cell has it: a share as per cent, times and distances rounded up."""
    if value is None or value != value:
        return ""
    if name.endswith("share"):
        value = float(per_cent(pd.Series([value])).iloc[0])
    elif "minutes" in name:
        value = up_to_tenths(pd.Series([value])).iloc[0]
    elif "metres" in name:
        value = up_to_metres(pd.Series([value])).iloc[0]
    return number_text(value)


def _derived(entry: Mapping[str, Any], name: str) -> Any:
    """A figure of a layer: an entry of the summary, or what follows from two of them."""
    if name == "uncovered":
        return uncovered_of(entry)
    if name == "uncovered_share":
        total = float(entry["demand_total"])
        return uncovered_of(entry) / total if total else None
    if name == "units_without_site":
        return int(entry["units_total"]) - int(entry["units_with_site"])
    if name == "main_cause_share":
        uncovered = uncovered_of(entry)
        return max(map(float, entry["by_cause"].values())) / uncovered if uncovered else None
    if name == "capacity.served_share":
        found = entry.get("capacity") or {}
        return found["served"] / found["amount"] if found.get("amount") else None
    value: Any = entry
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            # A cause that a rule does not give counts as none.
            return 0.0 if name.startswith("by_cause.") else _NOTHING
        value = value[part]
    return _NOTHING if isinstance(value, Mapping | list | str) else value


def _paths(entry: Mapping[str, Any], before: str = "") -> list[str]:
    """The paths of all entries of a layer."""
    found: list[str] = []
    for name, value in entry.items():
        path = f"{before}{name}"
        found += _paths(value, f"{path}.") if isinstance(value, Mapping) else [path]
    return found
