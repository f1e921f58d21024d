"""The options of a report, and the files that a user gives for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from geo.base.errors import OutputError, StudyError
from layers.print_map.files import paper_of
from layers.report.chapters import SECTIONS, ReportOptions

__all__ = ["FORMATS", "WHOLE_SET", "read_extra", "report_kind", "report_options"]

FORMATS = ("docx", "html", "pdf")
WHOLE_SET = "report"


def report_options(
    sections: str | None,
    *,
    logo: bytes = b"",
    paper: str = "a4",
    orientation: str = "portrait",
) -> ReportOptions:
    """Options of a report made today, its sections as a command names them: ``results,gaps``.

    Raises
    ------
    StudyError
        ``section_unknown`` or ``choice_unknown``, with the known names.
    """
    wanted = [name.strip() for name in (sections or "").split(",") if name.strip()]
    for name in wanted:
        if name not in SECTIONS:
            raise StudyError("section_unknown", value=name, known=", ".join(SECTIONS))
    return ReportOptions(
        sections=tuple(wanted) or SECTIONS,
        made_on=date.today(),
        logo=logo,
        paper=paper_of(paper, orientation),
    )


def report_kind(out: Path) -> str:
    """The format that the path's suffix names, "" for a folder.

    Raises
    ------
    OutputError
        It is none of `FORMATS` (``report_suffix``).
    """
    kind = out.suffix.lower().removeprefix(".")
    if out.is_dir() or not kind:
        return ""
    if kind not in FORMATS:
        raise OutputError("report_suffix", file=str(out))
    return kind


def read_extra(path: Path | None) -> bytes:
    """The bytes of a template or a logo; empty without a path.

    Raises
    ------
    StudyError
        ``extra_missing``.
    """
    if path is None:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StudyError("extra_missing", file=str(path)) from error
