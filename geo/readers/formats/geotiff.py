"""Population rasters (GeoTIFF): every cell with people is a demand point; no resampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import to_lonlat
from geo.readers.table.raw_table import Choice, RawTable

__all__ = ["RASTER_VALUE", "read_raster"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The column that holds a cell's value.
RASTER_VALUE = "value"
# A file of some kilobytes may state any size in its header.
_MOST_CELLS = 1_000_000_000
# Points are kept in memory; a large city has a tenth of this number at 100 m.
_MOST_POINTS = 5_000_000
# Cells read at a time.
_AT_A_TIME = 4_000_000
_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_raster(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read a GeoTIFF of one band as points.

    The scale and offset of the band are applied. Cells that are masked (nodata, NaN, a mask band)
    or zero are not rows. Negative and infinite
    cells are rows that are set aside and counted in one finding.

    Parameters
    ----------
    path : Path
    file : str
        Its name for messages.
    quality : QualityLog
        Receives ``raster_cells`` (all cells, cells with people), ``raster_scaled`` and
        ``raster_negative``.
    choice : Choice
        Not used: a raster has no layers.

    Returns
    -------
    RawTable
        ``id`` (row_column, from 1) and ``value`` with every digit; geometry is the cell's centre;
        in order of rows from the first. ``rows`` is the cell's number from 1.

    Raises
    ------
    StudyError
        ``raster_broken``, ``raster_too_large``, ``raster_bands``, ``raster_no_place``,
        ``crs_unknown``.
    """
    import rasterio

    with path.open("rb") as handle:
        if not handle.read(4).startswith(_MARKS):
            raise StudyError("raster_broken", file=file, reason="TIFF")
    # The driver may not look for files beside it.
    alone = rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO")
    try:
        with alone, rasterio.open(path, driver="GTiff") as raster:
            _check(raster, file)
            at, values, bad = _populated(raster, file)
            scale, offset = _scaling(raster)
            grid = raster.transform
            width, cells = int(raster.width), int(raster.width) * int(raster.height)
            wkt = raster.crs.to_wkt()
    except rasterio.errors.RasterioError as error:
        raise StudyError("raster_broken", file=file, reason=one_line(error)) from error
    quality.add("info", "raster_cells", file=file, value=f"{cells} / {len(at)}")
    if (scale, offset) != (1.0, 0.0):
        shown = f"× {scale:g} + {offset:g}"
        quality.add("info", "raster_scaled", file=file, action="repaired", value=shown)
    if bad:
        quality.add("warning", "raster_negative", file=file, action="set_aside", value=bad)
    row, column = at // width, at % width
    crs = pyproj.CRS.from_wkt(wkt)
    columns = {
        "id": [f"{r}_{c}" for r, c in zip(row + 1, column + 1, strict=True)],
        # The shortest text that reads back as the same number.
        RASTER_VALUE: [repr(value) for value in values.tolist()],
    }
    lonlat = to_lonlat(_centres(grid, row, column), crs, file)
    rows_in = len(at) + bad
    return RawTable.of_features(
        file, columns, len(at), lonlat, crs=crs, rows=at + 1, rows_in=rows_in
    )


def _centres(grid: Any, row: Ints, column: Ints) -> NDArray[np.object_]:
    """Points at the middle of cells, by the raster's affine transform."""
    x = grid.c + grid.a * (column + 0.5) + grid.b * (row + 0.5)
    y = grid.f + grid.d * (column + 0.5) + grid.e * (row + 0.5)
    points: NDArray[np.object_] = np.asarray(shapely.points(x, y), dtype=object)
    return points


def _check(raster: Any, file: str) -> None:
    """Refuse by the header alone what cannot be a population raster."""
    cells = int(raster.width) * int(raster.height)
    if cells > _MOST_CELLS:
        raise StudyError("raster_too_large", file=file, cells=cells, most=_MOST_CELLS)
    if raster.count != 1 or np.dtype(raster.dtypes[0]).kind not in "fiu":
        raise StudyError("raster_bands", file=file, count=int(raster.count))
    if raster.crs is None or raster.transform.is_identity:
        raise StudyError("raster_no_place", file=file)


def _scaling(raster: Any) -> tuple[float, float]:
    """The factor and summand by which a stored number becomes a value."""
    scale, offset = float(raster.scales[0]), float(raster.offsets[0])
    return (scale if np.isfinite(scale) and scale != 0 else 1.0), offset


def _scaled(stored: Floats, scale: float, offset: float) -> Floats:
    # Division by ten gives the nearest number where a product with 0.1 does not.
    inverse = round(1.0 / scale)
    exact = inverse != 0 and 1.0 / inverse == scale
    return (stored / inverse if exact else stored * scale) + offset


def _populated(raster: Any, file: str) -> tuple[Ints, Floats, int]:
    """Numbers (from 0) and values of the cells above zero, and the count of wrong cells."""
    from rasterio.windows import Window

    scale, offset = _scaling(raster)
    found_at: list[Ints] = []
    found: list[Floats] = []
    bad, count = 0, 0
    # Whole rows of blocks, so that no block is unpacked twice.
    step = max(1, _AT_A_TIME // raster.width)
    block = int(raster.block_shapes[0][0])
    step = max(block, step // block * block) if block <= step else step
    for top in range(0, raster.height, step):
        height = min(step, raster.height - top)
        part = raster.read(1, window=Window(0, top, raster.width, height), masked=True)
        values = _scaled(part.astype(np.float64).filled(np.nan).ravel(), scale, offset)
        values[np.isnan(values)] = 0.0
        wrong = (values < 0) | np.isinf(values)
        bad += int(wrong.sum())
        inside = np.flatnonzero((values > 0) & ~wrong)
        count += len(inside)
        if count > _MOST_POINTS:
            raise StudyError("raster_too_many", file=file, most=_MOST_POINTS)
        found_at.append(inside + top * int(raster.width))
        found.append(values[inside])
    return np.concatenate(found_at), np.concatenate(found), bad
