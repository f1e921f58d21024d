"""The panel of sites on trial: the share before and after, and the units and points gained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app_pages.panel.site import changed_points, changed_units
from app_pages.shell.html import Figure, explanation, figures, head, notice, plain
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import limit_text, profile_name

if TYPE_CHECKING:
    from geo.questions.difference import Difference

__all__ = ["put_panel", "trial_text"]


def put_panel(change: Difference, layer: Layer, study: Study, words: Words) -> str:
    """The changes by the sites on trial for the layer shown."""
    gain = round(change.covered_after - change.covered_before, 6)
    rule = {"profile": profile_name(layer, words), "limit": limit_text(layer, words)}

    def figure(word: str, share: float, covered: float) -> Figure:
        total = amount(change.demand_total, study, words)
        basis = words("put.basis", covered=amount(covered, study, words), total=total, **rule)
        return Figure(words(word), words.share(share), basis)

    parts = [
        figures(
            (
                figure("put.before", change.share_before, change.covered_before),
                figure("put.after", change.share_after, change.covered_after),
            ),
            words,
        ),
        plain(words("put.gain", amount=amount(gain, study, words))),
        explanation("put", words),
    ]
    for number, off in enumerate(change.added["used"], start=1):
        if not off:
            metres = f"{study.network.max_access_m:g}"
            parts.append(notice(words("put.off_network", number=number, metres=metres)))
    units = changed_units(change, study.units.level, study, words)
    if units:
        parts += [head(words("put.units")), units]
    if len(change.gained):
        count = words.number(len(change.gained))
        parts += [
            head(words("put.points", count=count)),
            changed_points(change.gained, layer, study, words),
        ]
    return "".join(parts)


def trial_text(change: Difference, number: int, unit: str, study: Study, words: Words) -> str:
    """One site on trial in a line: its number, its unit, and the demand nearest to it."""
    added = change.added.iloc[number - 1]
    owned = amount(float(added["demand_owned"]), study, words)
    where = unit or words("gaps.outside")
    return words("put.site", number=number, where=where, owned=owned)
