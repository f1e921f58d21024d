"""The map inside its frame: areas, roads, borders, bands, sites, labels, scale, north arrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib_scalebar.scalebar import ScaleBar
from numpy.typing import NDArray

from layers.print_map.ground import PagePlane, ShapeIndex
from layers.print_map.labels import Box, Label, place_labels
from layers.print_map.page import Page, draw_text
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    SITE_COLOUR,
    UNUSED_SITE_COLOUR,
    is_hollow,
)
from layers.style.typeface import families
from layers.words.catalogue import Words

__all__ = ["MapFrame"]

_PT = 72 / 25.4
_MARGIN = 0.03  # around the drawing, as a share of its extent
_WATER = "#c6dcec"
_STROKE = 400  # lines of a path
_HALO = [withStroke(linewidth=1.8, foreground="#ffffff")]


class MapFrame:
    """Axes in metres with a known scale, filled from the background up.

    Parameters
    ----------
    page : Page
        Its free rectangle becomes the map.
    plane : PagePlane
    extent : tuple
        West, south, east, north in metres; widened to the frame's proportions.
    """

    def __init__(
        self, page: Page, plane: PagePlane, extent: tuple[float, float, float, float]
    ) -> None:
        self.plane = plane
        width, height = page.right - page.left, page.top - page.bottom
        west, south, east, north = extent
        metres_a_mm = (1 + 2 * _MARGIN) * max((east - west) / width, (north - south) / height, 1e-3)
        x, y = (west + east) / 2, (south + north) / 2
        self.bounds = (
            x - width * metres_a_mm / 2,
            y - height * metres_a_mm / 2,
            x + width * metres_a_mm / 2,
            y + height * metres_a_mm / 2,
        )
        self._millimetre = metres_a_mm
        self._points_a_metre = _PT / metres_a_mm
        self.size_pt = (width * _PT, height * _PT)
        self.axes: Axes = page.axes(page.left, page.bottom, page.right, page.top)
        self.axes.set_xlim(self.bounds[0], self.bounds[2])
        self.axes.set_ylim(self.bounds[1], self.bounds[3])
        self.axes.set_xticks([])
        self.axes.set_yticks([])
        self.axes.set_facecolor("#f7f6f2")
        for spine in self.axes.spines.values():
            spine.set_linewidth(0.8)

    def areas(self, shapes: NDArray[np.object_], colours: Sequence[str], **options: Any) -> None:
        """Polygons in metres, each in its colour; ``hatch`` and the like for all."""
        settings: dict[str, Any] = {"edgecolors": "#8c8c86", "linewidths": 0.35, "zorder": 2}
        settings |= options
        paths = [_outline(shape) for shape in shapes]
        self.axes.add_collection(PathCollection(paths, facecolors=list(colours), **settings))

    def borders(self, shapes: Iterable[Any], *, width: float, colour: str = "#4a4a46") -> None:
        """Outlines of the levels above."""
        paths = [_outline(shape) for shape in shapes]
        self.axes.add_collection(
            PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=width, zorder=5)
        )

    def water(self, water: ShapeIndex) -> None:
        """Water in pale blue, above the shading, since nobody lives there."""
        shapes = water.touching(self.bounds)
        # Areas below a square millimetre on paper are left out.
        large = shapes[shapely.area(shapes) > self._millimetre**2]
        self.areas(large, [_WATER] * len(large), edgecolors="none", zorder=2.5)

    def roads(self, lines: ShapeIndex, *, width: float, colour: str) -> None:
        """Roads as a background."""
        collection = PathCollection(
            _strokes(lines.touching(self.bounds)), facecolors="none", edgecolors=colour,
            linewidths=width, zorder=3,
        )  # fmt: skip
        # Rasterised: a vector file with tens of thousands of lines is too heavy to open.
        collection.set_rasterized(True)
        self.axes.add_collection(collection)

    def bands(self, bands: Iterable[tuple[str, Any]]) -> None:
        """Outlines of isochrones (colour, polygon in metres), generalised to the map's scale.

        Gaps between reached streets may be narrower than a line on paper; those under two
        millimetres are closed.
        """
        millimetre = self._millimetre
        west, south, east, north = self.bounds
        edge = 5 * millimetre  # so that the clipped edge is outside the frame
        for colour, shape in bands:
            seen = shapely.clip_by_rect(shape, west - edge, south - edge, east + edge, north + edge)
            if seen.is_empty:
                continue
            coarse = shapely.simplify(seen, 0.1 * millimetre)
            closed = coarse.buffer(millimetre, quad_segs=2).buffer(-0.9 * millimetre, quad_segs=2)
            path = [_outline(shapely.simplify(closed, 0.05 * millimetre))]
            for tint, width in (("#ffffff", 1.5), (colour, 0.8)):
                self.axes.add_collection(
                    PathCollection(
                        path, facecolors="none", edgecolors=tint, linewidths=width, zorder=6
                    )
                )

    def sites(self, sites: pd.DataFrame, *, size: float = 9.0) -> None:
        """Sites as squares; unused ones are pale and below the others."""
        xy = self.plane.points(sites["lon"], sites["lat"])
        used = sites["used"].to_numpy(bool)
        for which, colour, order in ((~used, UNUSED_SITE_COLOUR, 7), (used, SITE_COLOUR, 8)):
            self.axes.scatter(
                xy[which, 0], xy[which, 1], s=size, marker="s", c=colour, edgecolors="#ffffff",
                linewidths=0.4, zorder=order,
            )  # fmt: skip

    def gaps(self, points: pd.DataFrame) -> None:
        """Uncovered demand by cause; the area of a dot grows with its weight."""
        xy = self.plane.points(points["lon"], points["lat"])
        weight = points["weight"].to_numpy(float)
        most = weight.max() if len(weight) else 0.0
        size = 4.0 + 36.0 * weight / most if most > 0 and len(np.unique(weight)) > 1 else 7.0
        sizes = np.broadcast_to(size, len(points))
        for cause in CAUSE_ORDER:
            which = (points["cause"] == cause).to_numpy()
            hollow = is_hollow(cause)
            colour = CAUSE_COLOURS[cause]
            self.axes.scatter(
                xy[which, 0], xy[which, 1], s=sizes[which], marker="o",
                c="#ffffff" if hollow else colour, edgecolors=colour if hollow else "#ffffff",
                linewidths=0.8 if hollow else 0.3, zorder=7,
            )  # fmt: skip

    def labels(self, levels: Sequence[tuple[gpd.GeoDataFrame, float, str]]) -> list[Box]:
        """Names of areas (in metres), the first levels first; returns the boxes, in points.

        Parameters
        ----------
        levels : sequence of (GeoDataFrame, float, str)
            unit_name and geometry in metres; size of the letters; their colour. Within a level,
            the largest areas are labelled first.
        """
        width, height = self.size_pt
        frame = Box(1, 1, width - 1, height - 1)
        taken = [
            Box(0, 0, 46 * _PT, 12 * _PT),
            Box(width - 11 * _PT, height - 17 * _PT, width, height),
        ]
        boxes: list[Box] = []
        window = shapely.box(*self.bounds)
        for frame_of, size, colour in levels:
            wanted = []
            for name, shape in sorted(
                zip(frame_of["unit_name"], frame_of.geometry, strict=True),
                key=lambda pair: -pair[1].area,
            ):
                seen = shape.intersection(window)
                if seen.is_empty or not str(name).strip():
                    continue
                at = shapely.point_on_surface(seen)
                x = (at.x - self.bounds[0]) * self._points_a_metre
                y = (at.y - self.bounds[1]) * self._points_a_metre
                wanted.append(Label(_short(str(name)), x, y, size))
            placed = place_labels(wanted, frame, taken=[*taken, *boxes])
            for label, box in placed:
                self._label(label, box, colour)
            boxes += [box for _, box in placed]
        return boxes

    def _label(self, label: Label, box: Box, colour: str) -> None:
        x = (box.left + box.right) / 2 / self.size_pt[0]
        y = (box.bottom + box.top) / 2 / self.size_pt[1]
        draw_text(
            self.axes, x, y, label.text, label.size, transform=self.axes.transAxes,
            ha="center", va="center", color=colour, path_effects=_HALO, zorder=10, gid="label",
        )  # fmt: skip

    def scale_and_north(self, words: Words) -> None:
        """Scale bar and north arrow."""
        bar = ScaleBar(
            1, "m", location="lower left", rotation="horizontal-only", box_alpha=0.85,
            font_properties={"family": families(), "size": 7}, length_fraction=0.22,
            width_fraction=0.006, border_pad=0.6, sep=2.0,
        )  # fmt: skip
        bar.set_zorder(11)
        self.axes.add_artist(bar)
        width, height = self.size_pt
        x = 1 - 5.5 * _PT / width
        self.axes.add_patch(
            Rectangle(
                (1 - 9.5 * _PT / width, 1 - 16.5 * _PT / height), 8.0 * _PT / width,
                15.0 * _PT / height, transform=self.axes.transAxes, facecolor="#ffffffd9",
                edgecolor="none", zorder=10.5,
            )
        )  # fmt: skip
        self.axes.annotate(
            "", xy=(x, 1 - 6.5 * _PT / height), xytext=(x, 1 - 15 * _PT / height),
            xycoords="axes fraction", zorder=11,
            arrowprops={"arrowstyle": "-|>", "linewidth": 1.4, "color": "#222222"},
        )  # fmt: skip
        draw_text(self.axes, x, 1 - 4.2 * _PT / height, words("report.north"), 9.0,
            transform=self.axes.transAxes, ha="center", va="center", path_effects=_HALO,
            zorder=11)  # fmt: skip


def _short(name: str) -> str:
    """A label of at most fourteen characters: longer names hide half a district."""
    cleaned = " ".join(name.split())
    return cleaned if len(cleaned) <= 14 else cleaned[:13] + "…"


def _strokes(lines: NDArray[np.object_]) -> list[Outline]:
    """Lines as a few paths: one object for each line takes longer than drawing."""
    found = []
    for begin in range(0, len(lines), _STROKE):
        xy, line = shapely.get_coordinates(lines[begin : begin + _STROKE], return_index=True)
        first = np.r_[True, np.diff(line) != 0]
        found.append(Outline(xy, np.where(first, Outline.MOVETO, Outline.LINETO)))
    return found


def _outline(shape: Any) -> Outline:
    """A polygon or multipolygon as one path with its holes."""
    vertices, codes = [], []
    for ring in _rings(shape):
        xy = shapely.get_coordinates(ring)
        vertices.append(xy)
        codes.append(
            np.concatenate(
                [[Outline.MOVETO], np.full(len(xy) - 2, Outline.LINETO), [Outline.CLOSEPOLY]]
            )
        )
    if not vertices:
        return Outline(np.empty((0, 2)))
    return Outline(np.concatenate(vertices), np.concatenate(codes))


def _rings(shape: Any) -> list[Any]:
    rings = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            # Holes must have the opposite direction to stay open.
            turned = shapely.geometry.polygon.orient(part)
            rings += [turned.exterior, *turned.interiors]
    return rings
