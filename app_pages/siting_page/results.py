"""What came of a siting question: figures, the bound, the proposals in order, and downloads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app_pages.rights.on_download import on_download
from app_pages.shell.downloads import file_name_for
from app_pages.shell.html import (
    Figure,
    figures,
    head,
    image,
    notice,
    paragraph,
    plain,
    problems,
    row_of_two,
    show_html,
    table,
)
from app_pages.siting_page.asked import Asked
from app_pages.siting_page.jobs import Answer
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.base.file_names import file_name
from layers.inline.growth import growth_svg
from layers.words.catalogue import Words
from layers.words.lines.siting import (
    bound_sentence,
    place_names,
    served_text,
    set_aside_line,
    unreachable_reasons,
)
from layers.words.numbers import amount
from layers.words.phrases import limit_text, profile_name, unit_word

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.siting.proposals import Proposals

__all__ = ["command_question", "show_error", "show_results"]

_SHOWN_LOST = 10
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_error(
    error: QuarterhourError, lost: pd.DataFrame | None, analysis: Analysis, words: Words
) -> None:
    """One line, and the points that nothing can reach."""
    show_html(problems(error, words))
    if lost is not None and len(lost):
        _lost(lost, analysis, words)


def show_results(answer: Answer, asked: Asked, analysis: Analysis, words: Words) -> None:
    """Everything about the proposals but the step into a scenario."""
    found = answer.found
    assert found is not None
    study = analysis.study
    parts = []
    if answer.stopped:
        parts.append(notice(words("propose.stopped")))
    parts.append(paragraph(_lead(found, analysis, words)))
    parts.append(figures(_shares(found, analysis, words), words))
    parts.append(plain(bound_sentence(found.summary, study, words), *_remarks(found, words)))
    if len(found.table):
        parts += [head(words("propose.table")), _table(found, analysis, words)]
        parts += [head(words("propose.curve_title")), _curve(found, words)]
    show_html(*parts)
    _downloads(answer, asked, analysis, words)
    if len(found.unreachable):
        _lost(found.unreachable, analysis, words)


def _lead(found: Proposals, analysis: Analysis, words: Words) -> str:
    table, study = found.table, analysis.study
    new = float(table["newly_covered"].sum()) if len(table) else 0.0
    return words(
        "propose.lead",
        sites=words.number(len(table)),
        amount=amount(round(new, 6), study, words, noun=True),
        limit=limit_text(study.layer(found.summary["layer"]), words),
    )


def _shares(found: Proposals, analysis: Analysis, words: Words) -> list[Figure]:
    """Share and mean time before and after."""
    summary, study = found.summary, analysis.study
    layer = study.layer(summary["layer"])
    rule = {"profile": profile_name(layer, words), "limit": limit_text(layer, words)}
    total = summary["demand_total"]
    shown = []
    for moment in ("before", "after"):
        share = summary[f"share_{moment}"]
        minutes = summary[f"mean_minutes_{moment}"]
        covered = float(summary["covered_before"])
        if moment == "after" and len(found.table):
            covered = float(found.table["covered_after"].iloc[-1])
        basis = words(
            "propose.basis",
            covered=amount(covered, study, words),
            total=amount(total, study, words),
            minutes=words.number(minutes, 1),
            **rule,
        )
        shown.append(Figure(words(f"propose.{moment}"), words.share(share), basis))
    return shown


def _remarks(found: Proposals, words: Words) -> list[str]:
    """What could not take part, and what moves."""
    summary = found.summary
    access = summary["parameters"].get("access_minutes") or 60
    lines = [words("propose.mean_note", minutes=f"{access:g}")]
    if summary["moved"]:
        lines.append(words("siting.moved", sites=words("lead.places_join").join(summary["moved"])))
    if found.candidates.set_aside:
        lines.append(set_aside_line(found, words))
    empty = summary["units_without_candidate"]
    if empty:
        lines.append(words("siting.units_empty", units=words("lead.places_join").join(empty[:10])))
    return lines


def _table(found: Proposals, analysis: Analysis, words: Words) -> str:
    """The proposals in their order, with who each one newly serves."""
    study, phased = analysis.study, int(found.table["phase"].max()) > 1
    names = place_names(found.table, analysis, words)
    rows = []
    for place, one in enumerate(found.table.to_dict("records")):
        newly = found.newly[found.newly["order"] == one["order"]]
        cells: list[tuple[str, str]] = [
            (words.number(one["order"]), words(f"siting.phase_{one['phase']}") if phased else ""),
            (names[place], served_text(newly, words)),
            (f"+{_count(one['newly_covered'], words)}", ""),
            (words.share(one["share_after"]), words("amount.minutes", value=_minutes(one, words))),
            (words.number(one["stand_ins"]), ""),
        ]
        rows.append(row_of_two(cells, numbers=(2, 3, 4)))
    columns = [
        words(f"propose.column.{name}", unit=unit_word(study, words))
        for name in ("order", "place", "new", "after", "stand_ins")
    ]
    return f'<div class="qh-proposals">{table(columns, rows, numbers=(2, 3, 4))}</div>' + plain(
        words("propose.stand_ins_note")
    )


def _minutes(one: dict[Any, Any], words: Words) -> str:
    return words.number(one["mean_minutes_after"], 1)


def _count(value: float, words: Words) -> str:
    """A weight without its unit, which the header names."""
    return words.number(value, 0 if float(value).is_integer() else 1)


def _curve(found: Proposals, words: Words) -> str:
    """The share after each further site."""
    total = found.summary["demand_total"]
    first = found.table.iloc[0]
    start = (first["covered_after"] - first["newly_covered"]) / total if total else math.nan
    shares = [start, *found.table["share_after"].tolist()]
    best: list[tuple[int, float]] = []
    if found.curve is not None:
        best = [(int(n), s) for n, s in found.curve[["sites", "share"]].to_numpy().tolist()]
    names = (words("propose.curve_order"), words("propose.curve_best"))
    svg = growth_svg(shares, best=best, x=words("propose.curve_x"), names=names)
    return image(svg, words("propose.curve_title"), css_class="qh-growth")


def _lost(lost: pd.DataFrame, analysis: Analysis, words: Words) -> None:
    """The points that no candidate reaches, with reasons, and the whole list for download."""
    count = words.number(len(lost))
    names = analysis.points["name"].reindex(lost["demand_id"]).fillna("")
    reasons = unreachable_reasons(lost, words)
    rows = [
        row_of_two([(str(name or demand), ""), (reason, "")])
        for name, demand, reason in zip(names, lost["demand_id"], reasons, strict=True)
    ]
    rows = rows[:_SHOWN_LOST]
    with st.expander(words("propose.unreachable", count=count), key="propose_unreachable"):
        show_html(table([words("column.demand"), words("propose.reason")], rows))
        if len(lost) > len(rows):
            show_html(plain(words("panel.more", count=words.number(len(lost) - len(rows)))))
        st.download_button(
            words("propose.unreachable_file"),
            lambda: _lost_file(lost),
            file_name="unreachable.csv",
            mime="text/csv",
            key="download-unreachable",
            on_click=on_download(),
        )


def _lost_file(lost: pd.DataFrame) -> bytes:
    from layers.export.csv import csv_bytes

    return csv_bytes(lost)


def command_question(found: Proposals, analysis: Analysis, words: Words) -> dict[str, Any]:
    """What change.json says of the question, as the command does."""
    from layers.export.proposals import asked_in_words

    return asked_in_words(found, words.text(analysis.study.study.name))


def _downloads(answer: Answer, asked: Asked, analysis: Analysis, words: Words) -> None:
    """The files of the command as a zip, a workbook, and the list of gaps with measures."""
    found = answer.found
    assert found is not None

    def packed() -> bytes:
        from layers.export.proposals import siting_zip

        return siting_zip(found, question=command_question(found, analysis, words))

    def workbook() -> bytes:
        from layers.export.proposals_workbook import proposals_workbook

        return proposals_workbook(found, analysis, words)

    def gaps() -> bytes:
        from geo.scenarios.proposed import proposed_of
        from layers.export.office_workbook.gap_workbook import gaps_workbook

        return gaps_workbook(analysis, words, proposed=[proposed_of(found)])

    with st.container(key="proposefiles", horizontal=True, gap="small"):
        for key, make, ending, mime in (
            ("zip", packed, "zip", "application/zip"),
            ("xlsx", workbook, "xlsx", _XLSX),
            ("gaps", gaps, "xlsx", _XLSX),
        ):
            word = words(f"propose.file_name_{key}")
            name = file_name_for(f"{word}.{ending}", analysis, words, layer=asked.layer)
            # Made at the click, not at every run of the page.
            st.download_button(
                words(f"propose.download_{key}"),
                make,
                file_name=file_name(name),
                mime=mime,
                key=f"download-propose-{key}",
                on_click=on_download(),
            )
