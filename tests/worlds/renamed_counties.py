"""The made analysis with names of counties that could break a chain of names."""

from __future__ import annotations

from dataclasses import replace

from geo.analysis import Analysis
from geo.inputs.areas import areas_of_frame
from tests.worlds.made_analysis import made_analysis

__all__ = ["renamed"]


def renamed(county: str, city: str = "某市") -> Analysis:
    """The made analysis with its first county (of two) and its city under other names.

    units.csv has the ids that a run gives to the county's row.
    """
    made = made_analysis()
    areas = made.areas.assign(county=made.areas["county"].replace("甲区", county), city=city)
    spec = made.study.units
    level = areas_of_frame(areas, spec.parents, spec.level).levels[1]
    of_first = level.units["unit_id"].iloc[level.of_finest[0]]
    units = made.units.replace({"county": {"甲区": county}, "city": {"某市": city}})
    is_county = units["level"] == "county"
    units.loc[is_county, "unit_name"] = county
    units.loc[is_county, "unit_id"] = of_first
    return replace(made, areas=areas, units=units)
