"""The candidates that a user names: a file, ``streets:METRES``, ``demand`` or ``layer:KEY``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely

from geo.base.errors import QuestionError
from geo.questions.explorer import Explorer
from geo.questions.question import check_tried
from geo.siting.candidates import (
    Candidates,
    candidates_of_demand,
    candidates_of_sites,
    candidates_of_streets,
    read_candidates,
    read_closed_areas,
)
from geo.study.section import Datum

__all__ = ["candidates_from"]


def candidates_from(
    explorer: Explorer,
    key: str,
    source: str,
    *,
    datum: Datum = "wgs84",
    closed_areas: str | None = None,
    paths: Mapping[str, Path] | None = None,
) -> Candidates:
    """The candidates for a layer.

    Parameters
    ----------
    key : str
        Key of the layer that gets the new sites.
    source : str
        A file, ``streets:METRES``, ``demand`` or ``layer:KEY``.
    datum : str
        Of the coordinates of a file.
    closed_areas : str, optional
        A file of polygons (degrees) in which no candidate may stand.
    paths : mapping of str to Path, optional
        Where files lie that were uploaded, by their names.

    Raises
    ------
    StudyError, QuestionError
        The source is unknown, or nothing of it can be used.
    """
    check_tried(explorer.study.layer(key))
    paths = paths or {}
    found = _all_candidates(explorer, key, source, datum, paths)
    if closed_areas is not None:
        shapes, quality = read_closed_areas(
            explorer.study, closed_areas, path=paths.get(closed_areas)
        )
        found.quality.rows.extend(quality.rows)
        frame = found.frame
        points = shapely.points(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
        gone = np.zeros(len(frame), np.bool_)
        gone[shapely.STRtree(shapes).query(points, predicate="intersects")[0]] = True
        found = found.without(gone, "candidate_in_closed_area")
    if found.frame.empty:
        raise QuestionError("candidates_none", source=source, rows=found.rows_in)
    return found


def _all_candidates(
    explorer: Explorer, key: str, source: str, datum: Datum, paths: Mapping[str, Path]
) -> Candidates:
    if source in paths:
        return read_candidates(explorer.study, source, datum=datum, path=paths[source])
    study, inputs = explorer.study, explorer.inputs
    kind, _, rest = source.partition(":")
    if source == "demand":
        return candidates_of_demand(
            inputs.points, explorer.layer_state(key)[0].demand.point, source
        )
    if kind == "layer" and rest:
        other = study.layer(rest)
        return candidates_of_sites(inputs.sites[other.key], source)
    if kind == "streets" and rest:
        try:
            metres = float(rest)
        except ValueError:
            raise QuestionError("siting_grid_wrong", value=rest) from None
        network = explorer.layer_state(key)[0].network
        shapes = inputs.areas.frame.geometry.to_numpy()
        return candidates_of_streets(inputs.roads.roads, network, shapes, metres, source)
    return read_candidates(study, source, datum=datum)
