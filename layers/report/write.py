"""Writes a report in one format, or the whole set of files that an office submits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from geo.analysis import Analysis
from geo.base.files import put, write_atomic, written_together
from geo.base.progress import Progress
from geo.coverage.county import county_folders
from layers.export.by_county import worded_county
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.export.results import county_files, result_bytes
from layers.print_map.files import MapSet
from layers.print_map.ground import read_ground
from layers.print_map.layer_map import MapOptions
from layers.print_map.prepared import PreparedMaps
from layers.report.blocks import Block, Document, read_by_people
from layers.report.chapters import build_report
from layers.report.office.files import docx_on_template, safe_logo
from layers.report.options import FORMATS, WHOLE_SET, ReportOptions, report_kind
from layers.words.catalogue import Words, words_for
from layers.words.figure_keys import with_keys

__all__ = ["report_files", "write_report"]

# The folder of the maps in a whole set.
_MAPS = "maps"


def report_files(
    analysis: Analysis,
    words: Words,
    kinds: Sequence[str],
    options: ReportOptions,
    *,
    template: bytes = b"",
    prepared: PreparedMaps | None = None,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """The report in each of these formats (of `FORMATS`); figures are drawn once for all.

    Parameters
    ----------
    prepared : PreparedMaps, optional
        Of this analysis; without it, maps have no roads.

    Raises
    ------
    StudyError
        ``template_broken``, ``logo_broken``.
    """
    # Imported here, since these modules are slow to import.
    from layers.report.docx import docx_bytes
    from layers.report.html import html_bytes
    from layers.report.pdf import PdfReport

    if options.logo:
        options = replace(options, logo=safe_logo(options.logo))
    keyed = build_report(analysis, with_keys(words), options, prepared=prepared, progress=progress)
    document = read_by_people(keyed)
    progress = progress or Progress()
    progress.stage("report", len(kinds))
    made_on = options.made_on
    found: dict[str, bytes] = {}
    # The DOCX shows the page numbers of the PDF until Word has counted its own.
    pdf = PdfReport(document, words, made_on=made_on) if {"pdf", "docx"} & set(kinds) else None
    for kind in kinds:
        if kind == "docx":
            pages = pdf.pages if pdf is not None else {}
            ordered = _in_order(keyed, document, pdf.blocks) if pdf is not None else keyed
            found[kind] = (
                docx_on_template(ordered, words, pages=pages, template=template, made_on=made_on)
                if template
                else docx_bytes(ordered, words, pages=pages, made_on=made_on)
            )
        elif kind == "pdf" and pdf is not None:
            found[kind] = pdf.content
        else:
            found[kind] = html_bytes(keyed, words)
        progress.step()
    return found


def _in_order(keyed: Document, document: Document, blocks: Sequence[Block]) -> Document:
    """The document with keys, its blocks in the order of those of `document`."""
    by_block = {id(b): one for b, one in zip(document.blocks, keyed.blocks, strict=True)}
    return replace(keyed, blocks=[by_block[id(block)] for block in blocks])


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
    and as a PDF with a page for each county.

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
        With a folder only: add a folder for each county with its own report and tables.
    cache : Path, optional
        Where read roads are kept between runs; None keeps them nowhere.
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
    prepared = PreparedMaps(analysis, read_ground(analysis.study, cache=cache))
    if kind:
        made = report_files(
            analysis,
            words,
            [kind],
            options,
            template=template,
            prepared=prepared,
            progress=progress,
        )
        write_atomic(out, made[kind])
        return [out]
    written = []
    with written_together(out) as place:
        files = _set_files(prepared, words, options, template, progress)
        for name, content in files:
            written.append(put(place, out, name, content))
        written.sort()
        if by_county:
            # On a disk that ignores case, a county "Maps" would share a folder with the maps.
            top = {path.relative_to(out).parts[0] for path in written} | {_MAPS}
            counties = county_folders(analysis, taken=top)
            files = _county_files(prepared, counties, words, options, template, progress)
            written += [put(place, out, name, content) for name, content in files]
    return written


def _county_files(
    prepared: PreparedMaps,
    folders: Mapping[str, str],
    words: Words,
    options: ReportOptions,
    template: bytes,
    progress: Progress,
) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of each county: its own report, tables and map."""
    for part, folder in folders.items():
        county = worded_county(prepared.analysis, part)
        own = options.within(set(county.units["unit_id"]))
        made = report_files(
            county, words, ["docx"], own, template=template, prepared=prepared.of(county),
            progress=progress,
        )  # fmt: skip
        yield f"{folder}/{WHOLE_SET}.docx", made["docx"]
        for name in county_files():
            yield f"{folder}/{name}", _result(county, name, words, own)


def _set_files(
    prepared: PreparedMaps,
    words: Words,
    options: ReportOptions,
    template: bytes,
    progress: Progress,
) -> Iterator[tuple[str, bytes]]:
    """Name and content of report, tables and maps; helpers draw maps at the same time."""
    analysis = prepared.analysis
    keys = [str(key) for key in analysis.summary["layers"]] if analysis.has_borders else []
    chosen = MapOptions(paper=options.paper.turned("landscape"), made_on=options.made_on)
    with MapSet(prepared, keys, words, chosen, kinds=["png", "pdf"], series=["pdf"]) as maps:
        made = report_files(
            analysis,
            words,
            FORMATS,
            options,
            template=template,
            prepared=prepared,
            progress=progress,
        )
        for kind, content in made.items():
            yield f"{WHOLE_SET}.{kind}", content
        for name in ("gaps.xlsx", "map.html"):
            yield name, _result(analysis, name, words, options)
        for name, content in maps.files(progress):
            yield f"{_MAPS}/{name}", content


def _result(analysis: Analysis, name: str, words: Words, options: ReportOptions) -> bytes:
    """A file of the results; gaps.xlsx with the measures that are proposed."""
    if name == "gaps.xlsx" and options.proposed:
        return gaps_workbook(analysis, words, proposed=options.proposed)
    return result_bytes(analysis, name, locale=words.locale)
