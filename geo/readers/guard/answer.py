"""Tables and roads as Arrow and .npy files, from the child process to its parent; no pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.readers.table.raw_table import RawTable, check_width
from geo.roads.roads import Roads

__all__ = ["read_roads_answer", "read_table_answer", "write_roads_answer", "write_table_answer"]

_TABLE = "table.arrow"


def write_table_answer(table: RawTable, folder: Path) -> dict[str, Any]:
    """Write the table as an Arrow file into `folder`, and return the rest of it as JSON types."""
    import pyarrow as pa

    # Columns are numbered, since Arrow may not distinguish two names of a file.
    columns = {
        f"c{at}": pa.array(table.frame.iloc[:, at].array, pa.large_string())
        for at in range(table.frame.shape[1])
    }
    columns["rows"] = pa.array(np.asarray(table.rows), pa.int64())
    if table.geometry is not None:
        columns["geometry"] = pa.array(shapely.to_wkb(table.geometry), pa.large_binary())
    content = pa.table(columns)
    with (
        pa.OSFile(str(folder / _TABLE), "wb") as sink,
        pa.ipc.new_file(sink, content.schema) as writer,
    ):
        writer.write_table(content)
    return {
        "columns": [str(name) for name in table.frame.columns],
        "rows_in": table.rows_in,
        "crs": table.crs,
        "faults": [[at, *fault] for at, fault in table.faults.items()],
        "stated_unit": table.stated_unit,
    }


def read_table_answer(folder: Path, file: str, answer: Mapping[str, Any]) -> RawTable:
    """The table that `write_table_answer` wrote into `folder`.

    Raises
    ------
    StudyError
        ``columns_many``.
    """
    import pyarrow as pa

    with pa.OSFile(str(folder / _TABLE)) as source:
        table = pa.ipc.open_file(source).read_all()
    rows = table.column("rows").to_numpy().astype(np.int64)
    names = answer["columns"]
    check_width(len(names), file)
    cells = {name: pd.array(table.column(f"c{at}"), dtype="str") for at, name in enumerate(names)}
    geometry = None
    if "geometry" in table.column_names:
        wkb = np.array([*table.column("geometry").to_pylist(), None], dtype=object)[:-1]
        geometry = np.asarray(shapely.from_wkb(wkb), dtype=object)
    frame = pd.DataFrame(cells, index=pd.RangeIndex(len(rows)))
    faults = {int(at): (str(code), str(value)) for at, code, value in answer["faults"]}
    rows_in, unit = int(answer["rows_in"]), str(answer["stated_unit"])
    return RawTable(file, frame, rows, rows_in, geometry, answer["crs"], faults, unit)


def write_roads_answer(roads: Roads, rows_in: int, rows_used: int, folder: Path) -> dict[str, Any]:
    """Write the arrays of the roads into `folder`, and return the counts."""
    for item in fields(Roads):
        np.save(folder / f"{item.name}.npy", getattr(roads, item.name), allow_pickle=False)
    return {"rows_in": rows_in, "rows_used": rows_used}


def read_roads_answer(folder: Path) -> Roads:
    """The roads that `write_roads_answer` wrote into `folder`."""
    arrays = {
        item.name: np.load(folder / f"{item.name}.npy", allow_pickle=False)
        for item in fields(Roads)
    }
    return Roads(**arrays)
