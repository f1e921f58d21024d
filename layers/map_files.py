"""Maps for print as files: one, or a series with a page a county."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

from geo.analysis import Analysis
from geo.atomic import write_atomic
from geo.errors import StudyError
from geo.jobs import Progress
from layers.figure_data import CLASSINGS, Ground, levels, read_ground
from layers.figure_page import PAPERS, Drawing, Paper, pdf_of
from layers.figures import MapOptions, layer_map, map_series, part_name, series_parts
from layers.wording import Words, words_for

__all__ = [
    "KINDS",
    "file_name",
    "map_files",
    "map_kinds",
    "map_options",
    "paper_of",
    "series_pdf",
    "write_maps",
]

KINDS = ("png", "svg", "pdf")
_WHATS = ("share", "gaps")
_WAYS = ("landscape", "portrait")
# Not in a file's name on Windows; nor is a dot at its end.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


def file_name(text: str) -> str:
    """A name that every system takes for a file or a folder."""
    cleaned = _FORBIDDEN.sub(" ", text).strip(" .")
    return " ".join(cleaned.split())[:80] or "-"


def paper_of(paper: str, orientation: str) -> Paper:
    """A paper by the names that a command uses.

    Raises
    ------
    StudyError
        ``choice_unknown``, with the known names.
    """
    way = _known("orientation", orientation.lower(), _WAYS)
    return PAPERS[_known("paper", paper.lower(), tuple(PAPERS))].turned(
        "portrait" if way == "portrait" else "landscape"
    )


def map_kinds(text: str) -> list[str]:
    """Formats as a command names them: ``png,pdf``.

    Raises
    ------
    StudyError
        ``choice_unknown``.
    """
    found = [name.strip().lower() for name in text.split(",") if name.strip()]
    return [_known("format", name, KINDS) for name in dict.fromkeys(found)]


def map_options(
    *, what: str, classing: str, paper: str, orientation: str, level: str = ""
) -> MapOptions:
    """Options of a map as a command names them; `level` is checked when the study is known.

    Raises
    ------
    StudyError
        ``choice_unknown``.
    """
    chosen = next(one for one in CLASSINGS if one == _known("classing", classing, CLASSINGS))
    return MapOptions(
        what="gaps" if _known("what", what, _WHATS) == "gaps" else "share",
        classing=chosen,
        paper=paper_of(paper, orientation),
        level=level,
        made_on=date.today(),
    )


def _known(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise StudyError("choice_unknown", option=name, value=value, known=", ".join(known))
    return value


def series_pdf(
    analysis: Analysis,
    key: str,
    words: Words,
    options: MapOptions,
    *,
    ground: Ground | None = None,
    progress: Progress | None = None,
) -> bytes:
    """A layer's maps as one PDF: the overview, then a page a county; fonts are embedded."""
    from pypdf import PdfReader, PdfWriter

    progress = progress or Progress()
    names: list[str] = []

    def pages() -> Iterator[Drawing]:
        for part, drawing in map_series(analysis, key, words, options, ground=ground):
            names.append(part_name(analysis, part) if part else drawing.title)
            yield drawing
            progress.step()

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of(pages(), dpi=200))))
    for number, name in enumerate(names):
        writer.add_outline_item(title=name, page_number=number)
    writer.add_metadata({"/Title": names[0]})
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def map_files(
    analysis: Analysis,
    keys: Sequence[str],
    words: Words,
    options: MapOptions,
    *,
    kinds: Sequence[str] = ("png",),
    series: bool = True,
    ground: Ground | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Each layer's map in these formats: (name of the file, content).

    With `series`, the PDF has a page a county after the overview, and the other formats get a
    file a county in a folder of the layer's name.
    """
    progress = progress or Progress()
    parts = series_parts(analysis) if series else []
    many = [kind for kind in kinds if kind != "pdf"]
    pages = (1 + len(parts)) if parts else 1
    progress.stage("maps", len(keys) * ((pages if "pdf" in kinds else 0) + pages * bool(many)))
    for key in keys:
        stem = file_name(key)
        if options.what == "gaps":
            stem += "-gaps"
        if "pdf" in kinds:
            if parts:
                content = series_pdf(
                    analysis, key, words, options, ground=ground, progress=progress
                )
            else:
                content = layer_map(analysis, key, words, options, ground=ground).to_bytes("pdf")
                progress.step()
            yield f"{stem}.pdf", content
        for part in ["", *parts] if many else []:
            drawing = layer_map(analysis, key, words, replace(options, within=part), ground=ground)
            name = f"{stem}/{file_name(part_name(analysis, part))}" if part else stem
            for kind in many:
                yield f"{name}.{kind}", drawing.to_bytes(kind, dpi=300)
            progress.step()


def write_maps(
    analysis: Analysis,
    folder: Path,
    *,
    options: MapOptions,
    kinds: Sequence[str] = KINDS,
    series: bool = False,
    locale: str | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the maps of every layer of the analysis into a folder; the files written.

    Raises
    ------
    StudyError
        The units have no areas (``maps_need_areas``), or no such level (``choice_unknown``).
    OutputError
        A file cannot be written.
    """
    if not analysis.has_borders:
        raise StudyError("maps_need_areas")
    if options.level:
        _known("level", options.level, levels(analysis))
    progress = progress or Progress()
    progress.stage("ground")
    ground = read_ground(analysis.study, cache=cache)
    words = words_for(locale or analysis.study.study.locale)
    keys = [str(key) for key in analysis.summary["layers"]]
    written = []
    for name, content in map_files(
        analysis, keys, words, options, kinds=kinds, series=series, ground=ground,
        progress=progress,
    ):  # fmt: skip
        write_atomic(folder / name, content)
        written.append(folder / name)
    return written
