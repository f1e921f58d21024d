"""Tables of features: cells as text, row numbers, faults, and the width that is refused."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from geo.base.errors import StudyError
from geo.readers.table.raw_table import RawTable, text_column


def test_features_become_text_with_rows_from_one() -> None:
    points = np.array([shapely.Point(1, 2), None], dtype=object)
    table = RawTable.of_features(
        "f.gpkg",
        {"id": [3.0, None], "名": [" a ", float("nan")], "n": [10**17, 0.25]},
        2,
        points,
        crs=pyproj.CRS.from_epsg(4547),
        faults={1: ("geometry_malformed", "WKB")},
    )
    assert table.frame.to_dict("list") == {
        "id": ["3", ""],
        "名": ["a", ""],
        "n": ["100000000000000000", "0.25"],
    }
    assert table.rows.tolist() == [1, 2] and table.rows_in == 2 == len(table)
    assert table.geometry is points and table.crs == "EPSG:4547"
    assert table.faults == {1: ("geometry_malformed", "WKB")}
    assert all(str(kind) == "str" for kind in table.frame.dtypes)


def test_rows_and_counts_of_the_reader() -> None:
    rows = np.array([7, 9], dtype=np.int64)
    table = RawTable.of_features("f.tif", {}, 2, rows=rows, rows_in=5)
    assert table.rows.tolist() == [7, 9] and table.rows_in == 5
    assert table.frame.shape == (2, 0) and table.geometry is None and table.crs is None


def test_a_table_that_is_too_wide_is_refused() -> None:
    with pytest.raises(StudyError) as caught:
        RawTable.of_features("f.kml", {str(at): [] for at in range(16_385)}, 0)
    assert caught.value.code == "columns_many"


def test_cells_of_any_type_as_text() -> None:
    assert text_column([True, b"x", ["a"], 1e300, -0.0]) == ["True", "", "['a']", "1e+300", "0"]
