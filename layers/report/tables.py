"""The tables of a report; all cells are text in the language of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from layers.report.blocks import Table
from layers.shapes.units import levels, shown_shares
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.layer_sentences import gap_medians
from layers.words.lines.finding import problem_text
from layers.words.phrases import (
    cause_name,
    counted_study,
    figures,
    known_causes,
    layer_title,
    level_name,
    limit_text,
    people,
    presence_basis,
    profile_name,
    sentence,
    share_by_time_name,
    speed_text,
    time_basis,
    uncovered_of,
    unit_word,
    weight_header,
)

__all__ = [
    "LARGEST",
    "cause_table",
    "county_tables",
    "file_table",
    "fill_in_table",
    "finding_groups",
    "finding_table",
    "gap_table",
    "input_table",
    "present_table",
    "rule_table",
    "share_table",
    "unit_tables",
    "work_table",
]

LARGEST = 20
# Gaps of each layer in the form for measures.
_WORKED = 5
# More columns of shares would not fit the page beside the names.
_MOST_LAYERS = 6
# More units would make the table too long; units.csv has all of them.
_MOST_UNITS = 300


def _keys(analysis: Analysis) -> list[str]:
    return [str(key) for key in analysis.summary["layers"]]


def _title(analysis: Analysis, key: str, words: Words) -> str:
    return layer_title(analysis.study.layer(key), words)


def _headers(words: Words, *names: str) -> list[str]:
    return [words(f"report.header.{name}") for name in names]


def rule_table(analysis: Analysis, words: Words) -> Table:
    """The rule of each layer."""
    study = analysis.study
    rows = []
    for key in _keys(analysis):
        layer = study.layer(key)
        rows.append(
            [
                _title(analysis, key, words),
                sentence(profile_name(layer, words)),
                sentence(speed_text(study, layer, words, brief=True)),
                layer.condition if layer.condition else limit_text(layer, words),
                sentence(people(study, words, layer)),
                sentence(words(f"export.direction.{layer.direction}")) if layer.travels else "—",
            ]
        )
    header = _headers(words, "layer", "profile", "speed", "limit", "counted", "direction")
    return Table(
        "rules", words("report.table.rules"), header, rows, (0.25, 0.14, 0.18, 0.11, 0.12, 0.2)
    )


def present_table(analysis: Analysis, words: Words) -> Table:
    """Sites of each layer, and how many units hold one."""
    rows = []
    for key in _keys(analysis):
        if analysis.study.layer(key).of_objects:
            continue
        entry = figures(analysis, key)
        without = int(entry["units_total"]) - int(entry["units_with_site"])
        numbers = {
            "sites_total": entry["sites_total"],
            "sites_used": entry["sites_used"],
            "units_with_site": entry["units_with_site"],
            "units_without_site": without,
        }
        cells = (figure(f"layers.{key}.{name}", value, words) for name, value in numbers.items())
        rows.append([_title(analysis, key, words), *cells])
    header = _headers(words, "layer", "sites", "used", "with_site", "without_site")
    caption = words("report.table.present")
    return Table("present", caption, header, rows, (0.36, 0.14, 0.18, 0.16, 0.16), (1, 2, 3, 4))


def share_table(analysis: Analysis, words: Words) -> Table:
    """The two shares side by side, each with its definition."""
    rows = []
    for key in _keys(analysis):
        layer, entry = analysis.study.layer(key), figures(analysis, key)
        reached = figure(f"layers.{key}.{layer.share}", entry[layer.share], words)
        rows.append(
            [
                _title(analysis, key, words),
                figure(f"layers.{key}.share_by_presence", entry["share_by_presence"], words),
                presence_basis(analysis, key, words),
                f"{share_by_time_name(layer, words)}\n{reached}",
                time_basis(analysis, key, words),
            ]
        )
    header = [
        words("report.header.layer"),
        words("export.share_by_presence"),
        words("report.header.basis"),
        words("report.header.share_by_time"),
        words("report.header.basis"),
    ]
    caption = words("report.table.shares")
    return Table("shares", caption, header, rows, (0.17, 0.12, 0.22, 0.18, 0.31))


def county_tables(analysis: Analysis, words: Words) -> list[Table]:
    """Share by time of every county and layer; none for a study without parent levels."""
    known = levels(analysis.study)
    if len(known) < 2:
        return []
    caption = words("report.table.counties", level=level_name(known[1], words))
    return _shares(analysis, known[1], "counties", caption, words)


def unit_tables(analysis: Analysis, words: Words) -> list[Table]:
    """Share by time of every finest unit and layer, as many as fit into an annex."""
    level = analysis.study.units.level
    caption = words("report.table.units", level=level_name(level, words))
    if len(analysis.areas) > _MOST_UNITS:
        shown = words.number(_MOST_UNITS)
        caption += words("report.table.units_rest", shown=shown)
    return _shares(analysis, level, "units", caption, words)


def _shares(analysis: Analysis, level: str, key: str, caption: str, words: Words) -> list[Table]:
    """Units of a level with their shares: tables with a column for each of some layers."""
    keys = _keys(analysis)
    parts = -(-len(keys) // _MOST_LAYERS)
    each = -(-len(keys) // parts)
    tables = []
    for number in range(parts):
        part = keys[number * each : (number + 1) * each]
        name = key if not number else f"{key}-{number + 1}"
        text = caption
        if parts > 1:
            text += words("report.table.part", number=number + 1, parts=parts)
        tables.append(_share_part(analysis, level, name, text, part, words))
    return tables


def _share_part(
    analysis: Analysis, level: str, key: str, caption: str, keys: Sequence[str], words: Words
) -> Table:
    """Units of a level with their shares, a column for each of these layers."""
    rows = analysis.units
    rows = rows[(rows["level"] == level) & (rows["unit_id"] != "")]
    parents = [name for name in analysis.study.units.parents if name in rows.columns]
    above = parents[:1] if level == analysis.study.units.level else []
    wide = (
        rows.assign(share=shown_shares(rows, analysis.study))
        .drop_duplicates(["unit_id", "layer"])
        .pivot(index="unit_id", columns="layer", values="share")
        .reindex(columns=list(keys))
    )
    first = rows[rows["layer"] == keys[0]].drop_duplicates("unit_id").set_index("unit_id")
    order = first.loc[_by_county(analysis, first)].head(_MOST_UNITS)
    body = []
    for unit, row in order.iterrows():
        names = [*(str(row[name]) for name in above), str(row["unit_name"])]
        total = figure(f"units.{unit}.{keys[0]}.demand_total", row["demand_total"], words)
        shares = [
            figure(f"units.{unit}.{layer}.share_by_time", wide[layer].get(unit), words)
            for layer in keys
        ]
        body.append([*names, total, *shares])
    header = [
        *(sentence(level_name(name, words)) for name in above),
        sentence(level_name(level, words)),
        weight_header("total", analysis.study, words),
        *(_title(analysis, layer, words) for layer in keys),
    ]
    narrow = 0.13
    left = 1 - narrow - narrow * len(keys) if len(keys) < 5 else 0.3
    each = (1 - left - narrow) / len(keys)
    widths = [
        *(left / (1 + len(above)) for _ in range(1 + len(above))),
        narrow,
        *([each] * len(keys)),
    ]
    numeric = tuple(range(1 + len(above), len(header)))
    return Table(key, caption, header, body, widths, numeric)


def _by_county(analysis: Analysis, rows: pd.DataFrame) -> list[str]:
    """Ids of the units of one level (the index), grouped by county in order of their first ids."""
    parents = [name for name in analysis.study.units.parents if name in analysis.areas.columns]
    chains = [tuple(map(str, row)) for row in analysis.areas[parents[::-1]].to_numpy()]
    at: dict[tuple[str, ...], int] = {}
    for number, chain in enumerate(chains):
        for depth in range(1, len(chain) + 1):
            at.setdefault(chain[:depth], number)
    last = len(chains)

    def place(row: Any) -> tuple[list[int], str]:
        above = [str(getattr(row, name)) for name in reversed(parents)]
        # The chain of a unit above the finest ends with its own name.
        level = str(row.level)
        if level in parents:
            above = [*above[: len(parents) - 1 - parents.index(level)], str(row.unit_name)]
        prefixes = [tuple(above[:depth]) for depth in range(1, len(above) + 1)]
        return [at.get(prefix, last) for prefix in prefixes], str(row.Index)

    return [unit for _, unit in sorted(map(place, rows.itertuples()))]


def cause_table(analysis: Analysis, words: Words) -> Table:
    """What is uncovered by cause."""
    causes = known_causes(analysis)
    rows = []
    for key in _keys(analysis):
        entry = figures(analysis, key)
        by_cause = [
            figure(
                f"layers.{key}.by_cause.{cause}", float(entry["by_cause"].get(cause, 0.0)), words
            )
            for cause in causes
        ]
        uncovered = figure(f"layers.{key}.uncovered", uncovered_of(entry), words)
        rows.append([_title(analysis, key, words), uncovered, *by_cause])
    header = [
        words("report.header.layer"),
        weight_header("uncovered", analysis.study, words),
        *(sentence(cause_name(cause, words, analysis.study)) for cause in causes),
    ]
    caption = words("report.table.causes", unit=unit_word(analysis.study, words))
    widths = (0.32, 0.2, *([0.48 / max(len(causes), 1)] * len(causes)))
    return Table("cause", caption, header, rows, widths, tuple(range(1, len(header))))


def gap_table(analysis: Analysis, key: str, words: Words) -> Table:
    """The layer's largest gaps with their main cause and nearest site."""
    gaps = analysis.gaps[analysis.gaps["layer"] == key].sort_values("rank").head(LARGEST)
    layer = analysis.study.layer(key)
    medians = gap_medians(analysis, key, gaps, words)
    parent = [name for name in analysis.study.units.parents if name in gaps.columns][:1]
    rows = []
    for (_, row), median in zip(gaps.iterrows(), medians, strict=True):
        own = f"gaps.{row['unit_id']}.{key}"
        rows.append(
            [
                figure(f"{own}.rank", row["rank"], words),
                *(str(row[name]) for name in parent),
                _unit_name(row, words),
                figure(f"{own}.uncovered", row["uncovered"], words),
                figure(f"{own}.uncovered_share", row["uncovered_share"], words),
                sentence(cause_name(str(row["main_cause"]), words, layer)),
                str(row["nearest_site_name"] or row["nearest_site_id"] or "—"),
                words.keyed(f"{own}.nearest", median),
            ]
        )
    header = [
        words("export.header.rank"),
        *(sentence(level_name(name, words)) for name in parent),
        sentence(level_name(analysis.study.units.level, words)),
        weight_header("uncovered", counted_study(analysis.study, layer), words),
        *_headers(words, "uncovered_share", "main_cause", "nearest"),
        words(f"report.header.median.{layer.limit.unit}"),
    ]
    widths = [0.07, *([0.12] * len(parent)), 0.18, 0.12, 0.11, 0.17, 0.15, 0.1]
    scale = sum(widths)
    caption = words("report.table.gaps", layer=_title(analysis, key, words), count=len(rows))
    numeric = tuple(n + len(parent) for n in (2, 3, 6))
    return Table(
        f"largest-{key}", caption, header, rows, [w / scale for w in widths], (0, *numeric)
    )


def _unit_name(row: pd.Series, words: Words) -> str:
    return str(row["unit_name"]) if row["unit_id"] else sentence(words("export.outside"))


def work_table(analysis: Analysis, words: Words) -> Table:
    """The largest gaps of each layer, with empty columns for the measures."""
    parent = [name for name in analysis.study.units.parents if name in analysis.gaps.columns][:1]
    rows: list[list[str]] = []
    for key in _keys(analysis):
        gaps = analysis.gaps[analysis.gaps["layer"] == key].sort_values("rank").head(_WORKED)
        for _, row in gaps.iterrows():
            names = [*(str(row[name]) for name in parent), _unit_name(row, words)]
            place = words("report.place_join").join(name for name in names if name)
            rows.append(
                [
                    words.number(len(rows) + 1),
                    place,
                    _title(analysis, key, words),
                    figure(f"gaps.{row['unit_id']}.{key}.uncovered", row["uncovered"], words),
                    "",
                    "",
                    "",
                ]
            )
    header = [
        words("export.header.number"),
        words("report.header.place"),
        words("report.header.layer"),
        weight_header("uncovered", analysis.study, words),
        *_headers(words, "measure", "responsible", "deadline"),
    ]
    widths = (0.07, 0.22, 0.27, 0.1, 0.13, 0.11, 0.1)
    return Table("work", words("report.table.work"), header, rows, widths, (0, 3), roomy=True)


def fill_in_table(name: str, words: Words, *, rows: int) -> Table:
    """An empty form: ``siting`` or ``opinions``."""
    columns: dict[str, Sequence[tuple[str, float]]] = {
        "siting": (("term", 0.12), ("place", 0.24), ("layer", 0.18), ("added", 0.16),
                   ("responsible", 0.16), ("note", 0.14)),
        "opinions": (("body", 0.2), ("opinion", 0.36), ("adopted", 0.16), ("note", 0.28)),
    }  # fmt: skip
    header = _headers(words, *(column for column, _ in columns[name]))
    body = [[""] * len(header) for _ in range(rows)]
    if name == "siting":
        for number, row in enumerate(body):
            row[0] = words("report.term.near" if number < rows // 2 else "report.term.far")
    widths = [width for _, width in columns[name]]
    return Table(name, words(f"report.table.{name}"), header, body, widths, roomy=True)


def input_table(analysis: Analysis, words: Words) -> Table:
    """Every input: rows read, used and set aside."""
    rows = []
    for entry in analysis.summary["inputs"]:
        counts = [
            figure(f"inputs.{entry['role']}.{name}", entry[name], words)
            for name in ("rows_in", "rows_used", "rows_set_aside")
        ]
        rows.append([_role(analysis, str(entry["role"]), words), *counts])
    header = _headers(words, "role", "rows_in", "rows_used", "set_aside")
    caption = words("report.table.inputs")
    return Table("inputs", caption, header, rows, (0.46, 0.18, 0.18, 0.18), (1, 2, 3))


def file_table(analysis: Analysis, words: Words) -> Table:
    """The file of every input with the beginning of its hash, for the annex of sources."""
    rows = [
        [
            _role(analysis, str(entry["role"]), words),
            analysis.study.shown_file(str(entry["file"])),
            str(entry["sha256"])[:12],
        ]
        for entry in analysis.summary["inputs"]
    ]
    header = _headers(words, "role", "file", "hash")
    return Table("files", words("report.table.files"), header, rows, (0.4, 0.36, 0.24))


def _role(analysis: Analysis, role: str, words: Words) -> str:
    kind, _, key = role.partition(":")
    if kind == "layer" and key in _keys(analysis):
        return _title(analysis, key, words)
    return words.get(f"report.role.{kind}", default=role)


def finding_groups(quality: pd.DataFrame) -> list[list[pd.Series]]:
    """The rows of quality.csv that are one finding, in the order of their first rows."""
    counted: dict[tuple[str, ...], list[pd.Series]] = {}
    for _, row in quality.iterrows():
        kind = tuple(str(row[name]) for name in ("severity", "file", "problem", "action"))
        counted.setdefault(kind, []).append(row)
    return list(counted.values())


def finding_table(analysis: Analysis, words: Words) -> Table:
    """Findings about the data by kind, with their number."""
    quality = analysis.quality
    roles: dict[str, list[str]] = {}
    for entry in analysis.summary["inputs"]:
        roles.setdefault(str(entry["file"]), []).append(_role(analysis, str(entry["role"]), words))
    rows = []
    for number, found in enumerate(finding_groups(quality)):
        severity, file, action = (str(found[0][name]) for name in ("severity", "file", "action"))
        rows.append(
            [
                words.get(f"quality.severity.{severity}", default=severity),
                words("export.comma").join(roles.get(file, [file])),
                sentence(problem_text({str(k): v for k, v in found[0].items()}, words, page=True)),
                figure(f"quality.{number + 1}.count", len(found), words),
                words.get(f"quality.action.{action}", default=action),
            ]
        )
    header = _headers(words, "severity", "role", "problem", "count", "action")
    caption = words("report.table.findings")
    return Table("findings", caption, header, rows, (0.1, 0.2, 0.44, 0.1, 0.16), (3,))
