"""A printed page for a map or a chart: paper, title, legend, notes, and saving.

The page is laid out in millimetres from measured text before anything is drawn, so that all text
fits. Figures are made without pyplot, which has global state and is not thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from layers.style.typeface import families, wrap

__all__ = [
    "PAPERS",
    "Drawing",
    "LegendGroup",
    "LegendItem",
    "Page",
    "Paper",
    "PdfBook",
    "draw_text",
    "font",
    "new_page",
]

Orientation = Literal["portrait", "landscape"]
_MM = 25.4
_PT = 72 / _MM  # points in a millimetre
# Points that fit into a millimetre of a line: rasterised letters are up to 3 % wider.
_FIT = 0.96 * _PT
# Saving reads rcParams, which are global.
_SAVING = threading.Lock()
# The font has only one weight; a thin outline makes it bold.
_BOLD = [withStroke(linewidth=0.5, foreground="#000000")]
_SETTINGS: Any = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "quarterhour"}


@dataclass(frozen=True)
class Paper:
    """Size of a figure and its margin, in millimetres."""

    width: float
    height: float
    margin: float = 10.0

    def turned(self, orientation: Orientation) -> Paper:
        """The same paper in this orientation."""
        short, long = sorted((self.width, self.height))
        width, height = (short, long) if orientation == "portrait" else (long, short)
        return replace(self, width=width, height=height)


PAPERS = {"a4": Paper(210, 297), "a3": Paper(297, 420, 12)}


@dataclass(frozen=True)
class LegendItem:
    """One line of a legend; `symbol` is fill, hatch, line, dot, ring or square."""

    symbol: str
    colour: str
    text: str


@dataclass(frozen=True)
class LegendGroup:
    """A heading of the legend and its lines."""

    title: str
    items: Sequence[LegendItem]


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Attributes
    ----------
    figure : Figure
    title : str
    alt : str
        Alternative text.
    """

    figure: Figure
    title: str
    alt: str

    def to_bytes(self, kind: str = "png", *, dpi: int = 300) -> bytes:
        """The figure as ``png``, ``svg`` or ``pdf``, with its title and description inside.

        Fonts are embedded in PDF and drawn as outlines in SVG.
        """
        target = BytesIO()
        by_kind: dict[str, dict[str, Any]] = {
            "png": {"Title": self.title, "Description": self.alt},
            "svg": {"Title": self.title, "Description": self.alt, "Date": None},
            "pdf": {"Title": self.title, "Subject": self.alt, "CreationDate": None},
        }
        metadata = by_kind[kind]
        with _SAVING, matplotlib.rc_context(_SETTINGS):
            self.figure.savefig(target, format=kind, dpi=dpi, metadata=metadata)
        return target.getvalue()


class PdfBook:
    """Drawings as the pages of one PDF, which embeds each font once."""

    def __init__(self) -> None:
        self._target = BytesIO()
        self._pages: Any = None

    def add(self, drawing: Drawing, *, dpi: int = 300) -> None:
        """Add a page."""
        from matplotlib.backends.backend_pdf import PdfPages

        with _SAVING, matplotlib.rc_context(_SETTINGS):
            if self._pages is None:
                self._pages = PdfPages(self._target, metadata={"CreationDate": None})
            self._pages.savefig(drawing.figure, dpi=dpi)

    def content(self) -> bytes:
        """The finished PDF; empty without pages."""
        if self._pages is None:
            return b""
        with _SAVING, matplotlib.rc_context(_SETTINGS):
            self._pages.close()
        return self._target.getvalue()


def font(size: float) -> FontProperties:
    """Our font at this size, with substitutes for missing characters."""
    return FontProperties(family=families(), size=size)


def draw_text(axes: Axes, x: float, y: float, text: str, size: float, **options: Any) -> Any:
    """Text on a figure; a name with dollar signs is not parsed as a formula."""
    shown = axes.text(x, y, text, fontproperties=font(size), **options)
    shown.set_parse_math(False)
    return shown


@dataclass
class Page:
    """A figure with axes in millimetres over all of it, and the rectangle that is still free."""

    figure: Figure
    sheet: Axes
    paper: Paper
    left: float
    bottom: float
    right: float
    top: float

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Axes in this rectangle, in millimetres."""
        width, height = self.paper.width, self.paper.height
        box = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
        return self.figure.add_axes(box)

    def title(self, text: str, size: float = 15.0, *, below: str = "") -> None:
        """Title centred at the top, wrapped, and a line `below` it."""
        if not text:
            return
        for part, points in ((text, size), (below, 0.6 * size)):
            if not part:
                continue
            for line in wrap(part, (self.right - self.left) * _FIT, points):
                height = points * 1.35 / _PT
                middle = (self.left + self.right) / 2
                draw_text(self.sheet, middle, self.top - height / 2, line, points, ha="center",
                    va="center")  # fmt: skip
                self.top -= height
        self.top -= 1.5

    def notes_below(self, lines: Sequence[str], size: float = 6.5) -> None:
        """Notes at the bottom of the page."""
        height = size * 1.4 / _PT
        wrapped = [
            part for line in lines for part in wrap(line, (self.right - self.left) * _FIT, size)
        ]
        for number, part in enumerate(reversed(wrapped)):
            draw_text(self.sheet, self.left, self.bottom + (number + 0.5) * height, part, size,
                va="center", color="#333333")  # fmt: skip
        self.bottom += len(wrapped) * height + 1.0

    def legend_below(self, groups: Sequence[LegendGroup], size: float = 7.5) -> None:
        """Groups side by side below the drawing."""
        gap, width = 4.0, (self.right - self.left + 4.0) / max(len(groups), 1) - 4.0
        heights = [_group_height(group, width, size) for group in groups]
        top = self.bottom + max(heights, default=0.0)
        for number, group in enumerate(groups):
            self._group(group, self.left + number * (width + gap), top, width, size)
        self.bottom = top + 2.0

    def legend_row(self, items: Sequence[LegendItem], size: float = 8.0) -> None:
        """Items side by side below the drawing."""
        width = (self.right - self.left) / max(len(items), 1)
        for number, item in enumerate(items):
            left = self.left + number * width
            _symbol(self.sheet, item, left, self.bottom + 3, size)
            draw_text(self.sheet, left + 7.0, self.bottom + 3, item.text, size, va="center")
        self.bottom += 7.0

    def legend_beside(
        self, groups: Sequence[LegendGroup], notes: Sequence[str], width: float, size: float = 7.5
    ) -> None:
        """Groups one below the other at the right edge, the notes below them."""
        left, y = self.right - width, self.top - 1.0
        room = y - self.bottom - sum(_group_height(group, width, size) + 2.5 for group in groups)
        for group in groups:
            self._group(group, left, y, width, size)
            y -= _group_height(group, width, size) + 2.5
        # Notes shrink until they fit: a study may have long notes.
        points = 7.0
        while points > 4.0:
            wrapped = [part for line in notes for part in wrap(line, width * _FIT, points)]
            if len(wrapped) * points * 1.4 / _PT <= room:
                break
            points -= 0.25
        for number, part in enumerate(reversed(wrapped)):
            height = points * 1.4 / _PT
            draw_text(self.sheet, left, self.bottom + (number + 0.5) * height, part, points,
                va="center", color="#333333")  # fmt: skip
        self.right = left - 3.0

    def _group(
        self, group: LegendGroup, left: float, top: float, width: float, size: float
    ) -> None:
        row = size * 1.5 / _PT
        y = top - row / 2
        for line in wrap(group.title, width * _FIT, size):
            draw_text(self.sheet, left, y, line, size, va="center", path_effects=_BOLD)
            y -= row
        for item in group.items:
            _symbol(self.sheet, item, left, y, size)
            for line in wrap(item.text, (width - 7.0) * _FIT, size):
                draw_text(self.sheet, left + 7.0, y, line, size, va="center")
                y -= row


def _group_height(group: LegendGroup, width: float, size: float) -> float:
    lines = len(wrap(group.title, width * _FIT, size))
    lines += sum(len(wrap(item.text, (width - 7.0) * _FIT, size)) for item in group.items)
    return lines * size * 1.5 / _PT


def _symbol(sheet: Axes, item: LegendItem, left: float, y: float, size: float) -> None:
    """The symbol of a legend line, as large as its letters."""
    middle, height = left + 2.5, size / _PT * 0.95
    if item.symbol in ("fill", "hatch"):
        sheet.add_patch(
            Rectangle(
                (left, y - height / 2), 5.0, height, facecolor=item.colour, edgecolor="#666666",
                linewidth=0.4, hatch="//////" if item.symbol == "hatch" else None,
            )
        )  # fmt: skip
    elif item.symbol == "line":
        sheet.plot([left, left + 5.0], [y, y], color=item.colour, linewidth=1.4)
    else:
        shape = {"dot": "o", "ring": "o", "square": "s"}[item.symbol]
        hollow = item.symbol == "ring"
        sheet.plot([middle], [y], marker=shape, markersize=4.0, linestyle="none",
                   markerfacecolor="#ffffff" if hollow else item.colour,
                   markeredgecolor=item.colour if hollow else "#ffffff",
                   markeredgewidth=1.0 if hollow else 0.5)  # fmt: skip


def new_page(paper: Paper) -> Page:
    """An empty page."""
    figure = Figure(figsize=(paper.width / _MM, paper.height / _MM), facecolor="white")
    FigureCanvasAgg(figure)
    sheet = figure.add_axes((0, 0, 1, 1))
    sheet.set_xlim(0, paper.width)
    sheet.set_ylim(0, paper.height)
    sheet.set_axis_off()
    edge = paper.margin
    return Page(figure, sheet, paper, edge, edge, paper.width - edge, paper.height - edge)
