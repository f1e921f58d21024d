"""Files of a part: its input (.npy, Parquet and GeoParquet) and its results (Parquet, GeoParquet).

Text from users (ids, values of filter columns) is stored as data in Parquet, parameters are stored
in JSON, and nothing is pickled. A result file is written completely or not at all. So if two
workers compute the same part after a worker was lost, one complete file remains.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.files import output_error
from geo.coverage.summary import ENGINE_VERSION
from geo.coverage.tables import SiteSums
from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.parts.division import ClusterError
from geo.rules.layer_demand import LayerDemand
from geo.search.served_units import ServedUnits
from geo.study.model import Layer

__all__ = [
    "PartInput",
    "PartLayer",
    "PartResult",
    "SiteTerms",
    "read_part",
    "read_result",
    "write_part",
    "write_result",
]

# Increase it when the meaning of the files changes. A worker rejects a part whose file format or
# engine version differs from its own.
_FORMAT = 4
_MANIFEST = "manifest.json"
_DEMAND = "demand.parquet"
# Columns of a result for each demand point of a layer. The geometry is the position of the point.
_FOUND = (
    "point", "weight", "time_ms", "metres", "rank", "covered", "cause", "access_m", "sites_within"
)  # fmt: skip


@dataclass(frozen=True)
class PartLayer:
    """One layer within a part.

    Attributes
    ----------
    layer : Layer
    graph : str
        Name of the part's network on which the layer is searched.
    rank : int64 (sites)
        Rank of each site of the part among all sites of the layer, ascending.
    sites : Positions
        The sites' positions on that network.
    delay_ms : int64 (sites)
        Their start delays.
    joined : bool (rows)
        Whether any path on the whole network connects the demand row with a site.
    served : ServedUnits, optional
        The units that the part's sites serve, if the layer's rule restricts them.
    """

    layer: Layer
    graph: str
    rank: NDArray[np.int64]
    sites: Positions
    delay_ms: NDArray[np.int64]
    joined: NDArray[np.bool_]
    served: ServedUnits | None


@dataclass(frozen=True)
class PartInput:
    """Complete input for computing a part.

    Attributes
    ----------
    horizon_ms : int
    points : DemandPoints
        Demand of the part. Unit indices are those of the whole study.
    point : int64 (points)
        Index of each point among all demand points of the study, ascending.
    networks : dict of str to Network
        Networks by graph name (profile and direction).
    rows : dict of str to Positions
        Positions of the demand rows, by graph name.
    layers : tuple of PartLayer
    """

    horizon_ms: int
    points: DemandPoints
    point: NDArray[np.int64]
    networks: dict[str, Network]
    rows: dict[str, Positions]
    layers: tuple[PartLayer, ...]


@dataclass(frozen=True)
class SiteTerms:
    """Terms of sums of demand by site.

    Attributes
    ----------
    rank : int64 (t)
        The site of each term; a site occurs once for each of its terms.
    value : float64 (t)
        The terms. Their exact sum for a site is the sum over the demand of the part.
    """

    rank: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class PartResult:
    """Results of a part for one layer.

    Attributes
    ----------
    demand : LayerDemand
        `point` and `rank` are those of the whole study.
    sums : dict of str to SiteTerms
        For each field of `SiteSums`, the terms of the part.
    """

    demand: LayerDemand
    sums: dict[str, SiteTerms]


def write_part(folder: Path, part: PartInput) -> int:
    """Write a part's input into a new folder and return its size in bytes.

    Raises
    ------
    OutputError
        The folder cannot be written or the disk is full.
    """
    manifest: dict[str, Any] = {
        "format": [_FORMAT, ENGINE_VERSION],
        "horizon_ms": part.horizon_ms,
        "off_road_kmh": {name: net.off_road_kmh for name, net in part.networks.items()},
        "layers": [
            {"graph": one.graph, "layer": one.layer.model_dump(mode="json", exclude_none=True)}
            for one in part.layers
        ],
    }
    try:
        folder.mkdir(parents=True)
        for graph, network in part.networks.items():
            for name, array in network.arrays().items():
                np.save(folder / f"{graph}.{name}.npy", array, allow_pickle=False)
        _demand_frame(part).to_parquet(folder / _DEMAND, index=False)
        for one in part.layers:
            frame = pd.DataFrame(
                {"rank": one.rank, **_columns(one.sites), "delay_ms": one.delay_ms}
            )
            if one.served is not None:
                frame["serves"] = pd.Series(one.served.lists(), dtype=object)
                named = pd.DataFrame({"named_by": one.served.named_by})
                if one.served.zone_of_unit is not None:
                    named["zone"] = one.served.zone_of_unit
                named.to_parquet(folder / f"{one.layer.key}.units.parquet", index=False)
            frame.to_parquet(folder / f"{one.layer.key}.sites.parquet", index=False)
        (folder / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError as error:
        raise output_error(error, folder) from error


def _demand_frame(part: PartInput) -> gpd.GeoDataFrame:
    """Return the demand rows as points, with the columns of their demand point and positions."""
    points = part.points
    frame = points.frame.iloc[points.point_of_row].reset_index(drop=True)
    frame = frame.add_prefix("of:")
    frame["point"] = part.point[points.point_of_row]
    frame["unit"] = points.unit[points.point_of_row]
    for graph, rows in part.rows.items():
        for name, values in _columns(rows).items():
            frame[f"{graph}:{name}"] = values
    for one in part.layers:
        frame[f"joined:{one.layer.key}"] = one.joined
    return gpd.GeoDataFrame(frame, geometry=shapely.points(points.lon, points.lat), crs="EPSG:4326")


def _columns(positions: Positions) -> dict[str, NDArray[Any]]:
    return {f.name: getattr(positions, f.name) for f in fields(Positions)}


def _positions(frame: pd.DataFrame, prefix: str = "") -> Positions:
    return Positions(
        frame[f"{prefix}edge"].to_numpy(np.int32),
        frame[f"{prefix}fraction"].to_numpy(np.float64),
        frame[f"{prefix}access_m"].to_numpy(np.float64),
    )


def read_part(folder: Path) -> PartInput:
    """Read a part that `write_part` has written.

    Raises
    ------
    OSError
        The folder is missing or damaged.
    ClusterError
        Another version has written the part (``cluster_version``).
    """
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != [_FORMAT, ENGINE_VERSION]:
        raise ClusterError("cluster_version", part=folder.name)
    networks = {
        graph: _network(folder, graph, kmh) for graph, kmh in manifest["off_road_kmh"].items()
    }
    frame = gpd.read_parquet(folder / _DEMAND)
    layers = []
    for entry in manifest["layers"]:
        layer = Layer.model_validate(entry["layer"])
        sites = pd.read_parquet(folder / f"{layer.key}.sites.parquet")
        joined = frame[f"joined:{layer.key}"].to_numpy(np.bool_)
        rank = sites["rank"].to_numpy(np.int64)
        served = _served(folder, layer, sites)
        delay_ms = sites["delay_ms"].to_numpy(np.int64)
        positions = _positions(sites)
        layers.append(PartLayer(layer, entry["graph"], rank, positions, delay_ms, joined, served))
    rows = {graph: _positions(frame, f"{graph}:") for graph in networks}
    point, first, point_of_row = np.unique(
        frame["point"].to_numpy(np.int64), return_index=True, return_inverse=True
    )
    own = [name for name in frame.columns if name.startswith("of:")]
    points = DemandPoints(
        frame=pd.DataFrame(frame[own]).iloc[first].reset_index(drop=True).rename(columns=_plain),
        unit=frame["unit"].to_numpy(np.int64)[first],
        point_of_row=point_of_row.astype(np.int32),
        lon=frame.geometry.x.to_numpy(),
        lat=frame.geometry.y.to_numpy(),
    )
    return PartInput(manifest["horizon_ms"], points, point, networks, rows, tuple(layers))


def _served(folder: Path, layer: Layer, sites: pd.DataFrame) -> ServedUnits | None:
    if "serves" not in sites.columns:
        return None
    of_unit = pd.read_parquet(folder / f"{layer.key}.units.parquet")
    zone = of_unit["zone"].to_numpy(np.int64) if "zone" in of_unit else None
    found = ServedUnits.of(sites["serves"].tolist(), units=len(of_unit))
    named = of_unit["named_by"].to_numpy(np.int64)
    return replace(found, named_by=named, zone_of_unit=zone)


def _plain(column: str) -> str:
    return column.removeprefix("of:")


def _network(folder: Path, graph: str, off_road_kmh: float) -> Network:
    arrays: dict[str, NDArray[Any]] = {}
    for path in folder.glob(f"{graph}.*.npy"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        # As a plain array, so that compiled code is not compiled again for memory maps.
        arrays[path.name.removeprefix(f"{graph}.").removesuffix(".npy")] = array.view(np.ndarray)
    return Network.from_arrays(arrays, off_road_kmh)


def write_result(path: Path, folder: Path, part: PartInput, found: dict[str, PartResult]) -> None:
    """Write the results of a part: demand rows to `path`, sums of sites to a file next to it.

    Parameters
    ----------
    path : Path
        Target file in an existing folder.
    folder : Path
        Folder of the part, on the same disk.

    Raises
    ------
    FileNotFoundError
        The run was stopped and its folders were removed. They are not created again.
    OutputError
        The folder cannot be written or the disk is full.
    """
    sums = [
        pd.DataFrame({"layer": key, "sum": name, "rank": terms.rank, "value": terms.value})
        for key, one in found.items()
        for name, terms in one.sums.items()
    ]
    _place(pd.concat(sums, ignore_index=True), folder, _sums_beside(path))
    ids = part.points.frame["id"].to_numpy(dtype=object)
    frames = []
    for key, one in found.items():
        demand = one.demand
        frame = pd.DataFrame({name: getattr(demand, name) for name in _FOUND})
        # Missing times and ranks are -1 in memory and null in the files.
        for name in ("time_ms", "rank"):
            frame[name] = frame[name].astype("Int64").mask(frame[name] < 0)
        frame.insert(0, "demand_id", ids[np.searchsorted(part.point, demand.point)])
        frame.insert(1, "layer", key)
        at = shapely.points(demand.lon, demand.lat)
        frames.append(gpd.GeoDataFrame(frame, geometry=at, crs="EPSG:4326"))
    _place(pd.concat(frames, ignore_index=True), folder, path)


def _place(table: pd.DataFrame, folder: Path, target: Path) -> None:
    """Write a file with a unique name, then move it, so that two workers do not conflict."""
    temporary = folder / f"{uuid.uuid4().hex}.parquet"
    try:
        table.to_parquet(temporary, index=False)
        os.replace(temporary, target)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise output_error(error, target) from error


def _sums_beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.sites.parquet")


def read_result(
    path: Path, unit: NDArray[np.int64], layers: Sequence[str]
) -> dict[str, PartResult]:
    """Read the results that `write_result` has written, by layer.

    Parameters
    ----------
    unit : int64 (all demand points of the study)
        Finest unit of each demand point.
    layers : sequence of str
        Keys of the layers.
    """
    frame, sums = gpd.read_parquet(path), pd.read_parquet(_sums_beside(path))
    found = {}
    for key in layers:
        rows, terms = frame[frame["layer"] == key], sums[sums["layer"] == key]
        point = rows["point"].to_numpy(np.int64)
        demand = LayerDemand(
            point=point,
            unit=unit[point],
            weight=rows["weight"].to_numpy(np.float64),
            time_ms=rows["time_ms"].fillna(-1).to_numpy(np.int64),
            metres=rows["metres"].to_numpy(np.float64),
            rank=rows["rank"].fillna(-1).to_numpy(np.int64),
            covered=rows["covered"].to_numpy(np.bool_),
            cause=rows["cause"].to_numpy(dtype=object),
            access_m=rows["access_m"].to_numpy(np.float64),
            lon=rows.geometry.x.to_numpy(),
            lat=rows.geometry.y.to_numpy(),
            sites_within=rows["sites_within"].to_numpy(np.int64),
        )
        sums_of: dict[str, SiteTerms] = {}
        for name in (field.name for field in fields(SiteSums)):
            mine = terms[terms["sum"] == name]
            sums_of[name] = SiteTerms(
                mine["rank"].to_numpy(np.int64), mine["value"].to_numpy(np.float64)
            )
        found[key] = PartResult(demand, sums_of)
    return found
