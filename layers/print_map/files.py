"""Printed maps as files: one map, or a series with a page for each county."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.base.file_names import file_name
from geo.base.files import put, written_together
from geo.base.progress import Progress
from geo.coverage.county import county_folders, part_name, series_parts
from layers.print_map.ground import CLASSINGS, Ground, read_ground
from layers.print_map.helpers import MapPool
from layers.print_map.layer_map import MapOptions
from layers.print_map.page import PAPERS, Paper
from layers.print_map.prepared import PreparedMaps
from layers.print_map.series import MapPage, bound, runs
from layers.shapes.units import levels
from layers.words.catalogue import Words, words_for

__all__ = [
    "KINDS",
    "MapSet",
    "map_kinds",
    "map_options",
    "paper_of",
    "series_pdf",
    "write_maps",
]

KINDS = ("png", "svg", "pdf")
_WHATS = ("share", "gaps")
_WAYS = ("landscape", "portrait")


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


class MapSet:
    """The maps of some layers as files; helper processes begin to draw at `__enter__`.

    Parameters
    ----------
    prepared : PreparedMaps
    keys : sequence of str
        The layers.
    words : Words
    options : MapOptions
    kinds : sequence of str
        Of `KINDS`.
    series : sequence of str
        The kinds that also show every county: the PDF as pages after the overview, the others as
        files in a folder with the layer's name.
    workers : int, optional
        Helper processes; by default as many as save time. The content does not depend on it.
    """

    def __init__(
        self,
        prepared: PreparedMaps,
        keys: Sequence[str],
        words: Words,
        options: MapOptions,
        *,
        kinds: Sequence[str] = ("png",),
        series: Sequence[str] = KINDS,
        workers: int | None = None,
    ) -> None:
        analysis = prepared.analysis
        counties = series_parts(analysis) if set(kinds) & set(series) else []
        self._parts = {"": "", **{part: part_name(analysis, part) for part in counties}}
        folders = county_folders(analysis, {part: self._parts[part] for part in counties})
        self._names = {"": "", **folders}
        self._stems = {
            key: file_name(key) + ("-gaps" if options.what == "gaps" else "") for key in keys
        }
        self._runs: list[tuple[MapPage, ...]] = []
        for key in keys:
            pages = [self._page(key, part, kinds, series) for part in self._parts]
            self._runs += runs([page for page in pages if page.files or page.in_book])
        self._pool = MapPool(prepared, self._runs, words, options, workers=workers)

    def __enter__(self) -> MapSet:
        self._pool.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._pool.__exit__(*failure)

    def _page(self, key: str, part: str, kinds: Sequence[str], series: Sequence[str]) -> MapPage:
        stem = self._stems[key]
        name = f"{stem}/{self._names[part]}" if part else stem
        wanted = [kind for kind in kinds if not part or kind in series]
        files = [(kind, f"{name}.{kind}") for kind in wanted if kind != "pdf"]
        return MapPage(key, part, files, "pdf" in wanted)

    def files(self, progress: Progress) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, content) when ready; reports stage ``maps``, a step for each page."""
        progress.stage("maps", sum(map(len, self._runs)))
        left = Counter(run[0].key for run in self._runs)
        pieces: dict[int, bytes] = {}
        titles: dict[str, str] = {}
        for number, drawn in self._pool.results(progress):
            for page in drawn:
                yield from page.files
            key = self._runs[number][0].key
            if not self._runs[number][0].part:
                titles[key] = drawn[0].title
            pieces[number] = drawn[-1].run
            left[key] -= 1
            if left[key]:
                continue
            mine = [at for at, run in enumerate(self._runs) if run[0].key == key]
            book = [piece for at in mine if (piece := pieces.pop(at))]
            if book:
                names = [titles[key], *[name for part, name in self._parts.items() if part]]
                yield f"{self._stems[key]}.pdf", bound(book, names)


def series_pdf(
    analysis: Analysis,
    key: str,
    words: Words,
    options: MapOptions,
    *,
    ground: Ground | None = None,
    progress: Progress | None = None,
) -> bytes:
    """A layer's maps as one PDF: the overview, then a page for each county; fonts are embedded."""
    with MapSet(PreparedMaps(analysis, ground), [key], words, options, kinds=["pdf"]) as maps:
        ((_, content),) = maps.files(progress or Progress())
    return content


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
    """Write the maps of every layer of the analysis into a folder; returns the files.

    Parameters
    ----------
    cache : Path, optional
        Where read roads are kept between runs; None keeps them nowhere.

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
        _known("level", options.level, levels(analysis.study))
    progress = progress or Progress()
    progress.stage("ground")
    ground = read_ground(analysis.study, cache=cache)
    words = words_for(locale or analysis.study.study.locale)
    keys = [str(key) for key in analysis.summary["layers"]]
    prepared = PreparedMaps(analysis, ground)
    chosen = kinds if series else ()
    written = []
    with (
        written_together(folder) as place,
        MapSet(prepared, keys, words, options, kinds=kinds, series=chosen) as maps,
    ):
        for name, content in maps.files(progress):
            written.append(put(place, folder, name, content))
    return sorted(written)
