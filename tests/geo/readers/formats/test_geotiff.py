"""Population rasters: cells become points, the total stays, nothing else is opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.pipeline import run
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.formats.geotiff import read_raster
from geo.readers.table.raw_table import Choice
from geo.study.load import load_study
from tests.worlds.streets import SHARED

POA = SHARED / "poa"


def _write(path: Path, cells: np.ndarray, **options: object) -> Path:
    profile: dict[str, object] = {
        "driver": "GTiff",
        "height": cells.shape[0],
        "width": cells.shape[1],
        "count": 1,
        "dtype": cells.dtype,
        "crs": "EPSG:4326",
        "transform": from_origin(114.0, 31.0, 0.001, 0.001),
    }
    with rasterio.open(path, "w", **(profile | options)) as raster:
        raster.write(cells, 1)
    return path


@pytest.mark.parametrize("tiled", [False, True])
def test_cells_become_points_and_the_total_stays(tmp_path: Path, tiled: bool) -> None:
    rng = np.random.default_rng(0)
    cells = rng.gamma(0.3, 20.0, (700, 900)).astype(np.float32)
    cells[:50] = -99999.0
    cells[60, 60] = np.nan
    cells[61, 61:64] = (-5.0, np.inf, 0.0)
    path = _write(tmp_path / "p.tif", cells, nodata=-99999.0, tiled=tiled, compress="deflate")
    assert detect_format(path) == "tif"
    quality = QualityLog()
    table = read_table(path, "p.tif", quality)
    good = np.isfinite(cells) & (cells > 0)
    total = table.frame["value"].astype(float).sum()
    assert total == pytest.approx(float(cells[good].astype(np.float64).sum()), rel=1e-6)
    assert len(table) == good.sum()
    assert table.rows_in == good.sum() + 2
    row, column = np.argwhere(good)[0]
    assert table.frame["id"].iloc[0] == f"{row + 1}_{column + 1}"
    assert table.rows[0] == row * 900 + column + 1
    spot = table.geometry[0]
    assert (spot.x, spot.y) == pytest.approx((114.0 + (column + 0.5) / 1e3, 31 - (row + 0.5) / 1e3))
    assert {(r.problem, r.value) for r in quality.rows} == {
        ("raster_cells", f"630000 / {good.sum()}"),
        ("raster_negative", "2"),
    }


def test_projected_rasters_and_integers(tmp_path: Path) -> None:
    cells = np.zeros((4, 5), dtype=np.uint16)
    cells[1, 2] = 7
    place = from_origin(530_000.0, 3_390_000.0, 100.0, 100.0)
    path = _write(tmp_path / "p.tif", cells, crs="EPSG:4547", transform=place)
    table = read_raster(path, "p.tif", QualityLog(), Choice())
    assert table.frame["value"].tolist() == ["7.0"]
    import pyproj

    east, north = pyproj.Transformer.from_crs(4326, 4547, always_xy=True).transform(
        table.geometry[0].x, table.geometry[0].y
    )
    assert (east, north) == pytest.approx((530_250.0, 3_389_850.0), abs=1e-3)


def test_what_is_no_population_raster(tmp_path: Path) -> None:
    cells = np.ones((3, 3), dtype=np.float32)
    two = tmp_path / "two.tif"
    with rasterio.open(
        two,
        "w",
        driver="GTiff",
        height=3,
        width=3,
        count=2,
        dtype="uint8",
        crs="EPSG:4326",
        transform=from_origin(0, 1, 1, 1),
    ):
        pass
    nowhere = _write(tmp_path / "n.tif", cells, crs=None)
    cut = tmp_path / "cut.tif"
    whole = _write(tmp_path / "w.tif", np.ones((500, 500), dtype=np.float32)).read_bytes()
    cut.write_bytes(whole[:9_000])
    huge = tmp_path / "huge.tif"
    with rasterio.open(
        huge,
        "w",
        driver="GTiff",
        height=200_000,
        width=200_000,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(0, 1, 1e-4, 1e-4),
        SPARSE_OK=True,
        BIGTIFF="YES",
    ):
        pass
    assert huge.stat().st_size < 50_000_000
    expected = {
        two: "raster_bands",
        nowhere: "raster_no_place",
        cut: "raster_broken",
        huge: "raster_too_large",
    }
    for path, code in expected.items():
        with pytest.raises(StudyError) as caught:
            read_table(path, path.name, QualityLog())
        assert caught.value.code == code, path.name


@pytest.mark.parametrize(
    "content",
    [
        b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>",
        b"<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>",
        b"II*\x00<VRTDataset/>",
        b"/vsicurl/http://127.0.0.1:9/a.tif",
    ],
)
def test_only_the_tiff_driver_opens_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.tif"
    path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        read_raster(path, "p.tif", QualityLog(), Choice())
    assert caught.value.code == "raster_broken"


def _poa(folder: Path, demand: str, extra: str) -> Path:
    folder.mkdir()
    (folder / "poa.osm.pbf").write_bytes((POA / "poa_osm.pbf").read_bytes())
    sites = pd.read_csv(POA / "poa_hexgrid.csv").query("healthcare > 0")
    sites[["id", "lon", "lat"]].to_csv(folder / "care.csv", index=False)
    ring = "[[[-51.4,-30.3],[-51.0,-30.3],[-51.0,-29.9],[-51.4,-29.9],[-51.4,-30.3]]]"
    (folder / "units.geojson").write_text(
        '{"type":"Feature","properties":{"id":"poa"},'
        f'"geometry":{{"type":"Polygon","coordinates":{ring}}}}}'
    )
    (folder / "study.toml").write_text(
        '[study]\nname = "poa"\n[units]\npath = "units.geojson"\n'
        f'[demand]\npath = "{demand}"\n{extra}\n[network]\npath = "poa.osm.pbf"\n'
        '[[layers]]\nkey = "care"\npath = "care.csv"\nminutes = 15\n',
        encoding="utf-8",
    )
    return folder


@pytest.mark.skipif(not POA.exists(), reason="needs ../shared/data")
def test_a_raster_and_its_points_agree(tmp_path: Path) -> None:
    """One cell at each hexagon's centre covers the same people as the hexagons' points."""
    hexagons = pd.read_csv(POA / "poa_hexgrid.csv")
    points = _poa(tmp_path / "points", "hex.csv", 'weight = "population"')
    hexagons.to_csv(points / "hex.csv", index=False)
    raster = _poa(tmp_path / "raster", "pop.tif", "")
    step = 1e-4  # 11 m: the centre of a cell is at most 8 m from that of its hexagon
    west, north = hexagons["lon"].min() - step, hexagons["lat"].max() + step
    column = ((hexagons["lon"] - west) / step).astype(int).to_numpy()
    row = ((north - hexagons["lat"]) / step).astype(int).to_numpy()
    cells = np.zeros((row.max() + 2, column.max() + 2), dtype=np.float32)
    cells[row, column] = hexagons["population"]
    place = from_origin(west, north, step, step)
    _write(raster / "pop.tif", cells, transform=place, compress="deflate")
    figures = []
    for folder in (points, raster):
        study = load_study(folder)
        figures.append(run(study).summary["layers"]["care"])
        assert study.demand.unit_word == "人"
    by_points, by_cells = figures
    assert by_cells["demand_total"] == by_points["demand_total"] == hexagons["population"].sum()
    covered = by_points["demand_covered"]
    assert covered > 0.2 * by_points["demand_total"]
    assert by_cells["demand_covered"] == pytest.approx(covered, rel=0.005)


def test_a_raster_is_no_layer_of_sites(tmp_path: Path) -> None:
    from geo.readers.inputs.sites import read_sites

    _write(tmp_path / "p.tif", np.ones((2, 2), dtype=np.float32))
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "t"\n[units]\npath = "u"\n[demand]\npath = "p.tif"\n'
        '[network]\npath = "r"\n[[layers]]\nkey = "a"\npath = "p.tif"\nminutes = 15\n',
        encoding="utf-8",
    )
    study = load_study(tmp_path)
    with pytest.raises(StudyError) as caught:
        read_sites(study, study.layers[0], QualityLog())
    assert caught.value.code == "format_not_table"
