"""Where a study lies, by its own areas."""

from __future__ import annotations

import numpy as np
import shapely

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.layout import Bounds
from geo.readers.formats.detect import read_table
from geo.study.model import Study

__all__ = ["study_bounds"]


def study_bounds(study: Study) -> Bounds | None:
    """Where the study lies, by its own areas; None where they cannot be read either."""
    # Imported here: units around seats ask for these bounds in their turn.
    from geo.readers.inputs.units import read_units

    try:
        if study.units.within is not None:
            path = study.file(study.units.within, "units.within")
            geometry = read_table(path, study.units.within, QualityLog()).geometry
        else:
            geometry = read_units(study, QualityLog()).geometry.to_numpy()
    except StudyError:
        return None
    west, south, east, north = (float(side) for side in shapely.total_bounds(geometry))
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None
