"""Coverage by some of a layer's sites: those open at a moment, of one tier, or with one item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.opening_hours import opening_at
from geo.readers.inputs.served_units import named_units
from geo.study.model import Layer

__all__ = ["SiteSets", "site_sets"]


@dataclass(frozen=True)
class SiteSets:
    """Sets of sites whose coverage is computed apart.

    Attributes
    ----------
    moments, tiers, items : mapping of name to bool (sites)
        Sites that are open at each moment; of each tier; that offer each item.
    unknown_hours : mapping of name to bool (sites)
        By moment: sites without hours, or whose hours say unknown. They count as open.
    without_tier, without_items : int
        Number of sites with an empty cell.
    """

    moments: Mapping[str, NDArray[np.bool_]]
    tiers: Mapping[str, NDArray[np.bool_]]
    items: Mapping[str, NDArray[np.bool_]]
    unknown_hours: Mapping[str, NDArray[np.bool_]]
    without_tier: int = 0
    without_items: int = 0

    def __bool__(self) -> bool:
        return bool(self.moments or self.tiers or self.items)


def site_sets(layer: Layer, sites: pd.DataFrame) -> SiteSets:
    """Return the sets of a layer's sites.

    Parameters
    ----------
    sites : pd.DataFrame
        ``hours``, ``tier`` and ``items`` (text) where the layer names their columns.
    """
    open_, unknown = {}, {}
    if "hours" in sites:
        hours = _text(sites["hours"])
        for name, moment in (layer.moments or {}).items():
            at = datetime.fromisoformat(moment)
            known = {text: opening_at(text, at) for text in set(hours)}
            state = np.array([known[text] for text in hours], dtype=object)
            unknown[name] = state == "unknown"
            open_[name] = state != "closed"
    tiers = _text(sites["tier"]) if "tier" in sites else []
    items = [named_units(cell) for cell in _text(sites["items"])] if "items" in sites else []
    return SiteSets(
        moments=open_,
        tiers={name: np.array([tier == name for tier in tiers]) for name in _names(tiers)},
        items={
            name: np.array([name in cell for cell in items])
            for name in _names([name for cell in items for name in cell])
        },
        unknown_hours=unknown,
        without_tier=sum(not tier for tier in tiers),
        without_items=sum(not cell for cell in items),
    )


def _text(cells: pd.Series) -> list[str]:
    # A site that a scenario adds has none of these columns.
    return [str(cell).strip() for cell in cells.fillna("")]


def _names(found: list[str]) -> list[str]:
    return sorted(set(found) - {""})
