"""Pages of a map series, as files and as parts of one PDF; drawn here or in helper processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from layers.print_map.layer_map import MapOptions, layer_map
from layers.print_map.page import PdfBook
from layers.print_map.prepared import PreparedMaps
from layers.words.catalogue import Words

__all__ = ["BOOK_DPI", "DrawnPage", "MapPage", "bound", "drawn_pages", "runs"]

BOOK_DPI = 200
_FILE_DPI = 300
# Pages of a run. Each run embeds its fonts once; the size is fixed, so that the bytes of the PDF do
# not depend on the number of processes.
_RUN = 8


@dataclass(frozen=True)
class MapPage:
    """A map to be drawn.

    Attributes
    ----------
    key : str
        Its layer.
    part : str
        Of `geo.coverage.county.series_parts`, or "" for the whole study.
    files : sequence of (str, str)
        Format and name of each file.
    in_book : bool
        Whether it is also a page of the layer's PDF.
    """

    key: str
    part: str
    files: Sequence[tuple[str, str]]
    in_book: bool


@dataclass(frozen=True)
class DrawnPage:
    """A drawn page: its title and files; the last page of a run also has the run's PDF."""

    title: str
    files: Sequence[tuple[str, bytes]]
    run: bytes = b""


def runs(pages: Sequence[MapPage]) -> list[tuple[MapPage, ...]]:
    """The pages of one layer, divided into runs."""
    return [tuple(pages[at : at + _RUN]) for at in range(0, len(pages), _RUN)]


def drawn_pages(
    prepared: PreparedMaps, pages: Sequence[MapPage], words: Words, options: MapOptions
) -> Iterator[DrawnPage]:
    """Draw one run, page by page."""
    book = PdfBook()
    for number, page in enumerate(pages):
        chosen = replace(options, within=page.part)
        drawing = layer_map(prepared.analysis, page.key, words, chosen, prepared=prepared)
        if page.in_book:
            book.add(drawing, dpi=BOOK_DPI)
        files = [(name, drawing.to_bytes(kind, dpi=_FILE_DPI)) for kind, name in page.files]
        last = number == len(pages) - 1
        yield DrawnPage(drawing.title, files, book.content() if last else b"")


def bound(pieces: Sequence[bytes], names: Sequence[str]) -> bytes:
    """The runs of a layer as one PDF, with a bookmark for each page."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pieces[0])))
    for piece in pieces[1:]:
        writer.append(PdfReader(BytesIO(piece)), import_outline=False)
    for number, name in enumerate(names):
        writer.add_outline_item(title=name, page_number=number)
    writer.add_metadata({"/Title": names[0]})
    target = BytesIO()
    writer.write(target)
    return target.getvalue()
