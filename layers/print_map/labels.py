"""Placement of labels on a map, without overlaps with each other or with the frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layers.style.typeface import text_width

__all__ = ["Box", "Label", "place_labels"]

# Positions of a label around its point, in its own widths and heights, the best first.
_PLACES = ((0.0, 0.0), (0.0, 1.05), (0.0, -1.05), (0.62, 0.0), (-0.62, 0.0))
_LINE = 1.25  # height of a line, in its size
_GAP_PT = 1.2  # between two labels


@dataclass(frozen=True)
class Box:
    """A rectangle in points: left, bottom, right, top."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two boxes share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: Box) -> bool:
        """Whether this box lies inside the other."""
        return (
            self.left >= other.left
            and self.bottom >= other.bottom
            and self.right <= other.right
            and self.top <= other.top
        )


@dataclass(frozen=True)
class Label:
    """A text for a position (in points), with the size of its letters."""

    text: str
    x: float
    y: float
    size: float


def place_labels(
    labels: Iterable[Label], frame: Box, *, taken: Sequence[Box] = ()
) -> list[tuple[Label, Box]]:
    """The labels for which there is room, each with its box; earlier labels have priority.

    Parameters
    ----------
    labels : iterable of Label
        The most important first.
    frame : Box
        All labels lie inside it.
    taken : sequence of Box
        Boxes to keep free: a legend, a scale bar.

    Returns
    -------
    list of (Label, Box)
        The label is centred in its box; no two boxes overlap.
    """
    occupied = list(taken)
    placed = []
    for label in labels:
        for right, up in _PLACES:
            box = _box(label, right, up)
            if box.within(frame) and not any(box.overlaps(other) for other in occupied):
                occupied.append(box)
                placed.append((label, box))
                break
    return placed


def _box(label: Label, right: float, up: float) -> Box:
    width = text_width(label.text, label.size) + 2 * _GAP_PT
    height = label.size * _LINE + _GAP_PT
    x, y = label.x + right * width, label.y + up * height
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
