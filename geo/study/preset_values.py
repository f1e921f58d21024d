"""What a preset gives a layer: the keys that the layer itself does not give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from geo.study.presets import Preset, presets
from geo.study.travel_keys import ANY_SCOPE

__all__ = ["chosen_against", "limit_is_own", "preset_of", "with_preset", "with_preset_band"]

# What holds under any rule of travel. The other keys of a preset hold for its own rule only.
_TRAVEL = ("service", "profile", "minutes", "metres", "bands", "direction")
# What other rules understand of it (`geo.study.rules`).
_WITHOUT_TRAVEL = {"radius": ("service", "metres", "bands"), "rate": ("service",)}
_LIMITS = ("minutes", "metres")
# Of a layer that waits for its sites, whatever its rule: it is shown, and not judged.
_WAITING_MINUTES = 15


def preset_of(data: Any) -> Preset | None:
    """The preset that a layer's section names; None without a known one."""
    name = data.get("preset") if isinstance(data, Mapping) else None
    return presets().get(name) if isinstance(name, str) else None


def with_preset(data: Any, fields: Collection[str]) -> Any:
    """A layer's section with what its preset gives.

    Parameters
    ----------
    data : mapping
        The section as study.toml has it.
    fields : collection of str
        The keys that a layer has.
    """
    preset = preset_of(data)
    if preset is None:
        return data
    values = _values(preset, data, fields)
    if "indicator" not in data:
        own = limit_is_own(preset, {**values, **data})
        values["indicator"] = {} if own or preset.indicator is None else preset.indicator
    if data.get("sites") == "none" and "rule" not in data:
        # It waits for its sites; its rule applies when they come.
        if not {*_LIMITS} & {*values, *data}:
            values["minutes"] = _WAITING_MINUTES
        values["rule"] = "reach"
    return {**values, **data}


def _values(preset: Preset, data: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    values = {name: value for name, value in preset.defaults.items() if name in fields}
    # A limit of the layer's own takes the place of either limit of the preset.
    if any(name in data for name in _LIMITS):
        values = {name: value for name, value in values.items() if name not in _LIMITS}
    waits, rule = data.get("sites") == "none", data.get("rule", preset.rule)
    if waits or rule != preset.rule:
        understood = _TRAVEL if waits else _WITHOUT_TRAVEL.get(rule, _TRAVEL)
        return {name: value for name, value in values.items() if name in understood}
    if "path" in data:
        for column in preset.columns:
            if column.required and column.key in fields:
                values[column.key] = column.headers[0]
    return values


def limit_is_own(preset: Preset, layer: Mapping[str, Any]) -> bool:
    """Whether a layer has another limit or way of travel than its preset.

    A preset without a limit leaves it to the office; its document still names the indicator.
    """
    names = (*(_LIMITS if preset.has_limit else ()), "profile", "direction")
    common = {"profile": "walk", "direction": "to"}
    return any(
        layer.get(name, common.get(name)) != preset.defaults.get(name, common.get(name))
        for name in names
    )


def with_preset_band(layer: Any, bands: Collection[str]) -> Any:
    """A layer's section with the band of its preset, where the demand has it.

    An empty `demand` says that everybody counts.
    """
    if not isinstance(layer, Mapping):
        return layer
    if layer.get("demand") == "":
        return {name: value for name, value in layer.items() if name != "demand"}
    preset = preset_of(layer)
    if preset is None or "demand" in layer:
        return layer
    known = [band for band in preset.demand_bands if band in bands]
    return {**layer, "demand": known[0]} if known else layer


def chosen_against(layer: Mapping[str, Any], rule: str | None = None) -> dict[str, Any]:
    """Keys that take back what a layer's preset would fill in: who counts, direction, scope.

    Parameters
    ----------
    layer : mapping
        Its section.
    rule : str, optional
        The rule that it gets; by default its own.
    """
    preset = preset_of(layer)
    if preset is None:
        return {}
    rule = rule or layer.get("rule", preset.rule)
    found: dict[str, Any] = {"demand": ""} if preset.demand_bands else {}
    common: dict[str, Any] = {"direction": "to", "bands": ()}
    if rule == preset.rule:
        common["scope"] = ANY_SCOPE
    common = {
        name: value
        for name, value in common.items()
        if rule not in _WITHOUT_TRAVEL or name in _WITHOUT_TRAVEL[rule]
    }
    return found | {name: value for name, value in common.items() if name in preset.defaults}
