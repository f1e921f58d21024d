"""A report in one format, or the whole set that an office hands in; files whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

from geo.analysis import Analysis
from geo.atomic import write_atomic
from geo.errors import OutputError, StudyError
from geo.jobs import Progress
from layers.escape import escape
from layers.exports import result_bytes
from layers.figure_data import read_ground
from layers.figure_stock import MapStock
from layers.figures import MapOptions
from layers.map_files import MapSet, file_name, paper_of
from layers.report_content import SECTIONS, ReportOptions, build_report
from layers.split import county_part, county_parts
from layers.wording import Words, words_for

__all__ = [
    "FORMATS",
    "check_logo",
    "county_zip",
    "iframe_snippet",
    "read_extra",
    "report_files",
    "report_kind",
    "report_options",
    "write_report",
]

FORMATS = ("docx", "html", "pdf")
_SET = "report"
_COUNTY_FILES = ("gaps.xlsx", "gaps.csv", "map.html")
_LOGO_PIXELS = 20_000_000


def report_files(
    analysis: Analysis,
    words: Words,
    kinds: Sequence[str],
    options: ReportOptions,
    *,
    template: bytes = b"",
    stock: MapStock | None = None,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """The report in each of these formats (of `FORMATS`); figures are drawn once for all.

    `stock` is what its maps are drawn from; without it they have no roads.

    Raises
    ------
    StudyError
        ``template_broken``, ``logo_broken``.
    """
    # Imported here: whoever wants a table only need not wait for the writers.
    from layers.report_docx import docx_bytes
    from layers.report_html import html_bytes
    from layers.report_pdf import PdfReport

    if options.logo:
        check_logo(options.logo)
    document = build_report(analysis, words, options, stock=stock, progress=progress)
    progress = progress or Progress()
    progress.stage("report", len(kinds))
    made_on = options.made_on
    found: dict[str, bytes] = {}
    # Word shows the page numbers of this layout until it has counted its own.
    pdf = PdfReport(document, words, made_on=made_on) if {"pdf", "docx"} & set(kinds) else None
    for kind in kinds:
        if kind == "docx":
            pages = pdf.pages if pdf is not None else {}
            found[kind] = docx_bytes(
                document, words, pages=pages, template=template, made_on=made_on
            )
        elif kind == "pdf" and pdf is not None:
            found[kind] = pdf.content
        else:
            found[kind] = html_bytes(document, words)
        progress.step()
    return found


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
    """A template's or a logo's bytes; none without a path.

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


def check_logo(logo: bytes) -> None:
    """A logo is a PNG or JPEG of a size that can be drawn.

    Raises
    ------
    StudyError
        ``logo_broken``.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(logo), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _LOGO_PIXELS:
                raise StudyError("logo_broken")
            image.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError("logo_broken") from error


def write_report(
    analysis: Analysis,
    out: Path,
    *,
    locale: str | None = None,
    options: ReportOptions | None = None,
    template: bytes = b"",
    by_county: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the report to `out`: one file by its suffix, or the whole set into a folder.

    The set is the report in all formats, gaps.xlsx, map.html, and the maps of every layer as PNG
    and as a PDF with a page a county.

    Parameters
    ----------
    analysis : Analysis
    out : Path
        ``.docx``, ``.html``, ``.pdf``, or a folder (a name without a suffix).
    locale : str, optional
        The study's own by default.
    options : ReportOptions, optional
        Everything, dated today, by default.
    template : bytes
        An office's template.docx.
    by_county : bool
        Into a folder only: besides, a folder a county with its own report and tables.
    cache : Path, optional
        Where roads are kept between runs.
    progress : Progress, optional

    Raises
    ------
    OutputError
        A file cannot be written, or `out` has another suffix (``report_suffix``).
    StudyError
        The template or the logo cannot be used.
    """
    words = words_for(locale or analysis.study.study.locale)
    options = options or ReportOptions(made_on=date.today())
    progress = progress or Progress()
    kind = report_kind(out)
    progress.stage("ground")
    stock = MapStock(analysis, read_ground(analysis.study, cache=cache))
    if kind:
        made = report_files(
            analysis, words, [kind], options, template=template, stock=stock, progress=progress
        )
        write_atomic(out, made[kind])
        return [out]
    written = _write_set(stock, out, words, options, template, progress)
    if by_county:
        written += _write_counties(stock, out, words, options, template, progress)
    return written


def _write_counties(
    stock: MapStock,
    out: Path,
    words: Words,
    options: ReportOptions,
    template: bytes,
    progress: Progress,
) -> list[Path]:
    """A folder a county with its own report, tables and map."""
    written = []
    for part in county_parts(stock.analysis):
        county = county_part(stock.analysis, part)
        made = report_files(
            county, words, ["docx"], options, template=template, stock=stock.of(county),
            progress=progress,
        )  # fmt: skip
        files = {f"{_SET}.docx": made["docx"]}
        for name in _COUNTY_FILES:
            files[name] = result_bytes(county, name, locale=words.locale)
        for name, content in files.items():
            write_atomic(out / file_name(part) / name, content)
            written.append(out / file_name(part) / name)
    return written


def _write_set(
    stock: MapStock,
    out: Path,
    words: Words,
    options: ReportOptions,
    template: bytes,
    progress: Progress,
) -> list[Path]:
    """Report, tables and maps of the whole study; helpers draw maps while this process writes."""
    analysis = stock.analysis
    written = []

    def keep(name: str, content: bytes) -> None:
        write_atomic(out / name, content)
        written.append(out / name)

    keys = [str(key) for key in analysis.summary["layers"]] if analysis.has_borders else []
    chosen = MapOptions(paper=options.paper.turned("landscape"), made_on=options.made_on)
    with MapSet(stock, keys, words, chosen, kinds=["png", "pdf"], series=["pdf"]) as maps:
        made = report_files(
            analysis, words, FORMATS, options, template=template, stock=stock, progress=progress
        )
        for kind, content in made.items():
            keep(f"{_SET}.{kind}", content)
        for name in ("gaps.xlsx", "map.html"):
            keep(name, result_bytes(analysis, name, locale=words.locale))
        for name, content in maps.files(progress):
            keep(f"maps/{name}", content)
    return sorted(written)


def county_zip(analysis: Analysis, words: Words, *, progress: Progress | None = None) -> bytes:
    """gaps.xlsx, gaps.csv and map.html of every county, a folder each, in one zip."""
    parts = county_parts(analysis)
    progress = progress or Progress()
    progress.stage("counties", len(parts))
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            county = county_part(analysis, part)
            for name in _COUNTY_FILES:
                # A fixed date: the same analysis gives the same bytes.
                entry = zipfile.ZipInfo(f"{file_name(part)}/{name}", (2000, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, result_bytes(county, name, locale=words.locale))
            progress.step()
    return target.getvalue()


def iframe_snippet(title: str, source: str = "map.html") -> str:
    """HTML that shows map.html inside of another page, with no rights but its own script."""
    return (
        f'<iframe src="{escape(source)}" title="{escape(title)}" sandbox="allow-scripts" '
        'loading="lazy" style="width:100%;height:640px;border:0"></iframe>'
    )
