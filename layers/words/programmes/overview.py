"""The overview (总览): one row a programme, those farthest below their pass line first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.analysis import Analysis
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.lines.sensitivity import range_text
from layers.words.numbers import amount
from layers.words.phrases import (
    counted_study,
    counted_units,
    figures,
    layer_title,
    people,
    rule_phrase,
    share_by_time_name,
    uncovered_of,
)
from layers.words.programmes.indicator import indicator_text, pass_text, required_file

__all__ = ["COLUMNS", "MOST_WITHOUT", "OverviewRow", "has_overview", "overview_rows"]

# With more layers than this the overview is the first page, and a table of the report.
MOST_WITHOUT = 4
_VERIFICATIONS = 3
# The columns of the table; their headers are ``overview.column.<name>``.
COLUMNS = ("title", "basis", "presence", "share", "pass", "holds", "left", "source")


@dataclass(frozen=True)
class OverviewRow:
    """One programme.

    Attributes
    ----------
    key, title, basis : str
        The layer, and its 口径: how people travel, how far, and who counts.
    presence, presence_of : str
        The share by presence, and the counts behind it.
    share, share_name, range, beside : str
        The share by which it is judged, what this share is, and its range where it is computed;
        the share of people where the row is judged by land.
    pass_line, holds : str
    left, left_of : str
        People or objects left out, and of how many.
    source : str
    twins : str
        The other 口径 of the same service.
    needs : str
        The file that the layer waits for; then it has no figures.
    trend : str
        The share at the last verifications of the ledger, where they are kept.
    """

    key: str
    title: str
    basis: str
    presence: str
    presence_of: str
    share: str
    share_name: str
    range: str
    pass_line: str
    holds: str
    left: str
    left_of: str
    source: str
    twins: str
    needs: str = ""
    beside: str = ""
    trend: str = ""

    def cells(self, words: Words) -> list[str]:
        """The row as texts in the order of `COLUMNS`, for a table without small print."""

        def both(text: str, small: str) -> str:
            return f"{text}\n{small}" if text and small else text or small

        share = both(self.share, self.range and words("overview.range", range=self.range))
        share = both(both(share, self.beside), self.trend)
        return [
            both(self.title, self.twins),
            self.basis,
            both(self.presence, self.presence_of),
            both(self.share_name, share),
            self.pass_line,
            self.holds,
            both(self.left, self.left_of),
            self.source,
        ]


def has_overview(analysis: Analysis) -> bool:
    """Whether a study has so many layers that it begins with the overview."""
    return len(analysis.study.layers) > MOST_WITHOUT


def overview_rows(analysis: Analysis, words: Words) -> list[OverviewRow]:
    """The rows by the distance of their share from the pass line, the farthest below first.

    Then those without a pass line by their share, and at the end those that wait for their sites.
    """
    found = [
        (_place(analysis, str(key)), number, _row(analysis, str(key), words))
        for number, key in enumerate(analysis.summary["layers"])
    ]
    return [row for _, _, row in sorted(found, key=lambda item: item[:2])]


def _place(analysis: Analysis, key: str) -> tuple[int, float]:
    layer = analysis.study.layer(key)
    share = _share(layer, figures(analysis, key))[1]
    if layer.waiting or share is None:
        return (2, 0.0)
    line = None if layer.indicator is None else layer.indicator.pass_line
    return (1, share) if line is None else (0, share - line)


def _share(layer: Layer, entry: Mapping[str, Any]) -> tuple[str, float | None]:
    """The name of the share by which a layer is judged, and its value.

    That is the share of land, which the ministries' indicators are, where there is one.
    """
    found = {layer.share: entry.get(layer.share)}
    found = {"share_by_land": (entry.get("land") or {}).get("share_by_land"), **found}
    for name, value in found.items():
        if value is not None and value == value:
            return name, float(value)
    return layer.share, None


def _row(analysis: Analysis, key: str, words: Words) -> OverviewRow:
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    title, source = layer_title(layer, words), indicator_text(layer, words, with_pass=False)
    basis = _basis(analysis, layer, words)
    twins = _twins(analysis, layer, words)
    if layer.waiting and layer.template is not None:
        needs = words("overview.needs", file=required_file(layer.template, words))
        missing = words("overview.missing")
        return OverviewRow(
            key, title, basis, "", "", missing, "", "", "", "", "", "", source, twins, needs
        )
    name, share = _share(layer, entry)
    own = f"overview.share.{name}"
    ranged = entry.get("sensitivity") or {}
    line = None if layer.indicator is None else layer.indicator.pass_line
    counted = counted_study(study, layer)
    return OverviewRow(
        key,
        title,
        basis,
        *_presence(analysis, layer, entry, words),
        words.share(share),
        words(own) if own in words else share_by_time_name(layer, words),
        range_text(ranged["low"], ranged["high"], words) if "low" in ranged else "",
        "" if line is None else words.share(line),
        pass_text(share, layer, words),
        amount(uncovered_of(entry), counted, words),
        words("overview.of_total", total=amount(entry["demand_total"], counted, words)),
        source,
        twins,
        beside=_beside(layer, entry, words) if name == "share_by_land" else "",
        trend=_trend(entry, words),
    )


def _trend(entry: Mapping[str, Any], words: Words) -> str:
    """The share by time at the last verifications, each with its period or its day."""
    kept = list(entry.get("trend") or [])[-_VERIFICATIONS:]
    shares = [
        words(
            "overview.trend_at",
            share=words.share(float(one["share_by_time"])),
            when=one["period"] or str(one["made_at"])[:10],
        )
        for one in kept
    ]
    return words("overview.trend", shares=" → ".join(shares)) if shares else ""


def _beside(layer: Layer, entry: Mapping[str, Any], words: Words) -> str:
    """The share of people, which no share of land takes the place of."""
    share = words.share(entry[layer.share])
    return words("overview.beside", name=share_by_time_name(layer, words), share=share)


def _presence(
    analysis: Analysis, layer: Layer, entry: Mapping[str, Any], words: Words
) -> tuple[str, str]:
    """The share by presence and the counts behind it; blank where objects are counted."""
    if layer.of_objects:
        return "", ""
    counts = words(
        "overview.of_units",
        present=words.number(entry["units_with_site"]),
        total=words.number(entry["units_total"]),
        units=counted_units(analysis.study.units.level, words),
    )
    return words.share(entry["share_by_presence"]), counts


def _basis(analysis: Analysis, layer: Layer, words: Words) -> str:
    """How the layer is measured, and who counts."""
    who = people(analysis.study, words, layer)
    return words("overview.basis", rule=rule_phrase(layer, words), people=who)


def _twins(analysis: Analysis, layer: Layer, words: Words) -> str:
    """The other layers of the same service, each with its rule."""
    names = [
        words("overview.twin", title=layer_title(other, words), rule=_basis(analysis, other, words))
        for other in analysis.study.layers
        if other.service_key == layer.service_key and other.key != layer.key
        if other.key in analysis.summary["layers"]
    ]
    if not names:
        return ""
    return words("overview.twins", others=words("overview.twin_join").join(names))
