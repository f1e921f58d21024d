"""Composites in words: how many services of a set people reach."""

from __future__ import annotations

from geo.analysis import Analysis
from geo.questions.composites import CompositeResult
from geo.study.presets import presets
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import layer_title, people, rule_phrase, sentence

__all__ = ["composite_header", "composite_lead", "composite_rows"]


def composite_lead(found: CompositeResult, analysis: Analysis, words: Words) -> str:
    """What is counted, the share that reaches all of it, and what is left out."""
    join = words("overview.twin_join")
    services = join.join(
        words("composite.or").join(
            words(
                "overview.twin",
                title=layer_title(analysis.study.layer(key), words),
                rule=rule_phrase(analysis.study.layer(key), words),
            )
            for key in keys
        )
        for keys in found.layers
    )
    text = words(
        "composite.lead",
        title=words.text(found.composite.title),
        count=words.number(len(found.layers)),
        share=words.share(found.share_all),
        people=people(analysis.study, words),
        mean=words.number(found.mean_reached, 2),
        services=services,
    )
    if not found.missing:
        return text
    comma = words("indicator.comma")
    names = comma.join(words.text(presets()[key].title) for key in found.missing)
    return words("composite.with_missing", text=text, names=names)


def composite_header(analysis: Analysis, words: Words) -> list[str]:
    """The headers of `composite_rows`."""
    who = sentence(people(analysis.study, words))
    return [words("composite.column.count"), who, words("composite.column.part")]


def composite_rows(found: CompositeResult, analysis: Analysis, words: Words) -> list[list[str]]:
    """One row for each number of services, the largest first: the weight and its share."""
    rows = []
    for count in range(len(found.layers), -1, -1):
        weight = found.by_count[count]
        part = words.share(weight / found.total if found.total else None)
        of = words("composite.count", count=count, total=len(found.layers))
        rows.append([of, amount(weight, analysis.study, words), part])
    return rows
