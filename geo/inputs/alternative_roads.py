"""The other road file of a study (``[network] alternative``), read for sensitivity only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from geo.base.quality_log import QualityLog
from geo.inputs.road_source import RoadSource
from geo.study.model import Study

__all__ = ["alternative_roads"]


def alternative_roads(
    study: Study, quality: QualityLog, *, cache: Path | None = None
) -> RoadSource | None:
    """Read the other road file of a study; None where the study names none.

    Overrides name edges of the study's own road file, so they are not applied.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives the findings, and the count of rows under the role ``alternative``.
    cache : Path, optional
        As in `geo.pipeline.run`.

    Raises
    ------
    StudyError
        The file is missing or cannot be read as roads.
    """
    network = study.network
    if network.alternative is None:
        return None
    study.file(network.alternative, "network.alternative")
    other = network.model_copy(
        update={
            "path": network.alternative,
            "datum": network.alternative_datum or network.datum,
            "layer": None,
            "overrides": None,
        }
    )
    log = QualityLog(names=study.origins)
    roads = RoadSource(study.model_copy(update={"network": other}), log, cache=cache)
    quality.rows.extend(log.rows)
    quality.inputs.extend(replace(count, role="alternative") for count in log.inputs)
    return roads
