"""A run in parts, in words: halo sizes, the effect of other horizons, and the cost."""

from __future__ import annotations

from geo.parts.division import Division, DivisionReport
from layers.words.catalogue import Words

__all__ = ["parts_lines"]


def parts_lines(division: Division | None, words: Words) -> list[str]:
    """Lines for a terminal: sizes of the parts, the effect of other horizons, the cost."""
    reports = division.reports if division is not None else []
    return [line for report in reports for line in _lines(report, words)]


def _lines(report: DivisionReport, words: Words) -> list[str]:
    sizes, costs = report.sizes, report.costs
    lines = [
        words(
            "cli.parts.points",
            count=len(sizes),
            least=words.number(min(size.points for size in sizes)),
            most=words.number(max(size.points for size in sizes)),
        )
    ]
    for minutes in report.whole.edges_within:
        shares = report.shares(minutes)
        lines.append(
            words(
                "cli.parts.halo",
                minutes=words.number(minutes),
                edges=words.number(report.whole.edges * float(shares.mean())),
                mean=words.share(float(shares.mean())),
                least=words.share(float(shares.min())),
                most=words.share(float(shares.max())),
            )
        )
    nodes, edges, sites = (
        words.number(max(getattr(size, name) for size in sizes))
        for name in ("nodes", "edges", "sites")
    )
    lines.append(words("cli.parts.largest", nodes=nodes, edges=edges, sites=sites))
    peak = max(cost.peak_bytes for cost in costs)
    lines.append(
        words(
            "cli.parts.cost",
            cpu=words.number(sum(cost.cpu_s for cost in costs), 1),
            most=words.number(max(cost.cpu_s for cost in costs), 1),
            cut=words.number(report.cut_s, 1),
            stored=words.number(sum(size.stored_bytes for size in sizes) / 1e6, 1),
            peak=words.number(peak / 1e6 if peak else None),
        )
    )
    return lines
