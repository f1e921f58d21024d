"""How a layer decides what is covered: one module a rule, and `RULES` that names them all."""

from __future__ import annotations

from geo.rules.assigned import Assigned
from geo.rules.base import Rule
from geo.rules.reach import Reach

__all__ = ["RULES", "rule_of"]

RULES: dict[str, Rule] = {rule.key: rule for rule in (Reach(), Assigned())}


def rule_of(key: str) -> Rule:
    """The rule with this key, as `Layer.rule` names it."""
    return RULES[key]
