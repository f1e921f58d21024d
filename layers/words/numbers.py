"""Numbers as they are written: shares, minutes and amounts that never look better than they are."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geo.study.model import Layer, Study
from layers.words.catalogue import Words

__all__ = ["amount", "decimal", "measure", "minutes_text", "per_cent", "up_to_tenths"]


def per_cent(share: pd.Series) -> pd.Series:
    """Shares as per cent with one decimal; only a whole reads 100.0, only nothing reads 0.0."""
    rounded = (share.astype(float) * 100).round(1)
    partial = (share > 0) & (share < 1)
    return rounded.mask(partial, rounded.clip(0.1, 99.9))


def up_to_tenths(minutes: pd.Series) -> pd.Series:
    """Minutes with one decimal, rounded up: 15.001 is over a limit of 15 and must not read 15.0."""
    thousandths = (minutes.astype(float) * 1000).round()
    found: pd.Series = np.ceil(thousandths / 100) / 10  # type: ignore[assignment]
    return found


def amount(value: float, study: Study, words: Words) -> str:
    """A weight with its unit: ``1,455 个``, ``1 estate``."""
    number = words.number(value, 0 if float(value).is_integer() else 1)
    return words(f"amount.{'one.' if value == 1 else ''}{study.demand.unit_word}", value=number)


def measure(minutes: float, metres: float, layer: Layer, words: Words) -> str:
    """How far in the terms of the layer's limit, rounded up so that it never looks within it."""
    if not layer.limit.in_metres:
        return minutes_text(minutes, words)
    return "—" if pd.isna(metres) else words("amount.metres", value=words.number(math.ceil(metres)))


def minutes_text(minutes: float | None, words: Words) -> str:
    """Minutes rounded up to one place, a dash where there are none."""
    if minutes is None or pd.isna(minutes):
        return "—"
    return words("amount.minutes", value=words.number(math.ceil(minutes * 10 - 1e-6) / 10, 1))


def decimal(value: float) -> str:
    """15.0 as ``15``, 7.5 as ``7.5``."""
    return f"{value:g}"
