"""Proposals for new sites as a workbook: the sites, whom they serve, and what is out of reach."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.questions.siting.proposals import Proposals
from geo.study.model import Study
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.lines.siting import bound_sentence, place_names, unreachable_reasons
from layers.words.numbers import per_cent, up_to_tenths
from layers.words.phrases import layer_title, rule_phrase, unit_word

__all__ = ["proposals_workbook"]

# More points than anybody reads; the CSV files have all of them.
_MOST_POINTS = 100_000


def proposals_workbook(found: Proposals, analysis: Analysis, words: Words) -> bytes:
    """The workbook as bytes, the same ones every time."""
    study = analysis.study
    layer = study.layer(str(found.summary["layer"]))
    title = words("siting.sheet.title", layer=layer_title(layer, words))
    lines = [
        words.text(study.study.name),
        words("trial.sheet.rule", layer=layer_title(layer, words), rule=rule_phrase(layer, words)),
        words(
            "siting.covered",
            before=words.share(found.summary["share_before"]),
            after=words.share(found.summary["share_after"]),
        ),
        bound_sentence(found.summary, study, words),
    ]
    parts = (
        ("sites", _sites(found, analysis, words), _site_columns(study, words)),
        ("served", _served(found, analysis, words), _served_columns(study, words)),
        ("unreachable", _lost(found, analysis, words), _lost_columns(study, words)),
    )
    lists = [
        (words(f"siting.sheet.{part}"), table, columns)
        for part, table, columns in parts
        if part == "sites" or len(table)
    ]
    return list_workbook(title, lines, lists, words)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    return table.reset_index(drop=True).assign(number=np.arange(1.0, len(table) + 1))


def _unit_names(units: pd.Series, analysis: Analysis, words: Words) -> pd.Series:
    names = analysis.units.drop_duplicates("unit_id").set_index("unit_id")["unit_name"]
    found = units.map(names).fillna("")
    return found.where(found != "", units.where(units != "", words("gaps.outside")))


def _sites(found: Proposals, analysis: Analysis, words: Words) -> pd.DataFrame:
    table = found.table
    return _numbered(
        table.assign(
            place=place_names(table, analysis, words),
            unit=_unit_names(table["unit_id"], analysis, words),
            term=[words(f"siting.phase_{phase}") for phase in table["phase"]],
            share=per_cent(table["share_after"]),
            minutes=up_to_tenths(table["mean_minutes_after"]),
        )
    )


def _site_columns(study: Study, words: Words) -> list[Column]:
    unit = unit_word(study, words)
    return [
        Column("number", words("export.header.number"), "number"),
        Column("term", words("siting.phase")),
        Column("place", words("siting.sheet.place")),
        Column("unit", words("column.unit")),
        Column("newly_covered", words("siting.sheet.newly", unit=unit), "count"),
        Column("covered_after", words("siting.sheet.covered", unit=unit), "count"),
        Column("share", words("siting.sheet.share"), "one"),
        Column("minutes", words("siting.mean"), "one"),
        Column("stand_ins", words("siting.sheet.stand_ins"), "whole"),
        Column("candidate_id", words("siting.sheet.candidate_id")),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]


def _served(found: Proposals, analysis: Analysis, words: Words) -> pd.DataFrame:
    places = dict(zip(found.table["order"], place_names(found.table, analysis, words), strict=True))
    newly = found.newly.head(_MOST_POINTS)
    return _numbered(
        newly.assign(
            place=newly["order"].map(places),
            unit=_unit_names(newly["unit_id"], analysis, words),
            point=newly["name"].where(newly["name"].fillna("") != "", newly["demand_id"]),
        )
    )


def _served_columns(study: Study, words: Words) -> list[Column]:
    return [
        Column("number", words("export.header.number"), "number"),
        Column("place", words("siting.sheet.place")),
        Column("point", words("column.demand")),
        Column("unit", words("column.unit")),
        Column("weight", words("trial.header.weight", unit=unit_word(study, words)), "count"),
        Column("demand_id", words("export.header.demand_id")),
    ]


def _lost(found: Proposals, analysis: Analysis, words: Words) -> pd.DataFrame:
    lost = found.unreachable.head(_MOST_POINTS)
    names = analysis.points["name"].reindex(lost["demand_id"]).fillna("").to_numpy(dtype=object)
    return _numbered(
        lost.assign(
            point=np.where(names != "", names, lost["demand_id"]),
            why=unreachable_reasons(lost, words),
        )
    )


def _lost_columns(study: Study, words: Words) -> list[Column]:
    return [
        Column("number", words("export.header.number"), "number"),
        Column("point", words("column.demand")),
        Column("weight", words("trial.header.weight", unit=unit_word(study, words)), "count"),
        Column("why", words("siting.sheet.why")),
        Column("demand_id", words("export.header.demand_id")),
        Column("lon", words("trial.header.lon"), "degrees"),
        Column("lat", words("trial.header.lat"), "degrees"),
    ]
