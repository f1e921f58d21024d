"""The forms of gaps.xlsx: the columns of each sheet, and the lines above and below the table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.study.model import Layer, Study
from layers.export.office_workbook.sheet import Column, Form
from layers.words.catalogue import Words
from layers.words.figure_keys import with_keys
from layers.words.numbers import beyond, per_cent
from layers.words.phrases import (
    as_of_text,
    cause_name,
    known_causes,
    layer_notes,
    layer_title,
    level_name,
    limit_text,
    note_line,
    notices,
    office_name,
    place_name,
    rule_phrase,
    sentence,
    time_basis,
    uncovered_of,
    unit_word,
    weight_header,
)

__all__ = ["code_columns", "doubt_form", "point_form", "unit_form"]


def unit_form(analysis: Analysis, words: Words, *, name: str, measured: bool = False) -> Form:
    """Units with gaps, all layers, without a sum over layers, which count the same people.

    Parameters
    ----------
    measured : bool
        Whether the table has proposed measures; otherwise their column is blank.
    """
    study = analysis.study
    layers = {layer.key: layer for layer in study.layers}
    own = "gaps.{unit_id}.{layer}"
    columns = [
        Column("number", words("export.header.number"), "number"),
        Column(
            "layer", words("export.header.layer"), shown=lambda key: layer_title(layers[key], words)
        ),
        Column(
            "rule", words("export.header.rule"), shown=lambda key: rule_phrase(layers[key], words)
        ),
        Column("rank", words("export.header.rank"), "number", key=f"{own}.rank"),
        *_unit_columns(analysis, words),
        Column(
            "demand_total",
            weight_header("total", study, words),
            "count",
            key=f"{own}.demand_total",
        ),
        Column(
            "uncovered",
            weight_header("uncovered", study, words),
            "count",
            bar=True,
            key=f"{own}.uncovered",
        ),
        Column(
            "uncovered_per_cent",
            words("export.header.uncovered_per_cent"),
            "one",
            bar=True,
            key=f"{own}.uncovered_share",
        ),
        Column("main_cause", words("export.header.main_cause"), shown=_cause(study, words)),
        *(
            Column(
                f"uncovered_{cause}",
                words(
                    "export.header.of_which",
                    cause=cause_name(cause, words, study),
                    unit=unit_word(study, words),
                ),
                "count",
                key=f"{own}.uncovered_{cause}",
            )
            for cause in known_causes(analysis)
        ),
        Column("nearest_site_name", words("export.header.nearest_site_name")),
        Column(
            "minutes",
            words("export.header.nearest_minutes_p50"),
            "one",
            beyond=beyond(study.network.horizon_minutes),
            key=f"{own}.nearest_minutes_p50",
        ),
        *_work_columns(words, measured=measured),
    ]
    about = _notes(notices(study, words), words)
    return Form(
        name=name,
        title=words("export.title.units", study=place_name(study, words)),
        lines=[_who(analysis, words), words("export.units_line"), *([about] if about else [])],
        columns=columns,
        totals=[_unit_total(analysis, str(key), words) for key in analysis.summary["layers"]],
        signatures=words("export.signatures"),
        breaks="layer",
    )


def _unit_total(analysis: Analysis, key: str, words: Words) -> dict[str, Any]:
    """One layer's sums, for a row above its units."""
    entry = analysis.summary["layers"][key]
    layer = analysis.study.layer(key)
    uncovered, total = uncovered_of(entry), float(entry["demand_total"])
    causes = {f"uncovered_{name}": float(value) for name, value in entry["by_cause"].items()}
    return {
        "number": words("export.total"),
        "layer": layer_title(layer, words),
        "rule": rule_phrase(layer, words),
        "demand_total": total,
        "uncovered": uncovered,
        "uncovered_per_cent": _share(uncovered, total),
        **causes,
        "keys": {
            "demand_total": f"layers.{key}.demand_total",
            "uncovered": f"layers.{key}.uncovered",
            "uncovered_per_cent": f"layers.{key}.uncovered_share",
            **{f"uncovered_{name}": f"layers.{key}.by_cause.{name}" for name in entry["by_cause"]},
        },
    }


def _share(part: float, whole: float) -> float | None:
    return float(per_cent(pd.Series([part / whole])).iloc[0]) if whole > 0 else None


def _point_column(analysis: Analysis, words: Words) -> Column:
    """What a demand point is called; its id in a study that has no names."""
    named = bool((analysis.gap_points["name"].fillna("") != "").any())
    return Column("name" if named else "demand_id", words("export.header.point"))


def point_form(
    analysis: Analysis,
    key: str,
    words: Words,
    *,
    name: str,
    note: str,
    rows: int = 0,
    printed: int | None = None,
    measured: bool = False,
) -> Form:
    """One layer's uncovered demand points, with columns for what the office does about them.

    Parameters
    ----------
    analysis : Analysis
    key : str
        The layer.
    words : Words
    name, note : str
        Of the sheet, and below its table.
    rows : int
        Of the table.
    printed : int, optional
        At most so many rows are printed; a line above the table says so.
    measured : bool
        As in `unit_form`.
    """
    study, layer = analysis.study, analysis.study.layer(key)
    entry = analysis.summary["layers"][key]
    uncovered = uncovered_of(entry)
    title, own = layer_title(layer, words), "gap_points.{demand_id}.{layer}"
    columns = [
        Column("number", words("export.header.number"), "number"),
        *_unit_columns(analysis, words),
        _point_column(analysis, words),
        Column("class", words("export.header.class")),
        Column("layer", words("export.header.layer"), shown=lambda _: title),
        Column("weight", weight_header("uncovered", study, words), "count", key=f"{own}.weight"),
        *(
            Column(
                f"band:{band}",
                words("export.noun_band", noun=band, band=unit_word(study, words)),
                "count",
            )
            for band in study.demand.bands
            if band != layer.demand  # its weight is in the column before
        ),
        Column("unit_per_cent", words("export.header.unit_per_cent"), "one", bar=True),
        Column("nearest_site_name", words("export.header.nearest_site_name")),
        Column("metres", words("export.header.metres"), "whole", key=f"{own}.metres_to_site"),
        Column(
            "minutes",
            words("export.header.minutes"),
            "one",
            bar=True,
            beyond=beyond(study.network.horizon_minutes),
            key=f"{own}.minutes_to_site",
        ),
        Column("cause", words("export.header.cause"), shown=_cause(layer, words)),
        _result_column(words),
        *_work_columns(words, measured=measured),
    ]
    about = _notes([*notices(study, words), *layer_notes(analysis, key, words)], words)
    basis = words("export.basis_line", basis=time_basis(analysis, key, with_keys(words)))
    limited = []
    if printed is not None and rows > printed:
        shown, total = words.number(printed), words.number(rows)
        limited.append(words("export.print_line", shown=shown, total=total))
    return Form(
        name=name,
        title=_gap_title(analysis, key, title, words),
        lines=[_who(analysis, words), basis, *([about] if about else []), *limited],
        columns=columns,
        totals=[
            {
                "number": words("export.total"),
                "layer": title,
                "weight": uncovered,
                "unit_per_cent": _share(uncovered, float(entry["demand_total"])),
                "keys": {
                    "weight": f"layers.{key}.uncovered",
                    "unit_per_cent": f"layers.{key}.uncovered_share",
                },
            }
        ],
        note=note,
        signatures=words("export.signatures"),
        breaks=_county(analysis),
        printed=printed,
    )


def _county(analysis: Analysis) -> str:
    """The column of the counties, the nearest parents of units; empty without one."""
    return next(iter(analysis.study.units.parents), "")


def _gap_title(analysis: Analysis, key: str, title: str, words: Words) -> str:
    """The title of the list, with the limit unless the layer's own title has it."""
    study, limit = analysis.study, limit_text(analysis.study.layer(key), words)
    known = limit.replace(" ", "") in title.replace(" ", "")
    named = "" if known else words("export.title.limit", limit=limit)
    place = place_name(study, words)
    return words("export.title.points", study=place, layer=title, limit=named)


def doubt_form(
    analysis: Analysis, words: Words, *, name: str, weight: float, note: str = ""
) -> Form:
    """The field-check sheet: is there really no road? Its results can be read back.

    Parameters
    ----------
    weight : float
        Of all points in doubt, those included that the sheet leaves out.
    note : str
        Where the points are that it leaves out.
    """
    study = analysis.study
    return Form(
        name=name,
        title=words("export.title.doubts", study=place_name(study, words)),
        lines=[
            _who(analysis, words),
            words("export.doubts_line", metres=f"{study.network.max_access_m:g}"),
        ],
        columns=[
            Column("number", words("export.header.number"), "number"),
            *_unit_columns(analysis, words),
            _point_column(analysis, words),
            Column("weight", weight_header("weight", study, words), "count"),
            Column("layers", words("export.header.layers_asking"), width=40),
            Column("access_m", words("export.header.access_m"), "whole"),
            _result_column(words),
            Column("found", words("export.header.found"), "blank", width=30),
            Column("checked_by", words("export.header.checked_by"), "blank", width=12),
            Column("checked_on", words("export.header.checked_on"), "blank", width=14),
            Column("note", words("export.header.note"), "blank", width=20),
        ],
        totals=[{"number": words("export.total"), "weight": weight}],
        note=note,
        signatures=words("export.signatures"),
        breaks=_county(analysis),
    )


def code_columns(words: Words) -> list[Column]:
    """Sheet and number of a row, then what identifies it."""
    return [
        Column("sheet", words("export.header.sheet")),
        Column("number", words("export.header.number"), "number"),
        Column("layer", words("export.header.layer_key")),
        Column("unit_id", words("export.header.unit_id")),
        Column("demand_id", words("export.header.demand_id")),
        Column("nearest_site_id", words("export.header.nearest_site_id")),
        Column("lon", words("export.header.lon"), "degrees", width=13),
        Column("lat", words("export.header.lat"), "degrees", width=13),
    ]


def _unit_columns(analysis: Analysis, words: Words) -> list[Column]:
    """The unit's parents, the widest first, then its name, as addresses are written."""
    parents = reversed(analysis.study.units.parents)
    return [
        *(Column(parent, sentence(level_name(parent, words))) for parent in parents),
        Column("unit_name", sentence(level_name(analysis.study.units.level, words))),
    ]


def _result_column(words: Words) -> Column:
    choices = (words("export.result.confirmed"), words("export.result.data_wrong"))
    return Column("result", words("export.header.result"), "blank", choices=choices, width=14)


def _work_columns(words: Words, *, measured: bool) -> list[Column]:
    """Columns that the office fills in; the measure may be proposed already."""
    widths = {"measure": 36 if measured else 20, "responsible": 16, "note": 12}
    return [
        Column(
            name,
            words(f"export.header.{name}"),
            "text" if measured and name == "measure" else "blank",
            width=width,
        )
        for name, width in widths.items()
    ]


def _who(analysis: Analysis, words: Words) -> str:
    study = analysis.study
    unit = unit_word(study, words)
    as_of = as_of_text(study, words) or words("export.who_blank_date")
    office = office_name(study, words) or words("export.who_blank_office")
    return words("export.who_line", unit=unit, as_of=as_of, office=office)


def _notes(found: list[tuple[str, str]], words: Words) -> str:
    """Notices in one line above a table."""
    if not found:
        return ""
    texts = [note_line(about, text.rstrip("。. "), words) for about, text in found]
    return words("export.notes_line", notes=words("export.semicolon").join(texts))


def _cause(about: Layer | Study, words: Words) -> Any:
    return lambda cause: sentence(cause_name(cause, words, about))
