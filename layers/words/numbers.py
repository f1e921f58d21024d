"""Numbers as they are shown: rounding never makes a share, time or distance look better."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.study.model import Layer, Study
from layers.words.catalogue import Words

__all__ = [
    "amount",
    "beyond",
    "decimal",
    "measure",
    "minutes_text",
    "per_cent",
    "up_to_metres",
    "up_to_tenths",
]

# Times are whole milliseconds: a thousandth of one is only the error of binary fractions.
_ERROR = 1e-6


def per_cent(share: pd.Series) -> pd.Series:
    """Shares as per cent with one decimal; only 1 becomes 100.0, and only 0 becomes 0.0."""
    rounded = (share.astype(float) * 100).round(1)
    partial = (share > 0) & (share < 1)
    return rounded.mask(partial, rounded.clip(0.1, 99.9))


def up_to_tenths(minutes: pd.Series) -> pd.Series:
    """Minutes with one decimal, rounded up: 15.001 exceeds a limit of 15 and must not read 15.0."""
    found: pd.Series = np.ceil(minutes.astype(float) * 10 - _ERROR) / 10 + 0.0  # type: ignore[assignment]
    return found


def up_to_metres(metres: pd.Series) -> pd.Series:
    """Whole metres, rounded up: 300.2 m exceeds a limit of 300 and must not read 300."""
    found: pd.Series = np.ceil(metres.astype(float).round(3))  # type: ignore[assignment]
    return found


def amount(value: float, study: Study, words: Words, *, noun: bool = False, key: str = "") -> str:
    """A weight with its unit: ``1,455个``, ``1 estate``; with its noun: ``1,455个小区``.

    Parameters
    ----------
    key : str
        Of the figure, where the text may keep one (`layers.words.figure_keys`).
    """
    number = words.number(value, 0 if float(value).is_integer() else 1)
    number = words.keyed(key, number) if key else number
    if noun and value != 1:
        return words(f"amount.of.{study.demand.unit_word}", value=number)
    return words(f"amount.{'one.' if value == 1 else ''}{study.demand.unit_word}", value=number)


def measure(
    minutes: float,
    metres: float,
    layer: Layer,
    words: Words,
    *,
    horizon_minutes: float | None = None,
) -> str:
    """Time or distance, whichever the layer's limit is in, rounded up.

    Parameters
    ----------
    horizon_minutes : float, optional
        See `minutes_text`.
    """
    if not layer.limit.in_metres or pd.isna(metres):
        return minutes_text(minutes, words, horizon_minutes=horizon_minutes)
    return words("amount.metres", value=words.number(up_to_metres(pd.Series([metres])).iloc[0]))


def minutes_text(
    minutes: float | None, words: Words, *, horizon_minutes: float | None = None
) -> str:
    """Minutes rounded up to one decimal; where there are none, a dash.

    Parameters
    ----------
    horizon_minutes : float, optional
        The longest time that the study searches, where a blank time lies beyond it: ``>120 min``.
    """
    if minutes is not None and not pd.isna(minutes):
        tenths = words.number(up_to_tenths(pd.Series([minutes])).iloc[0], 1)
        return words("amount.minutes", value=tenths)
    if horizon_minutes is None:
        return "—"
    return words("amount.minutes", value=beyond(horizon_minutes))


def beyond(horizon_minutes: float) -> str:
    """A time beyond the longest one that the study searches, as in ``>120``."""
    return f">{decimal(horizon_minutes)}"


def decimal(value: float) -> str:
    """15.0 as ``15``, 7.5 as ``7.5``."""
    return f"{value:g}"
