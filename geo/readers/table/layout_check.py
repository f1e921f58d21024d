"""Coordinates in metres: converted by the study's `crs`, else refused with a proposal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from geo.base.errors import StudyError
from geo.coordinates.datum_accuracy import inexact_datum
from geo.coordinates.layout import Bounds, detect_layout, project_to_lonlat
from geo.readers.table.row_filter import RowFilter
from geo.study.model import DemandInput, Layer, UnitsInput

__all__ = ["Near", "Source", "check_datum", "check_layout", "to_degrees"]

Floats = NDArray[np.float64]
Source = DemandInput | Layer | UnitsInput
# Returns the bounds of the study, None where unknown; called only when they are needed.
Near = Callable[[], Bounds | None]

# From this share of rows outside the range of degrees on, the columns are wrong, not the rows.
_WRONG_SHARE = 0.8
_SHOWN = 3


def to_degrees(first: Floats, second: Floats, source: Source) -> tuple[Floats, Floats]:
    """Degrees of two columns by the `crs` and `axis` of the study; unchanged without `crs`.

    Raises
    ------
    StudyError
        There is no such projection (``crs_unknown``).
    """
    if source.axis == "yx":
        first, second = second, first
    if source.crs is None:
        return first, second
    try:
        return project_to_lonlat(first, second, source.crs)
    except ProjError as error:
        raise StudyError("crs_unknown", file="study.toml", value=source.crs) from error


def check_datum(crs: str | None, where: str, row_filter: RowFilter, *, accepted: bool) -> None:
    """Refuse coordinates whose datum has no exact shift, unless the study accepts the error.

    Parameters
    ----------
    crs : str or None
        The coordinate system of the file, else of the study.
    where : str
        Section of study.toml, for the message.
    row_filter : RowFilter
        Receives ``datum_inexact`` where the study accepts it.
    accepted : bool
        Whether the study accepts the error (`inexact_datum`).

    Raises
    ------
    StudyError
        ``datum_inexact``.
    """
    try:
        found = None if crs is None else inexact_datum(crs)
    except ProjError:  # no such system, which is said where it is used
        return
    if found is None:
        return
    name, error_m = found
    if not accepted:
        raise StudyError(
            "datum_inexact", file=row_filter.file, field=where, value=name, metres=error_m
        )
    row_filter.about_file("warning", "datum_inexact", field=where, value=f"{name}, {error_m} m")


def check_layout(
    first: Floats,
    second: Floats,
    source: Source,
    near: Near,
    *,
    file: str,
    field: str,
) -> None:
    """Refuse columns of which most rows are outside the range of degrees, and say what they hold.

    Parameters
    ----------
    first, second : float64 (n)
        The columns as they are in the file.
    near : callable
        Bounds of the study, called only where the columns are doubtful: the right projection is
        the one that puts the points there.
    field : str
        Section of study.toml, for the message.

    Raises
    ------
    StudyError
        ``coordinates_swapped`` or ``coordinates_metres``.
    """
    known = np.isfinite(first) & np.isfinite(second)
    if source.crs is not None or source.axis == "yx" or not known.any():
        return
    outside = (np.abs(first[known]) > 180) | (np.abs(second[known]) > 90)
    if outside.mean() < _WRONG_SHARE:
        return
    found = detect_layout(first, second, near=near())
    if found.kind == "swapped":
        raise StudyError("coordinates_swapped", file=file, field=field)
    if found.kind == "metres":
        codes = " / ".join(found.crs[:_SHOWN]) + (" …" if len(found.crs) > _SHOWN else "")
        raise StudyError("coordinates_metres", file=file, field=field, value=codes, axis=found.axis)
