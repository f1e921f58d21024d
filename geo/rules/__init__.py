"""Rules that decide which demand of a layer is covered.

Each rule has its own module. `RULES` contains all of them.
"""

from __future__ import annotations

from geo.rules.assigned import Assigned
from geo.rules.base import Rule
from geo.rules.radius import Radius
from geo.rules.rate import Rate
from geo.rules.reach import Reach
from geo.rules.supply import Supply

__all__ = ["RULES", "rule_of"]

RULES: dict[str, Rule] = {
    rule.key: rule for rule in (Reach(), Assigned(), Rate(), Supply(), Radius())
}


def rule_of(key: str) -> Rule:
    """Return the rule with this key (the value of `Layer.rule`)."""
    return RULES[key]
