"""What the words of a road file did not say: classes and values that are not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.roads.highways import CLOSED_CLASSES
from geo.roads.osm_access import EdgeClass

__all__ = ["report_unread_columns", "report_words", "road_doubts"]

# Findings about road files that must be shown beside the shares.
_DOUBTS = (
    "road_words_unknown",
    "road_class_unknown",
    "road_column_unread",
    "road_class_missing",
)
_NAMED_AT_MOST = 12


def report_words(
    classes: Sequence[EdgeClass],
    class_of: NDArray[np.int64],
    quality: QualityLog,
    *,
    file: str,
    has_class: bool = True,
) -> None:
    """Count the roads whose class or tags were not understood.

    Parameters
    ----------
    classes : sequence of EdgeClass
        The distinct combinations of tags.
    class_of : int64 (n)
        The combination of each road: way, arc or row of the file.
    quality : QualityLog
        Receives ``road_words_unknown`` for each unknown word, ``road_class_unknown`` for each
        unknown class, ``road_classes_closed`` for known classes that are closed to all,
        ``road_without_class``, and ``road_class_missing`` where the file has no classes at all.
    file : str
        Its name for messages.
    has_class : bool
        Whether the file has a column or tag for the class.
    """
    counts = np.bincount(class_of, minlength=len(classes)).tolist()
    unknown: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    without = 0
    for item, count in zip(classes, counts, strict=True):
        for word in item.not_understood:
            unknown[word] += count
        if item.highway in CLOSED_CLASSES:
            closed[item.highway] += count
        without += count if has_class and not item.highway else 0
    for word, count in unknown.most_common(_NAMED_AT_MOST):
        key, _, value = word.partition("=")
        shown = f"{one_line(value, 60)} ({count})"
        problem = "road_class_unknown" if key == "highway" else "road_words_unknown"
        quality.add("warning", problem, file=file, field=key, value=shown)
    others = unknown.most_common()[_NAMED_AT_MOST:]
    if others:
        shown = f"… {len(others)} ({sum(count for _, count in others)})"
        quality.add("warning", "road_words_unknown", file=file, value=shown)
    if closed:
        shown = ", ".join(f"{name} {count}" for name, count in sorted(closed.items()))
        quality.add("info", "road_classes_closed", file=file, field="highway", value=shown)
    if without:
        quality.add("warning", "road_without_class", file=file, field="highway", value=without)
    if not has_class and len(class_of):
        quality.add("warning", "road_class_missing", file=file, field="highway")


def report_unread_columns(columns: Sequence[str], quality: QualityLog, *, file: str) -> None:
    """Name the columns that seem to hold a speed, a direction or a class and are not read."""
    for name in columns:
        quality.add("warning", "road_column_unread", file=file, field=one_line(name, 60))


def road_doubts(quality: QualityLog) -> list[str]:
    """The codes of the findings on the roads that must be shown beside the shares."""
    found = {row.problem for row in quality.rows}
    return [code for code in _DOUBTS if code in found]
