"""Tables as text: what every reader of rows delivers.

All cells are text here. What a column means (an id, a weight, a coordinate) is decided by the code
that uses it, so that one bad cell costs one row and not the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.readers.table.invisible import visible

if TYPE_CHECKING:
    import pyproj

__all__ = ["Choice", "RawTable", "check_width", "refuse_repeated", "text_column"]

# As many as a sheet of Excel has; a column costs a table far more than its cells.
_MOST_COLUMNS = 16_384


@dataclass(frozen=True)
class Choice:
    """Which part of a file is meant: the layer of a GeoPackage or KML, the sheet of a workbook."""

    layer: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class RawTable:
    """Rows of an input as they stand in the file.

    Attributes
    ----------
    file : str
        Name for messages.
    frame : DataFrame (n rows)
        Columns of stripped text, empty where missing; the index runs from 0.
    rows : int64 (n)
        Row as the user sees it: the header of a CSV is row 1, features count from 1.
    rows_in : int
        Rows of the file, those included that the reader itself had to set aside.
    geometry : object array (n) of shapely geometries or None, or None
        In lon/lat degrees, projection undone, datum not yet shifted; None for a table without.
    crs : str or None
        The file's own coordinate system where it names one.
    faults : dict of int to (str, str)
        By position in the table: problem code and value of geometries that could not be made.
    stated_unit : str
        The unit that a line above the table states (``万人``), else empty.
    """

    file: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    rows_in: int
    geometry: NDArray[np.object_] | None = None
    crs: str | None = None
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    stated_unit: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of_features(
        cls,
        file: str,
        columns: Mapping[str, Sequence[Any]],
        count: int,
        geometry: NDArray[np.object_] | None = None,
        *,
        crs: pyproj.CRS | None = None,
        faults: Mapping[int, tuple[str, str]] | None = None,
        rows: NDArray[np.int64] | None = None,
        rows_in: int | None = None,
    ) -> RawTable:
        """A table of features: attributes of any type, with or without geometries.

        Parameters
        ----------
        file : str
            Name for messages.
        columns : mapping of name to cells (n)
            Made text by `text_column`.
        count : int
            Number of features n; there may be no columns.
        geometry : object array (n), optional
            In lon/lat degrees, projection undone.
        crs : pyproj.CRS, optional
            The file's own coordinate system.
        faults : mapping, optional
            As in the attribute.
        rows : int64 (n), optional
            By default the features count from 1.
        rows_in : int, optional
            By default n.

        Raises
        ------
        StudyError
            ``columns_many``, ``column_twice``.
        """
        check_width(len(columns), file)
        names = [visible(name).strip() for name in columns]
        refuse_repeated(names, file)
        cells = dict(zip(names, map(text_column, columns.values()), strict=True))
        return cls(
            file,
            pd.DataFrame(cells, index=pd.RangeIndex(count), dtype="str"),
            np.arange(1, count + 1, dtype=np.int64) if rows is None else rows,
            count if rows_in is None else rows_in,
            geometry,
            crs.to_string() if crs else None,
            dict(faults or {}),
        )


def check_width(columns: int, file: str) -> None:
    """Refuse a table with more columns than a sheet of Excel can have.

    Raises
    ------
    StudyError
        ``columns_many``.
    """
    if columns > _MOST_COLUMNS:
        raise StudyError("columns_many", file=file, count=columns, most=_MOST_COLUMNS)


def refuse_repeated(names: Sequence[str], file: str) -> None:
    """Refuse a table of which two columns have one name.

    Raises
    ------
    StudyError
        ``column_twice``.
    """
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise StudyError("column_twice", file=file, field=one_line(twice[0]))


def text_column(values: Any) -> list[str]:
    """Cells of any type as stripped text: missing → empty, 3.0 → ``3``, lists as Python writes.

    Invisible characters are removed.
    """
    return [
        value.strip() if type(value) is str and value.isascii() else _cell(value)
        for value in values
    ]


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bytes):
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        # An integer column with gaps arrives as floats; its ids must not grow a ".0".
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return visible(str(value)).strip()
