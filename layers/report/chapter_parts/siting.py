"""The chapter of proposed sites: table, sentence and bound, from a result or a scenario."""

from __future__ import annotations

from typing import Any

from geo.analysis import Analysis
from geo.scenarios.proposed import ProposedSites
from geo.study.model import Study
from layers.report.blocks import Table
from layers.words.catalogue import Words
from layers.words.lines.siting import bound_sentence, place_names
from layers.words.numbers import amount
from layers.words.phrases import layer_title, limit_text, unit_word

__all__ = ["proposal_bound", "proposal_sentence", "proposal_table"]


def proposal_sentence(found: ProposedSites, analysis: Analysis, words: Words, *, ref: str) -> str:
    """How many sites, where they stand in the table, and the share before and after."""
    study = analysis.study
    layer = study.layer(found.layer)
    near = int((found.sites["phase"] == 1).sum())
    params: dict[str, Any] = {
        "layer": layer_title(layer, words),
        "sites": words.number(len(found.sites)),
        "amount": amount(
            round(float(found.sites["newly_covered"].sum()), 6), study, words, noun=True
        ),
        "limit": limit_text(layer, words),
        "before": words.share(found.share_before),
        "after": words.share(found.share_after),
        "near": words.number(near),
        "far": words.number(len(found.sites) - near),
        "ref": ref,
    }
    return words("report.siting.phases" if found.has_phases else "report.siting.sites", **params)


def proposal_bound(found: ProposedSites, study: Study, words: Words) -> str:
    """What no other choice can reach; a scenario's own note where it has no result."""
    if found.summary is not None:
        return bound_sentence(found.summary, study, words)
    return words("report.siting.note", note=found.note) if found.note else ""


def proposal_table(found: ProposedSites, analysis: Analysis, words: Words, *, key: str) -> Table:
    """The sites in their order, with phase, place, newly covered demand and share after."""
    study, sites = analysis.study, found.sites
    rows = []
    names = place_names(sites, analysis, words)
    for name, row in zip(names, sites.to_dict("records"), strict=True):
        new = row["newly_covered"]
        rows.append(
            [
                words.number(row["order"]),
                words("report.term.near" if row["phase"] == 1 else "report.term.far"),
                name,
                f"{row['lon']:.5f}, {row['lat']:.5f}",
                words.number(new, 0 if float(new).is_integer() else 1),
                words.share(row["share_after"]),
            ]
        )
    header = [
        words(f"report.header.{column}", unit=unit_word(study, words))
        for column in ("number", "term", "proposed_place", "lonlat", "newly", "share_after")
    ]
    caption = words("report.table.proposed", layer=layer_title(study.layer(found.layer), words))
    return Table(key, caption, header, rows, (0.08, 0.1, 0.34, 0.22, 0.13, 0.13), (0, 4, 5))
