"""Lines about coverage by some of the sites: at moments, by tier, by item, to and from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.analysis import Analysis
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import figures

__all__ = ["set_lines", "set_name", "set_sentences", "unit_set_lines"]


def set_lines(analysis: Analysis, key: str, words: Words) -> list[str]:
    """One line for each moment, for the tiers, the items, and for travel to and from."""
    study, entry = analysis.study, figures(analysis, key)
    lines = []
    for name, found in entry.get("moments", {}).items():
        text = words(
            "sets.moment",
            name=name,
            sites=words.number(found["sites_open"]),
            share=words.share(found["share_by_time"]),
            closed=amount(found["closed"], study, words),
        )
        if found["sites_without_hours"]:
            unknown = words("sets.without_hours", count=words.number(found["sites_without_hours"]))
            text = words("export.sentences", first=text, second=unknown)
        lines.append(text)
    for kind, without in (("tier", "sites_without_tier"), ("item", "sites_without_items")):
        if found := entry.get(f"by_{kind}"):
            text = words(f"sets.by_{kind}", parts=_parts(found, words))
            if entry.get(without):
                blank = words(f"sets.without_{kind}", count=words.number(entry[without]))
                text = words("export.sentences", first=text, second=blank)
            lines.append(text)
    if both := entry.get("to_and_from"):
        amounts = {name: amount(both[name], study, words) for name in ("to", "from", "neither")}
        lines.append(words("sets.to_and_from", back=amounts.pop("from"), **amounts))
    return lines


def set_name(shade: str, words: Words) -> str:
    """A moment, tier or item by its shade (`layers.style.shading.set_shades`), with its kind."""
    kind, _, name = shade.partition(":")
    return words(f"sets.of_{kind}", name=name)


def unit_set_lines(analysis: Analysis, key: str, unit: str, level: str, words: Words) -> list[str]:
    """One line for the moments, the tiers and the items of one unit."""
    rows = analysis.unit_sets
    if rows.empty:
        return []
    rows = rows[(rows["layer"] == key) & (rows["unit_id"] == unit) & (rows["level"] == level)]
    lines = []
    for kind in ("moment", "tier", "item"):
        of_kind = rows[rows["kind"] == kind]
        parts = [
            words("sets.unit_part", name=name, share=words.share(share))
            for name, share in zip(of_kind["name"], of_kind["share"], strict=True)
        ]
        if parts:
            lines.append(words(f"sets.unit_{kind}", parts=words("sets.join").join(parts)))
    return lines


def set_sentences(analysis: Analysis, key: str, words: Words) -> str:
    """The lines of `set_lines` as one text; empty without one."""
    text = ""
    for line in set_lines(analysis, key, words):
        text = words("export.sentences", first=text, second=line) if text else line
    return text


def _parts(found: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    return words("sets.join").join(
        words(
            "sets.part",
            name=name,
            share=words.share(one["share_by_time"]),
            sites=words.number(one["sites"]),
        )
        for name, one in found.items()
    )
