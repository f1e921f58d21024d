"""The definitions (口径) of a study's results: what was counted, how, from which sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.analysis import Analysis
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.lines.site_sets import set_lines
from layers.words.phrases import (
    as_of_text,
    counted_units,
    known_causes,
    layer_notes,
    layer_title,
    level_name,
    limit_text,
    notices,
    people,
    presence_basis,
    profile_name,
    rule_phrase,
    share_by_time_name,
    sources,
    speed_text,
    time_basis,
    uncovered_of,
    unit_word,
)
from layers.words.programmes.indicator import indicator_text

__all__ = ["Indicator", "definitions", "registry"]


@dataclass(frozen=True)
class Indicator:
    """One indicator of a study with everything that its reader must know (口径).

    Attributes
    ----------
    name : str
        The layer and what the indicator is called.
    value : float or None
        A share (0 to 1); None where it has no value, or where it is an amount.
    shown : str
        The value as it is written.
    definition, numerator, denominator : str
        What is counted; both parts with their amounts.
    source : str
        The files that it is computed from.
    valid_for : str
        Profile, speed, limit, direction, whom it counts, and the date of the data.
    not_with : str
        What it must not be compared with.
    """

    name: str
    value: float | None
    shown: str
    definition: str
    numerator: str
    denominator: str
    source: str
    valid_for: str
    not_with: str


def registry(analysis: Analysis, words: Words) -> list[Indicator]:
    """The indicators of all layers: the two shares, and the amount that is uncovered."""
    found = []
    for key in analysis.summary["layers"]:
        found += _indicators(analysis, str(key), words)
    return found


def _indicators(analysis: Analysis, key: str, words: Words) -> list[Indicator]:
    study, layer = analysis.study, analysis.study.layer(key)
    entry, own = analysis.summary["layers"][key], f"layers.{key}"
    units, who = counted_units(study.units.level, words), people(study, words, layer)
    unit, limit = unit_word(study, words, layer), limit_text(layer, words)

    def counted(text: str, name: str, value: float) -> str:
        amount = figure(f"{own}.{name}", value, words)
        return words(f"registry.{text}", units=units, people=who, limit=limit, amount=amount,
                     unit=unit)  # fmt: skip

    def indicator(kind: str, name: str, **parts: Any) -> Indicator:
        title = words("registry.name", layer=layer_title(layer, words), indicator=name)
        not_with = words(f"registry.not_with.{kind}")
        return Indicator(name=title, source=_files(analysis, key, kind, words),
                         valid_for=_valid_for(analysis, key, kind, words), not_with=not_with,
                         **parts)  # fmt: skip

    total = counted("demand", "demand_total", entry["demand_total"])
    reached = {"time": layer.share, "presence": "share_by_presence"}
    shown = {kind: figure(f"{own}.{name}", entry[name], words) for kind, name in reached.items()}
    found = [
        indicator(
            "time", share_by_time_name(layer, words),
            value=entry[layer.share], shown=shown["time"],
            definition=time_basis(analysis, key, words), denominator=total,
            numerator=counted("covered", "demand_covered", entry["demand_covered"]),
        ),
        indicator(
            "presence", words("export.share_by_presence"),
            value=entry["share_by_presence"], shown=shown["presence"],
            definition=presence_basis(analysis, key, words),
            numerator=counted("with_site", "units_with_site", entry["units_with_site"]),
            denominator=counted("units", "units_total", entry["units_total"]),
        ),
        indicator(
            "gap", words("export.term.gap"),
            value=None,
            shown=words("report.amount", unit=unit,
                        value=figure(f"{own}.uncovered", uncovered_of(entry), words)),
            definition=words("export.meaning.gap"),
            numerator=counted("uncovered", "uncovered", uncovered_of(entry)), denominator=total,
        ),
    ]  # fmt: skip
    # Objects of a layer's own have no sites whose presence could be counted.
    return [found[0], found[2]] if layer.of_objects else found


def _files(analysis: Analysis, key: str, kind: str, words: Words) -> str:
    """The files of the layer and the units, and where times count, of the demand and the roads."""
    roles: tuple[str, ...] = (f"layer:{key}", "units")
    if kind != "presence":
        layer = analysis.study.layer(key)
        roles = (f"layer:{key}", *(() if layer.of_objects else ("demand",)), "units")
        roles += ("network",) if layer.travels else ()
    files = [
        analysis.study.shown_file(str(one["file"]))
        for role in roles
        for one in analysis.summary["inputs"]
        if one["role"] == role
    ]
    return words("export.comma").join(dict.fromkeys(files))


def _valid_for(analysis: Analysis, key: str, kind: str, words: Words) -> str:
    """Whom the indicator counts, by which rule, and as of when."""
    study, layer = analysis.study, analysis.study.layer(key)
    if kind == "presence":
        parts = [counted_units(study.units.level, words)]
    else:
        parts = [people(study, words, layer), rule_phrase(layer, words)]
        if layer.travels:
            parts.append(speed_text(study, layer, words, brief=True))
            parts.append(words(f"export.direction.{layer.direction}"))
    parts += [
        words("export.only", column=column, values=", ".join(values))
        for column, values in layer.only.items()
    ]
    if as_of := as_of_text(study, words):
        parts.append(words("report.as_of", as_of=as_of))
    return words("export.semicolon").join(parts)


def definitions(analysis: Analysis, words: Words) -> list[tuple[str, str, str]]:
    """All definitions as (section, item, text), in reading order."""
    rows = _study_rows(analysis, words)
    for key in analysis.summary["layers"]:
        rows += _layer_rows(analysis, str(key), words)
    about = words("export.section.words")
    causes = reversed(known_causes(analysis))
    for name in ("gap", "uncovered_share", "nearest_minutes", *causes):
        rows.append((about, words(f"export.term.{name}"), words(f"export.meaning.{name}")))
    return rows + _source_rows(analysis, words)


def _study_rows(analysis: Analysis, words: Words) -> list[tuple[str, str, str]]:
    study = analysis.study
    section = words("export.section.study")
    rows = [
        (section, words("export.item.name"), words.text(study.study.name)),
        (section, words("export.item.level"), level_name(study.units.level, words)),
        (section, words("export.item.weight"), people(study, words)),
        (
            section,
            words("export.item.access"),
            words("export.access", metres=f"{study.network.max_access_m:g}"),
        ),
        (
            section,
            words("export.item.horizon"),
            words("export.minutes", value=f"{study.network.horizon_minutes:g}"),
        ),
        (section, words("export.item.compare"), words("export.not_comparable")),
    ]
    about = words("export.section.notices")
    return rows + [(about, item, text) for item, text in notices(study, words)]


def _layer_rows(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str, str]]:
    study, layer = analysis.study, analysis.study.layer(key)
    section = layer_title(layer, words)
    entry = analysis.summary["layers"][key]
    rows = [(section, words("export.item.key"), key)]
    if layer.travels:
        rows += [
            (section, words("export.item.profile"), profile_name(layer, words)),
            (section, words("export.item.speed"), speed_text(study, layer, words)),
        ]
    if not layer.of_objects:
        rows.append((section, words("export.item.limit"), limit_text(layer, words)))
    if layer.travels:
        direction = words(f"export.direction.{layer.direction}")
        rows.append((section, words("export.item.direction"), direction))
    rows.append((section, words("export.item.counted"), people(study, words, layer)))
    if not layer.of_objects:
        basis = presence_basis(analysis, key, words)
        share = figure(f"layers.{key}.share_by_presence", entry["share_by_presence"], words)
        text = words("export.share_line", share=share, basis=basis)
        rows.append((section, words("export.share_by_presence"), text))
    share = figure(f"layers.{key}.{layer.share}", entry[layer.share], words)
    text = words("export.share_line", share=share, basis=time_basis(analysis, key, words))
    rows.append((section, share_by_time_name(layer, words), text))
    if source := indicator_text(layer, words):
        rows.append((section, words("indicator.item"), source))
    for column, values in layer.only.items():
        only = words("export.only", column=column, values=", ".join(values))
        rows.append((section, words("export.item.only"), only))
    rows += [(section, words("sets.head"), line) for line in set_lines(analysis, key, words)]
    return rows + [(section, item, text) for item, text in layer_notes(analysis, key, words)]


def _source_rows(analysis: Analysis, words: Words) -> list[tuple[str, str, str]]:
    section = words("export.section.sources")
    listed = sources(analysis.study, words)
    added = len(listed) - len(analysis.study.study.sources)  # the attribution, where it is missing
    items = [words("export.item.attribution")] * added
    items += [words("export.item.source")] * (len(listed) - added)
    rows = [(section, item, source) for item, source in zip(items, listed, strict=True)]
    section = words("export.section.trace")
    rows.append((section, words("export.item.analysis_id"), str(analysis.summary["analysis_id"])))
    for entry in analysis.summary["inputs"]:
        text = words(
            "export.input",
            sha256=entry["sha256"],
            rows_in=words.number(entry["rows_in"]),
            rows_used=words.number(entry["rows_used"]),
            rows_set_aside=words.number(entry["rows_set_aside"]),
        )
        rows.append((section, analysis.study.shown_file(str(entry["file"])), text))
    return rows
