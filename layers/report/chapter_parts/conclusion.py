"""The conclusion of a report: both shares of each layer, what is uncovered, what is uncertain."""

from __future__ import annotations

from geo.analysis import Analysis
from layers.report.blocks import Block, Paragraph
from layers.words.catalogue import Words
from layers.words.figure_keys import figure, without_keys
from layers.words.layer_sentences import worst_units
from layers.words.phrases import (
    cause_name,
    counted_units,
    figures,
    layer_title,
    presence_basis,
    rule_key,
    share_by_time_name,
    time_basis,
    uncovered_of,
    unit_word,
)

__all__ = ["conclusion"]


def conclusion(analysis: Analysis, words: Words) -> list[Block]:
    """One paragraph for each layer, then one about what is uncertain."""
    keys = [str(key) for key in analysis.summary["layers"]]
    blocks: list[Block] = [Paragraph([_layer(analysis, key, words)]) for key in keys]
    reasons = _reasons(analysis, keys, words)
    if reasons:
        listed = words("export.semicolon").join(reasons)
        blocks.append(Paragraph([words("report.conclusion.uncertain", reasons=listed)]))
    return blocks


def _layer(analysis: Analysis, key: str, words: Words) -> str:
    """Both shares with what they count, the amount uncovered, its main cause and largest units."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    own = f"layers.{key}"
    text = words(
        rule_key(layer, "conclusion", words, plain="report.conclusion.shares"),
        title=layer_title(layer, words),
        presence=figure(f"{own}.share_by_presence", entry["share_by_presence"], words),
        presence_basis=_clause(presence_basis(analysis, key, words)),
        name=share_by_time_name(layer, words),
        share=figure(f"{own}.{layer.share}", entry[layer.share], words),
        time_basis=_clause(time_basis(analysis, key, words)),
    )
    uncovered, unit = uncovered_of(entry), unit_word(study, words, layer)
    if not uncovered:
        return text
    causes = {str(cause): float(value) for cause, value in entry["by_cause"].items()}
    main = max(causes, key=lambda cause: causes[cause])
    text += words(
        "report.conclusion.uncovered",
        amount=words(
            "report.amount", value=figure(f"{own}.uncovered", uncovered, words), unit=unit
        ),
        cause=cause_name(main, words, layer),
        part=figure(f"{own}.main_cause_share", causes[main] / uncovered, words),
    )
    worst = worst_units(analysis, key, words)
    if worst:
        units = counted_units(study.units.level, words)
        text += words("report.conclusion.worst", units=units, names=worst)
    return text


def _clause(text: str) -> str:
    """A sentence without its full stop, for brackets."""
    return text.rstrip("。. ")


def _reasons(analysis: Analysis, keys: list[str], words: Words) -> list[str]:
    """What the figures leave uncertain, each in a clause."""
    study, comma = analysis.study, words("export.comma")
    found = []
    doubts = []
    for key in keys:
        doubt = float(figures(analysis, key)["by_cause"].get("data_doubt", 0.0))
        if doubt:
            value = figure(f"layers.{key}.by_cause.data_doubt", doubt, words)
            amount = words("report.amount", value=value, unit=unit_word(study, words))
            doubts.append((layer_title(study.layer(key), words), amount))
    amounts = {without_keys(amount) for _, amount in doubts}
    if len(amounts) == 1:
        # The same points lack a road whatever the service.
        found.append(words("report.conclusion.doubt", amounts=doubts[0][1]))
    elif doubts:
        listed = comma.join(words("report.conclusion.of", layer=a, amount=b) for a, b in doubts)
        found.append(words("report.conclusion.doubt", amounts=listed))
    proxies = [layer_title(study.layer(key), words) for key in keys if study.layer(key).proxy]
    if proxies:
        found.append(words("report.conclusion.proxy", layers=comma.join(proxies)))
    if study.units.approximate:
        found.append(words("report.conclusion.units"))
    if study.network.note:
        found.append(words("report.conclusion.roads"))
    # Two layers may have one file.
    files = {str(e["file"]): int(e["rows_set_aside"]) for e in analysis.summary["inputs"]}
    aside = sum(files.values())
    if aside:
        found.append(
            words("report.conclusion.aside", count=figure("inputs.rows_set_aside", aside, words))
        )
    return found
