"""Presets: common services by the tags that OpenStreetMap gives them.

Their titles stand in the wording catalogues (``preset.<name>``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["PRESETS", "PresetName"]

PresetName = Literal[
    "pharmacy",
    "hospital",
    "clinic",
    "school",
    "childcare",
    "elderly_care",
    "canteen",
    "parking",
    "townhall",
    "toilets",
    "charging",
]

# An object counts when it carries any of these tags.
PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pharmacy": {"amenity": ("pharmacy",), "healthcare": ("pharmacy",)},
    "hospital": {"amenity": ("hospital",), "healthcare": ("hospital",)},
    "clinic": {
        "amenity": ("clinic", "doctors"),
        "healthcare": ("clinic", "doctor", "centre"),
    },
    "school": {"amenity": ("school",)},
    "childcare": {"amenity": ("childcare", "kindergarten")},
    "elderly_care": {
        "amenity": ("nursing_home",),
        "social_facility": ("nursing_home", "assisted_living", "day_care"),
    },
    # OSM has no tag of its own for canteens of the elderly; these are where meals are served.
    "canteen": {"amenity": ("canteen", "food_court"), "social_facility": ("soup_kitchen",)},
    "parking": {"amenity": ("parking",)},
    "townhall": {"amenity": ("townhall",), "office": ("government",)},
    "toilets": {"amenity": ("toilets",)},
    "charging": {"amenity": ("charging_station",)},
}
