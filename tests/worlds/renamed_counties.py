"""The made analysis with names of counties that could break a chain of names."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from geo.analysis import Analysis
from geo.inputs.areas import areas_of_frame
from tests.worlds.made_analysis import made_analysis

__all__ = ["four_counties", "renamed"]


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


def four_counties(names: tuple[str, str, str, str]) -> Analysis:
    """The made analysis with each of its four units in a county of its own, in no city.

    The codes of the units are 420101001000, 420102001000, ...
    """
    made = made_analysis()
    ids = made.areas["unit_id"].astype(str).tolist()
    code = {old: f"42010{number}001000" for number, old in enumerate(ids, start=1)}
    county = dict(zip(ids, names, strict=True))
    spec = made.study.units.model_copy(update={"parents": ("county",)})
    tables = {}
    for name in ("demand", "gaps", "gap_points", "sites", "areas", "units"):
        frame = getattr(made, name).drop(columns="city", errors="ignore")
        if "county" in frame:
            frame = frame.assign(county=frame["unit_id"].map(county).fillna(""))
        tables[name] = frame.assign(unit_id=frame["unit_id"].replace(code))
    finest = tables["units"][tables["units"]["level"] == made.study.units.level]
    above = finest.assign(level="county", unit_id=finest["county"], unit_name=finest["county"])
    tables["units"] = pd.concat([finest, above], ignore_index=True)
    study = made.study.model_copy(update={"units": spec})
    return replace(made, study=study, **tables)
