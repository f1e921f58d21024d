"""Urban or rural, by the 城乡分类代码 of the statistical division codes.

111 to 123 are urban, 210 and 220 rural (统计用区划代码和城乡划分代码编制规则).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_words"]

Texts = NDArray[np.object_]

_CODES = frozenset(("111", "112", "121", "122", "123", "210", "220"))
_WORDS = {"zh-CN": {"1": "城镇", "2": "乡村"}, "en": {"1": "urban", "2": "rural"}}


def class_words(cells: Texts, *, locale: str, wanted: Collection[str] = ()) -> Texts:
    """城乡分类代码 as words; a column with any other value is returned unchanged.

    Parameters
    ----------
    cells : object array (n) of str
        Empty where unknown.
    locale : str
        The study's language.
    wanted : collection of str
        Values that the study filters by. Where these are codes, the cells stay codes; where they
        are the words of one language, the words of that language are used.
    """
    present = set(cells) - {""}
    if not present or not present <= _CODES or present & set(wanted):
        return cells
    words = _WORDS[locale]
    for candidate in _WORDS.values():
        if set(candidate.values()) & set(wanted):
            words = candidate
    return np.array([words[cell[0]] if cell else "" for cell in cells], dtype=object)
