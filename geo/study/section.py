"""What the sections of study.toml share: the base of their models, and types of their values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.study.languages import Text

__all__ = [
    "Axis",
    "Crs",
    "Datum",
    "Origin",
    "Positive",
    "Section",
    "Sources",
    "Strings",
    "Tags",
]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# A TOML list; a strict model would refuse it inside a table.
Strings = Annotated[tuple[str, ...], Field(strict=False)]

# The coordinates of a table in metres, for example "EPSG:4547"; degrees without.
Crs = Annotated[str, Field(pattern=r"^EPSG:\d{4,6}$")]
# "xy": the column that `lon` names runs east; "yx": it runs north, as X in Chinese survey tables.
Axis = Literal["xy", "yx"]
# OSM tags: any of these values.
Tags = dict[str, Strings]

# The name of a file in the office that gave it. It is shown, and changes no result.
Origin = Annotated[str, Field(exclude=True)]
# Where one input comes from; `Study` adds it to the sources of the whole study.
Sources = Annotated[tuple[Text, ...], Field(strict=False, exclude=True)]


class Section(BaseModel):
    """A section of study.toml: frozen, with unknown keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)
