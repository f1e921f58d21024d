"""The definitions (口径) of a study's results: what was counted, how, from which sources."""

from __future__ import annotations

from geo.analysis import Analysis
from layers.words.catalogue import Words
from layers.words.phrases import (
    known_causes,
    layer_notes,
    layer_title,
    level_name,
    limit_text,
    notices,
    people,
    presence_basis,
    profile_name,
    share_by_time_name,
    sources,
    speed_text,
    time_basis,
)

__all__ = ["definitions"]


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
    rows = [
        (section, words("export.item.key"), key),
        (section, words("export.item.profile"), profile_name(layer, words)),
        (section, words("export.item.speed"), speed_text(study, layer, words)),
        (section, words("export.item.limit"), limit_text(layer, words)),
        (
            section,
            words("export.item.direction"),
            words(f"export.direction.{layer.direction}"),
        ),
        (section, words("export.item.counted"), people(study, words, layer)),
        (
            section,
            words("export.share_by_presence"),
            words(
                "export.share_line",
                share=words.share(entry["share_by_presence"]),
                basis=presence_basis(analysis, key, words),
            ),
        ),
        (
            section,
            share_by_time_name(layer, words),
            words(
                "export.share_line",
                share=words.share(entry["share_by_time"]),
                basis=time_basis(analysis, key, words),
            ),
        ),
    ]
    for column, values in layer.only.items():
        only = words("export.only", column=column, values=", ".join(values))
        rows.append((section, words("export.item.only"), only))
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
