"""The files of a run, as section 5 of the output contract names them.

Each file is one `OutputFile` record in `OUTPUT_FILES`. The list of written files, downloads, the
zip by county, the names that must not replace inputs and the hashes in summary.json follow from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow.parquet as pq

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.files import atomic_path, file_sha256, output_errors, written_together
from geo.base.jobs import in_threads
from geo.base.messages import plain
from geo.base.progress import Progress
from geo.base.quality_log import QUALITY_COLUMNS
from geo.base.scratch import ScratchFolder
from geo.coverage.access_table import ACCESS_SCHEMA
from geo.equity.by_band import EQUITY_COLUMNS, equity_of
from geo.rules.layer_demand import BASE_CAUSES
from layers.export.csv import csv_blocks, csv_bytes, in_order
from layers.export.geo_files import gaps_geojson, write_isochrones
from layers.export.gis_styles import STYLE_FILES, style_bytes
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.export.overview.workbook import OVERVIEW_XLSX, overview_workbook
from layers.shapes.units import extent
from layers.web_map.packed_ground import packed_ground
from layers.web_map.standalone import render_map
from layers.words.catalogue import words_for
from layers.words.programmes.overview import has_overview

__all__ = [
    "OUTPUT_FILES",
    "OutputFile",
    "Source",
    "county_files",
    "register_output",
    "result_bytes",
    "result_names",
    "table",
    "write_results",
]


@dataclass(frozen=True)
class Source:
    """What an output file is written from.

    Attributes
    ----------
    analysis : Analysis
    locale : str
        Language of gaps.xlsx and map.html; tables have the contract's names in every language.
    folder : Path, optional
        Where the other files of the run are; None for a download.
    """

    analysis: Analysis
    locale: str
    folder: Path | None = None


@dataclass(frozen=True)
class OutputFile:
    """One file of a run.

    Attributes
    ----------
    name : str
    write : callable
        ``write(source, path)`` writes the file to `path`, which exists and is empty.
    needs : str
        ``analysis``, or ``files`` for a file that describes the files beside it: it is written
        after them and is no download.
    order : int
        Files with a lower number are begun earlier. Two files are written at a time; the slowest
        begin first, and those that hold the interpreter (the workbook, the map) alternate with
        those that release it (tables, GDAL).
    by_county : bool
        The file is also written for each county alone.
    when : callable, optional
        Whether the analysis has what the file holds. Without it, every run has the file. A file of
        an earlier run is removed where the new one has none.
    """

    name: str
    write: Callable[[Source, Path], None]
    needs: Literal["analysis", "files"] = "analysis"
    order: int = 9
    by_county: bool = False
    when: Callable[[Analysis], bool] | None = None


# By name, in the order in which they are listed.
OUTPUT_FILES: dict[str, OutputFile] = {}

# Columns in the contract's order; "parents" stands for one column a parent level, "causes" for one
# a cause.
_COLUMNS = {
    "demand": "demand_id unit_id layer weight minutes metres site_id covered cause access_m lon"
    " lat time_ms",
    "units": "unit_id unit_name level parents layer sites has_site demand_total demand_covered"
    " share_by_time minutes_p50 minutes_p90",
    "gaps": "rank unit_id unit_name parents layer demand_total uncovered uncovered_share"
    " main_cause causes nearest_site_id nearest_site_name nearest_minutes_p50 lon lat",
    "gap_points": "demand_id name unit_id unit_name parents layer weight nearest_site_id"
    " nearest_site_name metres minutes cause lon lat",
    "sites": "site_id name layer unit_id used access_m demand_within demand_owned capacity lon lat",
    "quality": "severity file row field problem action value",
    "equity": " ".join(EQUITY_COLUMNS),
}


def register_output(file: OutputFile) -> None:
    """Add a file to every run.

    Raises
    ------
    ValueError
        There is a file of this name already.
    """
    if file.name in OUTPUT_FILES:
        raise ValueError(f"{file.name} is registered already")
    OUTPUT_FILES[file.name] = file


def result_names(analysis: Analysis | None = None) -> list[str]:
    """The names of the files of a run: of this analysis, or those that every run has."""
    return [
        name
        for name, file in OUTPUT_FILES.items()
        if file.when is None or (analysis is not None and file.when(analysis))
    ]


def county_files() -> list[str]:
    """The names of the files that are also written for each county alone."""
    return [file.name for file in OUTPUT_FILES.values() if file.by_county]


def table(analysis: Analysis, name: str) -> pd.DataFrame:
    """One of the tables of `analysis` (demand, units, gaps, ...) in the contract's column order."""
    several = {
        "parents": analysis.study.units.parents,
        "causes": [f"uncovered_{cause}" for cause in BASE_CAUSES],
    }
    columns: list[str] = []
    for column in _COLUMNS[name].split():
        columns += several.get(column, (column,))
    frame: pd.DataFrame = equity_of(analysis) if name == "equity" else getattr(analysis, name)
    return in_order(frame, columns)


def result_bytes(analysis: Analysis, name: str, *, locale: str | None = None) -> bytes:
    """One file of a run as bytes, the same that `write_results` writes (for a download).

    Parameters
    ----------
    analysis : Analysis
    name : str
        One of `result_names`.
    locale : str, optional
        Language of gaps.xlsx and map.html; the study's own by default.

    Raises
    ------
    KeyError
        There is no such file.
    ValueError
        The file describes other files on disk (summary.json).
    OutputError
        No temporary file can be written.
    """
    file = OUTPUT_FILES[name]
    if file.needs == "files":
        raise ValueError(f"{name} describes the files beside it")
    path = Path(name)
    with output_errors(path), ScratchFolder("quarterhour-") as folder:
        path = folder / name
        path.touch()
        with output_errors(path):  # the disk of temporary files is full
            file.write(Source(analysis, locale or analysis.study.study.locale), path)
            return path.read_bytes()


def write_results(
    analysis: Analysis,
    out: Path,
    *,
    locale: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write every file of the run into `out`, all together or none.

    The files are written beside those of an earlier run and replace them when all are there: after
    an error, a cancel or a kill, `out` holds one set. Two runs of one study give the same bytes
    except ``generated_at`` in summary.json.

    Parameters
    ----------
    analysis : Analysis
    out : Path
        The folder; made if missing. Files of an earlier run are replaced.
    locale : str, optional
        Language of gaps.xlsx and map.html; the study's own by default.
    progress : Progress, optional
        Receives the stage ``write`` and a step for each file.

    Returns
    -------
    list of Path
        The files, in the order of `result_names`.

    Raises
    ------
    OutputError
        A file cannot be written; the error names it.
    CancelledError
        ``cancelled``: nothing has been written. ``cancelled_late``: everything has.
    """
    progress = progress or Progress()
    names = result_names(analysis)
    progress.stage("write", len(names))
    out = Path(out)
    gone = [name for name in OUTPUT_FILES if name not in names]
    with written_together(out, gone=gone) as folder:
        _write_all(Source(analysis, locale or analysis.study.study.locale, folder), out, progress)
    return [out / name for name in names]


def _write_all(source: Source, out: Path, progress: Progress) -> None:
    """Write the files into the source's folder; messages name them in `out`."""
    names = result_names(source.analysis)
    files = sorted((OUTPUT_FILES[name] for name in names), key=lambda f: (f.order, f.name))
    # One file is compressed or formatted outside the interpreter while the other works in it.
    first = [file for file in files if file.needs == "analysis"]
    in_threads(partial(_write, source, out), first, progress)
    for file in files:
        if file.needs == "files":
            _write(source, out, file)
            progress.step()


def write_findings(findings: pd.DataFrame, out: Path) -> Path:
    """Write quality.csv alone, for a study that could not be read to its end; returns its path.

    Where `out` holds the results of an earlier run, these stay one set: the findings are then in
    quality.unfinished.csv.

    Raises
    ------
    OutputError
        As `write_results`.
    """
    path = out / "quality.csv"
    if (out / "summary.json").exists():
        path = path.with_name("quality.unfinished.csv")
    with atomic_path(path) as temporary:
        temporary.write_bytes(csv_bytes(in_order(findings, QUALITY_COLUMNS)))
    return path


def _write(source: Source, out: Path, file: OutputFile) -> None:
    assert source.folder is not None
    path = source.folder / file.name
    with output_errors(out / file.name):
        path.touch()
        file.write(source, path)


def _write_table(name: str, source: Source, path: Path) -> None:
    """Written in blocks, since a province's table does not fit into memory as text."""
    with path.open("wb") as file:
        file.writelines(csv_blocks(table(source.analysis, name)))


def _write_workbook(source: Source, path: Path) -> None:
    path.write_bytes(gaps_workbook(source.analysis, words_for(source.locale)))


def _write_geojson(source: Source, path: Path) -> None:
    path.write_bytes(gaps_geojson(source.analysis, table(source.analysis, "gaps")))


def _write_map(source: Source, path: Path) -> None:
    analysis = source.analysis
    ground = packed_ground(analysis.study, extent(analysis), cache=default_cache())
    page = render_map(analysis, locale=source.locale, ground=ground)
    path.write_bytes(page.encode("utf-8"))


def _write_style(name: str, source: Source, path: Path) -> None:
    path.write_bytes(style_bytes(source.analysis, words_for(source.locale), name))


def _write_access(source: Source, path: Path) -> None:
    """Written block by block, since the pairs of a province do not fit into memory."""
    if source.analysis.access is None:
        raise ValueError("the run was not asked for the access table")
    with pq.ParquetWriter(path, ACCESS_SCHEMA, compression="zstd") as writer:
        for block in source.analysis.access():
            writer.write_table(block)


def _write_overview(source: Source, path: Path) -> None:
    path.write_bytes(overview_workbook(source.analysis, words_for(source.locale)))


def _write_isochrones(source: Source, path: Path) -> None:
    write_isochrones(source.analysis.isochrones, path)


def _write_summary(source: Source, path: Path) -> None:
    """The summary with the time of the run and the hashes of the files beside it."""
    if source.folder is None:
        raise ValueError("summary.json describes the files of a folder")
    written = (OUTPUT_FILES[name] for name in result_names(source.analysis))
    names = sorted(file.name for file in written if file.needs == "analysis")
    added = {
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "outputs": {name: file_sha256(source.folder / name) for name in names},
    }
    content = plain({**source.analysis.summary, **added})
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    path.write_bytes(f"{text}\n".encode())


for _file in (
    OutputFile("demand.csv", partial(_write_table, "demand"), order=2),
    OutputFile("units.csv", partial(_write_table, "units")),
    OutputFile("gaps.csv", partial(_write_table, "gaps"), by_county=True),
    OutputFile("gaps.xlsx", _write_workbook, order=0, by_county=True),
    OutputFile("gaps.geojson", _write_geojson),
    OutputFile("gap_points.csv", partial(_write_table, "gap_points"), order=1),
    OutputFile("sites.csv", partial(_write_table, "sites")),
    OutputFile(
        "access.parquet", _write_access, order=0, when=lambda analysis: analysis.access is not None
    ),
    OutputFile(OVERVIEW_XLSX, _write_overview, when=has_overview),
    OutputFile("equity.csv", partial(_write_table, "equity")),
    OutputFile("quality.csv", partial(_write_table, "quality")),
    OutputFile("map.html", _write_map, order=3, by_county=True),
    # QGIS applies a style file of the same name by itself.
    *(OutputFile(name, partial(_write_style, name)) for name in STYLE_FILES),
    OutputFile("isochrones.gpkg", _write_isochrones, order=4),
    OutputFile("summary.json", _write_summary, needs="files"),
):
    register_output(_file)
