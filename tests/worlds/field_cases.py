"""Studies of the shape of the field cases, made by tests, and readings of their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo import Analysis, load_study, run

Point = tuple[str, float, float]

_UNITS = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "u", '
    '"name": "u"}, "geometry": {"type": "Polygon", "coordinates": '
    "[[[%(w)s, %(s)s], [%(e)s, %(s)s], [%(e)s, %(n)s], [%(w)s, %(n)s], [%(w)s, %(s)s]]]}}]}"
)


def minutes_of(analysis: Analysis, layer: str) -> dict[str, float]:
    """The minutes of every demand point of a layer, NaN where it has none."""
    rows = analysis.demand[analysis.demand["layer"] == layer]
    return dict(zip(rows["demand_id"], rows["minutes"], strict=True))


def causes_of(analysis: Analysis, layer: str) -> dict[str, str]:
    """The cause of every demand point of a layer, empty where it is covered."""
    rows = analysis.demand[analysis.demand["layer"] == layer]
    return dict(zip(rows["demand_id"], rows["cause"].fillna(""), strict=True))


def problems_of(analysis: Analysis) -> dict[str, str]:
    """The value of the last finding of each problem."""
    quality = analysis.quality
    return dict(zip(quality["problem"], quality["value"], strict=True))


def small_study(
    folder: Path,
    network: str,
    demand: Sequence[Point],
    sites: Sequence[Point],
    *,
    profiles: Sequence[str] = ("walk", "drive"),
    minutes: float = 45,
    box: tuple[float, float, float, float] = (113.0, 29.0, 116.0, 32.0),
    more: str = "",
) -> Path:
    """Write a study around the road file `network`, which is in `folder` or comes later.

    Points are (id, lon, lat); there is one layer for each profile, named as it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    west, south, east, north = box
    units = _UNITS % {"w": west, "s": south, "e": east, "n": north}
    (folder / "units.geojson").write_text(units, encoding="utf-8")
    for file, points in (("demand.csv", demand), ("sites.csv", sites)):
        lines = ["id,name,lon,lat", *(f"{i},{i},{x!r},{y!r}" for i, x, y in points)]
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    layers = "".join(
        f'[[layers]]\nkey="{name}"\npath="sites.csv"\nprofile="{name}"\nminutes={minutes}\n'
        for name in profiles
    )
    (folder / "study.toml").write_text(
        '[study]\nname="t"\nlocale="en"\n[units]\npath="units.geojson"\n[demand]\n'
        f'path="demand.csv"\n[network]\npath="{network}"\n{more}\n{layers}',
        encoding="utf-8",
    )
    return folder


def run_case(folder: Path) -> Analysis:
    """The analysis of a study, without a cache."""
    return run(load_study(folder), cache=None)
