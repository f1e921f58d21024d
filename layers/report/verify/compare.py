"""What is wrong with the figures of a document: changed, outdated, or contradicting each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo.analysis import Analysis
from layers.report.verify.document_figures import DocumentFigure, DocumentFigures
from layers.report.verify.documents import read_document
from layers.report.verify.results import NO_SOURCE, Results
from layers.words.catalogue import LOCALES, Words, words_for
from layers.words.figure_keys import UNNAMED

__all__ = ["Finding", "Verified", "verified_lines", "verify_document"]

# As a missing value is written.
_NONE = "—"
# Digit groups: a person may remove them without changing the number.
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Finding:
    """One figure that does not agree.

    Attributes
    ----------
    kind : str
        ``changed`` by hand, ``outdated`` (it belongs to older results), or ``contradiction`` (the
        same key with two values).
    key : str
    place : str
        The heading above the figure, or sheet and cell; of a contradiction, of its first value.
    old, new : str
        What was written and what stands there; of an outdated figure what stands there and what the
        results say; of a contradiction both values.
    other_place : str
        Of the second value of a contradiction.
    """

    kind: Literal["changed", "outdated", "contradiction"]
    key: str
    place: str
    old: str
    new: str
    other_place: str = ""


@dataclass(frozen=True)
class Verified:
    """What the check of a document found.

    Attributes
    ----------
    findings : list of Finding
    figures : int
        With keys, in the document.
    without_source : int
        Those that no file of the results holds (limits, dates); only changes by hand are found.
    missing : int
        Figures that were written with a key and have none any more.
    document_id, results_id : str
        The analyses of both; the document's is empty where it has lost it.
    """

    findings: list[Finding]
    figures: int
    without_source: int
    missing: int
    document_id: str
    results_id: str

    @property
    def clean(self) -> bool:
        """Whether every figure has its key and agrees with the results."""
        return not self.findings and not self.missing and self.document_id == self.results_id


def verify_document(path: Path, source: Path | Analysis) -> Verified:
    """Compare the figures of a document (DOCX, HTML or XLSX) with results.

    Parameters
    ----------
    path : Path
    source : Path or Analysis
        The folder of a run, or an analysis that is at hand.

    Raises
    ------
    StudyError
        As `layers.report.verify.documents.read_document`; ``verify_no_results``.
    """
    document = read_document(path)
    make = Results.read if isinstance(source, Path) else Results.of
    results = make(source, part=document.part)  # type: ignore[arg-type]
    words = words_for(document.locale if document.locale in LOCALES else LOCALES[0])
    findings, without = _compared(document, results, words)
    return Verified(
        findings=[*findings, *_contradictions(document.figures, results)],
        figures=len(document.figures),
        without_source=without,
        missing=max(document.expected - len(document.figures), 0),
        document_id=document.analysis_id,
        results_id=results.analysis_id,
    )


def _compared(
    document: DocumentFigures, results: Results, words: Words
) -> tuple[list[Finding], int]:
    """Figures that were changed or are outdated, and how many have no source in the results."""
    found: list[Finding] = []
    kind: Literal["changed", "outdated"]
    without = 0
    for one in document.figures:
        if one.cell:
            now = results.cell(one.key, words)
        else:
            now = NO_SOURCE if one.key == UNNAMED else results.text(one.key, words) or _NONE
        without += now == NO_SOURCE
        key, shown = results.full_key(one.key), one.shown.strip()
        if one.cell and not one.written:
            # A list says nothing of what was written; of the same analysis it was today's value.
            if now != NO_SOURCE and _plain(now) != _plain(shown):
                same = document.analysis_id == results.analysis_id
                kind, old, new = ("changed", now, shown) if same else ("outdated", shown, now)
                found.append(Finding(kind, key, one.place, old, new))
        elif _plain(shown) != _plain(one.written):
            found.append(Finding("changed", key, one.place, one.written, shown))
        elif now != NO_SOURCE and _plain(now) != _plain(shown):
            found.append(Finding("outdated", key, one.place, shown, now))
    return found, without


def _contradictions(figures: Sequence[DocumentFigure], results: Results) -> list[Finding]:
    """Keys that stand in the document with two values."""
    # A cell has a number, a text the number as it is written: these are compared apart.
    first: dict[tuple[str, bool], DocumentFigure] = {}
    found = []
    told: set[tuple[str, bool, str]] = set()
    for one in figures:
        if one.key == UNNAMED:
            continue
        other = first.setdefault((one.key, one.cell), one)
        value = _plain(one.shown)
        if _plain(other.shown) != value and (one.key, one.cell, value) not in told:
            told.add((one.key, one.cell, value))
            found.append(
                Finding(
                    "contradiction", results.full_key(one.key), other.place,
                    other.shown.strip(), one.shown.strip(), one.place,
                )
            )  # fmt: skip
    return found


def _plain(text: str) -> str:
    """Text without what programs and people change in a number that stays the same."""
    folded = unicodedata.normalize("NFKC", text)
    return _GROUPED.sub("", "".join(folded.split()))


def verified_lines(found: Verified, file: str, folder: str, words: Words) -> list[str]:
    """The findings, each in one line, and a last line that sums up."""
    lines = []
    for one in found.findings:
        name = words("verify.unnamed") if one.key == UNNAMED else one.key
        lines.append(
            words(
                f"verify.{one.kind}",
                place=one.place or words("verify.no_heading"),
                other=one.other_place or words("verify.no_heading"),
                key=name,
                old=one.old or words("verify.nothing"),
                new=one.new or words("verify.nothing"),
            )
        )
    if not found.document_id:
        lines.append(words("verify.no_id", file=file))
    elif found.document_id != found.results_id:
        ids = {"document": found.document_id[:12], "results": found.results_id[:12]}
        lines.append(words("verify.other_results", file=file, folder=folder, **ids))
    if found.missing:
        total = found.missing + found.figures
        lines.append(
            words(
                "verify.missing",
                file=file,
                missing=words.number(found.missing),
                total=words.number(total),
            )
        )
    figures = words.number(found.figures)
    if found.clean:
        lines.append(words("verify.clean", file=file, folder=folder, figures=figures))
    else:
        count = words.number(len(found.findings))
        lines.append(words("verify.count", file=file, findings=count, figures=figures))
    if found.without_source:
        lines.append(words("verify.without_source", count=words.number(found.without_source)))
    return lines
