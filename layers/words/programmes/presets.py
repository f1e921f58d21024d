"""Presets and bundles in words: their rule, their lists, and what became of those just added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from geo.study.presets import Bundle, Preset, bundles, presets
from geo.study.travel_keys import UNIT_SCOPE
from layers.words.catalogue import Words
from layers.words.programmes.indicator import preset_text, required_file

if TYPE_CHECKING:
    from geo.workspace.from_preset.add import Added

__all__ = [
    "added_lines",
    "bundle_lines",
    "list_lines",
    "preset_lines",
    "preset_rule",
    "tags_text",
]


def preset_rule(preset: Preset, words: Words) -> str:
    """The rule of a preset with its limit: 可达（步行 15分钟）, rate."""
    if preset.rule == "rate":
        return words("preset.rule.rate", condition=str(preset.defaults.get("condition", "")))
    limit = _limit(preset, words)
    if preset.rule == "radius":
        return words("preset.rule.radius", limit=limit)
    profile = words(f"export.profile.{preset.defaults.get('profile', 'walk')}")
    way = words("export.rule", profile=profile, limit=limit)
    rule = words(f"preset.rule.{preset.rule}", way=way)
    own = preset.defaults.get("scope") == UNIT_SCOPE
    return words("preset.rule.scope_unit", rule=rule) if own else rule


def _limit(preset: Preset, words: Words) -> str:
    for unit in ("minutes", "metres"):
        if unit in preset.defaults:
            return words(f"export.{unit}", value=f"{float(preset.defaults[unit]):g}")
    return words("preset.limit_office")


def list_lines(words: Words) -> list[str]:
    """One line a preset: its key, title and rule, and the source of its limit."""
    return [
        words(
            "preset.list_line",
            key=preset.key,
            title=words.text(preset.title),
            rule=preset_rule(preset, words),
            source=preset_text(preset, words),
        )
        for preset in presets().values()
    ]


def bundle_lines(words: Words) -> list[str]:
    """The bundles, each with its presets."""
    return [words("preset.bundles"), *(f"  {_bundle(item, words)}" for item in bundles().values())]


def _bundle(bundle: Bundle, words: Words) -> str:
    comma = words("indicator.comma")
    titles = comma.join(words.text(presets()[key].title) for key in bundle.presets)
    title = words.text(bundle.title)
    return words("preset.bundle_line", key=bundle.key, title=title, presets=titles)


def tags_text(tags: Mapping[str, Sequence[str]]) -> str:
    """OSM tags on one line: ``amenity=clinic,doctors; healthcare=centre``."""
    return "; ".join(f"{key}={','.join(values)}" for key, values in tags.items())


def preset_lines(item: Preset | Bundle, words: Words) -> list[str]:
    """Everything about a preset or a bundle, line by line."""
    if isinstance(item, Bundle):
        return [_bundle(item, words), words.text(item.about)]
    lines = [
        words.text(item.title),
        words.text(item.about),
        words("preset.rule_line", rule=preset_rule(item, words)),
        words("indicator.line", text=preset_text(item, words)),
    ]
    if item.demand_bands:
        bands = words("indicator.comma").join(item.demand_bands)
        lines.append(words("preset.bands_line", bands=bands))
    if item.tags:
        lines.append(words("preset.tags_line", tags=tags_text(item.tags)))
    if item.columns:
        lines.append(words("preset.columns_head"))
    for column in item.columns:
        note, header = words.text(column.note), words.text(column.header)
        lines.append("  " + words("preset.column_line", column=header, note=note))
    return lines


def added_lines(added: Sequence[Added], words: Words, *, terminal: bool = True) -> list[str]:
    """What became of the presets that were added: with a list, from tags, waiting, or left out."""
    lines = []
    for one in added:
        title, file = words.text(one.preset.title), required_file(one.preset, words)
        about = {"key": one.layer or one.preset.key, "title": title}
        if one.state == "waits":
            lines.append(words("preset.waits", **about, file=file))
            if terminal:
                quoted = f'"{file}"' if " " in file else file
                hint = words("cli.preset_template_hint", key=one.preset.key, file=quoted)
                lines.append(f"  {hint}")
        elif one.state == "file":
            lines.append(words("preset.added", **about, file=one.file))
        elif one.state == "osm":
            lines.append(words("preset.added_osm", **about))
        else:
            key = "cli.preset_no_limit" if terminal else "preset.no_limit"
            lines.append(words(key, **about))
    return lines
