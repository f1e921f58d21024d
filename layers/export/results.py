"""Every file of a run, as section 5 of the output contract names them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from geo.analysis import Analysis
from geo.base.files import atomic_path, file_sha256, write_atomic
from geo.base.jobs import two_at_a_time
from geo.base.messages import plain
from geo.base.progress import Progress
from layers.export.csv import csv_blocks, csv_bytes, in_order
from layers.export.geo_files import gaps_geojson, write_isochrones
from layers.export.gis_styles import STYLE_FILES, style_bytes
from layers.export.workbook import gaps_workbook
from layers.web_map.standalone import render_map
from layers.words.catalogue import words_for

__all__ = ["RESULT_FILES", "result_bytes", "table", "write_results"]

_ISOCHRONES = "isochrones.gpkg"
_SUMMARY = "summary.json"
# Columns in the contract's order; "parents" stands for one column a parent level.
_COLUMNS = {
    "demand": "demand_id unit_id layer weight minutes metres site_id covered cause access_m lon"
    " lat time_ms",
    "units": "unit_id unit_name level parents layer sites has_site demand_total demand_covered"
    " share_by_time minutes_p50 minutes_p90",
    "gaps": "rank unit_id unit_name parents layer demand_total uncovered uncovered_share"
    " main_cause uncovered_data_doubt uncovered_cut_off uncovered_too_far nearest_site_id"
    " nearest_site_name nearest_minutes_p50 lon lat",
    "gap_points": "demand_id name unit_id unit_name parents layer weight nearest_site_id"
    " nearest_site_name metres minutes cause lon lat",
    "sites": "site_id name layer unit_id used access_m demand_within demand_owned capacity lon lat",
    "quality": "severity file row field problem action value",
}


def table(analysis: Analysis, name: str) -> pd.DataFrame:
    """One of the tables of `analysis` (demand, units, gaps, ...) in the contract's column order."""
    columns: list[str] = []
    for column in _COLUMNS[name].split():
        columns += analysis.study.units.parents if column == "parents" else (column,)
    frame: pd.DataFrame = getattr(analysis, name)
    return in_order(frame, columns)


def _csv(name: str) -> Callable[[Analysis, str], bytes]:
    return lambda analysis, locale: csv_bytes(table(analysis, name))


def _xlsx(analysis: Analysis, locale: str) -> bytes:
    return gaps_workbook(analysis, words_for(locale))


def _geojson(analysis: Analysis, locale: str) -> bytes:
    return gaps_geojson(analysis, table(analysis, "gaps"))


def _map(analysis: Analysis, locale: str) -> bytes:
    return render_map(analysis, locale=locale).encode("utf-8")


def _style(name: str) -> Callable[[Analysis, str], bytes]:
    return lambda analysis, locale: style_bytes(analysis, words_for(locale), name)


_CONTENTS: dict[str, Callable[[Analysis, str], bytes]] = {
    "demand.csv": _csv("demand"),
    "units.csv": _csv("units"),
    "gaps.csv": _csv("gaps"),
    "gaps.xlsx": _xlsx,
    "gaps.geojson": _geojson,
    "gap_points.csv": _csv("gap_points"),
    "sites.csv": _csv("sites"),
    "quality.csv": _csv("quality"),
    "map.html": _map,
    # QGIS takes a style of the same name by itself.
    **{name: _style(name) for name in STYLE_FILES},
}
# In the order of writing: the summary, which holds the others' hashes, comes last.
RESULT_FILES = (*_CONTENTS, _ISOCHRONES, _SUMMARY)
# The workbook and the map hold the interpreter, tables and GDAL do not: so they go in turns.
_LONGEST = ("gaps.xlsx", "gap_points.csv", "demand.csv", "map.html", _ISOCHRONES)


def result_bytes(analysis: Analysis, name: str, *, locale: str | None = None) -> bytes:
    """One file of a run as bytes, the same that `write_results` writes (for a download).

    Parameters
    ----------
    analysis : Analysis
    name : str
        Any of `RESULT_FILES` but isochrones.gpkg, which GDAL writes to disk only, and
        summary.json, which tells of the files on disk.
    locale : str, optional
        Language of gaps.xlsx and map.html; the study's own by default. The other files hold the
        contract's names in every language.
    """
    return _CONTENTS[name](analysis, locale or analysis.study.study.locale)


def write_results(
    analysis: Analysis,
    out: Path,
    *,
    locale: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write every file of the run into `out`, each whole or not at all, summary.json last.

    Two runs of one study give the same bytes but for ``generated_at`` in summary.json.

    Parameters
    ----------
    analysis : Analysis
    out : Path
        The folder; made where it is missing. Files of an earlier run are replaced.
    locale : str, optional
        Language of gaps.xlsx and map.html; the study's own by default.
    progress : Progress, optional
        Told of the stage ``write`` and of each file.

    Returns
    -------
    list of Path
        The files, in the order of `RESULT_FILES`.

    Raises
    ------
    OutputError
        A file cannot be written; the error names it.
    """
    progress = progress or Progress()
    progress.stage("write", len(RESULT_FILES))
    out = Path(out)
    write = partial(_write, analysis, out, locale=locale)
    # Two at a time: one compresses or formats outside the interpreter while the other works in it.
    two_at_a_time(write, sorted(RESULT_FILES[:-1], key=_turn), progress)
    write_atomic(out / _SUMMARY, _summary_bytes(analysis, out))
    progress.step()
    return [out / name for name in RESULT_FILES]


def _turn(name: str) -> int:
    return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)


def _write(analysis: Analysis, out: Path, name: str, *, locale: str | None) -> None:
    """One file; long tables go out piece by piece."""
    with atomic_path(out / name) as temporary:
        if name == _ISOCHRONES:
            write_isochrones(analysis.isochrones, temporary)
        elif name.endswith(".csv"):
            with temporary.open("wb") as file:
                file.writelines(csv_blocks(table(analysis, name.removesuffix(".csv"))))
        else:
            temporary.write_bytes(result_bytes(analysis, name, locale=locale))


def _summary_bytes(analysis: Analysis, out: Path) -> bytes:
    """The summary with the one clock of a run and the hashes of the files beside it."""
    files = sorted(name for name in RESULT_FILES if name != _SUMMARY)
    added = {
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "outputs": {name: file_sha256(out / name) for name in files},
    }
    content = plain({**analysis.summary, **added})
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
