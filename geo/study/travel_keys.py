"""Keys of a layer that say which sites count for whom, beside profile and limit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geo.study.keys import FILE, RULE
from geo.study.section import Section

__all__ = ["ANY_SCOPE", "UNIT_SCOPE", "TravelKeys"]

# Values of `scope` beside the names of the levels: no scope, and the finest units.
ANY_SCOPE = "any"
UNIT_SCOPE = "unit"


class TravelKeys(Section):
    """The part of a layer that refines its rule.

    None stands for a key that is not given: it must not change the hash of the parameters.
    """

    scope: Annotated[str | None, RULE] = None
    # Column of the sites: minutes that pass before the first metre.
    delay_minutes: Annotated[str | None, FILE] = None
    at_least: Annotated[int | None, RULE] = Field(default=None, ge=1)
    # Columns of the sites, for coverage by some of them: hours with named moments, tier, items.
    hours: Annotated[str | None, FILE] = None
    moments: Annotated[dict[str, str] | None, FILE] = None
    tier: Annotated[str | None, FILE] = None
    items: Annotated[str | None, FILE] = None

    @property
    def scoped(self) -> bool:
        """Whether a site serves only the demand of its own unit at some level."""
        return self.scope not in (None, ANY_SCOPE)

    @property
    def sites_needed(self) -> int:
        """Number of sites that must be within the limit: the k-th site counts."""
        return self.at_least or 1
