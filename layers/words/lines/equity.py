"""Equity in words: the groups that are shown, their figures, and what each figure counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.analysis import Analysis
from geo.equity.by_band import equity_of, group_times
from geo.equity.inequality import Lorenz, lorenz
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.numbers import amount, decimal, minutes_text
from layers.words.phrases import group_name, layer_title, limit_text, people

__all__ = [
    "MOST_CLASSES",
    "EquityFigure",
    "EquityGroup",
    "equity_figures",
    "equity_groups",
    "equity_sentence",
    "group_cells",
    "group_columns",
    "group_curves",
    "measures",
    "unreached_text",
]

# More classes would make the table too long; equity.csv has all of them.
MOST_CLASSES = 12
# Measure → its column in equity.csv; the mean time has its unit with it.
_COLUMNS = {
    "share": "share_by_time",
    "fgt1": "fgt1",
    "gini": "gini",
    "palma": "palma",
    "concentration": "concentration",
}


@dataclass(frozen=True)
class EquityGroup:
    """One row of equity.csv in words.

    Attributes
    ----------
    name : str
    band, class_ : str
    own : bool
        Whether these are the people that the layer counts, of all classes.
    figures : mapping
        The columns from demand_total on.
    key : str
        The beginning of the keys of its figures (`layers.words.figure_keys`).
    """

    name: str
    band: str
    class_: str
    own: bool
    figures: Mapping[str, float]
    key: str = ""


@dataclass(frozen=True)
class EquityFigure:
    """One measure: its name, its value, and what it counts."""

    label: str
    value: str
    basis: str


def equity_groups(analysis: Analysis, key: str, words: Words) -> list[EquityGroup]:
    """The groups of a layer that are shown: all people, each band, and each class.

    The classes are those of the people that the layer counts. Of many classes the largest are
    shown. Groups without people are left out.
    """
    study = analysis.study
    table = equity_of(analysis)
    table = table[(table["layer"] == key) & (table["demand_total"] > 0)]
    own = study.layer(key).demand or ""
    classes = table[(table["band"] == own) & (table["class"] != "")]
    kept = classes["demand_total"].nlargest(MOST_CLASSES).index
    shown = table[(table["class"] == "") | table.index.isin(kept)]
    # The classes follow all bands.
    shown = shown.sort_values("class", key=lambda names: names != "", kind="stable")
    return [
        EquityGroup(
            name=_name(str(row["band"]), str(row["class"]), study, words),
            band=str(row["band"]),
            class_=str(row["class"]),
            own=row["band"] == own and not row["class"],
            figures={str(name): float(value) for name, value in row.iloc[3:].items()},
            key=f"equity.{key}.{row['band']}.{row['class']}",
        )
        for _, row in shown.iterrows()
    ]


def _name(band: str, class_: str, study: Study, words: Words) -> str:
    """The group's name; that of a class alone where everybody is counted."""
    if class_ and not band:
        return words.get(f"class.{class_}", default=class_)
    return group_name(band, class_, study, words)


def group_curves(
    analysis: Analysis, key: str, groups: list[EquityGroup], *, most: int
) -> list[tuple[str, Lorenz]]:
    """Name and Lorenz curve of the first groups whose curve is defined."""
    times = {(one.band, one.class_): one for one in group_times(analysis, key)}
    found: list[tuple[str, Lorenz]] = []
    for group in groups:
        one = times[(group.band, group.class_)]
        curve = lorenz(one.filled_ms, one.weight)
        if len(curve.people) and len(found) < most:
            found.append((group.name, curve))
    return found


def unreached_text(
    figures: Mapping[str, float], study: Study, words: Words, *, key: str = ""
) -> str:
    """How many people count with the horizon, as a sentence; `key` is that of the figure."""
    horizon = decimal(study.network.horizon_minutes)
    if not figures["unreached"]:
        return words("equity.all_reached", horizon=horizon)
    counted = amount(figures["unreached"], study, words, noun=True, key=key)
    return words("equity.unreached", amount=counted, horizon=horizon)


def equity_figures(
    group: EquityGroup, layer: Layer, study: Study, words: Words
) -> list[EquityFigure]:
    """The measures of one group, each with what it counts."""
    texts = _texts(group, words)
    filled = unreached_text(group.figures, study, words)
    return [
        EquityFigure(
            label=words(f"equity.{name}"),
            value=texts[name],
            basis=words(
                f"equity.basis.{name}",
                people=people(study, words, layer),
                limit=limit_text(layer, words),
                rank=study.demand.rank or "",
                filled=filled,
            ),
        )
        for name in measures([layer], study)
    ]


def group_columns(names: Sequence[str], words: Words) -> list[str]:
    """Headers of some measures in a table of groups (`MEASURES`)."""
    return [words(f"equity.column.{name}") for name in names]


def group_cells(group: EquityGroup, names: Sequence[str], words: Words) -> list[str]:
    """Some measures of one group; a dash where one is not defined."""
    texts = _texts(group, words)
    return [texts[name] for name in names]


def _texts(group: EquityGroup, words: Words) -> dict[str, str]:
    """All measures as text."""
    found = group.figures
    texts = {
        name: figure(f"{group.key}.{column}", found[column], words)
        for name, column in _COLUMNS.items()
    }
    mean = minutes_text(found["mean_minutes"], words)
    return {**texts, "mean": words.keyed(f"{group.key}.mean", mean)}


def measures(layers: Sequence[Layer], study: Study) -> list[str]:
    """The measures that any of these layers has: some need a limit in minutes, or a rank."""
    names = ["mean", "gini", "palma"]
    if any(not layer.limit.in_metres for layer in layers):
        names.insert(1, "fgt1")
    return [*names, *(["concentration"] if study.demand.rank else [])]


def equity_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """One sentence on the people that a layer counts; empty without demand."""
    study, layer = analysis.study, analysis.study.layer(key)
    group = next((one for one in equity_groups(analysis, key, words) if one.own), None)
    if group is None:
        return ""
    texts = _texts(group, words)
    text = words("equity.sentence", title=layer_title(layer, words), **texts)
    if not layer.limit.in_metres:
        limit = limit_text(layer, words)
        text += words("equity.sentence_beyond", limit=limit, beyond=texts["fgt1"])
    filled = unreached_text(group.figures, study, words, key=f"{group.key}.unreached")
    return text + words("equity.sentence_end", filled=filled)
