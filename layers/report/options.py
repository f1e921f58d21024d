"""The options of a report, and the files that a user gives for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from geo.base.errors import OutputError, StudyError
from geo.scenarios.proposed import ProposedSites
from layers.print_map.files import paper_of
from layers.print_map.page import PAPERS, Paper
from layers.report.blocks import Table

__all__ = [
    "DEFAULT_SECTIONS",
    "FORMATS",
    "SECTIONS",
    "WHOLE_SET",
    "ReportOptions",
    "read_extra",
    "report_kind",
    "report_options",
]

FORMATS = ("docx", "html", "pdf")
WHOLE_SET = "report"
# In the order of official reports; each can be left out.
SECTIONS = (
    "summary", "basis", "present", "results", "gaps", "siting", "actions", "quality",
    "conclusion", "tables", "maps", "sources", "opinions",
)  # fmt: skip
# What a report has by default. The others hold a blank form unless there is something to fill in.
DEFAULT_SECTIONS = tuple(name for name in SECTIONS if name not in ("siting", "actions", "opinions"))


@dataclass(frozen=True)
class ReportOptions:
    """What goes into a report.

    Attributes
    ----------
    sections : sequence of str, optional
        Any of `SECTIONS`; always in their order. None: `DEFAULT_SECTIONS`, and the chapters for
        which there are proposals or measures.
    made_on : date, optional
        Below the title and on the maps.
    logo : bytes
        A PNG or JPEG for the first page.
    proposals : sequence of ProposedSites or Table
        Sites proposed by the siting page or command, or kept in a scenario; without them the
        chapter holds a blank form.
    measures : sequence of Table
        Cases of the ledger; without them the chapter holds a blank form.
    dpi : int
        Of the figures.
    paper : Paper
        Size of the pages; a template for Word has its own.
    """

    sections: Sequence[str] | None = None
    made_on: date | None = None
    logo: bytes = b""
    proposals: Sequence[ProposedSites | Table] = field(default_factory=tuple)
    measures: Sequence[Table] = field(default_factory=tuple)
    dpi: int = 200
    paper: Paper = PAPERS["a4"]

    @property
    def proposed(self) -> list[ProposedSites]:
        """Those of `proposals` whose sites are known one by one."""
        return [one for one in self.proposals if isinstance(one, ProposedSites)]

    def within(self, unit_ids: Collection[str]) -> ReportOptions:
        """The options for a part of the study: only its proposals."""
        found = [
            one.within(unit_ids) if isinstance(one, ProposedSites) else one
            for one in self.proposals
        ]
        return replace(
            self,
            proposals=tuple(
                one for one in found if not isinstance(one, ProposedSites) or len(one.sites)
            ),
        )

    @property
    def chosen(self) -> frozenset[str]:
        """The sections of the report."""
        if self.sections is not None:
            return frozenset(self.sections)
        filled = {"siting": self.proposals, "actions": self.measures}
        return frozenset([*DEFAULT_SECTIONS, *(name for name, rows in filled.items() if rows)])


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
        sections=tuple(wanted) or None,
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
