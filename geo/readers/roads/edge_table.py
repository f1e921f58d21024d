"""Roads from an edge table: a layer of features with one line a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.base.ragged import ranges
from geo.readers.formats.detect import read_table
from geo.readers.roads.assemble import assemble, codes_of, edge_ids, geodesic_lengths
from geo.readers.roads.named_nodes import named_nodes
from geo.readers.roads.road_columns import find_road_columns, packed_tags
from geo.readers.roads.word_report import report_unread_columns, report_words
from geo.readers.table.layout_check import check_datum
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import RowFilter, column, numbers
from geo.roads.osm_access import ACCESS_TAGS, classify
from geo.roads.roads import Roads
from geo.roads.shared_vertices import same_places, split_at_nodes

__all__ = ["read_edge_table"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Geometries = NDArray[np.object_]

_LINEAR = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)


@dataclass(frozen=True)
class _Lines:
    """Lines, one after the other, and the row of the table that each comes from."""

    lonlat: Floats
    start: Ints
    row_of: Ints


def read_edge_table(
    path: Path,
    file: str,
    quality: QualityLog,
    datum: str,
    *,
    layer: str | None = None,
    inexact_datum: bool = False,
) -> tuple[Roads, int, int]:
    """Read an edge table.

    Columns beside the geometry, all optional (`geo.readers.roads.road_columns`): `id`, `highway` or
    `fclass`, the tags of `ACCESS_TAGS`, `length_m`, `speed_kmh`, and `u` with `v`. Without `u` and
    `v`, vertices that agree to 1e-7 degrees, ends or not, are one node, and lines are cut there.
    With them a line must run from u to v: it is reversed where the end
    points of its neighbours show that it runs from v to u, and set aside where neither fits.

    Parameters
    ----------
    path, file, quality
        As in `read_table`.
    datum : str
        Datum of the file's coordinates.
    layer : str, optional
        Which layer of a GeoPackage is meant.
    inexact_datum : bool
        Whether the study accepts a datum without an exact shift to WGS-84.

    Returns
    -------
    roads : Roads
        Edges in row order.
    rows_in, rows_used : int

    Raises
    ------
    StudyError
        No geometry (``edges_no_geometry``), u and v that do not fit the lines
        (``edges_uv_broken``), a datum without an exact shift (``datum_inexact``), the errors of
        `read_table`.
    """
    table = read_table(path, file, quality, Choice(layer))
    if table.geometry is None:
        raise StudyError("edges_no_geometry", file=file)
    row_filter = RowFilter(table, quality)
    check_datum(table.crs, "network", row_filter, accepted=inexact_datum)
    columns = find_road_columns(table.frame.columns)
    lines = _lines(table.geometry, row_filter)
    own_length_m = _optional_numbers(table, columns.of.get("length_m"), row_filter, least=0.0)
    speed_kmh = _optional_numbers(table, columns.of.get("speed_kmh"), row_filter, least=1e-6)
    if "u" in columns.of and "v" in columns.of:
        named = {key: column(table, columns.of[key], key) for key in ("u", "v")}
        lines, u, v, node_lonlat = _by_name(table, named, lines, row_filter)
    else:
        lines, u, v, node_lonlat = _by_place(lines)
    tags = _tags(table, columns.of)
    combinations, combination_of = codes_of(zip(*tags.values(), strict=True))
    if not tags:
        combinations, combination_of = [()], np.zeros(len(table), np.int64)
    classes = [classify(dict(zip(tags, values, strict=True))) for values in combinations]
    kept = combination_of[row_filter.keep]
    report_words(classes, kept, quality, file=file, has_class="highway" in tags)
    report_unread_columns(columns.unread, quality, file=file)
    rows = lines.row_of
    roads = assemble(
        lonlat=lines.lonlat,
        start=lines.start,
        u=u,
        v=v,
        node_lonlat=node_lonlat,
        edge_id=_ids(table, columns.of)[rows],
        classes=classes,
        class_of=combination_of[rows],
        length_m=_spread_lengths(own_length_m, lines),
        speed_kmh=speed_kmh[rows],
        datum=datum,
    )
    return roads, table.rows_in, int(row_filter.keep.sum())


def _lines(source: Geometries, row_filter: RowFilter) -> _Lines:
    """The rows' lines; a MultiLineString is as many edges as it has parts."""
    geometry = np.array(source, dtype=object)
    row_filter.set_aside_geometry()
    kinds = np.array([getattr(item, "geom_type", "") for item in geometry], dtype=object)
    other = ~np.isin(shapely.get_type_id(geometry), _LINEAR)
    row_filter.set_aside(other, "geometry_not_line", field="geometry", values=kinds)
    # A line with an infinite vertex has infinite or absent bounds, which fail the comparison.
    bounds = shapely.bounds(geometry)
    inside = (bounds >= [-180, -90, -180, -90]) & (bounds <= [180, 90, 180, 90])
    row_filter.set_aside(~inside.all(axis=1), "coordinate_range", field="geometry")
    parts, row_of = shapely.get_parts(geometry[row_filter.keep], return_index=True)
    lonlat, part_of = shapely.get_coordinates(parts, return_index=True)
    finite = np.bincount(part_of, ~np.isfinite(lonlat).all(axis=1), minlength=len(parts)) == 0
    row_of = np.flatnonzero(row_filter.keep)[row_of]
    broken = np.zeros(len(geometry), dtype=bool)
    broken[row_of[~finite]] = True
    row_filter.set_aside(broken, "coordinate_bad", field="geometry")
    several = np.bincount(row_of, minlength=len(geometry)) > 1
    row_filter.note(several, "info", "line_exploded", action="repaired", field="geometry")
    good = row_filter.keep[row_of]
    counts = shapely.get_num_coordinates(parts[good])
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return _Lines(lonlat[good[part_of]], start, row_of[good])


def _by_place(lines: _Lines) -> tuple[_Lines, Ints, Ints, Floats]:
    """Lines cut where they share a vertex, end or inner, and their nodes."""
    if not len(lines.row_of):
        none = np.zeros(0, np.int64)
        return lines, none, none, np.zeros((0, 2))
    place = same_places(lines.lonlat)
    line_of = np.repeat(np.arange(len(lines.row_of)), np.diff(lines.start))
    # A vertex that repeats the one before is dropped, but a line keeps two.
    repeated = np.zeros(len(place), dtype=bool)
    repeated[1:] = (place[1:] == place[:-1]) & (line_of[1:] == line_of[:-1])
    alone = np.bincount(line_of[~repeated], minlength=len(lines.row_of)) == 1
    repeated[lines.start[1:][alone] - 1] = False
    at = np.flatnonzero(~repeated)
    first, last, node_of, node_at = split_at_nodes(place[at], line_of[at])
    counts = last - first + 1
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lonlat = lines.lonlat[at]
    pieces = _Lines(lonlat[ranges(first, counts)], start, lines.row_of[line_of[at[first]]])
    return pieces, node_of[first], node_of[last], lonlat[node_at]


def _by_name(
    table: RawTable, names: dict[str, Texts], lines: _Lines, row_filter: RowFilter
) -> tuple[_Lines, Ints, Ints, Floats]:
    """Nodes from the columns u and v; lines are reversed or set aside where they do not fit."""
    for key, cells in names.items():
        row_filter.set_aside(cells == "", "node_name_missing", field=key)
    # The names say nothing about the inner ends of the parts of a line.
    several = np.bincount(lines.row_of, minlength=len(table)) > 1
    row_filter.set_aside(several, "line_in_parts", field="geometry")
    lines = _only(lines, row_filter.keep[lines.row_of])
    _, codes = codes_of(np.column_stack([names["u"], names["v"]])[lines.row_of].ravel().tolist())
    u, v = codes[0::2], codes[1::2]
    first, last = lines.lonlat[lines.start[:-1]], lines.lonlat[lines.start[1:] - 1]
    fits, turned, node_lonlat = named_nodes(u, v, first, last)
    bad = np.zeros(len(table), dtype=bool)
    bad[lines.row_of[~fits]] = True
    ends = np.array([f"{a} → {b}" for a, b in zip(names["u"], names["v"], strict=True)], object)
    if bad.sum() > 0.05 * max(len(u), 20):
        raise StudyError("edges_uv_broken", file=table.file, count=int(bad.sum()), rows=len(u))
    row_filter.set_aside(bad, "edge_ends_disagree", field="u, v", values=ends)
    round_ = np.zeros(len(table), dtype=bool)
    round_[lines.row_of[turned]] = True
    if round_.any():
        row_filter.total(round_, "info", "line_turned", action="repaired", field="geometry")
    # Nodes of the lines that are left, in order of appearance.
    used, codes = codes_of(np.column_stack([u[fits], v[fits]]).ravel().tolist())
    places = node_lonlat[np.array(used, dtype=np.int64)]
    return _only(_turned(lines, turned), fits), codes[0::2], codes[1::2], places


def _only(lines: _Lines, which: NDArray[np.bool_]) -> _Lines:
    """The lines of `which` (n)."""
    counts = np.diff(lines.start)
    start = np.concatenate([[0], np.cumsum(counts[which])]).astype(np.int64)
    return _Lines(lines.lonlat[np.repeat(which, counts)], start, lines.row_of[which])


def _turned(lines: _Lines, which: NDArray[np.bool_]) -> _Lines:
    """The lines, those of `which` (n) reversed."""
    counts = np.diff(lines.start)
    inside = np.arange(len(lines.lonlat)) - np.repeat(lines.start[:-1], counts)
    mirrored = np.repeat(lines.start[1:] - 1, counts) - inside
    order = np.where(np.repeat(which, counts), mirrored, np.arange(len(lines.lonlat)))
    return _Lines(lines.lonlat[order], lines.start, lines.row_of)


def _ids(table: RawTable, columns: dict[str, str]) -> NDArray[np.int64] | NDArray[np.str_]:
    """The names of the edges for `overrides`: the column `id`, else the row."""
    if "id" in columns:
        return edge_ids(list(column(table, columns["id"], "id")))
    return table.rows


def _tags(table: RawTable, columns: dict[str, str]) -> dict[str, Texts]:
    """The cells of every tag that the table holds, in columns of their own or packed in one."""
    own = {tag: column(table, columns[tag], tag) for tag in ACCESS_TAGS if tag in columns}
    for tag, cells in packed_tags(table.frame).items():
        if tag not in own:
            own[tag] = cells
        else:
            own[tag] = np.where(own[tag] == "", cells, own[tag])
    return own


def _optional_numbers(
    table: RawTable, name: str | None, row_filter: RowFilter, *, least: float
) -> Floats:
    """A column of numbers, NaN where absent; other text is reported and read as absent."""
    if name is None:
        return np.full(len(table), np.nan)
    cells = column(table, name, name)
    values = numbers(cells)
    bad = ~(np.isfinite(values) & (values >= least))
    row_filter.note(
        bad & (cells != ""),
        "warning",
        "number_ignored",
        action="repaired",
        field=name,
        values=cells,
    )
    return np.where(bad, np.nan, values)


def _spread_lengths(length_m: Floats, lines: _Lines) -> Floats | None:
    """The given length of each row, divided among its parts by their measured lengths."""
    if np.isnan(length_m).all():
        return None
    per_line = length_m[lines.row_of]
    parts = np.bincount(lines.row_of, minlength=len(length_m))[lines.row_of]
    if (parts > 1).any():
        measured = geodesic_lengths(lines.lonlat, lines.start)
        whole = np.bincount(lines.row_of, measured, minlength=len(length_m))[lines.row_of]
        share = np.divide(measured, whole, out=1.0 / parts, where=whole > 0)
        per_line = np.where(parts > 1, per_line * share, per_line)
    return per_line
