"""The figures of a report: maps and charts with captions, counted for the progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from geo.analysis import Analysis
from geo.base.progress import Progress
from geo.equity.inequality import Lorenz
from geo.sensitivity.result import LayerSensitivity
from layers.print_map.charts import (
    CHART,
    causes_chart,
    limit_units,
    metres_chart,
    minutes_chart,
    units_chart,
)
from layers.print_map.layer_map import MapOptions, layer_map
from layers.print_map.lorenz_chart import layer_curves, lorenz_chart
from layers.print_map.page import Drawing, Paper
from layers.print_map.prepared import PreparedMaps
from layers.print_map.tornado import range_chart
from layers.report.blocks import Picture
from layers.shapes.units import levels
from layers.words.catalogue import Words

__all__ = ["ReportFigures"]

# A caption of two lines, and the line before it, in millimetres.
_CAPTION = 22.0
# The caption of one of two maps on a page.
_BETWEEN = 21.0
_WIDEST_CHART = 200.0
# The least height of a map.
_LOWEST_MAP = 95.0


class ReportFigures:
    """Draws the figures of a report on demand; `area` is the size of its text in millimetres."""

    def __init__(
        self,
        analysis: Analysis,
        words: Words,
        made_on: date | None,
        dpi: int,
        prepared: PreparedMaps,
        area: tuple[float, float] = (156.0, 225.0),
    ) -> None:
        width, height = area
        room = height - _CAPTION
        # On a landscape page, a map as high as the page would leave the text above it alone.
        beneath = room - words.language.above_map_mm
        if width > height and beneath >= _LOWEST_MAP:
            room = beneath
        # On a portrait page there are two maps, so that none leaves half a page empty.
        highest = width * 150 / 156 if width > height else height / 2 - _BETWEEN
        sheet = Paper(width, min(highest, room), 0.5)
        self._wide = min(width, _WIDEST_CHART)
        self._analysis = analysis
        self._words = words
        self._options = MapOptions(paper=sheet, titled=False, brief=True, made_on=made_on)
        self._dpi = dpi
        self._prepared = prepared
        self._keys = [str(key) for key in analysis.summary["layers"]]
        self.ranges = 0  # the number of layers whose range is drawn
        self.progress = Progress()

    def count(self, sections: Sequence[str]) -> int:
        """The number of figures in these sections."""
        maps = len(self._keys) if self._analysis.has_borders else 0
        counties = len(levels(self._analysis.study)) > 1
        lorenz = bool(self._lorenz) if "results" in sections else 0
        results = len(limit_units(self._analysis)) + counties + maps + lorenz + self.ranges
        each = {"results": results, "gaps": 1, "maps": len(self._keys)}
        return sum(each.get(name, 0) for name in sections)

    def curves(self) -> Iterator[tuple[str, Picture]]:
        """Share by time, and by distance for layers whose limits are distances: unit, figure."""
        paper = replace(CHART, width=self._wide)
        for unit in limit_units(self._analysis):
            chart = {"minutes": minutes_chart, "metres": metres_chart}[unit]
            drawing = chart(self._analysis, self._words, paper=paper)
            yield unit, self._picture(unit, drawing)

    def share_range(self, found: LayerSensitivity) -> Picture:
        """How far each assumption moves the share of a layer."""
        layer = self._analysis.study.layer(found.key)
        drawing = range_chart(found, layer, self._words, width=self._wide)
        return self._picture(f"range-{found.key}", drawing)

    def causes(self) -> Picture:
        """Causes of what is uncovered."""
        return self._picture("causes", causes_chart(self._analysis, self._words, width=self._wide))

    def counties(self) -> Picture:
        """Share by county, a panel for each layer."""
        return self._picture("bars", units_chart(self._analysis, self._words, width=self._wide))

    def lorenz(self) -> Picture | None:
        """The Lorenz curves of all layers; None where no layer has one."""
        if not self._lorenz:
            return None
        drawing = lorenz_chart(self._analysis, self._lorenz, self._words, width=self._wide)
        return self._picture("lorenz", drawing)

    @cached_property
    def _lorenz(self) -> dict[str, Lorenz]:
        return layer_curves(self._analysis)

    def share_map(self, key: str) -> Picture:
        """The layer's map."""
        drawing = layer_map(
            self._analysis, key, self._words, self._options, prepared=self._prepared
        )
        return self._picture(f"map-{key}", drawing)

    def gap_maps(self) -> Iterator[Picture]:
        """Maps of uncovered demand by cause, one for each layer."""
        options = MapOptions(**{**vars(self._options), "what": "gaps"})
        for key in self._keys:
            drawing = layer_map(self._analysis, key, self._words, options, prepared=self._prepared)
            yield self._picture(f"gaps-{key}", drawing)

    def _picture(self, key: str, drawing: Drawing) -> Picture:
        width, height = (float(inches) * 25.4 for inches in drawing.figure.get_size_inches())
        png = drawing.to_bytes("png", dpi=self._dpi)
        self.progress.step()
        return Picture(key, drawing.title, drawing.alt, png, width, height)
