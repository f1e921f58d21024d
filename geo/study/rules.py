"""The parameters of the rules by which a layer decides what is covered."""

from __future__ import annotations

from dataclasses import dataclass

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.study.model import Layer
from geo.study.problems import wrong

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
    """

    keys: tuple[str, ...] = ()
    needs_table: bool = False


RULE_PARAMETERS: dict[str, RuleParameters] = {
    "reach": RuleParameters(),
    "assigned": RuleParameters(keys=("serves",), needs_table=True),
}


# Rules of the input contract that are not built yet; they are refused by name.
_NOT_BUILT = ("rate", "supply", "radius")


def rule_problems(layer: Layer, where: str) -> list[StudyError]:
    """What is wrong between a layer's rule and its other keys.

    Parameters
    ----------
    where : str
        The layer's section in study.toml, for messages.

    Returns
    -------
    list of StudyError
        ``rule_unknown``, ``rule_not_built``, ``rule_key_foreign`` (a key that only another rule
        understands), ``rule_needs_table``.
    """
    known = RULE_PARAMETERS.get(layer.rule)
    if known is None:
        code = "rule_not_built" if layer.rule in _NOT_BUILT else "rule_unknown"
        names = ", ".join(RULE_PARAMETERS)
        return [wrong(code, f"{where}.rule", value=one_line(layer.rule), known=names)]
    problems = []
    others = {key for rule in RULE_PARAMETERS.values() for key in rule.keys} - set(known.keys)
    for key in sorted(others & layer.model_fields_set):
        rule = next(name for name, rule in RULE_PARAMETERS.items() if key in rule.keys)
        problems.append(wrong("rule_key_foreign", f"{where}.{key}", rule=rule))
    if known.needs_table and layer.path is None:
        problems.append(wrong("rule_needs_table", f"{where}.rule", rule=layer.rule))
    return problems
