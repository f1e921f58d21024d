"""The bounds of a study, from its own areas."""

from __future__ import annotations

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.layout import Bounds
from geo.readers.inputs.areas.seats import bounds_of, within_bounds
from geo.readers.inputs.units import read_units
from geo.study.model import Study

__all__ = ["study_bounds"]


def study_bounds(study: Study) -> Bounds | None:
    """Bounds of the study's areas; None where they cannot be read."""
    if study.units.within is not None:
        return within_bounds(study)
    try:
        return bounds_of(read_units(study, QualityLog()).geometry.to_numpy())
    except StudyError:
        return None
