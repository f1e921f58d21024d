"""Keys of a layer that say which sites count for whom, beside profile and limit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geo.study.keys import FILE, RULE
from geo.study.section import Section

__all__ = ["ANY_SCOPE", "UNIT_SCOPE", "TravelKeys", "ordinary_moments"]

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


# The moments of a layer with opening hours, where the study names none.
_NAMES = {"zh-CN": ("工作日10:00", "周日10:00"), "en": ("Weekday 10:00", "Sunday 10:00")}


def ordinary_moments(locale: str) -> dict[str, str]:
    """Ten o'clock on a Wednesday and on a Sunday that are no holidays, by name.

    Parameters
    ----------
    locale : str
        Language of the names, which appear on pages and in files.
    """
    # The calendars take time to import, which a study without hours does not need.
    from geo.base.opening_hours import ordinary_day

    return {
        name: f"{ordinary_day(weekday)}T10:00"
        for name, weekday in zip(_NAMES[locale], (2, 6), strict=True)
    }
