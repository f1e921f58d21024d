"""Rule `supply`: demand is covered if the capacity of the sites serves it in full.

Times, and the causes of demand out of reach, are those of the rule `reach`. What is served is
decided by the assignment (`geo.capacity`), once for the whole layer;
`geo.coverage.figures.capacity` then sets coverage. Demand within the limit that is not served in
full has the cause ``over_capacity``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geo.rules.reach import Reach

__all__ = ["Supply"]


@dataclass(frozen=True)
class Supply(Reach):
    """Sites serve demand within their capacity (implements `geo.rules.base.Rule`)."""

    key: str = "supply"
    causes: tuple[str, ...] = ("data_doubt", "over_capacity", "cut_off", "too_far")
    columns: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"gaps": ("uncovered_over_capacity",)}
    )
    phrases: str = "rule.supply"
