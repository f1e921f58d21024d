"""The comparison of two states as a table and lines, for a terminal."""

from __future__ import annotations

from geo.scenarios.compare import Comparison, State
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = [
    "comparison_lines",
    "comparison_rows",
    "signed_points",
    "state_names",
]


def state_names(before: State, after: State, words: Words) -> tuple[str, str]:
    """What the two states are called: by scenario within a study, else by study and scenario."""
    one_study = before.base.folder.resolve() == after.base.folder.resolve()

    def name(state: State) -> str:
        own = state.scenario.name or words("compare.as_it_is")
        if one_study:
            return own
        study = words.text(state.base.study.name)
        return words("compare.of_study", study=study, state=own)

    return name(before), name(after)


def comparison_rows(found: Comparison, study: Study, words: Words) -> list[list[str]]:
    """Headers, then a row a layer: its share before and after, and the points of each kind."""
    names = ("layer", "before", "correction", "real", "after")
    rows = [[words(f"compare.{name}") for name in names]]
    for key in found.layers:
        correction, real = found.figures[key]["correction"], found.figures[key]["real"]
        rows.append(
            [
                layer_title(study.layer(key), words),
                words.share(correction["share_before"]),
                signed_points(correction["share_after"] - correction["share_before"], words),
                signed_points(real["share_after"] - real["share_before"], words),
                words.share(real["share_after"]),
            ]
        )
    return rows


def signed_points(difference: float, words: Words) -> str:
    """A difference of two shares in percentage points, with its sign."""
    points = 100 * difference
    if points != points:
        return "–"
    text = words.number(points, 1)
    signed = f"+{text}" if round(points, 1) > 0 else text
    return words("change.points", value=signed)


def comparison_lines(found: Comparison, words: Words) -> list[str]:
    """How many points gain and lose by each kind, and the layers that only one state has."""
    lines = []
    for kind in ("correction", "real"):
        counts = {
            name: words.number(sum(kinds[kind][name] for kinds in found.figures.values()))
            for name in ("points_gained", "points_lost")
        }
        lines.append(words(f"compare.points_{kind}", **counts))
    for name, keys in (("before", found.only_before), ("after", found.only_after)):
        if keys:
            lines.append(words(f"compare.only_{name}", layers=", ".join(keys)))
    return lines
