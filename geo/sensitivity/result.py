"""Result of a sensitivity analysis, and the results that are kept between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.base.cache import Arrays, kept, stored
from geo.base.checksums import digest
from geo.base.errors import StudyError
from geo.base.files import file_sha256
from geo.coverage.summary import analysis_id
from geo.sensitivity.variants import FACTORS
from geo.study.model import Study

__all__ = [
    "COLUMNS",
    "DRAWS",
    "CurveRange",
    "LayerSensitivity",
    "Sensitivity",
    "ShareRange",
    "kept_layer",
    "kept_sensitivity",
    "store_layer",
]

COLUMNS = ("layer", "factor", "setting", "share_by_time", "difference", "in_range")
DRAWS = 20  # the number of draws unless another is asked for
# Increase it when the same inputs give other ranges.
_VERSION = 1


@dataclass(frozen=True)
class ShareRange:
    """The range of a layer's share.

    Attributes
    ----------
    share : float
        The share by time of the study; NaN without demand, as are `low` and `high`.
    low, high : float
        The lowest and highest share of all variants in the range and of the study itself.
    main_factor : str
        The factor that moves the share most; "" where none moves it.
    """

    share: float
    low: float
    high: float
    main_factor: str


@dataclass(frozen=True)
class CurveRange:
    """The range of a layer's share by travel time or distance.

    Attributes
    ----------
    unit : str
        minutes or metres.
    x, low, high : float64 (n)
        Where, and the lowest and highest share there if this were the limit.
    """

    unit: str
    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class LayerSensitivity:
    """Result for one layer.

    Attributes
    ----------
    key : str
    rows : pd.DataFrame
        `COLUMNS`, one row for each variant, in the order of `FACTORS`, then the references.
    range : ShareRange
    curve : CurveRange
    """

    key: str
    rows: pd.DataFrame
    range: ShareRange
    curve: CurveRange

    def bars(self) -> list[tuple[str, float, float]]:
        """Factor, lowest and highest share of each bar of a tornado chart, the widest first.

        The study's own share is one end of a bar whose variants all lie on one side of it.
        """
        share, mine, found = self.range.share, self.rows[self.rows["in_range"]], []
        for factor in FACTORS:
            shares = mine.loc[mine["factor"] == factor, "share_by_time"]
            if len(shares):
                low, high = min(shares.min(), share), max(shares.max(), share)
                found.append((factor, float(low), float(high)))
        return sorted(found, key=lambda bar: -max(bar[2] - share, share - bar[1]))

    def references(self) -> list[tuple[str, float]]:
        """The references, which are outside the range, with their shares."""
        mine = self.rows[~self.rows["in_range"]]
        pairs = zip(mine["factor"], mine["share_by_time"], strict=True)
        return [(str(factor), float(share)) for factor, share in pairs]


@dataclass(frozen=True)
class Sensitivity:
    """Result of a sensitivity analysis.

    Attributes
    ----------
    layers : dict of str to LayerSensitivity
        By key, in the order of the study.
    analysis_id : str
        That of a run of the same layers.
    draws, seed : int
        How often demand was moved, and the seed of its directions.
    inputs : list of dict
        The study's files and the alternative road file, as in summary.json.
    omitted : tuple of str
        Factors that could not be computed: ``roads`` where a scenario has changed the roads.
    """

    layers: dict[str, LayerSensitivity]
    analysis_id: str
    draws: int
    seed: int
    inputs: list[dict[str, Any]]
    omitted: tuple[str, ...] = ()

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of sensitivity.csv."""
        parts = [layer.rows for layer in self.layers.values()]
        return pd.concat(parts, ignore_index=True)

    def ranges(self) -> dict[str, dict[str, Any]]:
        """``{share, low, high, main_factor}`` of each layer; missing values are None."""
        found = {}
        for key, layer in self.layers.items():
            values = asdict(layer.range)
            found[key] = {name: None if _missing(v) else v for name, v in values.items()}
        return found

    def added_to(self, analysis: Analysis) -> Analysis:
        """The analysis with the range of each layer in its summary (``sensitivity``)."""
        ranges, layers = self.ranges(), dict(analysis.summary["layers"])
        for key, figures in layers.items():
            if key in ranges:
                layers[key] = {**figures, "sensitivity": ranges[key]}
        return replace(analysis, summary={**analysis.summary, "layers": layers})


def _missing(value: Any) -> bool:
    return value == "" or value != value


def _name(study: Study, inputs: list[dict[str, Any]], key: str, draws: int, seed: int) -> str:
    """What the result of a layer is kept under: the hash of everything that it depends on."""
    other = study.network.alternative
    sha256 = "" if other is None else file_sha256(study.file(other, "network.alternative"))
    known = [count for count in inputs if count["role"] != "alternative"]
    return digest(
        "sensitivity",
        _VERSION,
        analysis_id(study.parameters(), known, [key], within=study.within),
        sha256,
        draws,
        seed,
    )


def kept_layer(
    study: Study,
    inputs: list[dict[str, Any]],
    key: str,
    *,
    draws: int,
    seed: int,
    cache: Path | None,
) -> tuple[LayerSensitivity, dict[str, Any]] | None:
    """The result of a layer where the cache has it, with the notes it was stored with.

    Parameters
    ----------
    inputs : list of dict
        The study's files, as in summary.json.
    """
    if cache is None:
        return None
    found = kept(cache, _name(study, inputs, key, draws, seed))
    if found is None:
        return None
    arrays, notes = found
    rows = pd.DataFrame(notes["rows"], columns=COLUMNS)
    values: dict[str, Any] = {
        name: float("nan") if value is None else value for name, value in notes["range"].items()
    }
    curve = CurveRange(notes["unit"], *(arrays[name] for name in ("x", "low", "high")))
    typed = rows.astype({"share_by_time": float, "difference": float, "in_range": bool})
    return LayerSensitivity(key, typed, ShareRange(**values), curve), notes["more"]


def store_layer(
    found: LayerSensitivity,
    study: Study,
    inputs: list[dict[str, Any]],
    *,
    draws: int,
    seed: int,
    more: dict[str, Any],
    cache: Path | None,
) -> None:
    """Keep the result of a layer; `more` are notes for `kept_layer`, as plain JSON values."""

    def build() -> tuple[Arrays, dict[str, Any]]:
        rows = found.rows.astype(object).where(found.rows.notna(), None)
        values = {k: None if v != v else v for k, v in asdict(found.range).items()}
        notes = {
            "rows": rows.to_numpy().tolist(),
            "range": values,
            "unit": found.curve.unit,
            "more": more,
        }
        return {name: getattr(found.curve, name) for name in ("x", "low", "high")}, notes

    if cache is not None:
        stored(cache, _name(study, inputs, found.key, draws, seed), build)


def kept_sensitivity(
    analysis: Analysis,
    *,
    layers: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    cache: Path | None = None,
) -> Sensitivity | None:
    """The sensitivity of an analysis as far as it has been computed before.

    Parameters
    ----------
    analysis : Analysis
        Of the study itself; sites on trial have no kept result.
    layers : sequence of str, optional
        Keys of the layers that are wanted; by default those of the analysis.
    draws, seed, cache
        As in `geo.sensitivity.share_range.sensitivity`.

    Returns
    -------
    Sensitivity or None
        Layers without a kept result are left out; None where no layer has one.
    """
    if "what_if" in analysis.summary:
        return None
    study, inputs = analysis.study, analysis.summary["inputs"]
    found: dict[str, LayerSensitivity] = {}
    more: dict[str, Any] = {}
    for key in analysis.summary["layers"] if layers is None else layers:
        try:
            known = kept_layer(study, inputs, key, draws=draws, seed=seed, cache=cache)
        except StudyError:  # the alternative road file is missing; the command says so
            return None
        if known is not None:
            found[key], more = known
    if not found:
        return None
    name = analysis_id(study.parameters(), inputs, list(found))
    return Sensitivity(found, name, draws, seed, more["inputs"], tuple(more["omitted"]))
