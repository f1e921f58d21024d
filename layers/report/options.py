"""The options of a report, and the files that a user gives for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from geo.base.errors import OutputError, StudyError
from geo.scenarios.proposed import ProposedSites
from geo.sensitivity.result import Sensitivity
from layers.print_map.files import paper_of
from layers.print_map.page import PAPERS, Paper
from layers.report.blocks import Table
from ledger.snapshot import LedgerSnapshot

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
    ranges : Sensitivity, optional
        The range of each layer's share, where it has been computed. Two options that differ in it
        alone are equal.
    dpi : int
        Of the figures.
    paper : Paper
        Size of the pages; a template for Word has its own.
    ledger : LedgerSnapshot, optional
        The ledger of the study: the chapter of measures and its annexes. None where there is none.
        Two options that differ in it alone are equal.
    """

    sections: Sequence[str] | None = None
    made_on: date | None = None
    logo: bytes = b""
    proposals: Sequence[ProposedSites | Table] = field(default_factory=tuple)
    measures: Sequence[Table] = field(default_factory=tuple)
    ranges: Sensitivity | None = field(default=None, compare=False)
    dpi: int = 200
    paper: Paper = PAPERS["a4"]
    ledger: LedgerSnapshot | None = field(default=None, compare=False)

    @property
    def today(self) -> date:
        """The day of the report, for what is overdue."""
        return self.made_on or date.today()

    @property
    def proposed(self) -> list[ProposedSites]:
        """Those of `proposals` whose sites are known one by one."""
        return [one for one in self.proposals if isinstance(one, ProposedSites)]

    def within(self, unit_ids: Collection[str]) -> ReportOptions:
        """The options for a part of the study: only its proposals, and no range of the whole."""
        found = [
            one.within(unit_ids) if isinstance(one, ProposedSites) else one
            for one in self.proposals
        ]
        return replace(
            self,
            ranges=None,
            ledger=self.ledger.within(unit_ids) if self.ledger is not None else None,
            proposals=tuple(
                one for one in found if not isinstance(one, ProposedSites) or len(one.sites)
            ),
        )

    @property
    def chosen(self) -> frozenset[str]:
        """The sections of the report."""
        return frozenset(self.default_sections if self.sections is None else self.sections)

    @property
    def default_sections(self) -> list[str]:
        """What the report has unless its sections are chosen, in their order."""
        filled = {"siting": self.proposals, "actions": self.measures or self.ledger}
        return [name for name in SECTIONS if name in DEFAULT_SECTIONS or filled.get(name)]


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
