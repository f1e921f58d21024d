"""The parameters of the rules by which a layer decides what is covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.study.condition import parse
from geo.study.model import Layer
from geo.study.problems import wrong
from geo.study.travel_keys import ANY_SCOPE, UNIT_SCOPE

__all__ = ["RULE_PARAMETERS", "RuleParameters", "rule_problems"]


@dataclass(frozen=True)
class RuleParameters:
    """What study.toml may and must say of a layer with a rule.

    Attributes
    ----------
    keys : tuple of str
        Keys of a layer that only this rule (or another that lists them) understands.
    needs_table : bool
        The sites must come from a table of their own, which has a column that the rule reads.
    needs_capacity : bool
        The sites must have a column of capacities.
    unused : tuple of str
        Keys of a layer that mean nothing under this rule.
    """

    keys: tuple[str, ...] = ()
    needs_table: bool = False
    needs_capacity: bool = False
    unused: tuple[str, ...] = ()


# Keys of travel from and to sites, and of what they offer.
_TRAVEL = (
    "profile", "minutes", "metres", "bands", "direction", "demand", "capacity", "decay", "need",
    "own", "need_per_weight", "buffer_m",
)  # fmt: skip
# Keys of all rules that decide by the time to sites.
_OF_TRAVEL = ("delay_minutes", "at_least", "hours", "moments", "tier", "items")

# Those that a service radius has no use for.
_WITHOUT_ROADS = tuple(key for key in _TRAVEL if key not in ("metres", "bands", "demand"))

RULE_PARAMETERS: dict[str, RuleParameters] = {
    "reach": RuleParameters(keys=("scope", "land", *_OF_TRAVEL)),
    "assigned": RuleParameters(keys=("serves", *_OF_TRAVEL), needs_table=True),
    "supply": RuleParameters(keys=("delay_minutes",), needs_capacity=True),
    "radius": RuleParameters(keys=("land",), unused=_WITHOUT_ROADS),
    "rate": RuleParameters(keys=("condition", "weight"), needs_table=True, unused=_TRAVEL),
}


def rule_problems(layer: Layer, where: str, levels: Sequence[str]) -> list[StudyError]:
    """What is wrong between a layer's rule and its other keys.

    Parameters
    ----------
    where : str
        The layer's section in study.toml, for messages.
    levels : sequence of str
        Names of the levels of the units.

    Returns
    -------
    list of StudyError
        ``rule_unknown``, ``rule_key_foreign`` (a key that only another rule
        understands), ``rule_key_unused``, ``rule_needs_table``, ``rule_needs_objects``,
        ``rule_needs_capacity``, ``condition_*``, ``scope_unknown``, and those of keys of travel.
    """
    known = RULE_PARAMETERS.get(layer.rule)
    if known is None:
        names = ", ".join(RULE_PARAMETERS)
        return [wrong("rule_unknown", f"{where}.rule", value=one_line(layer.rule), known=names)]
    problems = []
    others = {key for rule in RULE_PARAMETERS.values() for key in rule.keys} - set(known.keys)
    for key in sorted(others & layer.model_fields_set):
        rule = next(name for name, rule in RULE_PARAMETERS.items() if key in rule.keys)
        problems.append(wrong("rule_key_foreign", f"{where}.{key}", rule=rule))
    problems += [
        wrong("rule_key_unused", f"{where}.{key}", rule=layer.rule)
        for key in known.unused
        if key in layer.model_fields_set
    ]
    if known.needs_table and layer.path is None:
        code = "rule_needs_objects" if layer.of_objects else "rule_needs_table"
        problems.append(wrong(code, f"{where}.rule", rule=layer.rule))
    if known.needs_capacity and layer.capacity is None:
        problems.append(wrong("rule_needs_capacity", f"{where}.capacity", rule=layer.rule))
    if layer.of_objects:
        problems += _condition_problems(layer, f"{where}.condition")
    if layer.scoped and layer.scope not in (scopes := (ANY_SCOPE, UNIT_SCOPE, *levels)):
        value, listed = one_line(layer.scope), ", ".join(dict.fromkeys(scopes))
        problems.append(wrong("scope_unknown", f"{where}.scope", value=value, known=listed))
    return problems + _travel_problems(layer, where)


def _travel_problems(layer: Layer, where: str) -> list[StudyError]:
    """What is wrong between keys of travel: ``delay_in_metres``, ``delay_needs_table``,
    ``choice_with_capacity``, ``column_needs_table``, ``moments_alone``, ``moment_wrong``."""
    problems = []
    if layer.delay_minutes is not None and layer.limit.in_metres:
        problems.append(wrong("delay_in_metres", f"{where}.delay_minutes"))
    for key in ("delay_minutes", "hours", "tier", "items"):
        if getattr(layer, key) is not None and layer.path is None:
            problems.append(wrong("column_needs_table", f"{where}.{key}"))
    if (layer.hours is None) != (not layer.moments):
        problems.append(wrong("moments_alone", f"{where}.{'hours' if layer.hours else 'moments'}"))
    for name, moment in (layer.moments or {}).items():
        if not _is_moment(moment):
            field = f"{where}.moments.{one_line(name)}"
            problems.append(wrong("moment_wrong", field, value=one_line(moment)))
    if layer.sites_needed > 1 and layer.capacity is not None:
        problems.append(wrong("choice_with_capacity", f"{where}.at_least"))
    return problems


def _condition_problems(layer: Layer, field: str) -> list[StudyError]:
    """What is wrong with the condition of a rate."""
    if not (layer.condition or "").strip():
        return [wrong("condition_missing", field)]
    try:
        parse(layer.condition or "")
    except StudyError as error:
        return [wrong(error.code, field, **error.params)]
    return []


def _is_moment(text: str) -> bool:
    """Whether a text is a date with a time of day, to the minute, without an offset."""
    try:
        return datetime.fromisoformat(text).tzinfo is None and "T" in text
    except ValueError:
        return False
